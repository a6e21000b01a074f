//! See `targets/template.rs`.
#![no_main]

#[path = "../targets/template.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
