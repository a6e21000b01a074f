//! Test files as they are written. Type names in errors are promtool's.

use std::collections::BTreeMap;

use crate::config::read::{At, PromDuration, section};
use crate::config::yaml::Scalar;

use super::messages::{
    ConfigSource, RawFault, RawNotificationTest, RawQuietTest, RawSilence, RawSuppressionTest,
};

section! {
    /// A test file.
    struct RawFile("main.unitTestFile") {
        nonempty rule_files: Vec<String>,
        nonempty evaluation_interval: PromDuration,
        nonempty group_eval_order: Vec<At<String>>,
        nonempty tests: Vec<RawTest>,
        nonempty fuzzy_compare: bool,
        nonempty alertmanager_config: Option<ConfigSource>,
        nonempty environment: BTreeMap<String, String>,
    }
}

section! {
    /// A test.
    struct RawTest("main.testGroup") {
        nonempty interval: PromDuration,
        nonempty input_series: Vec<RawSeries>,
        nonempty alert_rule_test: Vec<RawAlertTest>,
        nonempty promql_expr_test: Vec<RawQueryTest>,
        nonempty external_labels: BTreeMap<String, String>,
        nonempty external_url: String,
        nonempty name: String,
        nonempty start_timestamp: Option<Scalar>,
        nonempty silences: Vec<RawSilence>,
        nonempty receiver_faults: Vec<RawFault>,
        nonempty restart_at: Vec<PromDuration>,
        nonempty notification_test: Vec<RawNotificationTest>,
        nonempty exp_suppressed: Vec<RawSuppressionTest>,
        nonempty exp_no_notification: Vec<RawQuietTest>,
    }
}

section! {
    /// A series that is put in.
    struct RawSeries("main.series") {
        nonempty series: String,
        nonempty values: String,
    }
}

section! {
    /// What is expected of an alert's name at a moment.
    struct RawAlertTest("main.alertTestCase") {
        nonempty eval_time: PromDuration,
        nonempty alertname: String,
        nonempty exp_alerts: Vec<RawAlert>,
    }
}

section! {
    /// An alert that is expected to fire.
    struct RawAlert("main.alert") {
        nonempty exp_labels: BTreeMap<String, String>,
        nonempty exp_annotations: BTreeMap<String, String>,
    }
}

section! {
    /// What is expected of an expression at a moment.
    struct RawQueryTest("main.promqlTestCase") {
        nonempty expr: String,
        nonempty eval_time: PromDuration,
        nonempty exp_samples: Vec<RawSample>,
    }
}

section! {
    /// A sample that is expected.
    struct RawSample("main.sample") {
        nonempty labels: String,
        nonempty value: f64,
        nonempty histogram: String,
    }
}
