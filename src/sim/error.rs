//! Errors as RDS sends them: code, message, HTTP status. Codes and texts as listed in the RDS API Reference or seen in AWS's answers.

use super::xml::Element;

/// An AWS error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Error {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Error {
    pub(crate) fn new(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            status,
            message: message.into(),
        }
    }

    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", 400, message)
    }

    pub(crate) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterCombination", 400, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "MissingParameter",
            400,
            format!("The parameter {parameter} must be provided and must not be blank."),
        )
    }

    pub(crate) fn cluster_not_found(identifier: &str) -> Self {
        Self::new(
            "DBClusterNotFoundFault",
            404,
            format!("DBCluster {identifier} not found."),
        )
    }

    pub(crate) fn cluster_state(message: impl Into<String>) -> Self {
        Self::new("InvalidDBClusterStateFault", 400, message)
    }

    pub(crate) fn automated_backup_not_found(name: &str) -> Self {
        Self::new(
            "DBClusterAutomatedBackupNotFoundFault",
            404,
            format!("No automated backup for this DB cluster was found: {name}"),
        )
    }

    pub(crate) fn instance_not_found(identifier: &str) -> Self {
        Self::new(
            "DBInstanceNotFound",
            404,
            format!("DBInstance {identifier} not found."),
        )
    }

    pub(crate) fn instance_state(message: impl Into<String>) -> Self {
        Self::new("InvalidDBInstanceState", 400, message)
    }

    /// The operations on cluster parameter groups throw the instance group's code.
    pub(crate) fn group_not_found(name: &str) -> Self {
        Self::new(
            "DBParameterGroupNotFound",
            404,
            format!("DBClusterParameterGroup not found: {name}"),
        )
    }

    /// Operations that name a cluster parameter group by reference throw this one.
    pub(crate) fn referenced_group_not_found(name: &str) -> Self {
        Self::new(
            "DBClusterParameterGroupNotFound",
            404,
            format!("DBClusterParameterGroup not found: {name}"),
        )
    }

    /// An instance parameter group that does not exist.
    pub(crate) fn instance_group_not_found(name: &str) -> Self {
        Self::new(
            "DBParameterGroupNotFound",
            404,
            format!("DBParameterGroup not found: {name}"),
        )
    }

    pub(crate) fn group_state(message: impl Into<String>) -> Self {
        Self::new("InvalidDBParameterGroupState", 400, message)
    }

    pub(crate) fn unknown_action(action: &str, version: &str) -> Self {
        Self::new(
            "InvalidAction",
            400,
            format!("Could not find operation {action} for version {version}"),
        )
    }

    /// The body's root element.
    pub(crate) fn element(&self, request_id: &str) -> Element {
        let kind = if self.status >= 500 {
            "Receiver"
        } else {
            "Sender"
        };
        Element::node(
            "ErrorResponse",
            vec![
                Element::node(
                    "Error",
                    vec![
                        Element::text("Type", kind),
                        Element::text("Code", &self.code),
                        Element::text("Message", &self.message),
                    ],
                ),
                Element::text("RequestId", request_id),
            ],
        )
    }
}
