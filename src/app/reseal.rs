//! After the master secret has changed: what was sealed under the old one is sealed anew.

use serde_json::json;

use crate::domain::access::ManageKeys;
use crate::domain::ledger::{Event, Subject};
use crate::store::{Changed, second_factors, signing_keys};

use super::caller::Caller;
use super::error::AppError;
use super::seal::Seal;
use super::{App, SEAL, keys, second_factor, token};

/// How many secrets were sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Resealed {
    pub signing_keys: usize,
    pub second_factors: usize,
}

/// Opens with the old master secret what the present one does not open.
pub fn reseal(
    app: &App,
    caller: &Caller<ManageKeys>,
    old_master: &[u8],
) -> Result<Resealed, AppError> {
    let old = Seal::new(&token::derive(old_master, SEAL)?, app.env.rng.clone())?;
    let new = app.seal.clone();
    let done = app.store.write(&caller.stamp(), move |tx| {
        let mut count = Resealed {
            signing_keys: 0,
            second_factors: 0,
        };
        for row in signing_keys::all(tx.conn)? {
            let place = keys::sealed::place(&row.kid);
            if let Some(sealed) = again(&old, &new, &place, &row.sealed_key)? {
                signing_keys::reseal(tx.conn, &row.kid, &sealed)?;
                count.signing_keys += 1;
            }
        }
        for mut row in second_factors::all(tx.conn)? {
            let place = second_factor::place(&row.user_id);
            if let Some(sealed) = again(&old, &new, &place, &row.sealed_secret)? {
                row.sealed_secret = sealed;
                second_factors::put(tx.conn, &row)?;
                count.second_factors += 1;
            }
        }
        if count.signing_keys + count.second_factors == 0 {
            return Ok::<_, AppError>(Changed::unchanged(count));
        }
        let body = json!({
            "signing_keys": count.signing_keys,
            "second_factors": count.second_factors,
        });
        let event = Event::new("SECRETS_RESEALED", Subject::new("secret", "master"), body);
        Ok(Changed::new(count, event))
    })?;
    keys::look(app)?;
    Ok(done.value)
}

fn again(old: &Seal, new: &Seal, place: &str, sealed: &str) -> Result<Option<String>, AppError> {
    if new.open(place, sealed).is_some() {
        return Ok(None);
    }
    let secret = old.open(place, sealed);
    secret.map(|secret| new.seal(place, &secret)).transpose()
}
