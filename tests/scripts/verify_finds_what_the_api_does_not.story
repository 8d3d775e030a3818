# A member restarts and calls itself in-sync, and never loads one static value. The run is done, as far as the RDS API can tell; SQL disagrees.
$ auroractl apply shop --simulate=world.toml --simulate-speed max > /dev/null 2>&1
[exit 5]
$ auroractl verify shop --simulate=world.toml
shop: cluster shop, account 123456789012, eu-central-1, simulated AWS (world.toml world)
  3 not as declared; witnesses disagree
  witnesses: RDS API, SQL as postgres; read 2026-03-02T09:10:25Z
  witnesses disagree  shop-1: the RDS API says in-sync, SQL says that max_connections is 401, wanted
                      500

  the cluster
    live          RDS API  cluster           available
    live          RDS API  what AWS stores   as declared; parameter group shop-aurora-postgresql16
    live          SQL      cluster endpoint  leads to shop-2, which accepts writes

  shop-2, writer, db.t3.medium
    live          RDS API  status                                  available
    live          RDS API  parameter group status                  in-sync
    live          SQL      log_min_duration_statement              250 ms
    live          SQL      max_connections                         500
    live          SQL      library pg_stat_statements              loaded
    live          probe    pg_stat_statements in database orders   pg_stat_statements answered
    not live      probe    pg_stat_statements in database billing  is extension not created in this
                                                                   database, wanted extension
                                                                   created
                             the library is loaded

  shop-1, reader, db.t3.medium
    live          RDS API  status                                  available
    live          RDS API  parameter group status                  in-sync
    live          SQL      log_min_duration_statement              250 ms
    not live      SQL      max_connections                         is 401, wanted 500
                             PostgreSQL holds another value that waits for a restart
    live          SQL      library pg_stat_statements              loaded
    live          probe    pg_stat_statements in database orders   pg_stat_statements answered
    not live      probe    pg_stat_statements in database billing  is extension not created in this
                                                                   database, wanted extension
                                                                   created
                             the library is loaded

  what it takes
    CREATE EXTENSION pg_stat_statements; in database billing
        for pg_stat_statements in database billing on shop-2, pg_stat_statements in database billing
            on shop-1
[exit 2]

# The other partition is proven. The worst of both decides.
$ auroractl verify store --simulate=world.toml | head -n 3
store: cluster store, account 123456789012, eu-central-1, simulated AWS (world.toml world)
  proven: every witness says that all is as declared, on every member
  witnesses: RDS API, SQL as postgres; read 2026-03-02T09:10:25Z
$ auroractl verify --all --simulate=world.toml > /dev/null
[exit 2]

# For programs.
$ auroractl verify store --simulate=world.toml --json
{
  "document": "verify",
  "format": 1,
  "partitions": [
    {
      "outcome": "verified",
      "partition": "store",
      "proven": true,
      "verification": {
        "partition": "store",
        "cluster": "store",
        "at": "2026-03-02T09:10:25Z",
        "user": "postgres",
        "checks": [
          {
            "subject": "cluster",
            "verdict": "live",
            "witness": "api",
            "wanted": "available",
            "found": "available",
            "because": null,
            "takes": null
          },
          {
            "subject": "what AWS stores",
            "verdict": "live",
            "witness": "api",
            "wanted": null,
            "found": "as declared; parameter group store-16",
            "because": null,
            "takes": null
          },
          {
            "subject": "cluster endpoint",
            "verdict": "live",
            "witness": "sql",
            "wanted": null,
            "found": "leads to store-1, which accepts writes",
            "because": null,
            "takes": null
          }
        ],
        "members": [
          {
            "identifier": "store-1",
            "role": "writer",
            "class": "db.t3.medium",
            "checks": [
              {
                "subject": "status",
                "verdict": "live",
                "witness": "api",
                "wanted": "available",
                "found": "available",
                "because": null,
                "takes": null
              },
              {
                "subject": "parameter group status",
                "verdict": "live",
                "witness": "api",
                "wanted": "in-sync",
                "found": "in-sync",
                "because": null,
                "takes": null
              },
              {
                "subject": "log_lock_waits",
                "verdict": "live",
                "witness": "sql",
                "wanted": "1",
                "found": "on",
                "because": null,
                "takes": null
              }
            ]
          }
        ],
        "disagreements": []
      }
    }
  ]
}

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
log_min_duration_statement = "250ms"
shared_preload_libraries = ["pg_stat_statements"]

[verify.sql]
user = "witness"
password_command = ["this", "is", "never", "executed", "in", "process"]
databases = ["orders", "billing"]
-- environments/store.toml --
[partition]
name = "store"

[aws]
account = "123456789012"
region = "eu-central-1"

[cluster]
identifier = "store"
engine_version = "16"
parameter_group = "store-16"
apply_immediately = true

[parameters]
log_lock_waits = true
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
never_loads = ["max_connections"]

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"

[[cluster.user]]
name = "postgres"
password = "whoever holds the simulator needs none"

[[cluster.database]]
name = "orders"
extensions = ["pg_stat_statements"]

[[cluster.database]]
name = "billing"

[[parameter_group]]
name = "store-16"
family = "aurora-postgresql16"
parameters = { log_lock_waits = true }

[[cluster]]
identifier = "store"
engine_version = "16.6"
parameter_group = "store-16"

[[cluster.member]]
identifier = "store-1"
class = "db.t3.medium"
