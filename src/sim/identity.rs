//! STS GetCallerIdentity (version 2011-06-15): which account the caller is in. Source: AWS STS API Reference.

use super::call::{Call, Operation};
use super::error::Error;
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read("GetCallerIdentity", &[], identity)];

fn identity(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let account = &call.place.account;
    Ok(vec![
        Element::text(
            "Arn",
            format!("arn:aws:sts::{account}:assumed-role/simulated/operator"),
        ),
        Element::text("UserId", "AROASIMULATEDOPERATOR:operator"),
        Element::text("Account", account),
    ])
}
