//! A handler's request to RDS: the simulator's own operation, with its faults, logged as CloudFormation's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Job, Memo, dynamic, mark, tags};
use crate::sim::call::Call;
use crate::sim::cloudformation::template::evaluate::text;
use crate::sim::error::Error;
use crate::sim::faults::{self, Subject};
use crate::sim::log::Request;
use crate::sim::machine::Moment;
use crate::sim::query::Parameters;
use crate::sim::respond;
use crate::sim::target;

/// Who the log says has sent such a request.
pub(crate) const SENDER: &str = "cloudformation";

/// The parameters of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn of(name: &str, value: &str) -> Self {
        let mut form = Self::default();
        form.set(name, value);
        form
    }

    pub(super) fn set(&mut self, name: &str, value: impl ToString) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// A property under the same or another name; absent ones are not sent.
    pub(super) fn hand_on(
        &mut self,
        job: &Job<'_>,
        moment: &Moment<'_>,
        property: &str,
        name: &str,
    ) {
        match job.desired.get(property) {
            Some(Value::Array(entries)) => {
                for (index, entry) in entries.iter().filter_map(text).enumerate() {
                    self.set(&format!("{name}.member.{}", index + 1), entry);
                }
            }
            Some(Value::Object(object)) => {
                for (key, value) in object {
                    if let Some(value) = text(value) {
                        self.set(&format!("{name}.{key}"), value);
                    }
                }
            }
            Some(value) => {
                if let Some(value) = text(value) {
                    self.set(name, dynamic(moment.rules, &value));
                }
            }
            None => {}
        }
    }

    /// Properties under their own names.
    pub(super) fn hand_on_all(&mut self, job: &Job<'_>, moment: &Moment<'_>, properties: &[&str]) {
        for property in properties {
            self.hand_on(job, moment, property, property);
        }
    }

    pub(super) fn is_only(&self, names: &[&str]) -> bool {
        self.0.keys().all(|name| names.contains(&name.as_str()))
    }

    pub(super) fn tags(&mut self, tags: &BTreeMap<String, String>) {
        for (index, (key, value)) in tags.iter().enumerate() {
            self.set(&format!("Tags.Tag.{}.Key", index + 1), key);
            self.set(&format!("Tags.Tag.{}.Value", index + 1), value);
        }
    }
}

/// Sends a request.
pub(super) fn send(moment: &mut Moment<'_>, action: &str, form: Form) -> Result<(), Error> {
    let Some(operation) = respond::operation(action) else {
        return Err(Error::unknown_action(action, "2014-10-31"));
    };
    let parameters = Parameters::of(form.0);
    let (clusters, instances) = target::named(Some(moment.place), &parameters);
    let account = moment.place.account.clone();
    let subject = Subject {
        action,
        account: &account,
        mutating: operation.mutating,
        clusters,
        instances,
    };
    moment
        .faults
        .trigger(&subject, faults::Moment::Before, moment.at);
    let strike = moment.faults.meet(&subject, moment.at);
    // A handler's connection to RDS is not the client's: of what strikes at answers, only refusals reach it.
    let instead = strike.as_ref().and_then(|strike| {
        Some((
            strike.id,
            strike.kind(),
            strike.kind().error(&account, "rds", action)?,
        ))
    });
    if moment.place.timeline.is_empty() {
        moment.place.note(moment.at);
    }
    let mut call = Call {
        place: moment.place,
        rules: moment.rules,
        faults: moment.faults,
        now: moment.at,
        parameters: &parameters,
        effects: Vec::new(),
        struck: Vec::new(),
    };
    let result = match &instead {
        Some((_, _, error)) => Err(error.clone()),
        None => operation
            .check(&parameters)
            .and_then(|()| (operation.run)(&mut call)),
    };
    let (effects, struck) = (call.effects, call.struck);
    if result.is_ok() {
        moment
            .faults
            .trigger(&subject, faults::Moment::After, moment.at);
    }
    let met = instead
        .map(|(id, kind, _)| (id, kind))
        .or(struck.first().copied());
    let request = Request {
        // Numbered when it is logged.
        number: 0,
        time: moment.at,
        account: account.clone(),
        region: moment.place.region.clone(),
        action: action.to_owned(),
        parameters: parameters.masked(),
        mutating: operation.mutating,
        status: result.as_ref().err().map_or(200, |error| error.status),
        error_code: result.as_ref().err().map(|error| error.code.clone()),
        effects: if result.is_ok() { effects } else { Vec::new() },
        fault: met.map(|(_, kind)| kind.name().to_owned()),
        fault_id: met.map(|(id, _)| id),
        sender: Some(SENDER.to_owned()),
    };
    moment.faults.requests.push(request);
    result.map(|_| ())
}

/// The tags that a resource shall have: the stack's, and its own over them.
pub(super) fn wanted_tags(
    stack: &BTreeMap<String, String>,
    properties: &Value,
) -> BTreeMap<String, String> {
    let mut tags = stack.clone();
    let own = properties.get("Tags").and_then(Value::as_array);
    for tag in own.into_iter().flatten() {
        let field = |name: &str| tag.get(name).and_then(text);
        if let Some(key) = field("Key") {
            tags.insert(key, field("Value").unwrap_or_default());
        }
    }
    tags
}

/// Marks a resource that has been made as the stack's.
pub(super) fn made(moment: &mut Moment<'_>, job: &Job<'_>, memo: &mut Memo, physical: &str) {
    memo.made = true;
    mark(
        moment.place,
        (job.kind, physical),
        (job.stack_id, job.stack, job.logical),
    );
}

/// Changes the tags that the template or the stack has changed.
pub(super) fn retag(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    arn: &str,
    physical: &str,
) -> Result<(), Error> {
    let before = wanted_tags(&job.tags_before, job.previous);
    let after = wanted_tags(&job.tags, job.desired);
    if before == after || tags(moment.place, job.kind, physical).is_none() {
        return Ok(());
    }
    let gone: Vec<&String> = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .collect();
    if !gone.is_empty() {
        let mut form = Form::of("ResourceName", arn);
        for (index, key) in gone.into_iter().enumerate() {
            form.set(&format!("TagKeys.member.{}", index + 1), key);
        }
        send(moment, "RemoveTagsFromResource", form)?;
    }
    if after.is_empty() {
        return Ok(());
    }
    let mut form = Form::of("ResourceName", arn);
    form.tags(&after);
    send(moment, "AddTagsToResource", form)
}
