//! The catalogue of facts (指标目录): what may be recorded of an enterprise and what rule sets may use.
//!
//! The catalogue is data (`src/packs/facts.toml`). In memory a fact's value is one `i64`, see [`Value`].

mod catalogue;
mod document;
mod doubt;
mod evidence;
mod value;

pub use catalogue::{
    Catalogue, Code, FactDef, FactId, Kind, Period, UnknownFact, Window, catalogue,
};
pub use document::{Document, Phrase};
pub use doubt::{Doubt, doubts};
pub use evidence::Evidence;
pub use value::{FactError, Value};

/// Annual facts of the catalogue come first, so that their ids are below this. Checked when it is loaded.
pub const ANNUAL_SLOTS: usize = 16;
/// Room for dated facts; their slot is their place among the dated ones.
pub const DATED_SLOTS: usize = 64;
