# dev declares apply_immediately = true: no window, no queue; a new association restarts every member all the same.
$ auroractl apply dev --simulate --simulate-speed max
dev: cluster alpha002-dev-auroracluster, account 222222222222, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:05:00Z

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - default.aurora-postgresql16
        + alpha002-dev-auroracluster-aurora-postgresql16
        the declared parameters need a group of the cluster's own

  parameters
    + log_lock_waits: 1 (live without a restart)
        declared as true (now: no value in the group)
    + log_min_duration_statement: 500 (live without a restart)
        declared as 500ms (now: no value in the group)
    + log_statement: ddl (live without a restart)
        declared (now: no value in the group)
    + log_temp_files: 0 (live without a restart)
        declared (now: no value in the group)
    + pg_stat_statements.track: ALL (live without a restart)
        declared as all (now: no value in the group)
    ~ shared_preload_libraries: pg_stat_statements (needs a restart)
        declared (now: the default)

Notes

  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
             `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
             all of them after each restart and at the end
  proven by: SQL on every member: `shared_preload_libraries` after its restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  proven by: statements: pg_stat_statements
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  Members restart in this run.

  safeguard
     1. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  stage
     2. create parameter group alpha002-dev-auroracluster-aurora-postgresql16, about 2 s
        why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
        undo: delete the group, once no cluster uses it
     3. modify parameter group alpha002-dev-auroracluster-aurora-postgresql16, about 2 s
        why:  store 6 parameters as declared: `log_lock_waits`, `log_min_duration_statement`,
              `log_statement`, `log_temp_files` and 2 more
        what: log_lock_waits = 1; log_min_duration_statement = 500; log_statement = ddl;
              log_temp_files = 0; pg_stat_statements.track = ALL; shared_preload_libraries =
              pg_stat_statements
        undo: store the previous values again
     4. check parameter group alpha002-dev-auroracluster-aurora-postgresql16, about 1 s
        why:  a group is read back complete before a cluster uses it
     5. attach parameter group alpha002-dev-auroracluster-aurora-postgresql16, about 30 s
        why:  cluster `alpha002-dev-auroracluster` uses `default.aurora-postgresql16`; the new
              association marks every member pending-reboot
        undo: attach `default.aurora-postgresql16` again, which needs every member restarted

  settle
     6. settle, about 1 min 40 s
        why:  dynamic values need no restart, and a restart would not mend them: `log_lock_waits`,
              `log_min_duration_statement`, `log_statement`, `log_temp_files` and 1 more
        what: waits at least 1 min 30 s

  activate
     7. reboot alpha002-dev-auroraclusterreader1 (reader), about 1 min 3 s
        why:  the association with `alpha002-dev-auroracluster-aurora-postgresql16` is live only
              after a restart
        point of no return: a restart cannot be taken back
     8. reboot alpha002-dev-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
     9. fail over to alpha002-dev-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
        why:  `alpha002-dev-auroraclusterwriter` has to restart, and
              `alpha002-dev-auroraclusterreader1` takes over its writes first
        undo: fail over to `alpha002-dev-auroraclusterwriter` again, another writer interruption
    10. reboot alpha002-dev-auroraclusterwriter (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `alpha002-dev-auroracluster-aurora-postgresql16` is live only
              after a restart
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
    11. reboot alpha002-dev-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart

  verify
    12. verify, about 10 s
        why:  done means: live on every member

  clean up
    13. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 13 actions, about 9 min 52 s; 2 restarts; 1 writer interruption, about 35 s
2026-05-15 06:05:00Z  run 20260515-060500-dev-xxxx of `dev` begins: 13 actions on cluster alpha002-dev-auroracluster, simulated AWS (built-in world); journal in .auroractl/simulated/41b4a6fd5f5c/runs/20260515-060500-dev-xxxx
2026-05-15 06:05:00Z  snapshot: begins, about 4 min 41 s expected
2026-05-15 06:05:00Z  snapshot: snapshot auroractl-20260515-060500-dev-xxxx creating, 0 %
2026-05-15 06:10:05Z  snapshot: snapshot auroractl-20260515-060500-dev-xxxx is available
2026-05-15 06:10:05Z  snapshot: done in 5 min 5 s
2026-05-15 06:10:05Z  create parameter group alpha002-dev-auroracluster-aurora-postgresql16: begins, about 2 s expected
2026-05-15 06:10:05Z  create parameter group alpha002-dev-auroracluster-aurora-postgresql16: group alpha002-dev-auroracluster-aurora-postgresql16 exists and is tagged as ours
2026-05-15 06:10:05Z  create parameter group alpha002-dev-auroracluster-aurora-postgresql16: done in 0 s
2026-05-15 06:10:05Z  modify parameter group alpha002-dev-auroracluster-aurora-postgresql16: begins, about 2 s expected
2026-05-15 06:10:05Z  modify parameter group alpha002-dev-auroracluster-aurora-postgresql16: 6 parameters as sent in alpha002-dev-auroracluster-aurora-postgresql16
2026-05-15 06:10:05Z  modify parameter group alpha002-dev-auroracluster-aurora-postgresql16: done in 0 s
2026-05-15 06:10:05Z  check parameter group alpha002-dev-auroracluster-aurora-postgresql16: begins, about 1 s expected
2026-05-15 06:10:05Z  check parameter group alpha002-dev-auroracluster-aurora-postgresql16: group alpha002-dev-auroracluster-aurora-postgresql16 holds exactly 6 values
2026-05-15 06:10:05Z  check parameter group alpha002-dev-auroracluster-aurora-postgresql16: done in 0 s
2026-05-15 06:10:05Z  attach parameter group alpha002-dev-auroracluster-aurora-postgresql16: begins, about 30 s expected
2026-05-15 06:10:05Z  attach parameter group alpha002-dev-auroracluster-aurora-postgresql16: cluster uses group alpha002-dev-auroracluster-aurora-postgresql16; alpha002-dev-auroraclusterreader1 applying, alpha002-dev-auroraclusterwriter applying
2026-05-15 06:10:25Z  attach parameter group alpha002-dev-auroracluster-aurora-postgresql16: cluster uses group alpha002-dev-auroracluster-aurora-postgresql16; alpha002-dev-auroraclusterreader1 pending-reboot, alpha002-dev-auroraclusterwriter applying
2026-05-15 06:10:35Z  attach parameter group alpha002-dev-auroracluster-aurora-postgresql16: cluster uses group alpha002-dev-auroracluster-aurora-postgresql16; alpha002-dev-auroraclusterreader1 pending-reboot, alpha002-dev-auroraclusterwriter pending-reboot
2026-05-15 06:10:45Z  attach parameter group alpha002-dev-auroracluster-aurora-postgresql16: done in 40 s
2026-05-15 06:10:45Z  settle: begins, about 1 min 40 s expected
2026-05-15 06:10:45Z  settle: no member is applying; waiting until 90 s are gone
2026-05-15 06:12:15Z  settle: no member is applying, 90 s are gone
2026-05-15 06:12:25Z  settle: done in 1 min 40 s: no member is applying, 90 s are gone; SQL: 10 live
2026-05-15 06:12:25Z  reboot alpha002-dev-auroraclusterreader1: begins, about 1 min 3 s expected
2026-05-15 06:12:25Z  reboot alpha002-dev-auroraclusterreader1: alpha002-dev-auroraclusterreader1 rebooting, db.t3.medium, pending-reboot
2026-05-15 06:13:20Z  reboot alpha002-dev-auroraclusterreader1: alpha002-dev-auroraclusterreader1 available, db.t3.medium, in-sync
2026-05-15 06:13:30Z  reboot alpha002-dev-auroraclusterreader1: done in 1 min 5 s: alpha002-dev-auroraclusterreader1 available, db.t3.medium, in-sync; SQL: 6 live
2026-05-15 06:13:30Z  reboot alpha002-dev-auroraclusterreader1 again: begins
2026-05-15 06:13:30Z  reboot alpha002-dev-auroraclusterreader1 again: done in 0 s: not needed: alpha002-dev-auroraclusterreader1 is in-sync
2026-05-15 06:13:30Z  fail over to alpha002-dev-auroraclusterreader1: begins, about 38 s expected, writes stop for about 35 s
2026-05-15 06:13:30Z  fail over to alpha002-dev-auroraclusterreader1: cluster available, writer alpha002-dev-auroraclusterwriter
2026-05-15 06:13:45Z  fail over to alpha002-dev-auroraclusterreader1: cluster failing-over, writer alpha002-dev-auroraclusterwriter
2026-05-15 06:13:55Z  fail over to alpha002-dev-auroraclusterreader1: cluster failing-over, writer alpha002-dev-auroraclusterreader1
2026-05-15 06:14:05Z  fail over to alpha002-dev-auroraclusterreader1: cluster available, writer alpha002-dev-auroraclusterreader1
2026-05-15 06:14:15Z  fail over to alpha002-dev-auroraclusterreader1: no writes for 3 s (35 s forecast): 2 refused, 1 dropped of 46 probes; from 06:13:53Z to 06:13:55Z; the cluster endpoint led to alpha002-dev-auroraclusterreader1 after 3 s
2026-05-15 06:14:15Z  fail over to alpha002-dev-auroraclusterreader1: done in 45 s: cluster available, writer alpha002-dev-auroraclusterreader1; SQL: 2 live
2026-05-15 06:14:15Z  reboot alpha002-dev-auroraclusterwriter: begins, about 1 min 3 s expected
2026-05-15 06:14:15Z  reboot alpha002-dev-auroraclusterwriter: done in 0 s: not needed: alpha002-dev-auroraclusterwriter is in-sync
2026-05-15 06:14:15Z  reboot alpha002-dev-auroraclusterwriter again: begins
2026-05-15 06:14:15Z  reboot alpha002-dev-auroraclusterwriter again: done in 0 s: not needed: alpha002-dev-auroraclusterwriter is in-sync
2026-05-15 06:14:15Z  verify: begins, about 10 s expected
2026-05-15 06:14:15Z  verify: 2 members as declared
2026-05-15 06:14:25Z  verify: done in 10 s: 2 members as declared; SQL: 13 live
2026-05-15 06:14:25Z  release snapshot: begins, about 2 s expected
2026-05-15 06:14:25Z  release snapshot: snapshot auroractl-20260515-060500-dev-xxxx may be deleted from 2026-05-16T06:14:25Z on
2026-05-15 06:14:25Z  release snapshot: done in 0 s

dev, cluster alpha002-dev-auroracluster: done
  run 20260515-060500-dev-xxxx, 9 min 25 s

Changed

  ~ cluster parameter group (live after a restart)
      - default.aurora-postgresql16
      + alpha002-dev-auroracluster-aurora-postgresql16
  + log_lock_waits: 1 (live without a restart)
  + log_min_duration_statement: 500 (live without a restart)
  + log_statement: ddl (live without a restart)
  + log_temp_files: 0 (live without a restart)
  + pg_stat_statements.track: ALL (live without a restart)
  ~ shared_preload_libraries: pg_stat_statements (live after a restart)

Steps

  took        forecast    step
  5 min 5 s   4 min 41 s  snapshot
  0 s         2 s         create parameter group alpha002-dev-auroracluster-aurora-postgresql16
  0 s         2 s         modify parameter group alpha002-dev-auroracluster-aurora-postgresql16
  0 s         1 s         check parameter group alpha002-dev-auroracluster-aurora-postgresql16
  40 s        30 s        attach parameter group alpha002-dev-auroracluster-aurora-postgresql16
  1 min 40 s  1 min 40 s  settle
  1 min 5 s   1 min 3 s   reboot alpha002-dev-auroraclusterreader1
  0 s         0 s         reboot alpha002-dev-auroraclusterreader1 again (not needed)
  45 s        38 s        fail over to alpha002-dev-auroraclusterreader1
  0 s         1 min 3 s   reboot alpha002-dev-auroraclusterwriter (not needed)
  0 s         0 s         reboot alpha002-dev-auroraclusterwriter again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  3 s         35 s        fail over to alpha002-dev-auroraclusterreader1
      2 refused, 1 dropped of 46 probes; from 06:13:53Z to 06:13:55Z; the cluster endpoint led to
      alpha002-dev-auroraclusterreader1 after 3 s
  in all 3 s of 35 s forecast

Verified

  cluster alpha002-dev-auroracluster uses group alpha002-dev-auroracluster-aurora-postgresql16 (by
  RDS API)
  group alpha002-dev-auroracluster-aurora-postgresql16 stores 6 values as declared and no others (by
  RDS API)
  alpha002-dev-auroraclusterreader1 is in-sync with group
  alpha002-dev-auroracluster-aurora-postgresql16 (by RDS API)
  alpha002-dev-auroraclusterreader1 runs db.t3.medium, nothing is queued (by RDS API)
  alpha002-dev-auroraclusterwriter is in-sync with group
  alpha002-dev-auroracluster-aurora-postgresql16 (by RDS API)
  alpha002-dev-auroraclusterwriter runs db.t3.medium, nothing is queued (by RDS API)
  alpha002-dev-auroraclusterreader1 runs 6 values as declared (by SQL)
  alpha002-dev-auroraclusterwriter runs 6 values as declared (by SQL)
  the cluster endpoint leads to alpha002-dev-auroraclusterreader1, which accepts writes (by SQL)

Snapshot auroractl-20260515-060500-dev-xxxx: kept until 2026-05-16T06:14:25Z; the first apply after that deletes it
$ auroractl plan dev --simulate --detailed-exitcode
dev: cluster alpha002-dev-auroracluster, account 222222222222, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:14:25Z

No changes. `dev` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world
