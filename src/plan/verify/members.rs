//! What each witness says of the cluster and of each member, and where two of them contradict each other.

use super::settings::{self, Declared};
use super::{Check, Verdict, Witness, probes};
use crate::desired::Desired;
use crate::desired::verify::{Phase, Probe, Whom};
use crate::observed::sql::{Answers, Endpoint, Reached, Told, Unreached};
use crate::observed::{Cluster, Member, Observed};
use crate::plan::difference::{PENDING_CLASS, PENDING_REBOOT};
use crate::plan::drift::{self, Class, Finding};

/// The writer first, readers in the order of promotion.
pub(super) fn in_order(cluster: &Cluster) -> Vec<&Member> {
    let mut members: Vec<&Member> = cluster.members.values().collect();
    members.sort_by_key(|member| (!member.is_writer, member.promotion_tier, &member.identifier));
    members
}

pub(super) fn role(member: &Member) -> &'static str {
    if member.is_writer { "writer" } else { "reader" }
}

/// What the RDS API says of the cluster as a whole: every difference, and that there is none.
pub(super) fn of_cluster(desired: &Desired, observed: &Observed, cluster: &Cluster) -> Vec<Check> {
    let mut checks = Vec::new();
    let healthy = cluster.status == "available";
    checks.push(api("cluster", healthy, &cluster.status, "available"));
    let differences = drift::drift(desired, observed);
    let of_cluster = differences.findings.iter().filter(|finding| {
        matches!(finding.class, Class::NotAsDeclared | Class::StoredButNotLive)
            // The members' own classes, queues and statuses are looked at member by member.
            && (finding.member.is_none() || finding.subject.starts_with("parameter ") && !is_status(finding))
    });
    let mut differing = 0;
    for Finding {
        subject,
        member,
        declared,
        live,
        reason,
        ..
    } in of_cluster
    {
        differing += 1;
        let subject = match member {
            Some(member) => format!("{subject} on {member}"),
            None => subject.clone(),
        };
        let mut check = Check::new(subject, Witness::Api, Verdict::NotLive);
        check.wanted.clone_from(declared);
        // A default that equals the declared value is still not stored.
        check.found = live.clone().filter(|_| live != declared);
        checks.push(if reason.is_empty() {
            check
        } else {
            check.because(reason)
        });
    }
    if differing == 0 {
        checks.push(
            Check::new("what AWS stores", Witness::Api, Verdict::Live).finding(format!(
                "as declared; parameter group {}",
                cluster.parameter_group
            )),
        );
    }
    checks
}

/// Whether a finding speaks of a member's status towards its group.
fn is_status(finding: &Finding) -> bool {
    finding.subject.starts_with("parameter group ")
}

fn api(subject: &str, is_good: bool, found: &str, wanted: &str) -> Check {
    let verdict = if is_good {
        Verdict::Live
    } else {
        Verdict::NotLive
    };
    Check::new(subject, Witness::Api, verdict)
        .wanting(wanted)
        .finding(found)
}

/// What the RDS API says of one member.
pub(super) fn by_api(desired: &Desired, member: &Member) -> Vec<Check> {
    let mut checks = vec![api(
        "status",
        member.status == "available",
        &member.status,
        "available",
    )];
    let status = member.cluster_parameter_group_status.as_str();
    let check = api(
        "parameter group status",
        status == "in-sync",
        status,
        "in-sync",
    );
    checks.push(if status == PENDING_REBOOT {
        check.because("a restart loads what the group stores")
    } else {
        check
    });
    if let Some(class) = desired.cluster.class_of(&member.identifier) {
        let check = api(
            "class",
            member.class == *class,
            member.class.as_str(),
            class.as_str(),
        );
        checks.push(check);
    }
    for (field, value) in &member.pending {
        let check = api(&format!("queued {field}"), false, value, "nothing queued");
        checks.push(if field == PENDING_CLASS {
            check.because("a flush applies it")
        } else {
            check
        });
    }
    checks
}

/// What PostgreSQL at the cluster endpoint says.
pub(super) fn of_cluster_endpoint(
    asked: &[&Probe],
    cluster: &Cluster,
    reached: &Reached,
) -> Vec<Check> {
    let answers = match reached {
        Reached::Yes(answers) => answers,
        Reached::No(unreached) => return vec![not_reached("cluster endpoint", unreached)],
    };
    let writer = cluster.writer().map(|writer| &writer.identifier);
    let mut check = if answers.in_recovery {
        Check::new("cluster endpoint", Witness::Sql, Verdict::NotLive)
            .wanting("accepts writes")
            .finding("in recovery")
            .because("it leads to a reader; after a failover names take some seconds to follow")
    } else {
        match (&answers.member, writer) {
            (Some(found), Some(writer)) if found != writer => {
                Check::new("cluster endpoint", Witness::Sql, Verdict::NotLive)
                    .wanting(format!("leads to {writer}"))
                    .finding(format!("leads to {found}"))
                    .because("SQL and the RDS API name different writers; look again in a moment")
            }
            _ => Check::new("cluster endpoint", Witness::Sql, Verdict::Live)
                .finding("accepts writes"),
        }
    };
    if let (Verdict::Live, Some(member)) = (check.verdict, &answers.member) {
        check = check.finding(format!("leads to {member}, which accepts writes"));
    }
    // Libraries are asked of members.
    let mut checks = vec![check];
    checks.extend(probes::checks(asked, answers, ""));
    checks
}

/// The statements that verification runs.
pub(super) fn asked(desired: &Desired, whom: Whom) -> Vec<&Probe> {
    desired
        .verify
        .probes
        .iter()
        .filter(|probe| probe.phase == Phase::After && probe.at == whom)
        .collect()
}

fn not_reached(subject: &str, unreached: &Unreached) -> Check {
    let Unreached { because, hints } = unreached;
    let check = Check::new(subject, Witness::Sql, Verdict::NotProven).because(because);
    if hints.is_empty() {
        check
    } else {
        check.taking(hints.join("; "))
    }
}

/// What a member's PostgreSQL says.
pub(super) fn over_sql(
    desired: &Desired,
    member: &Member,
    declared: &Declared,
    told: &Told,
    disagreements: &mut Vec<String>,
) -> Vec<Check> {
    let endpoint = Endpoint::Member(member.identifier.clone());
    let answers = match told.by(&endpoint) {
        None => {
            return vec![
                Check::new("the values that it runs", Witness::Sql, Verdict::NotProven)
                    .because("AWS tells no endpoint of this member")
                    .taking("look again once the member is available"),
            ];
        }
        Some(Reached::No(unreached)) => {
            return vec![not_reached("the values that it runs", unreached)];
        }
        Some(Reached::Yes(answers)) => answers,
    };
    if let Some(found) = answers
        .member
        .as_ref()
        .filter(|found| **found != member.identifier)
    {
        return vec![
            Check::new("the values that it runs", Witness::Sql, Verdict::NotProven)
                .wanting(member.identifier.as_str())
                .finding(found.as_str())
                .because("another member answered at this member's endpoint")
                .taking(
                    "look at [verify.sql.instances] and the tunnel, and at where the name leads",
                ),
        ];
    }
    disagreements.extend(about_role(member, answers));
    let mut checks = Vec::new();
    let mut others = Vec::new();
    for (name, declared) in declared {
        let of_this = settings::checks(
            name,
            declared,
            &member.class,
            answers.settings.get(name),
            &told.user,
        );
        if declared.is_stored {
            others.extend(other_values(&of_this));
        }
        checks.extend(of_this);
    }
    disagreements.extend(contradiction(member, &checks, &others));
    checks.extend(probes::checks(
        &asked(desired, Whom::EachMember),
        answers,
        &told.user,
    ));
    checks
}

/// Where the API's word on a member's role and PostgreSQL's contradict each other.
pub(super) fn about_role(member: &Member, answers: &Answers) -> Option<String> {
    let identifier = &member.identifier;
    match (member.is_writer, answers.in_recovery) {
        (true, true) => Some(format!(
            "{identifier}: the RDS API says writer, SQL says that it is in recovery"
        )),
        (false, false) => Some(format!(
            "{identifier}: the RDS API says reader, SQL says that it accepts writes"
        )),
        _ => None,
    }
}

/// What runs otherwise although AWS stores it as declared.
pub(super) fn other_values(checks: &[Check]) -> impl Iterator<Item = String> {
    checks
        .iter()
        .filter(|check| check.verdict == Verdict::NotLive)
        .map(|check| match (&check.found, &check.wanted) {
            (Some(found), Some(wanted)) => {
                format!("{} is {found}, wanted {wanted}", check.subject)
            }
            _ => check.subject.clone(),
        })
}

/// Values in words, such as `max_connections is 401, wanted 500`.
pub(super) type Words = Vec<String>;

/// What the API denies when it calls a member in-sync.
pub(super) fn although_in_sync(member: &Member, others: &[String]) -> Option<String> {
    let is_in_sync = member.cluster_parameter_group_status == "in-sync";
    (is_in_sync && !others.is_empty()).then(|| {
        format!(
            "{}: the RDS API says in-sync, SQL says that {}",
            member.identifier,
            others.join("; ")
        )
    })
}

/// Where the API's word on a member's values and PostgreSQL's contradict each other.
fn contradiction(member: &Member, of_sql: &[Check], others: &[String]) -> Option<String> {
    if let Some(contradiction) = although_in_sync(member, others) {
        return Some(contradiction);
    }
    let identifier = &member.identifier;
    let status = member.cluster_parameter_group_status.as_str();
    let all_live = !of_sql.is_empty() && of_sql.iter().all(|check| check.verdict == Verdict::Live);
    (status == PENDING_REBOOT && all_live).then(|| {
        format!(
            "{identifier}: the RDS API says {PENDING_REBOOT}, SQL says that every declared value runs"
        )
    })
}
