# In the afternoon the window is closed. What restarts nobody is done, the rest is staged: exit 4.
$ sed 's/^clock = .*/clock = "2026-05-14T15:00:00-07:00"/' examples/worlds/four-partitions.toml > afternoon.toml
$ auroractl apply prod --simulate=afternoon.toml --simulate-speed max --auto-approve
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
engine 16.6, facts read 2026-05-14T22:00:00Z

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - default.aurora-postgresql16
        + alpha001-prod-auroracluster-aurora-postgresql16
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
    ~ max_connections (needs a restart)
        - LEAST({DBInstanceClassMemory/9531392},5000) = 401 on db.t3.medium
        + 500
        declared (now: the default)
    + pg_stat_statements.track: ALL (live without a restart)
        declared as all (now: no value in the group)
    ~ shared_preload_libraries: pg_stat_statements (needs a restart)
        declared (now: the default)

  instance classes
    ~ alpha001-prod-auroraclusterreader1: db.t3.medium -> db.r7g.large (needs a restart)
        declared class
    ~ alpha001-prod-auroraclusterwriter: db.t3.medium -> db.r7g.large (needs a restart)
        declared class

Notes

  caution: once staged, any unplanned restart of a member makes the stored static values live there
  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
             `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
             all of them after each restart and at the end
  proven by: SQL on every member: `max_connections`, `shared_preload_libraries` after its restart
             and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  proven by: statements: pg_stat_statements
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  No member restarts in this run.

  stage
     1. create parameter group alpha001-prod-auroracluster-aurora-postgresql16, about 2 s
        why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
        undo: delete the group, once no cluster uses it
     2. modify parameter group alpha001-prod-auroracluster-aurora-postgresql16, about 2 s
        why:  store 7 parameters as declared: `log_lock_waits`, `log_min_duration_statement`,
              `log_statement`, `log_temp_files` and 3 more
        what: log_lock_waits = 1; log_min_duration_statement = 500; log_statement = ddl;
              log_temp_files = 0; max_connections = 500; pg_stat_statements.track = ALL;
              shared_preload_libraries = pg_stat_statements
        undo: store the previous values again
     3. check parameter group alpha001-prod-auroracluster-aurora-postgresql16, about 1 s
        why:  a group is read back complete before a cluster uses it
     4. attach parameter group alpha001-prod-auroracluster-aurora-postgresql16, about 30 s
        why:  cluster `alpha001-prod-auroracluster` uses `default.aurora-postgresql16`; the new
              association marks every member pending-reboot
        undo: attach `default.aurora-postgresql16` again, which needs every member restarted
     5. queue class change alpha001-prod-auroraclusterreader1 (reader), about 15 s
        why:  class db.t3.medium -> db.r7g.large, applied later by a flush
        undo: submit db.t3.medium with apply-immediately, which clears the queue
     6. queue class change alpha001-prod-auroraclusterwriter (writer), about 15 s
        why:  class db.t3.medium -> db.r7g.large, applied later by a flush
        undo: submit db.t3.medium with apply-immediately, which clears the queue

  settle
     7. settle, about 1 min 40 s
        why:  dynamic values need no restart, and a restart would not mend them: `log_lock_waits`,
              `log_min_duration_statement`, `log_statement`, `log_temp_files` and 1 more
        what: waits at least 1 min 30 s

Later, not in this run
  apply_immediately = false, and the window (Thu 23:00-02:00 America/Los_Angeles) is closed. By the
  first apply after the window opens at 2026-05-15T06:00:00Z, or now with --activate.

  safeguard
     8. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  activate
     9. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
        why:  class db.t3.medium -> db.r7g.large
        why:  the association with `alpha001-prod-auroracluster-aurora-postgresql16` is live only
              after a restart
        why:  `max_connections` is static (401 -> 500)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterreader1`
    10. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
    11. fail over to alpha001-prod-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
        why:  `alpha001-prod-auroraclusterwriter` has to restart, and
              `alpha001-prod-auroraclusterreader1` takes over its writes first
        undo: fail over to `alpha001-prod-auroraclusterwriter` again, another writer interruption
    12. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.t3.medium -> db.r7g.large
        why:  the association with `alpha001-prod-auroracluster-aurora-postgresql16` is live only
              after a restart
        why:  `max_connections` is static (401 -> 500)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterwriter`
    13. reboot alpha001-prod-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart

  verify
    14. verify, about 10 s
        why:  done means: live on every member

  clean up
    15. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 7 actions, about 2 min 45 s; no restarts; no writer interruption
  later:    8 actions, about 20 min 25 s; 2 restarts; 1 writer interruption, about 35 s
2026-05-14 22:00:00Z  run 20260514-220000-prod-xxxx of `prod` begins: 7 actions on cluster alpha001-prod-auroracluster, simulated AWS (afternoon.toml world); journal in .auroractl/simulated/9efe878daba9/runs/20260514-220000-prod-xxxx
2026-05-14 22:00:00Z  create parameter group alpha001-prod-auroracluster-aurora-postgresql16: begins, about 2 s expected
2026-05-14 22:00:00Z  create parameter group alpha001-prod-auroracluster-aurora-postgresql16: group alpha001-prod-auroracluster-aurora-postgresql16 exists and is tagged as ours
2026-05-14 22:00:00Z  create parameter group alpha001-prod-auroracluster-aurora-postgresql16: done in 0 s
2026-05-14 22:00:00Z  modify parameter group alpha001-prod-auroracluster-aurora-postgresql16: begins, about 2 s expected
2026-05-14 22:00:00Z  modify parameter group alpha001-prod-auroracluster-aurora-postgresql16: 7 parameters as sent in alpha001-prod-auroracluster-aurora-postgresql16
2026-05-14 22:00:00Z  modify parameter group alpha001-prod-auroracluster-aurora-postgresql16: done in 0 s
2026-05-14 22:00:00Z  check parameter group alpha001-prod-auroracluster-aurora-postgresql16: begins, about 1 s expected
2026-05-14 22:00:00Z  check parameter group alpha001-prod-auroracluster-aurora-postgresql16: group alpha001-prod-auroracluster-aurora-postgresql16 holds exactly 7 values
2026-05-14 22:00:00Z  check parameter group alpha001-prod-auroracluster-aurora-postgresql16: done in 0 s
2026-05-14 22:00:00Z  attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: begins, about 30 s expected
2026-05-14 22:00:00Z  attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: cluster uses group alpha001-prod-auroracluster-aurora-postgresql16; alpha001-prod-auroraclusterreader1 applying, alpha001-prod-auroraclusterwriter applying
2026-05-14 22:00:35Z  attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: cluster uses group alpha001-prod-auroracluster-aurora-postgresql16; alpha001-prod-auroraclusterreader1 applying, alpha001-prod-auroraclusterwriter pending-reboot
2026-05-14 22:00:55Z  attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: cluster uses group alpha001-prod-auroracluster-aurora-postgresql16; alpha001-prod-auroraclusterreader1 pending-reboot, alpha001-prod-auroraclusterwriter pending-reboot
2026-05-14 22:01:05Z  attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: done in 1 min 5 s
2026-05-14 22:01:05Z  queue class change alpha001-prod-auroraclusterreader1: begins, about 15 s expected
2026-05-14 22:01:05Z  queue class change alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 available, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
2026-05-14 22:01:05Z  queue class change alpha001-prod-auroraclusterwriter: begins, about 15 s expected
2026-05-14 22:01:05Z  queue class change alpha001-prod-auroraclusterwriter: alpha001-prod-auroraclusterwriter available, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
2026-05-14 22:01:15Z  queue class change alpha001-prod-auroraclusterreader1: done in 10 s
2026-05-14 22:01:15Z  queue class change alpha001-prod-auroraclusterwriter: done in 10 s
2026-05-14 22:01:15Z  settle: begins, about 1 min 40 s expected
2026-05-14 22:01:15Z  settle: no member is applying; waiting until 90 s are gone
2026-05-14 22:02:45Z  settle: no member is applying, 90 s are gone
2026-05-14 22:02:55Z  settle: done in 1 min 40 s: no member is applying, 90 s are gone; SQL: 10 live

prod, cluster alpha001-prod-auroracluster: staged; what restarts a member waits for the window, which opens at 2026-05-15T06:00:00Z
  run 20260514-220000-prod-xxxx, 2 min 55 s

Steps

  took        forecast    step
  0 s         2 s         create parameter group alpha001-prod-auroracluster-aurora-postgresql16
  0 s         2 s         modify parameter group alpha001-prod-auroracluster-aurora-postgresql16
  0 s         1 s         check parameter group alpha001-prod-auroracluster-aurora-postgresql16
  1 min 5 s   30 s        attach parameter group alpha001-prod-auroracluster-aurora-postgresql16
  10 s        15 s        queue class change alpha001-prod-auroraclusterreader1
  10 s        15 s        queue class change alpha001-prod-auroraclusterwriter
  1 min 40 s  1 min 40 s  settle

Continue with: auroractl apply prod --simulate=afternoon.toml
[exit 4]

# The plan that is left has nothing to do now, and drift says what is stored but not live.
$ auroractl plan prod --simulate=afternoon.toml --detailed-exitcode
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
engine 16.6, facts read 2026-05-14T22:02:55Z

Changes

  instance classes
    ~ alpha001-prod-auroraclusterreader1: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued
    ~ alpha001-prod-auroraclusterwriter: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued

  stored, and not live on
    ~ alpha001-prod-auroraclusterreader1: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here
    ~ alpha001-prod-auroraclusterwriter: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here

Notes

  inherited: `alpha001-prod-auroraclusterreader1` has the declared class db.r7g.large queued from
             before; it is kept
  inherited: `alpha001-prod-auroraclusterwriter` has the declared class db.r7g.large queued from
             before; it is kept
  caution: `alpha001-prod-auroraclusterreader1` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  caution: `alpha001-prod-auroraclusterwriter` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  caution: once staged, any unplanned restart of a member makes the stored static values live there
  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
             `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
             all of them after each restart and at the end
  proven by: SQL on every member: `max_connections`, `shared_preload_libraries` after its restart
             and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  proven by: statements: pg_stat_statements

Later, not in this run
  apply_immediately = false, and the window (Thu 23:00-02:00 America/Los_Angeles) is closed. By the
  first apply after the window opens at 2026-05-15T06:00:00Z, or now with --activate.

  safeguard
     1. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  activate
     2. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterreader1`
     3. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
     4. fail over to alpha001-prod-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
        why:  `alpha001-prod-auroraclusterwriter` has to restart, and
              `alpha001-prod-auroraclusterreader1` takes over its writes first
        undo: fail over to `alpha001-prod-auroraclusterwriter` again, another writer interruption
     5. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterwriter`
     6. reboot alpha001-prod-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart

  verify
     7. verify, about 10 s
        why:  done means: live on every member

  clean up
     8. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  later:    8 actions, about 20 min 25 s; 2 restarts; 1 writer interruption, about 35 s
[exit 2]
$ auroractl drift prod --simulate=afternoon.toml
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
  drift

  stored but not live
    ~ instance class on alpha001-prod-auroraclusterreader1: live db.t3.medium, declared db.r7g.large
        queued; nothing flushes it until the activation or AWS's maintenance window
    ~ instance class on alpha001-prod-auroraclusterwriter: live db.t3.medium, declared db.r7g.large
        queued; nothing flushes it until the activation or AWS's maintenance window
    ~ parameter group alpha001-prod-auroracluster-aurora-postgresql16 on
      alpha001-prod-auroraclusterreader1: live pending-reboot, declared in-sync
        the member still runs older static values; a restart loads the stored ones
    ~ parameter group alpha001-prod-auroracluster-aurora-postgresql16 on
      alpha001-prod-auroraclusterwriter: live pending-reboot, declared in-sync
        the member still runs older static values; a restart loads the stored ones
[exit 2]

# Applying again before the window changes nothing.
$ auroractl apply prod --simulate=afternoon.toml --simulate-speed max --auto-approve
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
engine 16.6, facts read 2026-05-14T22:02:55Z

Changes

  instance classes
    ~ alpha001-prod-auroraclusterreader1: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued
    ~ alpha001-prod-auroraclusterwriter: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued

  stored, and not live on
    ~ alpha001-prod-auroraclusterreader1: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here
    ~ alpha001-prod-auroraclusterwriter: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here

Notes

  inherited: `alpha001-prod-auroraclusterreader1` has the declared class db.r7g.large queued from
             before; it is kept
  inherited: `alpha001-prod-auroraclusterwriter` has the declared class db.r7g.large queued from
             before; it is kept
  caution: `alpha001-prod-auroraclusterreader1` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  caution: `alpha001-prod-auroraclusterwriter` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  caution: once staged, any unplanned restart of a member makes the stored static values live there
  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
             `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
             all of them after each restart and at the end
  proven by: SQL on every member: `max_connections`, `shared_preload_libraries` after its restart
             and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  proven by: statements: pg_stat_statements

Later, not in this run
  apply_immediately = false, and the window (Thu 23:00-02:00 America/Los_Angeles) is closed. By the
  first apply after the window opens at 2026-05-15T06:00:00Z, or now with --activate.

  safeguard
     1. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  activate
     2. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterreader1`
     3. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
     4. fail over to alpha001-prod-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
        why:  `alpha001-prod-auroraclusterwriter` has to restart, and
              `alpha001-prod-auroraclusterreader1` takes over its writes first
        undo: fail over to `alpha001-prod-auroraclusterwriter` again, another writer interruption
     5. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterwriter`
     6. reboot alpha001-prod-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart

  verify
     7. verify, about 10 s
        why:  done means: live on every member

  clean up
     8. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  later:    8 actions, about 20 min 25 s; 2 restarts; 1 writer interruption, about 35 s
Everything is staged; nothing to do until the window opens at 2026-05-15T06:00:00Z, unless --activate says now.
[exit 4]

# Someone decides not to wait.
$ auroractl apply prod --simulate=afternoon.toml --simulate-speed max --auto-approve --activate
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
engine 16.6, facts read 2026-05-14T22:02:55Z

Changes

  instance classes
    ~ alpha001-prod-auroraclusterreader1: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued
    ~ alpha001-prod-auroraclusterwriter: db.t3.medium -> db.r7g.large (needs a restart)
        declared class, already queued

  stored, and not live on
    ~ alpha001-prod-auroraclusterreader1: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here
    ~ alpha001-prod-auroraclusterwriter: pending-reboot -> in-sync (needs a restart)
        an earlier change was stored and never made live here

Notes

  inherited: `alpha001-prod-auroraclusterreader1` has the declared class db.r7g.large queued from
             before; it is kept
  inherited: `alpha001-prod-auroraclusterwriter` has the declared class db.r7g.large queued from
             before; it is kept
  caution: `alpha001-prod-auroraclusterreader1` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  caution: `alpha001-prod-auroraclusterwriter` restarts with its queued class in AWS's maintenance
           window at 2026-05-17T09:40:00Z, unless it is activated before (--activate does so now)
  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
             `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
             all of them after each restart and at the end
  proven by: SQL on every member: `max_connections`, `shared_preload_libraries` after its restart
             and at the end
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

  activate
     2. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterreader1`
     3. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
     4. fail over to alpha001-prod-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
        why:  `alpha001-prod-auroraclusterwriter` has to restart, and
              `alpha001-prod-auroraclusterreader1` takes over its writes first
        undo: fail over to `alpha001-prod-auroraclusterwriter` again, another writer interruption
     5. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.t3.medium -> db.r7g.large
        why:  stored values are not live yet (pending-reboot)
        what: applies the member's whole queue: DBInstanceClass = db.r7g.large
        undo: change the class back to db.t3.medium, another restart of
              `alpha001-prod-auroraclusterwriter`
     6. reboot alpha001-prod-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart

  verify
     7. verify, about 10 s
        why:  done means: live on every member

  clean up
     8. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 8 actions, about 20 min 25 s; 2 restarts; 1 writer interruption, about 35 s
2026-05-14 22:02:55Z  run 20260514-220255-prod-xxxx of `prod` begins: 8 actions on cluster alpha001-prod-auroracluster, simulated AWS (afternoon.toml world); journal in .auroractl/simulated/9efe878daba9/runs/20260514-220255-prod-xxxx
2026-05-14 22:02:55Z  snapshot: begins, about 4 min 41 s expected
2026-05-14 22:02:55Z  snapshot: snapshot auroractl-20260514-220255-prod-xxxx creating, 0 %
2026-05-14 22:07:05Z  snapshot: snapshot auroractl-20260514-220255-prod-xxxx is available
2026-05-14 22:07:05Z  snapshot: done in 4 min 10 s
2026-05-14 22:07:05Z  flush alpha001-prod-auroraclusterreader1: begins, about 7 min 27 s expected
2026-05-14 22:07:05Z  flush alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 available, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
2026-05-14 22:08:10Z  flush alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 modifying, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
2026-05-14 22:12:50Z  flush alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 modifying, db.t3.medium, in-sync, queued DBInstanceClass=db.r7g.large
2026-05-14 22:13:40Z  flush alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 configuring-enhanced-monitoring, db.r7g.large, in-sync
2026-05-14 22:15:25Z  flush alpha001-prod-auroraclusterreader1: alpha001-prod-auroraclusterreader1 available, db.r7g.large, in-sync
2026-05-14 22:15:35Z  flush alpha001-prod-auroraclusterreader1: done in 8 min 30 s: alpha001-prod-auroraclusterreader1 available, db.r7g.large, in-sync; SQL: 7 live
2026-05-14 22:15:35Z  reboot alpha001-prod-auroraclusterreader1 again: begins
2026-05-14 22:15:35Z  reboot alpha001-prod-auroraclusterreader1 again: done in 0 s: not needed: alpha001-prod-auroraclusterreader1 is in-sync
2026-05-14 22:15:35Z  fail over to alpha001-prod-auroraclusterreader1: begins, about 38 s expected, writes stop for about 35 s
2026-05-14 22:15:35Z  fail over to alpha001-prod-auroraclusterreader1: cluster available, writer alpha001-prod-auroraclusterwriter
2026-05-14 22:15:45Z  fail over to alpha001-prod-auroraclusterreader1: cluster failing-over, writer alpha001-prod-auroraclusterwriter
2026-05-14 22:15:55Z  fail over to alpha001-prod-auroraclusterreader1: cluster failing-over, writer alpha001-prod-auroraclusterreader1
2026-05-14 22:16:05Z  fail over to alpha001-prod-auroraclusterreader1: cluster available, writer alpha001-prod-auroraclusterreader1
2026-05-14 22:16:15Z  fail over to alpha001-prod-auroraclusterreader1: no writes for 2 s (35 s forecast): 1 refused, 1 dropped of 41 probes; from 22:15:54Z to 22:15:55Z; the cluster endpoint led to alpha001-prod-auroraclusterreader1 after 2 s
2026-05-14 22:16:15Z  fail over to alpha001-prod-auroraclusterreader1: done in 40 s: cluster available, writer alpha001-prod-auroraclusterreader1; SQL: 2 live
2026-05-14 22:16:15Z  flush alpha001-prod-auroraclusterwriter: begins, about 7 min 27 s expected
2026-05-14 22:16:15Z  flush alpha001-prod-auroraclusterwriter: alpha001-prod-auroraclusterwriter available, db.t3.medium, in-sync, queued DBInstanceClass=db.r7g.large
2026-05-14 22:17:00Z  flush alpha001-prod-auroraclusterwriter: alpha001-prod-auroraclusterwriter modifying, db.t3.medium, in-sync, queued DBInstanceClass=db.r7g.large
2026-05-14 22:22:10Z  flush alpha001-prod-auroraclusterwriter: alpha001-prod-auroraclusterwriter configuring-enhanced-monitoring, db.r7g.large, in-sync
2026-05-14 22:23:20Z  flush alpha001-prod-auroraclusterwriter: alpha001-prod-auroraclusterwriter available, db.r7g.large, in-sync
2026-05-14 22:23:30Z  flush alpha001-prod-auroraclusterwriter: done in 7 min 15 s: alpha001-prod-auroraclusterwriter available, db.r7g.large, in-sync; SQL: 7 live
2026-05-14 22:23:30Z  reboot alpha001-prod-auroraclusterwriter again: begins
2026-05-14 22:23:30Z  reboot alpha001-prod-auroraclusterwriter again: done in 0 s: not needed: alpha001-prod-auroraclusterwriter is in-sync
2026-05-14 22:23:30Z  verify: begins, about 10 s expected
2026-05-14 22:23:30Z  verify: 2 members as declared
2026-05-14 22:23:40Z  verify: done in 10 s: 2 members as declared; SQL: 15 live
2026-05-14 22:23:40Z  release snapshot: begins, about 2 s expected
2026-05-14 22:23:40Z  release snapshot: snapshot auroractl-20260514-220255-prod-xxxx may be deleted from 2026-05-15T22:23:40Z on
2026-05-14 22:23:40Z  release snapshot: done in 0 s

prod, cluster alpha001-prod-auroracluster: done
  run 20260514-220255-prod-xxxx, 20 min 45 s

Changed

  ~ alpha001-prod-auroraclusterreader1: db.t3.medium -> db.r7g.large (live after a restart)
  ~ alpha001-prod-auroraclusterwriter: db.t3.medium -> db.r7g.large (live after a restart)
  ~ alpha001-prod-auroraclusterreader1: pending-reboot -> in-sync (live after a restart)
  ~ alpha001-prod-auroraclusterwriter: pending-reboot -> in-sync (live after a restart)

Steps

  took        forecast    step
  4 min 10 s  4 min 41 s  snapshot
  8 min 30 s  7 min 27 s  flush alpha001-prod-auroraclusterreader1
  0 s         0 s         reboot alpha001-prod-auroraclusterreader1 again (not needed)
  40 s        38 s        fail over to alpha001-prod-auroraclusterreader1
  7 min 15 s  7 min 27 s  flush alpha001-prod-auroraclusterwriter
  0 s         0 s         reboot alpha001-prod-auroraclusterwriter again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  2 s         35 s        fail over to alpha001-prod-auroraclusterreader1
      1 refused, 1 dropped of 41 probes; from 22:15:54Z to 22:15:55Z; the cluster endpoint led to
      alpha001-prod-auroraclusterreader1 after 2 s
  in all 2 s of 35 s forecast, of 1 min that the budget allows

Verified

  cluster alpha001-prod-auroracluster uses group alpha001-prod-auroracluster-aurora-postgresql16 (by
  RDS API)
  group alpha001-prod-auroracluster-aurora-postgresql16 stores 7 values as declared and no others
  (by RDS API)
  Database Insights is standard (by RDS API)
  Performance Insights keeps 7 days (by RDS API)
  alpha001-prod-auroraclusterreader1 is in-sync with group
  alpha001-prod-auroracluster-aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterreader1 runs db.r7g.large, nothing is queued (by RDS API)
  alpha001-prod-auroraclusterwriter is in-sync with group
  alpha001-prod-auroracluster-aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterwriter runs db.r7g.large, nothing is queued (by RDS API)
  alpha001-prod-auroraclusterreader1 runs 7 values as declared (by SQL)
  alpha001-prod-auroraclusterwriter runs 7 values as declared (by SQL)
  the cluster endpoint leads to alpha001-prod-auroraclusterreader1, which accepts writes (by SQL)

Snapshot auroractl-20260514-220255-prod-xxxx: kept until 2026-05-15T22:23:40Z; the first apply after that deletes it
$ auroractl plan prod --simulate=afternoon.toml --detailed-exitcode
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (afternoon.toml world)
engine 16.6, facts read 2026-05-14T22:23:40Z

No changes. `prod` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world
