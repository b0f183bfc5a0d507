//! The proof that somebody may do something. A use case takes `&Caller<P>`; who makes one stands in the files below this one,
//! and nowhere else: only they see its parts.
//!
//! - [`authorize`]: from a token, or a key, that a request brought;
//! - [`machine`]: for the command line and for clocked work.

pub mod authorize;
pub mod machine;

use std::marker::PhantomData;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::access::{ApiScope, Delegated, Grant, OwnAccount, Permission, Role, Scope};
use crate::domain::account_policy::Obligation;
use crate::domain::ledger::Origin;
use crate::domain::messages::Lang;
use crate::store::api_keys::Owner;
use crate::store::{Claim, Stamp};

use super::error::AppError;

/// Who calls, as the database knows them at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A user's id, `api-client:…`, or `system:…`.
    pub actor: String,
    /// The key or the log-in that was used, where the ledger does not know it by the actor.
    through: Option<String>,
    pub principal: Principal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The command line and clocked work, which act for whoever runs the machine.
    System,
    Account {
        role: Role,
        scope: Scope,
        session: String,
        /// As it was when role and scope were looked up.
        epoch: i64,
        /// What it has to do before anything but its own account is open to it.
        owes: Option<Obligation>,
    },
    /// A program that acts for an enterprise, or for an agency.
    Client {
        owner: Owner,
        rights: Vec<ApiScope>,
        on: NaiveDate,
        /// Whatever it changes is undone.
        test: bool,
    },
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
    /// What of the register this permission opens to it.
    scope: Scope,
    request: Request,
    claim: Option<Claim>,
    permission: PhantomData<fn() -> P>,
}

impl Identity {
    /// Whether it has a permission, on any part of the register.
    pub fn may(&self, grant: &Grant) -> bool {
        self.principal.reach(grant).is_ok()
    }
}

impl Principal {
    /// What of the register a permission opens to it; a refusal where it has not got the permission.
    fn reach(&self, grant: &Grant) -> Result<Scope, AppError> {
        let refused = |code| Err(AppError::Forbidden { code });
        match self {
            Principal::System => Ok(Scope::All),
            Principal::Account { role, .. } if !grant.allows(*role) => refused("auth.forbidden"),
            Principal::Account {
                owes: Some(owed), ..
            } if grant.name != OwnAccount::GRANT.name => refused(owed.code()),
            Principal::Account { scope, .. } => Ok(scope.clone()),
            Principal::Client {
                owner, rights, on, ..
            } => match (grant.allows_client(rights), owner) {
                (None, _) => refused("auth.not_among_rights"),
                (Some(_), Owner::Enterprise(id)) => Ok(Scope::Enterprise(id.clone())),
                (Some(right), Owner::Agency(id)) => Ok(Scope::Delegated(Delegated {
                    agency_id: id.clone(),
                    right,
                    on: *on,
                })),
            },
        }
    }
}

impl<P: Permission> Caller<P> {
    fn prove(
        identity: Arc<Identity>,
        request: Request,
        claim: Option<Claim>,
    ) -> Result<Self, AppError> {
        let scope = identity.principal.reach(&P::GRANT)?;
        Ok(Caller {
            identity,
            scope,
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

    /// Who it is, where several permissions are asked for one after the other.
    pub(in crate::app) fn identity(&self) -> Arc<Identity> {
        self.identity.clone()
    }

    /// `None` for the command line and clocked work. A program acts as the enterprise does for which it acts.
    pub fn role(&self) -> Option<Role> {
        match &self.identity.principal {
            Principal::System => None,
            Principal::Account { role, .. } => Some(*role),
            Principal::Client { .. } => Some(Role::Enterprise),
        }
    }

    /// Whether it is a program with a key, not a person.
    pub fn is_client(&self) -> bool {
        matches!(self.identity.principal, Principal::Client { .. })
    }

    /// Whether what it changes is undone.
    pub fn only_tries(&self) -> bool {
        matches!(
            self.identity.principal,
            Principal::Client { test: true, .. }
        )
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The log-in this call belongs to.
    pub fn session(&self) -> Option<&str> {
        match &self.identity.principal {
            Principal::Account { session, .. } => Some(session),
            Principal::System | Principal::Client { .. } => None,
        }
    }

    /// Of the account; it rises with whatever changes what the account may do. 0 for whoever has none.
    pub fn epoch(&self) -> i64 {
        match &self.identity.principal {
            Principal::Account { epoch, .. } => *epoch,
            Principal::System | Principal::Client { .. } => 0,
        }
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
            origin: Origin {
                actor: self.identity.actor.clone(),
                request_id: self.request.id.to_string(),
                through: self.identity.through.clone(),
            },
            idempotency: self.claim.clone(),
            trial: self.only_tries(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{ReadRegister, RecordFacts, WriteRegister};

    fn proved<P: Permission>(principal: Principal) -> Result<Caller<P>, AppError> {
        let identity = Identity {
            actor: "u1".into(),
            through: Some("api-key:k1".into()),
            principal,
        };
        let request = Request {
            id: "r".into(),
            lang: Lang::Zh,
        };
        Caller::prove(Arc::new(identity), request, None)
    }

    fn caller<P: Permission>(role: Role) -> Result<Caller<P>, AppError> {
        owing(role, None)
    }

    fn owing<P: Permission>(role: Role, owes: Option<Obligation>) -> Result<Caller<P>, AppError> {
        proved(Principal::Account {
            role,
            scope: Scope::All,
            session: "s1".into(),
            epoch: 0,
            owes,
        })
    }

    fn client<P: Permission>(owner: Owner, test: bool) -> Result<Caller<P>, AppError> {
        proved(Principal::Client {
            owner,
            rights: vec![ApiScope::RegisterRead],
            on: NaiveDate::MIN,
            test,
        })
    }

    #[test]
    fn a_program_has_its_rights_and_no_more() {
        let own = client::<ReadRegister>(Owner::Enterprise("e1".into()), false).unwrap();
        assert_eq!(own.scope(), &Scope::Enterprise("e1".into()));
        assert_eq!((own.role(), own.session()), (Some(Role::Enterprise), None));
        assert!(!own.stamp().trial);
        let agency = client::<ReadRegister>(Owner::Agency("a1".into()), true).unwrap();
        assert!(agency.stamp().trial);
        let to = Delegated {
            agency_id: "a1".into(),
            right: ApiScope::RegisterRead,
            on: NaiveDate::MIN,
        };
        assert_eq!(agency.scope(), &Scope::Delegated(to));
        let refused = Some(AppError::Forbidden {
            code: "auth.not_among_rights",
        });
        assert_eq!(agency.also::<RecordFacts>().err(), refused);
        assert_eq!(own.also::<WriteRegister>().err(), refused);
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
    fn who_owes_something_gets_at_the_own_account_only() {
        for owed in [Obligation::ChangePassword, Obligation::EnrolSecondFactor] {
            let own = owing::<OwnAccount>(Role::CityOfficer, Some(owed)).unwrap();
            let refused = Some(AppError::Forbidden { code: owed.code() });
            assert_eq!(own.also::<ReadRegister>().err(), refused);
            let direct = owing::<ReadRegister>(Role::CityOfficer, Some(owed));
            assert_eq!(direct.err(), refused);
        }
    }

    #[test]
    fn the_stamp_says_by_what_request_and_through_what() {
        let by_key = client::<ReadRegister>(Owner::Enterprise("e1".into()), false);
        let origin = by_key.unwrap().stamp().origin;
        assert_eq!(
            (origin.request_id.as_str(), origin.through.as_deref()),
            ("r", Some("api-key:k1"))
        );
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
            (stamp.origin.actor.as_str(), stamp.idempotency),
            ("u1", Some(claim))
        );
    }
}
