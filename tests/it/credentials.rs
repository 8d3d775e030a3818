//! Credentials that end before the run does: a `credential_process` that hands out short-lived ones.

use crate::support::evidence::Evidence;
use crate::support::project::Project;
use crate::support::server::Server;

const APPLY: [&str; 5] = ["apply", "dev", "--auto-approve", "--poll-interval", "0.01"];
const RESUME: [&str; 3] = ["resume", "--poll-interval", "0.01"];

/// Hands out credentials for as many seconds as the line of `lifetimes` says whose turn it is, the last line for ever;
/// a line without a number is a sign-on that has ended. Each call leaves a line in `calls`.
const PROCESS: &str = r#"
cd "$HOME"
echo called >> calls
turn=$(wc -l < calls)
lines=$(wc -l < lifetimes)
[ "$turn" -gt "$lines" ] && turn=$lines
seconds=$(sed -n "${turn}p" lifetimes)
case $seconds in
  [0-9]*) ;;
  *) echo "the session has expired" >&2; exit 1 ;;
esac
expiration=$(date -u -d "+$seconds seconds" +%Y-%m-%dT%H:%M:%SZ)
cat <<END
{"Version": 1, "AccessKeyId": "AKIASIMULATEDALPHA002", "SecretAccessKey": "SECRET-OF-THE-TEST",
 "SessionToken": "TOKEN-OF-THE-TEST", "Expiration": "$expiration"}
END
"#;

/// A project whose declared profile leads to the process, before a simulator in which time passes with requests.
fn project(lifetimes: &str) -> (Project, Server) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    project.set("AWS_ENDPOINT_URL", &server.url);
    project.write("lifetimes", lifetimes);
    project.write("credentials.sh", PROCESS);
    project.write(
        ".aws/config",
        &format!(
            "[profile Alpha002-Admin]\ncredential_process = /bin/sh {}/credentials.sh\n",
            project.path().display()
        ),
    );
    (project, server)
}

fn sent(server: &Server, action: &str) -> usize {
    let log = server.log();
    log.iter()
        .filter(|request| request.action == action)
        .count()
}

/// Whether anything that the process handed out stands in the run's folder.
fn tells_secrets(project: &Project) -> bool {
    project.runs().iter().any(|run| {
        ["journal.jsonl", "plan.json", "outcome.json"]
            .iter()
            .any(|file| {
                project
                    .read(&format!("{run}/{file}"))
                    .contains("OF-THE-TEST")
            })
    })
}

#[test]
fn credentials_that_end_before_a_restart_would_pause_the_run_and_later_ones_finish_it() {
    // A reboot takes about a minute, and its proof another.
    let (project, server) = project("90\n");
    let paused = project.run(&APPLY);
    assert_eq!(paused.code, 4, "{}{}", paused.stdout, paused.stderr);
    for said in [
        "before `reboot alpha002-dev-auroraclusterreader1`: the credentials expire in",
        "Continue with: auroractl resume",
    ] {
        let text = paused
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains(said), "{said:?}: {}", paused.stdout);
    }
    assert_eq!(sent(&server, "RebootDBInstance"), 0);
    assert_eq!(sent(&server, "CreateDBClusterSnapshot"), 1);

    let still = project.run(&RESUME);
    assert_eq!(still.code, 4, "{}{}", still.stdout, still.stderr);
    assert_eq!(sent(&server, "RebootDBInstance"), 0);

    project.write("lifetimes", "3600\n");
    let resumed = project.run(&RESUME);
    assert_eq!(resumed.code, 0, "{}{}", resumed.stdout, resumed.stderr);
    assert_eq!(sent(&server, "CreateDBClusterSnapshot"), 1);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    let evidence = Evidence::of_the_only_run(&project, &server);
    assert_eq!(evidence.broken_promises(), Vec::<String>::new());
    assert!(!tells_secrets(&project));
}

#[test]
fn credentials_that_can_be_renewed_are_loaded_again_before_a_restart() {
    // The plan and the run load theirs, and the run once more.
    let (project, server) = project("110\n110\n3600\n");
    let applied = project.run(&APPLY);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(project.read("calls").lines().count(), 3);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
}

#[test]
fn a_sign_on_that_has_ended_pauses_the_run_and_resume_says_so_until_it_is_renewed() {
    let (project, server) = project("110\n110\nended\n");
    let paused = project.run(&APPLY);
    assert_eq!(paused.code, 4, "{}{}", paused.stdout, paused.stderr);
    let text = paused
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        text.contains("they cannot be loaded again"),
        "{}",
        paused.stdout
    );
    assert_eq!(sent(&server, "RebootDBInstance"), 0);

    let still = project.run(&RESUME);
    assert_eq!(still.code, 4, "{}{}", still.stdout, still.stderr);
    assert!(still.stderr.contains("aws sso login"), "{}", still.stderr);

    project.write("lifetimes", "3600\n");
    let resumed = project.run(&RESUME);
    assert_eq!(resumed.code, 0, "{}{}", resumed.stdout, resumed.stderr);
    assert!(!tells_secrets(&project));
}
