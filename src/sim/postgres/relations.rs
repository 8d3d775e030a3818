//! Views and set-returning functions. In: their names, the context. Out: columns and rows.
//!
//! Sources: PostgreSQL documentation, "System Catalogs", "System Views" and "pg_stat_statements"; Aurora User Guide,
//! "aurora_replica_status". Relations of which only some columns are held are marked: asking them for others, or for all, is
//! refused.

use super::context::Context;
use super::error::SqlError;
use super::extensions::{self, EXTENSIONS, extension_version};
use super::reply::Column;
use super::value::{Type, Value};

/// A relation that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relation {
    Settings,
    Statements,
    Extensions,
    AvailableExtensions,
    Roles,
    AuthMembers,
    Databases,
    ReplicaStatus,
    CronJobs,
    /// A temporary table.
    Table(String),
}

/// A relation by its name without the schema.
pub(crate) fn named(name: &str, context: &Context<'_>) -> Result<Relation, SqlError> {
    if context.session.tables.contains_key(name) {
        return Ok(Relation::Table(name.to_owned()));
    }
    Ok(match name {
        "pg_settings" => Relation::Settings,
        "pg_extension" => Relation::Extensions,
        "pg_available_extensions" => Relation::AvailableExtensions,
        "pg_roles" => Relation::Roles,
        "pg_auth_members" => Relation::AuthMembers,
        "pg_database" => Relation::Databases,
        "pg_stat_statements" if context.has_extension("pg_stat_statements") => {
            extensions::check_loaded("pg_stat_statements", context)?;
            Relation::Statements
        }
        // PostgreSQL's own relations exist, even if nothing is known of them here.
        _ if name != "pg_stat_statements" && name.starts_with("pg_") => {
            return Err(SqlError::not_simulated(format_args!("the relation {name}")));
        }
        _ => {
            return Err(SqlError::new(
                "42P01",
                format!("relation \"{name}\" does not exist"),
            ));
        }
    })
}

/// A relation by its schema and name. Source for `cron`: documentation of pg_cron; the Aurora User Guide lets rds_superuser use it.
pub(crate) fn in_schema(
    schema: &str,
    name: &str,
    context: &Context<'_>,
) -> Result<Relation, SqlError> {
    let missing = || {
        let message = format!("relation \"{schema}.{name}\" does not exist");
        SqlError::new("42P01", message)
    };
    match schema {
        "pg_catalog" => named(name, context),
        // Where extensions are created.
        "public" if name == "pg_stat_statements" => named(name, context).map_err(|error| {
            if error.code == "42P01" {
                missing()
            } else {
                error
            }
        }),
        "cron" if !context.has_extension("pg_cron") => Err(missing()),
        "cron" if !context.may("rds_superuser") => {
            Err(SqlError::new("42501", "permission denied for schema cron"))
        }
        "cron" if name == "job" => Ok(Relation::CronJobs),
        "cron" | "information_schema" => Err(SqlError::not_simulated(format_args!(
            "the relation {schema}.{name}"
        ))),
        _ => Err(missing()),
    }
}

/// A function that stands in FROM and gives rows.
pub(crate) fn of_function(name: &str) -> Option<Relation> {
    (name == "aurora_replica_status").then_some(Relation::ReplicaStatus)
}

impl Relation {
    pub(crate) fn columns(&self, context: &Context<'_>) -> Vec<Column> {
        use Type::{Bool, Float8, Int4, Int8, Name, Oid, Text, Texts, Time};
        let columns: &[(&str, Type)] = match self {
            Self::Settings => &[
                ("name", Text),
                ("setting", Text),
                ("unit", Text),
                ("category", Text),
                ("short_desc", Text),
                ("extra_desc", Text),
                ("context", Text),
                ("vartype", Text),
                ("source", Text),
                ("min_val", Text),
                ("max_val", Text),
                ("enumvals", Texts),
                ("boot_val", Text),
                ("reset_val", Text),
                ("sourcefile", Text),
                ("sourceline", Int4),
                ("pending_restart", Bool),
            ],
            Self::Statements => &[
                ("userid", Oid),
                ("toplevel", Bool),
                ("query", Text),
                ("calls", Int8),
                ("total_exec_time", Float8),
                ("min_exec_time", Float8),
                ("max_exec_time", Float8),
                ("mean_exec_time", Float8),
                ("rows", Int8),
            ],
            Self::Extensions => &[
                ("extname", Name),
                ("extversion", Text),
                ("extrelocatable", Bool),
            ],
            Self::AvailableExtensions => &[
                ("name", Name),
                ("default_version", Text),
                ("installed_version", Text),
            ],
            Self::Roles => &[
                ("rolname", Name),
                ("rolsuper", Bool),
                ("rolcanlogin", Bool),
                ("rolpassword", Text),
                ("oid", Oid),
            ],
            Self::AuthMembers => &[("roleid", Oid), ("member", Oid)],
            Self::Databases => &[("datname", Name), ("datallowconn", Bool)],
            Self::ReplicaStatus => &[
                ("server_id", Text),
                ("session_id", Text),
                ("is_current", Int4),
                ("last_update_timestamp", Time),
                ("replica_lag_in_msec", Float8),
                ("cpu", Float8),
            ],
            Self::CronJobs => &[
                ("jobid", Int8),
                ("schedule", Text),
                ("command", Text),
                ("nodename", Text),
                ("nodeport", Int4),
                ("database", Text),
                ("username", Text),
                ("active", Bool),
                ("jobname", Text),
            ],
            Self::Table(name) => {
                let table = context.session.tables.get(name);
                return table.map(|table| table.columns.clone()).unwrap_or_default();
            }
        };
        columns
            .iter()
            .map(|(name, kind)| Column::new(*name, *kind))
            .collect()
    }

    /// Whether the real relation has more columns.
    pub(crate) fn is_partial(&self) -> bool {
        !matches!(self, Self::Settings | Self::CronJobs | Self::Table(_))
    }

    pub(crate) fn rows(&self, context: &Context<'_>) -> Vec<Vec<Value>> {
        match self {
            Self::Settings => settings(context),
            Self::Statements => statements(context),
            Self::Extensions => {
                let installed = EXTENSIONS.iter().filter(|name| context.has_extension(name));
                installed
                    .map(|name| {
                        vec![
                            Value::text(*name),
                            Value::maybe(extension_version(name, context.major())),
                            Value::Bool(extensions::relocatable(name)),
                        ]
                    })
                    .collect()
            }
            Self::AvailableExtensions => EXTENSIONS
                .iter()
                .map(|name| {
                    let version = extension_version(name, context.major());
                    let installed = version.filter(|_| context.has_extension(name));
                    vec![
                        Value::text(*name),
                        Value::maybe(version),
                        Value::maybe(installed),
                    ]
                })
                .collect(),
            Self::Roles => context
                .cluster
                .roles()
                .into_iter()
                .map(|role| {
                    vec![
                        Value::text(&role.name),
                        Value::Bool(role.name == super::roles::SERVICE_ROLE),
                        Value::Bool(role.logs_in),
                        Value::text("********"),
                        Value::Int(role.oid),
                    ]
                })
                .collect(),
            Self::AuthMembers => auth_members(context),
            Self::Databases => context
                .cluster
                .databases()
                .into_keys()
                .chain(["rdsadmin", "template0", "template1"].map(str::to_owned))
                .map(|name| {
                    let open = name != "template0";
                    vec![Value::Text(name), Value::Bool(open)]
                })
                .collect(),
            Self::ReplicaStatus => replica_status(context),
            // Nobody can schedule one here.
            Self::CronJobs => Vec::new(),
            Self::Table(name) => {
                let table = context.session.tables.get(name);
                table.map(|table| table.rows.clone()).unwrap_or_default()
            }
        }
    }
}

fn settings(context: &Context<'_>) -> Vec<Vec<Value>> {
    let rows = context.all_settings().into_iter();
    rows.filter(|(_, (setting, _))| !setting.placeholder)
        .map(|(name, (setting, value))| {
            let in_session = context.session.set.contains_key(&name);
            let at_start = context.session.initial.get(&name);
            let source = match (in_session, at_start) {
                (true, Some(initial)) if *initial == value => "client",
                (true, _) => "session",
                (false, _) => setting.source,
            };
            vec![
                Value::Text(setting.name),
                Value::Text(value),
                Value::maybe(setting.unit),
                Value::Text(setting.category),
                Value::Text(setting.description),
                Value::Null,
                Value::Text(setting.context),
                Value::Text(setting.vartype),
                Value::text(source),
                Value::maybe(setting.min_val),
                Value::maybe(setting.max_val),
                setting.enumvals.map_or(Value::Null, |values| {
                    Value::Texts(values.into_iter().map(Some).collect())
                }),
                Value::maybe(setting.boot_val),
                Value::Text(at_start.cloned().unwrap_or(setting.value)),
                // Hidden from all but superusers, which nobody is.
                Value::Null,
                Value::Null,
                Value::Bool(setting.pending_restart),
            ]
        })
        .collect()
}

/// The texts of other users' statements are for those who may read all statistics.
fn statements(context: &Context<'_>) -> Vec<Vec<Value>> {
    let roles = context.cluster.roles();
    let sees_all = context.may("pg_read_all_stats");
    let entries = context.statistics.iter();
    entries
        .map(|entry| {
            let oid = roles
                .iter()
                .find(|role| role.name == entry.user)
                .map(|role| role.oid);
            let query = if sees_all || entry.user == context.session.user {
                entry.query.as_str()
            } else {
                "<insufficient privilege>"
            };
            let zero = || Value::Float(0.0);
            vec![
                oid.map_or(Value::Null, Value::Int),
                Value::Bool(true),
                Value::text(query),
                Value::Int(entry.calls),
                zero(),
                zero(),
                zero(),
                zero(),
                Value::Int(entry.rows),
            ]
        })
        .collect()
}

fn auth_members(context: &Context<'_>) -> Vec<Vec<Value>> {
    let roles = context.cluster.roles();
    let oid = |name: &str| {
        roles
            .iter()
            .find(|role| role.name == name)
            .map(|role| role.oid)
    };
    roles
        .iter()
        .flat_map(|member| {
            let parents = context.cluster.belongs_to(&member.name).into_iter();
            parents
                .filter_map(|parent| Some(vec![Value::Int(oid(&parent)?), Value::Int(member.oid)]))
        })
        .collect()
}

/// A row for each member that is up. The writer's session is called `MASTER_SESSION_ID`; the time of the last update is null on the
/// member that is asked.
fn replica_status(context: &Context<'_>) -> Vec<Vec<Value>> {
    let members = context.place.members(context.cluster);
    members
        .filter(|member| member.engine_up)
        .map(|member| {
            let asked = member.identifier == context.instance.identifier;
            vec![
                Value::text(&member.identifier),
                if member.writer {
                    Value::text("MASTER_SESSION_ID")
                } else {
                    Value::text(uuid(&member.resource_id, member.started))
                },
                Value::Int(1),
                if asked {
                    Value::Null
                } else {
                    Value::Time(context.now)
                },
                if member.writer {
                    Value::Null
                } else {
                    Value::Float(0.0)
                },
                Value::Float(0.0),
            ]
        })
        .collect()
}

/// A name for a reader's session in the shape of a UUID, the same until the reader restarts.
fn uuid(resource_id: &str, started: jiff::Timestamp) -> String {
    let started = started.as_microsecond();
    let digits = crate::sim::random::Draws::default().name(
        started.unsigned_abs(),
        "replica session",
        resource_id,
        "0123456789abcdef",
        32,
    );
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
