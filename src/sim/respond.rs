//! From an HTTP request to its answer: who calls, what is due, which operation, which faults, what is logged and saved.

use std::time::Duration;

use super::call::{Call, Operation};
use super::clock::after;
use super::error::Error;
use super::faults::{Kind, Moment, Strike, Subject};
use super::life::{Life, Passage};
use super::log::Request;
use super::query::Parameters;
use super::random::Draws;
use super::world::World;
use super::xml::{self, Element};
use super::{
    Simulator, account, blue_green, clusters, elsewhere, endpoints, events, groups, identity,
    instances, machine, maintenance, offerings, snapshot_copies, snapshot_sharing, snapshots,
    subnets, tags, target,
};

/// A service of the AWS API, told apart by the version in the request.
struct Service {
    name: &'static str,
    version: &'static str,
    namespace: &'static str,
    operations: &'static [&'static [Operation]],
}

static SERVICES: [Service; 2] = [
    Service {
        name: "rds",
        version: "2014-10-31",
        namespace: RDS_NAMESPACE,
        operations: &[
            clusters::describe::OPERATIONS,
            instances::describe::OPERATIONS,
            events::OPERATIONS,
            groups::listing::OPERATIONS,
            groups::manage::OPERATIONS,
            groups::values::OPERATIONS,
            clusters::create::OPERATIONS,
            clusters::modify::OPERATIONS,
            clusters::delete::OPERATIONS,
            clusters::failover::OPERATIONS,
            clusters::restore::OPERATIONS,
            clusters::point_in_time::OPERATIONS,
            clusters::stop::OPERATIONS,
            clusters::roles::OPERATIONS,
            clusters::backups::OPERATIONS,
            instances::create::OPERATIONS,
            instances::modify::OPERATIONS,
            instances::reboot::OPERATIONS,
            instances::delete::OPERATIONS,
            endpoints::change::OPERATIONS,
            endpoints::describe::OPERATIONS,
            snapshots::OPERATIONS,
            snapshot_copies::OPERATIONS,
            snapshot_sharing::OPERATIONS,
            offerings::OPERATIONS,
            maintenance::requests::OPERATIONS,
            tags::OPERATIONS,
            subnets::OPERATIONS,
            account::OPERATIONS,
            elsewhere::OPERATIONS,
            blue_green::requests::OPERATIONS,
        ],
    },
    Service {
        name: "sts",
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        operations: &[identity::OPERATIONS],
    },
];

/// A request, as far as the simulator reads it.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) query: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// The answer to one request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) request_id: String,
    /// Simulated time, for the Date header.
    pub(crate) date: jiff::Timestamp,
}

/// What becomes of a request: none when the connection closes without an answer.
pub(crate) type Outcome = Option<Reply>;

/// A decoded request on its way.
struct Subjected {
    parameters: Parameters,
    action: String,
    account: String,
    region: String,
    service: Option<&'static Service>,
    operation: Option<&'static Operation>,
}

/// An operation of RDS.
pub(crate) fn operation(name: &str) -> Option<&'static Operation> {
    let rds = SERVICES.iter().find(|service| service.name == "rds")?;
    let mut operations = rds.operations.iter().flat_map(|table| table.iter());
    operations.find(|operation| operation.name == name)
}

/// The names of all operations.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    SERVICES
        .iter()
        .flat_map(|service| service.operations)
        .flat_map(|table| table.iter().map(|operation| operation.name))
}

/// Each operation with the parameters that it takes.
#[cfg(test)]
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    SERVICES
        .iter()
        .flat_map(|service| service.operations)
        .flat_map(|table| {
            table
                .iter()
                .map(|operation| (operation.name, operation.accepts))
        })
}

/// Whether any service has an operation of this name.
pub(crate) fn known_action(name: &str) -> bool {
    actions().any(|known| known == name)
}

impl Simulator {
    /// Answers one request. Waits only while a declared fault delays it, and for ever where its client's life ends.
    pub(crate) async fn answer(&self, incoming: Incoming, life: Option<&Life>) -> Outcome {
        let subjected = decode(&self.state().world, &incoming);
        let mutating = subjected
            .operation
            .is_some_and(|operation| operation.mutating);
        let cut = life.map(|life| (life, life.passage(mutating)));
        if let Some((life, Passage::CutBefore)) = cut {
            life.end().await;
        }
        let strike = {
            let mut state = self.state();
            let now = state.clock.now();
            let subject = subject(&state.world, &subjected);
            state.world.faults.trigger(&subject, Moment::Before, now);
            state.world.faults.meet(&subject, now)
        };
        self.delayed(strike.as_ref(), Moment::Before).await;
        let reply = self.respond(&subjected, strike.as_ref());
        if let Some((life, Passage::CutAfter)) = cut {
            life.end().await;
        }
        self.delayed(strike.as_ref(), Moment::After).await;
        let closed = matches!(
            strike.as_ref().map(Strike::kind),
            Some(Kind::LostReply | Kind::Reset)
        );
        (!closed).then_some(reply)
    }

    /// Waits as long as a fault wants it at this moment.
    async fn delayed(&self, strike: Option<&Strike>, moment: Moment) {
        let Some(strike) = strike.filter(|strike| strike.moment() == moment) else {
            return;
        };
        match strike.kind() {
            Kind::Hold => self.held(strike.id).await,
            Kind::SlowReply => self.late(strike.seconds()).await,
            _ => {}
        }
    }

    /// Returns when so many simulated seconds have passed. A frozen clock is moved on by them instead: nobody else would,
    /// and the request would wait for ever.
    async fn late(&self, seconds: f64) {
        let due = after(self.state().clock.now(), seconds);
        loop {
            let changed = self.released();
            let wait = {
                let mut state = self.state();
                let now = state.clock.now();
                let left = due.duration_since(now).as_secs_f64();
                if left <= 0.0 {
                    return;
                }
                if state.clock.frozen() {
                    state.clock.step(left);
                    self.keep(&mut state);
                    return;
                }
                // At least what a timer can tell apart, at most what a duration can hold.
                Duration::from_secs_f64((left / state.clock.speed()).clamp(0.001, 1e9))
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    /// Returns when the fault is gone.
    async fn held(&self, id: u64) {
        loop {
            let released = self.released();
            if !self.state().world.faults.contains(id) {
                return;
            }
            released.await;
        }
    }

    fn respond(&self, subjected: &Subjected, strike: Option<&Strike>) -> Reply {
        let fault = strike.map(Strike::kind);
        let mut state = self.state();
        let now = state.clock.at_request();
        let subject = subject(&state.world, subjected);
        let number = state.world.log.next_number();
        let request_id = request_id(state.world.rules.seed, number);
        let service = subjected.service.map_or("rds", |service| service.name);
        let instead =
            fault.and_then(|kind| kind.error(&subjected.account, service, &subjected.action));
        let (mut advanced, mut effects, mut struck) = (false, Vec::new(), Vec::new());
        let result = match (subjected.service, subjected.operation, instead) {
            (_, _, Some(error)) => Err(error),
            // Never sent: the connection closes.
            (_, _, None) if fault == Some(Kind::Reset) => Err(Error::new("ConnectionReset", 0, "")),
            (Some(_), Some(operation), None) => {
                let (place, rules, faults) = state
                    .world
                    .place_and_faults(&subjected.account, &subjected.region);
                advanced = machine::advance(place, rules, faults, now);
                if operation.mutating && place.timeline.is_empty() {
                    place.note(now);
                }
                // Only what is read may be old; `place` itself goes on.
                let mut past = None;
                if let Some(strike) = strike.filter(|_| fault == Some(Kind::StaleReads)) {
                    let then = after(now, -strike.seconds());
                    past = place.past.at(then).cloned();
                }
                let mut call = Call {
                    place: match &mut past {
                        Some(past) => past,
                        None => &mut *place,
                    },
                    rules,
                    faults,
                    now,
                    parameters: &subjected.parameters,
                    effects: Vec::new(),
                    struck: Vec::new(),
                };
                let result = operation
                    .check(call.parameters)
                    .and_then(|()| (operation.run)(&mut call));
                struck = call.struck;
                if result.is_ok() {
                    effects = call.effects;
                }
                if operation.mutating {
                    place.note(now);
                }
                if result.is_ok() {
                    faults.trigger(&subject, Moment::After, now);
                    advanced |= machine::advance(place, rules, faults, now);
                }
                let horizon_seconds = faults.horizon_seconds(&place.account, now);
                place.look_back(horizon_seconds, now);
                result
            }
            _ if subjected.action.is_empty() => {
                Err(Error::new("MissingAction", 400, "Missing Action"))
            }
            _ => Err(Error::unknown_action(
                &subjected.action,
                subjected.parameters.text("Version").unwrap_or_default(),
            )),
        };
        let namespace = subjected
            .service
            .map_or(RDS_NAMESPACE, |service| service.namespace);
        let (status, root, error_code) = match result {
            Ok(answer) => (200, success(subjected, answer, &request_id), None),
            Err(error) => (error.status, error.element(&request_id), Some(error.code)),
        };
        // What strikes at the answer is told before what strikes at the operation.
        let met = strike
            .map(|strike| (strike.id, strike.kind()))
            .or(struck.first().copied());
        let changed = advanced || met.is_some() || !effects.is_empty();
        state.world.log.add(Request {
            number,
            time: now,
            account: subjected.account.clone(),
            region: subjected.region.clone(),
            action: subjected.action.clone(),
            parameters: subjected.parameters.masked(),
            mutating: subjected
                .operation
                .is_some_and(|operation| operation.mutating),
            status,
            error_code,
            effects,
            fault: met.map(|(_, kind)| kind.name().to_owned()),
            fault_id: met.map(|(id, _)| id),
        });
        state.world.log_operators();
        if changed {
            // The lock is still held, so that savings come in order, and before the answer leaves.
            self.keep(&mut state);
        }
        Reply {
            status,
            body: xml::document(&root, namespace),
            request_id,
            date: now,
        }
    }
}

const RDS_NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

fn decode(world: &World, incoming: &Incoming) -> Subjected {
    let mut parameters = Parameters::parse(incoming.query.as_deref().unwrap_or_default());
    parameters.extend(Parameters::parse(&String::from_utf8_lossy(&incoming.body)));
    let scope = incoming
        .authorization
        .as_deref()
        .and_then(credential_scope)
        .or_else(|| {
            let credential = parameters.text("X-Amz-Credential")?;
            scope_parts(credential)
        });
    let account = world.account_of_key(scope.as_ref().map(|(key, _)| key.as_str()));
    let (account, home) = account
        .map(|account| (account.id.clone(), account.region.clone()))
        .unwrap_or_default();
    let region = scope
        .map(|(_, region)| region)
        .filter(|region| !region.is_empty())
        .unwrap_or(home);
    let action = parameters.text("Action").unwrap_or_default().to_owned();
    let version = parameters.text("Version").unwrap_or_default();
    let service = SERVICES.iter().find(|service| service.version == version);
    let operation = service.and_then(|service| {
        service
            .operations
            .iter()
            .flat_map(|table| table.iter())
            .find(|operation| operation.name == action)
    });
    Subjected {
        parameters,
        action,
        account,
        region,
        service,
        operation,
    }
}

/// What a request is about, as the faults see it.
fn subject<'a>(world: &World, subjected: &'a Subjected) -> Subject<'a> {
    let (clusters, instances) = if world.faults.aimed() {
        let place = world
            .places
            .get(&format!("{}/{}", subjected.account, subjected.region));
        target::named(place, &subjected.parameters)
    } else {
        Default::default()
    };
    Subject {
        action: &subjected.action,
        account: &subjected.account,
        mutating: subjected
            .operation
            .is_some_and(|operation| operation.mutating),
        clusters,
        instances,
    }
}

/// Access key and region of `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`. Signatures are not verified.
fn credential_scope(authorization: &str) -> Option<(String, String)> {
    let (_, rest) = authorization.split_once("Credential=")?;
    scope_parts(rest.split([',', ' ']).next()?)
}

fn scope_parts(credential: &str) -> Option<(String, String)> {
    let mut parts = credential.split('/');
    let key = parts.next()?.to_owned();
    let region = parts.nth(1)?.to_owned();
    Some((key, region))
}

fn success(subjected: &Subjected, answer: Vec<Element>, request_id: &str) -> Element {
    let mut children = Vec::new();
    if subjected
        .operation
        .is_none_or(|operation| operation.has_result)
    {
        children.push(Element::node(format!("{}Result", subjected.action), answer));
    }
    children.push(Element::node(
        "ResponseMetadata",
        vec![Element::text("RequestId", request_id)],
    ));
    Element::node(format!("{}Response", subjected.action), children)
}

/// A UUID-shaped name for the request.
fn request_id(seed: u64, number: u64) -> String {
    let digits = Draws::default().name(
        seed,
        "request id",
        &number.to_string(),
        "0123456789abcdef",
        32,
    );
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_caller_and_region() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDPROD/20260515/eu-west-1/rds/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(
            credential_scope(header),
            Some(("AKIDPROD".to_owned(), "eu-west-1".to_owned()))
        );
        assert_eq!(credential_scope("Bearer x"), None);
    }

    #[test]
    fn no_action_is_listed_twice() {
        let mut names: Vec<&str> = SERVICES
            .iter()
            .flat_map(|service| service.operations)
            .flat_map(|table| table.iter().map(|operation| operation.name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
