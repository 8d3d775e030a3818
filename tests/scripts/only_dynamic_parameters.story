# Only dynamic values differ, and the group is attached already: nothing restarts, no snapshot is made, writes never stop.
$ auroractl apply shop --simulate=world.toml --simulate-speed max
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:00:00Z

Changes

  parameters
    ~ log_min_duration_statement: 500 -> 250 (live without a restart)
        declared as 250ms (now: stored in the group)
    + work_mem: 65536 (live without a restart)
        declared as 64MB (now: no value in the group)

Notes

  proven by: SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `work_mem`; what
             changes of these before any restart, all of them after each restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order

  stage
     1. modify parameter group shop-16, about 2 s
        why:  store 2 parameters as declared: `log_min_duration_statement`, `work_mem`
        what: log_min_duration_statement = 250; work_mem = 65536
        undo: store the previous values again

  settle
     2. settle, about 1 min 40 s
        why:  dynamic values need no restart, and a restart would not mend them:
              `log_min_duration_statement`, `work_mem`
        what: waits at least 1 min 30 s

  verify
     3. verify, about 10 s
        why:  done means: live on every member

Totals

  this run: 3 actions, about 1 min 52 s; no restarts; no writer interruption
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 3 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/e9d5ec87df37/runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  modify parameter group shop-16: begins, about 2 s expected
2026-03-02 09:00:00Z  modify parameter group shop-16: 2 parameters as sent in shop-16
2026-03-02 09:00:00Z  modify parameter group shop-16: done in 0 s
2026-03-02 09:00:00Z  settle: begins, about 1 min 40 s expected
2026-03-02 09:00:00Z  settle: shop-1, shop-2 applying
2026-03-02 09:00:15Z  settle: shop-2 applying
2026-03-02 09:00:25Z  settle: no member is applying; waiting until 90 s are gone
2026-03-02 09:01:30Z  settle: no member is applying, 90 s are gone
2026-03-02 09:01:40Z  settle: done in 1 min 40 s: no member is applying, 90 s are gone; SQL: 4 live
2026-03-02 09:01:40Z  verify: begins, about 10 s expected
2026-03-02 09:01:40Z  verify: 2 members as declared
2026-03-02 09:01:50Z  verify: done in 10 s: 2 members as declared; SQL: 7 live

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 1 min 50 s

Changed

  ~ log_min_duration_statement: 500 -> 250 (live without a restart)
  + work_mem: 65536 (live without a restart)

Steps

  took        forecast    step
  0 s         2 s         modify parameter group shop-16
  1 min 40 s  1 min 40 s  settle
  10 s        10 s        verify

Verified

  cluster shop uses group shop-16 (by RDS API)
  group shop-16 stores 3 values as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group shop-16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  shop-1 runs 3 values as declared (by SQL)
  shop-2 runs 3 values as declared (by SQL)
  the cluster endpoint leads to shop-1, which accepts writes (by SQL)
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:01:50Z

No changes. `shop` is as declared, and every member runs it.
hint: the simulated world is kept between commands; begin it anew with --fresh-world

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
log_min_duration_statement = "250ms"
log_lock_waits = true
work_mem = "64MB"
-- world.toml --
seed = 7
clock = "2026-03-02T09:00:00Z"

[[account]]
id = "123456789012"
region = "eu-central-1"

[[parameter_group]]
name = "shop-16"
family = "aurora-postgresql16"
tags = { "auroractl:partition" = "shop" }

[parameter_group.parameters]
log_min_duration_statement = "500"
log_lock_waits = "1"

[[cluster]]
identifier = "shop"
engine_version = "16.6"
parameter_group = "shop-16"

[[cluster.member]]
identifier = "shop-1"
class = "db.r6g.large"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.r6g.large"
