//! Performance Insights and Database Insights: the settings and the rules between them.
//!
//! Sources: RDS API Reference, ModifyDBCluster (PerformanceInsightsRetentionPeriod, DatabaseInsightsMode); the same-request
//! rule and its text as reported by users of several provisioning tools.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::query::Parameters;

const ADVANCED_RETENTION_DAYS: i64 = 465;

/// The settings, on a cluster and on each of its instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Insights {
    /// `standard` or `advanced`.
    pub(crate) mode: String,
    pub(crate) performance_insights: bool,
    pub(crate) retention_days: i64,
}

impl Default for Insights {
    fn default() -> Self {
        Self {
            mode: "standard".to_owned(),
            performance_insights: false,
            retention_days: 7,
        }
    }
}

impl Insights {
    /// The settings after a request; `noun` is `cluster` or `instance` in the refusal.
    pub(crate) fn after(&self, parameters: &Parameters, noun: &str) -> Result<Self, Error> {
        let mode = parameters.text("DatabaseInsightsMode");
        let enable = parameters.boolean("EnablePerformanceInsights")?;
        let retention_days = parameters.integer("PerformanceInsightsRetentionPeriod")?;
        if let Some(days) = retention_days.filter(|days| !retention_is_offered(*days)) {
            return Err(Error::invalid_value(format!(
                "Invalid Performance Insights retention period: {days}. Valid values are 7, multiples of 31 up to 713, and 731."
            )));
        }
        let mut after = self.clone();
        match mode {
            None => {}
            Some(mode @ ("standard" | "advanced")) => mode.clone_into(&mut after.mode),
            Some(other) => {
                return Err(Error::invalid_value(format!(
                    "Invalid database insights mode: {other}"
                )));
            }
        }
        after.performance_insights = enable.unwrap_or(self.performance_insights);
        after.retention_days = retention_days.unwrap_or(self.retention_days);

        // Both must stand in the request that asks for the mode, even where they are set already.
        let asked_together = enable == Some(true)
            && retention_days.is_some_and(|days| days >= ADVANCED_RETENTION_DAYS);
        let refused_on_entry =
            mode == Some("advanced") && self.mode != "advanced" && !asked_together;
        let broken = after.mode == "advanced"
            && (!after.performance_insights || after.retention_days < ADVANCED_RETENTION_DAYS);
        if refused_on_entry || broken {
            return Err(Error::invalid_combination(format!(
                "To enable the Advanced mode of Database Insights, modify your {noun} to enable Performance Insights and set \
                 the retention period for Performance Insights to at least {ADVANCED_RETENTION_DAYS} days."
            )));
        }
        Ok(after)
    }
}

/// 7, 31 times 1 to 23, or 731 days.
pub(crate) fn retention_is_offered(days: i64) -> bool {
    days == 7 || days == 731 || (days % 31 == 0 && (1..=23).contains(&(days / 31)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn after(before: &Insights, request: &str) -> Result<Insights, Error> {
        before.after(&Parameters::parse(request), "cluster")
    }

    #[test]
    fn advanced_needs_the_flag_and_the_retention_in_the_same_request() {
        let ready = Insights {
            performance_insights: true,
            retention_days: 465,
            ..Insights::default()
        };
        let error = after(&ready, "DatabaseInsightsMode=advanced").unwrap_err();
        assert_eq!(
            error,
            Error::invalid_combination(
                "To enable the Advanced mode of Database Insights, modify your cluster to enable Performance Insights and set \
                 the retention period for Performance Insights to at least 465 days."
            )
        );
        let request = "DatabaseInsightsMode=advanced&EnablePerformanceInsights=true&PerformanceInsightsRetentionPeriod=465";
        assert_eq!(
            after(&Insights::default(), request).unwrap().mode,
            "advanced"
        );
    }

    #[test]
    fn retention_cannot_be_lowered_while_advanced_but_after_standard_it_can() {
        let advanced = Insights {
            mode: "advanced".to_owned(),
            performance_insights: true,
            retention_days: 465,
        };
        assert_eq!(
            after(&advanced, "PerformanceInsightsRetentionPeriod=7")
                .unwrap_err()
                .code,
            "InvalidParameterCombination"
        );
        let standard = after(&advanced, "DatabaseInsightsMode=standard").unwrap();
        assert_eq!(standard.retention_days, 465);
        assert_eq!(
            after(&standard, "PerformanceInsightsRetentionPeriod=7")
                .unwrap()
                .retention_days,
            7
        );
    }

    #[test]
    fn retention_is_seven_days_months_of_31_or_731() {
        let offered: Vec<i64> = (0..=800)
            .filter(|days| retention_is_offered(*days))
            .collect();
        assert_eq!(offered.len(), 25);
        assert!(
            [7, 31, 465, 713, 731]
                .iter()
                .all(|days| offered.contains(days))
        );
        assert_eq!(
            after(&Insights::default(), "PerformanceInsightsRetentionPeriod=8")
                .unwrap_err()
                .code,
            "InvalidParameterValue"
        );
    }
}
