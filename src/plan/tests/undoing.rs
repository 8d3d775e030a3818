//! What a rollback puts back, what it leaves, and what it refuses: each property compared three ways.

use super::*;
use crate::plan::undo::{self, Effects, Sent, Undoing};

const OWN: &str = "shop-16";

fn class_change(from: &str, to: &str) -> Kind {
    Kind::QueueClassChange {
        instance: InstanceId::new("a"),
        class: InstanceClass::new(to),
        before: InstanceClass::new(from),
    }
}

fn attach() -> Kind {
    Kind::AttachParameterGroup {
        group: ParameterGroupName::new(OWN),
        before: ParameterGroupName::new(DEFAULT_GROUP),
        apply_immediately: true,
    }
}

fn create() -> Kind {
    Kind::CreateParameterGroup {
        group: ParameterGroupName::new(OWN),
        family: Family::new("aurora-postgresql16"),
    }
}

fn undoing(kinds: Vec<Kind>) -> Undoing {
    let sent: Vec<Sent> = kinds
        .into_iter()
        .map(|kind| Sent { kind, before: None })
        .collect();
    Undoing {
        run: RunId::new("20260515-060500-shop-4f1c"),
        effects: Effects::of(&sent),
        engine_version: "16.6".to_owned(),
        leave_changed: false,
    }
}

fn back(undoing: &Undoing, observed: &Observed) -> Result<Desired, Refusal> {
    let cluster = observed.cluster.as_ref().unwrap();
    undo::declaration(undoing, &desired(), observed, cluster)
}

fn rules(refusal: Refusal) -> Vec<String> {
    refusal
        .reasons
        .into_iter()
        .map(|reason| reason.rule)
        .collect()
}

/// The class that is put back and the one that is taken out of the queue, or the rule that says no.
fn of_class(live: &str, queued: Option<&str>) -> Result<(Option<String>, Option<String>), String> {
    let mut member = member("a", true, 0);
    member.class = InstanceClass::new(live);
    if let Some(queued) = queued {
        member
            .pending
            .insert("DBInstanceClass".to_owned(), queued.to_owned());
    }
    let observed = observed(DEFAULT_GROUP, vec![member]);
    let desired = back(&undoing(vec![class_change("small", "large")]), &observed)
        .map_err(|refusal| rules(refusal).join(","))?;
    let id = InstanceId::new("a");
    Ok((
        desired.cluster.class_of(&id).map(ToString::to_string),
        desired
            .undoes
            .unwrap()
            .queued
            .get(&id)
            .map(ToString::to_string),
    ))
}

#[test]
fn a_class_goes_back_from_live_and_from_the_queue_and_from_nowhere_else() {
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(of_class("large", None), Ok((text("small"), None)));
    assert_eq!(of_class("large", Some("small")), Ok((text("small"), None)));
    assert_eq!(of_class("small", Some("large")), Ok((None, text("large"))));
    assert_eq!(of_class("small", None), Ok((None, None)));
    let since = Err("changed-since-run".to_owned());
    assert_eq!(of_class("huge", None), since);
    assert_eq!(of_class("large", Some("huge")), since);
    assert_eq!(of_class("small", Some("huge")), since);
    assert_eq!(of_class("small", Some("small")), Ok((None, None)));
}

#[test]
fn a_member_that_is_gone_is_told_and_keeps_nothing_from_being_undone() {
    let observed = observed(OWN, vec![member("b", true, 0)]);
    let desired = back(
        &undoing(vec![attach(), class_change("small", "large")]),
        &observed,
    )
    .unwrap();
    assert_eq!(
        desired.cluster.parameter_group,
        Some(ParameterGroupName::new(DEFAULT_GROUP))
    );
    let left = desired.undoes.unwrap().left;
    assert!(left.iter().any(|text| text.contains("`a`")), "{left:?}");
}

#[test]
fn a_group_that_was_made_and_never_attached_leaves_nothing_to_undo_but_is_told() {
    let observed = observed(DEFAULT_GROUP, vec![member("a", true, 0)]);
    let desired = back(&undoing(vec![create()]), &observed).unwrap();
    assert_eq!(desired.cluster.parameter_group, None);
    let left = desired.undoes.clone().unwrap().left;
    assert!(
        left.iter().any(|text| text.contains("is left in place")),
        "{left:?}"
    );
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
}

#[test]
fn another_group_since_a_group_that_is_gone_and_a_major_upgrade_are_refused() {
    let members = || vec![member("a", true, 0)];
    let other = observed("other-16", members());
    assert_eq!(
        rules(back(&undoing(vec![attach()]), &other).unwrap_err()),
        ["changed-since-run"]
    );
    let gone = Kind::AttachParameterGroup {
        group: ParameterGroupName::new(OWN),
        before: ParameterGroupName::new("earlier-16"),
        apply_immediately: true,
    };
    let live = observed(OWN, members());
    assert_eq!(
        rules(back(&undoing(vec![gone]), &live).unwrap_err()),
        ["group-gone"]
    );
    let mut upgraded = undoing(vec![attach()]);
    upgraded.engine_version = "15.4".to_owned();
    assert_eq!(
        rules(back(&upgraded, &live).unwrap_err()),
        ["upgraded-since-run"]
    );
}

#[test]
fn a_run_that_changed_no_parameter_leaves_those_of_the_attached_group_alone() {
    let observed = observed(OWN, vec![member("a", true, 0)]);
    let mut observed = observed;
    let cluster = observed.cluster.as_mut().unwrap();
    let writer = cluster.members.get_mut(&InstanceId::new("a")).unwrap();
    writer.class = InstanceClass::new("large");
    let desired = back(&undoing(vec![class_change("small", "large")]), &observed).unwrap();
    let differences = difference::Differences::between(&desired, &observed);
    assert!(differences.group.is_none());
    assert_eq!(differences.classes.len(), 1);
}
