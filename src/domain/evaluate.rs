//! Applying rule sets to an enterprise: exact, three-valued, and with its reasons.
//!
//! A [`Profile`] holds all a rule may look at, the day included. [`verdict()`] decides without allocating;
//! [`explain()`] tells every criterion with what was found, what is required and what is short.

mod describe;
mod explain;
mod explained;
mod format;
mod inputs;
pub(crate) mod judge;
mod profile;
pub(crate) mod reach;
pub(crate) mod reading;
mod route;
pub(crate) mod scoring;
mod seen;
pub(crate) mod verdict;
mod ways;

/// Which engine made a result. Raised whenever the same rules on the same inputs may give another verdict or another
/// explanation than before, so that a replay that differs can be told from one whose record was altered; a test holds
/// a result against it.
pub const ENGINE_VERSION: i64 = 1;

pub use explain::explain;
pub use explained::{
    Explained, ExplainedCriteria, ExplainedCriterion, ExplainedDocument, ExplainedGroup,
    ExplainedItem, ExplainedRoute, ExplainedStep, ExplainedTest, ExplainedUnknown, ExplainedWay,
};
pub(crate) use format::change as explained_change;
pub use inputs::{inputs_json, profile_from_json, with_situation};
pub(crate) use judge::test as judged_test;
pub use profile::{Figure, HeldTitle, Profile};
pub use route::{Deed, Price, Route, Step, to_conditions, to_criterion, to_group};
pub(crate) use route::{judged, ways};
pub(crate) use scoring::score;
pub use seen::{Seen, seen};
pub use verdict::{KeepVerdict, Undecided, Verdict, keep_verdict, verdict};
pub use ways::{Subject, Way};
