//! What happens in the night, minute by minute, as the platform pushes it.
//!
//! ```text
//! 22:00      23:00      00:00      01:00      02:00
//!   |   ##failing DAG      |          |          |    customer_360: 0.25 failures a second
//!   |          |   ##queue backlog    |          |    up to 340 tasks
//!   |          |          |####table gone stale###    inventory: last loaded at 22:10
//!   |          |          |          #SLA missed##    silver_to_gold
//! ```

use crate::time::{Span, Timestamp};

/// How long the night is.
pub const DAWN: Span = Span::from_mins(4 * 60);
/// When it begins, in minutes of the day.
const DUSK: i64 = 22 * 60;
/// When the DAG `customer_360` fails, in minutes since dusk.
const FAILING: std::ops::Range<i64> = 32..58;
/// When tasks queue up.
const BACKLOG: std::ops::Range<i64> = 85..112;
/// When the table `inventory` was loaded for the last time.
const LAST_LOAD: i64 = 10;
/// When the DAG `silver_to_gold` misses its agreed time.
const SLA_MISSED: i64 = 185;

/// One push.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// When, since dusk.
    pub at: Span,
    /// Where to, `/metrics/job/...`.
    pub path: String,
    /// The metrics as text.
    pub body: String,
}

/// The time of day, that long after dusk.
pub fn clock(since: Span) -> String {
    let seconds = DUSK * 60 + since.millis() / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// Everything that is pushed in the night that begins at `start`, in order.
pub fn pushes(start: Timestamp) -> Vec<Push> {
    (0..=DAWN.millis() / 60_000).flat_map(|minute| minutely(start, minute)).collect()
}

fn minutely(start: Timestamp, minute: i64) -> Vec<Push> {
    let at = Span::from_mins(minute);
    let push = |path: &str, body: String| Push { at, path: path.to_owned(), body };
    vec![
        push("/metrics/job/airflow", platform(minute)),
        push("/metrics/job/airflow/dag_id/ingest_orders", dag(minute, 0)),
        push("/metrics/job/airflow/dag_id/customer_360", dag(minute, failures(minute))),
        push("/metrics/job/airflow/dag_id/silver_to_gold", dag(minute, 0)),
        push("/metrics/job/warehouse", tables(start, minute)),
    ]
}

/// The scheduler's own numbers. A little wave keeps them from looking dead.
fn platform(minute: i64) -> String {
    let wave = (minute * 7) % 11;
    let backlog = match minute - BACKLOG.start {
        since @ 0..12 => since * 28,
        _ if BACKLOG.contains(&minute) => 320 - (minute % 4),
        _ => 0,
    };
    let missed = i64::from(minute >= SLA_MISSED);
    format!(
        "# TYPE airflow_queued_tasks gauge\nairflow_queued_tasks {}\n\
         # TYPE container_memory_usage_bytes gauge\n\
         container_memory_usage_bytes{{name=\"airflow-scheduler\"}} {}\n\
         # TYPE container_spec_memory_limit_bytes gauge\n\
         container_spec_memory_limit_bytes{{name=\"airflow-scheduler\"}} 4294967296\n\
         # TYPE airflow_sla_missed_total counter\n\
         airflow_sla_missed_total{{dag_id=\"silver_to_gold\"}} {missed}\n",
        12 + wave + backlog,
        2_900_000_000 + wave * 40_000_000
    )
}

fn dag(minute: i64, failed: i64) -> String {
    format!(
        "# TYPE airflow_dag_success_total counter\nairflow_dag_success_total {}\n\
         # TYPE airflow_dag_failure_total counter\nairflow_dag_failure_total {failed}\n\
         # TYPE airflow_active_dag_runs gauge\nairflow_active_dag_runs {}\n",
        minute / 5,
        1 + minute % 3
    )
}

/// 15 failures a minute while the DAG fails: a task that is retried at once, for ever.
fn failures(minute: i64) -> i64 {
    15 * (minute - FAILING.start).clamp(0, FAILING.end - FAILING.start)
}

fn tables(start: Timestamp, minute: i64) -> String {
    let loaded = |at: i64| (start + Span::from_mins(at)).millis() / 1000;
    let mut text = String::from("# TYPE data_last_updated_timestamp gauge\n");
    for (table, every) in [("orders", 15), ("customers", 30), ("inventory", 10)] {
        let last = minute - minute % every;
        let last = if table == "inventory" { last.min(LAST_LOAD) } else { last };
        text.push_str(&format!(
            "data_last_updated_timestamp{{table=\"{table}\"}} {}\n",
            loaded(last)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_in_order_and_the_same_relative_to_its_start() {
        let start = Timestamp::from_millis(1_767_225_600_000);
        let pushes = super::pushes(start);
        assert!(pushes.windows(2).all(|pair| pair[0].at <= pair[1].at));
        assert_eq!(pushes, super::pushes(start));
        assert_eq!(clock(Span::from_mins(125)), "00:05:00");
        assert_eq!((failures(31), failures(33), failures(200)), (0, 15, 390));
    }
}
