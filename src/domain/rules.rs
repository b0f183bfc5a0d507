//! Rule sets (规则集): typed data read from documents and checked, never code.
//!
//! `docs/RULES.md` tells how a document is written. [`Library`] finds rule sets by name and date;
//! `domain::evaluate` applies them.

pub mod dated;
pub mod documents;
pub mod library;
pub mod model;
pub mod moves;
pub mod operand;
pub mod place;
pub mod points;
mod read_fact;
mod read_group;
mod read_limit;
mod read_points;
mod read_pools;
mod read_set;
mod read_size;
mod read_test;
mod reader;
pub mod size;
pub mod test;
mod unit;
pub mod uses;
pub mod wording;

pub use library::Library;
pub use model::RuleSet;
pub use reader::{DocumentFault, RuleError};
