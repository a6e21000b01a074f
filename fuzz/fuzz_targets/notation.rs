//! See `targets/notation.rs`.
#![no_main]

#[path = "../targets/notation.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
