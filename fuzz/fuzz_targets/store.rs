//! See `targets/store.rs`.
#![no_main]

#[path = "../targets/store.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
