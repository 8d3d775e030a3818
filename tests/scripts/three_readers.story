# Three readers of different classes and promotion tiers. Each restarts alone, the reader that has the writer's class and the
# lowest tier takes over, and the small reporting member is never promoted.
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
        - LEAST({DBInstanceClassMemory/9531392},5000) = 3479 on db.r6g.xlarge, 1722 on db.r6g.large
        + 2000
        declared (now: the default)

  instance classes
    ~ shop-a: db.r6g.xlarge -> db.r7g.xlarge (needs a restart)
        declared class
    ~ shop-b: db.r6g.xlarge -> db.r7g.xlarge (needs a restart)
        declared class

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
        what: max_connections = 2000
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
     7. reboot shop-reports (reader), about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (1722 -> 2000)
        point of no return: a restart cannot be taken back
     8. reboot shop-reports again (reader), only if it is still pending-reboot after its restart
     9. reboot shop-c (reader), about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (LEAST({DBInstanceClassMemory/9531392},5000) -> 2000)
        point of no return: a restart cannot be taken back
    10. reboot shop-c again (reader), only if it is still pending-reboot after its restart
    11. change class shop-b (reader), about 7 min 27 s
        why:  class db.r6g.xlarge -> db.r7g.xlarge
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (3479 -> 2000)
        undo: change the class back to db.r6g.xlarge, another restart of `shop-b`
    12. reboot shop-b again (reader), only if it is still pending-reboot after its restart
    13. fail over to shop-c (reader), about 38 s, writes stop for about 35 s
        why:  `shop-a` has to restart, and `shop-c` takes over its writes first
        undo: fail over to `shop-a` again, another writer interruption
    14. change class shop-a (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.r6g.xlarge -> db.r7g.xlarge
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (3479 -> 2000)
        undo: change the class back to db.r6g.xlarge, another restart of `shop-a`
    15. reboot shop-a again (reader), only if it is still pending-reboot after its restart

  verify
    16. verify, about 10 s
        why:  done means: live on every member

  clean up
    17. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 17 actions, about 23 min 16 s; 4 restarts; 1 writer interruption, about 35 s
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 17 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/dec72dd69d74/runs/20260302-090000-shop-xxxx
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
2026-03-02 09:04:35Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-a applying, shop-b applying, shop-c applying, shop-reports applying
2026-03-02 09:04:55Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-a applying, shop-b applying, shop-c pending-reboot, shop-reports applying
2026-03-02 09:05:05Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-a pending-reboot, shop-b applying, shop-c pending-reboot, shop-reports pending-reboot
2026-03-02 09:05:20Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-a pending-reboot, shop-b pending-reboot, shop-c pending-reboot, shop-reports pending-reboot
2026-03-02 09:05:30Z  attach parameter group shop-aurora-postgresql16: done in 55 s
2026-03-02 09:05:30Z  settle: begins, about 10 s expected
2026-03-02 09:05:30Z  settle: no member is applying, 0 s are gone
2026-03-02 09:05:40Z  settle: done in 10 s
2026-03-02 09:05:40Z  reboot shop-reports: begins, about 1 min 3 s expected
2026-03-02 09:05:40Z  reboot shop-reports: shop-reports rebooting, db.r6g.large, pending-reboot
2026-03-02 09:06:35Z  reboot shop-reports: shop-reports available, db.r6g.large, in-sync
2026-03-02 09:06:45Z  reboot shop-reports: done in 1 min 5 s: shop-reports available, db.r6g.large, in-sync; SQL: 1 live
2026-03-02 09:06:45Z  reboot shop-reports again: begins
2026-03-02 09:06:45Z  reboot shop-reports again: done in 0 s: not needed: shop-reports is in-sync
2026-03-02 09:06:45Z  reboot shop-c: begins, about 1 min 3 s expected
2026-03-02 09:06:45Z  reboot shop-c: shop-c rebooting, db.r7g.xlarge, pending-reboot
2026-03-02 09:07:20Z  reboot shop-c: shop-c available, db.r7g.xlarge, in-sync
2026-03-02 09:07:30Z  reboot shop-c: done in 45 s: shop-c available, db.r7g.xlarge, in-sync; SQL: 1 live
2026-03-02 09:07:30Z  reboot shop-c again: begins
2026-03-02 09:07:30Z  reboot shop-c again: done in 0 s: not needed: shop-c is in-sync
2026-03-02 09:07:30Z  change class shop-b: begins, about 7 min 27 s expected
2026-03-02 09:07:30Z  change class shop-b: shop-b available, db.r6g.xlarge, pending-reboot, queued DBInstanceClass=db.r7g.xlarge
2026-03-02 09:08:05Z  change class shop-b: shop-b modifying, db.r6g.xlarge, pending-reboot, queued DBInstanceClass=db.r7g.xlarge
2026-03-02 09:12:50Z  change class shop-b: shop-b modifying, db.r6g.xlarge, in-sync, queued DBInstanceClass=db.r7g.xlarge
2026-03-02 09:13:40Z  change class shop-b: shop-b configuring-enhanced-monitoring, db.r7g.xlarge, in-sync
2026-03-02 09:14:50Z  change class shop-b: shop-b available, db.r7g.xlarge, in-sync
2026-03-02 09:15:00Z  change class shop-b: done in 7 min 30 s: shop-b available, db.r7g.xlarge, in-sync; SQL: 1 live
2026-03-02 09:15:00Z  reboot shop-b again: begins
2026-03-02 09:15:00Z  reboot shop-b again: done in 0 s: not needed: shop-b is in-sync
2026-03-02 09:15:00Z  fail over to shop-c: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:15:00Z  fail over to shop-c: cluster available, writer shop-a
2026-03-02 09:15:10Z  fail over to shop-c: cluster failing-over, writer shop-a
2026-03-02 09:15:25Z  fail over to shop-c: cluster failing-over, writer shop-c
2026-03-02 09:15:35Z  fail over to shop-c: cluster available, writer shop-c
2026-03-02 09:15:45Z  fail over to shop-c: no writes for 9 s (35 s forecast): 7 refused, 1 dropped, 1 read-only of 46 probes; from 09:15:21Z to 09:15:29Z; the cluster endpoint led to shop-c after 9 s
2026-03-02 09:15:45Z  fail over to shop-c: done in 45 s: cluster available, writer shop-c; SQL: 2 live
2026-03-02 09:15:45Z  change class shop-a: begins, about 7 min 27 s expected
2026-03-02 09:15:45Z  change class shop-a: shop-a available, db.r6g.xlarge, in-sync, queued DBInstanceClass=db.r7g.xlarge
2026-03-02 09:16:35Z  change class shop-a: shop-a modifying, db.r6g.xlarge, in-sync, queued DBInstanceClass=db.r7g.xlarge
2026-03-02 09:21:20Z  change class shop-a: shop-a configuring-enhanced-monitoring, db.r7g.xlarge, in-sync
2026-03-02 09:23:15Z  change class shop-a: shop-a available, db.r7g.xlarge, in-sync
2026-03-02 09:23:25Z  change class shop-a: done in 7 min 40 s: shop-a available, db.r7g.xlarge, in-sync; SQL: 1 live
2026-03-02 09:23:25Z  reboot shop-a again: begins
2026-03-02 09:23:25Z  reboot shop-a again: done in 0 s: not needed: shop-a is in-sync
2026-03-02 09:23:25Z  verify: begins, about 10 s expected
2026-03-02 09:23:25Z  verify: 4 members as declared
2026-03-02 09:23:35Z  verify: done in 10 s: 4 members as declared; SQL: 5 live
2026-03-02 09:23:35Z  release snapshot: begins, about 2 s expected
2026-03-02 09:23:35Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:23:35Z on
2026-03-02 09:23:35Z  release snapshot: done in 0 s

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 23 min 35 s

Changed

  ~ cluster parameter group (live after a restart)
      - default.aurora-postgresql16
      + shop-aurora-postgresql16
  ~ max_connections (live after a restart)
      - LEAST({DBInstanceClassMemory/9531392},5000) = 3479 on db.r6g.xlarge, 1722 on db.r6g.large
      + 2000
  ~ shop-a: db.r6g.xlarge -> db.r7g.xlarge (live after a restart)
  ~ shop-b: db.r6g.xlarge -> db.r7g.xlarge (live after a restart)

Steps

  took        forecast    step
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  55 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  1 min 5 s   1 min 3 s   reboot shop-reports
  0 s         0 s         reboot shop-reports again (not needed)
  45 s        1 min 3 s   reboot shop-c
  0 s         0 s         reboot shop-c again (not needed)
  7 min 30 s  7 min 27 s  change class shop-b
  0 s         0 s         reboot shop-b again (not needed)
  45 s        38 s        fail over to shop-c
  7 min 40 s  7 min 27 s  change class shop-a
  0 s         0 s         reboot shop-a again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-c
      7 refused, 1 dropped, 1 read-only of 46 probes; from 09:15:21Z to 09:15:29Z; the cluster
      endpoint led to shop-c after 9 s
  in all 9 s of 35 s forecast

Verified

  cluster shop uses group shop-aurora-postgresql16 (by RDS API)
  group shop-aurora-postgresql16 stores 1 value as declared and no others (by RDS API)
  shop-a is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-a runs db.r7g.xlarge, nothing is queued (by RDS API)
  shop-b is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-b runs db.r7g.xlarge, nothing is queued (by RDS API)
  shop-c is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-c runs db.r7g.xlarge, nothing is queued (by RDS API)
  shop-reports is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-reports runs db.r6g.large, nothing is queued (by RDS API)
  shop-c runs 1 value as declared (by SQL)
  shop-a runs 1 value as declared (by SQL)
  shop-reports runs 1 value as declared (by SQL)
  shop-b runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-c, which accepts writes (by SQL)

Snapshot auroractl-20260302-090000-shop-xxxx: kept until 2026-03-03T09:23:35Z; the first apply after that deletes it
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:23:35Z

No changes. `shop` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world
$ auroractl status shop --simulate=world.toml
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
available, aurora-postgresql 16.6, read 2026-03-02T09:23:35Z

  writer endpoint         shop.cluster-d4ylbixmrqh5.eu-central-1.rds.amazonaws.com
  reader endpoint         shop.cluster-ro-d4ylbixmrqh5.eu-central-1.rds.amazonaws.com
  cluster parameter group shop-aurora-postgresql16
  Database Insights       standard
  Performance Insights    off
  AWS maintenance, UTC    sun:09:00-sun:09:30

  ├─ writer  shop-c  available
  │          db.r7g.xlarge, tier 1, eu-central-1c, engine 16.6
  │          cluster parameter group in-sync; nothing pending
  ├─ reader  shop-a  available
  │          db.r7g.xlarge, tier 0, eu-central-1a, engine 16.6
  │          cluster parameter group in-sync; nothing pending
  ├─ reader  shop-reports  available
  │          db.r6g.large, tier 0, eu-central-1a, engine 16.6
  │          cluster parameter group in-sync; nothing pending
  └─ reader  shop-b  available
             db.r7g.xlarge, tier 2, eu-central-1b, engine 16.6
             cluster parameter group in-sync; nothing pending

-- environments/shop.toml --
[partition]
name = "shop"

[aws]
account = "123456789012"
region = "eu-central-1"

[cluster]
identifier = "shop"
engine_version = "16"
instance_class = "db.r7g.xlarge"
apply_immediately = true

[cluster.instances.shop-reports]
instance_class = "db.r6g.large"

[parameters]
max_connections = 2000
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
identifier = "shop-a"
class = "db.r6g.xlarge"
writer = true
promotion_tier = 0

[[cluster.member]]
identifier = "shop-b"
class = "db.r6g.xlarge"
promotion_tier = 2

[[cluster.member]]
identifier = "shop-c"
class = "db.r7g.xlarge"
promotion_tier = 1

[[cluster.member]]
identifier = "shop-reports"
class = "db.r6g.large"
promotion_tier = 0
