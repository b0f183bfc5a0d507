//! What several people must say yes to (事项), asked of a caller and told by the ledger: whose turn it is, and how a matter has
//! come to where it stands.

pub(super) mod ruling;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::caller::{Caller, Identity};
use super::error::AppError;
use crate::domain::coded::Coded;
use crate::domain::event::Event;
use crate::domain::matter::{Hands, Procedure, Refusal};
use crate::store::{Conn, StoreError, ledger};

/// One action of one person, to be taken of a matter or of many.
pub(super) struct Turn<S: 'static, A: 'static> {
    procedure: &'static Procedure<S, A>,
    pub action: A,
    who: Arc<Identity>,
}

impl<S, A> Turn<S, A>
where
    S: Coded + PartialEq,
    A: Coded + PartialEq + fmt::Debug,
{
    /// Whoever may not take the action of any matter is told so before one is looked for.
    pub fn of<P>(
        procedure: &'static Procedure<S, A>,
        caller: &Caller<P>,
        action: A,
    ) -> Result<Turn<S, A>, AppError> {
        let who = caller.identity();
        match procedure.is_open_to(action, |grant| who.may(grant)) {
            true => Ok(Turn {
                procedure,
                action,
                who,
            }),
            false => Err(refused(Refusal::NotYours)),
        }
    }

    /// The state it leads to, if the action is this person's now.
    pub fn take(&self, state: S, hands: &Hands<'_>) -> Result<S, AppError> {
        let may = |grant: &_| self.who.may(grant);
        let taken = self
            .procedure
            .take(state, self.action, &self.who.actor, may, hands);
        taken.map_err(refused)
    }
}

pub(super) fn refused(refusal: Refusal) -> AppError {
    match refusal {
        Refusal::NotNow(code, allowed_transitions) => AppError::Conflict {
            code,
            allowed_transitions,
        },
        Refusal::Another(code) => AppError::conflict(code),
        Refusal::NotYours => AppError::Forbidden {
            code: "auth.forbidden",
        },
    }
}

/// Every state of a matter by what was known at an instant, oldest first, with its place in the ledger: the last is how it
/// stood, the last but one what taking back its last step restores.
pub(super) fn states<T>(
    conn: &mut Conn,
    subject_id: &str,
    known_at: DateTime<Utc>,
    told: impl Fn(Event) -> Option<T>,
) -> Result<Vec<(T, i64)>, StoreError> {
    /// So many entries of the subject are read at a time.
    const CHUNK: i64 = 500;
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let entries = ledger::of_subject(conn, subject_id, known_at, after, CHUNK)?;
        let last = (entries.len() as i64) < CHUNK;
        for entry in entries {
            after = entry.seq;
            let event = Event::read(&entry.read()?).map_err(StoreError::corrupt)?;
            found.extend(told(event).map(|state| (state, after)));
        }
        if last {
            return Ok(found);
        }
    }
}
