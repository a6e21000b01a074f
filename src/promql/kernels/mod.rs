//! The inner loops: free functions over slices, without allocation where the work allows it.
//!
//! Results are those of Prometheus to the bit where they come from sums, products and
//! comparisons: the order of operations is part of the contract.

pub(super) mod date;
pub(super) mod go_math;
pub(super) mod kahan;
pub(super) mod order;
pub(super) mod rate;
pub(super) mod regression;
pub(super) mod spread;
pub(super) mod value;
