//! See `targets/web_config.rs`.
#![no_main]

#[path = "../targets/web_config.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
