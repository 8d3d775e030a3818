//! Random requests and templates: nothing panics, every stack comes to rest, and resources stay whole.
//! `SIMULATOR_FUZZ_SEEDS=1000` tries more seeds than usual.

#![allow(clippy::print_stdout)]

use super::super::support::pass;
use super::{NAME, Stacks, with_group};
use crate::sim::random::Draws;

const SEEDS: u64 = 4;
const REQUESTS: usize = 12;

struct Dice {
    draws: Draws,
    seed: u64,
}

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        (self.draws.unit(self.seed, "fuzz", "stacks") * count as f64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// The usual template with some things changed, not all of them possible.
    fn template(&mut self, usual: &str) -> String {
        let mut template = usual.to_owned();
        if self.below(2) == 0 {
            let value = self.pick(&[
                "log_statement: ddl",
                "max_connections: 300",
                "frob: 1",
                "work_mem: 9000",
            ]);
            template = with_group(&template, value);
        }
        if self.below(2) == 0 {
            let property = self.pick(&[
                "PerformanceInsightsRetentionPeriod: 7",
                "DatabaseInsightsMode: advanced",
                "BackupRetentionPeriod: 99",
                "BackupRetentionPeriod: 9",
                "Frobnicate: 1",
                "StorageEncrypted: true",
                "Port: 5433",
            ]);
            template = template.replace("EngineVersion:", &format!("{property}, EngineVersion:"));
        }
        if self.below(3) == 0 {
            let class = self.pick(&["db.r7g.large", "db.huge", "db.t3.medium"]);
            template = template.replacen("!Ref Class", class, 1 + self.below(2));
        }
        if self.below(3) == 0 {
            template = template.replace("!Ref AtOnce", self.pick(&["false", "true"]));
        }
        if self.below(4) == 0 {
            template.push_str("  Topic: {Type: 'AWS::SNS::Topic', Properties: {x: !Ref Reader}}\n");
        }
        if self.below(6) == 0 {
            template = template.replace("orders-2", "orders-7");
        }
        if self.below(12) == 0 {
            let at = self.below(template.len());
            template.truncate(template.floor_char_boundary(at));
        }
        template
    }
}

#[tokio::test(start_paused = true)]
async fn random_updates_never_panic_and_every_stack_comes_to_rest() {
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut ends = std::collections::BTreeMap::new();
    for seed in 1..=seeds {
        println!("seed {seed}");
        let stacks = Stacks::steady();
        let usual = stacks.template(NAME).await;
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        for _ in 0..REQUESTS {
            let client = &stacks.client;
            match dice.below(8) {
                0..=3 => {
                    let template = dice.template(&usual);
                    let update = client
                        .update_stack()
                        .stack_name(NAME)
                        .template_body(template);
                    let _ = update.disable_rollback(dice.below(4) == 0).send().await;
                }
                4 => {
                    let _ = client.cancel_update_stack().stack_name(NAME).send().await;
                }
                5 => {
                    let mut go_on = client.continue_update_rollback().stack_name(NAME);
                    if dice.below(2) == 0 {
                        go_on = go_on.resources_to_skip(
                            dice.pick(&["Cluster", "Writer", "Reader", "Group"]),
                        );
                    }
                    let _ = go_on.send().await;
                }
                6 => {
                    let _ = client.rollback_stack().stack_name(NAME).send().await;
                }
                _ => {
                    let mode = dice.pick(&["standard", "advanced"]);
                    let request = format!(
                        "Action=ModifyDBCluster&DBClusterIdentifier=orders&DatabaseInsightsMode={mode}\
                         &EnablePerformanceInsights=true&PerformanceInsightsRetentionPeriod=465"
                    );
                    stacks.world.raw(&request).await;
                }
            }
            if dice.below(2) == 0 {
                let status = stacks.rest(NAME).await;
                *ends.entry(status).or_insert(0) += 1;
            } else {
                pass([1, 20, 60, 300][dice.below(4)]).await;
            }
            let saved = stacks.world.simulator.save();
            let again =
                crate::sim::Simulator::from_saved(&saved, crate::sim::Options { speed: 1.0 });
            assert_eq!(again.unwrap().save(), saved, "seed {seed}");
        }
        stacks.rest(NAME).await;
        let resources = stacks
            .client
            .describe_stack_resources()
            .stack_name(NAME)
            .send()
            .await
            .unwrap();
        for resource in resources.stack_resources() {
            let status = resource.resource_status().unwrap().as_str();
            assert!(
                !status.ends_with("_IN_PROGRESS"),
                "seed {seed}: {resource:?}"
            );
        }
    }
    println!("{ends:?}");
    assert!(ends.len() >= 3, "{ends:?}");
}
