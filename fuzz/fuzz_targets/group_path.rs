//! See `targets/group_path.rs`.
#![no_main]

#[path = "../targets/group_path.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
