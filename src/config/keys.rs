//! The catalogue of tables and keys of a declaration: the one list that reading, hints and the JSON Schema share.
//!
//! Goes in: a key as it was written. Comes out: what is known of it, in either spelling.

pub(super) mod verify;

/// A table of a declaration and the keys that it may hold.
#[derive(Debug)]
pub(super) struct Table {
    /// Its header, such as `cluster`; empty for the top of the file.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) description: &'static str,
    /// Its keys, in the order in which they are explained.
    pub(super) keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its own spelling.
    pub(super) name: &'static str,
    /// The name that the RDS API has for it (`ApplyImmediately`), where it has one; `applyImmediately` is accepted too.
    pub(super) api_name: Option<&'static str>,
    /// What it means, with its default.
    pub(super) description: &'static str,
    /// What its value looks like.
    pub(super) form: Form,
}

/// What a value looks like.
#[derive(Debug)]
pub(super) enum Form {
    /// A text of this shape, as a regular expression.
    Shape(&'static str),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// One of the retention periods of Performance Insights.
    RetentionDays,
    /// A text, or a list of texts.
    TextOrTexts,
    /// A text, a number or a switch, or a list of these.
    ScalarOrScalars,
    /// A TCP port.
    Port,
    /// A list of tables.
    Tables(&'static Table),
    /// A list of parameter names.
    ParameterNames,
    /// Parameters and their values.
    Parameters,
    /// Another table.
    Table(&'static Table),
    /// Tables by the identifier of an instance.
    TableByInstance(&'static Table),
    /// A list of texts, with at least so many.
    Texts(u32),
    /// A whole number from 0 to this.
    Count(u32),
    /// Variables and their values: texts, or tables that say where they are taken from.
    Environment(&'static Table),
}

impl Table {
    /// The key in either spelling.
    pub(super) fn find(&self, written: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.is_spelt(written))
    }

    /// Every spelling of every key.
    pub(super) fn spellings(&self) -> impl Iterator<Item = String> {
        self.keys.iter().flat_map(Key::spellings)
    }

    /// How messages call the table.
    pub(super) fn title(&self) -> String {
        match self.name {
            "" => "the top of the file".to_owned(),
            name => format!("[{name}]"),
        }
    }

    /// Where messages say that something stands.
    pub(super) fn whereabouts(&self) -> String {
        match self.name {
            "" => "at the top of the file".to_owned(),
            name => format!("in [{name}]"),
        }
    }
}

impl Key {
    /// Whether this is one of the key's spellings.
    fn is_spelt(&self, written: &str) -> bool {
        // Most keys are written in their own spelling, and many files are read: that case allocates nothing.
        self.name == written || self.spellings().skip(1).any(|spelling| spelling == written)
    }

    /// The key's own spelling, AWS's API spelling, and AWS's spelling with a small first word.
    pub(super) fn spellings(&self) -> impl Iterator<Item = String> {
        let Self { name, api_name, .. } = self;
        std::iter::once((*name).to_owned()).chain(
            api_name
                .iter()
                .flat_map(|api_name| [camel_case(api_name), (*api_name).to_owned()])
                // `engine` is the same word in both.
                .filter(|spelling| *spelling != self.name),
        )
    }
}

/// `ApplyImmediately` gives `applyImmediately`, `DBInstanceClass` gives `dbInstanceClass`.
pub(super) fn camel_case(api_name: &str) -> String {
    match api_name.strip_prefix("DB") {
        Some(rest) => format!("db{rest}"),
        None => {
            let mut letters = api_name.chars();
            letters
                .next()
                .map(|first| first.to_ascii_lowercase())
                .into_iter()
                .chain(letters)
                .collect()
        }
    }
}

/// Tables that hold the key, for a key that stands in the wrong one.
pub(super) fn tables_with(written: &str) -> impl Iterator<Item = &'static Table> {
    TABLES
        .iter()
        .copied()
        .filter(move |table| table.find(written).is_some())
}

const TABLES: &[&Table] = &[
    &TOP,
    &PARTITION,
    &AWS,
    &CLUSTER,
    &INSTANCE,
    &WINDOW,
    &BUDGET,
    &SNAPSHOT,
    &STORE,
    &verify::VERIFY,
    &verify::SQL,
    &verify::CLUSTER_ENDPOINT,
    &verify::TUNNEL,
    &verify::PROBE,
    &STEP,
    &GATE,
];

const IDENTIFIER: &str = "^[A-Za-z](-?[A-Za-z0-9])*$";
const DURATION: &str = r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d)$";

/// The top of a file.
pub(super) static TOP: Table = Table {
    name: "",
    description: "A declaration: one partition, or settings that several partitions extend.",
    keys: &[
        Key {
            name: "extends",
            api_name: None,
            description: "A file, or a list of files, relative to this one, whose settings this file inherits. Files are merged key by key: what this file says wins over what it extends, and a later file of the list wins over an earlier one.",
            form: Form::TextOrTexts,
        },
        Key {
            name: "remove_parameters",
            api_name: None,
            description: "Inherited parameters that this partition does not set: each goes back to the default of its parameter group family.",
            form: Form::ParameterNames,
        },
        Key {
            name: "partition",
            api_name: None,
            description: "Makes the file a partition; a file without it is only extended by others.",
            form: Form::Table(&PARTITION),
        },
        Key {
            name: "aws",
            api_name: None,
            description: "Where AWS is asked.",
            form: Form::Table(&AWS),
        },
        Key {
            name: "cluster",
            api_name: None,
            description: "The cluster and its members. What is not declared is not managed.",
            form: Form::Table(&CLUSTER),
        },
        Key {
            name: "parameters",
            api_name: None,
            description: "The cluster parameter group's own values: all of them. What is not listed goes back to the family's default.",
            form: Form::Parameters,
        },
        Key {
            name: "window",
            api_name: None,
            description: "When writer interruptions may begin; needed when apply_immediately is false.",
            form: Form::Table(&WINDOW),
        },
        Key {
            name: "budget",
            api_name: None,
            description: "What a plan may cost; a plan that forecasts more is refused.",
            form: Form::Table(&BUDGET),
        },
        Key {
            name: "snapshot",
            api_name: None,
            description: "The snapshot that is made before anything that can interrupt.",
            form: Form::Table(&SNAPSHOT),
        },
        Key {
            name: "store",
            api_name: None,
            description: "Where runs and leases are kept, so that other machines are kept out; beside the declarations unless told.",
            form: Form::Table(&STORE),
        },
        Key {
            name: "verify",
            api_name: None,
            description: "How values are proven, beyond what the RDS API shows.",
            form: Form::Table(&verify::VERIFY),
        },
        Key {
            name: "probe",
            api_name: None,
            description: "Statements of the partition's own, each with what it must answer.",
            form: Form::Tables(&verify::PROBE),
        },
        Key {
            name: "step",
            api_name: None,
            description: "Commands that go with the changes: each is run right after what it follows. A step of the same name replaces an inherited one.",
            form: Form::Tables(&STEP),
        },
        Key {
            name: "gate",
            api_name: None,
            description: "Points at which a run waits for a person: auroractl approve RUN GATE. A gate of the same name replaces an inherited one.",
            form: Form::Tables(&GATE),
        },
        Key {
            name: "remove_steps",
            api_name: None,
            description: "Inherited steps and gates that this partition does without.",
            form: Form::Texts(0),
        },
    ],
};

/// `[partition]`
pub(super) static PARTITION: Table = Table {
    name: "partition",
    description: "One Aurora cluster and its settings in one environment.",
    keys: &[Key {
        name: "name",
        api_name: None,
        description: "The partition's name; the file is called NAME.toml.",
        form: Form::Shape("^[A-Za-z0-9]([A-Za-z0-9_-]{0,62})$"),
    }],
};

/// `[aws]`
pub(super) static AWS: Table = Table {
    name: "aws",
    description: "The account and region that the partition lives in.",
    keys: &[
        Key {
            name: "account",
            api_name: None,
            description: "The twelve digits of the account. A guard: the caller identity must agree, or else nothing runs.",
            form: Form::Shape("^[0-9]{12}$"),
        },
        Key {
            name: "region",
            api_name: None,
            description: "The region, such as us-east-1.",
            form: Form::Shape("^[a-z]{2,}(-[a-z]+)+-[0-9]+$"),
        },
        Key {
            name: "profile",
            api_name: None,
            description: "The profile to use when neither AWS_PROFILE nor credentials in the environment are set.",
            form: Form::Shape("^.+$"),
        },
    ],
};

/// `[cluster]`
pub(super) static CLUSTER: Table = Table {
    name: "cluster",
    description: "The cluster and its members.",
    keys: &[
        Key {
            name: "identifier",
            api_name: Some("DBClusterIdentifier"),
            description: "The cluster's identifier. RDS stores it in lower case and looks it up without regard to case.",
            form: Form::Shape(IDENTIFIER),
        },
        Key {
            name: "engine",
            api_name: Some("Engine"),
            description: "The engine; aurora-postgresql unless told.",
            form: Form::OneOf(&["aurora-postgresql"]),
        },
        Key {
            name: "engine_version",
            api_name: Some("EngineVersion"),
            description: "A full version (\"16.6\"), or a prefix (\"16\") that accepts every version below it.",
            form: Form::Shape(r"^[0-9]+(\.[0-9]+)*$"),
        },
        Key {
            name: "instance_class",
            api_name: Some("DBInstanceClass"),
            description: "The class of every member that has none of its own.",
            form: Form::Shape(r"^db(\.[a-z0-9-]+)+$"),
        },
        Key {
            name: "apply_immediately",
            api_name: Some("ApplyImmediately"),
            description: "true: changes are made live in the run that sends them. false (unless told): what restarts a member is queued, and made live inside the window.",
            form: Form::Boolean,
        },
        Key {
            name: "parameter_group",
            api_name: Some("DBClusterParameterGroupName"),
            description: "The cluster parameter group's name; derived from cluster and family where it is not declared.",
            form: Form::Shape(IDENTIFIER),
        },
        Key {
            name: "database_insights",
            api_name: Some("DatabaseInsightsMode"),
            description: "The mode of Database Insights; advanced needs performance_insights_retention_days of 465 or more.",
            form: Form::OneOf(&["standard", "advanced"]),
        },
        Key {
            name: "performance_insights_retention_days",
            api_name: Some("PerformanceInsightsRetentionPeriod"),
            description: "Days that Performance Insights keeps its data: 7, a multiple of 31 up to 713, or 731.",
            form: Form::RetentionDays,
        },
        Key {
            name: "instances",
            api_name: None,
            description: "Settings of single members, by instance identifier.",
            form: Form::TableByInstance(&INSTANCE),
        },
    ],
};

/// `[cluster.instances.ID]`
pub(super) static INSTANCE: Table = Table {
    name: "cluster.instances.ID",
    description: "What is declared of one member alone.",
    keys: &[Key {
        name: "instance_class",
        api_name: Some("DBInstanceClass"),
        description: "The member's class.",
        form: Form::Shape(r"^db(\.[a-z0-9-]+)+$"),
    }],
};

/// `[window]`
pub(super) static WINDOW: Table = Table {
    name: "window",
    description: "When writer interruptions may begin: either weekly, or once (at and length).",
    keys: &[
        Key {
            name: "weekly",
            api_name: None,
            description: "A day and its hours, such as \"Thu 23:00-02:00\"; an end before the beginning is on the next day.",
            form: Form::Shape("^[A-Za-z]{3,9} +[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$"),
        },
        Key {
            name: "at",
            api_name: None,
            description: "The local time at which a single window opens, such as \"2026-05-14T23:00\".",
            form: Form::Shape("^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"),
        },
        Key {
            name: "length",
            api_name: None,
            description: "How long a single window stays open, such as \"3h\" or \"90min\".",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "time_zone",
            api_name: None,
            description: "The IANA time zone of the window's times, such as America/Los_Angeles.",
            form: Form::Shape("^[A-Za-z0-9_+/-]+$"),
        },
    ],
};

/// `[budget]`
pub(super) static BUDGET: Table = Table {
    name: "budget",
    description: "What a plan may cost.",
    keys: &[Key {
        name: "writer_interruption",
        api_name: None,
        description: "The longest writer interruption that a plan may forecast, such as \"60s\".",
        form: Form::Shape(DURATION),
    }],
};

/// `[snapshot]`
pub(super) static SNAPSHOT: Table = Table {
    name: "snapshot",
    description: "The snapshot that is made before anything that can interrupt.",
    keys: &[Key {
        name: "keep",
        api_name: None,
        description: "\"until-verified\" (unless told): released once every declared witness agrees, after 24 hours where no SQL witness is declared. A time of whole hours, such as \"7d\". \"never\": no snapshot is made.",
        form: Form::Shape(r"^(until-verified|never|[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d))$"),
    }],
};

/// `[store]`
pub(super) static STORE: Table = Table {
    name: "store",
    description: "Where runs and leases are kept, so that other machines are kept out; beside the declarations unless told.",
    keys: &[
        Key {
            name: "url",
            api_name: None,
            description: "A bucket of S3 and a folder in it: \"s3://BUCKET/PREFIX\".",
            form: Form::Shape("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)*/?$"),
        },
        Key {
            name: "region",
            api_name: None,
            description: "The bucket's region; the partition's unless told.",
            form: Form::Shape("^[a-z]{2,}(-[a-z]+)+-[0-9]+$"),
        },
        Key {
            name: "profile",
            api_name: None,
            description: "The profile that may use the bucket, when neither AWS_PROFILE nor credentials in the environment are set; the partition's unless told.",
            form: Form::Shape("^.+$"),
        },
    ],
};

const STEP_NAME: &str = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$";
const AFTER: &str = "^[a-z-]+( +[A-Za-z](-?[A-Za-z0-9])*)?$";
const AFTER_DESCRIPTION: &str = "What it follows. A phase (preflight, safeguard, stage, settle, activate, verify, clean-up): after its last action. An action (such as failover, reboot, or restart for whatever restarts a member): after each of them. An action and a member, such as \"reboot orders-2\": after that one. Where the plan has none of it, there is no step.";

/// `[[step]]`
pub(super) static STEP: Table = Table {
    name: "[step]",
    description: "A command that goes with the changes.",
    keys: &[
        Key {
            name: "name",
            api_name: None,
            description: "Its name, by which it is told apart from every other step and gate.",
            form: Form::Shape(STEP_NAME),
        },
        Key {
            name: "after",
            api_name: None,
            description: AFTER_DESCRIPTION,
            form: Form::Shape(AFTER),
        },
        Key {
            name: "command",
            api_name: None,
            description: "The program, then its arguments. No shell reads them. It runs in the folder above that of the declarations.",
            form: Form::Texts(1),
        },
        Key {
            name: "environment",
            api_name: None,
            description: "What its environment holds besides PATH, HOME and the like and what begins with AURORACTL_. A text stands in plan files and is no secret; { from = \"VARIABLE\" } takes the value from the environment of auroractl.",
            form: Form::Environment(&VARIABLE),
        },
        Key {
            name: "mask",
            api_name: None,
            description: "Further environment variables of auroractl whose values never reach what is kept of the output.",
            form: Form::Texts(0),
        },
        Key {
            name: "expected",
            api_name: None,
            description: "How long it is expected to take; \"1min\" unless told. The plan counts it, and the window must leave room for it.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "time_limit",
            api_name: None,
            description: "How long it may take; \"10min\" unless told. Then it is ended with all that it started.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "retries",
            api_name: None,
            description: "How often it is run again when it fails; 0 unless told. Needs repeat = true.",
            form: Form::Count(100),
        },
        Key {
            name: "retry_after",
            api_name: None,
            description: "How long before it is run again; \"10s\" unless told.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "repeat",
            api_name: None,
            description: "true: it may be run again when nobody knows how far it came. false (unless told): a person decides then.",
            form: Form::Boolean,
        },
        Key {
            name: "keep_output",
            api_name: None,
            description: "How much of the end of its output is kept with the run, up to \"1MB\"; \"64kB\" unless told.",
            form: Form::Shape(r"^[0-9]+(\.[0-9]+)? ?(B|kB|MB)$"),
        },
        Key {
            name: "simulated",
            api_name: None,
            description: "What comes of it where it is not run, in a simulation inside the process; success unless told.",
            form: Form::OneOf(&["success", "failure"]),
        },
    ],
};

/// A variable that is taken from the environment.
pub(super) static VARIABLE: Table = Table {
    name: "[step]: environment",
    description: "A value that is taken from the environment of auroractl.",
    keys: &[
        Key {
            name: "from",
            api_name: None,
            description: "The environment variable.",
            form: Form::Shape("^[A-Za-z_][A-Za-z0-9_]*$"),
        },
        Key {
            name: "mask",
            api_name: None,
            description: "Whether the value never reaches what is kept of the output; true unless told.",
            form: Form::Boolean,
        },
    ],
};

/// `[[gate]]`
pub(super) static GATE: Table = Table {
    name: "[gate]",
    description: "A point at which a run waits for a person.",
    keys: &[
        Key {
            name: "name",
            api_name: None,
            description: "Its name, by which it is approved.",
            form: Form::Shape(STEP_NAME),
        },
        Key {
            name: "after",
            api_name: None,
            description: AFTER_DESCRIPTION,
            form: Form::Shape(AFTER),
        },
        Key {
            name: "message",
            api_name: None,
            description: "What the person is to look at before the run goes on.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "wait",
            api_name: None,
            description: "How long the process waits for the approval; \"1h\" unless told. Then it ends with exit code 4, and the cluster stays held until `approve` and `resume`.",
            form: Form::Shape(DURATION),
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_aws_has_are_found_in_its_spellings() {
        let found = |written: &str| CLUSTER.find(written).map(|key| key.name);
        assert_eq!(found("apply_immediately"), Some("apply_immediately"));
        assert_eq!(found("applyImmediately"), Some("apply_immediately"));
        assert_eq!(found("ApplyImmediately"), Some("apply_immediately"));
        assert_eq!(found("dbClusterIdentifier"), Some("identifier"));
        assert_eq!(
            found("DBClusterParameterGroupName"),
            Some("parameter_group")
        );
        assert_eq!(found("applyimmediately"), None);
    }

    #[test]
    fn no_two_keys_of_a_table_share_a_spelling() {
        for table in TABLES {
            let mut spellings: Vec<_> = table.spellings().collect();
            let all = spellings.len();
            spellings.sort();
            spellings.dedup();
            assert_eq!(spellings.len(), all, "{}", table.title());
        }
    }
}
