//! Reading a contact in full: who did so, of whom, and what for if they say so, is on record before they see it.

use super::personal;
use super::record::find;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadPersonal;
use crate::domain::at::At;
use crate::domain::contact::Contact;
use crate::domain::event::Event;
use crate::domain::event::register::PersonalDataRead;
use crate::domain::text;
use crate::store::{Changed, enterprises};

/// A contact as it was on a day, by what was known at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactView {
    /// Nothing where it was never given, or was erased.
    pub contact: Option<Contact>,
    pub at: At,
}

const LONGEST_PURPOSE: usize = 200;

pub fn contact(
    app: &App,
    caller: &Caller<ReadPersonal>,
    uscc: &str,
    at: At,
    purpose: Option<&str>,
) -> Result<ContactView, AppError> {
    // What is undone leaves no record.
    if caller.only_tries() {
        return Err(AppError::Forbidden {
            code: "auth.live_key_only",
        });
    }
    let purpose = purpose.map(|raw| text::plain(raw, 1, LONGEST_PURPOSE));
    let purpose = purpose
        .transpose()
        .map_err(|fault| AppError::invalid(fault.at("/purpose")))?;
    let (id, contact) = app.store.read(|conn| {
        let row = find(conn, caller.scope(), uscc)?;
        let state = enterprises::state_at(conn, &row.id, at.as_of, at.known_at)?;
        let state = state.ok_or(AppError::NotFound)?;
        let contact = personal::open(conn, &row.id, state.contact_commitment.as_deref())?;
        Ok::<_, AppError>((row.id, contact))
    })?;
    if contact.is_some() {
        let read = PersonalDataRead {
            enterprise_id: id,
            as_of: at.as_of,
            known_at: at.known_at,
            purpose,
        };
        app.store
            .write(&caller.stamp(), move |tx| -> Result<_, AppError> {
                Ok(Changed::new((), tx.tell(Event::PersonalDataRead(read))?))
            })?;
    }
    Ok(ContactView { contact, at })
}
