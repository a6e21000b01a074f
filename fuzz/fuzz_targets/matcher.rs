//! See `targets/matcher.rs`.
#![no_main]

#[path = "../targets/matcher.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
