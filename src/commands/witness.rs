//! The SQL witness of a partition: the declared login and way, or the simulator's own in process.
//!
//! Goes in: a session, a declaration, the connection to AWS. Comes out: what each endpoint said. In process no declared
//! command is executed and no declared password is looked for: the simulator lets its holder in.

use super::session::Session;
use crate::aws::Client;
use crate::desired::Desired;
use crate::desired::verify::{self, Phase, SslMode, Whom};
use crate::observed::sql::{Address, Endpoint, Told};
use crate::observed::{Cluster, Observed};
use crate::plan;
use crate::sim::Simulator;
use crate::sql::error::{Error, Kind};
use crate::sql::{
    self, Dial, Elsewhere, Encryption, Line, Login, Password, Probe, Questions, Recipe, Secret,
    Source, Target, Tcp, Tls, Tokens, Witness,
};
use async_trait::async_trait;
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

/// The witness of a simulated cluster: its master user, without a password.
pub fn in_process(simulator: &Simulator, desired: &Desired, cluster: Option<&Cluster>) -> Witness {
    let user = cluster
        .and_then(|cluster| cluster.endpoint.as_deref())
        .and_then(|host| simulator.postgres_master_user(host))
        .unwrap_or_else(|| USUAL_DATABASE.to_owned());
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

fn over_network(sql: &verify::Sql, client: &Client) -> Witness {
    let verify::Sql {
        user,
        database,
        databases,
        ssl_mode,
        ca_file,
        password,
        connect_seconds_max,
        statement_seconds_max,
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
