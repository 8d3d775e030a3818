//! Seeded draws. In: the world's seed, what is drawn for, and which object. Out: numbers and names that are the same in every run.
//!
//! Each pair of purpose and object has its own counter, so that an extra read or another order of requests to other
//! objects does not change what this object draws. The counters are part of the saved world.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::timings::Spread;

/// How often each (purpose, object) pair has drawn so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Draws(BTreeMap<String, u64>);

impl Draws {
    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self, seed: u64, purpose: &str, object: &str) -> f64 {
        unit_of(self.bits(seed, purpose, object))
    }

    /// Seconds out of a spread: triangular around its usual value.
    pub(crate) fn seconds(
        &mut self,
        seed: u64,
        purpose: &str,
        object: &str,
        spread: Spread,
    ) -> f64 {
        let unit = self.unit(seed, purpose, object);
        spread.at(unit)
    }

    /// A name of `length` characters out of `alphabet`.
    pub(crate) fn name(
        &mut self,
        seed: u64,
        purpose: &str,
        object: &str,
        alphabet: &str,
        length: usize,
    ) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let counter = self.counter(purpose, object);
        (0..length)
            .filter_map(|_| {
                let unit = unit_of(next(counter, seed, purpose, object));
                letters.get((unit * letters.len() as f64) as usize).copied()
            })
            .collect()
    }

    fn bits(&mut self, seed: u64, purpose: &str, object: &str) -> u64 {
        next(self.counter(purpose, object), seed, purpose, object)
    }

    fn counter(&mut self, purpose: &str, object: &str) -> &mut u64 {
        self.0.entry(format!("{purpose} {object}")).or_default()
    }
}

/// What a counter draws next.
fn next(counter: &mut u64, seed: u64, purpose: &str, object: &str) -> u64 {
    *counter += 1;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = purpose
        .bytes()
        .chain([0])
        .chain(object.bytes())
        .chain(counter.to_le_bytes());
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(hash)
}

/// As a number in `0.0..1.0`: 53 bits are what an f64 holds exactly.
fn unit_of(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The finishing steps of splitmix64: neighbouring inputs give unrelated outputs.
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_of_one_object_do_not_depend_on_those_of_another() {
        let mut alone = Draws::default();
        let mut mixed = Draws::default();
        let first: Vec<u64> = (0..5).map(|_| alone.bits(7, "reboot", "a")).collect();
        let second: Vec<u64> = (0..5)
            .map(|_| {
                mixed.bits(7, "reboot", "b");
                mixed.bits(7, "reboot", "a")
            })
            .collect();
        assert_eq!(first, second);
    }

    #[test]
    fn draws_fill_the_unit_interval_evenly() {
        let mut draws = Draws::default();
        let mut buckets = [0_u32; 10];
        for _ in 0..10_000 {
            let unit = draws.unit(1, "any", "object");
            assert!((0.0..1.0).contains(&unit));
            if let Some(bucket) = buckets.get_mut((unit * 10.0) as usize) {
                *bucket += 1;
            }
        }
        assert!(
            buckets.iter().all(|count| (900..1100).contains(count)),
            "{buckets:?}"
        );
    }

    #[test]
    fn another_seed_draws_other_numbers() {
        assert_ne!(
            Draws::default().bits(1, "reboot", "a"),
            Draws::default().bits(2, "reboot", "a")
        );
    }
}
