//! Which samples count when.

use super::*;

#[test]
fn windows_are_left_open() {
    check(5, "x 1", "x", "");
    check(4, "x 1", "x", r#"{__name__="x"} 1"#);
    check(2, "x 1 2 3", "count_over_time(x[2m])", "{} 2");
    check(2, "x 1 2 3", "x[1m]", r#"{__name__="x"} 3@2"#);
}

#[test]
fn a_stale_marker_ends_a_series_at_once_but_is_skipped_in_windows() {
    check(1, "x 1 stale", "x", "");
    check(1, "x 1 stale", "count_over_time(x[5m])", "{} 1");
    check(2, "x 1 stale 3", "x", r#"{__name__="x"} 3"#);
}

#[test]
fn offsets_and_fixed_times_shift_what_is_seen() {
    let x = "x 0 1 2 3 4 5 6 7 8 9";
    check(9, x, "x offset 2m", r#"{__name__="x"} 7"#);
    check(5, x, "x offset -2m", r#"{__name__="x"} 7"#);
    check(9, x, "x @ 180", r#"{__name__="x"} 3"#);
    check(9, x, "x @ 180 offset 1m", r#"{__name__="x"} 2"#);
    check_on(&range(2, 4), x, "x @ start() + x @ end() + x", "{} 8@2 9@3 10@4");
    check_on(&range(2, 4), x, "sum_over_time(x[2m] @ 240)", "{} 7@2 7@3 7@4");
    check_on(&range(2, 3), x, "timestamp(x @ 60)", "{} 60@2 60@3");
}

#[test]
fn subqueries_run_on_multiples_of_their_step() {
    let x = "x 0 1 2 3 4 5 6 7 8 9";
    check(9, x, "count_over_time(x[4m:2m])", "{} 2");
    check(9, x, "sum_over_time(x[4m:2m])", "{} 14");
    check(9, x, "max_over_time(sum_over_time(x[2m])[3m:1m] offset 2m)", "{} 13");
    check(9, x, "x[3m:1m]", r#"{__name__="x"} 7@7 8@8 9@9"#);
    check(9, x, "sum_over_time(vector(1)[5m:])", "{} 5");
}

#[test]
fn durations_may_depend_on_the_grid() {
    let x = "x 0 1 2 3 4 5 6 7 8 9";
    check_on(&range(4, 6), x, "count_over_time(x[range()])", "{} 2@4 2@5 2@6");
    check_on(&range(4, 6), x, "x offset step()", r#"{__name__="x"} 3@4 4@5 5@6"#);
    check(4, x, "count_over_time(x[2 * 1m])", "{} 2");
    check(4, x, "count_over_time(x[step()])", "error: 18:24: duration must be greater than 0");
}

#[test]
fn scalars_and_texts_are_answers_too() {
    check(1, "", "time() / 2", "30");
    check(1, "", "\"text\"", "text");
    check(0, "x{a=\"1\"} 1\nx{a=\"2\"} 2", "scalar(x)", "NaN");
    check(0, "x 2", "scalar(x) ^ 3", "8");
    check_on(&range(0, 2), "", "time() > bool 60", "{} 0@0 0@1 1@2");
    let message = "error: invalid expression type \"range vector\" for range query, must be \
                   Scalar or instant Vector";
    check_on(&range(0, 2), "x 1", "x[1m]", message);
}

#[test]
fn classic_histograms_give_quantiles() {
    let series = r#"
        b{le="1"} 5
        b{le="2"} 10
        b{le="+Inf"} 10
        c{le="1"} 5
        c{le="2"} 10
    "#;
    check(0, series, "histogram_quantile(0.75, b)", "{} 1.5");
    check(0, series, "histogram_quantile(0.75, c)", "{} NaN");
    check(0, series, "histogram_fraction(0, 1.5, b)", "{} 0.75");
}
