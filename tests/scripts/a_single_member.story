# One member: nothing can take over while it restarts.
$ auroractl apply shop --simulate=world.toml --simulate-speed max
refused: nothing may be done to `shop`, for one reason

  1. cluster `shop` has one member, so nothing can take over while it restarts: about 63 s without
     any database
     way out: add a reader first, or pass --allow-downtime
     rule: single-member
[exit 3]

# Accepted downtime is planned and done like anything else.
$ auroractl apply shop --simulate=world.toml --simulate-speed max --allow-downtime
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:00:00Z

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - default.aurora-postgresql16
        + shop-aurora-postgresql16
        the declared parameters need a group of the cluster's own

  parameters
    ~ max_connections (needs a restart)
        - LEAST({DBInstanceClassMemory/9531392},5000) = 401 on db.t3.medium
        + 500
        declared (now: the default)

Notes

  proven by: SQL on every member: `max_connections` after its restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  Members restart in this run.

  safeguard
     1. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  stage
     2. create parameter group shop-aurora-postgresql16, about 2 s
        why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
        undo: delete the group, once no cluster uses it
     3. modify parameter group shop-aurora-postgresql16, about 2 s
        why:  store 1 parameter as declared: `max_connections`
        what: max_connections = 500
        undo: store the previous values again
     4. check parameter group shop-aurora-postgresql16, about 1 s
        why:  a group is read back complete before a cluster uses it
     5. attach parameter group shop-aurora-postgresql16, about 30 s
        why:  cluster `shop` uses `default.aurora-postgresql16`; the new association marks every
              member pending-reboot
        undo: attach `default.aurora-postgresql16` again, which needs every member restarted

  settle
     6. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     7. reboot shop-1 (writer), about 1 min 3 s, writes stop for about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        point of no return: a restart cannot be taken back

  verify
     8. verify, about 10 s
        why:  done means: live on every member

  clean up
     9. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 9 actions, about 6 min 41 s; 1 restart; 1 writer interruption, about 1 min 3 s
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 9 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/e4edb2f92a92/runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  snapshot: begins, about 4 min 41 s expected
2026-03-02 09:00:00Z  snapshot: snapshot auroractl-20260302-090000-shop-xxxx creating, 0 %
2026-03-02 09:04:35Z  snapshot: snapshot auroractl-20260302-090000-shop-xxxx is available
2026-03-02 09:04:35Z  snapshot: done in 4 min 35 s
2026-03-02 09:04:35Z  create parameter group shop-aurora-postgresql16: begins, about 2 s expected
2026-03-02 09:04:35Z  create parameter group shop-aurora-postgresql16: group shop-aurora-postgresql16 exists and is tagged as ours
2026-03-02 09:04:35Z  create parameter group shop-aurora-postgresql16: done in 0 s
2026-03-02 09:04:35Z  modify parameter group shop-aurora-postgresql16: begins, about 2 s expected
2026-03-02 09:04:35Z  modify parameter group shop-aurora-postgresql16: 1 parameter as sent in shop-aurora-postgresql16
2026-03-02 09:04:35Z  modify parameter group shop-aurora-postgresql16: done in 0 s
2026-03-02 09:04:35Z  check parameter group shop-aurora-postgresql16: begins, about 1 s expected
2026-03-02 09:04:35Z  check parameter group shop-aurora-postgresql16: group shop-aurora-postgresql16 holds exactly 1 value
2026-03-02 09:04:35Z  check parameter group shop-aurora-postgresql16: done in 0 s
2026-03-02 09:04:35Z  attach parameter group shop-aurora-postgresql16: begins, about 30 s expected
2026-03-02 09:04:35Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-1 applying
2026-03-02 09:04:50Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-1 pending-reboot
2026-03-02 09:05:00Z  attach parameter group shop-aurora-postgresql16: done in 25 s
2026-03-02 09:05:00Z  settle: begins, about 10 s expected
2026-03-02 09:05:00Z  settle: no member is applying, 0 s are gone
2026-03-02 09:05:10Z  settle: done in 10 s
2026-03-02 09:05:10Z  reboot shop-1: begins, about 1 min 3 s expected, writes stop for about 1 min 3 s
2026-03-02 09:05:10Z  reboot shop-1: shop-1 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:05:55Z  reboot shop-1: shop-1 available, db.t3.medium, in-sync
2026-03-02 09:06:05Z  reboot shop-1: no writes for 44 s (1 min 3 s forecast): 43 refused, 1 dropped of 56 probes; from 09:05:11Z to 09:05:54Z
2026-03-02 09:06:05Z  reboot shop-1: done in 55 s: shop-1 available, db.t3.medium, in-sync; SQL: 1 live
2026-03-02 09:06:05Z  verify: begins, about 10 s expected
2026-03-02 09:06:05Z  verify: 1 member as declared
2026-03-02 09:06:15Z  verify: done in 10 s: 1 member as declared; SQL: 2 live
2026-03-02 09:06:15Z  release snapshot: begins, about 2 s expected
2026-03-02 09:06:15Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:06:15Z on
2026-03-02 09:06:15Z  release snapshot: done in 0 s

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 6 min 15 s

Changed

  ~ cluster parameter group (live after a restart)
      - default.aurora-postgresql16
      + shop-aurora-postgresql16
  ~ max_connections (live after a restart)
      - LEAST({DBInstanceClassMemory/9531392},5000) = 401 on db.t3.medium
      + 500

Steps

  took        forecast    step
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  25 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  55 s        1 min 3 s   reboot shop-1
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  44 s        1 min 3 s   reboot shop-1
      43 refused, 1 dropped of 56 probes; from 09:05:11Z to 09:05:54Z
  in all 44 s of 1 min 3 s forecast

Verified

  cluster shop uses group shop-aurora-postgresql16 (by RDS API)
  group shop-aurora-postgresql16 stores 1 value as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-1 runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-1, which accepts writes (by SQL)

Snapshot auroractl-20260302-090000-shop-xxxx: kept until 2026-03-03T09:06:15Z; the first apply after that deletes it
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:15Z

No changes. `shop` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world

-- environments/shop.toml --
[partition]
name = "shop"

[aws]
account = "123456789012"
region = "eu-central-1"

[cluster]
identifier = "shop"
engine_version = "16"
apply_immediately = true

[parameters]
max_connections = 500
-- world.toml --
seed = 7
clock = "2026-03-02T09:00:00Z"

[[account]]
id = "123456789012"
region = "eu-central-1"

[[cluster]]
identifier = "shop"
engine_version = "16.6"

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"
