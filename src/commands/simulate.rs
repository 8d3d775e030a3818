//! `simulate`: the simulator as a server, for any AWS client.

use super::interruption::Interruption;
use super::simulated;
use crate::cli::{PostgresEndpoints, Simulate as Arguments};
use crate::error::{Error, Exit};
use crate::report::Output;
use crate::sim::postgres::listen;
use crate::sim::{Options, Simulator, server};
use std::future;
use tokio::net::TcpListener;

/// Serves a world until it is interrupted. The world lives in this process: it begins anew each time.
///
/// # Errors
/// A world that cannot be read, or an address that cannot be listened on.
pub async fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Error> {
    let (name, text) = simulated::read(arguments.world.as_deref())?;
    let options = Options {
        speed: arguments.speed,
    };
    let simulator = Simulator::from_scenario(&name, &text, options).map_err(|error| {
        Error::failed(format!("cannot simulate world `{name}`")).caused_by(error)
    })?;
    let listen = arguments.listen;
    let failed = |error| Error::failed(format!("cannot listen on {listen}")).caused_by(error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let postgres = open_postgres(&simulator, arguments)?;
    output.data(&match &postgres {
        None => format!("ready: http://{address}\n"),
        Some(postgres) => format!(
            "ready: http://{address} postgresql port {}\n",
            postgres.port()
        ),
    });
    output.message(&format!(
        "simulated AWS ({name} world), clock {}, speed {}\nAWS_ENDPOINT_URL=http://{address} leads an AWS client here; Ctrl-C ends it\n",
        simulator.now(),
        arguments.speed,
    ));
    let mut interruption = Interruption::watched();
    tokio::select! {
        served = server::serve(simulator, listener) => served
            .map(|()| Exit::Done)
            .map_err(|error| Error::failed(format!("cannot serve on {address}")).caused_by(error)),
        () = serve_postgres(postgres) => Err(Error::failed("SQL is no longer served")),
        // The usual end of a server is no failure.
        () = interruption.next() => Ok(Exit::Done),
    }
}

fn open_postgres(
    simulator: &Simulator,
    arguments: &Arguments,
) -> Result<Option<listen::Server>, Error> {
    let Some(port) = arguments.postgres_port else {
        return Ok(None);
    };
    let certificate = arguments.postgres_certificate.as_deref();
    let options = listen::Options {
        port,
        names: arguments.postgres_endpoints == PostgresEndpoints::Names,
        certificate: certificate.zip(arguments.postgres_key.as_deref()),
    };
    listen::Server::open(simulator, options)
        .map(Some)
        .map_err(|error| Error::failed(format!("cannot serve SQL on port {port}")).caused_by(error))
}

async fn serve_postgres(server: Option<listen::Server>) {
    match server {
        Some(server) => server.serve().await,
        None => future::pending().await,
    }
}
