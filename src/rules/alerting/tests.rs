//! The state machine, told as tables.
