//! See `targets/trace_context.rs`.
#![no_main]

#[path = "../targets/trace_context.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
