//! Setting up an account (账户启用): a one-time token with which its owner sets a password that nobody else has seen.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Duration, Utc};

use crate::domain::access::{ManageUsers, SessionEnd, State};
use crate::domain::event::Event;
use crate::domain::event::account::AccountSetupBegun;
use crate::domain::event::hashed::Hashed;
use crate::domain::field_error::FieldError;
use crate::store::Changed;
use crate::store::account_setups::{self, SetupRow};
use crate::store::users::{self, User};

use super::account::{self, NewAccount};
use super::caller::Caller;
use super::error::AppError;
use super::session::asked;
use super::token::fingerprint;
use super::{App, Done, password, role_assignment};

/// Long enough to reach somebody, short enough to be forgotten in a mailbox.
const LIFETIME: Duration = Duration::hours(24);

/// Who stands at the door with a token.
const NOBODY: &str = "system:setup";

/// Shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

/// A token for an account that is there. An earlier one is good no more; the password, if the owner has one, stays
/// until the token is used. Whoever gives one could use it: over HTTP the account has its role again only when somebody
/// else has decided so.
pub fn invite(
    app: &App,
    caller: &Caller<ManageUsers>,
    user_id: &str,
) -> Result<Invitation, AppError> {
    if caller.actor() == user_id {
        return Err(AppError::conflict("account.own"));
    }
    let token = random_text(app);
    let (hash, user_id) = (fingerprint(&token), user_id.to_string());
    let alone = role_assignment::acts_alone(caller);
    let written = app.store.write(&caller.stamp(), move |tx| {
        let mut user = users::by_id(tx.conn, &user_id)?.ok_or(AppError::NotFound)?;
        if user.state != State::Active {
            return Err(AppError::conflict("account.disabled"));
        }
        if !alone {
            role_assignment::decide_again(tx, &mut user)?;
        }
        let expires_at = tx.now + LIFETIME;
        let seq = tx.tell(Event::AccountSetupBegun(AccountSetupBegun {
            user_id: user.id.clone(),
            token_hash: Hashed::of(&hash),
            expires_at,
        }))?;
        let row = SetupRow {
            token_hash: hash,
            user_id: user.id.clone(),
            created_at: tx.now.naive_utc(),
            expires_at: expires_at.naive_utc(),
        };
        account_setups::put(tx.conn, &row)?;
        Ok::<_, AppError>(Changed::new(expires_at, seq))
    })?;
    Ok(Invitation {
        token,
        expires_at: written.value,
    })
}

/// A new account whose password nobody knows, and the token to set one.
pub fn create(
    app: &App,
    caller: &Caller<ManageUsers>,
    username: &str,
    role: &str,
    district_code: Option<String>,
    uscc: Option<String>,
) -> Result<Invitation, AppError> {
    let input = NewAccount {
        username: username.into(),
        // Of every kind the policy may ask for.
        password: format!("Aa1-{}", random_text(app)),
        role: role.into(),
        district_code,
        uscc,
    };
    let made = account::create(app, caller, input)?.value;
    invite(app, caller, &made.id)
}

/// Sets the password with a token, once.
pub fn set_up(
    app: &App,
    token: &str,
    new_password: &str,
    request_id: &str,
) -> Result<Done<()>, AppError> {
    let hash = fingerprint(token);
    let now = app.env.clock.now();
    let found = app.store.read(|conn| -> Result<Option<User>, AppError> {
        match account_setups::user_of(conn, &hash, now)? {
            Some(id) => Ok(users::by_id(conn, &id)?.filter(|user| user.state == State::Active)),
            None => Ok(None),
        }
    })?;
    let user = found.ok_or_else(refused)?;
    let password_hash = password::admitted(app, &user, new_password, "/password")?;
    app.store.write(&asked(NOBODY, request_id), move |tx| {
        // Used by somebody else meanwhile?
        let owner = account_setups::user_of(tx.conn, &hash, tx.now)?;
        let latest = users::by_id(tx.conn, &user.id)?.filter(|user| user.state == State::Active);
        let Some(mut latest) = latest.filter(|latest| owner.as_ref() == Some(&latest.id)) else {
            return Err(refused());
        };
        let end = SessionEnd::AccountSetUp;
        let seq = password::replace(tx, &mut latest, password_hash, end, Event::AccountSetUp)?;
        Ok(Changed::new((), seq))
    })
}

fn random_text(app: &App) -> String {
    BASE64.encode(app.env.random::<32>())
}

fn refused() -> AppError {
    AppError::invalid(FieldError::new("/token", "account.setup_token"))
}
