//! Random messages to a member: none panics or hangs, and every answer is made of whole messages. `SIMULATOR_FUZZ_SEEDS=1000` tries
//! more seeds than usual. The server runs in the test's own task, so that a panic is one of the test.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::sim::postgres::endpoint::Endpoint;
use crate::sim::postgres::startup::{self, Ends, Security};
use crate::sim::random::Draws;

use super::*;

const SEEDS: u64 = 60;
const MESSAGES: usize = 30;

/// What statements are thrown together from.
const WORDS: [&str; 84] = [
    "select",
    "select",
    "select",
    "from",
    "from",
    "pg_settings",
    "pg_roles",
    "pg_database",
    "t",
    "t",
    "cron.job",
    "pg_stat_statements",
    "aurora_replica_status()",
    "where",
    "name",
    "setting",
    "pending_restart",
    "a",
    "*",
    "count(*)",
    "max(a)",
    "bool_and(pending_restart)",
    "=",
    "<>",
    "<",
    "and",
    "or",
    "not",
    "is null",
    "in",
    "(",
    ")",
    "(",
    ")",
    ",",
    ",",
    "any",
    "array['a', null]",
    "$1",
    "$2",
    "$0",
    "$99999",
    "'x'",
    "'{a,b}'",
    "'",
    "\"",
    "null",
    "true",
    "1",
    "0",
    "-1",
    "2147483648",
    "9223372036854775808",
    "1e999",
    "::int",
    "::text[]",
    "::bool",
    "cast(",
    "as",
    "case when",
    "then",
    "else",
    "end",
    "order by",
    "limit",
    "offset",
    "distinct",
    "left join",
    "on",
    "like",
    "between",
    "exists",
    "create temp table t (a int, b text);",
    "insert into t values",
    "drop table t",
    "begin;",
    "commit;",
    "rollback;",
    "set work_mem =",
    "show all",
    "pg_sleep(1)",
    "/ 0",
    "--",
    "/*",
];

/// Statements that are understood as they stand.
const WHOLE: [&str; 10] = [
    "select name , setting from pg_settings where name = 'work_mem' or pending_restart",
    "select count(*) , max(name) from pg_settings where setting like '4%'",
    "select server_id from aurora_replica_status() order by 1 desc limit 1",
    "select r.rolname from pg_roles as r left join pg_auth_members as m on m.member = r.oid",
    "select 1 + 2 , 'x' , null , true is null",
    "create temp table t (a int, b text); insert into t values (1, 'one'); select a from t",
    "begin read only; show transaction_read_only; rollback",
    "set statement_timeout = 100; select pg_sleep(1)",
    "show all",
    "select datname from pg_database where datname in ('orders', 'postgres')",
];

struct Dice {
    draws: Draws,
    seed: u64,
}

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        (self.draws.unit(self.seed, "fuzz", "messages") * count as f64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    fn statement(&mut self) -> String {
        let mut words: Vec<&str> = if self.below(4) == 0 {
            let count = 1 + self.below(14);
            (0..count).map(|_| WORDS[self.below(WORDS.len())]).collect()
        } else {
            WHOLE[self.below(WHOLE.len())].split(' ').collect()
        };
        for _ in 0..self.below(3) {
            let position = self.below(words.len());
            words[position] = WORDS[self.below(WORDS.len())];
        }
        words.join(" ")
    }

    /// A message after the startup: mostly of a shape that is read, now and then of none.
    fn message(&mut self) -> Vec<u8> {
        let statement = self.statement();
        let terminated = |text: &str| [text.as_bytes(), &[0]].concat();
        let (kind, body) = match self.below(12) {
            0..=4 => (b'Q', terminated(&statement)),
            5 => (
                b'P',
                [terminated(""), terminated(&statement), vec![0, 0]].concat(),
            ),
            6 => (b'B', vec![0, 0, 0, 0, 0, 0, 0, 0]),
            7 => (b'D', vec![[b'S', b'P'][self.below(2)], 0]),
            8 => (b'E', vec![0, 0, 0, 0, 0]),
            9 => (b'S', Vec::new()),
            10 => (b"CHFpdfc"[self.below(7)], self.bytes(12)),
            _ => (self.below(256) as u8, self.bytes(40)),
        };
        let mut length = body.len() as i32 + 4;
        if self.below(100) == 0 {
            length = [0, 3, -1, i32::MAX, length + 1, length - 1][self.below(6)];
        }
        let mut message = vec![kind];
        message.extend(length.to_be_bytes());
        message.extend(body);
        message
    }
}

/// `user`, `database`, and whatever else, as a client begins.
fn startup_message(dice: &mut Dice) -> Vec<u8> {
    if dice.below(8) == 0 {
        return dice.bytes(64);
    }
    let version: i32 = [196_608, 196_608, 196_608, 80_877_103, 80_877_102, 131_072][dice.below(6)];
    let mut body = version.to_be_bytes().to_vec();
    if version < 80_000_000 {
        body.extend(b"user\0postgres\0database\0orders\0");
        body.push(0);
    }
    let mut message = (body.len() as i32 + 4).to_be_bytes().to_vec();
    message.extend(body);
    message
}

/// The types of the messages of an answer; none unless they end where the answer ends.
fn types(mut answer: &[u8]) -> Option<String> {
    let mut types = String::new();
    while let Some((kind, rest)) = answer.split_first() {
        let length = i32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
        answer = rest.get(usize::try_from(length).ok()?..)?;
        types.push(char::from(*kind));
    }
    Some(types)
}

#[tokio::test(start_paused = true)]
async fn random_messages_never_panic_or_hang_and_are_answered_in_whole_messages() {
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let world = world("");
    let host = endpoint(&world, "writer").await;
    let name = Endpoint::named(&host, &world.simulator.state().world).unwrap();
    let (mut rows, mut refusals, mut greeted) = (0, 0, 0);
    for seed in 1..=seeds {
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        let mut sent = startup_message(&mut dice);
        for _ in 0..MESSAGES {
            sent.extend(dice.message());
        }
        let (client, server) = tokio::io::duplex(1 << 16);
        let (mut reading, mut writing) = tokio::io::split(client);
        let talk = async {
            // The server may end first.
            let _ = writing.write_all(&sent).await;
            let _ = writing.shutdown().await;
        };
        let listen = async {
            let mut answer = Vec::new();
            let _ = reading.read_to_end(&mut answer).await;
            answer
        };
        let member = world.simulator.look_up(&name).unwrap();
        let (ends, security) = (Ends::default(), Security::default());
        let serve = startup::serve(world.simulator.clone(), server, member, ends, &security);
        let all = async { tokio::join!(serve, talk, listen) };
        let hour = std::time::Duration::from_secs(3600);
        let ((), (), answer) = tokio::time::timeout(hour, all)
            .await
            .unwrap_or_else(|_| panic!("seed {seed} hangs"));
        // An offer of encryption is declined with one byte, which is no message.
        let declined = answer.iter().take_while(|byte| **byte == b'N').count();
        let types = types(&answer[declined..]).unwrap_or_else(|| panic!("seed {seed}: {answer:?}"));
        greeted += usize::from(types.starts_with('R'));
        rows += types.matches('D').count();
        refusals += types.matches('E').count();
    }
    // If nothing had been understood, nothing would have been tried.
    assert!(
        greeted > 20 && rows > 20 && refusals > 100,
        "{greeted} greeted, {rows} rows, {refusals} refusals"
    );
    let writer = connect(&world, "writer").await;
    assert_eq!(writer.asked("select 1").await, "1");
}
