//! Tags of any resource, by its ARN. Source: RDS API Reference, AddTagsToResource; keys that begin with `aws:` are refused to users.

use std::collections::BTreeMap;

use super::call::{Call, Operation};
use super::error::Error;
use super::groups::Kind;
use super::place::Place;
use super::query::Parameters;
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::silent("AddTagsToResource", &["ResourceName", "Tags"], add),
    Operation::silent(
        "RemoveTagsFromResource",
        &["ResourceName", "TagKeys"],
        remove,
    ),
    Operation::read("ListTagsForResource", &["ResourceName", "Filters"], list),
];

/// A resource has at most this many tags.
const MOST: usize = 50;

fn add(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let arn = call.parameters.required("ResourceName")?.to_owned();
    let added = given(call.parameters)?;
    if added.is_empty() {
        return Err(Error::missing("Tags"));
    }
    let tags = tags_of(call.place, &arn)?;
    let mut after = tags.clone();
    after.extend(added.clone());
    if after.len() > MOST {
        return Err(Error::invalid_value(format!(
            "A resource can have at most {MOST} tags."
        )));
    }
    *tags = after;
    call.effect(format!("tagged {arn}: {}", written(&added)));
    Ok(Vec::new())
}

fn remove(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let arn = call.parameters.required("ResourceName")?.to_owned();
    let keys = call
        .parameters
        .list("TagKeys")
        .ok_or_else(|| Error::missing("TagKeys"))?;
    if let Some(key) = keys.iter().find(|key| key.starts_with("aws:")) {
        return Err(reserved(key));
    }
    let tags = tags_of(call.place, &arn)?;
    for key in &keys {
        tags.remove(key);
    }
    call.effect(format!("untagged {arn}: {}", keys.join(", ")));
    Ok(Vec::new())
}

fn list(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let arn = call.parameters.required("ResourceName")?.to_owned();
    Ok(vec![element(tags_of(call.place, &arn)?)])
}

/// The tags of a create or add request.
pub(crate) fn given(parameters: &Parameters) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for tag in parameters.entries("Tags") {
        let key = tag.required("Key")?;
        let value = tag.text("Value").unwrap_or_default();
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(reserved(key));
        }
        if key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(Error::invalid_value(format!("The tag {key} is too long.")));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// `<TagList>`.
pub(crate) fn element(tags: &BTreeMap<String, String>) -> Element {
    let entries = tags.iter().map(|(key, value)| {
        Element::node(
            "Tag",
            vec![Element::text("Key", key), Element::text("Value", value)],
        )
    });
    Element::node("TagList", entries.collect())
}

/// `a=1, b=2`, for the log.
pub(crate) fn written(tags: &BTreeMap<String, String>) -> String {
    tags.iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn reserved(key: &str) -> Error {
    Error::invalid_value(format!(
        "The tag key {key} is reserved: keys that begin with aws: cannot be set or removed."
    ))
}

fn tags_of<'a>(place: &'a mut Place, arn: &str) -> Result<&'a mut BTreeMap<String, String>, Error> {
    let malformed = || {
        Error::invalid_value(format!(
            "The specified resource name does not match an RDS resource in this region: {arn}"
        ))
    };
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", _, "rds", region, account, kind, name] = parts.as_slice() else {
        return Err(malformed());
    };
    if *region != place.region || *account != place.account {
        return Err(malformed());
    }
    let name = name.to_ascii_lowercase();
    let default_group = name.starts_with("default.");
    match *kind {
        "cluster" => place.cluster_mut(&name).map(|cluster| &mut cluster.tags),
        "db" => place.instance_mut(&name).map(|instance| &mut instance.tags),
        "cluster-snapshot" => place.snapshot_mut(&name).map(|snapshot| &mut snapshot.tags),
        "cluster-endpoint" => place.endpoint_mut(&name).map(|endpoint| &mut endpoint.tags),
        "subgrp" => place.subnet_group_mut(&name).map(|group| &mut group.tags),
        "cluster-pg" | "pg" if default_group => Err(Error::invalid_value(format!(
            "Tags are not supported for the default parameter group {name}."
        ))),
        "cluster-pg" => place
            .groups_mut(Kind::Cluster)
            .get_mut(&name)
            .map(|group| &mut group.tags)
            .ok_or_else(|| Error::group_not_found(&name)),
        "pg" => {
            let group = place.groups_mut(Kind::Instance).get_mut(&name);
            group
                .map(|group| &mut group.tags)
                .ok_or_else(|| Error::instance_group_not_found(&name))
        }
        _ => Err(malformed()),
    }
}
