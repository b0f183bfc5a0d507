//! The catalogue of facts (指标目录): what may be recorded of an enterprise and what rule sets may use.
//!
//! The catalogue is data (`src/packs/facts.toml`). In memory a fact's value is one `i64`, see [`Value`].

mod catalogue;
mod document;
mod doubt;
mod evidence;
mod value;

pub use catalogue::{
    ANNUAL_SLOTS, Catalogue, Code, DATED_SLOTS, FactDef, FactId, Kind, Period, UnknownFact, Window,
    catalogue,
};
pub use document::{Document, Phrase};
pub use doubt::{Doubt, doubts};
pub use evidence::Evidence;
pub use value::{FactError, Value};
