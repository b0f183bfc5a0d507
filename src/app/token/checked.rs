//! Tokens that passed, by their hash, until they expire. Only the check of the token itself is spared: the account is
//! looked at on every request.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

#[derive(Default)]
pub(super) struct Checked {
    known: RwLock<HashMap<[u8; 32], (i64, VerifiedToken)>>,
}

impl Checked {
    /// About a megabyte.
    const MOST: usize = 4_096;

    pub(super) fn find(&self, hash: &[u8; 32], now: i64) -> Option<VerifiedToken> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (expires, token) = known.get(hash)?;
        (now < *expires).then(|| token.clone())
    }

    pub(super) fn keep(&self, hash: [u8; 32], expires: i64, token: VerifiedToken) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            // They are checked again when they come again.
            known.clear();
        }
        known.insert(hash, (expires, token));
    }

    /// When the keys have changed.
    pub(super) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }
}

/// An access token that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    pub subject: String,
    pub session: String,
    pub epoch: i64,
}
