//! Firebell: see `lib.rs` for the map.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // there is one provider, installed once, before anything speaks TLS
    let _ = rustls::crypto::ring::default_provider().install_default();
    firebell::cli::run().into()
}
