//! The admin interface, outside the AWS API: clock, request log, world and faults, as JSON under `/_simulator/`.
//!
//! | Request | Does |
//! |---|---|
//! | GET clock | `{"now", "frozen", "speed", "seconds_per_request"}` |
//! | POST clock | one or more of `{"freeze": true}`, `{"resume": true}`, `{"step_seconds": 30}`, `{"speed": 60}`, `{"seconds_per_request": 3}`; answers like GET |
//! | GET requests, `?since=N` | the log, or its entries after number N |
//! | DELETE requests | empties the log; the numbers go on |
//! | GET timeline | every change of a member's availability and role, with its time |
//! | GET world | the whole world at this instant |
//! | GET endpoints, `?cluster=ID` | the endpoints with their names, the addresses that SQL is served on, and the member behind each |
//! | GET faults | the declared faults with what they have met |
//! | POST faults | declares a fault; answers `{"id"}` |
//! | DELETE faults, faults/ID | removes all, or one; requests it holds go on |

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Simulator;
use super::faults::{Declaration, Fault};
use super::identifiers::stored;
use super::postgres::endpoint::Endpoint;
use super::timeline::Change;

/// A JSON answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

fn json(status: u16, value: &Value) -> Answer {
    Answer {
        status,
        body: format!("{value}\n"),
    }
}

fn refusal(status: u16, message: impl std::fmt::Display) -> Answer {
    json(status, &json!({ "error": message.to_string() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    #[serde(default)]
    freeze: bool,
    #[serde(default)]
    resume: bool,
    step_seconds: Option<f64>,
    speed: Option<f64>,
    seconds_per_request: Option<f64>,
}

/// Answers a request to `/_simulator/PATH`.
pub(crate) fn answer(
    simulator: &Simulator,
    method: &Method,
    path: &str,
    query: Option<&str>,
    body: &[u8],
) -> Answer {
    let (resource, rest) = path
        .split_once('/')
        .map_or((path, None), |(resource, rest)| (resource, Some(rest)));
    match (resource, rest, method.as_str()) {
        ("clock", None, "GET") => clock(simulator),
        ("clock", None, "POST") => change_clock(simulator, body),
        ("requests", None, "GET") => requests(simulator, query),
        ("requests", None, "DELETE") => {
            let mut state = simulator.state();
            state.world.log.clear();
            simulator.keep(&mut state);
            json(200, &json!({}))
        }
        ("timeline", None, "GET") => timeline(simulator),
        ("endpoints", None, "GET") => endpoints(simulator, query),
        ("world", None, "GET") => Answer {
            status: 200,
            body: simulator.save(),
        },
        ("faults", None, "GET") => faults(simulator),
        ("faults", None, "POST") => declare(simulator, body),
        ("faults", None, "DELETE") => remove(simulator, None),
        ("faults", Some(id), "DELETE") => match id.parse() {
            Ok(id) => remove(simulator, Some(id)),
            Err(_) => refusal(400, format!("not the id of a fault: {id:?}")),
        },
        ("clock" | "requests" | "timeline" | "world" | "endpoints" | "faults", None, method) => {
            refusal(405, format!("{method} is not supported here"))
        }
        _ => refusal(
            404,
            format!(
                "there is no /_simulator/{path}; there are clock, requests, timeline, world, endpoints and faults"
            ),
        ),
    }
}

fn clock(simulator: &Simulator) -> Answer {
    let mut state = simulator.state();
    let now = state.clock.now();
    json(
        200,
        &json!({
            "now": now,
            "frozen": state.clock.frozen(),
            "speed": state.clock.speed(),
            "seconds_per_request": state.clock.seconds_per_request(),
        }),
    )
}

fn change_clock(simulator: &Simulator, body: &[u8]) -> Answer {
    let change: ClockChange = match serde_json::from_slice(body) {
        Ok(change) => change,
        Err(error) => return refusal(400, error),
    };
    let ClockChange {
        freeze,
        resume,
        step_seconds,
        speed,
        seconds_per_request,
    } = change;
    if freeze && resume {
        return refusal(400, "freeze and resume exclude each other");
    }
    for (name, seconds) in [
        ("step_seconds", step_seconds),
        ("seconds_per_request", seconds_per_request),
    ] {
        if seconds.is_some_and(|seconds| !(0.0..=super::SECONDS_MAX).contains(&seconds)) {
            return refusal(
                400,
                format!(
                    "{name} must be 0 to 3.2e10: simulated time does not run back, nor beyond all dates"
                ),
            );
        }
    }
    if let Some(speed) = speed.filter(|speed| !super::valid_speed(*speed)) {
        return refusal(
            400,
            format!("speed must be above 0 and at most 3.2e10, not {speed}"),
        );
    }
    let mut state = simulator.state();
    if freeze {
        state.clock.freeze();
    }
    if resume {
        state.clock.resume();
    }
    if let Some(speed) = speed {
        state.clock.set_speed(speed);
    }
    if let Some(seconds) = step_seconds {
        state.clock.step(seconds);
    }
    if let Some(seconds) = seconds_per_request {
        state.clock.set_seconds_per_request(seconds);
    }
    simulator.keep(&mut state);
    drop(state);
    // A late answer waits by this clock.
    simulator.release();
    clock(simulator)
}

fn requests(simulator: &Simulator, query: Option<&str>) -> Answer {
    let mut since = 0;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match (&*name, value.parse()) {
            ("since", Ok(number)) => since = number,
            _ => {
                return refusal(
                    400,
                    format!("not supported: {name}={value}; there is since=NUMBER"),
                );
            }
        }
    }
    json(200, &json!(simulator.state().world.log.since(since)))
}

/// Listens on the addresses that it tells.
fn endpoints(simulator: &Simulator, query: Option<&str>) -> Answer {
    let mut cluster = None;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "cluster" => cluster = Some(stored(&value)),
            _ => {
                return refusal(
                    400,
                    format!("not supported: {name}={value}; there is cluster=ID"),
                );
            }
        }
    }
    let mut state = simulator.state();
    let now = state.clock.now();
    if state.world.advance_all(now) {
        simulator.keep(&mut state);
    }
    let rules = &state.world.rules;
    let mut told = Vec::new();
    for place in state.world.places.values() {
        for endpoint in Endpoint::all(place) {
            let of = endpoint.cluster(place);
            if cluster.is_some() && cluster.as_deref() != of {
                continue;
            }
            let address = rules
                .doors
                .as_ref()
                .and_then(|doors| doors.address(&endpoint));
            let member = endpoint.leads_to(place, now, 0);
            told.push(json!({
                "account": place.account,
                "region": place.region,
                "cluster": of,
                "kind": endpoint.kind.name(),
                "name": endpoint.name(place, rules),
                "address": address.map(|(address, _)| address),
                "port": address.map(|(_, port)| port),
                "leads_to": member.map(|member| &member.identifier),
            }));
        }
    }
    json(200, &json!(told))
}

/// Brought up to this instant first, so that what is due by now is in it.
fn timeline(simulator: &Simulator) -> Answer {
    let mut state = simulator.state();
    let now = state.clock.now();
    if state.world.advance_all(now) {
        simulator.keep(&mut state);
    }
    let changes: Vec<&Change> = state
        .world
        .places
        .values()
        .flat_map(|place| place.timeline.changes())
        .collect();
    json(200, &json!(changes))
}

fn faults(simulator: &Simulator) -> Answer {
    #[derive(Serialize)]
    struct Listed<'a> {
        id: u64,
        #[serde(flatten)]
        declaration: &'a Declaration,
        begins: Timestamp,
        ends: Option<Timestamp>,
        seen: u64,
        hit: u64,
        #[serde(skip_serializing_if = "slice_is_empty")]
        due: &'a [Timestamp],
    }
    let state = simulator.state();
    let listed = |fault: &'_ Fault| {
        let Fault {
            id,
            declaration,
            begins,
            ends,
            seen,
            hit,
            due,
        } = fault;
        json!(Listed {
            id: *id,
            declaration,
            begins: *begins,
            ends: *ends,
            seen: *seen,
            hit: *hit,
            due,
        })
    };
    let faults: Vec<Value> = state.world.faults.list().iter().map(listed).collect();
    json(200, &json!(faults))
}

fn slice_is_empty(times: &[Timestamp]) -> bool {
    times.is_empty()
}

fn declare(simulator: &Simulator, body: &[u8]) -> Answer {
    let declaration: Declaration = match serde_json::from_slice(body) {
        Ok(declaration) => declaration,
        Err(error) => return refusal(400, error),
    };
    match simulator.declare(declaration) {
        Ok(id) => json(201, &json!({ "id": id })),
        Err(problem) => refusal(400, problem),
    }
}

fn remove(simulator: &Simulator, id: Option<u64>) -> Answer {
    let mut state = simulator.state();
    if !state.world.faults.remove(id) {
        return refusal(404, format!("there is no fault {}", id.unwrap_or_default()));
    }
    let now = state.clock.now();
    state.world.look_back(now);
    simulator.keep(&mut state);
    drop(state);
    simulator.release();
    json(200, &json!({}))
}
