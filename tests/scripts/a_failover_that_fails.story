# AWS begins the failover, and the old writer is the writer again. Where the writer belongs is a person's question.
$ auroractl apply shop --simulate=world.toml 2> /dev/null | sed -n '/^shop, cluster shop: stopped/,/^Steps/p'
shop, cluster shop: stopped with an unknown outcome; look before going on
  because: `fail over to shop-2`: AWS reports: Cluster failover failed, check the health of your
           cluster instances and try again (cluster available, writer shop-1)
  hint: aws rds describe-db-clusters --region eu-central-1 --db-cluster-identifier shop
  hint: aws rds describe-events --region eu-central-1 --source-type db-cluster --source-identifier
        shop
  hint: if no member takes writes and `shop-1` is well: aws rds failover-db-cluster --region
        eu-central-1 --db-cluster-identifier shop --target-db-instance-identifier shop-1
  hint: look again, and go on: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
  hint: if it did not, and never will: auroractl resume 20260302-090000-shop-xxxx
        --simulate=world.toml --redo 'fail over to shop-2'
  run 20260302-090000-shop-xxxx, 6 min 25 s

Steps

# Looking again finds the same. What cannot be guessed can be said: it did not happen, and may be done again.
$ auroractl resume --simulate=world.toml > /dev/null 2>&1
[exit 5]
$ auroractl resume --redo 'fail over to shop-2' --simulate=world.toml 2> /dev/null | head -n 3

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 7 min 20 s
$ auroractl status shop --simulate=world.toml | grep -c in-sync
2

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
kind = "failover-fails"
