//! AWS::RDS::DBSubnetGroup.

use super::request::{Form, made, retag, send, wanted_tags};
use super::{Job, Memo, Turn, Verb};
use crate::sim::error::Error;
use crate::sim::machine::Moment;

pub(super) fn turn(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    memo: &mut Memo,
    physical: &str,
) -> Result<Turn, Error> {
    let mut form = Form::of("DBSubnetGroupName", physical);
    match job.verb {
        Verb::Touch => {}
        Verb::Delete { .. } => match send(moment, "DeleteDBSubnetGroup", form) {
            Err(error) if error.code.contains("NotFound") => {}
            result => result?,
        },
        Verb::Create => {
            form.hand_on_all(job, moment, &["DBSubnetGroupDescription", "SubnetIds"]);
            form.tags(&wanted_tags(&job.tags, job.desired));
            send(moment, "CreateDBSubnetGroup", form)?;
            made(moment, job, memo, physical);
        }
        Verb::Update => {
            form.hand_on_all(job, moment, &["DBSubnetGroupDescription", "SubnetIds"]);
            send(moment, "ModifyDBSubnetGroup", form)?;
            let arn = moment.place.arn("subgrp", physical);
            retag(moment, job, &arn, physical)?;
        }
    }
    Ok(Turn::Done)
}
