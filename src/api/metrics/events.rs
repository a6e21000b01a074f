//! The event recorder: `alertmanager_event*`. (Source: Alertmanager 0.34's metrics, names and
//! labels.)

use crate::drivers::live::recorder::EventFigures;

use super::page::Page;

/// What was written, dropped, and waits; nothing without a recorder, as upstream.
pub(super) fn write(page: &mut Page, figures: Option<&EventFigures>) {
    let Some(figures) = figures else { return };
    let name = "alertmanager_events_recorded_total";
    let mut family = page.counter(name, "Events that were given to an output.");
    for ((kind, output), written) in &figures.written {
        for (result, count) in [("success", written.good), ("error", written.failed)] {
            if count > 0 {
                let labels = [("event_type", *kind), ("output", &**output), ("result", result)];
                family.sample(&labels, count as f64);
            }
        }
    }
    let name = "alertmanager_event_recorder_bytes_written_total";
    let mut family = page.counter(name, "Bytes of events that were given to an output.");
    for ((kind, output), written) in &figures.written {
        family.sample(&[("event_type", kind), ("output", output)], written.bytes as f64);
    }
    let name = "alertmanager_events_dropped_total";
    let mut family = page.counter(name, "Events that were dropped because the queue was full.");
    for (kind, count) in &figures.dropped {
        family.sample(&[("event_type", kind)], *count as f64);
    }
    let name = "alertmanager_event_serialize_errors_total";
    let _ = page.counter(name, "Events that could not be written as JSON; all can.");
    let name = "alertmanager_event_output_drops_total";
    let mut family = page.counter(name, "Events that an output dropped.");
    for (output, count) in &figures.output_drops {
        family.sample(&[("output", output)], *count as f64);
    }
    page.gauge("alertmanager_event_recorder_queue_length", "Events that wait to be written.")
        .value(figures.waiting as f64);
}
