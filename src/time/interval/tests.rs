use super::super::rfc3339;
use super::*;

/// What is written again, or the error.
fn shown<T: ToString>(range: Result<T, IntervalError>) -> String {
    range.map_or_else(|error| format!("error: {error}"), |range| range.to_string())
}

#[test]
fn weekdays_are_english_names() {
    for (text, expect) in [
        ("monday", "monday"),
        ("Monday:FRIDAY", "monday:friday"),
        ("sunday:saturday", "sunday:saturday"),
        ("tuesday:tuesday", "tuesday"),
        ("saturday:monday", "error: start day cannot be before end day"),
        ("mon", "error: mon is not a valid weekday"),
        ("1", "error: 1 is not a valid weekday"),
        ("monday:", "error:  is not a valid weekday"),
        ("monday : friday", "error: monday  is not a valid weekday"),
        (
            "monday:tuesday:friday",
            "error: couldn't parse range monday:tuesday:friday, invalid format",
        ),
    ] {
        assert_eq!(shown(WeekdayRange::parse(text)), expect, "{text:?}");
    }
}

#[test]
fn days_of_the_month_count_from_either_end() {
    for (text, expect) in [
        ("1", "1"),
        ("-31", "-31"),
        ("+5", "5"),
        ("25:-1", "25:-1"),
        ("27:-1", "27:-1"),
        ("1:-27", "1:-27"),
        ("0", "error: 0 is not a valid day of the month: out of range"),
        ("1:32", "error: 32 is not a valid day of the month: out of range"),
        ("-5:5", "error: end day must be negative if start day is negative"),
        ("-1:-5", "error: end day -5 is always before start day -1"),
        ("28:-1", "error: end day -1 is always before start day 28"),
        ("1:-28", "error: end day -28 is always before start day 1"),
        ("x", "error: strconv.Atoi: parsing \"x\": invalid syntax"),
        ("", "error: strconv.Atoi: parsing \"\": invalid syntax"),
        (
            "99999999999999999999",
            "error: strconv.Atoi: parsing \"99999999999999999999\": value out of range",
        ),
    ] {
        assert_eq!(shown(DayRange::parse(text)), expect, "{text:?}");
    }
}

#[test]
fn months_are_names_or_numbers_and_years_are_numbers() {
    for (text, expect) in [
        ("March:JUNE", "3:6"),
        ("1:january", "1"),
        ("13", "13"),
        ("june:march", "error: end month march is before start month june"),
        ("14:13", "error: end month  is before start month "),
        ("may:foo", "error: foo is not a valid month"),
        ("1:2:3", "error: couldn't parse range 1:2:3, invalid format"),
    ] {
        assert_eq!(shown(MonthRange::parse(text)), expect, "{text:?}");
    }
    for (text, expect) in [
        ("2020:2022", "2020:2022"),
        ("-5", "-5"),
        ("2022:2020", "error: end year 2020 is before start year 2022"),
        ("20.5", "error: strconv.Atoi: parsing \"20.5\": invalid syntax"),
    ] {
        assert_eq!(shown(YearRange::parse(text)), expect, "{text:?}");
    }
}

#[test]
fn times_have_two_digits_each_and_do_not_cross_midnight() {
    for (start, end, expect) in [
        ("09:00", "17:05", "09:00-17:05"),
        ("00:00", "24:00", "00:00-24:00"),
        ("9:00", "17:00", "error: couldn't parse timestamp 9:00, invalid format"),
        ("09:00", "24:01", "error: couldn't parse timestamp 24:01, invalid format"),
        ("09:60", "10:00", "error: couldn't parse timestamp 09:60, invalid format"),
        ("1é:0", "10:00", "error: couldn't parse timestamp 1é:0, invalid format"),
        ("17:00", "09:00", "error: start time cannot be equal or greater than end time"),
        ("09:00", "09:00", "error: start time cannot be equal or greater than end time"),
        ("", "17:00", "error: both start and end times must be provided"),
    ] {
        let range = TimeRange::parse(start, end);
        let text = range.map(|range| format!("{}-{}", range.start_text(), range.end_text()));
        assert_eq!(shown(text), expect);
    }
}

#[test]
fn zones_are_those_of_the_database_by_their_exact_names() {
    let local = Location::local(jiff::tz::TimeZone::fixed(jiff::tz::offset(3)));
    for (name, expect) in [
        ("Europe/Berlin", "Europe/Berlin"),
        ("US/Eastern", "US/Eastern"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("CET", "CET"),
        ("UTC", "UTC"),
        ("Local", "Local"),
        ("", ""),
        ("europe/berlin", "error: unknown time zone europe/berlin"),
        ("utc", "error: unknown time zone utc"),
        ("Mars/Base", "error: unknown time zone Mars/Base"),
        ("../etc", "error: time: invalid location name"),
        ("/etc", "error: time: invalid location name"),
    ] {
        let name_of = Location::parse(name, &local).map(|location| location.name().to_owned());
        assert_eq!(shown(name_of), expect);
    }
    assert_eq!(Location::parse("Local", &local).map(|location| location.zone), Ok(local.zone));
}

/// `field=range[,range] ...`, as an interval.
fn interval(text: &str) -> TimeInterval {
    let mut interval = TimeInterval::default();
    for field in text.split_whitespace() {
        let (name, ranges) = field.split_once('=').unwrap();
        let ranges = || ranges.split(',').filter(|range| !range.is_empty());
        match name {
            "times" => {
                let times = ranges().map(|range| range.split_once('-').unwrap());
                let times = times.map(|(start, end)| TimeRange::parse(start, end).unwrap());
                interval.times = Some(times.collect());
            }
            "weekdays" => {
                interval.weekdays =
                    Some(ranges().map(|r| WeekdayRange::parse(r).unwrap()).collect());
            }
            "days" => {
                interval.days_of_month =
                    Some(ranges().map(|r| DayRange::parse(r).unwrap()).collect());
            }
            "months" => {
                interval.months = Some(ranges().map(|r| MonthRange::parse(r).unwrap()).collect());
            }
            "years" => {
                interval.years = Some(ranges().map(|r| YearRange::parse(r).unwrap()).collect());
            }
            _ => interval.location = ranges().next().map(zone),
        }
    }
    interval
}

fn zone(name: &str) -> Location {
    Location::parse(name, &Location::utc()).unwrap()
}

#[test]
fn a_moment_lies_in_an_interval_when_every_field_holds() {
    for (text, at, expect) in [
        ("", "2020-11-10T12:00:00Z", true),
        ("times=09:00-17:00", "2020-11-10T08:59:59.999Z", false),
        ("times=09:00-17:00", "2020-11-10T09:00:00Z", true),
        ("times=09:00-17:00", "2020-11-10T16:59:59.999Z", true),
        ("times=09:00-17:00", "2020-11-10T17:00:00Z", false),
        ("times=00:00-24:00", "2020-11-10T23:59:59.999Z", true),
        ("times=01:00-02:00,03:00-04:00", "2020-11-10T03:30:00Z", true),
        ("times=", "2020-11-10T12:00:00Z", false),
        ("weekdays=monday:friday", "2020-11-06T12:00:00Z", true),
        ("weekdays=monday:friday", "2020-11-07T12:00:00Z", false),
        ("weekdays=sunday", "2020-11-08T12:00:00Z", true),
        ("weekdays=monday:friday times=09:00-17:00", "2020-11-06T18:00:00Z", false),
        ("days=1:7", "2020-11-07T12:00:00Z", true),
        ("days=1:7", "2020-11-08T12:00:00Z", false),
        ("days=-3:-1", "2020-02-27T12:00:00Z", true),
        ("days=-3:-1", "2020-02-26T12:00:00Z", false),
        ("days=-3:-1", "2021-02-26T12:00:00Z", true),
        ("days=25:-1", "2021-02-28T12:00:00Z", true),
        ("days=31", "2021-02-28T12:00:00Z", false),
        ("days=30:31", "2021-04-30T12:00:00Z", true),
        ("days=28:31", "2021-02-28T12:00:00Z", true),
        ("days=-31:-28", "2021-02-01T12:00:00Z", true),
        ("days=-31:-30", "2021-02-01T12:00:00Z", false),
        ("days=1:-27", "2021-02-02T12:00:00Z", true),
        ("months=january:march", "2020-03-31T23:59:59Z", true),
        ("months=january:march", "2020-04-01T00:00:00Z", false),
        ("months=13", "2020-01-01T00:00:00Z", false),
        ("years=2020:2022", "2022-12-31T23:59:59Z", true),
        ("years=2020:2022", "2023-01-01T00:00:00Z", false),
        ("location=Australia/Sydney times=09:00-17:00", "2020-11-10T22:30:00Z", true),
        ("location=Australia/Sydney weekdays=wednesday", "2020-11-10T22:30:00Z", true),
        ("location=Europe/Berlin times=09:00-17:00", "2021-07-01T07:00:00Z", true),
        ("location=Europe/Berlin times=09:00-17:00", "2021-01-01T07:59:59Z", false),
        ("location=Europe/Berlin times=02:00-03:00", "2021-03-28T01:30:00Z", false),
        ("location=Europe/Berlin times=02:00-03:00", "2021-10-31T01:30:00Z", true),
    ] {
        let at_time = rfc3339::parse(at).unwrap();
        assert_eq!(interval(text).contains(at_time), expect, "{text:?} at {at}");
    }
}

#[test]
fn moments_beyond_the_calendar_lie_in_no_interval() {
    assert!(!interval("years=2020").contains(Timestamp::MAX));
    assert!(!interval("years=2020").contains(Timestamp::MIN));
}

#[test]
fn edges_of_days_months_and_zones_are_where_the_reference_puts_them() {
    for (text, at, expect) in [
        // days of the month: bounds are clamped, a start behind the last day skips the range
        ("days=29:31", "2021-02-28T12:00:00Z", false),
        ("days=29:31", "2020-02-29T12:00:00Z", true),
        ("days=27:-1", "2021-02-27T00:00:00Z", true),
        ("days=-1", "2021-02-28T23:59:59.999Z", true),
        ("days=-1", "2021-03-01T00:00:00Z", false),
        ("days=-29:-1", "2021-02-01T12:00:00Z", true),
        ("days=-30:-29", "2021-02-01T12:00:00Z", false),
        ("days=-31", "2021-03-01T12:00:00Z", true),
        ("days=-31", "2021-04-01T12:00:00Z", false),
        ("days=1:-1", "2021-12-31T12:00:00Z", true),
        ("days=1,15,-1", "2021-06-15T12:00:00Z", true),
        ("days=1,15,-1", "2021-06-30T12:00:00Z", true),
        ("days=1,15,-1", "2021-06-29T12:00:00Z", false),
        // what would cross the end of a year or of a week is written as two ranges
        ("months=november:december,january", "2021-01-31T23:59:59Z", true),
        ("months=november:december,january", "2021-02-01T00:00:00Z", false),
        ("weekdays=saturday,sunday:monday", "2021-01-04T23:59:59Z", true),
        ("weekdays=saturday,sunday:monday", "2021-01-05T00:00:00Z", false),
        ("years=2021", "2020-12-31T23:59:59.999Z", false),
        ("years=2021", "2021-01-01T00:00:00Z", true),
        ("years=-5:5", "2021-01-01T00:00:00Z", false),
        // the zone decides what day, month and year it is
        ("location=Pacific/Kiritimati years=2021", "2020-12-31T10:00:00Z", true),
        ("location=Pacific/Kiritimati years=2021", "2020-12-31T09:59:59Z", false),
        ("location=Pacific/Pago_Pago months=december", "2021-01-01T10:59:59Z", true),
        ("location=Pacific/Pago_Pago months=december", "2021-01-01T11:00:00Z", false),
        ("location=Asia/Kathmandu times=00:00-00:01", "2021-01-01T18:15:00Z", true),
        ("location=America/New_York days=-1", "2021-03-01T04:59:59Z", true),
        ("location=America/New_York days=-1", "2021-03-01T05:00:00Z", false),
        // an hour that is skipped lies in nothing, one that comes twice in everything twice
        ("location=America/New_York times=02:00-03:00", "2021-03-14T06:59:59Z", false),
        ("location=America/New_York times=02:00-03:00", "2021-03-14T07:00:00Z", false),
        ("location=America/New_York times=01:00-02:00", "2021-11-07T05:30:00Z", true),
        ("location=America/New_York times=01:00-02:00", "2021-11-07T06:30:00Z", true),
        ("location=America/New_York times=01:00-02:00", "2021-11-07T07:00:00Z", false),
        ("location=Europe/Berlin times=00:00-24:00", "2021-03-28T01:00:00Z", true),
        // minutes: the last one of the day belongs to it only with 24:00
        ("times=00:00-23:59", "2021-01-01T23:59:00Z", false),
        ("times=23:59-24:00", "2021-01-01T23:59:59.999Z", true),
        ("times=23:59-24:00", "2021-01-02T00:00:00Z", false),
        ("times=00:00-00:01", "2021-01-01T00:00:59.999Z", true),
        ("times=00:00-00:01", "2021-01-01T00:01:00Z", false),
        // every field must hold
        ("days=1:7 weekdays=monday", "2021-02-01T12:00:00Z", true),
        ("days=1:7 weekdays=monday", "2021-02-08T12:00:00Z", false),
        ("months=12 days=25 years=2021", "2021-12-25T00:00:00Z", true),
        ("months=12 days=25 years=2021", "2022-12-25T00:00:00Z", false),
        ("years=", "2021-12-25T00:00:00Z", false),
        ("weekdays=", "2021-12-25T00:00:00Z", false),
    ] {
        let at_time = rfc3339::parse(at).unwrap();
        assert_eq!(interval(text).contains(at_time), expect, "{text:?} at {at}");
    }
}
