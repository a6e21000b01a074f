//! Parts of a date in UTC, from a Unix time in seconds.

use crate::promql::plan::DateFunction;

/// A part of the date of a Unix time; the fraction of a second is cut off.
pub(in crate::promql) fn part(function: DateFunction, seconds: f64) -> f64 {
    let seconds = to_seconds(seconds);
    let days = seconds.div_euclid(86_400) as i64;
    let in_day = seconds.rem_euclid(86_400) as i64;
    let (year, month, day) = civil(days);
    let part = match function {
        DateFunction::DaysInMonth => days_in_month(year, month),
        DateFunction::DayOfMonth => day,
        DateFunction::DayOfWeek => (days.rem_euclid(7) + 4) % 7,
        DateFunction::DayOfYear => days - days_before(year, 1, 1) + 1,
        DateFunction::Hour => in_day / 3600,
        DateFunction::Minute => in_day / 60 % 60,
        DateFunction::Month => month,
        DateFunction::Year => year,
    };
    part as f64
}

/// Whole seconds as Go has them on amd64: a number that does not fit 64 bits is the smallest
/// integer. Go's calendar begins in the year -292277022399 and wraps around there.
fn to_seconds(seconds: f64) -> i128 {
    const CALENDAR_BEGINS: i128 = -9_223_372_028_715_321_600;
    let fits = (i64::MIN as f64..i64::MAX as f64).contains(&seconds);
    let whole = if fits { seconds as i64 } else { i64::MIN };
    (i128::from(whole) - CALENDAR_BEGINS).rem_euclid(1 << 64) + CALENDAR_BEGINS
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a day since the epoch, in the proleptic Gregorian calendar. Eras of
/// 400 years that begin in March make leap days the last of their year.
/// (Source: H. Hinnant, "chrono-compatible low-level date algorithms".)
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days since the epoch of a date; the inverse of [`civil`].
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_day_has_all_its_parts() {
        use DateFunction as D;
        let at = 1_709_210_096.9; // 2024-02-29 12:34:56.9 UTC, a Thursday
        let parts = [D::Year, D::Month, D::DayOfMonth, D::DayOfWeek, D::DayOfYear, D::DaysInMonth];
        assert_eq!(parts.map(|it| part(it, at)), [2024.0, 2.0, 29.0, 4.0, 60.0, 29.0]);
        assert_eq!([D::Hour, D::Minute].map(|it| part(it, at)), [12.0, 34.0]);
    }

    #[test]
    fn dates_before_the_epoch_and_beyond_reason_do_not_panic() {
        assert_eq!(part(DateFunction::Year, -0.5), 1970.0);
        assert_eq!(part(DateFunction::Year, -1.0), 1969.0);

        for odd in [f64::NAN, f64::INFINITY, f64::MIN, 1e300] {
            assert_eq!(part(DateFunction::Year, odd), 292_277_026_596.0);
            assert_eq!(part(DateFunction::DayOfYear, odd), 339.0);
        }
    }
}
