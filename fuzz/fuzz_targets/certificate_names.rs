//! See `targets/certificate_names.rs`.
#![no_main]

#[path = "../targets/certificate_names.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
