# The process is killed when AWS has begun the failover; before anyone continues, the declaration is changed.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1 & until grep -q '"hit": *1' .auroractl/simulated/*/world.json 2> /dev/null; do :; done; kill -9 $!; wait
$ sed -i 's/500/600/' environments/shop.toml

# `apply` finds the unfinished run, lets AWS finish what it has begun, and notices: the run ends, what has changed is shown, and
# the rest is a new run with a plan of its own to approve (a simulation asks nobody).
$ auroractl apply shop --simulate=world.toml 2>&1 | grep -v '^2026' | sed 's/process [0-9][0-9]*/process N/'
Run 20260302-090000-shop-xxxx of `shop` is unfinished; it goes on.

shop, cluster shop: stopped, because the cluster is no longer as it was planned for
  because: what is left is no longer what was planned: the declaration or the cluster was changed
           meanwhile
  run 20260302-090000-shop-xxxx, 6 min 45 s

Steps

  took        forecast    step
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  35 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  40 s        1 min 3 s   reboot shop-2
  0 s         0 s         reboot shop-2 again (not needed)
  45 s        38 s        fail over to shop-2

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-2
      8 refused, 1 dropped of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to
      shop-2 after 9 s; what came before this process took over is not in it
  in all 9 s of 35 s forecast

Snapshot auroractl-20260302-090000-shop-xxxx: held; nothing deletes it by itself

Continue with: auroractl apply shop --simulate=world.toml

What is left, as it was approved (-) and as it would be planned now (+):

+ fail over to shop-1
  reboot shop-1
+ store max_connections = 600 in shop-aurora-postgresql16

The rest, planned again:

shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:06:45Z

Changes

  parameters
    ~ max_connections: 500 -> 600 (needs a restart)
        declared (now: stored in the group)

Notes

  inherited: run 20260302-090000-shop-xxxx ended without releasing its snapshot
             `auroractl-20260302-090000-shop-xxxx`; nothing deletes it by itself. When it is no
             longer needed:
             aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier auroractl-20260302-090000-shop-xxxx --region eu-central-1
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
     2. modify parameter group shop-aurora-postgresql16, about 2 s
        why:  store 1 parameter as declared: `max_connections`
        what: max_connections = 600
        undo: store the previous values again

  settle
     3. settle, about 10 s
        why:  the change must have reached every member before one restarts

  activate
     4. reboot shop-1 (reader), about 1 min 3 s
        why:  `max_connections` is static (500 -> 600)
        point of no return: a restart cannot be taken back
     5. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
     6. fail over to shop-1 (reader), about 38 s, writes stop for about 35 s
        why:  `shop-2` has to restart, and `shop-1` takes over its writes first
        undo: fail over to `shop-2` again, another writer interruption
     7. reboot shop-2 (reader), about 1 min 3 s
        why:  the writer now, a reader once the failover is done
        why:  `max_connections` is static (500 -> 600)
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

  this run: 10 actions, about 7 min 49 s; 2 restarts; 1 writer interruption, about 35 s

shop, cluster shop: done
  run 20260302-090645-shop-xxxx, 7 min

Changed

  ~ max_connections: 500 -> 600 (live after a restart)

Steps

  took        forecast    step
  5 min       4 min 41 s  snapshot
  0 s         2 s         modify parameter group shop-aurora-postgresql16
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
      6 refused, 1 dropped of 46 probes; from 09:13:10Z to 09:13:16Z; the cluster endpoint led to
      shop-1 after 7 s
  in all 7 s of 35 s forecast

Verified

  cluster shop uses group shop-aurora-postgresql16 (by RDS API)
  group shop-aurora-postgresql16 stores 1 value as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group shop-aurora-postgresql16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  shop-1 runs 1 value as declared (by SQL)
  shop-2 runs 1 value as declared (by SQL)
  the cluster endpoint leads to shop-1, which accepts writes (by SQL)

Snapshot auroractl-20260302-090645-shop-xxxx: kept until 2026-03-03T09:13:45Z; the first apply after that deletes it

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
