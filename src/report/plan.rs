//! A plan for people: what differs, what is done about it in which order, who restarts, and for how long writes stop.
//!
//! Goes in: a plan. Comes out: text that is understood without colour; the same plan always gives the same bytes.

mod command;

use super::comparison;
use super::duration::{count, words};
use super::style::{Style, wrap};
use crate::plan::action::{Action, ClusterRecipe, Kind, MemberRecipe, Phase, Undo};
use crate::plan::change::{Change, Effect, Subject};
use crate::plan::{Activation, Note, Plan, Topic};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The first line of everything that is said about one live cluster.
pub fn header(plan: &Plan, style: Style) -> String {
    let target = &plan.target;
    format!(
        "{}: cluster {}, account {}, {}, {}\n",
        style.heading(plan.partition.as_str()),
        style.name(target.cluster.as_str()),
        target.account,
        target.region,
        target.backend,
    )
}

/// The whole plan.
pub fn render(plan: &Plan, style: Style) -> String {
    let mut text = header(plan, style);
    let _ = writeln!(
        text,
        "{}",
        style.faint(&format!(
            "engine {}, facts read {}",
            plan.engine_version, plan.at
        ))
    );
    match (&plan.undoes, &plan.restores) {
        (Some(run), Some(old)) => {
            let _ = writeln!(
                text,
                "a new cluster from the snapshot of run {run}, beside {old}"
            );
        }
        (Some(run), None) => {
            let _ = writeln!(text, "rollback of run {run}");
        }
        (None, _) if plan.is_drill => {
            text.push_str("a failover drill: nothing is changed but the writer\n")
        }
        (None, _) => {}
    }
    if plan.changes.is_empty()
        && plan.deferred.is_empty()
        && plan.restores.is_none()
        && !plan.is_drill
    {
        let _ = match &plan.undoes {
            None => write!(
                text,
                "\nNo changes. `{}` is as declared, and every member runs it.\n",
                plan.partition
            ),
            Some(run) => write!(text, "\nNothing that run {run} changed is left to undo.\n"),
        };
    }
    text.push_str(&changes(plan, style));
    text.push_str(&notes(&plan.notes, style));
    if !plan.actions.is_empty() {
        let _ = write!(text, "\n{}\n", style.heading("Actions, in this order"));
        let when = activation(&plan.activation);
        if !when.is_empty() {
            text.push_str(&wrap("  ", &when));
        }
        text.push_str(&actions(&plan.actions, 1, style));
    }
    if !plan.deferred.is_empty() {
        let _ = write!(text, "\n{}\n", style.heading("Later, not in this run"));
        text.push_str(&wrap("  ", &deferral(plan)));
        text.push_str(&actions(&plan.deferred, plan.actions.len() + 1, style));
    }
    if !plan.actions.is_empty() || !plan.deferred.is_empty() {
        text.push_str(&totals(plan, style));
    }
    text
}

fn changes(plan: &Plan, style: Style) -> String {
    if plan.changes.is_empty() {
        return String::new();
    }
    let mut groups: BTreeMap<Group, Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        groups
            .entry(Group::of(&change.subject))
            .or_default()
            .push(change);
    }
    let mut text = format!("\n{}\n", style.heading("Changes"));
    for (group, changes) in groups {
        let _ = write!(text, "\n  {}\n", group.title());
        for change in changes {
            text.push_str(&self::change(change, style));
        }
    }
    text
}

fn change(change: &Change, style: Style) -> String {
    let Change {
        subject,
        from,
        to,
        reason,
        effect,
    } = change;
    let effect = match effect {
        Effect::Live => "live without a restart",
        Effect::Restart => "needs a restart",
    };
    let mut text = comparison::line(
        4,
        &label(subject),
        from.as_deref(),
        to.as_deref(),
        "its default",
        effect,
        style,
    );
    if !reason.is_empty() {
        text.push_str(&wrap("        ", reason));
    }
    text
}

/// The parts of the list of changes, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Cluster,
    Parameters,
    Classes,
    Activations,
}

impl Group {
    fn of(subject: &Subject) -> Self {
        match subject {
            Subject::ParameterGroup
            | Subject::DatabaseInsights
            | Subject::PerformanceInsightsRetention
            | Subject::PerformanceInsights => Self::Cluster,
            Subject::Parameter { .. } => Self::Parameters,
            Subject::InstanceClass { .. } | Subject::QueuedClass { .. } => Self::Classes,
            Subject::Activation { .. } => Self::Activations,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Parameters => "parameters",
            Self::Classes => "instance classes",
            Self::Activations => "stored, and not live on",
        }
    }
}

/// What a change is about, in words.
pub fn label(subject: &Subject) -> String {
    match subject {
        Subject::ParameterGroup => "cluster parameter group".to_owned(),
        Subject::Parameter { name } => name.to_string(),
        Subject::DatabaseInsights => "Database Insights".to_owned(),
        Subject::PerformanceInsightsRetention => {
            "Performance Insights retention in days".to_owned()
        }
        Subject::PerformanceInsights => "Performance Insights".to_owned(),
        Subject::QueuedClass { instance } => format!("{instance}, queued"),
        Subject::InstanceClass { instance } | Subject::Activation { instance } => {
            instance.to_string()
        }
    }
}

fn notes(notes: &[Note], style: Style) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n\n", style.heading("Notes"));
    for Note { topic, text: said } in notes {
        let topic = match topic {
            Topic::Inherited => "inherited".to_owned(),
            Topic::ChangedByAws => "changed by AWS".to_owned(),
            Topic::Proven => "proven by".to_owned(),
            Topic::NotProven => "not proven".to_owned(),
            Topic::Caution => style.changed("caution"),
            Topic::Information => "note".to_owned(),
        };
        text.push_str(&wrap(&format!("  {topic}: "), said));
    }
    text
}

fn activation(activation: &Activation) -> String {
    match activation {
        Activation::NotNeeded => String::new(),
        Activation::Now => "Members restart in this run.".to_owned(),
        Activation::InWindow { closes } => {
            format!("Members restart in this run: the window is open until {closes}.")
        }
        Activation::Deferred { .. } => "No member restarts in this run.".to_owned(),
    }
}

fn deferral(plan: &Plan) -> String {
    let Activation::Deferred { because, opens } = &plan.activation else {
        return "It is done by a later apply.".to_owned();
    };
    let when = match opens {
        Some(opens) => {
            let command = if plan.undoes.is_some() {
                "the same rollback once more"
            } else {
                "the first apply"
            };
            format!("By {command} after the window opens at {opens}, or now with --activate.")
        }
        None => "It is done with --activate: the declared window does not open again.".to_owned(),
    };
    if because.is_empty() {
        when
    } else {
        format!("{}. {when}", because.trim_end_matches('.'))
    }
}

fn actions(actions: &[Action], first_number: usize, style: Style) -> String {
    let mut text = String::new();
    let mut phase = None;
    for (index, action) in actions.iter().enumerate() {
        if phase != Some(action.phase) {
            phase = Some(action.phase);
            let _ = write!(text, "\n  {}\n", phase_title(action.phase));
        }
        text.push_str(&self::action(first_number + index, action, style));
    }
    text
}

fn action(number: usize, action: &Action, style: Style) -> String {
    let Action {
        id,
        phase: _,
        kind,
        role,
        reasons,
        forecast,
        undo,
        // What proves it is said when it has happened.
        evidence: _,
    } = action;
    let mut text = format!("    {number:>2}. {}", style.name(id.as_str()));
    if let Some(role) = role {
        let _ = write!(text, " ({role})");
    }
    if kind.is_second_reboot() {
        // Hardly ever done: one line is enough.
        let _ = writeln!(text, ", {}", reasons.join("; "));
        return text;
    }
    if forecast.seconds > 0 {
        let _ = write!(text, ", about {}", words(forecast.seconds));
    }
    if forecast.writer_interruption_seconds > 0 {
        let stops = format!(
            "writes stop for about {}",
            words(forecast.writer_interruption_seconds)
        );
        let _ = write!(text, ", {}", style.changed(&stops));
    }
    text.push('\n');
    for reason in reasons {
        text.push_str(&wrap("        why:  ", reason));
    }
    for detail in details(kind) {
        text.push_str(&wrap("        what: ", &detail));
    }
    match undo {
        Undo::Nothing => {}
        Undo::By { step } => text.push_str(&wrap("        undo: ", step)),
        Undo::PointOfNoReturn { because } => text.push_str(&wrap(
            &format!("        {}: ", style.changed("point of no return")),
            because,
        )),
    }
    text
}

/// What the action's name leaves open: the values that are sent, and the printed conditions.
fn details(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::ModifyParameters { parameters, .. } => vec![
            parameters
                .iter()
                .map(|setting| match &setting.value {
                    Some(value) => format!("{} = {value}", setting.name),
                    None => setting.name.to_string(),
                })
                .collect::<Vec<_>>()
                .join("; "),
        ],
        Kind::ResetParameters { parameters, .. } => vec![
            parameters
                .iter()
                .map(|setting| match &setting.before {
                    Some(before) => format!("{} (was {before})", setting.name),
                    None => setting.name.to_string(),
                })
                .collect::<Vec<_>>()
                .join("; "),
        ],
        Kind::Settle { seconds_min, .. } if *seconds_min > 0 => {
            vec![format!("waits at least {}", words(*seconds_min))]
        }
        Kind::Command { runs, .. } => command::details(runs),
        Kind::Gate {
            message,
            wait_seconds,
            ..
        } => vec![format!(
            "waits for a person: {message} (the process for up to {}, the run without end)",
            words(*wait_seconds)
        )],
        Kind::RestoreCluster(recipe) => cluster_details(recipe),
        Kind::CreateMember(recipe) => member_details(recipe),
        Kind::Flush { pending, .. } => vec![queue(pending)],
        Kind::ChangeClass { pending, .. } if !pending.is_empty() => vec![queue(pending)],
        Kind::Reboot {
            unless_in_sync: true,
            ..
        } => vec!["skipped if the member is already in-sync".to_owned()],
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => {
            let mut sent = Vec::new();
            if let Some(mode) = mode {
                sent.push(format!("DatabaseInsightsMode = {mode}"));
            }
            if let Some(enable) = enable_performance_insights {
                sent.push(format!("EnablePerformanceInsights = {enable}"));
            }
            if let Some(days) = retention_days {
                sent.push(format!("PerformanceInsightsRetentionPeriod = {days}"));
            }
            vec![sent.join("; ")]
        }
        _ => Vec::new(),
    }
}

/// The settings of a new cluster, which all come from the old one.
fn cluster_details(recipe: &ClusterRecipe) -> Vec<String> {
    let ClusterRecipe {
        cluster: _,
        snapshot,
        engine,
        engine_version,
        group,
        subnet_group,
        security_groups,
        port,
        iam_authentication,
        deletion_protection,
        copy_tags_to_snapshot,
        log_exports,
        storage_type,
        serverless_capacity,
        tags,
    } = recipe;
    let mut said = vec![
        format!("SnapshotIdentifier = {snapshot}"),
        format!("Engine = {engine} {engine_version}"),
        format!("DBClusterParameterGroupName = {group}"),
    ];
    let mut say = |name: &str, value: Option<String>| {
        said.extend(value.map(|value| format!("{name} = {value}")));
    };
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
    say("DBSubnetGroupName", subnet_group.clone());
    say("VpcSecurityGroupIds", list(security_groups));
    say("Port", port.map(|port| port.to_string()));
    say(
        "EnableIAMDatabaseAuthentication",
        iam_authentication.map(|on| on.to_string()),
    );
    say(
        "DeletionProtection",
        deletion_protection.map(|on| on.to_string()),
    );
    say(
        "CopyTagsToSnapshot",
        copy_tags_to_snapshot.map(|on| on.to_string()),
    );
    say("EnableCloudwatchLogsExports", list(log_exports));
    say("StorageType", storage_type.clone());
    say(
        "ServerlessV2ScalingConfiguration",
        serverless_capacity.map(|(least, most)| format!("{least} to {most}")),
    );
    say("Tags", list(&tags.keys().cloned().collect::<Vec<String>>()));
    vec![said.join("; ")]
}

fn member_details(recipe: &MemberRecipe) -> Vec<String> {
    let zone = recipe
        .availability_zone
        .as_ref()
        .map_or_else(String::new, |zone| format!(", in {zone}"));
    let writes = if recipe.is_first {
        "; created first, so that it writes"
    } else {
        ""
    };
    vec![format!(
        "{}, promotion tier {}{zone}{writes}",
        recipe.class, recipe.promotion_tier
    )]
}

fn queue(pending: &BTreeMap<String, String>) -> String {
    let queue: Vec<String> = pending
        .iter()
        .map(|(field, value)| format!("{field} = {value}"))
        .collect();
    format!("applies the member's whole queue: {}", queue.join("; "))
}

fn phase_title(phase: Phase) -> &'static str {
    match phase {
        Phase::Preflight => "preflight",
        Phase::Safeguard => "safeguard",
        Phase::Restore => "restore",
        Phase::Stage => "stage",
        Phase::Settle => "settle",
        Phase::Activate => "activate",
        Phase::Verify => "verify",
        Phase::CleanUp => "clean up",
    }
}

fn totals(plan: &Plan, style: Style) -> String {
    let totals = &plan.totals;
    let mut text = format!("\n{}\n\n", style.heading("Totals"));
    let mut sum = |label: &str, number: usize, seconds, restarts, interruptions, interruption| {
        if number == 0 {
            return;
        }
        let writes = match interruptions {
            0 => "no writer interruption".to_owned(),
            interruptions => format!(
                "{}, about {}",
                count(interruptions, "writer interruption"),
                words(interruption)
            ),
        };
        text.push_str(&wrap(
            &format!("  {label}"),
            &format!(
                "{}, about {}; {}; {writes}",
                count(u32::try_from(number).unwrap_or(u32::MAX), "action"),
                words(seconds),
                count(restarts, "restart"),
            ),
        ));
    };
    sum(
        "this run: ",
        plan.actions.len(),
        totals.seconds,
        totals.restarts,
        totals.writer_interruptions,
        totals.writer_interruption_seconds,
    );
    sum(
        "later:    ",
        plan.deferred.len(),
        totals.deferred_seconds,
        totals.deferred_restarts,
        totals.deferred_writer_interruptions,
        totals.deferred_writer_interruption_seconds,
    );
    text
}

#[cfg(test)]
mod tests;
