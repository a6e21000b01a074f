//! See `targets/duration.rs`.
#![no_main]

#[path = "../targets/duration.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
