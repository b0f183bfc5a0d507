//! The desk of whoever writes rules (规则起草): what helps an author, and what a version goes through before it is published.
//!
//! [`check`] tells what is wrong with a rule set, [`boundary`] which cases it needs, [`diff`] what changed in words,
//! [`parameters`] what may be turned; and [`tried`] tries it on its cases.
//! It uses `domain::rules` and `domain::evaluate`; neither knows of it, so that what judges does not depend on what advises.

pub mod boundary;
pub mod cases;
pub mod check;
pub mod diff;
pub mod extent;
pub mod parameters;
pub mod shipped_cases;
pub mod tried;

pub use shipped_cases::{shipped_cases, shipped_waivers};
