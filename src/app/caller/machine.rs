//! Who makes the callers of the machine: the command line and clocked work, which act for whoever runs it.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use super::{Caller, Identity, Principal, Request};
use crate::domain::access::{Permission, Scope};
use crate::domain::messages::Lang;

/// Who is logged in at the machine, of a process that is a command line; told once, before the first command.
static LOGIN: OnceLock<String> = OnceLock::new();

/// Says who is at the command line, for the ledger.
pub fn logged_in_as(login: &str) {
    // Told a second time, the first one stands: a process belongs to one login.
    let _ = LOGIN.set(format!("login:{login}"));
}

impl<P: Permission> Caller<P> {
    /// The person at the command line, who has the database itself in hand.
    pub fn operator() -> Self {
        Self::system("system:cli", LOGIN.get().cloned())
    }

    /// Work done by the clock.
    pub fn clockwork() -> Self {
        Self::system("system:jobs", None)
    }

    fn system(actor: &str, through: Option<String>) -> Self {
        let identity = Identity {
            actor: actor.to_string(),
            through,
            principal: Principal::System,
        };
        let request = Request {
            id: Arc::from(actor),
            lang: Lang::Zh,
        };
        Caller {
            identity: Arc::new(identity),
            scope: Scope::All,
            request,
            claim: None,
            permission: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{ReadRegister, WriteRegister};

    #[test]
    fn the_operator_may_do_everything_and_is_named() {
        let operator = Caller::<WriteRegister>::operator();
        assert_eq!(
            (operator.actor(), operator.role(), operator.scope()),
            ("system:cli", None, &Scope::All)
        );
        assert!(operator.also::<ReadRegister>().is_ok());
    }

    #[test]
    fn the_stamp_says_who_is_logged_in() {
        logged_in_as("li.na (uid 1000)");
        let at_the_machine = Caller::<ReadRegister>::operator().stamp().origin;
        assert_eq!(
            at_the_machine.through.as_deref(),
            Some("login:li.na (uid 1000)")
        );
        let clockwork = Caller::<ReadRegister>::clockwork().stamp().origin;
        assert_eq!(
            (clockwork.request_id.as_str(), clockwork.through),
            ("system:jobs", None)
        );
    }
}
