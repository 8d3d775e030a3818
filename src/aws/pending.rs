//! Queued modifications as field names and values, in AWS's spelling (RDS API Reference, PendingModifiedValues and
//! ClusterPendingModifiedValues). Every field counts, for a flush applies them all.

use aws_sdk_rds::types::{
    ClusterPendingModifiedValues, PendingCloudwatchLogsExports, PendingModifiedValues,
};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Stands for a queued password: AWS masks it, and it goes nowhere.
const HIDDEN: &str = "(hidden)";

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn put(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.to_string());
        }
    }

    /// For structures that are only compared and shown.
    fn put_debug(&mut self, name: &str, value: Option<&impl Debug>) {
        self.put(name, value.map(|value| format!("{value:?}")));
    }

    fn put_logs(&mut self, logs: Option<&PendingCloudwatchLogsExports>) {
        self.put(
            "PendingCloudwatchLogsExports",
            logs.map(|logs| {
                format!(
                    "enable [{}], disable [{}]",
                    logs.log_types_to_enable().join(", "),
                    logs.log_types_to_disable().join(", ")
                )
            }),
        );
    }
}

/// The queue of a member.
pub(super) fn of_instance(queued: Option<&PendingModifiedValues>) -> BTreeMap<String, String> {
    let mut fields = Fields::default();
    let Some(queued) = queued else {
        return fields.0;
    };
    fields.put("DBInstanceClass", queued.db_instance_class());
    fields.put("AllocatedStorage", queued.allocated_storage());
    fields.put(
        "MasterUserPassword",
        queued.master_user_password().map(|_| HIDDEN),
    );
    fields.put("Port", queued.port());
    fields.put("BackupRetentionPeriod", queued.backup_retention_period());
    fields.put("MultiAZ", queued.multi_az());
    fields.put("EngineVersion", queued.engine_version());
    fields.put("LicenseModel", queued.license_model());
    fields.put("Iops", queued.iops());
    fields.put("StorageThroughput", queued.storage_throughput());
    fields.put("DBInstanceIdentifier", queued.db_instance_identifier());
    fields.put("StorageType", queued.storage_type());
    fields.put(
        "CACertificateIdentifier",
        queued.ca_certificate_identifier(),
    );
    fields.put("DBSubnetGroupName", queued.db_subnet_group_name());
    fields.put_logs(queued.pending_cloudwatch_logs_exports());
    fields.put_debug(
        "ProcessorFeatures",
        queued
            .processor_features
            .as_ref()
            .filter(|list| !list.is_empty()),
    );
    fields.put(
        "AutomationMode",
        queued.automation_mode().map(|mode| mode.as_str()),
    );
    fields.put(
        "ResumeFullAutomationModeTime",
        queued.resume_full_automation_mode_time(),
    );
    fields.put("MultiTenant", queued.multi_tenant());
    fields.put(
        "IAMDatabaseAuthenticationEnabled",
        queued.iam_database_authentication_enabled(),
    );
    fields.put("DedicatedLogVolume", queued.dedicated_log_volume());
    fields.put("Engine", queued.engine());
    fields.put_debug(
        "AdditionalStorageVolumes",
        queued
            .additional_storage_volumes
            .as_ref()
            .filter(|list| !list.is_empty()),
    );
    fields.put(
        "DBCapacityReservationIdentifier",
        queued.db_capacity_reservation_identifier(),
    );
    fields.0
}

/// The queue of a cluster.
pub(super) fn of_cluster(
    queued: Option<&ClusterPendingModifiedValues>,
) -> BTreeMap<String, String> {
    let mut fields = Fields::default();
    let Some(queued) = queued else {
        return fields.0;
    };
    fields.put_logs(queued.pending_cloudwatch_logs_exports());
    fields.put("DBClusterIdentifier", queued.db_cluster_identifier());
    fields.put(
        "MasterUserPassword",
        queued.master_user_password().map(|_| HIDDEN),
    );
    fields.put(
        "IAMDatabaseAuthenticationEnabled",
        queued.iam_database_authentication_enabled(),
    );
    fields.put("EngineVersion", queued.engine_version());
    fields.put("BackupRetentionPeriod", queued.backup_retention_period());
    fields.put("StorageType", queued.storage_type());
    fields.put("AllocatedStorage", queued.allocated_storage());
    fields.put_debug(
        "RdsCustomClusterConfiguration",
        queued.rds_custom_cluster_configuration(),
    );
    fields.put("Iops", queued.iops());
    fields.put_debug("CertificateDetails", queued.certificate_details());
    fields.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The fields that the SDK knows, and those that this file names: a new field asks to be added.
    fn known_to_sdk(empty: &impl Debug) -> Vec<String> {
        format!("{empty:?}")
            .split_once('{')
            .unwrap()
            .1
            .split(", ")
            .map(|field| field.split(':').next().unwrap().trim().replace('_', ""))
            .collect()
    }

    #[test]
    fn every_queued_field_of_a_member_is_shown() {
        assert_eq!(
            known_to_sdk(&PendingModifiedValues::builder().build()),
            [
                "dbinstanceclass",
                "allocatedstorage",
                "masteruserpassword",
                "port",
                "backupretentionperiod",
                "multiaz",
                "engineversion",
                "licensemodel",
                "iops",
                "storagethroughput",
                "dbinstanceidentifier",
                "storagetype",
                "cacertificateidentifier",
                "dbsubnetgroupname",
                "pendingcloudwatchlogsexports",
                "processorfeatures",
                "automationmode",
                "resumefullautomationmodetime",
                "multitenant",
                "iamdatabaseauthenticationenabled",
                "dedicatedlogvolume",
                "engine",
                "additionalstoragevolumes",
                "dbcapacityreservationidentifier",
            ]
        );
    }

    #[test]
    fn every_queued_field_of_a_cluster_is_shown() {
        assert_eq!(
            known_to_sdk(&ClusterPendingModifiedValues::builder().build()),
            [
                "pendingcloudwatchlogsexports",
                "dbclusteridentifier",
                "masteruserpassword",
                "iamdatabaseauthenticationenabled",
                "engineversion",
                "backupretentionperiod",
                "storagetype",
                "allocatedstorage",
                "rdscustomclusterconfiguration",
                "iops",
                "certificatedetails",
            ]
        );
    }

    #[test]
    fn a_queued_class_and_password_are_named_and_the_password_stays_hidden() {
        let queued = PendingModifiedValues::builder()
            .db_instance_class("db.r7g.large")
            .master_user_password("hunter2")
            .build();
        assert_eq!(
            of_instance(Some(&queued)),
            BTreeMap::from([
                ("DBInstanceClass".to_owned(), "db.r7g.large".to_owned()),
                ("MasterUserPassword".to_owned(), "(hidden)".to_owned()),
            ])
        );
        assert_eq!(of_instance(None), BTreeMap::new());
    }
}
