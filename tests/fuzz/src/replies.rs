//! Replies of AWS: the real ones of the simulator, meddled with on their way; what reads them says so or gets on with it.
//!
//! The input is lines, each one act of meddling: `WHICH VERB ELEMENT TEXT`. WHICH is the number of a reply, an action, or
//! `*` for all. The verbs: `set` gives all elements of that name another text, `drop` takes the first away, `twice` repeats
//! it, `wrap` nests it, `cut` ends the reply after it, `bytes` puts raw text there, `head` sets a header of that name,
//! `status` makes ELEMENT the HTTP status, `body` replaces all, `lose` closes the connection. `#` in a text becomes the
//! number of the reply. A first line `of N` chooses the declaration.

use super::plans;
use super::scene;
use auroractl::aws::{Client, Error, act, observe, survey};
use auroractl::desired::Desired;
use auroractl::names::{
    ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId,
};
use auroractl::observed::Observed;
use auroractl::plan::{self, Options, Plan, drift};
use auroractl::report::{self, Style};
use auroractl::sim::connector::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whoever asks more often than this asks for ever.
const REQUESTS_MAX: usize = 20_000;
/// More acts of meddling than this say nothing new.
const MEDDLING_MAX: usize = 12;
/// A reply does not grow beyond this.
const REPLY_BYTES_MAX: usize = 1 << 20;
/// More rounds of questions than any plan needs.
const ROUNDS_MAX: usize = 8;

/// Everything that the command line can allow.
const ALL_ALLOWED: Options = Options {
    activate: true,
    allow_downtime: true,
    adopt: true,
    take_ownership: true,
    accept_maintenance_flush: true,
    allow_smaller_writer: true,
};

/// What fuzzing begins with: each verb, and facts that matter to plans.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "of 0",
        "of 3\n* set Status stopped\n* drop DBClusterMember",
        "of 2\n1 cut DBClusters\n2 status 503\n3 lose",
        "of 1\n* set EngineVersion 16.10\n* set DBInstanceClass db.x2g.16xlarge",
        "* head date Thu, 01 Jan 1970 00:00:00 GMT\n* set ParameterApplyStatus pending-reboot",
        "DescribeDBClusters bytes DescribeDBClustersResult <Marker>m</Marker>\n* twice DBCluster",
        "DescribeDBClusterParameters set ParameterValue {DBInstanceClassMemory/0}\n* set Source user",
        "DescribeDBClusters set PreferredMaintenanceWindow fri:06:00-fri:07:00\n* set DBClusterParameterGroupStatus applying",
        "* set PendingModifiedValues <DBInstanceClass>db.r5.large</DBInstanceClass><Port>1</Port>",
        "* bytes DBInstances \u{0}\u{1}]]><!--\n* wrap DBCluster 200\n0 body <a/>",
        "* drop DbClusterResourceId\n* set PromotionTier -1\n* set PerformanceInsightsRetentionPeriod 99999999999",
        "DescribeDBClusterSnapshots body <DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotIdentifier>s</DBClusterSnapshotIdentifier><Status>available</Status><TagList><Tag><Key>auroractl</Key><Value>run</Value></Tag></TagList></DBClusterSnapshot></DBClusterSnapshots></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>",
    ]
    .map(Vec::from)
    .to_vec()
}

/// Reads and changes a world through meddled replies.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let number = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("of ")?.trim().parse().ok())
        .unwrap_or(0_usize);
    let desired = &scene::DESIRED[number % scene::DESIRED.len()];
    scene::runtime().block_on(async {
        let simulator = scene::simulator();
        let meddler = Meddler {
            connector: simulator.connector(),
            meddling: Arc::new(
                text.lines()
                    .filter_map(Meddling::read)
                    .take(MEDDLING_MAX)
                    .collect(),
            ),
            requests: Arc::default(),
        };
        let profile = desired.aws.profile.as_ref().map(|profile| profile.as_str());
        let client = scene::client(&simulator, SharedHttpClient::new(meddler), profile).await;
        if let Err(error) = observe::caller(&client).await {
            said(error);
        }
        look(&client, desired).await;
        change(&client, desired).await;
    });
}

/// The plans of the repository's declarations for the built-in world, with the default options and with all of them.
pub fn plans() -> Vec<(Plan, Desired)> {
    scene::runtime().block_on(async {
        let simulator = scene::simulator();
        let mut plans = Vec::new();
        for desired in scene::DESIRED.iter() {
            let profile = desired.aws.profile.as_ref().map(|profile| profile.as_str());
            let wire = SharedHttpClient::new(simulator.connector());
            let client = scene::client(&simulator, wire, profile).await;
            for options in [Options::default(), ALL_ALLOWED] {
                let observed = observed(&client, desired, &options).await;
                let observed = observed.expect("an undisturbed reply can be read");
                let plan = plan::plan(desired, &observed, options);
                plans.extend(plan.ok().map(|plan| (plan, desired.clone())));
            }
        }
        plans
    })
}

/// Everything that only reads: facts, plans, drift, status, events.
pub async fn look(client: &Client, desired: &Desired) {
    for options in [Options::default(), ALL_ALLOWED] {
        match observed(client, desired, &options).await {
            Ok(observed) => compare(desired, &observed, options),
            Err(error) => said(error),
        }
    }
    let identifier = &desired.cluster.identifier;
    let member = InstanceId::new("alpha001-prod-auroraclusterwriter");
    let since = "2026-05-15T06:00:00Z".parse().expect("an instant");
    if let Err(error) = survey::cluster(client, identifier).await {
        said(error);
    }
    if let Err(error) = observe::events(client, identifier, &[member], since).await {
        said(error);
    }
    if let Err(error) = observe::snapshot(client, &SnapshotId::new("s")).await {
        said(error);
    }
}

async fn observed(
    client: &Client,
    desired: &Desired,
    options: &Options,
) -> Result<Observed, Error> {
    let caller = observe::caller(client).await?;
    let identifier = &desired.cluster.identifier;
    let survey = survey::survey(client, std::slice::from_ref(identifier)).await?;
    let mut observed = survey.observed(identifier, &caller, client);
    let mut questions = plan::first_questions(desired);
    for _ in 0..ROUNDS_MAX {
        for question in &questions {
            observed.learn(observe::answer(client, question).await?);
        }
        questions = plan::questions(desired, &observed, options);
        questions.extend(drift::questions(desired, &observed));
    }
    assert!(questions.is_empty(), "still asked: {questions:?}");
    Ok(observed)
}

fn compare(desired: &Desired, observed: &Observed, options: Options) {
    match plan::plan(desired, observed, options) {
        Ok(plan) => plans::shown(&plan),
        Err(refusal) => {
            assert!(!refusal.reasons.is_empty(), "a refusal without a reason");
            let error = report::refusal::error(&desired.partition, &refusal);
            assert!(!error.render(false).is_empty());
        }
    }
    let style = Style::new(true);
    let drift = drift::drift(desired, observed);
    let _ = report::drift::render(&drift, desired, &observed.backend, style);
    if let Some(cluster) = &observed.cluster {
        let _ = report::status::render(&desired.partition, observed, cluster, style);
    }
}

/// One of each call that changes something.
async fn change(client: &Client, desired: &Desired) {
    let cluster: &ClusterId = &desired.cluster.identifier;
    let instance = InstanceId::new(format!("{cluster}reader1"));
    let group = ParameterGroupName::new("g");
    let snapshot = SnapshotId::new("s");
    let tags = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    let setting = (
        ParameterName::new("max_connections"),
        "500".to_owned(),
        act::ApplyMethod::PendingReboot,
    );
    let class = InstanceClass::new("db.r7g.large");
    let results = [
        act::create_snapshot(client, cluster, &snapshot, &tags).await,
        act::create_parameter_group(client, &group, &desired.cluster.family(), "d", &tags).await,
        act::modify_parameters(client, &group, &[setting]).await,
        act::attach_parameter_group(client, cluster, &group, true).await,
        act::queue_class_change(client, &instance, &class).await,
        act::flush(client, &instance).await,
        act::reboot(client, &instance).await,
        act::failover(client, cluster, &instance).await,
        act::delete_snapshot(client, &snapshot).await,
    ];
    for error in results.into_iter().filter_map(Result::err) {
        let _ = error.outcome_is_known();
        said(error);
    }
}

/// An error can be told, whatever is in it.
fn said(error: Error) {
    let error = auroractl::error::Error::from(error);
    assert!(!error.render(false).is_empty());
}

/// One act of meddling.
#[derive(Debug)]
struct Meddling {
    which: String,
    verb: String,
    element: String,
    text: String,
}

impl Meddling {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ').map(str::to_owned);
        Some(Self {
            which: words.next()?,
            verb: words.next()?,
            element: words.next().unwrap_or_default(),
            text: words.next().unwrap_or_default(),
        })
    }

    fn meets(&self, number: usize, request: &str) -> bool {
        let Self { which, .. } = self;
        which == "*" || which.parse() == Ok(number) || request.contains(&format!("Action={which}&"))
    }

    /// Where the element begins, its content begins, its content ends, and it ends.
    fn place(&self, body: &str, from: usize) -> Option<[usize; 4]> {
        let (open, close) = (
            format!("<{}>", self.element),
            format!("</{}>", self.element),
        );
        let start = from + body.get(from..)?.find(&open)?;
        let inner = start + open.len();
        let inner_end = inner + body.get(inner..)?.find(&close)?;
        Some([start, inner, inner_end, inner_end + close.len()])
    }

    fn change(&self, body: &mut String, number: usize) {
        let text = self.text.replace('#', &number.to_string());
        if self.verb == "set" {
            let mut from = 0;
            while let Some([_, inner, inner_end, _]) = self.place(body, from) {
                body.replace_range(inner..inner_end, &text);
                from = inner + text.len();
                if body.len() > REPLY_BYTES_MAX {
                    break;
                }
            }
            return;
        }
        if self.verb == "body" {
            *body = format!("{} {text}", self.element);
            return;
        }
        let Some([start, inner, inner_end, end]) = self.place(body, 0) else {
            return;
        };
        match self.verb.as_str() {
            "drop" => body.replace_range(start..end, ""),
            "twice" => {
                let copy = body[start..end].to_owned();
                body.insert_str(end, &copy);
            }
            "wrap" => {
                let times = text.parse::<usize>().unwrap_or(1).min(10_000);
                let element = &self.element;
                body.insert_str(inner_end, &format!("</{element}>").repeat(times));
                body.insert_str(inner, &format!("<{element}>").repeat(times));
            }
            "cut" => body.truncate(end),
            "bytes" => body.insert_str(inner, &text),
            _ => {}
        }
    }
}

/// The simulator's wire with somebody in between.
#[derive(Clone, Debug)]
struct Meddler {
    connector: Connector,
    meddling: Arc<Vec<Meddling>>,
    requests: Arc<AtomicUsize>,
}

impl HttpClient for Meddler {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Meddler {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        assert!(number < REQUESTS_MAX, "asks for ever");
        let asked =
            String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let meddling = Arc::clone(&self.meddling);
        let reply = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut reply: HttpResponse = reply.await?;
            let bytes = reply.body().bytes().unwrap_or_default();
            let mut body = String::from_utf8_lossy(bytes).into_owned();
            let mut status = reply.status();
            for one in meddling.iter().filter(|one| one.meets(number, &asked)) {
                match one.verb.as_str() {
                    "lose" => return Err(ConnectorError::io("the connection was closed".into())),
                    "status" => {
                        let given = one.element.parse::<u16>().ok();
                        // The HTTP layer lets nothing else through.
                        status = given
                            .and_then(|given| given.try_into().ok())
                            .unwrap_or(status);
                    }
                    "head" => {
                        let name = one.element.to_ascii_lowercase();
                        let _ = reply.headers_mut().try_insert(name, one.text.clone());
                    }
                    _ => one.change(&mut body, number),
                }
            }
            let mut changed = HttpResponse::new(status, SdkBody::from(body));
            *changed.headers_mut() = reply.headers().clone();
            Ok(changed)
        })
    }
}
