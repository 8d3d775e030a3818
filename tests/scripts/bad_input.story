# A name that Aurora does not have, a value that it does not take, a class that cannot be ordered: each says where and what else.
$ sed -i 's/^log_statement = .*/log_statment = "ddl"/' environments/shared.toml
$ auroractl plan dev --simulate
refused: nothing may be done to `dev`, for one reason

  1. environments/shared.toml:14:1: family aurora-postgresql16 has no cluster parameter
     `log_statment`
     way out: did you mean `log_statement`?
     rule: unknown-parameter
[exit 3]
$ sed -i 's/^log_statment = .*/log_statement = "everything"/; s/^max_connections = .*/max_connections = 3/' environments/shared.toml environments/prod.toml
$ auroractl plan prod --simulate
refused: nothing may be done to `prod`, for 2 reasons

  1. environments/shared.toml:14:1: `log_statement` does not accept everything; allowed values:
     none,ddl,mod,all
     way out: declare a value of `log_statement` within none,ddl,mod,all
     rule: value-not-allowed

  2. environments/prod.toml:20:1: `max_connections` does not accept 3; allowed values: 6-262143
     way out: declare a value of `max_connections` within 6-262143
     rule: value-not-allowed
[exit 3]
$ sed -i 's/^log_statement = .*/log_statement = "ddl"/; s/^max_connections = .*/max_connections = 500/; s/"db.r7g.large"/"db.r7g.metal"/' environments/shared.toml environments/prod.toml
$ auroractl plan prod --simulate
refused: nothing may be done to `prod`, for one reason

  1. instance class db.r7g.metal cannot be ordered for aurora-postgresql 16.6 in us-east-1
     way out: choose one of: aws rds describe-orderable-db-instance-options --engine
              aurora-postgresql --engine-version 16.6 --region us-east-1 --query
              OrderableDBInstanceOptions[].DBInstanceClass
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
$ sed -i 's/333333333333/222222222222/; s/Alpha002-dev-AuroraCluster/Alpha002-dev-AuroraClutser/' environments/dev.toml
$ auroractl apply dev --simulate --simulate-speed max
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

error: `1234` is no account id
 --> environments/dev.toml:8:11
  |
8 | account = "1234"
  |           ^^^^^^
  |
  = help: an account id has twelve digits and stands in quotation marks, such as "123456789012"

error: unknown key `identifer`
  --> environments/dev.toml:13:1
   |
13 | identifer = "Alpha002-dev-AuroraClutser"
   | ^^^^^^^^^
   |
   = help: did you mean `identifier`?

error: expected true or false, found a string
 --> environments/shared.toml:8:21
  |
8 | apply_immediately = "yes"        # restarts happen in the run that sends the changes
  |                     ^^^^^
  |
  = help: write true or false, without quotation marks

error: `500 apples` is no quantity for `log_min_duration_statement`, which is stored in ms
  --> environments/shared.toml:13:30
   |
13 | log_min_duration_statement = "500 apples"   # converted to the parameter's own unit
   |                              ^^^^^^^^^^^^
   |
   = help: use one of us, ms, s, min, h, d
[exit 1]
$ auroractl plan dvelopment --simulate
error: 1 problem in the declarations

error: there is no partition `dvelopment`
--> environments/dvelopment.toml
 = help: known partitions: demo, dev, prod, stage
[exit 1]
