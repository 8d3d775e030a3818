# After a failover names lie: the writer is called reader. Only roles decide the order.
$ auroractl apply shop --simulate=world.toml --simulate-speed max
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
     7. reboot shop-writer (reader), about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        point of no return: a restart cannot be taken back
     8. reboot shop-writer again (reader), only if it is still pending-reboot after its restart
     9. fail over to shop-writer (reader), about 38 s, writes stop for about 35 s
        why:  `shop-reader` has to restart, and `shop-writer` takes over its writes first
        undo: fail over to `shop-reader` again, another writer interruption
    10. reboot shop-reader (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
    11. reboot shop-reader again (reader), only if it is still pending-reboot after its restart

  verify
    12. verify, about 10 s
        why:  done means: live on every member

  clean up
    13. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 13 actions, about 8 min 22 s; 2 restarts; 1 writer interruption, about 35 s
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 13 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/af3e320cdac3/runs/20260302-090000-shop-xxxx
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
2026-03-02 09:04:35Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-reader applying, shop-writer applying
2026-03-02 09:04:55Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-reader pending-reboot, shop-writer applying
2026-03-02 09:05:05Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-reader pending-reboot, shop-writer pending-reboot
2026-03-02 09:05:15Z  attach parameter group shop-aurora-postgresql16: done in 40 s
2026-03-02 09:05:15Z  settle: begins, about 10 s expected
2026-03-02 09:05:15Z  settle: no member is applying, 0 s are gone
2026-03-02 09:05:25Z  settle: done in 10 s
2026-03-02 09:05:25Z  reboot shop-writer: begins, about 1 min 3 s expected
2026-03-02 09:05:25Z  reboot shop-writer: shop-writer rebooting, db.t3.medium, pending-reboot
2026-03-02 09:05:50Z  reboot shop-writer: shop-writer available, db.t3.medium, in-sync
2026-03-02 09:06:00Z  reboot shop-writer: done in 35 s: shop-writer available, db.t3.medium, in-sync; SQL: 1 live
2026-03-02 09:06:00Z  reboot shop-writer again: begins
2026-03-02 09:06:00Z  reboot shop-writer again: done in 0 s: not needed: shop-writer is in-sync
2026-03-02 09:06:00Z  fail over to shop-writer: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:06:00Z  fail over to shop-writer: cluster available, writer shop-reader
2026-03-02 09:06:10Z  fail over to shop-writer: cluster failing-over, writer shop-reader
2026-03-02 09:06:25Z  fail over to shop-writer: cluster failing-over, writer shop-writer
2026-03-02 09:06:35Z  fail over to shop-writer: cluster available, writer shop-writer
2026-03-02 09:06:45Z  fail over to shop-writer: no writes for 9 s (35 s forecast): 7 refused, 1 dropped, 1 read-only of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to shop-writer after 9 s
2026-03-02 09:06:45Z  fail over to shop-writer: done in 45 s: cluster available, writer shop-writer; SQL: 2 live
2026-03-02 09:06:45Z  reboot shop-reader: begins, about 1 min 3 s expected
2026-03-02 09:06:45Z  reboot shop-reader: done in 0 s: not needed: shop-reader is in-sync
2026-03-02 09:06:45Z  reboot shop-reader again: begins
2026-03-02 09:06:45Z  reboot shop-reader again: done in 0 s: not needed: shop-reader is in-sync
2026-03-02 09:06:45Z  verify: begins, about 10 s expected
2026-03-02 09:06:45Z  verify: 2 members as declared
2026-03-02 09:06:55Z  verify: done in 10 s: 2 members as declared; SQL: 3 live
2026-03-02 09:06:55Z  release snapshot: begins, about 2 s expected
2026-03-02 09:06:55Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:06:55Z on
2026-03-02 09:06:55Z  release snapshot: done in 0 s

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 6 min 55 s

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
  40 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  35 s        1 min 3 s   reboot shop-writer
  0 s         0 s         reboot shop-writer again (not needed)
  45 s        38 s        fail over to shop-writer
  0 s         1 min 3 s   reboot shop-reader (not needed)
  0 s         0 s         reboot shop-reader again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-writer
      7 refused, 1 dropped, 1 read-only of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster
      endpoint led to shop-writer after 9 s
  in all 9 s of 35 s forecast

Verified

  cluster shop uses group shop-aurora-postgresql16 (by RDS API)
  group shop-aurora-postgresql16 stores 1 value as declared and no others (by RDS API)
  shop-reader is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-reader has nothing queued (by RDS API)
  shop-writer is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-writer has nothing queued (by RDS API)
  shop-writer runs 1 value as declared (by SQL)
  shop-reader runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-writer, which accepts writes (by SQL)

Snapshot auroractl-20260302-090000-shop-xxxx: kept until 2026-03-03T09:06:55Z; the first apply after that deletes it
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:55Z

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
identifier = "shop-writer"
class = "db.t3.medium"

[[cluster.member]]
identifier = "shop-reader"
class = "db.t3.medium"
writer = true
