//! The bureau's rules and words. Pure: no I/O, no clock, no randomness, no database, no HTTP; time comes in as a value.

pub mod access;
pub mod clock;
pub mod field_error;
pub mod ledger;
