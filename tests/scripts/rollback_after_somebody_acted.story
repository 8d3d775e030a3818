# Two runs, of which the second changed what the first had set.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1
$ sed -i 's/ddl/all/' environments/shop.toml; auroractl apply shop --simulate=world.toml > /dev/null 2>&1
$ sed -i 's/all/none/' environments/shop.toml; auroractl apply shop --simulate=world.toml > /dev/null 2>&1

# The second run's value is no longer live: it says so and refuses.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | sed -n 2p) --simulate=world.toml
refused: nothing may be done to `shop`, for one reason

  1. `log_statement` is none; it was ddl before the run and all after it
     way out: pass --leave-changed to leave it as it is and undo the rest, or change it back first
     rule: changed-since-run
[exit 3]

# Told to leave it, it finds nothing else.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | sed -n 2p) --leave-changed --simulate=world.toml
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:12:05Z
rollback of run 20260302-090825-shop-xxxx

Nothing that run 20260302-090825-shop-xxxx changed is left to undo.

Notes

  caution: left as it is: `log_statement` is none; it was ddl before the run and all after it
Nothing to do.
hint: the simulated world is kept between commands; begin it anew with --fresh-world

# The last run can be undone.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | sed -n 3p) --simulate=world.toml 2> /dev/null
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:12:05Z
rollback of run 20260302-091015-shop-xxxx

Changes

  parameters
    ~ log_statement: none -> all (live without a restart)
        its value before the run (now: stored in the group)

Notes

  proven by: SQL on every member: `log_statement`; what changes of these before any restart, all of
             them after each restart and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order

  stage
     1. modify parameter group shop-aurora-postgresql16, about 2 s
        why:  store 1 parameter as before the run: `log_statement`
        what: log_statement = all
        undo: store the previous values again

  settle
     2. settle, about 1 min 40 s
        why:  dynamic values need no restart, and a restart would not mend them: `log_statement`
        what: waits at least 1 min 30 s

  verify
     3. verify, about 10 s
        why:  done means: live on every member

Totals

  this run: 3 actions, about 1 min 52 s; no restarts; no writer interruption

shop, cluster shop: done
  run 20260302-091205-shop-xxxx, 1 min 50 s

Changed

  ~ log_statement: none -> all (live without a restart)

Steps

  took        forecast    step
  0 s         2 s         modify parameter group shop-aurora-postgresql16
  1 min 40 s  1 min 40 s  settle
  10 s        10 s        verify

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

Run 20260302-091015-shop-xxxx is undone. The declaration still asks for what it did:
`auroractl plan shop` shows it, and the next apply does it again unless the declaration is changed.

# No such run.
$ auroractl rollback 20260302-090000-shop --simulate=world.toml 2>&1 | head -n 1
error: there is no run `20260302-090000-shop` here

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
log_statement = "ddl"
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
