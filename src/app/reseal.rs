//! After the master secret has changed: what was sealed under the old one is sealed anew.

use crate::domain::access::ManageKeys;
use crate::domain::event::Event;
use crate::domain::event::access::SigningKeyResealed;
use crate::domain::event::account::SecondFactorSealed;
use crate::domain::event::hashed::Hashed;
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
        let mut last = None;
        for row in signing_keys::all(tx.conn)? {
            let place = keys::sealed::place(&row.kid);
            if let Some(sealed) = again(&old, &new, &place, &row.sealed_key)? {
                last = Some(tx.tell(Event::SigningKeyResealed(SigningKeyResealed {
                    kid: row.kid.clone(),
                    sealed_key: Hashed::of(&sealed),
                }))?);
                signing_keys::reseal(tx.conn, &row.kid, &sealed)?;
                count.signing_keys += 1;
            }
        }
        for mut row in second_factors::all(tx.conn)? {
            let place = second_factor::place(&row.user_id);
            if let Some(sealed) = again(&old, &new, &place, &row.sealed_secret)? {
                last = Some(tx.tell(Event::SecondFactorResealed(SecondFactorSealed {
                    user_id: row.user_id.clone(),
                    sealed_secret: Hashed::of(&sealed),
                }))?);
                row.sealed_secret = sealed;
                second_factors::put(tx.conn, &row)?;
                count.second_factors += 1;
            }
        }
        Ok::<_, AppError>(Changed::perhaps(count, last))
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
