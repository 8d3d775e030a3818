# A value that is no longer declared is reset, and shown with its old value. This one is static, so members restart.
$ auroractl apply shop --simulate=world.toml --simulate-speed max
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:00:00Z

Changes

  parameters
    - max_connections: 500 -> its default (needs a restart)
        no longer declared; the default is LEAST({DBInstanceClassMemory/9531392},5000) = 401 on
        db.t3.medium

Notes

  proven by: SQL on every member: `log_lock_waits`; what changes of these before any restart, all of
             them after each restart and at the end
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
     2. reset parameter group shop-16, about 2 s
        why:  no longer declared: `max_connections`
        what: max_connections (was 500)
        undo: store the previous values again

  settle
     3. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     4. reboot shop-2 (reader), about 1 min 3 s
        why:  `max_connections` is static (500 -> the default)
        point of no return: a restart cannot be taken back
     5. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
     6. fail over to shop-2 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-1` has to restart, and `shop-2` takes over its writes first
        undo: fail over to `shop-1` again, another writer interruption
     7. reboot shop-1 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  `max_connections` is static (500 -> the default)
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
     8. reboot shop-1 again (reader), only if it is still pending-reboot after its restart

  verify
     9. verify, about 10 s
        why:  done means: live on every member

  clean up
    10. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 10 actions, about 7 min 49 s; 2 restarts; 1 writer interruption, about 35 s
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 10 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/c5f337444f39/runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  snapshot: begins, about 4 min 41 s expected
2026-03-02 09:00:00Z  snapshot: snapshot auroractl-20260302-090000-shop-xxxx creating, 0 %
2026-03-02 09:04:35Z  snapshot: snapshot auroractl-20260302-090000-shop-xxxx is available
2026-03-02 09:04:35Z  snapshot: done in 4 min 35 s
2026-03-02 09:04:35Z  reset parameter group shop-16: begins, about 2 s expected
2026-03-02 09:04:35Z  reset parameter group shop-16: 1 parameter as sent in shop-16
2026-03-02 09:04:35Z  reset parameter group shop-16: done in 0 s
2026-03-02 09:04:35Z  settle: begins, about 10 s expected
2026-03-02 09:04:35Z  settle: no member is applying, 0 s are gone
2026-03-02 09:04:45Z  settle: done in 10 s
2026-03-02 09:04:45Z  reboot shop-2: begins, about 1 min 3 s expected
2026-03-02 09:04:45Z  reboot shop-2: shop-2 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:05:15Z  reboot shop-2: shop-2 available, db.t3.medium, in-sync
2026-03-02 09:05:25Z  reboot shop-2: done in 40 s: shop-2 available, db.t3.medium, in-sync; SQL: 1 live
2026-03-02 09:05:25Z  reboot shop-2 again: begins
2026-03-02 09:05:25Z  reboot shop-2 again: done in 0 s: not needed: shop-2 is in-sync
2026-03-02 09:05:25Z  fail over to shop-2: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:05:25Z  fail over to shop-2: cluster available, writer shop-1
2026-03-02 09:05:35Z  fail over to shop-2: cluster failing-over, writer shop-1
2026-03-02 09:05:50Z  fail over to shop-2: cluster failing-over, writer shop-2
2026-03-02 09:06:00Z  fail over to shop-2: cluster available, writer shop-2
2026-03-02 09:06:10Z  fail over to shop-2: no writes for 9 s (35 s forecast): 8 refused, 1 dropped of 46 probes; from 09:05:46Z to 09:05:54Z; the cluster endpoint led to shop-2 after 9 s
2026-03-02 09:06:10Z  fail over to shop-2: done in 45 s: cluster available, writer shop-2; SQL: 2 live
2026-03-02 09:06:10Z  reboot shop-1: begins, about 1 min 3 s expected
2026-03-02 09:06:10Z  reboot shop-1: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:10Z  reboot shop-1 again: begins
2026-03-02 09:06:10Z  reboot shop-1 again: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:10Z  verify: begins, about 10 s expected
2026-03-02 09:06:10Z  verify: 2 members as declared
2026-03-02 09:06:20Z  verify: done in 10 s: 2 members as declared; SQL: 3 live
2026-03-02 09:06:20Z  release snapshot: begins, about 2 s expected
2026-03-02 09:06:20Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:06:20Z on
2026-03-02 09:06:20Z  release snapshot: done in 0 s

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 6 min 20 s

Changed

  - max_connections: 500 -> its default (live after a restart)

Steps

  took        forecast    step
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         reset parameter group shop-16
  10 s        10 s        settle
  40 s        1 min 3 s   reboot shop-2
  0 s         0 s         reboot shop-2 again (not needed)
  45 s        38 s        fail over to shop-2
  0 s         1 min 3 s   reboot shop-1 (not needed)
  0 s         0 s         reboot shop-1 again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-2
      8 refused, 1 dropped of 46 probes; from 09:05:46Z to 09:05:54Z; the cluster endpoint led to
      shop-2 after 9 s
  in all 9 s of 35 s forecast

Verified

  cluster shop uses group shop-16 (by RDS API)
  group shop-16 stores 1 value as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group shop-16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  shop-2 runs 1 value as declared (by SQL)
  shop-1 runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-2, which accepts writes (by SQL)

Snapshot auroractl-20260302-090000-shop-xxxx: kept until 2026-03-03T09:06:20Z; the first apply after that deletes it
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:20Z

No changes. `shop` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world

# In a group that auroractl did not make, nothing is reset unasked.
$ auroractl plan shop --simulate=foreign.toml
refused: nothing may be done to `shop`, for one reason

  1. parameter group `shop-16` was not made by auroractl and holds values that are not declared:
     `max_connections` = 500
     way out: declare these values in [parameters], or pass --adopt to have them reset
     rule: group-not-ours
[exit 3]
$ auroractl plan shop --simulate=foreign.toml --adopt
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (foreign.toml world)
engine 16.6, facts read 2026-01-01T00:00:00Z

Changes

  parameters
    - max_connections: 500 -> its default (needs a restart)
        no longer declared; the default is LEAST({DBInstanceClassMemory/9531392},5000) = 401 on
        db.t3.medium

Notes

  proven by: SQL on every member: `log_lock_waits`; what changes of these before any restart, all of
             them after each restart and at the end
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
     2. adopt parameter group shop-16, about 2 s
        why:  it was not made by auroractl, and --adopt was given
        undo: remove the tag
     3. reset parameter group shop-16, about 2 s
        why:  no longer declared: `max_connections`
        what: max_connections (was 500)
        undo: store the previous values again

  settle
     4. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     5. reboot shop-2 (reader), about 1 min 3 s
        why:  `max_connections` is static (500 -> the default)
        point of no return: a restart cannot be taken back
     6. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
     7. fail over to shop-2 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-1` has to restart, and `shop-2` takes over its writes first
        undo: fail over to `shop-1` again, another writer interruption
     8. reboot shop-1 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  `max_connections` is static (500 -> the default)
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
     9. reboot shop-1 again (reader), only if it is still pending-reboot after its restart

  verify
    10. verify, about 10 s
        why:  done means: live on every member

  clean up
    11. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 11 actions, about 7 min 51 s; 2 restarts; 1 writer interruption, about 35 s

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
log_lock_waits = true
-- world.toml --
seed = 7
clock = "2026-03-02T09:00:00Z"

[[account]]
id = "123456789012"
region = "eu-central-1"

[[parameter_group]]
name = "shop-16"
family = "aurora-postgresql16"
tags = { "auroractl:partition" = "shop" }

[parameter_group.parameters]
log_lock_waits = "1"
max_connections = "500"

[[cluster]]
identifier = "shop"
engine_version = "16.6"
parameter_group = "shop-16"

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"
-- foreign.toml --
[[account]]
id = "123456789012"
region = "eu-central-1"

[[parameter_group]]
name = "shop-16"
family = "aurora-postgresql16"

[parameter_group.parameters]
log_lock_waits = "1"
max_connections = "500"

[[cluster]]
identifier = "shop"
engine_version = "16.6"
parameter_group = "shop-16"

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"
