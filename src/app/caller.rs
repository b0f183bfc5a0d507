//! The proof that somebody may do something. A use case takes `&Caller<P>`; only [`authorize`] (and, for the command
//! line and clocked work, [`Caller::operator`] and [`Caller::clockwork`]) makes one.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::domain::access::{Permission, Role, Scope};
use crate::domain::messages::Lang;
use crate::store::{Claim, Stamp, sessions};

use super::App;
use super::error::AppError;
use super::token::VerifiedToken;

/// Who calls, as the database knows them at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A user's id, or `system:…`.
    pub actor: String,
    /// `None` for the command line and clocked work, which act for whoever runs the machine.
    pub role: Option<Role>,
    pub scope: Scope,
    pub session: Option<String>,
}

/// What of a request concerns a use case.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: Arc<str>,
    pub lang: Lang,
}

/// An identity that has permission `P`.
#[derive(Debug)]
pub struct Caller<P> {
    identity: Arc<Identity>,
    request: Request,
    claim: Option<Claim>,
    permission: PhantomData<fn() -> P>,
}

/// Looks the account up (state, role and scope are the database's, never the token's) and proves the permission.
pub fn authorize<P: Permission>(
    app: &App,
    token: &VerifiedToken,
    request: Request,
) -> Result<Caller<P>, AppError> {
    let now = app.env.clock.now();
    let standing = app
        .store
        .read(|conn| sessions::standing(conn, &token.session, now))?;
    let account = standing
        .filter(|account| account.user_id == token.subject && account.epoch == token.epoch)
        .ok_or(AppError::Unauthenticated {
            code: "auth.session_ended",
        })?;
    let identity = Identity {
        scope: account.role.scope(
            account.district_code.as_deref(),
            account.enterprise_id.as_deref(),
        ),
        actor: account.user_id,
        role: Some(account.role),
        session: Some(token.session.clone()),
    };
    Caller::prove(Arc::new(identity), request, None)
}

impl<P: Permission> Caller<P> {
    /// The person at the command line, who has the database itself in hand.
    pub fn operator() -> Self {
        Self::system("system:cli")
    }

    /// Work done by the clock.
    pub fn clockwork() -> Self {
        Self::system("system:jobs")
    }

    fn system(actor: &str) -> Self {
        let identity = Identity {
            actor: actor.to_string(),
            role: None,
            scope: Scope::All,
            session: None,
        };
        let request = Request {
            id: Arc::from(actor),
            lang: Lang::Zh,
        };
        Caller {
            identity: Arc::new(identity),
            request,
            claim: None,
            permission: PhantomData,
        }
    }

    fn prove(
        identity: Arc<Identity>,
        request: Request,
        claim: Option<Claim>,
    ) -> Result<Self, AppError> {
        let allowed = identity.role.is_none_or(|role| P::GRANT.allows(role));
        if !allowed {
            return Err(AppError::Forbidden {
                code: "auth.forbidden",
            });
        }
        Ok(Caller {
            identity,
            request,
            claim,
            permission: PhantomData,
        })
    }
}

impl<P> Caller<P> {
    /// The same caller with a further permission, where a route serves several steps.
    pub fn also<Q: Permission>(&self) -> Result<Caller<Q>, AppError> {
        Caller::prove(
            self.identity.clone(),
            self.request.clone(),
            self.claim.clone(),
        )
    }

    /// The change this caller makes is done once for this key.
    pub fn once(mut self, claim: Option<Claim>) -> Self {
        self.claim = claim;
        self
    }

    pub fn actor(&self) -> &str {
        &self.identity.actor
    }

    /// `None` for the command line and clocked work.
    pub fn role(&self) -> Option<Role> {
        self.identity.role
    }

    pub fn scope(&self) -> &Scope {
        &self.identity.scope
    }

    /// The log-in this call belongs to.
    pub fn session(&self) -> Option<&str> {
        self.identity.session.as_deref()
    }

    pub fn lang(&self) -> Lang {
        self.request.lang
    }

    pub fn request_id(&self) -> &str {
        &self.request.id
    }

    /// What `Store::write` signs a change with.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            actor: self.identity.actor.clone(),
            idempotency: self.claim.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{ReadRegister, WriteRegister};

    fn caller<P: Permission>(role: Role) -> Result<Caller<P>, AppError> {
        let identity = Identity {
            actor: "u1".into(),
            role: Some(role),
            scope: Scope::All,
            session: None,
        };
        Caller::prove(
            Arc::new(identity),
            Request {
                id: "r".into(),
                lang: Lang::Zh,
            },
            None,
        )
    }

    #[test]
    fn a_permission_is_proved_or_refused() {
        assert!(caller::<WriteRegister>(Role::CityOfficer).is_ok());
        let refused = AppError::Forbidden {
            code: "auth.forbidden",
        };
        assert_eq!(
            caller::<WriteRegister>(Role::Auditor).err(),
            Some(refused.clone())
        );
        let auditor = caller::<ReadRegister>(Role::Auditor).unwrap();
        assert_eq!(auditor.also::<WriteRegister>().err(), Some(refused));
    }

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
    fn the_claim_goes_into_the_stamp() {
        let claim = Claim {
            key: "k".into(),
            request_hash: "h".into(),
        };
        let stamp = caller::<WriteRegister>(Role::CityOfficer)
            .unwrap()
            .once(Some(claim.clone()))
            .stamp();
        assert_eq!(
            (stamp.actor.as_str(), stamp.idempotency),
            ("u1", Some(claim))
        );
    }
}
