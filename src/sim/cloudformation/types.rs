//! The resource types of templates: which have a handler here, what they know, and what makes them anew.
//!
//! Source: CloudFormation's Template Reference, AWS::RDS types: the properties of each, and "Update requires". Types without a
//! handler are passive: they are accepted, get a physical id, and do nothing.

use serde_json::Value;

use super::template::Definition;

/// What stands behind a resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    Cluster,
    Instance,
    ClusterGroup,
    InstanceGroup,
    SubnetGroup,
    Passive,
}

/// What changing a property does to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recreation {
    Never,
    Always,
}

/// A type that has a handler.
struct Handled {
    name: &'static str,
    nature: Nature,
    /// The property that holds a name of the user's own; it is the physical id, in lower case.
    name_property: &'static str,
    required: &'static [&'static str],
    /// Properties that are handed on; those of the next list need a new resource.
    updatable: &'static [&'static str],
    recreating: &'static [&'static str],
    /// Properties that the type has and that are not simulated.
    elsewhere: &'static [&'static str],
    attributes: &'static [&'static str],
}

const HANDLED: [Handled; 5] = [
    Handled {
        name: "AWS::RDS::DBCluster",
        nature: Nature::Cluster,
        name_property: "DBClusterIdentifier",
        required: &[],
        updatable: &[
            "AutoMinorVersionUpgrade",
            "BackupRetentionPeriod",
            "CopyTagsToSnapshot",
            "DBClusterParameterGroupName",
            "DBInstanceParameterGroupName",
            "DatabaseInsightsMode",
            "DeletionProtection",
            "EnableCloudwatchLogsExports",
            "EnableHttpEndpoint",
            "EnableIAMDatabaseAuthentication",
            "EngineVersion",
            "MasterUserPassword",
            "MonitoringInterval",
            "MonitoringRoleArn",
            "PerformanceInsightsEnabled",
            "PerformanceInsightsRetentionPeriod",
            "Port",
            "PreferredBackupWindow",
            "PreferredMaintenanceWindow",
            "ServerlessV2ScalingConfiguration",
            "StorageType",
            "Tags",
            "VpcSecurityGroupIds",
        ],
        recreating: &[
            "AvailabilityZones",
            "DBClusterIdentifier",
            "DBSubnetGroupName",
            "DatabaseName",
            "Engine",
            "EngineMode",
            "MasterUsername",
            "StorageEncrypted",
        ],
        elsewhere: &[
            "AllocatedStorage",
            "AssociatedRoles",
            "BacktrackWindow",
            "ClusterScalabilityType",
            "DBClusterInstanceClass",
            "DBSystemId",
            "DeleteAutomatedBackups",
            "Domain",
            "DomainIAMRoleName",
            "EnableGlobalWriteForwarding",
            "EnableLocalWriteForwarding",
            "EngineLifecycleSupport",
            "GlobalClusterIdentifier",
            "Iops",
            "KmsKeyId",
            "ManageMasterUserPassword",
            "MasterUserAuthenticationType",
            "MasterUserSecret",
            "NetworkType",
            "PerformanceInsightsKmsKeyId",
            "PubliclyAccessible",
            "ReplicationSourceIdentifier",
            "RestoreToTime",
            "RestoreType",
            "SnapshotIdentifier",
            "SourceDBClusterIdentifier",
            "SourceDbClusterResourceId",
            "SourceRegion",
            "UseLatestRestorableTime",
        ],
        attributes: &[
            "DBClusterArn",
            "DBClusterResourceId",
            "Endpoint.Address",
            "Endpoint.Port",
            "ReadEndpoint.Address",
        ],
    },
    Handled {
        name: "AWS::RDS::DBInstance",
        nature: Nature::Instance,
        name_property: "DBInstanceIdentifier",
        required: &["DBClusterIdentifier", "DBInstanceClass"],
        updatable: &[
            "ApplyImmediately",
            "AutoMinorVersionUpgrade",
            "CACertificateIdentifier",
            "CopyTagsToSnapshot",
            "DBInstanceClass",
            "DBParameterGroupName",
            "DatabaseInsightsMode",
            "EnablePerformanceInsights",
            "MonitoringInterval",
            "MonitoringRoleArn",
            "PerformanceInsightsRetentionPeriod",
            "PreferredMaintenanceWindow",
            "PromotionTier",
            "PubliclyAccessible",
            "Tags",
        ],
        recreating: &[
            "AvailabilityZone",
            "DBClusterIdentifier",
            "DBInstanceIdentifier",
            "DBSubnetGroupName",
            "Engine",
        ],
        elsewhere: &[
            "AdditionalStorageVolumes",
            "AllocatedStorage",
            "AllowMajorVersionUpgrade",
            "AssociatedRoles",
            "AutomaticBackupReplicationKmsKeyId",
            "AutomaticBackupReplicationRegion",
            "AutomaticBackupReplicationRetentionPeriod",
            "BackupRetentionPeriod",
            "BackupTarget",
            "CertificateRotationRestart",
            "CharacterSetName",
            "CustomIAMInstanceProfile",
            "DBClusterSnapshotIdentifier",
            "DBName",
            "DBSecurityGroups",
            "DBSnapshotIdentifier",
            "DBSystemId",
            "DedicatedLogVolume",
            "DeleteAutomatedBackups",
            "DeletionProtection",
            "Domain",
            "DomainAuthSecretArn",
            "DomainDnsIps",
            "DomainFqdn",
            "DomainIAMRoleName",
            "DomainOu",
            "EnableCloudwatchLogsExports",
            "EnableIAMDatabaseAuthentication",
            "EngineLifecycleSupport",
            "EngineVersion",
            "Iops",
            "KmsKeyId",
            "LicenseModel",
            "ManageMasterUserPassword",
            "MasterUserPassword",
            "MasterUserSecret",
            "MasterUsername",
            "MaxAllocatedStorage",
            "MultiAZ",
            "NcharCharacterSetName",
            "NetworkType",
            "OptionGroupName",
            "PerformanceInsightsKMSKeyId",
            "Port",
            "PreferredBackupWindow",
            "ProcessorFeatures",
            "ReplicaMode",
            "RestoreTime",
            "SourceDBClusterIdentifier",
            "SourceDBInstanceAutomatedBackupsArn",
            "SourceDBInstanceIdentifier",
            "SourceDbiResourceId",
            "SourceRegion",
            "StorageEncrypted",
            "StorageThroughput",
            "StorageType",
            "TdeCredentialArn",
            "TdeCredentialPassword",
            "Timezone",
            "UseDefaultProcessorFeatures",
            "UseLatestRestorableTime",
            "VPCSecurityGroups",
        ],
        attributes: &[
            "DBInstanceArn",
            "DbiResourceId",
            "Endpoint.Address",
            "Endpoint.Port",
        ],
    },
    Handled {
        name: "AWS::RDS::DBClusterParameterGroup",
        nature: Nature::ClusterGroup,
        name_property: "DBClusterParameterGroupName",
        required: &["Description", "Family", "Parameters"],
        updatable: &["Parameters", "Tags"],
        recreating: &["DBClusterParameterGroupName", "Description", "Family"],
        elsewhere: &[],
        attributes: &[],
    },
    Handled {
        name: "AWS::RDS::DBParameterGroup",
        nature: Nature::InstanceGroup,
        name_property: "DBParameterGroupName",
        required: &["Description", "Family"],
        updatable: &["Parameters", "Tags"],
        recreating: &["DBParameterGroupName", "Description", "Family"],
        elsewhere: &[],
        attributes: &["DBParameterGroupName"],
    },
    Handled {
        name: "AWS::RDS::DBSubnetGroup",
        nature: Nature::SubnetGroup,
        name_property: "DBSubnetGroupName",
        required: &["DBSubnetGroupDescription", "SubnetIds"],
        updatable: &["DBSubnetGroupDescription", "SubnetIds", "Tags"],
        recreating: &["DBSubnetGroupName"],
        elsewhere: &[],
        attributes: &[],
    },
];

/// How a passive resource is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    /// A prefix and 17 hexadecimal digits.
    Id(&'static str),
    /// The stack's name, the logical id and letters, unless the named property says otherwise.
    Name(&'static str),
    /// The ARN of such a name, with the service and what stands before the name.
    Arn(&'static str, &'static str, &'static str),
}

/// Types that are accepted and do nothing.
pub(crate) const PASSIVE: [(&str, Called); 38] = [
    ("AWS::CDK::Metadata", Called::Name("")),
    ("AWS::CloudFormation::WaitConditionHandle", Called::Name("")),
    ("AWS::CloudWatch::Alarm", Called::Name("AlarmName")),
    ("AWS::CloudWatch::Dashboard", Called::Name("DashboardName")),
    ("AWS::EC2::InternetGateway", Called::Id("igw-")),
    ("AWS::EC2::NatGateway", Called::Id("nat-")),
    ("AWS::EC2::Route", Called::Name("")),
    ("AWS::EC2::RouteTable", Called::Id("rtb-")),
    ("AWS::EC2::SecurityGroup", Called::Id("sg-")),
    ("AWS::EC2::SecurityGroupEgress", Called::Id("sgr-")),
    ("AWS::EC2::SecurityGroupIngress", Called::Id("sgr-")),
    ("AWS::EC2::Subnet", Called::Id("subnet-")),
    (
        "AWS::EC2::SubnetRouteTableAssociation",
        Called::Id("rtbassoc-"),
    ),
    ("AWS::EC2::VPC", Called::Id("vpc-")),
    ("AWS::EC2::VPCGatewayAttachment", Called::Name("")),
    ("AWS::Events::Rule", Called::Name("Name")),
    (
        "AWS::IAM::ManagedPolicy",
        Called::Arn("iam", "policy/", "ManagedPolicyName"),
    ),
    ("AWS::IAM::Policy", Called::Name("")),
    ("AWS::IAM::Role", Called::Name("RoleName")),
    ("AWS::KMS::Alias", Called::Name("AliasName")),
    ("AWS::KMS::Key", Called::Id("mrk-")),
    ("AWS::Lambda::Function", Called::Name("FunctionName")),
    ("AWS::Lambda::LayerVersion", Called::Name("")),
    ("AWS::Lambda::Permission", Called::Name("")),
    ("AWS::Logs::LogGroup", Called::Name("LogGroupName")),
    ("AWS::Logs::MetricFilter", Called::Name("FilterName")),
    (
        "AWS::RDS::EventSubscription",
        Called::Name("SubscriptionName"),
    ),
    ("AWS::Route53::RecordSet", Called::Name("Name")),
    ("AWS::S3::Bucket", Called::Name("BucketName")),
    ("AWS::S3::BucketPolicy", Called::Name("")),
    ("AWS::SNS::Subscription", Called::Name("")),
    ("AWS::SNS::Topic", Called::Arn("sns", "", "TopicName")),
    ("AWS::SNS::TopicPolicy", Called::Name("")),
    ("AWS::SQS::Queue", Called::Name("QueueName")),
    ("AWS::SSM::Parameter", Called::Name("Name")),
    ("AWS::SecretsManager::RotationSchedule", Called::Name("")),
    (
        "AWS::SecretsManager::Secret",
        Called::Arn("secretsmanager", "secret:", "Name"),
    ),
    (
        "AWS::SecretsManager::SecretTargetAttachment",
        Called::Name(""),
    ),
];

fn handled(kind: &str) -> Option<&'static Handled> {
    HANDLED.iter().find(|handled| handled.name == kind)
}

/// What stands behind a type.
pub(crate) fn nature(kind: &str) -> Nature {
    handled(kind).map_or(Nature::Passive, |handled| handled.nature)
}

/// How a passive type is called.
pub(crate) fn called(kind: &str) -> Called {
    PASSIVE
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or(Called::Name(""), |(_, called)| *called)
}

/// Whether a template may have resources of this type.
pub(crate) fn known(kind: &str) -> bool {
    handled(kind).is_some() || PASSIVE.iter().any(|(name, _)| *name == kind)
}

/// The property in which a template may name a resource of this type.
pub(crate) fn name_property(kind: &str) -> Option<&'static str> {
    handled(kind).map(|handled| handled.name_property)
}

/// What a changed property does.
pub(crate) fn recreation(kind: &str, property: &str) -> Recreation {
    match handled(kind) {
        Some(handled) if handled.recreating.contains(&property) => Recreation::Always,
        _ => Recreation::Never,
    }
}

/// Whether a resource of this type has this attribute; passive ones have any.
pub(crate) fn has_attribute(kind: &str, attribute: &str) -> bool {
    handled(kind).is_none_or(|handled| handled.attributes.contains(&attribute))
}

/// Refuses properties that are not simulated and leaves those that no such type has to the handler, as the service does.
pub(super) fn check(name: &str, definition: &Definition) -> Result<(), String> {
    let Some(handled) = handled(&definition.kind) else {
        return Ok(());
    };
    let properties = definition.properties.as_object();
    let elsewhere = properties
        .into_iter()
        .flat_map(|properties| properties.keys())
        .find(|property| handled.elsewhere.contains(&property.as_str()));
    match elsewhere {
        None => Ok(()),
        Some(property) => Err(format!(
            "Template error: the property {property} of {} (resource {name}) is not simulated",
            handled.name
        )),
    }
}

/// What the schema of a type says about a resource's properties, in the service's words.
pub(crate) fn broken_schema(kind: &str, properties: &Value) -> Option<String> {
    let handled = handled(kind)?;
    let properties = properties.as_object()?;
    let extraneous = properties.keys().find(|name| {
        !handled.updatable.contains(&name.as_str()) && !handled.recreating.contains(&name.as_str())
    });
    if let Some(name) = extraneous {
        return Some(format!("#: extraneous key [{name}] is not permitted"));
    }
    let missing = handled
        .required
        .iter()
        .find(|name| !properties.contains_key(**name))?;
    Some(format!("#: required key [{missing}] not found"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_passive_type_is_documented() {
        let page = include_str!("../../../docs/simulator.md");
        for (name, _) in PASSIVE {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
        for handled in &HANDLED {
            assert!(
                page.contains(&format!("`{}`", handled.name)),
                "{}",
                handled.name
            );
        }
    }

    #[test]
    fn no_property_stands_in_two_lists() {
        for handled in &HANDLED {
            let lists = [handled.updatable, handled.recreating, handled.elsewhere];
            let mut all: Vec<&str> = lists.concat();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", handled.name);
        }
    }
}
