//! Firebell turns time series into the right message for the right person, and can say why.
//!
//! The map, in reading order. `tests/tidy.rs` checks the table at the end.

// 0  vocabulary: words everybody uses; pure
pub mod label;
pub mod sample;
pub mod secret;
pub mod template;
pub mod time;
pub mod trace;

// 1  the pipeline: pure, deterministic; `now` is an argument
pub mod alerts;
pub mod config;
pub mod engine;
pub mod forward;
pub mod inhibit;
pub mod notify;
pub mod promql;
pub mod route;
pub mod rules;
pub mod silence;

// 2  the edges: they do, they do not decide
pub mod audit;
pub mod ingest;
pub mod otlp;
pub mod receivers;
pub mod source;
pub mod state;

// 3  drivers: they own the clock
pub mod api;
pub mod cli;
pub mod drivers;

// Who may use whom: `tests/tidy.rs` reads these lines. `0` is every module of that layer.
// Layers 0 and 1 are pure besides: they name no clock, socket, disk, thread or chance.
//
// 0 time: 0
// 0 label: 0
// 0 sample: 0
// 0 template: 0
// 0 secret:
// 0 trace:
//
// 1 promql: 0
// 1 rules: 0 promql
// 1 alerts: 0
// 1 inhibit: 0 alerts
// 1 silence: 0 alerts
// 1 route: 0 alerts
// 1 notify: 0 alerts route
// 1 forward: 0 rules alerts notify
// 1 engine: 0 promql rules alerts inhibit silence route notify forward
// 1 config: 0 1
//
// 2 audit: 0
// 2 source: 0 promql notify receivers
// 2 ingest: 0 source
// 2 receivers: 0 notify
// 2 otlp: 0 notify engine receivers
// 2 state: 0 engine rules notify alerts silence
//
// 3 drivers: 0 1 2
// 3 api: 0 1 audit ingest otlp source drivers
// 3 web: 0 1 drivers
// 3 cli: 0 1 2 3
