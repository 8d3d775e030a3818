//! What is fuzzed: for each door through which text of others comes in, a function from any bytes to nothing.
//!
//! Goes in: bytes, from a fuzzer or from the ordinary tests. Comes out: nothing; a panic where something that must always
//! hold does not. Each target brings its seeds, made from the repository's own files, and takes no time of its own.

pub mod declarations;
pub mod journals;
pub mod mutation;
pub mod plans;
pub mod replies;
pub mod requests;
pub mod scene;
pub mod seeds;
pub mod values;
pub mod worlds;

/// One door.
pub struct Target {
    /// Its name, and that of its folders.
    pub name: &'static str,
    /// What is done with the bytes.
    pub run: fn(&[u8]),
    /// What fuzzing begins with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that are worth trying, in libFuzzer's form: one a line, in quotation marks.
    pub dictionary: &'static str,
}

/// All doors.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "declarations",
        run: declarations::run,
        seeds: declarations::seeds,
        dictionary: include_str!("../dictionaries/declarations.dict"),
    },
    Target {
        name: "journals",
        run: journals::run,
        seeds: journals::seeds,
        dictionary: include_str!("../dictionaries/journals.dict"),
    },
    Target {
        name: "plans",
        run: plans::run,
        seeds: plans::seeds,
        dictionary: include_str!("../dictionaries/plans.dict"),
    },
    Target {
        name: "replies",
        run: replies::run,
        seeds: replies::seeds,
        dictionary: include_str!("../dictionaries/replies.dict"),
    },
    Target {
        name: "requests",
        run: requests::run,
        seeds: requests::seeds,
        dictionary: include_str!("../dictionaries/requests.dict"),
    },
    Target {
        name: "values",
        run: values::run,
        seeds: values::seeds,
        dictionary: include_str!("../dictionaries/values.dict"),
    },
    Target {
        name: "worlds",
        run: worlds::run,
        seeds: worlds::seeds,
        dictionary: include_str!("../dictionaries/worlds.dict"),
    },
];

/// The target of this name.
pub fn target(name: &str) -> &'static Target {
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .unwrap_or_else(|| panic!("no target {name}"))
}
