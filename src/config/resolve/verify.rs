//! `[verify.sql]` and `[[probe]]` from their layers: one password, and nothing that would do nothing.

use super::{Resolver, optional};
use crate::config::keys::verify as keys;
use crate::config::layer::verify::{
    ElsewhereLayer, PasswordLayer, ProbeLayer, SqlLayer, TunnelLayer,
};
use crate::config::problem::Problem;
use crate::config::source::{At, Field};
use crate::desired::verify::{
    Elsewhere, PROBE_SECONDS, Password, Phase, Probe, Sql, SslMode, Tunnel, Verify, Whom,
};
use std::collections::{BTreeMap, BTreeSet};

const CONNECT_SECONDS_MAX: u32 = 10;
const STATEMENT_SECONDS_MAX: u32 = 10;
const COMMAND_SECONDS_MAX: u32 = 30;
const READY_SECONDS_MAX: u32 = 30;

impl Resolver<'_> {
    /// `None` where something is wrong.
    pub(super) fn verify(&mut self, sql: &SqlLayer, probes: &[ProbeLayer]) -> Option<Verify> {
        let declared = self.sql(sql);
        let probes = self.probes(probes, sql.header.is_some());
        let (declared, mut probes) = (declared?, probes?);
        if let Some(sql) = &declared {
            for probe in probes.iter_mut().filter(|probe| probe.databases.is_empty()) {
                probe.databases.clone_from(&sql.databases);
            }
        }
        Some(Verify {
            sql: declared,
            probes,
        })
    }

    /// `Some(None)` where no SQL witness is declared, `None` where a declared one is wrong.
    fn sql(&mut self, layer: &SqlLayer) -> Option<Option<Sql>> {
        let SqlLayer {
            header,
            user,
            database,
            databases,
            ssl_mode,
            ca_file,
            password,
            connect_timeout,
            statement_timeout,
            command_timeout,
            probe_interval,
            cluster_endpoint,
            instances,
            tunnel,
        } = layer;
        if header.is_none() {
            return Some(None);
        }
        let user = self.required(user, "user", &keys::SQL, header);
        let mode = optional(ssl_mode).map(|mode| mode.unwrap_or(SslMode::VerifyFull));
        let found = self.password(password, command_timeout, header);
        let tunnel = self.tunnel(tunnel);
        self.encryption(mode, ssl_mode, ca_file, password);
        let mut elsewhere = BTreeMap::new();
        for (instance, layer) in instances {
            elsewhere.insert(instance.clone(), self.elsewhere(layer, mode)?);
        }
        let cluster_endpoint = if cluster_endpoint.header.is_some() {
            Some(self.elsewhere(cluster_endpoint, mode)?)
        } else {
            None
        };
        let database = optional(database)?.unwrap_or_else(|| "postgres".to_owned());
        let seconds = |field: &Option<Field<u32>>, usual| Some(optional(field)?.unwrap_or(usual));
        Some(Some(Sql {
            user: user?,
            databases: optional(databases)?.unwrap_or_else(|| vec![database.clone()]),
            database,
            ssl_mode: mode?,
            ca_file: optional(ca_file)?,
            password: found?,
            connect_seconds_max: seconds(connect_timeout, CONNECT_SECONDS_MAX)?,
            statement_seconds_max: seconds(statement_timeout, STATEMENT_SECONDS_MAX)?,
            probe_seconds: seconds(probe_interval, PROBE_SECONDS)?,
            cluster_endpoint,
            instances: elsewhere,
            tunnel: tunnel?,
        }))
    }

    fn password(
        &mut self,
        layer: &PasswordLayer,
        command_timeout: &Option<Field<u32>>,
        header: &Option<At>,
    ) -> Option<Password> {
        let PasswordLayer {
            environment,
            file,
            command,
            iam,
        } = layer;
        let said: Vec<(&str, &At)> = [
            ("password_env", environment.as_ref().map(|field| &field.at)),
            ("password_file", file.as_ref().map(|field| &field.at)),
            ("password_command", command.as_ref().map(|field| &field.at)),
            // `iam = false` takes an inherited one back, and says nothing else.
            (
                "iam",
                iam.as_ref()
                    .filter(|field| field.value != Some(false))
                    .map(|field| &field.at),
            ),
        ]
        .into_iter()
        .filter_map(|(name, at)| Some((name, at?)))
        .collect();
        if let Some(Field { at, .. }) = command_timeout
            && command.is_none()
        {
            self.problems.push(
                Problem::at(at, "`command_timeout` goes with `password_command` only")
                    .hinted("take it out"),
            );
        }
        match said.as_slice() {
            [] => {
                let spoiled = ["password_env", "password_file", "password_command", "iam"]
                    .into_iter()
                    .any(|name| self.spoiled.holds(&keys::SQL, name));
                if self.complete && !spoiled {
                    let at = self.place_for(header);
                    self.problems.push(
                        Problem::at(&at, "[verify.sql] does not say where its password is").hinted(
                            "add `password_env`, `password_file` or `password_command`, or `iam = true`",
                        ),
                    );
                }
                None
            }
            [_] => {
                let seconds_max = optional(command_timeout)?.unwrap_or(COMMAND_SECONDS_MAX);
                let named = environment
                    .as_ref()
                    .map(|field| field.value.clone().map(Password::Environment));
                let read = file
                    .as_ref()
                    .map(|field| field.value.clone().map(Password::File));
                let run = command.as_ref().map(|field| {
                    field.value.clone().map(|command| Password::Command {
                        command,
                        seconds_max,
                    })
                });
                named
                    .or(read)
                    .or(run)
                    .unwrap_or_else(|| iam.as_ref()?.value.map(|_| Password::Iam))
            }
            [(first, _), (second, at), ..] => {
                self.problems.push(
                    Problem::at(at, format!("`{second}` does not go with `{first}`"))
                        .hinted("a password is found in one place; keep one of them"),
                );
                None
            }
        }
    }

    fn encryption(
        &mut self,
        mode: Option<SslMode>,
        ssl_mode: &Option<Field<SslMode>>,
        ca_file: &Option<Field<std::path::PathBuf>>,
        password: &PasswordLayer,
    ) {
        let (Some(mode), Some(at)) = (mode, ssl_mode.as_ref().map(|field| &field.at)) else {
            return;
        };
        if let (SslMode::Disable | SslMode::Require, Some(Field { at, .. })) = (mode, ca_file) {
            self.problems.push(
                Problem::at(
                    at,
                    format!(
                        "with `ssl_mode = \"{}\"` no authority is looked at",
                        mode.as_str()
                    ),
                )
                .hinted("take `ca_file` out, or write `ssl_mode = \"verify-full\"`"),
            );
        }
        let by_token = password
            .iam
            .as_ref()
            .is_some_and(|iam| iam.value == Some(true));
        if by_token && matches!(mode, SslMode::Disable | SslMode::Require) {
            self.problems.push(
                Problem::at(
                    at,
                    format!(
                        "a token of IAM is not sent with `ssl_mode = \"{}\"`: whoever reads it can log in",
                        mode.as_str()
                    ),
                )
                .hinted("write `ssl_mode = \"verify-full\"`"),
            );
        }
    }

    fn elsewhere(&mut self, layer: &ElsewhereLayer, mode: Option<SslMode>) -> Option<Elsewhere> {
        let ElsewhereLayer {
            header: _,
            host,
            port,
            certificate_name,
        } = layer;
        if let (Some(mode), Some(Field { at, .. })) = (mode, certificate_name)
            && mode != SslMode::VerifyFull
        {
            self.problems.push(
                Problem::at(
                    at,
                    format!(
                        "with `ssl_mode = \"{}\"` the name in a certificate is not looked at",
                        mode.as_str()
                    ),
                )
                .hinted("take `certificate_name` out"),
            );
        }
        Some(Elsewhere {
            host: optional(host)?,
            port: optional(port)?,
            certificate_name: optional(certificate_name)?,
        })
    }

    /// `Some(None)` where no tunnel is declared, `None` where a declared one is wrong.
    fn tunnel(&mut self, layer: &TunnelLayer) -> Option<Option<Tunnel>> {
        let TunnelLayer {
            header,
            command,
            ready_timeout,
        } = layer;
        if header.is_none() {
            return Some(None);
        }
        let words = self.required(command, "command", &keys::TUNNEL, header);
        if let Some(words) = &words
            && let Some(Field { at, .. }) = command
            && !words.iter().any(|word| word.contains("{local_port}"))
        {
            self.problems.push(
                Problem::at(at, "the tunnel's command does not say {local_port}, the port that it forwards")
                    .hinted("such as [\"ssh\", \"-N\", \"-o\", \"BatchMode=yes\", \"-L\", \"{local_port}:{host}:{port}\", \"bastion\"]"),
            );
        }
        Some(Some(Tunnel {
            command: words?,
            ready_seconds_max: optional(ready_timeout)?.unwrap_or(READY_SECONDS_MAX),
        }))
    }

    fn probes(&mut self, layers: &[ProbeLayer], has_sql: bool) -> Option<Vec<Probe>> {
        let mut probes = Some(Vec::new());
        let mut names = BTreeSet::new();
        for layer in layers {
            let ProbeLayer {
                header,
                name,
                sql,
                expect,
                phase,
                at,
                databases,
            } = layer;
            let place = Some(header.clone());
            let name_said = self.required(name, "name", &keys::PROBE, &place);
            let statement = self.required(sql, "sql", &keys::PROBE, &place);
            let expect = self.required(expect, "expect", &keys::PROBE, &place);
            if let (Some(name), Some(field)) = (&name_said, name)
                && !names.insert(name.clone())
            {
                self.problems.push(Problem::at(
                    &field.at,
                    format!("there is another probe `{name}`"),
                ));
            }
            if !has_sql && self.complete && !self.spoiled.holds(&keys::VERIFY, "sql") {
                self.problems.push(
                    Problem::at(
                        header,
                        "a probe needs [verify.sql], which says how members are asked",
                    )
                    .hinted("add [verify.sql] with `user` and where its password is"),
                );
            }
            let probe = || {
                Some(Probe {
                    name: name_said?,
                    sql: statement?,
                    expect: expect?,
                    phase: optional(phase)?.unwrap_or(Phase::After),
                    at: optional(at)?.unwrap_or(Whom::EachMember),
                    databases: optional(databases)?.unwrap_or_default(),
                })
            };
            match (probe(), &mut probes) {
                (Some(probe), Some(probes)) => probes.push(probe),
                _ => probes = None,
            }
        }
        probes
    }
}
