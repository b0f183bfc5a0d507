//! What several people must say yes to (事项), asked of a caller and told by the ledger: whose turn it is, and how a matter has
//! come to where it stands.

pub(super) mod ruling;

use std::fmt;
use std::sync::Arc;

use super::caller::{Caller, Identity};
use super::error::AppError;
use crate::domain::coded::Coded;
use crate::domain::event::Event;
use crate::domain::matter::{Hands, Procedure, Refusal};
use crate::store::StoreError;
use crate::store::ledger::Entry;

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

/// Every state of a matter that its entries tell, oldest first, with its place in the ledger.
pub(super) fn states<T>(
    entries: Vec<Entry>,
    told: impl Fn(Event) -> Option<T>,
) -> Result<Vec<(T, i64)>, StoreError> {
    let mut found = Vec::new();
    for entry in entries {
        let event = Event::read(&entry.read()?).map_err(StoreError::corrupt)?;
        found.extend(told(event).map(|state| (state, entry.seq)));
    }
    Ok(found)
}
