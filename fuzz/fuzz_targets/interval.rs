//! See `targets/interval.rs`.
#![no_main]

#[path = "../targets/interval.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
