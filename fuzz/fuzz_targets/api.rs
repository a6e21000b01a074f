//! See `targets/api.rs`.
#![no_main]

#[path = "../targets/api.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
