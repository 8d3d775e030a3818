# prod was rolled out; its snapshot is kept for a day. What a restore would do, and what it asks for.
$ auroractl apply prod --simulate 2> /dev/null | tail -n 1
Snapshot auroractl-20260515-060500-prod-xxxx: kept until 2026-05-16T06:28:40Z; the first apply after that deletes it
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --restore-snapshot --simulate
prod: cluster alpha001-prod-auroracluster-restored-xxxx, account 111111111111, us-east-1, simulated AWS (built-in world)
engine 16.6, facts read 2026-05-15T06:28:40Z
a new cluster from the snapshot of run 20260515-060500-prod-xxxx, beside alpha001-prod-auroracluster

Notes

  caution: data written since 2026-05-15T06:05:01Z is not in the new cluster
  caution: applications must be pointed to the new cluster's endpoints, which the summary names;
           until then they use
           alpha001-prod-auroracluster.cluster-pwnj8ctuixdy.us-east-1.rds.amazonaws.com and
           alpha001-prod-auroracluster.cluster-ro-pwnj8ctuixdy.us-east-1.rds.amazonaws.com
  caution: `alpha001-prod-auroracluster` is not touched, renamed or deleted, and goes on accepting
           writes: stop them before you rely on `alpha001-prod-auroracluster-restored-xxxx`
  caution: a restore does not bring back associated IAM roles, custom endpoints, Insights and
           monitoring settings, auto scaling, or a master password that AWS manages: set them on the
           new cluster
  note: the declaration still names `alpha001-prod-auroracluster`; to manage the new cluster:
        identifier = "alpha001-prod-auroracluster-restored-xxxx" in [cluster]
  note: how long a restore takes depends on the volume; these durations are not measured

Actions, in this order

  restore
     1. restore cluster alpha001-prod-auroracluster-restored-xxxx, about 10 min
        why:  a new cluster beside `alpha001-prod-auroracluster`, from what that held when
              `auroractl-20260515-060500-prod-xxxx` was made
        what: SnapshotIdentifier = auroractl-20260515-060500-prod-xxxx; Engine = aurora-postgresql
              16.6; DBClusterParameterGroupName = default.aurora-postgresql16; DBSubnetGroupName =
              default; VpcSecurityGroupIds = sg-00000000000000001; Port = 5432;
              EnableIAMDatabaseAuthentication = false; DeletionProtection = true; CopyTagsToSnapshot
              = false; Tags = partition
        undo: delete the new cluster
     2. create member alpha001-prod-auroraclusterwriter-restored-xxxx (writer), about 10 min
        why:  stands for `alpha001-prod-auroraclusterwriter`
        what: db.t3.medium, promotion tier 0, in us-east-1a; created first, so that it writes
        undo: delete the new member
     3. create member alpha001-prod-auroraclusterreader1-restored-xxxx (reader), about 10 min
        why:  stands for `alpha001-prod-auroraclusterreader1`
        what: db.t3.medium, promotion tier 1, in us-east-1b
        undo: delete the new member

  verify
     4. verify alpha001-prod-auroracluster-restored-xxxx, about 10 s
        why:  done means: every member serves

Totals

  this run: 4 actions, about 30 min 10 s; no restarts; no writer interruption
refused: making cluster alpha001-prod-auroracluster-restored-xxxx needs its name to be typed, and there is no terminal to ask on

hint: confirm it beforehand with --confirm alpha001-prod-auroracluster-restored-xxxx
[exit 3]

# Another name than the new cluster's does nothing.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --restore-snapshot --confirm alpha001-prod-auroracluster --simulate 2>&1 | tail -n 1
refused: `alpha001-prod-auroracluster` is not the new cluster's name, which is `alpha001-prod-auroracluster-restored-xxxx`; nothing was changed

# Approval alone is not enough.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --restore-snapshot --auto-approve --simulate 2>&1 | head -n 1
error: the argument '--restore-snapshot' cannot be used with '--auto-approve'

# With the name it makes the new cluster and its members, and proves them.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --restore-snapshot --confirm alpha001-prod-auroracluster-restored-$(ls .auroractl/simulated/*/runs | grep -o '....$') --simulate | sed -n '/: done$/,$p'
2026-05-15 06:28:40Z  run 20260515-062840-prod-xxxx of `prod` begins: 4 actions on cluster alpha001-prod-auroracluster-restored-xxxx, simulated AWS (built-in world); journal in .auroractl/simulated/41b4a6fd5f5c/runs/20260515-062840-prod-xxxx
2026-05-15 06:28:40Z  restore cluster alpha001-prod-auroracluster-restored-xxxx: begins, about 10 min expected
2026-05-15 06:28:40Z  restore cluster alpha001-prod-auroracluster-restored-xxxx: cluster alpha001-prod-auroracluster-restored-xxxx creating
2026-05-15 06:36:20Z  restore cluster alpha001-prod-auroracluster-restored-xxxx: cluster alpha001-prod-auroracluster-restored-xxxx available
2026-05-15 06:36:30Z  restore cluster alpha001-prod-auroracluster-restored-xxxx: done in 7 min 50 s
2026-05-15 06:36:30Z  create member alpha001-prod-auroraclusterwriter-restored-xxxx: begins, about 10 min expected
2026-05-15 06:36:30Z  create member alpha001-prod-auroraclusterwriter-restored-xxxx: alpha001-prod-auroraclusterwriter-restored-xxxx creating, db.t3.medium
2026-05-15 06:45:00Z  create member alpha001-prod-auroraclusterwriter-restored-xxxx: alpha001-prod-auroraclusterwriter-restored-xxxx available, db.t3.medium
2026-05-15 06:45:10Z  create member alpha001-prod-auroraclusterwriter-restored-xxxx: done in 8 min 40 s
2026-05-15 06:45:10Z  create member alpha001-prod-auroraclusterreader1-restored-xxxx: begins, about 10 min expected
2026-05-15 06:45:10Z  create member alpha001-prod-auroraclusterreader1-restored-xxxx: alpha001-prod-auroraclusterreader1-restored-xxxx creating, db.t3.medium
2026-05-15 06:55:35Z  create member alpha001-prod-auroraclusterreader1-restored-xxxx: alpha001-prod-auroraclusterreader1-restored-xxxx available, db.t3.medium
2026-05-15 06:55:45Z  create member alpha001-prod-auroraclusterreader1-restored-xxxx: done in 10 min 35 s
2026-05-15 06:55:45Z  verify alpha001-prod-auroracluster-restored-xxxx: begins, about 10 s expected
2026-05-15 06:55:45Z  verify alpha001-prod-auroracluster-restored-xxxx: cluster alpha001-prod-auroracluster-restored-xxxx serves with 2 members
2026-05-15 06:55:55Z  verify alpha001-prod-auroracluster-restored-xxxx: done in 10 s
prod, cluster alpha001-prod-auroracluster-restored-xxxx: done
  run 20260515-062840-prod-xxxx, 27 min 15 s

Steps

  took        forecast    step
  7 min 50 s  10 min      restore cluster alpha001-prod-auroracluster-restored-xxxx
  8 min 40 s  10 min      create member alpha001-prod-auroraclusterwriter-restored-xxxx
  10 min 35 s 10 min      create member alpha001-prod-auroraclusterreader1-restored-xxxx
  10 s        10 s        verify alpha001-prod-auroracluster-restored-xxxx

Verified

  cluster alpha001-prod-auroracluster-restored-xxxx is available and uses group
  default.aurora-postgresql16 (by RDS API)
  alpha001-prod-auroraclusterreader1-restored-xxxx is available, db.t3.medium, in-sync (by RDS API)
  alpha001-prod-auroraclusterwriter-restored-xxxx is available, db.t3.medium, in-sync (by RDS API)
  writer endpoint
  alpha001-prod-auroracluster-restored-xxxx.cluster-pwnj8ctuixdy.us-east-1.rds.amazonaws.com (by RDS
  API)
  reader endpoint
  alpha001-prod-auroracluster-restored-xxxx.cluster-ro-pwnj8ctuixdy.us-east-1.rds.amazonaws.com (by
  RDS API)

The snapshot of run 20260515-060500-prod-xxxx is restored. Point applications to the endpoints
above; `alpha001-prod-auroracluster` is as it was, and still accepts writes.

# The old cluster is as the rollout left it.
$ auroractl plan prod --simulate 2> /dev/null | sed -n '/^No changes/p'
No changes. `prod` is as declared, and every member runs it.

# The snapshot was restored: there is a cluster of that name now.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | head -n 1) --restore-snapshot --simulate
refused: nothing may be done to `prod`, for one reason

  1. cluster `alpha001-prod-auroracluster-restored-xxxx` exists already: this snapshot was restored
     before
     way out: look at it: aws rds describe-db-clusters --db-cluster-identifier
              alpha001-prod-auroracluster-restored-xxxx --region us-east-1; it is never overwritten
     rule: cluster-exists
[exit 3]

# What made a new cluster changed nothing that could be undone.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | tail -n 1) --simulate
refused: run 20260515-062840-prod-xxxx made cluster alpha001-prod-auroracluster-restored-xxxx from a snapshot, and changed nothing that could be undone

hint: delete the new cluster with its members where it is not wanted
[exit 3]
