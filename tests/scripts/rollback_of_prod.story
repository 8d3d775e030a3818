# prod was rolled out inside its window: another group, and larger members.
$ auroractl apply prod --simulate 2> /dev/null | tail -n 1
Snapshot auroractl-20260515-060500-prod-xxxx: kept until 2026-05-16T06:28:40Z; the first apply after that deletes it
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --simulate 2> /dev/null
prod: cluster alpha001-prod-auroracluster, account 111111111111, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:28:40Z
rollback of run 20260515-060500-prod-xxxx

Changes

  cluster
    ~ cluster parameter group (needs a restart)
        - alpha001-prod-auroracluster-aurora-postgresql16
        + default.aurora-postgresql16
        attached before the run

  instance classes
    ~ alpha001-prod-auroraclusterreader1: db.r7g.large -> db.t3.medium (needs a restart)
        its class before the run
    ~ alpha001-prod-auroraclusterwriter: db.r7g.large -> db.t3.medium (needs a restart)
        its class before the run

Notes

  caution: with `default.aurora-postgresql16` attached again, what the run stored in
           `alpha001-prod-auroracluster-aurora-postgresql16` is no longer in force: log_lock_waits =
           1; log_min_duration_statement = 500; log_statement = ddl; log_temp_files = 0;
           max_connections = 500; pg_stat_statements.track = ALL; shared_preload_libraries =
           pg_stat_statements
  caution: parameter group `alpha001-prod-auroracluster-aurora-postgresql16`, which the run created,
           is left in place, so that going forward again is quick; when nothing uses it and it is
           not wanted:
           aws rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name alpha001-prod-auroracluster-aurora-postgresql16 --region us-east-1
  caution: what has happened cannot be taken back: the restart of
           `alpha001-prod-auroraclusterreader1`, `alpha001-prod-auroraclusterwriter`, the failover
           from `alpha001-prod-auroraclusterwriter` to `alpha001-prod-auroraclusterreader1`; roles
           are not given back for their own sake
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order
  Members restart in this run: the window is open until 2026-05-15T09:00:00Z.

  safeguard
     1. snapshot, about 4 min 41 s
        why:  rollback insurance, held until everything is verified
        undo: delete the snapshot

  stage
     2. attach parameter group default.aurora-postgresql16, about 30 s
        why:  cluster `alpha001-prod-auroracluster` uses
              `alpha001-prod-auroracluster-aurora-postgresql16`; the new association marks every
              member pending-reboot
        undo: attach `alpha001-prod-auroracluster-aurora-postgresql16` again, which needs every
              member restarted
     3. queue class change alpha001-prod-auroraclusterreader1 (writer), about 15 s
        why:  class db.r7g.large -> db.t3.medium, applied later by a flush
        undo: submit db.r7g.large with apply-immediately, which clears the queue
     4. queue class change alpha001-prod-auroraclusterwriter (reader), about 15 s
        why:  class db.r7g.large -> db.t3.medium, applied later by a flush
        undo: submit db.r7g.large with apply-immediately, which clears the queue

  settle
     5. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     6. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
        why:  class db.r7g.large -> db.t3.medium
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        what: applies the member's whole queue: DBInstanceClass = db.t3.medium
        undo: change the class back to db.r7g.large, another restart of
              `alpha001-prod-auroraclusterwriter`
     7. reboot alpha001-prod-auroraclusterwriter again (reader), only if it is still pending-reboot after its restart
     8. fail over to alpha001-prod-auroraclusterwriter (reader), about 38 s, writes stop for about 35 s
        why:  `alpha001-prod-auroraclusterreader1` has to restart, and
              `alpha001-prod-auroraclusterwriter` takes over its writes first
        undo: fail over to `alpha001-prod-auroraclusterreader1` again, another writer interruption
     9. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
        why:  the writer now, a reader once the failover is done
        why:  class db.r7g.large -> db.t3.medium
        why:  the association with `default.aurora-postgresql16` is live only after a restart
        what: applies the member's whole queue: DBInstanceClass = db.t3.medium
        undo: change the class back to db.r7g.large, another restart of
              `alpha001-prod-auroraclusterreader1`
    10. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart

  verify
    11. verify, about 10 s
        why:  done means: live on every member

  clean up
    12. release snapshot, about 2 s
        why:  no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then
        undo: remove its expiry tag

Totals

  this run: 12 actions, about 21 min 35 s; 2 restarts; 1 writer interruption, about 35 s

prod, cluster alpha001-prod-auroracluster: done
  run 20260515-062840-prod-xxxx, 22 min 5 s

Changed

  ~ cluster parameter group (live after a restart)
      - alpha001-prod-auroracluster-aurora-postgresql16
      + default.aurora-postgresql16
  ~ alpha001-prod-auroraclusterreader1: db.r7g.large -> db.t3.medium (live after a restart)
  ~ alpha001-prod-auroraclusterwriter: db.r7g.large -> db.t3.medium (live after a restart)

Steps

  took        forecast    step
  4 min 15 s  4 min 41 s  snapshot
  45 s        30 s        attach parameter group default.aurora-postgresql16
  10 s        15 s        queue class change alpha001-prod-auroraclusterreader1
  10 s        15 s        queue class change alpha001-prod-auroraclusterwriter
  10 s        10 s        settle
  8 min 10 s  7 min 27 s  flush alpha001-prod-auroraclusterwriter
  0 s         0 s         reboot alpha001-prod-auroraclusterwriter again (not needed)
  45 s        38 s        fail over to alpha001-prod-auroraclusterwriter
  7 min 40 s  7 min 27 s  flush alpha001-prod-auroraclusterreader1
  0 s         0 s         reboot alpha001-prod-auroraclusterreader1 again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  6 s         35 s        fail over to alpha001-prod-auroraclusterwriter
      5 refused, 1 dropped of 46 probes; from 06:42:32Z to 06:42:37Z; the cluster endpoint led to
      alpha001-prod-auroraclusterwriter after 6 s
  in all 6 s of 35 s forecast, of 1 min that the budget allows

Verified

  cluster alpha001-prod-auroracluster uses group default.aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterreader1 is in-sync with group default.aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterreader1 runs db.t3.medium, nothing is queued (by RDS API)
  alpha001-prod-auroraclusterwriter is in-sync with group default.aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterwriter runs db.t3.medium, nothing is queued (by RDS API)
  the cluster endpoint leads to alpha001-prod-auroraclusterwriter, which accepts writes (by SQL)

Snapshot auroractl-20260515-062840-prod-xxxx: kept until 2026-05-16T06:50:45Z; the first apply after that deletes it

Run 20260515-060500-prod-xxxx is undone. The declaration still asks for what it did:
`auroractl plan prod` shows it, and the next apply does it again unless the declaration is changed.

# What it says of itself in its journal.
$ head -n 1 .auroractl/simulated/*/runs/*0628*/journal.jsonl | grep -o '"undoes":"[^"]*"'
"undoes":"20260515-060500-prod-xxxx"
