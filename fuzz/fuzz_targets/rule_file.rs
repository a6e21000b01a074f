//! See `targets/rule_file.rs`.
#![no_main]

#[path = "../targets/rule_file.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
