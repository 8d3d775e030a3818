# A plan is saved with its digest, reviewed, and applied as it is.
$ auroractl plan stage --simulate --out stage.plan.json > /dev/null
saved: auroractl apply stage.plan.json --simulate
$ auroractl apply stage.plan.json --simulate --simulate-speed max > /dev/null 2> progress.txt
$ tail -n 1 progress.txt
2026-05-15 06:14:00Z  release snapshot: done in 0 s

# Live facts have moved on since: the same file is refused now.
$ auroractl apply stage.plan.json --simulate --simulate-speed max
refused: the saved plan is stale: `stage` is no longer as it was when the plan was made

  stage: cluster alpha002-stage-auroracluster, account 222222222222, us-east-1, simulated AWS (built-in world)
  engine 16.6, facts read 2026-05-15T06:05:00Z

- Changes
-
-   cluster
-     ~ cluster parameter group (needs a restart)
-         - default.aurora-postgresql16
-         + alpha002-stage-auroracluster-aurora-postgresql16
-         the declared parameters need a group of the cluster's own
-
-   parameters
-     + log_lock_waits: 1 (live without a restart)
-         declared as true (now: no value in the group)
-     + log_min_duration_statement: 500 (live without a restart)
-         declared as 500ms (now: no value in the group)
-     + log_statement: ddl (live without a restart)
-         declared (now: no value in the group)
-     + log_temp_files: 0 (live without a restart)
-         declared (now: no value in the group)
-     + pg_stat_statements.track: ALL (live without a restart)
-         declared as all (now: no value in the group)
-     ~ shared_preload_libraries: pg_stat_statements (needs a restart)
-         declared (now: the default)
-
- Notes
-
-   proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`,
-              `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart,
-              all of them after each restart and at the end
-   proven by: SQL on every member: `shared_preload_libraries` after its restart and at the end
-   proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
-              leads to the writer
-   proven by: statements: pg_stat_statements
-   note: runs and their lock are kept on this machine: another machine is not kept out
-
- Actions, in this order
-   Members restart in this run.
-
-   safeguard
-      1. snapshot, about 4 min 41 s
-         why:  rollback insurance, held until everything is verified
-         undo: delete the snapshot
-
-   stage
-      2. create parameter group alpha002-stage-auroracluster-aurora-postgresql16, about 2 s
-         why:  `default.aurora-postgresql16` is attached, which cannot carry the declared parameters
-         undo: delete the group, once no cluster uses it
-      3. modify parameter group alpha002-stage-auroracluster-aurora-postgresql16, about 2 s
-         why:  store 6 parameters as declared: `log_lock_waits`, `log_min_duration_statement`,
-               `log_statement`, `log_temp_files` and 2 more
-         what: log_lock_waits = 1; log_min_duration_statement = 500; log_statement = ddl;
-               log_temp_files = 0; pg_stat_statements.track = ALL; shared_preload_libraries =
-               pg_stat_statements
-         undo: store the previous values again
-      4. check parameter group alpha002-stage-auroracluster-aurora-postgresql16, about 1 s
-         why:  a group is read back complete before a cluster uses it
-      5. attach parameter group alpha002-stage-auroracluster-aurora-postgresql16, about 30 s
-         why:  cluster `alpha002-stage-auroracluster` uses `default.aurora-postgresql16`; the new
-               association marks every member pending-reboot
-         undo: attach `default.aurora-postgresql16` again, which needs every member restarted
-
-   settle
-      6. settle, about 1 min 40 s
-         why:  dynamic values need no restart, and a restart would not mend them: `log_lock_waits`,
-               `log_min_duration_statement`, `log_statement`, `log_temp_files` and 1 more
-         what: waits at least 1 min 30 s
-
-   activate
-      7. reboot alpha002-stage-auroraclusterreader1 (reader), about 1 min 3 s
-         why:  the association with `alpha002-stage-auroracluster-aurora-postgresql16` is live only
-               after a restart
-         point of no return: a restart cannot be taken back
-      8. reboot alpha002-stage-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
-      9. fail over to alpha002-stage-auroraclusterreader1 (reader), about 38 s, writes stop for about 35 s
-         why:  `alpha002-stage-auroraclusterwriter` has to restart, and
-               `alpha002-stage-auroraclusterreader1` takes over its writes first
-         undo: fail over to `alpha002-stage-auroraclusterwriter` again, another writer interruption
-     10. reboot alpha002-stage-auroraclusterwriter (reader), about 1 min 3 s
-         why:  the writer now, a reader once the failover is done
-         why:  the association with `alpha002-stage-auroracluster-aurora-postgresql16` is live only
-               after a restart
-         what: skipped if the member is already in-sync
-         point of no return: a restart cannot be taken back
-     11. reboot alpha002-stage-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart
-
-   verify
-     12. verify, about 10 s
-         why:  done means: live on every member
-
-   clean up
-     13. release snapshot, about 2 s
-         why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
-         undo: remove its expiry tag
-
- Totals
-
-   this run: 13 actions, about 9 min 52 s; 2 restarts; 1 writer interruption, about 35 s
+ No changes. `stage` is as declared, and every member runs it.

hint: look at the plan as it is now, and save it again: auroractl plan stage --out FILE.plan.json --simulate
[exit 3]

# A file that somebody edited, and one that lost its end.
$ auroractl plan dev --simulate --out dev.plan.json > /dev/null
saved: auroractl apply dev.plan.json --simulate
$ sed 's/"500"/"900"/' dev.plan.json > edited.plan.json
$ auroractl apply edited.plan.json --simulate --simulate-speed max
error: cannot use plan file edited.plan.json
  because: the plan file states digest [digest], and its plan has digest [digest]: it was edited or damaged

hint: make a new one: auroractl plan NAME --out FILE.plan.json
[exit 1]
$ head -c 2000 dev.plan.json > torn.plan.json
$ auroractl apply torn.plan.json --simulate --simulate-speed max
error: cannot use plan file torn.plan.json
  because: not a plan file, or a damaged one
  because: EOF while parsing an object at line 77 column 10

hint: make a new one: auroractl plan NAME --out FILE.plan.json
[exit 1]

# A plan for the simulator is not applied to AWS.
$ AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any auroractl apply dev.plan.json
refused: the plan was made for simulated AWS (built-in world), and this is AWS

hint: add --simulate
[exit 3]
