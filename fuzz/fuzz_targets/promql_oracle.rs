//! See `targets/promql_oracle.rs`.
#![no_main]

#[path = "../targets/promql_oracle.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
