# A run of dynamic parameters only needs no snapshot, so that there is none to restore.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1
$ sed -i 's/ddl/all/' environments/shop.toml; auroractl apply shop --simulate=world.toml > /dev/null 2>&1
$ auroractl rollback $(ls .auroractl/simulated/*/runs | tail -n 1) --restore-snapshot --simulate=world.toml
refused: nothing may be done to `shop`, for one reason

  1. run 20260302-090825-shop-xxxx made no snapshot
     way out: see what else there is: automated backups (aws rds describe-db-cluster-snapshots
              --db-cluster-identifier shop --region eu-central-1), or a point in time (aws rds
              restore-db-cluster-to-point-in-time --source-db-cluster-identifier shop --region
              eu-central-1 …)
     rule: nothing-to-restore
[exit 3]

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
