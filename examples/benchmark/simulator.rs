//! The benchmark of the simulator: `cargo run --release --example benchmark -- simulator`.
//!
//! Worlds of 20, 200 and 2,000 clusters of two members, each in a process of its own that serves it over HTTP and asks it on one
//! connection. Comes out: a table, and exit code 1 where anything takes more than twice the work in the largest world that it takes in
//! the middle one. Work is the process's CPU time, which other programs on the machine disturb less than the clock on the wall.

use crate::fleet;
use crate::measure::{self, MEMORY_UNIT_BYTES};
use crate::replay::on_a_thread;
use auroractl::sim::{Options, Simulator, server};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Asks this program to measure one world.
pub(crate) const CHILD: &str = "simulator-child";
/// Worlds that are measured.
const CLUSTERS: [usize; 3] = [20, 200, 2000];
/// How long each kind of request is repeated.
const MEASURED: Duration = Duration::from_secs(2);
/// How much more work the largest world may be than the middle one.
const MORE_MOST: f64 = 2.0;
/// Clusters on a full page.
const PAGE: usize = 100;

/// What one world took.
#[derive(Debug, Serialize, Deserialize)]
struct Figures {
    /// From the text of the world file to the first answer.
    start_milliseconds: f64,
    kinds: Vec<Repeated>,
    memory_bytes: u64,
}

/// What one kind of request took, client included.
#[derive(Debug, Serialize, Deserialize)]
struct Repeated {
    name: String,
    /// On the clock on the wall.
    per_second: f64,
    /// CPU time of each.
    work_microseconds: f64,
}

/// Measures every world and prints the table.
pub(crate) fn benchmark() -> Result<ExitCode, Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("the figures mean nothing without --release".into());
    }
    let mut measured = Vec::new();
    for clusters in CLUSTERS {
        let output = Command::new(std::env::current_exe()?)
            .args([CHILD, &clusters.to_string()])
            .stderr(std::process::Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stdout).trim().into());
        }
        measured.push(serde_json::from_slice::<Figures>(&output.stdout)?);
    }
    let row = |name: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>10}")).collect();
        println!("{name:44}{}", cells.join(""));
    };
    row("clusters", CLUSTERS.map(|count| count.to_string()).to_vec());
    let figure = |of: &dyn Fn(&Figures) -> String| measured.iter().map(of).collect();
    row(
        "start, ms",
        figure(&|figures| format!("{:.0}", figures.start_milliseconds)),
    );
    row(
        "peak memory, MiB",
        figure(&|figures| format!("{:.0}", figures.memory_bytes as f64 / (1024.0 * 1024.0))),
    );
    let names: Vec<&str> = measured
        .first()
        .map(|figures| {
            figures
                .kinds
                .iter()
                .map(|kind| kind.name.as_str())
                .collect()
        })
        .unwrap_or_default();
    let of_kind = |index: usize, of: &dyn Fn(&Repeated) -> f64| -> Vec<f64> {
        let kinds = measured
            .iter()
            .filter_map(|figures| figures.kinds.get(index));
        kinds.map(of).collect()
    };
    let whole =
        |figures: &[f64]| -> Vec<String> { figures.iter().map(|of| format!("{of:.0}")).collect() };
    println!("\nCPU time, us each");
    let mut more = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let work = of_kind(index, &|kind| kind.work_microseconds);
        if let [_, middle, largest] = work.as_slice()
            && *largest > middle * MORE_MOST
        {
            more.push(*name);
        }
        row(name, whole(&work));
    }
    println!("\nin a second on the wall");
    for (index, name) in names.iter().enumerate() {
        row(name, whole(&of_kind(index, &|kind| kind.per_second)));
    }
    if more.is_empty() {
        println!(
            "\nnothing takes more than twice the work in the largest world that it takes in the middle one"
        );
        Ok(ExitCode::SUCCESS)
    } else {
        println!(
            "\nmore than twice the work in the largest world than in the middle one: {}",
            more.join("; ")
        );
        Ok(ExitCode::FAILURE)
    }
}

/// Measures one world and prints its figures as JSON.
pub(crate) fn child(clusters: usize) -> Result<ExitCode, Box<dyn Error>> {
    let world = fleet::world(clusters);
    let began = Instant::now();
    let simulator = Simulator::from_scenario("benchmark", &world, Options { speed: 1.0 })?;
    let served = simulator.clone();
    let address = on_a_thread(async move |ready| {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        ready(listener.local_addr()?);
        server::serve(served, listener).await
    })?;
    let client = Client::new(address);
    client.clock(r#"{"freeze": true}"#)?;
    client.ask("Action=DescribeDBClusters&MaxRecords=20")?;
    let start_milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let last = client.last_page(clusters)?;
    let middle = fleet::partition(clusters / 2);
    let group = fleet::group(clusters / 2);
    let kinds = [
        (
            "DescribeDBClusters, first page",
            "Action=DescribeDBClusters".to_owned(),
        ),
        ("DescribeDBClusters, last page", last),
        (
            "DescribeDBClusters, one",
            format!("Action=DescribeDBClusters&DBClusterIdentifier={middle}"),
        ),
        (
            "DescribeDBInstances of one cluster",
            format!(
                "Action=DescribeDBInstances&Filters.Filter.1.Name=db-cluster-id&Filters.Filter.1.Values.Value.1={middle}"
            ),
        ),
        (
            "DescribeDBClusterParameters, user",
            format!(
                "Action=DescribeDBClusterParameters&DBClusterParameterGroupName={group}&Source=user"
            ),
        ),
        (
            "ModifyDBClusterParameterGroup",
            format!(
                "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName={group}\
                 &Parameters.Parameter.1.ParameterName=log_statement&Parameters.Parameter.1.ParameterValue=mod\
                 &Parameters.Parameter.1.ApplyMethod=pending-reboot"
            ),
        ),
    ];
    let mut measured = Vec::new();
    for (name, form) in kinds {
        client.ask(&form)?;
        let (meter, mut times) = (Meter::new()?, 0_u32);
        while meter.began.elapsed() < MEASURED {
            client.ask(&form)?;
            times += 1;
        }
        measured.push(meter.read(name, f64::from(times))?);
    }
    let meter = Meter::new()?;
    for number in 1..=clusters {
        client.ask(&format!(
            "Action=FailoverDBCluster&DBClusterIdentifier={}",
            fleet::partition(number)
        ))?;
    }
    // Everything that follows is taken up at once by whoever asks next.
    client.clock(r#"{"step_seconds": 600}"#)?;
    client.ask("Action=DescribeDBClusters&MaxRecords=20")?;
    measured.push(meter.read("a failover and what follows from it", clusters as f64)?);
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let figures = Figures {
        start_milliseconds,
        kinds: measured,
        memory_bytes: u64::try_from(usage.max_rss())? * MEMORY_UNIT_BYTES,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(ExitCode::SUCCESS)
}

/// Time and work from now on.
struct Meter {
    began: Instant,
    work: Duration,
}

impl Meter {
    fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            work: measure::work()?,
            began: Instant::now(),
        })
    }

    /// What each of so many took.
    fn read(self, name: &str, times: f64) -> Result<Repeated, Box<dyn Error>> {
        let (wall, work) = (self.began.elapsed(), measure::work()? - self.work);
        Ok(Repeated {
            name: name.to_owned(),
            per_second: times / wall.as_secs_f64(),
            work_microseconds: work.as_secs_f64() * 1e6 / times,
        })
    }
}

/// A client on one connection.
struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(true)
            .build()
            .into();
        Self { agent, address }
    }

    /// The answer to a form; an error unless it is one.
    fn ask(&self, form: &str) -> Result<String, Box<dyn Error>> {
        let mut response = self
            .agent
            .post(format!("http://{}/", self.address))
            .send(format!("Version=2014-10-31&{form}"))
            .map_err(|error| format!("{form}: {error}"))?;
        Ok(response.body_mut().read_to_string()?)
    }

    fn clock(&self, change: &str) -> Result<(), Box<dyn Error>> {
        let address = format!("http://{}/_simulator/clock", self.address);
        self.agent.post(address).send(change)?;
        Ok(())
    }

    /// The request for the last full page, found by reading all pages once; fails unless all clusters are on them.
    fn last_page(&self, clusters: usize) -> Result<String, Box<dyn Error>> {
        let mut form = "Action=DescribeDBClusters".to_owned();
        let mut seen = 0;
        loop {
            let answer = self.ask(&form)?;
            let found = answer.matches("<DBCluster>").count();
            seen += found;
            let marker = answer
                .split_once("<Marker>")
                .and_then(|(_, rest)| rest.split_once("</Marker>"));
            match marker {
                Some((marker, _)) => form = format!("Action=DescribeDBClusters&Marker={marker}"),
                None if seen == clusters && (found == PAGE || clusters < PAGE) => return Ok(form),
                None => return Err(format!("{seen} of {clusters} clusters were listed").into()),
            }
        }
    }
}
