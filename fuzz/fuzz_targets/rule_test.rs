//! See `targets/rule_test.rs`.
#![no_main]

#[path = "../targets/rule_test.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
