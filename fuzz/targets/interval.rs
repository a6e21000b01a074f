//! Time intervals and date-times: what is read is printed as what is read the same, and every
//! moment is in or out.

use firebell::time::Timestamp;
use firebell::time::interval::{
    DayRange, Location, MonthRange, TimeInterval, TimeRange, WeekdayRange, YearRange,
};
use firebell::time::rfc3339;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let year_zero = Timestamp::from_millis(-62_167_219_200_000); // no layout has earlier years
    if let Some(at) = rfc3339::parse(text).ok().filter(|at| *at >= year_zero) {
        assert_eq!(rfc3339::parse(&rfc3339::millis(at)), Ok(at), "{text:?}");
        assert_eq!(rfc3339::parse(&rfc3339::nano(at)), Ok(at), "{text:?}");
    }
    let weekday = WeekdayRange::parse(text).ok();
    let day = DayRange::parse(text).ok();
    let month = MonthRange::parse(text).ok();
    let year = YearRange::parse(text).ok();
    assert_eq!(weekday.and_then(|range| WeekdayRange::parse(&range.to_string()).ok()), weekday);
    assert_eq!(day.and_then(|range| DayRange::parse(&range.to_string()).ok()), day);
    assert_eq!(month.and_then(|range| MonthRange::parse(&range.to_string()).ok()), month);
    assert_eq!(year.and_then(|range| YearRange::parse(&range.to_string()).ok()), year);
    let time = text.split_once('-').and_then(|(start, end)| TimeRange::parse(start, end).ok());
    let interval = TimeInterval {
        times: time.map(|range| vec![range]),
        weekdays: weekday.map(|range| vec![range]),
        days_of_month: day.map(|range| vec![range]),
        months: month.map(|range| vec![range]),
        years: year.map(|range| vec![range]),
        location: Location::parse(text, &Location::utc()).ok(),
    };
    for at in moments(data) {
        interval.contains(at);
    }
}

/// Some moments, among them one that the input makes.
fn moments(data: &[u8]) -> [Timestamp; 4] {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(data).for_each(|(byte, from)| *byte = *from);
    let made = i64::from_le_bytes(bytes);
    [made, made % 253_402_300_799_999, i64::MIN, i64::MAX].map(Timestamp::from_millis)
}
