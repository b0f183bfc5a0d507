//! Applying rule sets to an enterprise: exact, three-valued, and with its reasons.
//!
//! A [`Profile`] holds all a rule may look at, the day included. [`verdict()`] decides without allocating;
//! [`explain()`] tells every criterion with what was found, what is required and what is short.

pub mod cases;
mod describe;
mod explain;
mod format;
mod inputs;
pub(in crate::domain) mod judge;
mod profile;
pub(in crate::domain) mod reach;
pub(in crate::domain) mod reading;
pub(in crate::domain) mod scoring;
mod seen;
pub mod tried;
pub(in crate::domain) mod verdict;
mod ways;

pub use explain::{
    Explained, ExplainedCriteria, ExplainedCriterion, ExplainedGroup, ExplainedItem, ExplainedTest,
    ExplainedWay, explain,
};
pub use inputs::{inputs_json, profile_from_json};
pub use profile::{Figure, HeldTitle, Profile};
pub use seen::{Seen, seen};
pub use verdict::{KeepVerdict, Undecided, Verdict, keep_verdict, verdict};
