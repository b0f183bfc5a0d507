//! Forecast (预测): with the figures of today held, what the passing of time alone brings: which titles lapse, which criteria
//! fail or are met, which pool follows.
//!
//! Outcomes change on few days, and all of them can be told from what is recorded: a title begins or ends, a year ends, a
//! statement or a state begins to hold, a number of days since the registration is reached, rules begin or end, the
//! yearly evaluation, the end of a stay. Only these days are looked at.

mod breaks;
mod course;
mod history;
mod outlook;
mod told;

pub use breaks::breakpoints;
pub use course::forecast;
pub use history::{Fact, History, Period, State};
pub use outlook::{Asked, Cause, Change, Forecast, Moved, Movement, Placed, Turned};
pub use told::{
    Told, ToldCause, ToldChange, ToldDuty, ToldMoved, ToldMovement, ToldPlace, ToldTurned,
    duty as told_duty, told,
};
