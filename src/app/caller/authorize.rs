//! Who makes a request's caller: what it brought is looked up, and the permission proved.

use std::sync::Arc;

use super::{Caller, Identity, Principal, Request};
use crate::app::App;
use crate::app::api_client::{self, PresentedKey};
use crate::app::error::AppError;
use crate::app::token::VerifiedToken;
use crate::domain::access::Permission;
use crate::domain::account_policy::AccountCondition;
use crate::store::sessions;

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
    let role = account.role.ok_or(AppError::Forbidden {
        code: "auth.no_role",
    })?;
    let held = AccountCondition {
        role,
        password_changed_at: account.password_changed_at,
        password_provisional: account.password_provisional,
        second_factor: account.second_factor,
    };
    let owes = app.policy.obligation(held, now);
    let scope = role.scope(
        account.district_code.as_deref(),
        account.enterprise_id.as_deref(),
    );
    let identity = Identity {
        actor: account.user_id,
        through: None,
        principal: Principal::Account {
            role,
            scope,
            session: token.session.clone(),
            epoch: account.epoch,
            owes,
        },
    };
    Caller::prove(Arc::new(identity), request, None)
}

/// The same for a program with a key: client, owner and rights are the database's.
pub fn authorize_client<P: Permission>(
    app: &App,
    key: &PresentedKey,
    request: Request,
) -> Result<Caller<P>, AppError> {
    let standing = api_client::admit(app, key)?;
    let identity = Identity {
        actor: format!("api-client:{}", standing.client_id),
        through: Some(format!("api-key:{}", standing.key_id)),
        principal: Principal::Client {
            owner: standing.owner,
            rights: standing.scopes,
            on: app.env.clock.today(),
            test: standing.test,
        },
    };
    Caller::prove(Arc::new(identity), request, None)
}
