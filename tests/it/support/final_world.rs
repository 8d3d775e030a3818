//! What two runs that end alike share: the world at the end, without what names and times make of it.

use super::server::Server;
use serde_json::Value;

/// The clusters, members and groups as they are, and the snapshots without their names: what two runs that end alike share.
pub(crate) fn final_world(server: &Server) -> Value {
    // Brings the world up to this instant first.
    server.get("/_simulator/timeline");
    let world: Value = serde_json::from_str(&server.get("/_simulator/world")).unwrap();
    let mut places = world["world"]["places"].clone();
    for place in places.as_object_mut().unwrap().values_mut() {
        let place = place.as_object_mut().unwrap();
        place.retain(|name, _| {
            [
                "clusters",
                "instances",
                "cluster_groups",
                "instance_groups",
                "snapshots",
            ]
            .contains(&name.as_str())
        });
        let snapshots: Vec<Value> = place["snapshots"]
            .as_object()
            .unwrap()
            .values()
            .map(|snapshot| {
                let tags: Vec<&String> = snapshot["tags"].as_object().unwrap().keys().collect();
                serde_json::json!({"status": snapshot["status"], "tags": tags})
            })
            .collect();
        place.insert("snapshots".to_owned(), snapshots.into());
        for value in place.values_mut() {
            without_times(value);
        }
    }
    places
}

fn without_times(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| {
                ![
                    "started",
                    "created",
                    "detached",
                    "resource_id",
                    "endpoint_moving",
                    "scaling_until",
                ]
                .contains(&name.as_str())
            });
            object.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}
