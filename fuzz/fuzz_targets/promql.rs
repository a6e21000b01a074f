//! See `targets/promql.rs`.
#![no_main]

#[path = "../targets/promql.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
