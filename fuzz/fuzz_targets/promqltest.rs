//! See `targets/promqltest.rs`.
#![no_main]

#[path = "../targets/promqltest.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
