//! See `targets/sources.rs`.
#![no_main]

#[path = "../targets/sources.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
