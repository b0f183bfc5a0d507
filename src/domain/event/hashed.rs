//! What an entry says of a text that does not stand in it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ledger::hex;

/// The SHA-256 of a stored text, in hexadecimal digits: it tells another text from it and does not show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hashed(String);

impl Hashed {
    pub fn of(text: &str) -> Self {
        Hashed(sha256(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of a text or a file, as events hold it of what is too long for them.
pub fn sha256(content: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(content))
}
