//! See `targets/alertmanager_state.rs`.
#![no_main]

#[path = "../targets/alertmanager_state.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
