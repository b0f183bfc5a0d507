//! The contact behind its commitment: events name `SHA-256(salt ‖ value)`, the value can be erased.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::app::env::Env;
use crate::app::error::AppError;
use crate::domain::contact::{Contact, commitment};
use crate::domain::ledger::hex;
use crate::store::enterprises::{self, PersonalRow};
use crate::store::{Conn, StoreError};

/// A contact ready to be kept.
pub(in crate::app) struct Committed {
    pub commitment: String,
    salt: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// A fresh salt each time: equal contacts do not show by equal commitments.
pub(in crate::app) fn commit(env: &Env, contact: &Contact) -> Option<Committed> {
    if *contact == Contact::default() {
        return None;
    }
    let stored = Stored {
        name: contact.name.clone(),
        phone: contact.phone.clone(),
        email: contact.email.clone(),
    };
    let value = serde_json::to_string(&stored).ok()?;
    let salt = hex(&env.random::<16>());
    Some(Committed {
        commitment: commitment(&salt, &value),
        salt,
        value,
    })
}

impl Committed {
    pub(in crate::app) fn row(self, subject_id: &str, now: DateTime<Utc>) -> PersonalRow {
        PersonalRow {
            commitment: self.commitment,
            subject_id: subject_id.into(),
            salt: self.salt,
            value: self.value,
            recorded_at: now.naive_utc(),
        }
    }
}

/// The contact of a commitment; `None` where none was given or it was erased.
pub(super) fn open(
    conn: &mut Conn,
    subject_id: &str,
    commitment: Option<&str>,
) -> Result<Option<Contact>, AppError> {
    let Some(commitment) = commitment else {
        return Ok(None);
    };
    let row = enterprises::personal_value(conn, subject_id, commitment)?;
    row.map(|row| opened(&row)).transpose()
}

/// The contact that a kept value holds.
pub(in crate::app) fn opened(row: &PersonalRow) -> Result<Contact, AppError> {
    let stored: Stored = serde_json::from_str(&row.value).map_err(StoreError::corrupt)?;
    Ok(Contact {
        name: stored.name,
        phone: stored.phone,
        email: stored.email,
    })
}
