//! Late facts (迟到事实): past decisions that would come out otherwise by what is known now. A work list; nothing else
//! changes until a person acts, by the usual ways.

mod apply;
mod finding;
mod list;
mod makers;
mod search;
mod seen;
mod settle;

pub use finding::{LateCause, LateFinding, LateSide};
pub use list::{LateDifference, LateFindingDetail, LateFindings, LateQuery, get};
pub use search::{MOST_AT_A_TURN, catch_up};
pub use settle::{LateSettlement, settle};
