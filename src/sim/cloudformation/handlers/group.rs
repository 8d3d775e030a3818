//! AWS::RDS::DBClusterParameterGroup and AWS::RDS::DBParameterGroup. Source: the published source of their handlers.
//!
//! Parameters go in requests of at most twenty, those that make sense only together in one, each with the method that its apply
//! type asks for. Unknown and unmodifiable names fail before anything is sent. What the template no longer has is reset. A changed
//! group waits for the clusters that use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::request::{Form, made, retag, send, wanted_tags};
use super::{Job, Memo, Stage, Turn, Verb, told};
use crate::sim::cloudformation::template::evaluate::text;
use crate::sim::error::Error;
use crate::sim::groups::{Kind, catalogue, propagation};
use crate::sim::machine::Moment;

/// The most parameters of one request.
const MOST: usize = 20;

/// Parameters that are checked together, and so are sent together.
const TOGETHER: [&[&str]; 2] = [
    &["password_encryption", "rds.accepted_password_auth_method"],
    &["ssl_max_protocol_version", "ssl_min_protocol_version"],
];

pub(super) fn turn(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    memo: &mut Memo,
    (physical, kind): (&str, Kind),
) -> Result<Turn, Error> {
    let operation = |verb: &str| match kind {
        Kind::Cluster => format!("{verb}DBClusterParameterGroup"),
        Kind::Instance => format!("{verb}DBParameterGroup"),
    };
    match (job.verb, memo.stage) {
        (Verb::Delete { .. }, _) => {
            let form = Form::of(kind.name_parameter(), physical);
            match send(moment, &operation("Delete"), form) {
                Err(error) if error.code.contains("NotFound") => {}
                result => result?,
            }
            Ok(Turn::Done)
        }
        (Verb::Create, Stage::Call) => {
            if let Some(name) = unusable(job) {
                return Ok(Turn::Failed(told(moment, job, &name, "InvalidRequest")));
            }
            let mut form = Form::of(kind.name_parameter(), physical);
            form.hand_on(job, moment, "Family", "DBParameterGroupFamily");
            form.hand_on(job, moment, "Description", "Description");
            form.tags(&wanted_tags(&job.tags, job.desired));
            send(moment, &operation("Create"), form)?;
            made(moment, job, memo, physical);
            memo.stage = Stage::More;
            Ok(Turn::Next)
        }
        (_, Stage::Call) => {
            if let Some(name) = unusable(job) {
                return Ok(Turn::Failed(told(moment, job, &name, "InvalidRequest")));
            }
            memo.stage = Stage::More;
            Ok(Turn::Next)
        }
        (_, Stage::More) => {
            let family = job.text("Family").unwrap_or_default();
            let (set, reset) = differences(job);
            let series: Vec<(bool, Vec<(String, String)>)> = chunks(reset)
                .into_iter()
                .map(|chunk| (false, chunk))
                .chain(chunks(set).into_iter().map(|chunk| (true, chunk)))
                .collect();
            let Some((sets, chunk)) = series.get(memo.sent) else {
                memo.stage = Stage::Settle;
                return Ok(Turn::Next);
            };
            let mut form = Form::of(kind.name_parameter(), physical);
            for (index, (name, value)) in chunk.iter().enumerate() {
                let field = |field: &str| format!("Parameters.Parameter.{}.{field}", index + 1);
                let method = if propagation::is_dynamic(&family, name) {
                    "immediate"
                } else {
                    "pending-reboot"
                };
                form.set(&field("ParameterName"), name);
                form.set(&field("ApplyMethod"), method);
                if *sets {
                    form.set(&field("ParameterValue"), value);
                }
            }
            let verb = if *sets { "Modify" } else { "Reset" };
            send(moment, &operation(verb), form)?;
            memo.sent += 1;
            Ok(Turn::Next)
        }
        _ => {
            let users = match kind {
                Kind::Cluster => moment.place.clusters_with_group(physical),
                Kind::Instance => Vec::new(),
            };
            let waits = job.verb != Verb::Create
                && users.iter().any(|cluster| {
                    moment
                        .place
                        .clusters
                        .get(cluster)
                        .is_some_and(|cluster| cluster.status != "available")
                });
            if waits {
                return Ok(Turn::Probe);
            }
            if job.verb == Verb::Update {
                let what = match kind {
                    Kind::Cluster => "cluster-pg",
                    Kind::Instance => "pg",
                };
                let arn = moment.place.arn(what, physical);
                retag(moment, job, &arn, physical)?;
            }
            Ok(Turn::Done)
        }
    }
}

/// The parameters of a template, as texts.
fn parameters(properties: &Value) -> BTreeMap<String, String> {
    let object = properties.get("Parameters").and_then(Value::as_object);
    object
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

/// What is wrong with the names, before anything is sent.
fn unusable(job: &Job<'_>) -> Option<String> {
    let family = job.text("Family")?;
    let known = catalogue(&family)?;
    let name = parameters(job.desired).into_keys().find(|name| {
        known
            .get(name)
            .is_none_or(|definition| !definition.modifiable)
    })?;
    Some(if known.contains_key(&name) {
        format!("Unmodifiable DB Parameter: {name}")
    } else {
        format!("Invalid DB Parameter: {name}")
    })
}

/// Parameters with their values.
type Pairs = Vec<(String, String)>;

/// What is to be set, and what is to be reset.
fn differences(job: &Job<'_>) -> (Pairs, Pairs) {
    let (before, after) = (parameters(job.previous), parameters(job.desired));
    // A new group has nothing to begin with.
    let before = if job.verb == Verb::Create {
        BTreeMap::new()
    } else {
        before
    };
    let set = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // What the group can never have had needs no reset, as after an update that failed for it.
    let known = job.text("Family").and_then(|family| catalogue(&family));
    let reset = before
        .into_iter()
        .filter(|(name, _)| !after.contains_key(name))
        .filter(|(name, _)| known.is_none_or(|known| known.contains_key(name)))
        .collect();
    (set, reset)
}

/// Requests of at most twenty parameters, which do not part what belongs together.
fn chunks(parameters: Vec<(String, String)>) -> Vec<Vec<(String, String)>> {
    let mut left: BTreeMap<String, String> = parameters.into_iter().collect();
    let mut bundles: Vec<Vec<(String, String)>> = Vec::new();
    for names in TOGETHER {
        let names: BTreeSet<&str> = names.iter().copied().collect();
        let bundle: Vec<(String, String)> = names
            .into_iter()
            .filter_map(|name| left.remove_entry(name))
            .collect();
        if !bundle.is_empty() {
            bundles.push(bundle);
        }
    }
    bundles.extend(left.into_iter().map(|entry| vec![entry]));
    let mut chunks: Vec<Vec<(String, String)>> = Vec::new();
    for bundle in bundles {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + bundle.len() <= MOST => chunk.extend(bundle),
            _ => chunks.push(bundle),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_at_most_twenty_parameters_and_do_not_part_what_belongs_together() {
        let mut parameters: Vec<(String, String)> = (0..38)
            .map(|number| (format!("p{number:02}"), "1".to_owned()))
            .collect();
        parameters.push(("ssl_min_protocol_version".to_owned(), "TLSv1.2".to_owned()));
        parameters.push(("ssl_max_protocol_version".to_owned(), "TLSv1.3".to_owned()));
        let chunks = chunks(parameters);
        let sizes: Vec<usize> = chunks.iter().map(Vec::len).collect();
        assert_eq!(sizes, [20, 20]);
        let ssl = chunks
            .iter()
            .filter(|chunk| chunk.iter().any(|(name, _)| name.starts_with("ssl")));
        assert_eq!(ssl.count(), 1);
    }
}
