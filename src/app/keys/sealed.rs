//! Keys as the database holds them: sealed under the master secret, and opened into a ring.

use crate::app::error::AppError;
use crate::app::seal::Seal;
use crate::app::token::{Ring, SEED, SigningKey, Term};
use crate::store::signing_keys::KeyRow;

/// Purpose of the first key's seed; see [`crate::app::App::key`].
pub(in crate::app) const FIRST: &str = "signing key";

/// From the rows that this master secret opens; without any, the first key.
pub(in crate::app) fn ring(
    rows: &[KeyRow],
    seal: &Seal,
    first: &[u8; SEED],
) -> Result<Ring, AppError> {
    let mut keys = Vec::new();
    for row in rows {
        match open(row, seal) {
            Some(seed) => keys.push(SigningKey::from_seed(&seed, term(row))?),
            None => tracing::warn!(
                kid = row.kid,
                "a signing key is sealed under another master secret; see sanku keys reseal"
            ),
        }
    }
    if keys.is_empty() {
        keys.push(SigningKey::from_seed(first, Term::default())?);
    }
    Ring::new(keys).ok_or_else(|| AppError::internal("no signing keys"))
}

/// Where a key is sealed for.
pub(in crate::app) fn place(kid: &str) -> String {
    format!("signing key {kid}")
}

pub(in crate::app) fn open(row: &KeyRow, seal: &Seal) -> Option<[u8; SEED]> {
    let seed = seal.open(&place(&row.kid), &row.sealed_key)?;
    seed.try_into().ok()
}

pub(in crate::app) fn term(row: &KeyRow) -> Term {
    Term {
        signs_from: row.signs_from.and_utc(),
        good_until: row.good_until.map(|until| until.and_utc()),
        withdrawn: row.withdrawn_at.is_some(),
    }
}
