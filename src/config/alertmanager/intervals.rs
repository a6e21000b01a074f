//! `time_intervals` and `mute_time_intervals`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::config::read::{At, Field, Reader, Yaml, section};
use crate::config::yaml::{Node, Position};
use crate::template::quote;
use crate::time::interval::{
    DayRange, Location, MonthRange, TimeInterval, TimeRange, WeekdayRange, YearRange,
};

section! {
    /// A named list of intervals.
    struct NamedIntervals("config.plain") {
        nonempty name: At<String>,
        always time_intervals: Vec<RawInterval>,
    }
}

section! {
    /// One interval.
    struct RawInterval("timeinterval.TimeInterval") {
        nonempty times: Option<Vec<TimeRange>>,
        nonempty weekdays: Option<Vec<WeekdayRange>>,
        nonempty days_of_month: Option<Vec<DayRange>>,
        nonempty months: Option<Vec<MonthRange>>,
        nonempty years: Option<Vec<YearRange>>,
        nonempty location: Option<Location>,
    }
}

section! {
    /// One of `times`.
    struct RawTimes("timeinterval.yamlTimeRange") {
        nonempty start_time: String,
        nonempty end_time: String,
    }
}

/// Fields of one text that its type parses and prints.
macro_rules! parsed_fields {
    ($($type:ty),*) => { $(
        impl Field for $type {
            fn read(node: &Node, reader: &mut Reader) -> Option<$type> {
                let text: At<String> = Field::read(node, reader)?;
                let parsed = <$type>::parse(&text);
                parsed.map_err(|error| reader.problem(text.at, error.to_string())).ok()
            }

            fn null(at: Position, reader: &mut Reader) -> Option<$type> {
                reader.problem(at, "missing range");
                None
            }

            fn write(&self) -> Yaml {
                self.to_string().into()
            }
        }
    )* };
}

parsed_fields!(WeekdayRange, DayRange, MonthRange, YearRange);

impl Field for TimeRange {
    fn read(node: &Node, reader: &mut Reader) -> Option<TimeRange> {
        let raw = RawTimes::read(node, reader).filter(|raw| raw.whole)?;
        let range = TimeRange::parse(&raw.start_time, &raw.end_time);
        range.map_err(|error| reader.problem(raw.at, error.to_string())).ok()
    }

    fn null(at: Position, reader: &mut Reader) -> Option<TimeRange> {
        reader.problem(at, "missing range");
        None
    }

    fn write(&self) -> Yaml {
        let mut times = RawTimes::empty(Position::default());
        (times.start_time, times.end_time) = (self.start_text(), self.end_text());
        times.write()
    }
}

impl Field for Location {
    /// `Local` is UTC here: the configuration must not depend on the machine it is read on.
    fn read(node: &Node, reader: &mut Reader) -> Option<Location> {
        let name: At<String> = Field::read(node, reader)?;
        if *name == "Local" {
            reader.warning(name.at, "location Local is taken for UTC: name the zone");
        }
        let location = Location::parse(&name, &Location::utc());
        location.map_err(|error| reader.problem(name.at, error.to_string())).ok()
    }

    fn null(_: Position, _: &mut Reader) -> Option<Location> {
        Some(Location::utc())
    }

    fn write(&self) -> Yaml {
        self.name().into()
    }
}

/// Both lists share one space of names.
pub(super) fn check_names(mute: &[NamedIntervals], time: &[NamedIntervals], reader: &mut Reader) {
    let mute = mute.iter().map(|intervals| ("mute time interval", intervals));
    let time = time.iter().map(|intervals| ("time interval", intervals));
    let mut seen = HashSet::new();
    for (what, NamedIntervals { at, name, whole, .. }) in mute.chain(time) {
        if name.is_empty() {
            if *whole {
                reader.problem(*at, format!("missing name in {what}"));
            }
        } else if !seen.insert(name.as_str()) {
            reader.problem(name.at, format!("{what} {} is not unique", quote(name)));
        }
    }
}

/// Every interval by its name.
pub(super) fn compile(
    mute: &[NamedIntervals],
    time: &[NamedIntervals],
) -> BTreeMap<Arc<str>, Vec<TimeInterval>> {
    let named = mute.iter().chain(time).map(|named| {
        let intervals = named.time_intervals.iter().map(RawInterval::compile).collect();
        (Arc::from(named.name.as_str()), intervals)
    });
    named.collect()
}

impl RawInterval {
    fn compile(&self) -> TimeInterval {
        TimeInterval {
            times: self.times.clone(),
            weekdays: self.weekdays.clone(),
            days_of_month: self.days_of_month.clone(),
            months: self.months.clone(),
            years: self.years.clone(),
            location: self.location.clone(),
        }
    }
}
