//! The SQL witness of a partition: the declared login and way, or the simulator's own in process.
//!
//! Goes in: a session, a declaration, the connection to AWS. Comes out: what each endpoint said. In process no declared
//! command is executed and no declared password is looked for: the simulator lets its holder in.

use super::session::Session;
use super::survey::{Facts, Surveyed};
use crate::aws::{Client, observe};
use crate::desired::verify::{self, Phase, SslMode, Whom};
use crate::desired::{Aws, Desired};
use crate::observed::sql::{Address, Endpoint, Told};
use crate::observed::{Cluster, Observed};
use crate::plan::{self, Plan};
use crate::sim::Simulator;
use crate::sql::error::{Error, Kind};
use crate::sql::{
    self, Dial, Elsewhere, Encryption, Line, Login, Password, Probe, Questions, Recipe, Secret,
    Source, Target, Tcp, Tls, Tokens, Witness,
};
use async_trait::async_trait;
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// The database that every cluster has.
const USUAL_DATABASE: &str = "postgres";
/// Limits in process, where nothing is slow.
const IN_PROCESS_MAX: Duration = Duration::from_secs(60);

/// The witness of a partition; `None` where none is declared and AWS itself is asked.
pub fn of(
    session: &Session,
    desired: &Desired,
    observed: &Observed,
    client: &Client,
) -> Option<Witness> {
    match session.simulated() {
        Some(simulated) => Some(in_process(
            simulated.simulator(),
            desired,
            observed.cluster.as_ref(),
        )),
        None => desired
            .verify
            .sql
            .as_ref()
            .map(|sql| over_network(sql, client)),
    }
}

/// The witness of the declared cluster in a simulator, where nothing was read of it.
pub fn simulated(simulator: &Simulator, desired: &Desired) -> Witness {
    let Aws {
        account, region, ..
    } = &desired.aws;
    let cluster = desired.cluster.identifier.as_str();
    let state = simulator.cluster_state(account.as_str(), region.as_str(), cluster);
    let user = state
        .pointer("/cluster/master_username")
        .and_then(serde_json::Value::as_str);
    as_user(
        simulator,
        desired,
        user.unwrap_or(USUAL_DATABASE).to_owned(),
    )
}

/// The witness of a simulated cluster: its master user, without a password.
pub fn in_process(simulator: &Simulator, desired: &Desired, cluster: Option<&Cluster>) -> Witness {
    let user = cluster
        .and_then(|cluster| cluster.endpoint.as_deref())
        .and_then(|host| simulator.postgres_master_user(host))
        .unwrap_or_else(|| USUAL_DATABASE.to_owned());
    as_user(simulator, desired, user)
}

fn as_user(simulator: &Simulator, desired: &Desired, user: String) -> Witness {
    let declared = desired.verify.sql.as_ref();
    Witness {
        dial: Arc::new(InProcess(simulator.clone())),
        login: Arc::new(Login {
            user,
            password: Password::new(Source::None),
            tls: Tls::new(Encryption::None, None),
            connect_max: IN_PROCESS_MAX,
            statement_max: IN_PROCESS_MAX,
        }),
        database: USUAL_DATABASE.to_owned(),
        databases: declared.map_or_else(Vec::new, |sql| sql.databases.clone()),
    }
}

/// The declared witness.
pub fn over_network(sql: &verify::Sql, client: &Client) -> Witness {
    let verify::Sql {
        user,
        database,
        databases,
        ssl_mode,
        ca_file,
        password,
        connect_seconds_max,
        statement_seconds_max,
        probe_seconds: _,
        cluster_endpoint,
        instances,
        tunnel,
    } = sql;
    let seconds = |number: &u32| Duration::from_secs(u64::from(*number));
    let of_cluster = cluster_endpoint
        .iter()
        .map(|elsewhere| (Endpoint::Cluster, elsewhere));
    let of_members = instances
        .iter()
        .map(|(instance, elsewhere)| (Endpoint::Member(instance.clone()), elsewhere));
    let elsewhere = of_cluster
        .chain(of_members)
        .map(|(endpoint, elsewhere)| {
            let verify::Elsewhere {
                host,
                port,
                certificate_name,
            } = elsewhere.clone();
            let elsewhere = Elsewhere {
                host,
                port,
                certificate_name,
            };
            (endpoint, elsewhere)
        })
        .collect();
    let recipe = tunnel.as_ref().map(|tunnel| Recipe {
        command: tunnel.command.clone(),
        ready_max: seconds(&tunnel.ready_seconds_max),
    });
    let source = match password {
        verify::Password::Environment(name) => Source::Environment(name.clone()),
        verify::Password::File(path) => Source::File(path.clone()),
        verify::Password::Command {
            command,
            seconds_max,
        } => Source::Command {
            command: command.clone(),
            time_max: seconds(seconds_max),
        },
        verify::Password::Iam => Source::Tokens(Arc::new(Signer(client.clone()))),
    };
    let encryption = match ssl_mode {
        SslMode::Disable => Encryption::None,
        SslMode::Require => Encryption::Unverified,
        SslMode::VerifyCa => Encryption::Authority,
        SslMode::VerifyFull => Encryption::AuthorityAndName,
    };
    Witness {
        dial: Arc::new(Tcp::new(elsewhere, recipe)),
        login: Arc::new(Login {
            user: user.clone(),
            password: Password::new(source),
            tls: Tls::new(encryption, ca_file.clone()),
            connect_max: seconds(connect_seconds_max),
            statement_max: seconds(statement_seconds_max),
        }),
        database: database.clone(),
        databases: databases.clone(),
    }
}

/// Asks every endpoint of the cluster for what verification compares. Probes are those of the phase.
pub async fn ask(witness: &Witness, desired: &Desired, observed: &Observed, phase: Phase) -> Told {
    let targets = observed.cluster.as_ref().map(sql::targets);
    let questions = Questions {
        settings: plan::verify::settings_asked(desired, observed),
        libraries: plan::verify::libraries_declared(desired, observed),
        probes: probes(desired, phase),
    };
    witness.ask(&targets.unwrap_or_default(), &questions).await
}

/// The same facts with what PostgreSQL says, where there is somebody to ask.
pub async fn told(witness: Option<&Witness>, desired: &Desired, observed: &Observed) -> Observed {
    let mut observed = observed.clone();
    // Nobody is asked for a cluster in an account that is not the declared one.
    if observed.cluster.is_none() || observed.caller.account != desired.aws.account {
        return observed;
    }
    if let Some(witness) = witness {
        observed.told = Some(ask_settings(witness, desired, &observed).await);
        witness.dial.close().await;
    }
    observed
}

async fn ask_settings(witness: &Witness, desired: &Desired, observed: &Observed) -> Told {
    let targets = observed.cluster.as_ref().map(sql::targets);
    let questions = Questions {
        settings: plan::verify::settings_asked(desired, observed),
        ..Questions::default()
    };
    witness.ask(&targets.unwrap_or_default(), &questions).await
}

/// Asks the witnesses of all partitions side by side.
pub async fn tell(session: &Session, surveyed: &mut [Surveyed]) {
    let asked = surveyed.iter_mut().map(|one| async move {
        let Surveyed { desired, facts } = one;
        if let Ok(Facts { observed, client }) = facts {
            let witness = of(session, desired, observed, client);
            *observed = told(witness.as_ref(), desired, observed).await;
        }
    });
    join_all(asked).await;
}

/// Whether everybody answers whom a run of this plan asks.
///
/// # Errors
/// A refusal that names who does not.
pub fn answers(plan: &Plan, observed: &Observed) -> Result<(), crate::error::Error> {
    let (Some(_), Some(told), Some(cluster)) = (plan.proof(), &observed.told, &observed.cluster)
    else {
        return Ok(());
    };
    let unanswered = plan::verify::proof::unanswered(told, cluster);
    if unanswered.is_empty() {
        return Ok(());
    }
    let partition = &plan.partition;
    Err(crate::error::Error::refused(format!(
        "`{partition}` cannot be proven over SQL, and nothing was begun: {}",
        unanswered.join("; ")
    ))
    .hinted(format!(
        "find out with: auroractl verify {partition}; without [verify.sql] a run is proven by the RDS API alone"
    )))
}

/// The witness for a run that was begun earlier: none where its plan proves nothing over SQL.
///
/// # Errors
/// AWS cannot be read.
pub async fn of_plan(
    session: &Session,
    desired: &Desired,
    plan: &Plan,
    client: &Client,
) -> Result<Option<Witness>, crate::error::Error> {
    if plan.proof().is_none() {
        return Ok(None);
    }
    Ok(match session.simulated() {
        Some(simulated) => {
            let cluster = observe::cluster(client, &plan.target.cluster).await?;
            Some(in_process(simulated.simulator(), desired, cluster.as_ref()))
        }
        None => desired
            .verify
            .sql
            .as_ref()
            .map(|sql| over_network(sql, client)),
    })
}

/// The declared statements of a phase.
pub fn probes(desired: &Desired, phase: Phase) -> Vec<Probe> {
    desired
        .verify
        .probes
        .iter()
        .filter(|probe| probe.phase == phase)
        .map(|probe| Probe {
            name: probe.name.clone(),
            sql: probe.sql.clone(),
            at_cluster: probe.at == Whom::ClusterEndpoint,
            databases: probe.databases.clone(),
        })
        .collect()
}

/// The way into a simulator in this process.
struct InProcess(Simulator);

#[async_trait]
impl Dial for InProcess {
    async fn dial(&self, target: &Target) -> Result<Line, Error> {
        let host = &target.address.host;
        let stream = self.0.connect_postgres_trusted(host).map_err(|error| {
            Error::at(Kind::Unreachable, &target.endpoint, "no connection").caused_by(error)
        })?;
        Ok(Line {
            stream: Box::new(stream),
            certificate_name: host.clone(),
            fate: None,
        })
    }
}

/// Signs tokens with the credentials that AWS is asked with.
struct Signer(Client);

#[async_trait]
impl Tokens for Signer {
    async fn token(&self, address: &Address, user: &str) -> Result<Secret, String> {
        let Address { host, port } = address;
        self.0
            .database_token(host, *port, user)
            .await
            .map(Secret::new)
    }
}
