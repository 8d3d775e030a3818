# The live cluster is copied and its plan applied to the copy, undisturbed and under three schedules. Live AWS is only read:
# the plan is the same as before.
$ auroractl rehearse shop --simulate=world.toml --faults 3
shop, cluster shop: rehearsal
  copied from simulated AWS (world.toml world) at 2026-03-02T09:00:00Z; nothing was changed there
  not copied: enhanced monitoring, backups, storage, ports, subnets and custom endpoints; the values
              in force on a member are taken from its group and its status

Undisturbed

  completed after 7 min 25 s (forecast 8 min 22 s), 370 requests
  writes stop for 22 s (forecast 35 s)

  begins        took        worst       forecast    step
  +0 s          4 min 20 s  5 min 30 s  4 min 41 s  snapshot
  +4 min 20 s   0 s         0 s         2 s         create parameter group shop-aurora-postgresql16
  +4 min 20 s   0 s         0 s         2 s         modify parameter group shop-aurora-postgresql16
  +4 min 20 s   0 s         0 s         1 s         check parameter group shop-aurora-postgresql16
  +4 min 20 s   1 min       3 min       30 s        attach parameter group shop-aurora-postgresql16
  +5 min 20 s   10 s        2 min       10 s        settle
  +5 min 30 s   1 min       3 min       1 min 3 s   reboot shop-2
  +6 min 30 s   0 s         0 s         0 s         reboot shop-2 again
  +6 min 30 s   45 s        3 min       38 s        fail over to shop-2
  +7 min 15 s   0 s         0 s         1 min 3 s   reboot shop-1
  +7 min 15 s   0 s         0 s         0 s         reboot shop-1 again
  +7 min 15 s   10 s        2 min       10 s        verify
  +7 min 25 s   0 s         0 s         2 s         release snapshot

3 schedules, seeds 1 to 3

  killed at 3 of the 52 points at which it can be killed; 1 schedules with faults of AWS; 545 requests

       3  completed (exit code 0; first seed 1)

  worst duration 20 min (seed 3), worst writer interruption 22 s

No promise was broken.
$ auroractl plan shop --simulate=world.toml --detailed-exitcode > /dev/null
[exit 2]
# One schedule alone tells everything that happens: here the run is killed, and somebody continues it.
$ auroractl rehearse shop --simulate=world.toml --faults 1 --seed 21 2>&1 | grep -v 'the lease of\|in-sync\|available' | head -n 20
run 1: killed after journal entry 11
it looks 12 times more seldom
somebody continues it 40 s later
2026-03-02T09:00:00Z: process 1: apply
2026-03-02 09:00:00Z  run 20260302-090000-shop-xxxx of `shop` begins: 13 actions on cluster shop, simulated AWS (copy of shop world); journal in memory:runs/20260302-090000-shop-xxxx
2026-03-02 09:00:00Z  snapshot: begins, about 4 min 41 s expected
2026-03-02 09:00:00Z  snapshot: snapshot auroractl-20260302-090000-shop-xxxx creating, 0 %
2026-03-02 09:05:00Z  snapshot: done in 5 min
2026-03-02 09:05:00Z  create parameter group shop-aurora-postgresql16: begins, about 2 s expected
2026-03-02 09:05:00Z  create parameter group shop-aurora-postgresql16: group shop-aurora-postgresql16 exists and is tagged as ours
2026-03-02 09:05:00Z  create parameter group shop-aurora-postgresql16: done in 0 s
2026-03-02 09:05:00Z  modify parameter group shop-aurora-postgresql16: begins, about 2 s expected
2026-03-02 09:05:00Z  modify parameter group shop-aurora-postgresql16: 1 parameter as sent in shop-aurora-postgresql16
2026-03-02 09:05:00Z  modify parameter group shop-aurora-postgresql16: done in 0 s
2026-03-02 09:05:00Z  check parameter group shop-aurora-postgresql16: begins, about 1 s expected
2026-03-02T09:05:00Z: run 20260302-090000-shop-xxxx was killed
2026-03-02T09:05:00Z: process 2: resume, 40 s later
2026-03-02 09:05:40Z  run 20260302-090000-shop-xxxx of `shop` goes on: 10 actions on cluster shop, simulated AWS (copy of shop world), 3 done before; journal in memory:runs/20260302-090000-shop-xxxx
2026-03-02 09:05:40Z  check parameter group shop-aurora-postgresql16: begins, about 1 s expected
2026-03-02 09:05:40Z  check parameter group shop-aurora-postgresql16: group shop-aurora-postgresql16 holds exactly 1 value
# Where nothing is to do, there is nothing to rehearse.
$ auroractl apply shop --simulate=world.toml --simulate-speed max --auto-approve > /dev/null 2>&1
$ auroractl rehearse shop --simulate=world.toml
Nothing to do, and so nothing to rehearse.

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
max_connections = 300

-- world.toml --
clock = "2026-03-02T09:00:00Z"

[[account]]
id = "123456789012"
region = "eu-central-1"

[[cluster]]
identifier = "shop"
engine_version = "16.6"

[[cluster.member]]
identifier = "shop-1"
class = "db.r6g.large"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.r6g.large"
