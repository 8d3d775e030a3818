//! Four rollouts by hand, as their logs have them: each command as it was typed, at the time at which it was typed, on the
//! worlds of `examples/worlds/` that take as long as was recorded. Nothing sleeps: the clock goes from entry to entry.
//!
//! A deployment did a part of each rollout; what it asked of AWS is sent here as plain requests.

use crate::postgres::psql;
use crate::support::operator::Operator;
use crate::support::project::{Output, Project};
use jiff::Timestamp;

const MEMBERS: &str = r#"aws rds describe-db-clusters \
  --db-cluster-identifier "${CLUSTER_ID}" \
  --region us-east-1 --profile "${PROFILE}" \
  --query 'DBClusters[0].DBClusterMembers[].{Id:DBInstanceIdentifier,Writer:IsClusterWriter}'"#;

const CREATE_SNAPSHOT: &str = r#"aws rds create-db-cluster-snapshot \
  --db-cluster-identifier "${CLUSTER_ID}" \
  --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
  --region us-east-1 \
  --profile "${PROFILE}""#;

const WAIT_FOR_SNAPSHOT: &str = r#"aws rds wait db-cluster-snapshot-available \
  --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
  --region us-east-1 \
  --profile "${PROFILE}""#;

const SNAPSHOT_STATUS: &str = r#"aws rds describe-db-cluster-snapshots \
  --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
  --region us-east-1 --profile "${PROFILE}" \
  --query 'DBClusterSnapshots[0].Status'"#;

const GROUP: &str = r#"aws rds describe-db-clusters \
  --db-cluster-identifier "${CLUSTER_ID}" \
  --region us-east-1 --profile "${PROFILE}" \
  --query 'DBClusters[0].DBClusterParameterGroup'"#;

const REBOOT_READER: &str = r#"aws rds reboot-db-instance \
  --db-instance-identifier "${CLUSTER_ID}Reader1" \
  --region us-east-1 --profile "${PROFILE}""#;

const WAIT_FOR_READER: &str = r#"aws rds wait db-instance-available \
  --db-instance-identifier "${CLUSTER_ID}Reader1" \
  --region us-east-1 --profile "${PROFILE}""#;

const WAIT_FOR_WRITER: &str = r#"aws rds wait db-instance-available \
  --db-instance-identifier "${CLUSTER_ID}Writer" \
  --region us-east-1 --profile "${PROFILE}""#;

const FAIL_OVER: &str = r#"aws rds failover-db-cluster \
  --db-cluster-identifier "${CLUSTER_ID}" \
  --target-db-instance-identifier "${CLUSTER_ID}Reader1" \
  --region us-east-1 --profile "${PROFILE}""#;

const WRITER: &str = r#"aws rds describe-db-clusters \
  --db-cluster-identifier "${CLUSTER_ID}" \
  --region us-east-1 --profile "${PROFILE}" \
  --query 'DBClusters[0].DBClusterMembers[?IsClusterWriter==`true`].DBInstanceIdentifier'"#;

const CLASSES: &str = r#"aws rds describe-db-instances \
  --filters "Name=db-cluster-id,Values=${CLUSTER_ID}" \
  --region us-east-1 --profile "${PROFILE}" \
  --query 'DBInstances[].DBInstanceClass'"#;

const APPLY_STATUS_OF_READER: &str = r#"aws rds describe-db-instances \
  --db-instance-identifier "${CLUSTER_ID}Reader1" --region us-east-1 --profile "${PROFILE}" \
  --query 'DBInstances[0].DBParameterGroups[0].ParameterApplyStatus'"#;

const DELETE_SNAPSHOT: &str = r#"aws rds delete-db-cluster-snapshot \
  --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
  --region us-east-1 --profile "${PROFILE}""#;

const DYNAMIC: &str = "show log_min_duration_statement; show log_statement; show log_lock_waits; show log_temp_files; \
                       show max_connections";

/// One partition's rollout: who types, and where.
struct Rollout {
    operator: Operator,
    /// In lower case.
    cluster: String,
    key: &'static str,
}

impl Rollout {
    fn of(partition: &str, infra: &str, profile: &str, key: &'static str) -> Self {
        let mut project = Project::with_environments();
        project.write(
            ".aws/credentials",
            &format!("[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = secret\n"),
        );
        let cluster = format!("{infra}-{partition}-AuroraCluster");
        project.set("PROFILE", profile);
        project.set("CLUSTER_ID", &cluster);
        project.set("SNAPSHOT_ID", &format!("{infra}-{partition}-pre-rollout"));
        let world = format!("examples/worlds/recorded-{partition}.toml");
        Self {
            operator: Operator::with_sql(project, &world, key),
            cluster: cluster.to_lowercase(),
            key,
        }
    }

    /// Lets it be this time of that day, in the time zone of the log. Whole seconds pass, so that all that was to happen by
    /// then has happened, and nothing of what comes a second later.
    fn at(&self, time: &str) {
        let clock: serde_json::Value =
            serde_json::from_str(&self.operator.server.get("/_simulator/clock")).unwrap();
        let now: Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
        let then: Timestamp = format!("2026-05-14T{time}-07:00").parse().unwrap();
        let seconds = then.as_second() - now.as_second();
        self.operator
            .step(u32::try_from(seconds).unwrap_or_else(|_| panic!("{time} is over")));
    }

    /// Runs a command that must print this, its white space aside.
    fn shows(&self, command: &str, expected: &str) {
        assert_eq!(self.operator.reads(command), expected, "{command}");
    }

    fn succeeds(&self, command: &str) {
        self.operator.reads(command);
    }

    /// Sends a request as a deployment does, and returns the answer.
    fn sent(&self, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.operator.server.rds(self.key, parameters);
        assert_eq!(status, 200, "{parameters:?}\n{body}");
        body
    }

    /// Status, class and queued class of a member: what comes first in its answer.
    fn member(&self, suffix: &str) -> String {
        let id = format!("{}{suffix}", self.cluster);
        let body = self.sent(&[
            ("Action", "DescribeDBInstances"),
            ("DBInstanceIdentifier", &id),
        ]);
        let queued = match body.split_once("<PendingModifiedValues>") {
            Some((_, rest)) => tag(
                rest.split("</PendingModifiedValues>").next().unwrap(),
                "DBInstanceClass",
            ),
            None => None,
        };
        let class = tag(&body, "DBInstanceClass").unwrap();
        let status = tag(&body, "DBInstanceStatus").unwrap();
        match queued {
            Some(queued) => format!("{status} {class} -> {queued}"),
            None => format!("{status} {class}"),
        }
    }

    /// The cluster's status, and the suffix of its writer.
    fn state(&self) -> String {
        let body = self.sent(&[
            ("Action", "DescribeDBClusters"),
            ("DBClusterIdentifier", &self.cluster),
        ]);
        let members = body.split("<DBClusterMember>").skip(1);
        let writer = members
            .filter(|member| member.contains("<IsClusterWriter>true<"))
            .map(|member| tag(member, "DBInstanceIdentifier").unwrap())
            .next()
            .unwrap();
        let status = tag(&body, "Status").unwrap();
        format!("{status} {}", writer.strip_prefix(&self.cluster).unwrap())
    }

    /// At each time the cluster is as logged; a second before it was not yet.
    fn watched(&self, states: &[(&str, &str, &str)]) {
        for (before, time, expected) in states {
            self.at(before);
            assert_ne!(self.state(), *expected, "already at {before}");
            self.at(time);
            assert_eq!(self.state(), *expected, "at {time}");
        }
    }

    /// The same of a member.
    fn watched_member(&self, suffix: &str, states: &[(&str, &str, &str)]) {
        for (before, time, expected) in states {
            self.at(before);
            assert_ne!(self.member(suffix), *expected, "already at {before}");
            self.at(time);
            assert_eq!(self.member(suffix), *expected, "at {time}");
        }
    }

    /// What a deployment of the new group asks of AWS: a group with its values, attached.
    fn attaches(&self, more: &[(&str, &str)]) {
        let group = format!("{}-tuned", self.cluster);
        self.sent(&[
            ("Action", "CreateDBClusterParameterGroup"),
            ("DBClusterParameterGroupName", &group),
            ("DBParameterGroupFamily", "aurora-postgresql16"),
            ("Description", "tuned"),
        ]);
        let mut values = vec![
            ("log_min_duration_statement", "500", "immediate"),
            ("log_statement", "ddl", "immediate"),
            ("log_lock_waits", "1", "immediate"),
            ("log_temp_files", "0", "immediate"),
            (
                "shared_preload_libraries",
                "pg_stat_statements",
                "pending-reboot",
            ),
        ];
        values.extend(
            more.iter()
                .map(|(name, value)| (*name, *value, "pending-reboot")),
        );
        let mut request = vec![
            (
                "Action".to_owned(),
                "ModifyDBClusterParameterGroup".to_owned(),
            ),
            ("DBClusterParameterGroupName".to_owned(), group.clone()),
        ];
        for (position, (name, value, method)) in values.into_iter().enumerate() {
            let entry = format!("Parameters.Parameter.{}", position + 1);
            request.push((format!("{entry}.ParameterName"), name.to_owned()));
            request.push((format!("{entry}.ParameterValue"), value.to_owned()));
            request.push((format!("{entry}.ApplyMethod"), method.to_owned()));
        }
        let request: Vec<(&str, &str)> = request
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.sent(&request);
        self.sent(&[
            ("Action", "ModifyDBCluster"),
            ("DBClusterIdentifier", &self.cluster),
            ("DBClusterParameterGroupName", &group),
            ("ApplyImmediately", "true"),
        ]);
    }

    fn reboots(&self, suffix: &str) {
        let id = format!("{}{suffix}", self.cluster);
        self.sent(&[
            ("Action", "RebootDBInstance"),
            ("DBInstanceIdentifier", &id),
        ]);
    }

    /// psql at the cluster endpoint, as the application's user.
    fn sql(&self, statements: &str) -> Output {
        let endpoints: serde_json::Value =
            serde_json::from_str(&self.operator.server.get("/_simulator/endpoints")).unwrap();
        let writer = endpoints
            .as_array()
            .unwrap()
            .iter()
            .find(|endpoint| endpoint["kind"] == "writer")
            .unwrap();
        self.operator.run(&format!(
            "PGSSLMODE=disable PGCONNECT_TIMEOUT=60 {} -X -At -U app -d items -h {} -p {} {}",
            psql().display(),
            writer["address"].as_str().unwrap(),
            writer["port"],
            statements
                .split(';')
                .map(|statement| format!("-c '{}'", statement.trim()))
                .collect::<Vec<String>>()
                .join(" ")
        ))
    }

    fn selects(&self, statements: &str, expected: &str) {
        let output = self.sql(statements);
        assert_eq!(output.code, 0, "{statements}\n{}", output.stderr);
        assert_eq!(
            output
                .stdout
                .split_whitespace()
                .collect::<Vec<&str>>()
                .join(" "),
            expected
        );
    }

    fn cannot_select(&self, statement: &str, message: &str) {
        let output = self.sql(statement);
        assert_ne!(output.code, 0, "{statement}\n{}", output.stdout);
        assert!(
            output.stderr.contains(message),
            "{statement}\n{}",
            output.stderr
        );
    }

    /// The snapshot, from its first second to its last.
    fn snapshot(&self, begins: &str, before: &str, available: &str) {
        self.at(begins);
        self.shows(
            &format!("{CREATE_SNAPSHOT} --query DBClusterSnapshot.Status"),
            r#""creating""#,
        );
        self.at(before);
        self.shows(SNAPSHOT_STATUS, r#""creating""#);
        self.at(available);
        self.succeeds(WAIT_FOR_SNAPSHOT);
        self.shows(SNAPSHOT_STATUS, r#""available""#);
    }

    /// Its end: the answer says available, and it is gone.
    fn snapshot_deleted(&self, time: &str) {
        self.at(time);
        self.shows(
            &format!("{DELETE_SNAPSHOT} --query DBClusterSnapshot.Status"),
            r#""available""#,
        );
        assert_eq!(
            self.operator.refused(SNAPSHOT_STATUS),
            "DBClusterSnapshotNotFoundFault"
        );
    }
}

/// The text of the first element of this name.
fn tag<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split('<').next()
}

#[test]
fn dev_by_hand_as_its_log_has_it_with_the_waiters_that_return_too_early() {
    let dev = Rollout::of("dev", "Alpha002", "Alpha002-Admin", "AKIASIMULATEDALPHA002");
    // Stored in lower case, and found as it was typed.
    dev.shows(
        MEMBERS,
        concat!(
            r#"[ { "Id": "alpha002-dev-auroraclusterwriter", "Writer": true }, "#,
            r#"{ "Id": "alpha002-dev-auroraclusterreader1", "Writer": false } ]"#
        ),
    );
    dev.shows(
        r#"aws sts get-caller-identity --query Account --output text --profile "${PROFILE}""#,
        "222222222222",
    );

    // Step 1: about 4 minutes instead of 1 to 3.
    dev.snapshot("11:09:55", "11:13:55", "11:13:56");
    let created = dev.operator.reads(&format!(
        "{} --output text",
        SNAPSHOT_STATUS.replace(".Status", ".[SnapshotCreateTime, PercentProgress]")
    ));
    assert!(created.starts_with("2026-05-14T18:09:56"), "{created}");
    assert!(created.ends_with(" 100"), "{created}");

    // Step 2, first attempt: nothing was deployed.
    dev.at("11:16:33");
    dev.shows(GROUP, r#""default.aurora-postgresql16""#);
    // Third attempt: the deployment attaches the group and restarts both members, the writer first.
    dev.at("11:27:22");
    dev.attaches(&[]);
    dev.shows(GROUP, r#""alpha002-dev-auroracluster-tuned""#);
    dev.at("11:28:06");
    dev.reboots("writer");
    dev.watched_member(
        "writer",
        &[("11:30:12", "11:30:13", "available db.t3.medium")],
    );
    dev.at("11:30:14");
    dev.reboots("reader1");
    dev.watched_member(
        "reader1",
        &[("11:31:18", "11:31:19", "available db.t3.medium")],
    );

    // Step 3.
    dev.at("11:51:00");
    dev.selects(DYNAMIC, "500ms ddl on 0 401");
    dev.cannot_select(
        "show shared_preload_libraries",
        r#"permission denied to examine "shared_preload_libraries""#,
    );

    // Step 4: the writer serves on.
    dev.at("11:57:20");
    dev.shows(
        &format!("{REBOOT_READER} --query DBInstance.DBInstanceStatus"),
        r#""rebooting""#,
    );
    dev.at("11:58:22");
    assert_eq!(dev.member("reader1"), "rebooting db.t3.medium");
    assert_eq!(dev.member("writer"), "available db.t3.medium");
    dev.at("11:58:23");
    dev.succeeds(WAIT_FOR_READER);
    dev.shows(APPLY_STATUS_OF_READER, r#""in-sync""#);

    // Step 5: both waiters return within a second or two, because nothing shows yet.
    dev.at("12:03:03");
    dev.succeeds(FAIL_OVER);
    dev.at("12:03:05");
    dev.succeeds(WAIT_FOR_WRITER);
    dev.succeeds(WAIT_FOR_READER);
    assert_eq!(dev.state(), "available writer");
    dev.shows(WRITER, r#"[ "alpha002-dev-auroraclusterwriter" ]"#);
    dev.watched(&[
        ("12:03:33", "12:03:34", "failing-over reader1"),
        ("12:07:35", "12:07:36", "available reader1"),
    ]);
    dev.shows(WRITER, r#"[ "alpha002-dev-auroraclusterreader1" ]"#);
    dev.shows(CLASSES, r#"[ "db.t3.medium", "db.t3.medium" ]"#);
    dev.shows(APPLY_STATUS_OF_READER, r#""in-sync""#);

    // Step 6: the count proves what the denied setting cannot; the group's listing tells a policy, not a state.
    dev.selects("show max_connections", "401");
    dev.cannot_select(
        "show shared_preload_libraries",
        r#"permission denied to examine "shared_preload_libraries""#,
    );
    dev.selects("select 1 from pg_stat_statements limit 1", "1");
    dev.shows(
        r#"aws rds describe-db-cluster-parameters \
          --db-cluster-parameter-group-name alpha002-dev-auroracluster-tuned --source user \
          --region us-east-1 --profile "${PROFILE}" --output text \
          --query 'Parameters[?ApplyType==`static`].[ParameterName, ParameterValue, ApplyMethod]'"#,
        "shared_preload_libraries pg_stat_statements pending-reboot",
    );

    // Step 7.
    dev.snapshot_deleted("12:26:34");
}

#[test]
fn stage_by_hand_as_its_log_has_it_with_the_failover_seen_four_times() {
    let stage = Rollout::of(
        "stage",
        "Alpha002",
        "Alpha002-Admin",
        "AKIASIMULATEDALPHA002",
    );
    stage.shows(GROUP, r#""default.aurora-postgresql16""#);
    stage.snapshot("12:49:13", "12:54:45", "12:54:46");
    stage.at("14:36:50");
    stage.attaches(&[]);
    stage.at("14:36:59");
    stage.reboots("writer");
    stage.watched_member(
        "writer",
        &[("14:39:04", "14:39:05", "available db.t3.medium")],
    );
    stage.at("14:39:06");
    stage.reboots("reader1");
    stage.watched_member(
        "reader1",
        &[("14:40:09", "14:40:10", "available db.t3.medium")],
    );
    stage.shows(APPLY_STATUS_OF_READER, r#""in-sync""#);
    stage.selects(DYNAMIC, "500ms ddl on 0 401");
    // Loaded, but nobody has created the extension in this database.
    stage.cannot_select(
        "select count(*) from pg_stat_statements",
        r#"relation "pg_stat_statements" does not exist"#,
    );
    stage.at("14:54:59");
    stage.succeeds(FAIL_OVER);
    stage.at("14:55:02");
    assert_eq!(stage.state(), "available writer");
    stage.watched(&[
        ("14:55:12", "14:55:13", "failing-over writer"),
        ("14:55:24", "14:55:25", "failing-over reader1"),
        ("14:55:36", "14:55:37", "available reader1"),
    ]);
    stage.snapshot_deleted("15:02:13");
}

#[test]
fn demo_by_hand_as_its_log_has_it_without_a_failover() {
    let demo = Rollout::of("demo", "Alpha001", "Admin-Alpha1", "AKIASIMULATEDALPHA001");
    demo.snapshot("16:34:57", "16:38:29", "16:38:30");
    demo.at("17:07:00");
    demo.attaches(&[]);
    demo.at("17:07:10");
    demo.reboots("writer");
    demo.watched_member(
        "writer",
        &[("17:09:15", "17:09:16", "available db.t3.medium")],
    );
    demo.at("17:09:17");
    demo.reboots("reader1");
    demo.watched_member(
        "reader1",
        &[("17:10:21", "17:10:22", "available db.t3.medium")],
    );
    demo.selects(DYNAMIC, "500ms ddl on 0 401");
    demo.snapshot_deleted("18:19:13");
}

#[test]
fn prod_by_hand_as_its_log_has_it_with_its_drift_and_both_flushes() {
    let prod = Rollout::of("prod", "Alpha001", "Admin-Alpha1", "AKIASIMULATEDALPHA001");
    prod.snapshot("22:25:06", "22:30:43", "22:30:44");

    // The deployment stumbles over settings that somebody had changed by hand.
    prod.at("22:32:00");
    let retention = r#"aws rds modify-db-cluster --db-cluster-identifier "${CLUSTER_ID}" \
        --performance-insights-retention-period 7 --apply-immediately \
        --region us-east-1 --profile "${PROFILE}""#;
    assert_eq!(
        prod.operator.refused(retention),
        "InvalidParameterCombination"
    );
    prod.at("22:40:28");
    prod.shows(
        r#"aws rds modify-db-cluster --db-cluster-identifier "${CLUSTER_ID}" \
        --database-insights-mode standard --apply-immediately --query DBCluster.DatabaseInsightsMode \
        --region us-east-1 --profile "${PROFILE}""#,
        r#""standard""#,
    );
    // For a while the cluster takes no other change.
    prod.at("22:42:20");
    let refused = prod.operator.run(retention);
    assert!(
        refused.stderr.contains(
            "DB cluster isn't available for modification with status configuring-enhanced-monitoring"
        ),
        "{}",
        refused.stderr
    );
    prod.at("22:53:00");
    prod.succeeds(retention);
    prod.at("22:55:56");
    assert_eq!(prod.state(), "available writer");
    prod.shows(GROUP, r#""default.aurora-postgresql16""#);

    // The next deployment attaches the group, and queues the classes.
    prod.at("22:58:00");
    prod.attaches(&[("max_connections", "500")]);
    for suffix in ["writer", "reader1"] {
        prod.sent(&[
            ("Action", "ModifyDBInstance"),
            ("DBInstanceIdentifier", &format!("{}{suffix}", prod.cluster)),
            ("DBInstanceClass", "db.r7g.large"),
            ("ApplyImmediately", "false"),
        ]);
    }
    prod.at("23:04:15");
    for suffix in ["writer", "reader1"] {
        assert_eq!(
            prod.member(suffix),
            "available db.t3.medium -> db.r7g.large"
        );
    }
    prod.shows(APPLY_STATUS_OF_READER, r#""in-sync""#);
    prod.selects(DYNAMIC, "500ms ddl on 0 401");

    // Step 4: the reader's queue is flushed. A waiter that is started at once returns at once.
    prod.at("23:06:15");
    prod.succeeds(
        r#"aws rds modify-db-instance --db-instance-identifier alpha001-prod-auroraclusterreader1 \
        --apply-immediately --region us-east-1 --profile "${PROFILE}""#,
    );
    prod.succeeds(WAIT_FOR_READER);
    prod.watched_member(
        "reader1",
        &[
            (
                "23:07:44",
                "23:07:45",
                "modifying db.t3.medium -> db.r7g.large",
            ),
            (
                "23:12:33",
                "23:12:34",
                "configuring-enhanced-monitoring db.r7g.large",
            ),
            ("23:13:36", "23:13:37", "available db.r7g.large"),
        ],
    );

    // Step 5: the failover leaves the demoted member's queue alone.
    prod.at("23:16:22");
    prod.succeeds(FAIL_OVER);
    prod.watched(&[
        ("23:16:34", "23:16:35", "failing-over writer"),
        ("23:16:45", "23:16:46", "failing-over reader1"),
        ("23:16:56", "23:16:57", "available reader1"),
    ]);
    prod.shows(WRITER, r#"[ "alpha001-prod-auroraclusterreader1" ]"#);
    assert_eq!(
        prod.member("writer"),
        "available db.t3.medium -> db.r7g.large"
    );

    // Step 5b.
    prod.at("23:18:31");
    prod.succeeds(
        r#"aws rds modify-db-instance --db-instance-identifier alpha001-prod-auroraclusterwriter \
        --apply-immediately --region us-east-1 --profile "${PROFILE}""#,
    );
    prod.watched_member(
        "writer",
        &[
            (
                "23:18:49",
                "23:18:50",
                "modifying db.t3.medium -> db.r7g.large",
            ),
            (
                "23:24:58",
                "23:24:59",
                "configuring-enhanced-monitoring db.r7g.large",
            ),
            ("23:26:02", "23:26:03", "available db.r7g.large"),
        ],
    );
    prod.shows(CLASSES, r#"[ "db.r7g.large", "db.r7g.large" ]"#);

    // Steps 6 and 7.
    prod.selects("show max_connections", "500");
    prod.snapshot_deleted("23:35:44");
}
