//! Hashes that events hold of what is too long for them.

use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::row::row_of;
use crate::ledger::hex;

pub use crate::event::hashed::sha256;

/// The hash over rows that an event swears of as one: the SHA-256 over them in their order, each as JSON with its columns by
/// their names and a line's end.
#[derive(Debug, Clone, Default)]
pub struct Together(Sha256);

impl Together {
    pub fn add(&mut self, row: &impl Serialize) {
        self.0.update(Json::Object(row_of(row)).to_string());
        self.0.update("\n");
    }

    /// Over those that were added by now.
    pub fn hash(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// The same of a document, whose hash says by its first letters how it was made.
pub(crate) fn bare(hash: &str) -> &str {
    hash.strip_prefix("sha256:").unwrap_or(hash)
}
