//! `[verify.sql]` with its tables, and `[[probe]]`.

use super::{DURATION, Form, Key, Table};

/// `[verify]`
pub(in crate::config) static VERIFY: Table = Table {
    name: "verify",
    description: "How values are proven, beyond what the RDS API shows.",
    keys: &[Key {
        name: "sql",
        api_name: None,
        description: "How members are asked over SQL.",
        form: Form::Table(&SQL),
    }],
};

/// `[verify.sql]`
pub(in crate::config) static SQL: Table = Table {
    name: "verify.sql",
    description: "How members are asked over SQL.",
    keys: &[
        Key {
            name: "user",
            api_name: None,
            description: "The role that logs in. With pg_monitor it may read every setting.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "database",
            api_name: None,
            description: "The database in which settings are read; postgres unless told.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "databases",
            api_name: None,
            description: "The databases in which extensions and probes are tried; `database` unless told.",
            form: Form::Texts(1),
        },
        Key {
            name: "ssl_mode",
            api_name: None,
            description: "verify-full (unless told): encryption, and a certificate of a known authority that names the endpoint. verify-ca: whatever it names. require: whoever answers. disable: no encryption.",
            form: Form::OneOf(SSL_MODES),
        },
        Key {
            name: "ca_file",
            api_name: None,
            description: "The authorities that may sign a server's certificate (PEM), relative to this file; those of the system unless told.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "password_env",
            api_name: None,
            description: "The environment variable that holds the password.",
            form: Form::Shape("^[^=]+$"),
        },
        Key {
            name: "password_file",
            api_name: None,
            description: "The file that holds the password, relative to this file.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "password_command",
            api_name: None,
            description: "A program and its arguments, which no shell reads; what it prints is the password.",
            form: Form::Texts(1),
        },
        Key {
            name: "iam",
            api_name: None,
            description: "true: the password is an IAM authentication token.",
            form: Form::Boolean,
        },
        Key {
            name: "connect_timeout",
            api_name: None,
            description: "How long a session may take to open, TLS and login included; 10s unless told.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "statement_timeout",
            api_name: None,
            description: "How long one statement may take; 10s unless told.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "command_timeout",
            api_name: None,
            description: "How long password_command may take; 30s unless told.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "probe_interval",
            api_name: None,
            description: "The pause between two probes while a run may interrupt writes; 1s unless told. Each is one small statement through the cluster endpoint, over one connection.",
            form: Form::Shape(DURATION),
        },
        Key {
            name: "cluster_endpoint",
            api_name: None,
            description: "Where the cluster endpoint is reached, if not where AWS says.",
            form: Form::Table(&CLUSTER_ENDPOINT),
        },
        Key {
            name: "instances",
            api_name: None,
            description: "Where single members are reached, if not where AWS says.",
            form: Form::TableByInstance(&MEMBER_ENDPOINT),
        },
        Key {
            name: "tunnel",
            api_name: None,
            description: "The command that leads to every endpoint that is not reached elsewhere.",
            form: Form::Table(&TUNNEL),
        },
    ],
};

/// PostgreSQL's names that do what they say. `allow` and `prefer` go on without encryption.
pub(in crate::config) const SSL_MODES: &[&str] =
    &["disable", "require", "verify-ca", "verify-full"];

const ELSEWHERE: &[Key] = &[
    Key {
        name: "host",
        api_name: None,
        description: "The host or address; AWS's own unless told.",
        form: Form::Shape(r"^[^\s/]+$"),
    },
    Key {
        name: "port",
        api_name: None,
        description: "The port; AWS's own unless told.",
        form: Form::Port,
    },
    Key {
        name: "certificate_name",
        api_name: None,
        description: "The name that the server's certificate must carry; AWS's name of the endpoint unless told.",
        form: Form::Shape(r"^[^\s/]+$"),
    },
];

/// `[verify.sql.cluster_endpoint]`
pub(in crate::config) static CLUSTER_ENDPOINT: Table = Table {
    name: "verify.sql.cluster_endpoint",
    description: "Where the cluster endpoint is reached.",
    keys: ELSEWHERE,
};

/// `[verify.sql.instances.ID]`
pub(in crate::config) static MEMBER_ENDPOINT: Table = Table {
    name: "verify.sql.instances.ID",
    description: "Where this member is reached.",
    keys: ELSEWHERE,
};

/// `[verify.sql.tunnel]`
pub(in crate::config) static TUNNEL: Table = Table {
    name: "verify.sql.tunnel",
    description: "A command that forwards a local port to an endpoint while the checks run.",
    keys: &[
        Key {
            name: "command",
            api_name: None,
            description: "A program and its arguments, which no shell reads, with {host}, {port} and {local_port} in them. It stays in the foreground and asks nothing.",
            form: Form::Texts(1),
        },
        Key {
            name: "ready_timeout",
            api_name: None,
            description: "How long it may take until PostgreSQL answers through it; 30s unless told.",
            form: Form::Shape(DURATION),
        },
    ],
};

/// `[[probe]]`
pub(in crate::config) static PROBE: Table = Table {
    name: "[probe]",
    description: "A statement and what it must answer.",
    keys: &[
        Key {
            name: "name",
            api_name: None,
            description: "The probe's name. A nearer file's probe of the same name replaces it.",
            form: Form::Shape("^.+$"),
        },
        Key {
            name: "sql",
            api_name: None,
            description: "One statement, run in a read-only transaction.",
            form: Form::Shape(r"^[\s\S]+$"),
        },
        Key {
            name: "expect",
            api_name: None,
            description: "What it must answer: a text, a number, true or false for one row; a list of them for one row each. One column.",
            form: Form::ScalarOrScalars,
        },
        Key {
            name: "phase",
            api_name: None,
            description: "after (unless told): after the restarts, and in verify. before: before the first restart.",
            form: Form::OneOf(PHASES),
        },
        Key {
            name: "at",
            api_name: None,
            description: "Whom it asks: each-member (unless told), or cluster-endpoint.",
            form: Form::OneOf(WHOM),
        },
        Key {
            name: "databases",
            api_name: None,
            description: "The databases that it is run in; those of [verify.sql] unless told.",
            form: Form::Texts(1),
        },
    ],
};

pub(in crate::config) const PHASES: &[&str] = &["before", "after"];
pub(in crate::config) const WHOM: &[&str] = &["each-member", "cluster-endpoint"];
