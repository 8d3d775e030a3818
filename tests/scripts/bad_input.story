# A name that Aurora does not have, a value that it does not take, a class that cannot be ordered: each says where and what else.
$ sed -i 's/^log_statement = .*/log_statment = "ddl"/' environments/shared.toml
$ auroractl plan dev --simulate
refused: nothing may be done to `dev`, for one reason

  1. [folder]/environments/shared.toml:17:1: family aurora-postgresql16 has no cluster
     parameter `log_statment`
     way out: did you mean `log_statement`?
     rule: unknown-parameter
[exit 3]
$ sed -i 's/^log_statment = .*/log_statement = "everything"/; s/^max_connections = .*/max_connections = 3/' environments/shared.toml environments/prod.toml
$ auroractl plan prod --simulate
refused: nothing may be done to `prod`, for 2 reasons

  1. [folder]/environments/shared.toml:17:1: `log_statement` does not accept everything;
     allowed values: none,ddl,mod,all
     way out: declare a value of `log_statement` within none,ddl,mod,all
     rule: value-not-allowed

  2. [folder]/environments/prod.toml:20:1: `max_connections` does not accept 3; allowed
     values: 6-262143
     way out: declare a value of `max_connections` within 6-262143
     rule: value-not-allowed
[exit 3]
$ sed -i 's/^log_statement = .*/log_statement = "ddl"/; s/^max_connections = .*/max_connections = 500/; s/"db.r7g.large"/"db.r7g.metal"/' environments/shared.toml environments/prod.toml
$ auroractl plan prod --simulate
refused: nothing may be done to `prod`, for one reason

  1. instance class db.r7g.metal cannot be ordered for aurora-postgresql 16.6 in us-east-1
     way out: choose one of:
              aws rds describe-orderable-db-instance-options --engine aurora-postgresql --engine-version 16.6 --region us-east-1 --query OrderableDBInstanceOptions[].DBInstanceClass
     rule: class-not-orderable
[exit 3]
$ sed -i 's/"db.r7g.metal"/"db.r7g.large"/' environments/prod.toml

# Somebody else's account, and a cluster that is not there.
$ sed -i 's/222222222222/333333333333/' environments/dev.toml
$ auroractl apply dev --simulate --simulate-speed max
refused: nothing may be done to `dev`, for one reason

  1. the credentials belong to account 222222222222, and partition `dev` is declared for
     333333333333 (declared profile `Alpha002-Admin`)
     way out: use credentials of account 333333333333: unset AWS_PROFILE and AWS_ACCESS_KEY_ID, or
              set them to that account
     rule: wrong-account
[exit 3]
$ auroractl status dev --simulate
refused: nothing may be done to `dev`, for one reason

  1. the credentials belong to account 222222222222, and partition `dev` is declared for
     333333333333 (declared profile `Alpha002-Admin`)
     way out: use credentials of account 333333333333: unset AWS_PROFILE and AWS_ACCESS_KEY_ID, or
              set them to that account
     rule: wrong-account
[exit 3]
$ sed -i 's/333333333333/222222222222/; s/Alpha002-dev-AuroraCluster/Alpha002-dev-AuroraClutser/' environments/dev.toml
$ auroractl apply dev --simulate --simulate-speed max
refused: nothing may be done to `dev`, for one reason

  1. account 222222222222 has no cluster `Alpha002-dev-AuroraClutser` in us-east-1
     way out: did you mean `alpha002-dev-auroracluster`?
     rule: cluster-absent
[exit 3]
$ auroractl drift dev --simulate
dev:
refused: nothing may be done to `dev`, for one reason

  1. account 222222222222 has no cluster `Alpha002-dev-AuroraClutser` in us-east-1
     way out: did you mean `alpha002-dev-auroracluster`?
     rule: cluster-absent
[exit 3]

# Mistakes in the files are all reported at once, offline.
$ sed -i 's/^account = .*/account = "1234"/; s/^identifier/identifer/' environments/dev.toml
$ sed -i 's/"500ms"/"500 apples"/; s/true    /"yes"   /' environments/shared.toml
$ auroractl validate
error: 4 problems in the declarations

error: `1234` is no AWS account id
 --> [folder]/environments/dev.toml:8:11
  |
8 | account = "1234"
  |           ^^^^^^
  |
  = hint: an account id has 12 digits, this has 4

error: unknown key `identifer` in [cluster]
  --> [folder]/environments/dev.toml:13:1
   |
13 | identifer = "Alpha002-dev-AuroraClutser"
   | ^^^^^^^^^
   |
   = hint: did you mean `identifier`?
   = hint: [cluster] may hold `identifier`, `engine`, `engine_version`, `instance_class`, `apply_immediately`, `parameter_group`, `database_insights`, `performance_insights_retention_days` or `instances`

error: `apply_immediately` needs true or false, not a text
  --> [folder]/environments/shared.toml:10:21
   |
10 | apply_immediately = "yes"        # changes are made live in the run that sends them
   |                     ^^^^^

error: `500 apples`, the value of `log_min_duration_statement`, has no known unit
  --> [folder]/environments/shared.toml:16:30
   |
16 | log_min_duration_statement = "500 apples"               # converted to the parameter's own unit, here 500
   |                              ^^^^^^^^^^^^
   |
   = hint: units are us, ms, s, min, h, d (their case matters)
[exit 1]
$ auroractl plan dvelopment --simulate
error: one problem in the declarations

error: there is no partition `dvelopment` in `[folder]/environments`
 |
 = hint: there is `demo`, `dev`, `prod` or `stage`
[exit 1]
