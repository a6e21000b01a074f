//! See `targets/evaluation.rs`.
#![no_main]

#[path = "../targets/evaluation.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
