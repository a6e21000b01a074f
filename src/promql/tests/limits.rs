//! How far a run may go.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::*;

fn limited(samples: usize, grid: &Grid, query: &str) -> Result<Answer, QueryError> {
    let series = "x{i=\"1\"} 1 1 1 1 1 1\nx{i=\"2\"} 1 1 1 1 1 1";
    run(series, query, grid, &Limits::of_samples(samples))
}

#[test]
fn too_many_samples_fail_the_query() {
    let too_many = Err(QueryError::TooManySamples);
    assert_eq!(limited(1, &instant(0), "x"), too_many);
    assert!(limited(2, &instant(0), "x").is_ok());
    assert_eq!(limited(3, &instant(5), "sum_over_time(x[5m])"), too_many);
    assert_eq!(limited(11, &range(0, 5), "x"), too_many);
    assert!(limited(12, &range(0, 5), "x").is_ok());
    assert_eq!(limited(7, &range(0, 5), "x * 2"), too_many);
    assert_eq!(limited(9, &instant(5), "x[5m]"), too_many);
    assert!(limited(10, &instant(5), "x[5m]").is_ok());
}

#[test]
fn a_grid_without_end_is_refused_before_memory_is_taken() {
    let endless = "max_over_time(vector(1)[100y:1ms])";
    assert_eq!(limited(1000, &instant(5), endless), Err(QueryError::TooManySamples));
    let far = Grid::range(Timestamp::MIN, Timestamp::MAX, Span::from_millis(1));
    assert_eq!(limited(1000, &far, "x"), Err(QueryError::TooManySamples));
    assert_eq!(limited(1000, &far, "time()"), Err(QueryError::TooManySamples));
}

#[test]
fn a_cancelled_query_stops() {
    let limits = Limits { samples: 10, cancelled: Arc::new(AtomicBool::new(true)) };
    assert_eq!(run("x 1", "x", &instant(0), &limits), Err(QueryError::Cancelled));
}

#[test]
fn times_at_the_ends_of_the_calendar_do_not_overflow() {
    for at in [Timestamp::MIN, Timestamp::MAX] {
        for query in ["x offset 1y", "rate(x[1y] offset -1y)", "sum_over_time(x[1h:1m])", "hour()"]
        {
            let _ = limited(1000, &Grid::instant(at), query);
        }
    }
}

#[test]
fn a_label_value_does_not_grow_without_end() {
    let long = "y".repeat(40_000);
    let query = |calls: &str| limited(1000, &instant(0), &calls.replace("LONG", &long));
    for (function, call) in [
        ("label_join", r#"label_join(X, "i", "", "i", "i")"#),
        ("label_replace", r#"label_replace(X, "i", "$1$1", "i", "(.*)")"#),
    ] {
        let once = r#"label_replace(x{i="1"}, "i", "LONG", "i", ".*")"#;
        let message = format!("{function}(): label value is longer than 65536 bytes");
        let refused = query(&call.replace('X', once));
        assert_eq!(refused.map_err(|error| error.to_string()), Err(message));
        assert!(query(once).is_ok());
    }
}
