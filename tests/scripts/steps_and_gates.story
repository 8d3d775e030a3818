# Commands and gates stand in the plan, right behind what they follow. What follows something that the plan does not do is said.
$ auroractl plan shop --simulate=world.toml
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

  note: step `classes` is not part of this plan: it follows `change-class`, which the plan has not
  proven by: SQL on every member: `max_connections` after its restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  Members restart in this run.

  preflight
     1. step pause-deploys, about 1 min
        why:  declared to follow `preflight`
        what: runs ./deploys pause --reason 'shop restarts'
        what: with CHANNEL='#shop'; TOKEN from DEPLOY_TOKEN, masked
        what: at most 10 min; may be repeated; the last 65536 bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

  safeguard
     2. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  stage
     3. create parameter group shop-aurora-postgresql16, about 2 s
        why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
        undo: delete the group, once no cluster uses it
     4. modify parameter group shop-aurora-postgresql16, about 2 s
        why:  store 1 parameter as declared: `max_connections`
        what: max_connections = 500
        undo: store the previous values again
     5. check parameter group shop-aurora-postgresql16, about 1 s
        why:  a group is read back complete before a cluster uses it
     6. attach parameter group shop-aurora-postgresql16, about 30 s
        why:  cluster `shop` uses `default.aurora-postgresql16`; the new association marks every
              member pending-reboot
        undo: attach `default.aurora-postgresql16` again, which needs every member restarted

  settle
     7. settle, about 10 s
        why:  the change must have reached every member before one restarts
     8. gate readers
        why:  declared to follow `settle`
        what: waits for a person: the dashboards are quiet (the process for up to 0 s, the run
              without end)

  activate
     9. reboot shop-2 (reader), about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        point of no return: a restart cannot be taken back
    10. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
    11. step health after reboot shop-2, about 20 s
        why:  declared to follow `restart`
        what: runs ./health --quick
        what: at most 2 min; run again up to 2 times, 30 s apart; may be repeated; the last 65536
              bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did
    12. fail over to shop-2 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-1` has to restart, and `shop-2` takes over its writes first
        undo: fail over to `shop-1` again, another writer interruption
    13. step tell after fail over to shop-2, about 1 min
        why:  declared to follow `failover`
        what: runs ./tell 'the writer has moved'
        what: at most 10 min; not repeated without a person's word; the last 65536 bytes of output
              kept; values of WEBHOOK masked
        undo: whoever wrote the command; a rollback takes back nothing that it did
    14. reboot shop-1 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
    15. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
    16. step health after reboot shop-1, about 20 s
        why:  declared to follow `restart`
        what: runs ./health --quick
        what: at most 2 min; run again up to 2 times, 30 s apart; may be repeated; the last 65536
              bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

  verify
    17. verify, about 10 s
        why:  done means: live on every member

  clean up
    18. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag
    19. step resume-deploys, about 1 min
        why:  declared to follow `clean-up`
        what: runs ./deploys resume
        what: at most 10 min; not repeated without a person's word; the last 65536 bytes of output
              kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

Totals

  this run: 19 actions, about 12 min 2 s; 2 restarts; 1 writer interruption, about 35 s
$ auroractl graph shop --simulate=world.toml --format mermaid | grep 'step\|gate'
  n0["step pause-deploys<br>about 60 s"]
  n7["gate readers<br>about 0 s"]
  n10["step health after reboot shop-2<br>about 20 s"]
  n12["step tell after fail over to shop-2<br>about 60 s"]
  n15["step health after reboot shop-1<br>about 20 s"]
  n18["step resume-deploys<br>about 60 s"]
  n0 -->|a step stands alone| n1
  n6 -->|a step stands alone| n7
  n9 -->|a step stands alone| n10
  n10 -->|a step stands alone| n11
  n11 -->|a step stands alone| n12
  n12 -->|a step stands alone| n13
  n14 -->|a step stands alone| n15
  n17 -->|a step stands alone| n18
# In a simulation no command is run; what comes of it is declared. A gate waits for a person all the same: the process ends, and
# the cluster stays held for the run.
$ auroractl apply shop --simulate=world.toml
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

  note: step `classes` is not part of this plan: it follows `change-class`, which the plan has not
  proven by: SQL on every member: `max_connections` after its restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  Members restart in this run.

  preflight
     1. step pause-deploys, about 1 min
        why:  declared to follow `preflight`
        what: runs ./deploys pause --reason 'shop restarts'
        what: with CHANNEL='#shop'; TOKEN from DEPLOY_TOKEN, masked
        what: at most 10 min; may be repeated; the last 65536 bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

  safeguard
     2. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  stage
     3. create parameter group shop-aurora-postgresql16, about 2 s
        why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
        undo: delete the group, once no cluster uses it
     4. modify parameter group shop-aurora-postgresql16, about 2 s
        why:  store 1 parameter as declared: `max_connections`
        what: max_connections = 500
        undo: store the previous values again
     5. check parameter group shop-aurora-postgresql16, about 1 s
        why:  a group is read back complete before a cluster uses it
     6. attach parameter group shop-aurora-postgresql16, about 30 s
        why:  cluster `shop` uses `default.aurora-postgresql16`; the new association marks every
              member pending-reboot
        undo: attach `default.aurora-postgresql16` again, which needs every member restarted

  settle
     7. settle, about 10 s
        why:  the change must have reached every member before one restarts
     8. gate readers
        why:  declared to follow `settle`
        what: waits for a person: the dashboards are quiet (the process for up to 0 s, the run
              without end)

  activate
     9. reboot shop-2 (reader), about 1 min 3 s
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        point of no return: a restart cannot be taken back
    10. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
    11. step health after reboot shop-2, about 20 s
        why:  declared to follow `restart`
        what: runs ./health --quick
        what: at most 2 min; run again up to 2 times, 30 s apart; may be repeated; the last 65536
              bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did
    12. fail over to shop-2 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-1` has to restart, and `shop-2` takes over its writes first
        undo: fail over to `shop-1` again, another writer interruption
    13. step tell after fail over to shop-2, about 1 min
        why:  declared to follow `failover`
        what: runs ./tell 'the writer has moved'
        what: at most 10 min; not repeated without a person's word; the last 65536 bytes of output
              kept; values of WEBHOOK masked
        undo: whoever wrote the command; a rollback takes back nothing that it did
    14. reboot shop-1 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `shop-aurora-postgresql16` is live only after a restart
        why:  `max_connections` is static (401 -> 500)
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
    15. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
    16. step health after reboot shop-1, about 20 s
        why:  declared to follow `restart`
        what: runs ./health --quick
        what: at most 2 min; run again up to 2 times, 30 s apart; may be repeated; the last 65536
              bytes of output kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

  verify
    17. verify, about 10 s
        why:  done means: live on every member

  clean up
    18. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag
    19. step resume-deploys, about 1 min
        why:  declared to follow `clean-up`
        what: runs ./deploys resume
        what: at most 10 min; not repeated without a person's word; the last 65536 bytes of output
              kept
        undo: whoever wrote the command; a rollback takes back nothing that it did

Totals

  this run: 19 actions, about 12 min 2 s; 2 restarts; 1 writer interruption, about 35 s
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 19 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/998844d38e37/runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  step pause-deploys: begins, about 1 min expected
2026-03-02 09:00:00Z  step pause-deploys: done in 0 s: not run in a simulation; declared to succeed
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
2026-03-02 09:04:35Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-1 applying, shop-2 applying
2026-03-02 09:04:50Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-1 pending-reboot, shop-2 applying
2026-03-02 09:05:00Z  attach parameter group shop-aurora-postgresql16: cluster uses group shop-aurora-postgresql16; shop-1 pending-reboot, shop-2 pending-reboot
2026-03-02 09:05:10Z  attach parameter group shop-aurora-postgresql16: done in 35 s
2026-03-02 09:05:10Z  settle: begins, about 10 s expected
2026-03-02 09:05:10Z  settle: no member is applying, 0 s are gone
2026-03-02 09:05:20Z  settle: done in 10 s
2026-03-02 09:05:20Z  gate readers: begins
2026-03-02 09:05:20Z  gate readers: waits for a person: the dashboards are quiet; auroractl approve 20260302-090000-shop-xxxx readers --simulate=world.toml

shop, cluster shop: paused at a safe point
  because: `gate readers` waits for a person, and the cluster stays held for this run: the
           dashboards are quiet; approve it:
           auroractl approve 20260302-090000-shop-xxxx readers --simulate=world.toml
  run 20260302-090000-shop-xxxx, 5 min 20 s

Steps

  took        forecast    step
  0 s         1 min       step pause-deploys
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  35 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  0 s         0 s         gate readers (not done)

Snapshot auroractl-20260302-090000-shop-xxxx: held; nothing deletes it by itself

Continue with: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
[exit 4]
$ auroractl status shop --simulate=world.toml | tail -n 4

  waits for a person at gate readers: the dashboards are quiet
  run 20260302-090000-shop-xxxx holds the cluster; approve it: auroractl approve 20260302-090000-shop-xxxx readers --simulate=world.toml
  its process has ended; go on with it after that: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
$ auroractl approve $(ls .auroractl/simulated/*/runs) reader --simulate=world.toml
error: run 20260302-090000-shop-xxxx has no gate `reader`

hint: did you mean `readers`?
[exit 1]
$ auroractl approve $(ls .auroractl/simulated/*/runs) readers --by Ada --note 'error rate is flat' --simulate=world.toml
`gate readers` of run 20260302-090000-shop-xxxx is approved by Ada: error rate is flat.
Go on with it: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
$ auroractl approve $(ls .auroractl/simulated/*/runs) readers --by Grace --simulate=world.toml
Nothing to do: `gate readers` of run 20260302-090000-shop-xxxx is approved by Ada: error rate is flat.
Go on with it: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
$ auroractl resume --simulate=world.toml
2026-03-02 09:05:20Z  run 20260302-090000-shop-xxxx of `shop` goes on: 12 actions on cluster shop, simulated AWS (world.toml world), 7 done before; journal in .auroractl/simulated/998844d38e37/runs/20260302-090000-shop-xxxx
2026-03-02 09:05:20Z  gate readers: begins
2026-03-02 09:05:20Z  gate readers: waits for a person: the dashboards are quiet; auroractl approve 20260302-090000-shop-xxxx readers --simulate=world.toml
2026-03-02 09:05:20Z  gate readers: done in 0 s: approved by Ada: error rate is flat
2026-03-02 09:05:20Z  reboot shop-2: begins, about 1 min 3 s expected
2026-03-02 09:05:20Z  reboot shop-2: shop-2 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:05:50Z  reboot shop-2: shop-2 available, db.t3.medium, in-sync
2026-03-02 09:06:00Z  reboot shop-2: done in 40 s: shop-2 available, db.t3.medium, in-sync; SQL: 1 live
2026-03-02 09:06:00Z  reboot shop-2 again: begins
2026-03-02 09:06:00Z  reboot shop-2 again: done in 0 s: not needed: shop-2 is in-sync
2026-03-02 09:06:00Z  step health after reboot shop-2: begins, about 20 s expected
2026-03-02 09:06:00Z  step health after reboot shop-2: done in 0 s: not run in a simulation; declared to succeed
2026-03-02 09:06:00Z  fail over to shop-2: begins, about 38 s expected, writes stop for about 35 s
2026-03-02 09:06:00Z  fail over to shop-2: cluster available, writer shop-1
2026-03-02 09:06:10Z  fail over to shop-2: cluster failing-over, writer shop-1
2026-03-02 09:06:25Z  fail over to shop-2: cluster failing-over, writer shop-2
2026-03-02 09:06:35Z  fail over to shop-2: cluster available, writer shop-2
2026-03-02 09:06:45Z  fail over to shop-2: no writes for 9 s (35 s forecast): 8 refused, 1 dropped of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to shop-2 after 9 s
2026-03-02 09:06:45Z  fail over to shop-2: done in 45 s: cluster available, writer shop-2; SQL: 2 live
2026-03-02 09:06:45Z  step tell after fail over to shop-2: begins, about 1 min expected
2026-03-02 09:06:45Z  step tell after fail over to shop-2: done in 0 s: not run in a simulation; declared to succeed
2026-03-02 09:06:45Z  reboot shop-1: begins, about 1 min 3 s expected
2026-03-02 09:06:45Z  reboot shop-1: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:45Z  reboot shop-1 again: begins
2026-03-02 09:06:45Z  reboot shop-1 again: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:45Z  step health after reboot shop-1: begins, about 20 s expected
2026-03-02 09:06:45Z  step health after reboot shop-1: done in 0 s: not run in a simulation; declared to succeed
2026-03-02 09:06:45Z  verify: begins, about 10 s expected
2026-03-02 09:06:45Z  verify: 2 members as declared
2026-03-02 09:06:55Z  verify: done in 10 s: 2 members as declared; SQL: 3 live
2026-03-02 09:06:55Z  release snapshot: begins, about 2 s expected
2026-03-02 09:06:55Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:06:55Z on
2026-03-02 09:06:55Z  release snapshot: done in 0 s
2026-03-02 09:06:55Z  step resume-deploys: begins, about 1 min expected
2026-03-02 09:06:55Z  step resume-deploys: done in 0 s: not run in a simulation; declared to succeed

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
  0 s         1 min       step pause-deploys
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  35 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  0 s         0 s         gate readers
  40 s        1 min 3 s   reboot shop-2
  0 s         0 s         reboot shop-2 again (not needed)
  0 s         20 s        step health after reboot shop-2
  45 s        38 s        fail over to shop-2
  0 s         1 min       step tell after fail over to shop-2
  0 s         1 min 3 s   reboot shop-1 (not needed)
  0 s         0 s         reboot shop-1 again (not needed)
  0 s         20 s        step health after reboot shop-1
  10 s        10 s        verify
  0 s         2 s         release snapshot
  0 s         1 min       step resume-deploys

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-2
      8 refused, 1 dropped of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to
      shop-2 after 9 s
  in all 9 s of 35 s forecast

Verified

  cluster shop uses group shop-aurora-postgresql16 (by RDS API)
  group shop-aurora-postgresql16 stores 1 value as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  shop-2 runs 1 value as declared (by SQL)
  shop-1 runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-2, which accepts writes (by SQL)

Snapshot auroractl-20260302-090000-shop-xxxx: kept until 2026-03-03T09:06:55Z; the first apply after that deletes it
# Live is as declared now: steps alone are no reason for a run.
$ auroractl apply shop --simulate=world.toml
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:55Z

No changes. `shop` is as declared, and every member runs it.
Nothing to do.
hint: the simulated world is kept between commands; begin it anew with --fresh-world
# A rehearsal approves each gate, and runs no command either.
$ auroractl rehearse shop --simulate=world.toml --fresh-world --faults 3 | tail -n 12
  +7 min 25 s   0 s         0 s         2 s         release snapshot
  +7 min 25 s   0 s         0 s         1 min       step resume-deploys

3 schedules, seeds 1 to 3

  killed at 3 of the 69 points at which it can be killed; 1 schedules with faults of AWS; 539 requests

       3  completed (exit code 0; first seed 1)

  worst duration 18 min (seed 1), worst writer interruption 22 s

No promise was broken.
# Where a step can stand is known offline.
$ sed -i 's/after = "failover"/after = "failovr"/; s/retries = 2/retries = 2000/' environments/shop.toml; auroractl validate
error: 2 problems in the declarations

error: a command cannot be run again 2000 times: 0 to 100
  --> [folder]/environments/shop.toml:36:11
   |
36 | retries = 2000
   |           ^^^^

error: no step can follow `failovr`
  --> [folder]/environments/shop.toml:41:9
   |
41 | after = "failovr"
   |         ^^^^^^^^^
   |
   = hint: did you mean `failover`?
[exit 1]

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

[[step]]
name = "pause-deploys"
after = "preflight"
command = ["./deploys", "pause", "--reason", "shop restarts"]
repeat = true
environment = { CHANNEL = "#shop", TOKEN = { from = "DEPLOY_TOKEN" } }

[[gate]]
name = "readers"
after = "settle"
message = "the dashboards are quiet"
wait = "0s"

[[step]]
name = "health"
after = "restart"
command = ["./health", "--quick"]
expected = "20s"
time_limit = "2min"
repeat = true
retries = 2
retry_after = "30s"

[[step]]
name = "tell"
after = "failover"
command = ["./tell", "the writer has moved"]
mask = ["WEBHOOK"]

[[step]]
name = "classes"
after = "change-class"
command = ["./classes"]

[[step]]
name = "resume-deploys"
after = "clean-up"
command = ["./deploys", "resume"]
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
