# AWS takes 20 parameters in a request, so 45 travel in three; dependent ones stay together.
$ auroractl apply shop --simulate=world.toml --simulate-speed max
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:00:00Z

Changes

  parameters
    + autovacuum: 1 (live without a restart)
        declared as true (now: no value in the group)
    ~ autovacuum_analyze_scale_factor: 0.05 -> 0.02 (live without a restart)
        declared (now: the default)
    + autovacuum_analyze_threshold: 100 (live without a restart)
        declared (now: no value in the group)
    ~ autovacuum_naptime: 5 -> 15 (live without a restart)
        declared as 15s (now: the default)
    ~ autovacuum_vacuum_cost_delay: 5 -> 2 (live without a restart)
        declared as 2ms (now: the default)
    ~ autovacuum_vacuum_insert_scale_factor: 0.2 -> 0.1 (live without a restart)
        declared (now: the default)
    + autovacuum_vacuum_insert_threshold: 2000 (live without a restart)
        declared (now: no value in the group)
    ~ autovacuum_vacuum_scale_factor: 0.1 -> 0.05 (live without a restart)
        declared (now: the default)
    + autovacuum_vacuum_threshold: 100 (live without a restart)
        declared (now: no value in the group)
    + client_connection_check_interval: 10000 (live without a restart)
        declared as 10s (now: no value in the group)
    + cpu_tuple_cost: 0.02 (live without a restart)
        declared (now: no value in the group)
    + deadlock_timeout: 2000 (live without a restart)
        declared as 2s (now: no value in the group)
    + default_statistics_target: 200 (live without a restart)
        declared (now: no value in the group)
    + enable_hashjoin: 1 (live without a restart)
        declared as true (now: no value in the group)
    + enable_nestloop: 1 (live without a restart)
        declared as true (now: no value in the group)
    + enable_seqscan: 1 (live without a restart)
        declared as true (now: no value in the group)
    + from_collapse_limit: 10 (live without a restart)
        declared (now: no value in the group)
    ~ idle_in_transaction_session_timeout: 86400000 -> 3600000 (live without a restart)
        declared as 1h (now: the default)
    + idle_session_timeout: 0 (live without a restart)
        declared (now: no value in the group)
    + join_collapse_limit: 10 (live without a restart)
        declared (now: no value in the group)
    ~ log_autovacuum_min_duration: 10000 -> 5000 (live without a restart)
        declared as 5s (now: the default)
    + log_connections: 1 (live without a restart)
        declared as true (now: no value in the group)
    + log_disconnections: 1 (live without a restart)
        declared as true (now: no value in the group)
    + log_error_verbosity: default (live without a restart)
        declared (now: no value in the group)
    + log_lock_waits: 1 (live without a restart)
        declared as true (now: no value in the group)
    + log_min_duration_statement: 500 (live without a restart)
        declared as 500ms (now: no value in the group)
    + log_min_error_statement: error (live without a restart)
        declared (now: no value in the group)
    + log_min_messages: warning (live without a restart)
        declared (now: no value in the group)
    + log_statement: ddl (live without a restart)
        declared (now: no value in the group)
    + log_temp_files: 0 (live without a restart)
        declared (now: no value in the group)
    + logical_decoding_work_mem: 131072 (live without a restart)
        declared as 128MB (now: no value in the group)
    ~ maintenance_work_mem (live without a restart)
        - GREATEST({DBInstanceClassMemory/63963136*1024},65536) = 262144 on db.r6g.large
        + 262144
        declared as 256MB (now: the default)
    + max_parallel_maintenance_workers: 4 (live without a restart)
        declared (now: no value in the group)
    + max_parallel_workers_per_gather: 4 (live without a restart)
        declared (now: no value in the group)
    ~ max_standby_streaming_delay: 14000 -> 20000 (live without a restart)
        declared as 20s (now: the default)
    + password_encryption: scram-sha-256 (live without a restart)
        declared (now: no value in the group)
    + plan_cache_mode: auto (live without a restart)
        declared (now: no value in the group)
    + random_page_cost: 1.1 (live without a restart)
        declared (now: no value in the group)
    ~ rds.accepted_password_auth_method: md5+scram -> scram (live without a restart)
        declared (now: the default)
    + seq_page_cost: 1 (live without a restart)
        declared (now: no value in the group)
    + statement_timeout: 300000 (live without a restart)
        declared as 5min (now: no value in the group)
    + tcp_keepalives_idle: 120 (live without a restart)
        declared as 2min (now: no value in the group)
    + temp_buffers: 2048 (live without a restart)
        declared as 16MB (now: no value in the group)
    + vacuum_cost_limit: 1000 (live without a restart)
        declared (now: no value in the group)
    + work_mem: 32768 (live without a restart)
        declared as 32MB (now: no value in the group)

Notes

  proven by: SQL on every member: `autovacuum`, `autovacuum_analyze_scale_factor`,
             `autovacuum_analyze_threshold`, `autovacuum_naptime`, `autovacuum_vacuum_cost_delay`,
             `autovacuum_vacuum_insert_scale_factor`, `autovacuum_vacuum_insert_threshold`,
             `autovacuum_vacuum_scale_factor`, `autovacuum_vacuum_threshold`,
             `client_connection_check_interval`, `cpu_tuple_cost`, `deadlock_timeout`,
             `default_statistics_target`, `enable_hashjoin`, `enable_nestloop`, `enable_seqscan`,
             `from_collapse_limit`, `idle_in_transaction_session_timeout`, `idle_session_timeout`,
             `join_collapse_limit`, `log_autovacuum_min_duration`, `log_connections`,
             `log_disconnections`, `log_error_verbosity`, `log_lock_waits`,
             `log_min_duration_statement`, `log_min_error_statement`, `log_min_messages`,
             `log_statement`, `log_temp_files`, `logical_decoding_work_mem`, `maintenance_work_mem`,
             `max_parallel_maintenance_workers`, `max_parallel_workers_per_gather`,
             `max_standby_streaming_delay`, `password_encryption`, `plan_cache_mode`,
             `random_page_cost`, `rds.accepted_password_auth_method`, `seq_page_cost`,
             `statement_timeout`, `tcp_keepalives_idle`, `temp_buffers`, `vacuum_cost_limit`,
             `work_mem`; what changes of these before any restart, all of them after each restart
             and at the end
  proven by: SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint
             leads to the writer
  note: runs and their lock are kept on this machine: another machine is not kept out

Actions, in this order

  stage
     1. modify parameter group shop-16 part 1, about 2 s
        why:  store 20 parameters as declared: `autovacuum`, `autovacuum_analyze_scale_factor`,
              `autovacuum_analyze_threshold`, `autovacuum_naptime` and 16 more
        what: autovacuum = 1; autovacuum_analyze_scale_factor = 0.02; autovacuum_analyze_threshold =
              100; autovacuum_naptime = 15; autovacuum_vacuum_cost_delay = 2;
              autovacuum_vacuum_insert_scale_factor = 0.1; autovacuum_vacuum_insert_threshold =
              2000; autovacuum_vacuum_scale_factor = 0.05; autovacuum_vacuum_threshold = 100;
              client_connection_check_interval = 10000; cpu_tuple_cost = 0.02; deadlock_timeout =
              2000; default_statistics_target = 200; enable_hashjoin = 1; enable_nestloop = 1;
              enable_seqscan = 1; from_collapse_limit = 10; idle_in_transaction_session_timeout =
              3600000; idle_session_timeout = 0; join_collapse_limit = 10
        undo: store the previous values again
     2. modify parameter group shop-16 part 2, about 2 s
        why:  store 20 parameters as declared: `log_autovacuum_min_duration`, `log_connections`,
              `log_disconnections`, `log_error_verbosity` and 16 more
        what: log_autovacuum_min_duration = 5000; log_connections = 1; log_disconnections = 1;
              log_error_verbosity = default; log_lock_waits = 1; log_min_duration_statement = 500;
              log_min_error_statement = error; log_min_messages = warning; log_statement = ddl;
              log_temp_files = 0; logical_decoding_work_mem = 131072; maintenance_work_mem = 262144;
              max_parallel_maintenance_workers = 4; max_parallel_workers_per_gather = 4;
              max_standby_streaming_delay = 20000; password_encryption = scram-sha-256;
              rds.accepted_password_auth_method = scram; plan_cache_mode = auto; random_page_cost =
              1.1; seq_page_cost = 1
        undo: store the previous values again
     3. modify parameter group shop-16 part 3, about 2 s
        why:  store 5 parameters as declared: `statement_timeout`, `tcp_keepalives_idle`,
              `temp_buffers`, `vacuum_cost_limit` and 1 more
        what: statement_timeout = 300000; tcp_keepalives_idle = 120; temp_buffers = 2048;
              vacuum_cost_limit = 1000; work_mem = 32768
        undo: store the previous values again

  settle
     4. settle, about 1 min 40 s
        why:  dynamic values need no restart, and a restart would not mend them: `autovacuum`,
              `autovacuum_analyze_scale_factor`, `autovacuum_analyze_threshold`,
              `autovacuum_naptime` and 41 more
        what: waits at least 1 min 30 s

  verify
     5. verify, about 10 s
        why:  done means: live on every member

Totals

  this run: 5 actions, about 1 min 56 s; no restarts; no writer interruption
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 5 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/f2e9ee26a901/runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  modify parameter group shop-16 part 1: begins, about 2 s expected
2026-03-02 09:00:00Z  modify parameter group shop-16 part 1: 20 parameters as sent in shop-16
2026-03-02 09:00:00Z  modify parameter group shop-16 part 1: done in 0 s
2026-03-02 09:00:00Z  modify parameter group shop-16 part 2: begins, about 2 s expected
2026-03-02 09:00:00Z  modify parameter group shop-16 part 2: 20 parameters as sent in shop-16
2026-03-02 09:00:00Z  modify parameter group shop-16 part 2: done in 0 s
2026-03-02 09:00:00Z  modify parameter group shop-16 part 3: begins, about 2 s expected
2026-03-02 09:00:00Z  modify parameter group shop-16 part 3: 5 parameters as sent in shop-16
2026-03-02 09:00:00Z  modify parameter group shop-16 part 3: done in 0 s
2026-03-02 09:00:00Z  settle: begins, about 1 min 40 s expected
2026-03-02 09:00:00Z  settle: shop-1, shop-2 applying
2026-03-02 09:00:10Z  settle: shop-2 applying
2026-03-02 09:00:55Z  settle: no member is applying; waiting until 90 s are gone
2026-03-02 09:01:30Z  settle: no member is applying, 90 s are gone
2026-03-02 09:01:40Z  settle: done in 1 min 40 s: no member is applying, 90 s are gone; SQL: 90 live
2026-03-02 09:01:40Z  verify: begins, about 10 s expected
2026-03-02 09:01:40Z  verify: 2 members as declared
2026-03-02 09:01:50Z  verify: done in 10 s: 2 members as declared; SQL: 91 live

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 1 min 50 s

Changed

  + autovacuum: 1 (live without a restart)
  ~ autovacuum_analyze_scale_factor: 0.05 -> 0.02 (live without a restart)
  + autovacuum_analyze_threshold: 100 (live without a restart)
  ~ autovacuum_naptime: 5 -> 15 (live without a restart)
  ~ autovacuum_vacuum_cost_delay: 5 -> 2 (live without a restart)
  ~ autovacuum_vacuum_insert_scale_factor: 0.2 -> 0.1 (live without a restart)
  + autovacuum_vacuum_insert_threshold: 2000 (live without a restart)
  ~ autovacuum_vacuum_scale_factor: 0.1 -> 0.05 (live without a restart)
  + autovacuum_vacuum_threshold: 100 (live without a restart)
  + client_connection_check_interval: 10000 (live without a restart)
  + cpu_tuple_cost: 0.02 (live without a restart)
  + deadlock_timeout: 2000 (live without a restart)
  + default_statistics_target: 200 (live without a restart)
  + enable_hashjoin: 1 (live without a restart)
  + enable_nestloop: 1 (live without a restart)
  + enable_seqscan: 1 (live without a restart)
  + from_collapse_limit: 10 (live without a restart)
  ~ idle_in_transaction_session_timeout: 86400000 -> 3600000 (live without a restart)
  + idle_session_timeout: 0 (live without a restart)
  + join_collapse_limit: 10 (live without a restart)
  ~ log_autovacuum_min_duration: 10000 -> 5000 (live without a restart)
  + log_connections: 1 (live without a restart)
  + log_disconnections: 1 (live without a restart)
  + log_error_verbosity: default (live without a restart)
  + log_lock_waits: 1 (live without a restart)
  + log_min_duration_statement: 500 (live without a restart)
  + log_min_error_statement: error (live without a restart)
  + log_min_messages: warning (live without a restart)
  + log_statement: ddl (live without a restart)
  + log_temp_files: 0 (live without a restart)
  + logical_decoding_work_mem: 131072 (live without a restart)
  ~ maintenance_work_mem (live without a restart)
      - GREATEST({DBInstanceClassMemory/63963136*1024},65536) = 262144 on db.r6g.large
      + 262144
  + max_parallel_maintenance_workers: 4 (live without a restart)
  + max_parallel_workers_per_gather: 4 (live without a restart)
  ~ max_standby_streaming_delay: 14000 -> 20000 (live without a restart)
  + password_encryption: scram-sha-256 (live without a restart)
  + plan_cache_mode: auto (live without a restart)
  + random_page_cost: 1.1 (live without a restart)
  ~ rds.accepted_password_auth_method: md5+scram -> scram (live without a restart)
  + seq_page_cost: 1 (live without a restart)
  + statement_timeout: 300000 (live without a restart)
  + tcp_keepalives_idle: 120 (live without a restart)
  + temp_buffers: 2048 (live without a restart)
  + vacuum_cost_limit: 1000 (live without a restart)
  + work_mem: 32768 (live without a restart)

Steps

  took        forecast    step
  0 s         2 s         modify parameter group shop-16 part 1
  0 s         2 s         modify parameter group shop-16 part 2
  0 s         2 s         modify parameter group shop-16 part 3
  1 min 40 s  1 min 40 s  settle
  10 s        10 s        verify

Verified

  cluster shop uses group shop-16 (by RDS API)
  group shop-16 stores 45 values as declared and no others (by RDS API)
  shop-1 is in-sync with group shop-16 (by RDS API)
  shop-1 has nothing queued (by RDS API)
  shop-2 is in-sync with group shop-16 (by RDS API)
  shop-2 has nothing queued (by RDS API)
  shop-1 runs 45 values as declared (by SQL)
  shop-2 runs 45 values as declared (by SQL)
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
autovacuum = true
autovacuum_analyze_scale_factor = 0.02
autovacuum_analyze_threshold = 100
autovacuum_naptime = "15s"
autovacuum_vacuum_cost_delay = "2ms"
autovacuum_vacuum_insert_scale_factor = 0.1
autovacuum_vacuum_insert_threshold = 2000
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_threshold = 100
client_connection_check_interval = "10s"
cpu_tuple_cost = 0.02
deadlock_timeout = "2s"
default_statistics_target = 200
enable_hashjoin = true
enable_nestloop = true
enable_seqscan = true
from_collapse_limit = 10
idle_in_transaction_session_timeout = "1h"
idle_session_timeout = 0
join_collapse_limit = 10
log_autovacuum_min_duration = "5s"
log_connections = true
log_disconnections = true
log_error_verbosity = "default"
log_lock_waits = true
log_min_duration_statement = "500ms"
log_min_error_statement = "error"
log_min_messages = "warning"
log_statement = "ddl"
log_temp_files = 0
logical_decoding_work_mem = "128MB"
maintenance_work_mem = "256MB"
max_parallel_maintenance_workers = 4
max_parallel_workers_per_gather = 4
max_standby_streaming_delay = "20s"
password_encryption = "scram-sha-256"
plan_cache_mode = "auto"
random_page_cost = 1.1
"rds.accepted_password_auth_method" = "scram"
seq_page_cost = 1
statement_timeout = "5min"
tcp_keepalives_idle = "2min"
temp_buffers = "16MB"
vacuum_cost_limit = 1000
work_mem = "32MB"
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
