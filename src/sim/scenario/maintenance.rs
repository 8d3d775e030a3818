//! `[[maintenance]]` tables of a world file. In: a table. Out: an announced action on a cluster or an instance.

use super::build::{Problem, home, problem};
use super::file::MaintenanceTable;
use crate::sim::identifiers::stored;
use crate::sim::maintenance::{ACTIONS, Maintenance};
use crate::sim::schedule::Object;
use crate::sim::world::World;

/// Announces what the table describes.
pub(super) fn maintenance(world: &mut World, table: &MaintenanceTable) -> Result<(), Problem> {
    let (account, region) = home(world, table.account.as_ref())?;
    let clock = world.clock;
    let (place, _) = world.place(&account, &region);
    let action = table.action.as_ref();
    if !ACTIONS.contains(&action.as_str()) {
        let known = ACTIONS.join(", ");
        return Err(problem(
            table.action.span(),
            format!("unknown maintenance action {action}; there are {known}"),
        ));
    }
    let object = match (&table.cluster, &table.instance) {
        (Some(name), None) => {
            let found = stored(name.as_ref());
            if !place.clusters.contains_key(&found) {
                return Err(problem(name.span(), format!("there is no cluster {found}")));
            }
            Object::Cluster(found)
        }
        (None, Some(name)) => {
            let found = stored(name.as_ref());
            if !place.instances.contains_key(&found) {
                return Err(problem(
                    name.span(),
                    format!("there is no instance {found}"),
                ));
            }
            Object::Instance(found)
        }
        _ => {
            return Err(problem(
                table.action.span(),
                "maintenance is of a cluster or of an instance: one of the two must be given",
            ));
        }
    };
    place.announce(
        clock,
        Maintenance {
            object,
            action: action.clone(),
            description: table.description.clone(),
            auto_applied_after: table.auto_applied_after,
            forced: table.forced_apply,
            opt_in: None,
            applied_at: None,
        },
    );
    Ok(())
}
