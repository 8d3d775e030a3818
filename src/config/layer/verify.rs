//! What one file says of `[verify.sql]` and `[[probe]]`, and how a nearer file wins.

use super::take;
use crate::config::source::{At, Field};
use crate::desired::verify::{Expected, Phase, SslMode, Whom};
use crate::names::InstanceId;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[verify.sql]`
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct SqlLayer {
    pub(in crate::config) header: Option<At>,
    pub(in crate::config) user: Option<Field<String>>,
    pub(in crate::config) database: Option<Field<String>>,
    pub(in crate::config) databases: Option<Field<Vec<String>>>,
    pub(in crate::config) ssl_mode: Option<Field<SslMode>>,
    pub(in crate::config) ca_file: Option<Field<PathBuf>>,
    pub(in crate::config) password: PasswordLayer,
    pub(in crate::config) connect_timeout: Option<Field<u32>>,
    pub(in crate::config) statement_timeout: Option<Field<u32>>,
    pub(in crate::config) command_timeout: Option<Field<u32>>,
    pub(in crate::config) probe_interval: Option<Field<u32>>,
    pub(in crate::config) cluster_endpoint: ElsewhereLayer,
    pub(in crate::config) instances: BTreeMap<InstanceId, ElsewhereLayer>,
    pub(in crate::config) tunnel: TunnelLayer,
}

/// The keys of which one says where the password is.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct PasswordLayer {
    pub(in crate::config) environment: Option<Field<String>>,
    pub(in crate::config) file: Option<Field<PathBuf>>,
    pub(in crate::config) command: Option<Field<Vec<String>>>,
    pub(in crate::config) iam: Option<Field<bool>>,
}

/// Another way to an endpoint.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct ElsewhereLayer {
    pub(in crate::config) header: Option<At>,
    pub(in crate::config) host: Option<Field<String>>,
    pub(in crate::config) port: Option<Field<u16>>,
    pub(in crate::config) certificate_name: Option<Field<String>>,
}

/// `[verify.sql.tunnel]`
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct TunnelLayer {
    pub(in crate::config) header: Option<At>,
    pub(in crate::config) command: Option<Field<Vec<String>>>,
    pub(in crate::config) ready_timeout: Option<Field<u32>>,
}

/// One `[[probe]]`.
#[derive(Clone, Debug)]
pub(in crate::config) struct ProbeLayer {
    pub(in crate::config) header: At,
    pub(in crate::config) name: Option<Field<String>>,
    pub(in crate::config) sql: Option<Field<String>>,
    pub(in crate::config) expect: Option<Field<Expected>>,
    pub(in crate::config) phase: Option<Field<Phase>>,
    pub(in crate::config) at: Option<Field<Whom>>,
    pub(in crate::config) databases: Option<Field<Vec<String>>>,
}

impl SqlLayer {
    pub(super) fn lay_over(&mut self, near: &Self) {
        let Self {
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
        } = near;
        take(&mut self.header, header);
        take(&mut self.user, user);
        take(&mut self.database, database);
        take(&mut self.databases, databases);
        take(&mut self.ssl_mode, ssl_mode);
        take(&mut self.ca_file, ca_file);
        // The ways to find a password exclude each other, so a nearer one replaces whatever was there.
        if password.is_said() {
            self.password = password.clone();
        }
        take(&mut self.connect_timeout, connect_timeout);
        take(&mut self.statement_timeout, statement_timeout);
        take(&mut self.command_timeout, command_timeout);
        take(&mut self.probe_interval, probe_interval);
        self.cluster_endpoint.lay_over(cluster_endpoint);
        for (identifier, near) in instances {
            let far = self.instances.entry(identifier.clone()).or_default();
            far.lay_over(near);
        }
        self.tunnel.lay_over(tunnel);
    }
}

impl PasswordLayer {
    /// Whether any of the keys is there.
    pub(in crate::config) fn is_said(&self) -> bool {
        let Self {
            environment,
            file,
            command,
            iam,
        } = self;
        environment.is_some() || file.is_some() || command.is_some() || iam.is_some()
    }
}

impl ElsewhereLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
            header,
            host,
            port,
            certificate_name,
        } = near;
        take(&mut self.header, header);
        take(&mut self.host, host);
        take(&mut self.port, port);
        take(&mut self.certificate_name, certificate_name);
    }
}

impl TunnelLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
            header,
            command,
            ready_timeout,
        } = near;
        take(&mut self.header, header);
        take(&mut self.command, command);
        take(&mut self.ready_timeout, ready_timeout);
    }
}

/// Adds nearer probes; one of the same name takes the other's place.
pub(super) fn lay_probes_over(far: &mut Vec<ProbeLayer>, near: &[ProbeLayer]) {
    let name = |probe: &ProbeLayer| probe.name.as_ref().and_then(|field| field.value.clone());
    // Two of one name in one file stay side by side, and are a problem.
    let before = far.len();
    for probe in near {
        let same = far
            .iter()
            .take(before)
            .position(|other| name(other).is_some() && name(other) == name(probe));
        match same.and_then(|place| far.get_mut(place)) {
            Some(other) => *other = probe.clone(),
            None => far.push(probe.clone()),
        }
    }
}
