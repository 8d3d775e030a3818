# The process is killed while it holds the cluster.
$ auroractl apply shop --simulate=world.toml > /dev/null 2>&1 & until grep -q '"hit": *1' .auroractl/simulated/*/world.json 2> /dev/null; do :; done; kill -9 $!; wait

# Its lease ends by itself, and `resume` takes it over. Where it is in the way of something else, it is removed by force, and
# the journal of the run says who did that.
$ auroractl unlock $(ls .auroractl/simulated/*/runs) --simulate=world.toml 2>&1 | head -n 2
error: the following required arguments were not provided:
  --force
$ auroractl unlock --force $(ls .auroractl/simulated/*/runs) --simulate=world.toml 2>&1 | sed -E 's/on [^ ]+ \(process [0-9]+\)/on HOST (process N)/'
Removed the lease of run 20260302-090000-shop-xxxx on cluster shop, held by operator on HOST (process N).
Go on with it: auroractl resume 20260302-090000-shop-xxxx --simulate=world.toml
$ tail -n 1 .auroractl/simulated/*/runs/*/journal.jsonl | grep -o '"entry":"unlocked","holder":"[a-z]*"'
"entry":"unlocked","holder":"operator"
$ auroractl unlock --force $(ls .auroractl/simulated/*/runs) --simulate=world.toml
error: run 20260302-090000-shop-xxxx holds no lease
[exit 1]
$ auroractl unlock --force 20260302-090000-shop-0000 --simulate=world.toml
error: there is no run `20260302-090000-shop-xxxx` here

hint: leases are in .auroractl/simulated/f720bdedf20a/locks; each names its run
[exit 1]

# The run is still unfinished, and goes on.
$ auroractl apply shop --simulate=world.toml 2>&1 | head -n 2
Run 20260302-090000-shop-xxxx of `shop` is unfinished; it goes on.
2026-03-02 09:06:00Z  run 20260302-090000-shop-xxxx of `shop` goes on: 5 actions on cluster shop, simulated AWS (world.toml world), 8 done before; journal in .auroractl/simulated/f720bdedf20a/runs/20260302-090000-shop-xxxx
$ ls .auroractl/simulated/*/locks

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
