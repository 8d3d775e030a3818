# Commands and gates stand in the plan, right behind what they follow. What follows something that the plan does not do is said.
$ auroractl plan shop --simulate=world.toml
$ auroractl graph shop --simulate=world.toml --format mermaid | grep 'step\|gate'
# In a simulation no command is run; what comes of it is declared. A gate waits for a person all the same: the process ends, and
# the cluster stays held for the run.
$ auroractl apply shop --simulate=world.toml
$ auroractl status shop --simulate=world.toml | tail -n 4
$ auroractl approve $(ls .auroractl/simulated/*/runs) go-live --simulate=world.toml
# Nobody says yes to what the run has not come to.
$ auroractl approve $(ls .auroractl/simulated/*/runs) go-on --simulate=world.toml
$ auroractl approve $(ls .auroractl/simulated/*/runs) readers --by Ada --note 'error rate is flat' --simulate=world.toml
$ auroractl approve $(ls .auroractl/simulated/*/runs) readers --by Grace --simulate=world.toml
$ auroractl resume --simulate=world.toml
# Live is as declared now: steps alone are no reason for a run.
$ auroractl apply shop --simulate=world.toml
# A rehearsal approves each gate, and runs no command either.
$ auroractl rehearse shop --simulate=world.toml --fresh-world --faults 20 | tail -n 12
# Where a step can stand is known offline.
$ sed -i 's/after = "failover"/after = "failovr"/; s/retries = 2/retries = 2000/' environments/shop.toml; auroractl validate

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

[[step]]
name = "pause-deploys"
after = "preflight"
command = ["./deploys", "pause", "--reason", "shop restarts"]
repeat = true
environment = { CHANNEL = "#shop", TOKEN = { from = "DEPLOY_TOKEN" } }

[[gate]]
name = "readers"
after = "settle"
message = "the dashboards are quiet"
wait = "0s"

[[step]]
name = "health"
after = "restart"
command = ["./health", "--quick"]
expected = "20s"
time_limit = "2min"
repeat = true
retries = 2
retry_after = "30s"

[[step]]
name = "tell"
after = "failover"
command = ["./tell", "the writer has moved"]
mask = ["WEBHOOK"]

[[step]]
name = "classes"
after = "change-class"
command = ["./classes"]

[[step]]
name = "resume-deploys"
after = "clean-up"
command = ["./deploys", "resume"]
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
