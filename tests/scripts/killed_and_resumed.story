# The process is killed when AWS has begun the failover, and before its answer is written down.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1 & until grep -q '"hit": *1' .auroractl/simulated/*/world.json 2> /dev/null; do :; done; kill -9 $!; wait

# The journal says what was asked, and not what came of it.
$ tail -n 1 .auroractl/simulated/*/runs/*/journal.jsonl | cut -c 1-121
{"format":1,"sequence":26,"at":"2026-03-02T09:06:00Z","entry":"intent","action":"fail over to shop-2","attempt":1,"call":

# AWS shows that it happened. It is not sent again; the rest is done, and the summary is of the whole run.
$ auroractl resume --simulate=world.toml 2>&1 | sed 's/process [0-9][0-9]*/process N/'
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
2026-03-02 09:06:45Z  reboot shop-1: begins, about 1 min 3 s expected
2026-03-02 09:06:45Z  reboot shop-1: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:45Z  reboot shop-1 again: begins
2026-03-02 09:06:45Z  reboot shop-1 again: done in 0 s: not needed: shop-1 is in-sync
2026-03-02 09:06:45Z  verify: begins, about 10 s expected
2026-03-02 09:06:45Z  verify: 2 members as declared
2026-03-02 09:06:55Z  verify: done in 10 s: 2 members as declared; SQL: 3 live
2026-03-02 09:06:55Z  release snapshot: begins, about 2 s expected
2026-03-02 09:06:55Z  release snapshot: snapshot auroractl-20260302-090000-shop-xxxx may be deleted from 2026-03-03T09:06:55Z on
2026-03-02 09:06:55Z  release snapshot: done in 0 s

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
  4 min 35 s  4 min 41 s  snapshot
  0 s         2 s         create parameter group shop-aurora-postgresql16
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  0 s         1 s         check parameter group shop-aurora-postgresql16
  35 s        30 s        attach parameter group shop-aurora-postgresql16
  10 s        10 s        settle
  40 s        1 min 3 s   reboot shop-2
  0 s         0 s         reboot shop-2 again (not needed)
  45 s        38 s        fail over to shop-2
  0 s         1 min 3 s   reboot shop-1 (not needed)
  0 s         0 s         reboot shop-1 again (not needed)
  10 s        10 s        verify
  0 s         2 s         release snapshot

Writes stopped

  measured    forecast    during
  9 s         35 s        fail over to shop-2
      8 refused, 1 dropped of 46 probes; from 09:06:21Z to 09:06:29Z; the cluster endpoint led to
      shop-2 after 9 s; what came before this process took over is not in it
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

# Nothing is left.
$ auroractl resume --simulate=world.toml
Nothing to resume: no run is unfinished in .auroractl/simulated/f720bdedf20a.
$ auroractl plan shop --simulate=world.toml | tail -n 1
hint: the simulated world is kept between commands; begin it anew with --fresh-world
No changes. `shop` is as declared, and every member runs it.

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
