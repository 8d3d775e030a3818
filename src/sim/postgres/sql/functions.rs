//! Functions. In: a name and the types of arguments; later the arguments. Out: a result type; later a value.
//!
//! Sources: PostgreSQL documentation, "System Information Functions" and "String Functions"; Aurora User Guide, "Aurora PostgreSQL
//! functions reference".

use jiff::Timestamp;

use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// A function that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    AuroraVersion,
    BackendPid,
    ClientAddress,
    ClientPort,
    ClockTimestamp,
    CurrentDatabase,
    CurrentSchema,
    CurrentSetting,
    CurrentUser,
    HasRole,
    InRecovery,
    InstanceIdentifier,
    Length,
    Lower,
    Now,
    NullIf,
    PostmasterStart,
    ServerAddress,
    ServerPort,
    Sleep,
    SplitPart,
    StringToArray,
    Trim,
    Upper,
    Version,
}

/// The types of arguments and of the result; an optional last argument stands after the others.
type Signature = (Function, &'static [Type], Option<Type>, Type);

/// A function by its name without the schema.
pub(crate) fn signature(name: &str) -> Option<Signature> {
    use Function as F;
    use Type as T;
    Some(match name {
        "aurora_version" => (F::AuroraVersion, &[], None, T::Text),
        "pg_backend_pid" => (F::BackendPid, &[], None, T::Int4),
        "inet_client_addr" => (F::ClientAddress, &[], None, T::Inet),
        "inet_client_port" => (F::ClientPort, &[], None, T::Int4),
        "clock_timestamp" | "statement_timestamp" => (F::ClockTimestamp, &[], None, T::Time),
        "current_database" | "current_catalog" => (F::CurrentDatabase, &[], None, T::Name),
        "current_schema" => (F::CurrentSchema, &[], None, T::Name),
        "current_setting" => (F::CurrentSetting, &[T::Text], Some(T::Bool), T::Text),
        "current_user" | "session_user" | "user" | "current_role" => {
            (F::CurrentUser, &[], None, T::Name)
        }
        "pg_has_role" => (F::HasRole, &[T::Name, T::Text], Some(T::Text), T::Bool),
        "pg_is_in_recovery" => (F::InRecovery, &[], None, T::Bool),
        "aurora_db_instance_identifier" => (F::InstanceIdentifier, &[], None, T::Text),
        "length" | "char_length" => (F::Length, &[T::Text], None, T::Int4),
        "lower" => (F::Lower, &[T::Text], None, T::Text),
        "now" | "transaction_timestamp" | "current_timestamp" => (F::Now, &[], None, T::Time),
        "nullif" => (F::NullIf, &[T::Text, T::Text], None, T::Text),
        "pg_postmaster_start_time" => (F::PostmasterStart, &[], None, T::Time),
        "inet_server_addr" => (F::ServerAddress, &[], None, T::Inet),
        "inet_server_port" => (F::ServerPort, &[], None, T::Int4),
        "pg_sleep" => (F::Sleep, &[T::Float8], None, T::Void),
        "split_part" => (F::SplitPart, &[T::Text, T::Text, T::Int4], None, T::Text),
        "string_to_array" => (F::StringToArray, &[T::Text, T::Text], None, T::Texts),
        "btrim" => (F::Trim, &[T::Text], None, T::Text),
        "upper" => (F::Upper, &[T::Text], None, T::Text),
        "version" => (F::Version, &[], None, T::Text),
        _ => return None,
    })
}

impl Function {
    /// Null arguments give null, except where the setting of a session decides.
    pub(crate) fn call(
        self,
        context: &Context<'_>,
        arguments: &[Value],
    ) -> Result<Value, SqlError> {
        if arguments.iter().any(Value::is_null) && self != Self::NullIf {
            return Ok(Value::Null);
        }
        let text = |index: usize| match arguments.get(index) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let time = |time: Timestamp| Ok(Value::Time(time));
        let address = |end: Option<(std::net::IpAddr, u16)>| {
            Ok(end.map_or(Value::Null, |(address, _)| Value::Inet(address)))
        };
        let port = |end: Option<(std::net::IpAddr, u16)>| {
            Ok(end.map_or(Value::Null, |(_, port)| Value::Int(i64::from(port))))
        };
        let session = context.session;
        match self {
            // Assumed: the version of Aurora is that of the engine with a patch number behind it.
            Self::AuroraVersion => Ok(Value::text(format!(
                "{}.0",
                context.instance.engine_version
            ))),
            Self::BackendPid => Ok(Value::Int(i64::from(session.process))),
            Self::ClientAddress => address(session.client),
            Self::ClientPort => port(session.client),
            Self::ClockTimestamp => time(context.now),
            Self::CurrentDatabase => Ok(Value::text(&session.database)),
            Self::CurrentSchema => Ok(Value::text("public")),
            Self::CurrentSetting => current_setting(context, text(0), arguments.get(1)),
            Self::CurrentUser => Ok(Value::text(&session.user)),
            Self::HasRole => has_role(context, arguments),
            Self::InRecovery => Ok(Value::Bool(!context.instance.writer)),
            Self::InstanceIdentifier => Ok(Value::text(&context.instance.identifier)),
            Self::Length => Ok(Value::Int(
                i64::try_from(text(0).chars().count()).unwrap_or(i64::MAX),
            )),
            Self::Lower => Ok(Value::text(text(0).to_lowercase())),
            Self::Now => time(context.transaction_start()),
            Self::NullIf => {
                let same = arguments.first() == arguments.get(1);
                Ok(if same {
                    Value::Null
                } else {
                    arguments.first().cloned().unwrap_or(Value::Null)
                })
            }
            Self::PostmasterStart => time(context.instance.started),
            Self::ServerAddress => address(session.server),
            Self::ServerPort => port(session.server),
            Self::Sleep => {
                let seconds = arguments
                    .first()
                    .and_then(Value::as_float)
                    .unwrap_or_default();
                let before = context.pause_seconds.get();
                context.pause_seconds.set(before + seconds.max(0.0));
                Ok(Value::Void)
            }
            Self::SplitPart => split_part(text(0), text(1), arguments.get(2)),
            Self::StringToArray => Ok(Value::Texts(string_to_array(text(0), text(1)))),
            Self::Trim => Ok(Value::text(text(0).trim_matches(' '))),
            Self::Upper => Ok(Value::text(text(0).to_uppercase())),
            Self::Version => Ok(Value::text(context.version_text())),
        }
    }
}

/// The value as SHOW prints it. `missing_ok` forgives a name that does not exist, and no missing privilege.
fn current_setting(
    context: &Context<'_>,
    name: &str,
    missing_ok: Option<&Value>,
) -> Result<Value, SqlError> {
    let name = name.to_ascii_lowercase();
    match context.visible(&name) {
        Ok(setting) => {
            let value = context.session.set.get(&name).unwrap_or(&setting.value);
            Ok(Value::text(setting.shown(value)))
        }
        Err(error) if error.code == "42704" && missing_ok == Some(&Value::Bool(true)) => {
            Ok(Value::Null)
        }
        Err(error) => Err(error),
    }
}

/// `pg_has_role([user,] role, privilege)`.
fn has_role(context: &Context<'_>, arguments: &[Value]) -> Result<Value, SqlError> {
    let texts: Vec<&str> = arguments
        .iter()
        .map(|argument| match argument {
            Value::Text(text) => text.as_str(),
            _ => "",
        })
        .collect();
    let (user, role, privilege) = match texts.as_slice() {
        [role, privilege] => (context.session.user.as_str(), *role, *privilege),
        [user, role, privilege] => (*user, *role, *privilege),
        _ => return Ok(Value::Null),
    };
    let roles = context.cluster.roles();
    for name in [user, role] {
        if !roles.iter().any(|role| role.name == name) {
            return Err(SqlError::new(
                "42704",
                format!("role \"{name}\" does not exist"),
            ));
        }
    }
    for privilege in privilege.split(',') {
        match privilege.trim().to_ascii_uppercase().as_str() {
            "MEMBER" | "USAGE" => {}
            other if other.starts_with("SET") || other.contains("WITH") => {
                return Err(SqlError::not_simulated("options of role membership"));
            }
            other => {
                return Err(SqlError::new(
                    "22023",
                    format!("unrecognized privilege type: \"{other}\""),
                ));
            }
        }
    }
    Ok(Value::Bool(context.cluster.has_role(user, role)))
}

fn split_part(text: &str, separator: &str, field: Option<&Value>) -> Result<Value, SqlError> {
    let Some(Value::Int(field)) = field else {
        return Ok(Value::Null);
    };
    let parts: Vec<&str> = if separator.is_empty() {
        vec![text]
    } else {
        text.split(separator).collect()
    };
    let index = match *field {
        0 => return Err(SqlError::new("22023", "field position must not be zero")),
        field if field > 0 => usize::try_from(field - 1).ok(),
        field => usize::try_from(field.unsigned_abs())
            .ok()
            .and_then(|field| parts.len().checked_sub(field)),
    };
    let part = index.and_then(|index| parts.get(index)).copied();
    Ok(Value::text(part.unwrap_or_default()))
}

fn string_to_array(text: &str, separator: &str) -> Vec<Option<String>> {
    match (text, separator) {
        ("", _) => Vec::new(),
        (text, "") => vec![Some(text.to_owned())],
        (text, separator) => text
            .split(separator)
            .map(|part| Some(part.to_owned()))
            .collect(),
    }
}
