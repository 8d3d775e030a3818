//! The question before a changed rest is done: on a terminal, after a run that was followed, an interruption ends it at once.

use crate::support::project::Project;
use crate::support::running::Running;
use crate::support::server::Server;
use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

const ALPHA001: &str = "AKIASIMULATEDALPHA001";

#[test]
fn sigterm_ends_the_question_that_follows_a_resumed_run_whose_rest_has_changed() {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, ALPHA001);
    let hold =
        server.fault(r#"{"kind": "hold", "action": "FailoverDBCluster", "moment": "after"}"#);
    let apply = ["apply", "prod", "--auto-approve", "--poll-interval", "0.01"];
    let running = Running::start(&project, &apply);
    server.until_hit(hold);
    running.kill();
    server.remove_fault(hold);
    let declaration = project.read("environments/prod.toml");
    let changed = declaration.replace("max_connections = 500", "max_connections = 600");
    assert_ne!(declaration, changed);
    project.write("environments/prod.toml", &changed);

    let terminal = nix::pty::openpty(None, None).unwrap();
    let slave = || Stdio::from(terminal.slave.try_clone().unwrap());
    let mut asking = project
        .command(env!("CARGO_BIN_EXE_auroractl"))
        .args(["resume", "--poll-interval", "0.01"])
        .stdin(slave())
        .stdout(Stdio::null())
        .stderr(slave())
        .spawn()
        .unwrap();
    drop(terminal.slave);
    let mut screen = File::from(terminal.master);
    let mut shown = String::new();
    let mut piece = [0; 4096];
    let mut interrupted = false;
    // On Linux the last reader of a terminal is told of its end by an error.
    while let Ok(read @ 1..) = screen.read(&mut piece) {
        shown.push_str(&String::from_utf8_lossy(&piece[..read]));
        if !interrupted && shown.contains("is accepted") {
            interrupted = true;
            let killed = std::process::Command::new("kill")
                .args(["-TERM", &asking.id().to_string()])
                .status()
                .unwrap();
            assert!(killed.success());
        }
        if shown.contains("nothing of this plan was begun") {
            break;
        }
    }
    let code = asking.wait().unwrap().code();
    assert!(interrupted, "{shown}");
    assert_eq!(code, Some(130), "{shown}");
    assert!(
        shown.contains("interrupted while the question waited"),
        "{shown}"
    );
}
