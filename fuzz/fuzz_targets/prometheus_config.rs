//! See `targets/prometheus_config.rs`.
#![no_main]

#[path = "../targets/prometheus_config.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
