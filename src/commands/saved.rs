//! Saved plans: what was approved, and whether live facts still lead to it.
//!
//! Goes in: a plan file, and the plan that its declaration leads to now. Comes out: nothing, or why it may not be done.

use crate::error::Error;
use crate::observed::Backend;
use crate::plan::Plan;
use crate::plan::file::{Saved, digest};
use crate::report::Style;
use crate::report::comparison::unified;
use crate::report::plan::render;
use std::fs;
use std::path::Path;

/// Reads a plan file.
///
/// # Errors
/// A file that is not there, or that is damaged.
pub fn read(file: &Path) -> Result<Saved, Error> {
    let text = fs::read_to_string(file).map_err(|error| {
        Error::failed(format!("cannot read plan file {}", file.display())).caused_by(error)
    })?;
    Saved::from_json(&text).map_err(|problem| {
        Error::failed(format!("cannot use plan file {}", file.display()))
            .hinted_by(&problem)
            .caused_by(problem)
    })
}

/// Whether the plan was made for this back end. Asked before AWS is: a plan for one never reaches another.
///
/// # Errors
/// A refusal with the two back ends.
pub fn is_for(saved: &Saved, backend: &Backend) -> Result<(), Error> {
    made_for(&saved.plan.target.backend, backend)
}

/// Whether a plan made for one back end meets it.
///
/// # Errors
/// A refusal with the two back ends.
pub fn made_for(made_for: &Backend, backend: &Backend) -> Result<(), Error> {
    if made_for == backend {
        return Ok(());
    }
    let error = Error::refused(format!(
        "the plan was made for {made_for}, and this is {backend}"
    ));
    Err(match made_for {
        Backend::Simulated { world } if world == "built-in" => error.hinted("add --simulate"),
        Backend::Simulated { world } => error.hinted(format!("add --simulate={world}")),
        Backend::Aws { endpoint: None } => {
            error.hinted("leave out --simulate, and unset AWS_ENDPOINT_URL")
        }
        Backend::Aws {
            endpoint: Some(endpoint),
        } => error.hinted(format!("set AWS_ENDPOINT_URL={endpoint}")),
    })
}

/// Whether the plan that was saved is still the plan. `now` is `None` when a rule says no now; `typed` is what a printed command
/// adds.
///
/// # Errors
/// A refusal with the difference of the two plans.
pub fn is_current(
    saved: &Saved,
    now: Option<&Plan>,
    typed: &str,
    style: Style,
) -> Result<(), Error> {
    let Some(now) = now else {
        // The refusal itself says more than a comparison with nothing.
        return Ok(());
    };
    let Some(difference) = difference(&saved.plan, now, style)? else {
        return Ok(());
    };
    Err(Error::refused(format!(
        "the saved plan is stale: `{}` is no longer as it was when the plan was made",
        saved.plan.partition
    ))
    .showing(difference)
    .hinted(format!(
        "look at the plan as it is now, and save it again: auroractl plan {} --out FILE.plan.json{typed}",
        saved.plan.partition
    )))
}

/// What two plans of one partition differ in, for people; `None` where an approval of one holds for the other.
///
/// # Errors
/// A plan that has no JSON form.
pub fn difference(approved: &Plan, now: &Plan, style: Style) -> Result<Option<String>, Error> {
    if digest(now) == digest(approved) {
        return Ok(None);
    }
    // When the facts were read is no difference.
    let mut now = now.clone();
    now.at = approved.at;
    let plain = Style::new(false);
    let (mut before, mut after) = (render(approved, plain), render(&now, plain));
    if before == after {
        // What people need not read can differ too, such as the cluster's resource id.
        before = as_json(approved)?;
        after = as_json(&now)?;
    }
    Ok(Some(unified(&before, &after, style)))
}

fn as_json(plan: &Plan) -> Result<String, Error> {
    serde_json::to_string_pretty(plan)
        .map_err(|error| Error::failed("cannot compare the plans").caused_by(error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::sample;

    fn saved() -> Saved {
        Saved::new(sample::rollout(), sample::desired())
    }

    #[test]
    fn a_plan_to_which_live_facts_still_lead_may_be_done_at_another_time() {
        let mut now = sample::rollout();
        now.at = "2026-05-15T07:00:00Z".parse().unwrap();
        assert!(is_current(&saved(), Some(&now), "", Style::new(false)).is_ok());
    }

    #[test]
    fn a_stale_plan_is_refused_with_the_difference() {
        let mut now = sample::rollout();
        now.changes
            .retain(|change| change.to.as_deref() != Some("500"));
        now.actions
            .retain(|action| action.id.as_str() != "reboot orders-1");
        let refusal = is_current(&saved(), Some(&now), "", Style::new(false)).unwrap_err();
        assert_eq!(refusal.exit().code(), 3);
        insta::assert_snapshot!(refusal.render(false), @"
        refused: the saved plan is stale: `prod` is no longer as it was when the plan was made


            parameters
              + log_lock_waits: 1 (live without a restart)
        -     ~ max_connections: 401 -> 500 (needs a restart)
              - log_temp_files: 0 -> its default (live without a restart)

            instance classes
          ...
               5. failover orders-2 (reader), about 1 min, writes stop for about 25 s
                  why:  orders-2 runs everything that is declared
                  point of no return: connections are dropped; a failover back drops them once more
        -      6. reboot orders-1 (writer), about 1 min 5 s
        -         why:  max_connections is static (401 -> 500)
        -         what: skipped if the member is already in-sync

            verify
        -      7. verify orders, about 15 s
        +      6. verify orders, about 15 s
                  why:  done means that every member shows it

          Totals

        -   this run: 7 actions, about 14 min 32 s; 2 restarts; 1 writer interruption, about 25 s
        +   this run: 6 actions, about 14 min 32 s; 2 restarts; 1 writer interruption, about 25 s

        hint: look at the plan as it is now, and save it again: auroractl plan prod --out FILE.plan.json
        ");
    }

    #[test]
    fn a_cluster_of_the_same_name_is_not_the_cluster_that_was_planned_for() {
        let mut now = sample::rollout();
        now.target.resource_id = crate::names::ResourceId::new("cluster-ANOTHER");
        let refusal = is_current(&saved(), Some(&now), "", Style::new(false)).unwrap_err();
        insta::assert_snapshot!(refusal.render(false), @r#"
        refused: the saved plan is stale: `prod` is no longer as it was when the plan was made

              "account": "111111111111",
              "region": "us-east-1",
              "cluster": "orders",
        -     "resource_id": "cluster-ORDERS"
        +     "resource_id": "cluster-ANOTHER"
            },
            "at": "2026-05-15T06:05:00Z",
            "engine_version": "16.6",

        hint: look at the plan as it is now, and save it again: auroractl plan prod --out FILE.plan.json
        "#);
    }

    #[test]
    fn a_plan_for_another_back_end_is_refused() {
        let real = Backend::Aws { endpoint: None };
        let refusal = is_for(&saved(), &real).unwrap_err();
        insta::assert_snapshot!(refusal.render(false), @"
        refused: the plan was made for simulated AWS (built-in world), and this is AWS

        hint: add --simulate
        ");
    }

    #[test]
    fn a_damaged_file_says_where_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prod.plan.json");
        fs::write(&file, "{\"plan_file\": 1, \"dig").unwrap();
        let said = read(&file).unwrap_err().render(false);
        insta::assert_snapshot!(
            said.replace(&folder.path().display().to_string(), "FOLDER"),
            @"
        error: cannot use plan file FOLDER/prod.plan.json
          because: not a plan file, or a damaged one
          because: EOF while parsing a string at line 1 column 21

        hint: make a new one: auroractl plan NAME --out FILE.plan.json
        "
        );
    }
}
