//! A processor that computes as fast as it can.
//!
//! On x86-64 whoever uses the upper halves of the vector registers has to clear them afterwards:
//! until then every change between old and new instructions costs dozens of cycles, and numbers
//! are computed with the old ones. httparse 1.10 leaves them in use when a request's last header
//! ends within 32 bytes of what was received. Writing a float then takes five times as long.

/// More than a vector register holds.
static BYTES: [u8; 64] = [0; 64];

/// Clears the upper halves of the vector registers, wherever others may have left them in use.
/// Takes some nanoseconds; to be called on the thread that is about to compute, with no waiting
/// in between.
pub fn clear_vector_registers() {
    // searching with the widest registers there are, which cleans up behind itself
    std::hint::black_box(memchr::memchr(0, std::hint::black_box(&BYTES)));
}
