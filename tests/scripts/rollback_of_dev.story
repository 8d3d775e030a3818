# dev was rolled out, and is to be as it was before.
$ auroractl apply dev --simulate --simulate-speed max 2> /dev/null | tail -n 1
Snapshot auroractl-20260515-060500-dev-xxxx: kept until 2026-05-16T06:14:25Z; the first apply after that deletes it

# What the run changed is undone by the same planner: readers first, one failover, each step proven.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --simulate
dev: cluster alpha002-dev-auroracluster, account 222222222222, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:14:25Z
rollback of run 20260515-060500-dev-xxxx

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - alpha002-dev-auroracluster-aurora-postgresql16
        + default.aurora-postgresql16
        attached before the run

Notes

  caution: with `default.aurora-postgresql16` attached again, what the run stored in
           `alpha002-dev-auroracluster-aurora-postgresql16` is no longer in force: log_lock_waits =
           1; log_min_duration_statement = 500; log_statement = ddl; log_temp_files = 0;
           pg_stat_statements.track = ALL; shared_preload_libraries = pg_stat_statements
  caution: parameter group `alpha002-dev-auroracluster-aurora-postgresql16`, which the run created,
           is left in place, so that going forward again is quick; when nothing uses it and it is
           not wanted:
           aws rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name alpha002-dev-auroracluster-aurora-postgresql16 --region us-east-1
  caution: what has happened cannot be taken back: the restart of
           `alpha002-dev-auroraclusterreader1`, the failover from `alpha002-dev-auroraclusterwriter`
           to `alpha002-dev-auroraclusterreader1`; roles are not given back for their own sake
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
        why:  cluster `alpha002-dev-auroracluster` uses
              `alpha002-dev-auroracluster-aurora-postgresql16`; the new association marks every
              member pending-reboot
        undo: attach `alpha002-dev-auroracluster-aurora-postgresql16` again, which needs every
              member restarted

  settle
     3. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     4. reboot alpha002-dev-auroraclusterwriter (reader), about 1 min 3 s
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        point of no return: a restart cannot be taken back
     5. reboot alpha002-dev-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart
     6. fail over to alpha002-dev-auroraclusterwriter (reader), about 38 s, writes stop for about 35 s
        why:  `alpha002-dev-auroraclusterreader1` has to restart, and
              `alpha002-dev-auroraclusterwriter` takes over its writes first
        undo: fail over to `alpha002-dev-auroraclusterreader1` again, another writer interruption
     7. reboot alpha002-dev-auroraclusterreader1 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        what: skipped if the member is already in-sync
        point of no return: a restart cannot be taken back
     8. reboot alpha002-dev-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart

  verify
     9. verify, about 10 s
        why:  done means: live on every member

  clean up
    10. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 10 actions, about 8 min 17 s; 2 restarts; 1 writer interruption, about 35 s
2026-05-15 06:14:25Z  run 20260515-061425-dev-xxxx of `dev` begins: 10 actions on cluster alpha002-dev-auroracluster, simulated AWS (built-in world); journal in .auroractl/simulated/41b4a6fd5f5c/runs/20260515-061425-dev-xxxx
2026-05-15 06:14:25Z  snapshot: begins, about 4 min 41 s expected
2026-05-15 06:14:25Z  snapshot: snapshot auroractl-20260515-061425-dev-xxxx creating, 0 %
2026-05-15 06:19:15Z  snapshot: snapshot auroractl-20260515-061425-dev-xxxx is available
2026-05-15 06:19:15Z  snapshot: done in 4 min 50 s
2026-05-15 06:19:15Z  attach parameter group default.aurora-postgresql16: begins, about 30 s expected
2026-05-15 06:19:15Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; alpha002-dev-auroraclusterreader1 applying, alpha002-dev-auroraclusterwriter applying
2026-05-15 06:19:30Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; alpha002-dev-auroraclusterreader1 pending-reboot, alpha002-dev-auroraclusterwriter applying
2026-05-15 06:20:10Z  attach parameter group default.aurora-postgresql16: cluster uses group default.aurora-postgresql16; alpha002-dev-auroraclusterreader1 pending-reboot, alpha002-dev-auroraclusterwriter pending-reboot
2026-05-15 06:20:20Z  attach parameter group default.aurora-postgresql16: done in 1 min 5 s
2026-05-15 06:20:20Z  settle: begins, about 10 s expected
2026-05-15 06:20:20Z  settle: no member is applying, 0 s are gone
2026-05-15 06:20:30Z  settle: done in 10 s
2026-05-15 06:20:30Z  reboot alpha002-dev-auroraclusterwriter: begins, about 1 min 3 s expected
2026-05-15 06:20:30Z  reboot alpha002-dev-auroraclusterwriter: alpha002-dev-auroraclusterwriter rebooting, db.t3.medium, pending-reboot
2026-05-15 06:21:15Z  reboot alpha002-dev-auroraclusterwriter: alpha002-dev-auroraclusterwriter available, db.t3.medium, in-sync
2026-05-15 06:21:25Z  reboot alpha002-dev-auroraclusterwriter: done in 55 s: alpha002-dev-auroraclusterwriter available, db.t3.medium, in-sync; SQL answers
2026-05-15 06:21:25Z  reboot alpha002-dev-auroraclusterwriter again: begins
2026-05-15 06:21:25Z  reboot alpha002-dev-auroraclusterwriter again: done in 0 s: not needed: alpha002-dev-auroraclusterwriter is in-sync
2026-05-15 06:21:25Z  fail over to alpha002-dev-auroraclusterwriter: begins, about 38 s expected, writes stop for about 35 s
2026-05-15 06:21:25Z  fail over to alpha002-dev-auroraclusterwriter: cluster available, writer alpha002-dev-auroraclusterreader1
2026-05-15 06:21:35Z  fail over to alpha002-dev-auroraclusterwriter: cluster failing-over, writer alpha002-dev-auroraclusterreader1
2026-05-15 06:21:50Z  fail over to alpha002-dev-auroraclusterwriter: cluster failing-over, writer alpha002-dev-auroraclusterwriter
2026-05-15 06:22:00Z  fail over to alpha002-dev-auroraclusterwriter: cluster available, writer alpha002-dev-auroraclusterwriter
2026-05-15 06:22:10Z  fail over to alpha002-dev-auroraclusterwriter: no writes for 3 s (35 s forecast): 2 refused, 1 dropped of 46 probes; from 06:21:46Z to 06:21:48Z; the cluster endpoint led to alpha002-dev-auroraclusterwriter after 3 s
2026-05-15 06:22:10Z  fail over to alpha002-dev-auroraclusterwriter: done in 45 s: cluster available, writer alpha002-dev-auroraclusterwriter; SQL: 2 live
2026-05-15 06:22:10Z  reboot alpha002-dev-auroraclusterreader1: begins, about 1 min 3 s expected
2026-05-15 06:22:10Z  reboot alpha002-dev-auroraclusterreader1: done in 0 s: not needed: alpha002-dev-auroraclusterreader1 is in-sync
2026-05-15 06:22:10Z  reboot alpha002-dev-auroraclusterreader1 again: begins
2026-05-15 06:22:10Z  reboot alpha002-dev-auroraclusterreader1 again: done in 0 s: not needed: alpha002-dev-auroraclusterreader1 is in-sync
2026-05-15 06:22:10Z  verify: begins, about 10 s expected
2026-05-15 06:22:10Z  verify: 2 members as declared
2026-05-15 06:22:20Z  verify: done in 10 s: 2 members as declared; SQL: 1 live
2026-05-15 06:22:20Z  release snapshot: begins, about 2 s expected
2026-05-15 06:22:20Z  release snapshot: snapshot auroractl-20260515-061425-dev-xxxx may be deleted from 2026-05-16T06:22:20Z on
2026-05-15 06:22:20Z  release snapshot: done in 0 s

dev, cluster alpha002-dev-auroracluster: done
  run 20260515-061425-dev-xxxx, 7 min 55 s

Changed

  ~ cluster parameter group (live after a restart)
      - alpha002-dev-auroracluster-aurora-postgresql16
      + default.aurora-postgresql16

Steps

  took        forecast    step
  4 min 50 s  4 min 41 s  snapshot
  1 min 5 s   30 s        attach parameter group default.aurora-postgresql16
  10 s        10 s        settle
  55 s        1 min 3 s   reboot alpha002-dev-auroraclusterwriter
  0 s         0 s         reboot alpha002-dev-auroraclusterwriter again (not needed)
  45 s        38 s        fail over to alpha002-dev-auroraclusterwriter
  0 s         1 min 3 s   reboot alpha002-dev-auroraclusterreader1 (not needed)
  0 s         0 s         reboot alpha002-dev-auroraclusterreader1 again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  3 s         35 s        fail over to alpha002-dev-auroraclusterwriter
      2 refused, 1 dropped of 46 probes; from 06:21:46Z to 06:21:48Z; the cluster endpoint led to
      alpha002-dev-auroraclusterwriter after 3 s
  in all 3 s of 35 s forecast

Verified

  cluster alpha002-dev-auroracluster uses group default.aurora-postgresql16 (by RDS API)
  alpha002-dev-auroraclusterreader1 is in-sync with group default.aurora-postgresql16 (by RDS API)
  alpha002-dev-auroraclusterreader1 has nothing queued (by RDS API)
  alpha002-dev-auroraclusterwriter is in-sync with group default.aurora-postgresql16 (by RDS API)
  alpha002-dev-auroraclusterwriter has nothing queued (by RDS API)
  the cluster endpoint leads to alpha002-dev-auroraclusterwriter, which accepts writes (by SQL)

Snapshot auroractl-20260515-061425-dev-xxxx: kept until 2026-05-16T06:22:20Z; the first apply after that deletes it

Run 20260515-060500-dev-xxxx is undone. The declaration still asks for what it did:
`auroractl plan dev` shows it, and the next apply does it again unless the declaration is changed.

# The declaration is not changed, so that a plan shows the rest of the rollout again: the group is still there, filled.
$ auroractl plan dev --simulate | sed -n '/^Changes/,/^Notes/p'
Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - default.aurora-postgresql16
        + alpha002-dev-auroracluster-aurora-postgresql16
        the declared parameters live in this group

Notes

# Nothing of the first run is left to undo.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | head -n 1) --simulate
dev: cluster alpha002-dev-auroracluster, account 222222222222, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:22:20Z
rollback of run 20260515-060500-dev-xxxx

Nothing that run 20260515-060500-dev-xxxx changed is left to undo.

Notes

  caution: with `default.aurora-postgresql16` attached again, what the run stored in
           `alpha002-dev-auroracluster-aurora-postgresql16` is no longer in force: log_lock_waits =
           1; log_min_duration_statement = 500; log_statement = ddl; log_temp_files = 0;
           pg_stat_statements.track = ALL; shared_preload_libraries = pg_stat_statements
  caution: parameter group `alpha002-dev-auroracluster-aurora-postgresql16`, which the run created,
           is left in place, so that going forward again is quick; when nothing uses it and it is
           not wanted:
           aws rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name alpha002-dev-auroracluster-aurora-postgresql16 --region us-east-1
  caution: what has happened cannot be taken back: the restart of
           `alpha002-dev-auroraclusterreader1`, the failover from `alpha002-dev-auroraclusterwriter`
           to `alpha002-dev-auroraclusterreader1`; roles are not given back for their own sake
Nothing to do.
hint: the simulated world is kept between commands; begin it anew with --fresh-world

# A rollback is a run like any other, and can be undone.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | tail -n 1) --simulate 2> /dev/null | sed -n '/^Changed/,/^Steps/p'
Changed

  ~ cluster parameter group (live after a restart)
      - default.aurora-postgresql16
      + alpha002-dev-auroracluster-aurora-postgresql16

Steps
$ auroractl plan dev --simulate --detailed-exitcode 2> /dev/null | tail -n 1
No changes. `dev` is as declared, and every member runs it.
