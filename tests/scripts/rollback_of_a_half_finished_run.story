# The process is killed when AWS has begun the failover, and before its answer is written down.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1 & until grep -q '"hit": *1' .auroractl/simulated/*/world.json 2> /dev/null; do :; done; kill -9 $!; wait

# What it had begun is settled by what AWS shows; then everything that it changed is undone, and nothing further of it is done.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --simulate=world.toml 2>&1 | sed 's/process [0-9][0-9]*/process N/'
Run 20260302-090000-shop-xxxx was left in the middle of something: that is settled first, and nothing further of it is done.
2026-03-02 09:06:00Z  run 20260302-090000-shop-xxxx of `shop` goes on: 5 actions on cluster shop, simulated AWS (world.toml world), 8 done before; journal in .auroractl/simulated/f720bdedf20a/runs/20260302-090000-shop-xxxx
2026-03-02 09:06:00Z  the lease is taken over: process N of operator no longer exists on this machine
2026-03-02 09:06:00Z  fail over to shop-2: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:06:00Z  fail over to shop-2: the process ended before AWS's answer was recorded; looking for evidence: cluster available, writer shop-1
2026-03-02 09:06:10Z  fail over to shop-2: the process ended before AWS's answer was recorded; looking for evidence: cluster failing-over, writer shop-1
2026-03-02 09:06:10Z  fail over to shop-2: cluster failing-over, writer shop-1
2026-03-02 09:06:25Z  fail over to shop-2: cluster failing-over, writer shop-2
2026-03-02 09:06:35Z  fail over to shop-2: cluster available, writer shop-2
2026-03-02 09:06:45Z  fail over to shop-2: no writes for 9 s (35 s forecast): 8 refused, 1 dropped of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to shop-2 after 9 s; what came before this process took over is not in it
2026-03-02 09:06:45Z  fail over to shop-2: done in 45 s: cluster available, writer shop-2; SQL: 2 live
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:45Z
rollback of run 20260302-090000-shop-xxxx

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - shop-aurora-postgresql16
        + default.aurora-postgresql16
        attached before the run

Notes

  caution: with `default.aurora-postgresql16` attached again, what the run stored in
           `shop-aurora-postgresql16` is no longer in force: max_connections = 500
  caution: parameter group `shop-aurora-postgresql16`, which the run created, is left in place, so
           that going forward again is quick; when nothing uses it and it is not wanted:
           aws rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name shop-aurora-postgresql16 --region eu-central-1
  caution: what has happened cannot be taken back: the restart of `shop-2`, the failover from
           `shop-1` to `shop-2`; roles are not given back for their own sake
  inherited: run 20260302-090000-shop-xxxx ended without releasing its snapshot
             `auroractl-20260302-090000-shop-xxxx`; nothing deletes it by itself. When it is no
             longer needed:
             aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier auroractl-20260302-090000-shop-xxxx --region eu-central-1
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
     2. attach parameter group default.aurora-postgresql16, about 30 s
        why:  cluster `shop` uses `shop-aurora-postgresql16`; the new association marks every member
              pending-reboot
        undo: attach `shop-aurora-postgresql16` again, which needs every member restarted

  settle
     3. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     4. reboot shop-1 (reader), about 1 min 3 s
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        point of no return: a restart cannot be taken back
     5. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
     6. fail over to shop-1 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-2` has to restart, and `shop-1` takes over its writes first
        undo: fail over to `shop-2` again, another writer interruption
     7. reboot shop-2 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
     8. reboot shop-2 again (reader), only if it is still pending-reboot after its restart

  verify
     9. verify, about 10 s
        why:  done means: live on every member

  clean up
    10. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 10 actions, about 8 min 17 s; 2 restarts; 1 writer interruption, about 35 s
2026-03-02 09:06:45Z  run 20260302-090645-shop-xxxx of `shop` begins: 10 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/f720bdedf20a/runs/20260302-090645-shop-xxxx
2026-03-02 09:06:45Z  snapshot: begins, about 4 min 41 s expected
2026-03-02 09:06:45Z  snapshot: snapshot auroractl-20260302-090645-shop-xxxx creating, 0 %
2026-03-02 09:11:45Z  snapshot: snapshot auroractl-20260302-090645-shop-xxxx is available
2026-03-02 09:11:45Z  snapshot: done in 5 min
2026-03-02 09:11:45Z  attach parameter group default.aurora-postgresql16: begins, about 30 s expected
2026-03-02 09:11:45Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; shop-1 applying, shop-2 applying
2026-03-02 09:12:20Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; shop-1 pending-reboot, shop-2 applying
2026-03-02 09:12:40Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; shop-1 pending-reboot, shop-2 pending-reboot
2026-03-02 09:12:50Z  attach parameter group default.aurora-postgresql16: done in 1 min 5 s
2026-03-02 09:12:50Z  settle: begins, about 10 s expected
2026-03-02 09:12:50Z  settle: no member is applying, 0 s are gone
2026-03-02 09:13:00Z  settle: done in 10 s
2026-03-02 09:13:00Z  reboot shop-1: begins, about 1 min 3 s expected
2026-03-02 09:13:00Z  reboot shop-1: shop-1 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:13:45Z  reboot shop-1: shop-1 available, db.t3.medium, in-sync
2026-03-02 09:13:55Z  reboot shop-1: done in 55 s: shop-1 available, db.t3.medium, in-sync; SQL answers
2026-03-02 09:13:55Z  reboot shop-1 again: begins
2026-03-02 09:13:55Z  reboot shop-1 again: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:13:55Z  fail over to shop-1: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:13:55Z  fail over to shop-1: cluster available, writer shop-2
2026-03-02 09:14:05Z  fail over to shop-1: cluster failing-over, writer shop-2
2026-03-02 09:14:15Z  fail over to shop-1: cluster failing-over, writer shop-1
2026-03-02 09:14:30Z  fail over to shop-1: cluster available, writer shop-1
2026-03-02 09:14:40Z  fail over to shop-1: no writes for 7 s (35 s forecast): 6 refused, 1 dropped of 46 probes; from 09:14:15Z to 09:14:21Z; the cluster endpoint led to shop-1 after 7 s
2026-03-02 09:14:40Z  fail over to shop-1: done in 45 s: cluster available, writer shop-1; SQL: 2 live
2026-03-02 09:14:40Z  reboot shop-2: begins, about 1 min 3 s expected
2026-03-02 09:14:40Z  reboot shop-2: done in 0 s: not needed: shop-2 is in-sync
2026-03-02 09:14:40Z  reboot shop-2 again: begins
2026-03-02 09:14:40Z  reboot shop-2 again: done in 0 s: not needed: shop-2 is in-sync
2026-03-02 09:14:40Z  verify: begins, about 10 s expected
2026-03-02 09:14:40Z  verify: 2 members as declared
2026-03-02 09:14:50Z  verify: done in 10 s: 2 members as declared; SQL: 1 live
2026-03-02 09:14:50Z  release snapshot: begins, about 2 s expected
2026-03-02 09:14:50Z  release snapshot: snapshot auroractl-20260302-090645-shop-xxxx may be deleted from 2026-03-03T09:14:50Z on
2026-03-02 09:14:50Z  release snapshot: done in 0 s

shop, cluster shop: done
  run 20260302-090645-shop-xxxx, 8 min 5 s

Changed

  ~ cluster parameter group (live after a restart)
      - shop-aurora-postgresql16
      + default.aurora-postgresql16

Steps

  took        forecast    step
  5 min       4 min 41 s  snapshot
  1 min 5 s   30 s        attach parameter group default.aurora-postgresql16
  10 s        10 s        settle
  55 s        1 min 3 s   reboot shop-1
  0 s         0 s         reboot shop-1 again (not needed)
  45 s        38 s        fail over to shop-1
  0 s         1 min 3 s   reboot shop-2 (not needed)
  0 s         0 s         reboot shop-2 again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  7 s         35 s        fail over to shop-1
      6 refused, 1 dropped of 46 probes; from 09:14:15Z to 09:14:21Z; the cluster endpoint led to
      shop-1 after 7 s
  in all 7 s of 35 s forecast

Verified

  cluster shop uses group default.aurora-postgresql16 (by RDS API)
  shop-1 is in-sync with group default.aurora-postgresql16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group default.aurora-postgresql16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  the cluster endpoint leads to shop-1, which accepts writes (by SQL)

Snapshot auroractl-20260302-090645-shop-xxxx: kept until 2026-03-03T09:14:50Z; the first apply after that deletes it

Run 20260302-090000-shop-xxxx is undone. The declaration still asks for what it did:
`auroractl plan shop` shows it, and the next apply does it again unless the declaration is changed.

# The half-finished run is over: there is nothing to resume.
$ auroractl resume --simulate=world.toml
Nothing to resume: no run is unfinished in .auroractl/simulated/f720bdedf20a.
$ tail -n 1 .auroractl/simulated/*/runs/*0900*/journal.jsonl
{"format":1,"sequence":36,"at":"2026-03-02T09:06:45Z","entry":"ended","ending":"given-up","because":"what it changed is taken back by a rollback"}

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
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"

[[fault]]
kind = "hold"
moment = "after"
action = "FailoverDBCluster"
