//! Random requests and templates that may be none: nothing panics, and every answer has a shape.
//! `SIMULATOR_FUZZ_SEEDS=1000` tries more seeds than usual.

#![allow(clippy::print_stdout)]

use serde_json::{Value, json};

use super::super::support::pass;
use super::{NAME, Stacks, with_group};
use crate::sim::random::Draws;
use crate::sim::respond::operations_on_stacks;

const SEEDS: u64 = 4;
const REQUESTS: usize = 300;

const TUNED: &str = include_str!("../../../../examples/templates/aurora-tuned.template.json");

/// Values that fit nowhere, or only by chance.
const STRANGE: [&str; 10] = [
    "",
    " ",
    "-1",
    "99999999999999999999",
    "maybe",
    "a--b",
    "\u{e4}%00\u{1}<&>\"",
    "arn:aws:cloudformation:us-east-1:123456789012:stack/orders-stack/1",
    "arn:::::",
    "{}",
];

/// Values that fit a parameter, by a part of its name; the first that is found counts.
const FITTING: [(&str, &[&str]); 14] = [
    ("ChangeSetName", &["c", "d"]),
    ("StackName", &[NAME, NAME, NAME, NAME, "other"]),
    ("ChangeSetType", &["UPDATE", "CREATE"]),
    ("Token", &["1", "2", "3"]),
    ("LogicalResourceId", &["Cluster", "Writer", "Topic"]),
    ("PhysicalResourceId", &["orders", "orders-2"]),
    ("RoleARN", &["arn:aws:iam::123456789012:role/deployer"]),
    ("OnFailure", &["ROLLBACK", "DELETE", "DO_NOTHING"]),
    ("TemplateStage", &["Original", "Processed"]),
    ("Capabilities", &["CAPABILITY_NAMED_IAM"]),
    ("Status", &["CREATE_COMPLETE", "IN_SYNC"]),
    ("Max", &["1", "100"]),
    ("Description", &["d"]),
    ("DriftDetectionId", &["none"]),
];

/// What may stand anywhere in a template.
fn strange_value(dice: &mut Dice) -> Value {
    let values = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("ä${"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"Ref": "AWS::NoValue"}),
        json!({"Ref": "AuroraPostgresCluster5E9B1A77"}),
        json!({"Ref": 7}),
        json!({"Fn::GetAtt": ["AuroraPostgresClusterWriter0C1D27F4", "Endpoint.Port"]}),
        json!({"Fn::GetAtt": []}),
        json!({"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}),
        json!({"Fn::If": ["None", 1, 2]}),
        json!({"Fn::Select": ["7", ["a"]]}),
        json!({"Fn::Split": ["", "abc"]}),
        json!({"Fn::Join": ["", {"Fn::GetAZs": ""}]}),
        json!({"Fn::Sub": ["${A}${AWS::Region}", {"A": {"Ref": "Partition"}}]}),
        json!({"Condition": "IsProd"}),
        json!({"Frobnicate": 1}),
    ];
    let index = dice.below(values.len());
    values.into_iter().nth(index).unwrap()
}

struct Dice {
    draws: Draws,
    seed: u64,
}

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        (self.draws.unit(self.seed, "fuzz", "requests on stacks") * count as f64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Replaces, adds or leaves out something so many levels further in, or as deep as it goes.
    fn change(&mut self, at: &mut Value, depth: usize, strange: Value) {
        match at {
            Value::Object(object) if !object.is_empty() => {
                let index = self.below(object.len());
                let key = object.keys().nth(index).unwrap().clone();
                match (depth, self.below(4)) {
                    (0, 0) => drop(object.remove(&key)),
                    (0, 1) => drop(object.insert("Frobnicate".to_owned(), strange)),
                    (0, _) => drop(object.insert(key, strange)),
                    _ => self.change(&mut object[&key], depth - 1, strange),
                }
            }
            Value::Array(entries) if !entries.is_empty() && depth > 0 => {
                let index = self.below(entries.len());
                self.change(&mut entries[index], depth - 1, strange);
            }
            other => *other = strange,
        }
    }

    /// A template with one or two of its values or keys replaced, left out or put elsewhere.
    fn changed(&mut self, template: &str) -> String {
        let mut value: Value = serde_json::from_str(template).unwrap();
        for _ in 0..=self.below(2) {
            let strange = strange_value(self);
            // Deeper ones are more.
            let depth = 1 + self.below(6);
            self.change(&mut value, depth, strange);
        }
        value.to_string()
    }

    /// The text with some of its bytes changed, left out or doubled.
    fn garbled(&mut self, template: &str) -> String {
        let mut bytes = template.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(8)).min(bytes.len());
            match self.below(4) {
                0 => bytes[at] = self.pick(b"{}[]:,-#&*!|>'\"%@`\n\t ~0"),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let doubled = bytes[at..end].to_vec();
                    bytes.splice(at..at, doubled);
                }
                _ => bytes.truncate(at.max(1)),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn template(&mut self, usual: &str) -> String {
        match self.below(10) {
            0 => self.garbled(usual),
            1 => self.garbled(TUNED),
            2 => usual.to_owned(),
            3 | 4 => usual.replace("!Ref Class", "db.r7g.large"),
            5 => usual.replace("orders-2", "orders-3"),
            6 => with_group(usual, "log_statement: ddl"),
            7 => TUNED.to_owned(),
            _ => self.changed(TUNED),
        }
    }

    /// A request with about as many parameters as usual, most of which the operation knows.
    fn request(&mut self, usual: &str) -> String {
        let known: Vec<(&str, &[&str])> = operations_on_stacks().collect();
        let (action, accepts) = loop {
            let (action, accepts) = self.pick(&known);
            // What only reads is done less often, and what leaves nothing to work with the least.
            let least = action == "DeleteStack" && self.below(12) > 0;
            let reads = ["Describe", "List", "Get", "Validate"];
            let less = reads.iter().any(|read| action.starts_with(read)) && self.below(3) > 0;
            if !least && !less {
                break (action, accepts);
            }
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action);
        for name in accepts {
            let needed = ["StackName", "ChangeSetName", "TemplateBody"].contains(name)
                || name.ends_with("DetectionId")
                || name.ends_with("LogicalResourceId");
            let given = if needed {
                self.below(20) > 0
            } else {
                self.below(20) == 0
            };
            if !given {
                continue;
            }
            if *name == "TemplateBody" {
                let template = self.template(usual);
                form.append_pair(name, &template);
                if !accepts.contains(&"Parameters") {
                    continue;
                }
                let mut parameters = vec![("Class", self.pick(&["db.t3.medium", "db.r7g.large"]))];
                if template.starts_with('{') {
                    let partition = self.pick(&["prod", "dev", "none"]);
                    parameters = vec![("Infrastructure", "Alpha"), ("Partition", partition)];
                }
                for (number, (key, value)) in parameters.into_iter().enumerate() {
                    let entry = format!("Parameters.member.{}.Parameter", number + 1);
                    form.append_pair(&format!("{entry}Key"), key);
                    form.append_pair(&format!("{entry}Value"), value);
                }
                continue;
            }
            if *name == "Parameters" {
                continue;
            }
            let fitting = FITTING.iter().find(|(part, _)| name.contains(part));
            let value = match fitting {
                Some((_, values)) if self.below(30) > 0 => self.pick(values),
                None if self.below(30) > 0 => self.pick(&["true", "false"]),
                _ => self.pick(&STRANGE),
            };
            let within = if name.ends_with('s') { ".member.1" } else { "" };
            form.append_pair(&format!("{name}{within}"), value);
        }
        if self.below(20) == 0 {
            form.append_pair(self.pick(&STRANGE), self.pick(&STRANGE));
        }
        form.finish()
    }
}

#[tokio::test(start_paused = true)]
async fn random_requests_on_stacks_never_panic_and_always_have_an_answer() {
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut accepted = std::collections::BTreeMap::new();
    for seed in 1..=seeds {
        println!("seed {seed}");
        let stacks = Stacks::steady();
        let usual = stacks.template(NAME).await;
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        for _ in 0..REQUESTS {
            let request = dice.request(&usual);
            let answer = stacks.raw(&request).await;
            let status = answer.rsplit(' ').next().unwrap();
            assert!(
                ["200", "400", "404", "409"].contains(&status),
                "seed {seed}: {request}: {answer}"
            );
            if status == "200" {
                let action = request.split(['=', '&']).nth(1).unwrap().to_owned();
                *accepted.entry(action).or_insert(0_usize) += 1;
            }
            if dice.below(3) == 0 {
                pass([1, 20, 60, 400][dice.below(4)]).await;
            }
        }
    }
    // If nearly all were refused, nothing would have been tried.
    println!("accepted: {accepted:?}");
    let all: usize = accepted.values().sum();
    assert!(accepted.len() > 18 && all > 80, "{all}: {accepted:?}");
}

#[tokio::test(start_paused = true)]
async fn random_templates_are_refused_in_words_or_understood() {
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let stacks = Stacks::steady();
    let usual = stacks.template(NAME).await;
    let mut understood = 0;
    for seed in 1..=seeds * 50 {
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        let template = dice.template(&usual);
        for action in ["ValidateTemplate", "GetTemplateSummary"] {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("Action", action);
            form.append_pair("TemplateBody", &template);
            let answer = stacks.raw(&form.finish()).await;
            understood += usize::from(answer == "200");
            assert!(
                ["200", "ValidationError 400"].contains(&answer.as_str()),
                "seed {seed}: {action}: {answer}: {template}"
            );
        }
    }
    println!("{understood} understood");
    assert!(understood > 20, "{understood}");
}

#[tokio::test(start_paused = true)]
async fn templates_made_to_take_long_or_deep_are_answered_all_the_same() {
    let stacks = Stacks::steady();
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}1{}", open.repeat(times), close.repeat(times))
    };
    // Each condition names the one before it twice.
    let mut doubling = json!({"C0": {"Fn::Equals": ["a", "a"]}});
    for number in 1..30 {
        let before = json!({"Condition": format!("C{}", number - 1)});
        doubling[format!("C{number}")] = json!({"Fn::And": [before, before]});
    }
    let resource = json!({"T": {"Type": "AWS::SNS::Topic", "Condition": "C29"}});
    let doubling = json!({"Conditions": doubling, "Resources": resource}).to_string();
    let mut answers = Vec::new();
    for template in [
        deep("[", "]", 20_000),
        deep("{a: ", "}", 8_000),
        deep("{\"a\":", "}", 5_000),
        format!("Resources: {}", deep("!Sub [", "]", 5_000)),
        "- ".repeat(20_000),
        "? ".repeat(20_000),
        "Resources: &a [*a, *a]".to_owned(),
        doubling,
    ] {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "CreateStack");
        form.append_pair("StackName", "strange");
        form.append_pair("TemplateBody", &template);
        answers.push(stacks.raw(&form.finish()).await);
    }
    let refused = "ValidationError 400";
    let expected = [
        refused, refused, refused, refused, refused, refused, refused, "200",
    ];
    assert_eq!(answers, expected);
}
