# A restart of the reader loads nothing: it comes back pending-reboot. The plan has one more reboot for that, and no third.
$ auroractl plan shop --simulate=world.toml | grep ' again (reader)'
     8. reboot shop-2 again (reader), only if it is still pending-reboot after its restart
    11. reboot shop-1 again (reader), only if it is still pending-reboot after its restart
$ auroractl apply shop --simulate=world.toml 2>&1 > /dev/null | grep 'reboot shop-2'
2026-03-02 09:05:20Z  reboot shop-2: begins, about 1 min 3 s expected
2026-03-02 09:05:20Z  reboot shop-2: shop-2 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:05:50Z  reboot shop-2: shop-2 available, db.t3.medium, pending-reboot
2026-03-02 09:09:00Z  reboot shop-2: done in 3 min 40 s
2026-03-02 09:09:00Z  reboot shop-2 again: begins
2026-03-02 09:09:00Z  reboot shop-2 again: shop-2 rebooting, db.t3.medium, pending-reboot
2026-03-02 09:09:35Z  reboot shop-2 again: shop-2 available, db.t3.medium, in-sync
2026-03-02 09:09:45Z  reboot shop-2 again: done in 45 s: shop-2 available, db.t3.medium, in-sync; SQL: 1 live
$ auroractl plan shop --simulate=world.toml --detailed-exitcode
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
engine 16.6, facts read 2026-03-02T09:10:40Z

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
kind = "still-pending-reboot"
instance = "shop-2"
