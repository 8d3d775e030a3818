# The connection breaks when the failover is sent: whether AWS does it is not known.
$ auroractl apply shop --simulate=world.toml > /dev/null 2> progress.txt
[exit 5]
$ tail -n 2 progress.txt
2026-03-02 09:07:00Z  fail over to shop-2: writes did not stop
2026-03-02 09:07:00Z  fail over to shop-2: failed: `fail over to shop-2`: no answer came (FailoverDBCluster shop: sent, but no whole reply came: the connection was closed before an answer came); nothing shows after 60 s that AWS did it: cluster available, writer shop-1

# Only what is in doubt can be settled.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --redo verify --simulate=world.toml
Run 20260302-090000-shop-xxxx was left in the middle of something: that is settled first, and nothing further of it is done.
error: `verify` is not in doubt in run 20260302-090000-shop-xxxx

hint: in doubt: `fail over to shop-2`
[exit 1]

# Whoever knows better says so to the rollback, and the run does not go forward: nothing is failed over for it.
$ auroractl rollback $(ls .auroractl/simulated/*/runs) --redo 'fail over to shop-2' --simulate=world.toml 2> progress.txt | sed -n '/^Actions/,/^Totals/p' | grep '^ *[0-9]'
     1. snapshot, about 4 min 41 s
     2. attach parameter group default.aurora-postgresql16, about 30 s
     3. settle, about 10 s
     4. reboot shop-2 (reader), about 1 min 3 s
     5. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
     6. fail over to shop-2 (reader), about 38 s, writes stop for about 35 s
     7. reboot shop-1 (reader), about 1 min 3 s
     8. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
     9. verify, about 10 s
    10. release snapshot, about 2 s
$ head -n 4 progress.txt | sed 's/process [0-9][0-9]*/process N/'
Run 20260302-090000-shop-xxxx was left in the middle of something: that is settled first, and nothing further of it is done.
2026-03-02 09:07:00Z  run 20260302-090000-shop-xxxx of `shop` goes on: 5 actions on cluster shop, simulated AWS (world.toml world), 8 done before; journal in .auroractl/simulated/53ffd7e11aa3/runs/20260302-090000-shop-xxxx
2026-03-02 09:07:00Z  run 20260302-090700-shop-xxxx of `shop` begins: 10 actions on cluster shop, simulated AWS (world.toml world); journal in .auroractl/simulated/53ffd7e11aa3/runs/20260302-090700-shop-xxxx
2026-03-02 09:07:00Z  snapshot: begins, about 4 min 41 s expected
$ grep -o '"entry":"settled".*' .auroractl/simulated/*/runs/*0900*/journal.jsonl | sed 's/ on .* said/ on HOST said/'
"entry":"settled","action":"fail over to shop-2","verdict":"did-not-happen","because":"operator on HOST said so"}
$ tail -n 1 .auroractl/simulated/*/runs/*0900*/journal.jsonl
{"format":1,"sequence":35,"at":"2026-03-02T09:07:00Z","entry":"ended","ending":"given-up","because":"what it changed is taken back by a rollback"}

# Nothing is in doubt any more.
$ auroractl rollback $(ls .auroractl/simulated/*/runs | head -n 1) --assume-done 'fail over to shop-2' --simulate=world.toml
error: nothing is in doubt in run 20260302-090000-shop-xxxx

hint: roll back without --assume-done and --redo
[exit 1]

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
