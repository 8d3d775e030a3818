# The connection breaks when the failover is sent. AWS shows nothing of it, and whether it will is not known.
$ auroractl apply shop --simulate=world.toml > /dev/null 2> progress.txt
[exit 5]
$ tail -n 2 progress.txt
2026-03-02 09:07:00Z  fail over to shop-2: writes did not stop
2026-03-02 09:07:00Z  fail over to shop-2: failed: `fail over to shop-2`: no answer came (FailoverDBCluster shop: sent, but no whole reply came: the connection was closed before an answer came); nothing shows after 60 s that AWS did it: cluster available, writer shop-1

# `resume` looks again, and does it again only because the old writer still writes and no event tells of a failover. Whoever
# knows better says so: `--redo` here, `--assume-done` where AWS did it. Only what is in doubt can be settled.
$ auroractl resume --redo verify --simulate=world.toml
error: `verify` is not in doubt in run 20260302-090000-shop-xxxx

hint: in doubt: `fail over to shop-2`
[exit 1]
$ auroractl resume --redo 'fail over to shop-2' --simulate=world.toml 2> progress.txt | head -n 3

shop, cluster shop: done
  run 20260302-090000-shop-xxxx, 7 min 55 s
$ grep -o '"entry":"settled".*' .auroractl/simulated/*/runs/*/journal.jsonl | sed 's/ on .* said/ on HOST said/'
"entry":"settled","action":"fail over to shop-2","verdict":"did-not-happen","because":"operator on HOST said so"}

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
kind = "reset"
action = "FailoverDBCluster"
