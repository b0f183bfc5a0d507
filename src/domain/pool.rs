//! The three pools (三库), where an enterprise is placed, and how members move.

mod moves;
pub mod placement;

pub use moves::{
    Assessment, ExitReason, Member, MoveKind, Movement, Standing, assess, is_yearly, keep_failed,
    last_day_of_stay,
};
pub use placement::{Placement, Pool};
