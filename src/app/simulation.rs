//! What-if (推演): the whole population, or a part of it, under the rules in force and under proposed ones.
//!
//! Chunks are read and judged on several threads at once, by verdicts alone; only firms that move are looked at
//! criterion by criterion, and they are written down a bounded number at a time. Nothing but the result is kept.

pub mod face;
mod keep;
mod request;
mod run;
mod seen;
mod tally;
mod view;

pub use keep::fail_interrupted;
pub use request::SimulationRequest;
pub use run::{begin, profiles, run};
pub use seen::{
    CriterionSide, MoverQuery, MoverView, Movers, MoversOf, MovingCriterion, Simulations, get,
};
pub use view::{
    Counts, CriterionCount, MatrixCell, PartCount, PlaceCount, SimulationView, Summary,
    TargetEffect,
};
