//! The keys that sign access tokens: made, changed with an overlap, published.
//!
//! Until the first change the key is derived from the master secret, so that a fresh register needs no write to serve.
//! After that each is random and kept sealed under the master secret.

pub(super) mod sealed;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::ManageKeys;
use crate::domain::event::Event;
use crate::domain::event::access::{
    SigningKeyEnded, SigningKeyForgotten, SigningKeyKept, SigningKeyRotated,
};
use crate::domain::event::hashed::Hashed;
use crate::store::signing_keys::{self, KeyRow};
use crate::store::{Changed, Conn, Seq, Tx, ledger};

use super::App;
use super::caller::Caller;
use super::error::AppError;
use super::seal::Seal;
use sealed::{FIRST, open, place, ring};

use super::token::{CLOCK_SKEW, LONGEST_ACCESS, PublicKey, SEED, SigningKey, Term};

/// Every process looks for new keys once a minute; a new one is known everywhere before it is used.
const PUBLISHED_BEFORE: TimeDelta = TimeDelta::minutes(5);
/// So long after its end the private half is still there for whoever looks what happened.
const KEPT: TimeDelta = TimeDelta::days(1);

/// A key and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub kid: String,
    pub signs_from: DateTime<Utc>,
    pub good_until: Option<DateTime<Utc>>,
    /// Nothing it signed is good any more.
    pub withdrawn: bool,
}

/// How the keys are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// What the old ones signed stays good until it expires.
    Orderly,
    /// The old ones may be known to somebody: nothing they signed is good any more.
    Compromised,
}

/// As others read them.
pub fn published(app: &App) -> Vec<PublicKey> {
    app.tokens.ring().published(app.env.clock.now())
}

pub fn list(app: &App, _: &Caller<ManageKeys>) -> Vec<Key> {
    let ring = app.tokens.ring();
    let terms = ring.terms().into_iter();
    terms
        .map(|(kid, term)| Key {
            kid: kid.to_string(),
            signs_from: term.signs_from,
            good_until: term.good_until,
            withdrawn: term.withdrawn,
        })
        .collect()
}

/// Looks for keys that another process has made or ended; whether anything is new.
pub fn look(app: &App) -> Result<bool, AppError> {
    let rows = app.store.read(signing_keys::all)?;
    let ring = ring(&rows, &app.seal, &app.key(FIRST)?)?;
    Ok(app.tokens.take(ring))
}

/// Puts a new key in the place of those there are.
pub fn rotate(app: &App, caller: &Caller<ManageKeys>, change: Change) -> Result<(), AppError> {
    let seed = app.env.random::<SEED>();
    let (seal, first) = (app.seal.clone(), app.key(FIRST)?);
    app.store.write(&caller.stamp(), move |tx| {
        let seq = put(tx, &seal, &first, &seed, change)?;
        Ok::<_, AppError>(Changed::new((), seq))
    })?;
    look(app)?;
    Ok(())
}

/// Rotates when the newest key has signed for so many days; whether it did.
pub fn rotate_if_due(
    app: &App,
    caller: &Caller<ManageKeys>,
    days: i64,
    at: DateTime<Utc>,
) -> Result<usize, AppError> {
    let age = app
        .store
        .read(newest)?
        .map_or(TimeDelta::zero(), |newest| at - newest);
    if age < TimeDelta::days(days) {
        return Ok(0);
    }
    rotate(app, caller, Change::Orderly)?;
    Ok(1)
}

fn put(
    tx: &mut Tx<'_>,
    seal: &Seal,
    first: &[u8; SEED],
    seed: &[u8; SEED],
    change: Change,
) -> Result<Seq, AppError> {
    let mut rows = signing_keys::all(tx.conn)?;
    if !rows.iter().any(|row| open(row, seal).is_some()) {
        // The derived one has signed until now, and gets an end like any other.
        let row = fresh(tx, seal, first, DateTime::default())?;
        tx.tell(Event::SigningKeyKept(SigningKeyKept {
            kid: row.kid.clone(),
            sealed_key: Hashed::of(&row.sealed_key),
            signs_from: row.signs_from.and_utc(),
        }))?;
        signing_keys::insert(tx.conn, &row)?;
        rows.push(row);
    }
    let (signs_from, others_until) = match change {
        Change::Compromised => (tx.now, tx.now),
        Change::Orderly => {
            let from = tx.now + PUBLISHED_BEFORE;
            let lifetime = TimeDelta::from_std(LONGEST_ACCESS).map_err(AppError::internal)?;
            (from, from + lifetime + TimeDelta::seconds(CLOCK_SKEW))
        }
    };
    for row in rows {
        end(tx, row, others_until, change)?;
    }
    let row = fresh(tx, seal, seed, signs_from)?;
    let seq = tx.tell(Event::SigningKeyRotated(SigningKeyRotated {
        kid: row.kid.clone(),
        sealed_key: Hashed::of(&row.sealed_key),
        signs_from,
        others_good_until: others_until,
        compromised: change == Change::Compromised,
    }))?;
    signing_keys::insert(tx.conn, &row)?;
    Ok(seq)
}

/// The key is good until then at the latest. One that has been good for nothing long enough goes; what was withdrawn stays,
/// so that no change of the master secret brings it back.
fn end(
    tx: &mut Tx<'_>,
    before: KeyRow,
    until: DateTime<Utc>,
    change: Change,
) -> Result<(), AppError> {
    let mut row = before.clone();
    let until = until.naive_utc();
    row.good_until = Some(row.good_until.map_or(until, |it| it.min(until)));
    if change == Change::Compromised && row.withdrawn_at.is_none() {
        row.withdrawn_at = Some(tx.now.naive_utc());
    }
    let long_ago = row.good_until < Some((tx.now - KEPT).naive_utc());
    if long_ago && row.withdrawn_at.is_none() {
        let kid = row.kid.clone();
        tx.tell(Event::SigningKeyForgotten(SigningKeyForgotten { kid }))?;
        signing_keys::forget(tx.conn, &row.kid)?;
    } else if row != before {
        tx.tell(Event::SigningKeyEnded(SigningKeyEnded {
            kid: row.kid.clone(),
            good_until: row.good_until.map(|at| at.and_utc()),
            withdrawn_at: row.withdrawn_at.map(|at| at.and_utc()),
        }))?;
        signing_keys::end(tx.conn, &row)?;
    }
    Ok(())
}

/// A key that nothing has ended yet.
fn fresh(
    tx: &Tx<'_>,
    seal: &Seal,
    seed: &[u8; SEED],
    signs_from: DateTime<Utc>,
) -> Result<KeyRow, AppError> {
    let kid = SigningKey::from_seed(seed, Term::default())?.kid;
    Ok(KeyRow {
        sealed_key: seal.seal(&place(&kid), seed)?,
        kid,
        created_at: tx.now.naive_utc(),
        signs_from: signs_from.naive_utc(),
        good_until: None,
        withdrawn_at: None,
    })
}

/// When the newest key was made; the first is as old as the register.
fn newest(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, AppError> {
    let made = signing_keys::all(conn)?
        .iter()
        .map(|row| row.created_at)
        .max();
    match made {
        Some(made) => Ok(Some(made.and_utc())),
        None => Ok(ledger::began(conn)?),
    }
}
