//! `[[step]]` and `[[gate]]`: read in their order, merged by name, wrong ones told with all that is wrong.

use super::*;
use crate::desired::steps::{Command, Does, Simulated, Step, Variable};

const STEPS: &str = r#"
[[step]]
name = "deploy"
after = "stage"
command = ["helm", "upgrade", "--wait"]
environment = { NAMESPACE = "orders", TOKEN = { from = "DEPLOY_TOKEN" }, REGION = { from = "AWS_REGION", mask = false } }
mask = ["WEBHOOK"]
expected = "90s"
time_limit = "5min"
retries = 2
retry_after = "1min"
repeat = true
keep_output = "1MB"
simulated = "failure"

[[gate]]
name = "go-live"
after = "settle"
message = "the dashboards are quiet"

[[step]]
name = "health"
after = "reboot Orders-2"
command = ["./health"]
"#;

fn names(declarations: &Declarations) -> Vec<String> {
    let prod = declarations.all().pop().unwrap();
    prod.steps
        .iter()
        .map(|Step { name, after, .. }| format!("{name} after {after}"))
        .collect()
}

#[test]
fn steps_and_gates_keep_the_order_of_the_file() {
    let declarations = prod_with(STEPS);
    assert_eq!(
        names(&declarations),
        [
            "deploy after stage",
            "go-live after settle",
            "health after reboot orders-2"
        ]
    );
    let prod = declarations.all().pop().unwrap();
    let text = |text: &str| text.to_owned();
    let command = |words: &[&str]| words.iter().map(|word| text(word)).collect::<Vec<_>>();
    let from = |variable: &str, masked| Variable::From {
        variable: text(variable),
        masked,
    };
    assert_eq!(
        prod.steps[0].does,
        Does::Command(Command {
            command: command(&["helm", "upgrade", "--wait"]),
            environment: BTreeMap::from([
                (text("NAMESPACE"), Variable::Text(text("orders"))),
                (text("TOKEN"), from("DEPLOY_TOKEN", true)),
                (text("REGION"), from("AWS_REGION", false)),
            ]),
            mask: command(&["WEBHOOK"]),
            expected_seconds: 90,
            time_limit_seconds: 300,
            retries: 2,
            retry_after_seconds: 60,
            repeat: true,
            keep_output_bytes: 1024 * 1024,
            simulated: Simulated::Failure,
        })
    );
    assert_eq!(
        prod.steps[2].does,
        Does::Command(Command {
            command: command(&["./health"]),
            environment: BTreeMap::new(),
            mask: Vec::new(),
            expected_seconds: 60,
            time_limit_seconds: 600,
            retries: 0,
            retry_after_seconds: 10,
            repeat: false,
            keep_output_bytes: 64 * 1024,
            simulated: Simulated::Success,
        })
    );
    let json = serde_json::to_string(&prod).unwrap();
    assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), prod);
}

#[test]
fn a_nearer_step_replaces_one_of_its_name_and_others_can_be_removed() {
    let shared = format!("{SHARED}{STEPS}");
    let with = |top: &str, addition: &str| {
        let prod = format!("{top}{PROD}{addition}");
        Declarations::new(&[("shared.toml", shared.as_str()), ("prod.toml", &prod)])
    };
    let declarations = with(
        "remove_steps = [\"health\"]",
        "[[step]]\nname = \"last\"\nafter = \"verify\"\ncommand = [\"./last\"]\n\
         [[gate]]\nname = \"deploy\"\nafter = \"failover\"\nmessage = \"moved\"\n",
    );
    assert_eq!(
        names(&declarations),
        [
            "deploy after failover",
            "go-live after settle",
            "last after verify"
        ]
    );
    insta::assert_snapshot!(with("remove_steps = [\"helth\"]", "").problems(), @r#"
    error: no step or gate `helth` is inherited
     --> environments/prod.toml:1:17
      |
    1 | remove_steps = ["helth"]
      |                 ^^^^^^^
      |
      = hint: did you mean `health`?
    "#);
}

#[test]
fn all_that_is_wrong_with_steps_is_told_at_once() {
    let declarations = prod_with(
        "[[step]]\nname = \"a\"\ncommand = \"helm upgrade\"\ntimelimit = \"1min\"\n\
         [[step]]\nname = \"A\"\nafter = \"lunch\"\ncommand = []\nenvironment = { AURORACTL_RUN = \"x\", B = 1, C = { form = \"D\" } }\n\
         [[step]]\nname = \"b\"\nafter = \"stage\"\ncommand = [\"x\"]\nretries = 1\n\
         [[step]]\nname = \"b\"\nafter = \"stage\"\ncommand = [\"x\", 1]\nexpected = \"1h\"\n\
         [[gate]]\nafter = \"rebot orders-1\"\n\
         [gates]\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `after` is missing in [[step]]
      --> environments/prod.toml:13:1
       |
    13 | [[step]]
       | ^^^^^^^^

    error: `command` needs a list of texts, not a text: no shell reads it
      --> environments/prod.toml:15:11
       |
    15 | command = "helm upgrade"
       |           ^^^^^^^^^^^^^^
       |
       = hint: write ["helm", "upgrade"]

    error: unknown key `timelimit` in [[step]]
      --> environments/prod.toml:16:1
       |
    16 | timelimit = "1min"
       | ^^^^^^^^^
       |
       = hint: did you mean `time_limit`?
       = hint: [[step]] may hold `name`, `after`, `command`, `environment`, `mask`, `expected`, `time_limit`, `retries`, `retry_after`, `repeat`, `keep_output` or `simulated`

    error: `A` is no name of a step or gate
      --> environments/prod.toml:18:8
       |
    18 | name = "A"
       |        ^^^
       |
       = hint: 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit

    error: no step can follow `lunch`
      --> environments/prod.toml:19:9
       |
    19 | after = "lunch"
       |         ^^^^^^^
       |
       = hint: a phase: preflight, safeguard, stage, settle, activate, verify, clean-up
       = hint: or an action: restart, failover, reboot, flush, change-class, queue-class-change, clear-queue, create-snapshot, create-parameter-group, adopt-parameter-group, modify-parameters, reset-parameters, attach-parameter-group, modify-insights, release-snapshot, delete-expired-snapshot

    error: `command` names no program
      --> environments/prod.toml:20:11
       |
    20 | command = []
       |           ^^
       |
       = hint: write the program, then its arguments: ["./check.sh", "--all"]

    error: `AURORACTL_RUN` is not for declarations to set
      --> environments/prod.toml:21:17
       |
    21 | environment = { AURORACTL_RUN = "x", B = 1, C = { form = "D" } }
       |                 ^^^^^^^^^^^^^
       |
       = hint: what begins with AURORACTL_ tells the command about the run

    error: `B` needs a text, or the variable that it is taken from, not a number
      --> environments/prod.toml:21:42
       |
    21 | environment = { AURORACTL_RUN = "x", B = 1, C = { form = "D" } }
       |                                          ^
       |
       = hint: write "text", or { from = "VARIABLE" }

    error: unknown key `form` in [[step]: environment]
      --> environments/prod.toml:21:51
       |
    21 | environment = { AURORACTL_RUN = "x", B = 1, C = { form = "D" } }
       |                                                   ^^^^
       |
       = hint: did you mean `from`?
       = hint: [[step]: environment] may hold `from` or `mask`

    error: `retries` runs the command again, and nothing says that it may be
      --> environments/prod.toml:26:11
       |
    26 | retries = 1
       |           ^
       |
       = hint: add `repeat = true` where running it twice does no harm, or leave `retries` out

    error: two steps or gates are called `b`
      --> environments/prod.toml:27:1
       |
    27 | [[step]]
       | ^^^^^^^^
       |
       = hint: give one of them another name

    error: `command` needs a list of texts, not a number
      --> environments/prod.toml:30:17
       |
    30 | command = ["x", 1]
       |                 ^

    error: 3600 s are expected, and the time limit is 600 s
      --> environments/prod.toml:31:12
       |
    31 | expected = "1h"
       |            ^^^^
       |
       = hint: raise `time_limit`

    error: `message` is missing in [[gate]]
      --> environments/prod.toml:32:1
       |
    32 | [[gate]]
       | ^^^^^^^^

    error: `name` is missing in [[gate]]
      --> environments/prod.toml:32:1
       |
    32 | [[gate]]
       | ^^^^^^^^

    error: no step can follow `rebot orders-1`
      --> environments/prod.toml:33:9
       |
    33 | after = "rebot orders-1"
       |         ^^^^^^^^^^^^^^^^
       |
       = hint: did you mean `reboot orders-1`?

    error: unknown key `gates` at the top of the file
      --> environments/prod.toml:34:2
       |
    34 | [gates]
       |  ^^^^^
       |
       = hint: did you mean `gate`?
       = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot`, `store`, `verify`, `probe`, `step`, `gate` or `remove_steps`
    "#);
}
