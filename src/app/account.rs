//! Accounts (账户): made, changed and listed by the system administrator.

pub(super) mod held;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{ManageUsers, OwnAccount, SessionEnd, State};
use crate::domain::event::Event;
use crate::domain::event::account::{AccountGiven, AccountTold};
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::store::users::{self, User};
use crate::store::{Changed, Conn, Tx, passwords};

use super::caller::Caller;
use super::error::AppError;
use super::expected::Expected;
use super::list::List;
use super::password;
use super::role_assignment::{self, RoleAssignment};
use super::shown::{Instant, Versioned};
use super::{App, Done};
use held::place;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AccountView)]
pub struct Account {
    pub id: String,
    pub username: String,
    /// One of the seven roles; null until one that was proposed is approved.
    pub role: Option<String>,
    pub district_code: Option<String>,
    /// The enterprise an `ENTERPRISE` account belongs to.
    pub uscc: Option<String>,
    /// What has been proposed and not decided yet.
    pub proposed: Option<RoleAssignment>,
    /// `ACTIVE` or `DISABLED`.
    pub state: String,
    pub created_at: Instant,
    pub updated_at: Instant,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = NewUser)]
pub struct NewAccount {
    /// 3 to 64 lower-case letters, digits, dots, hyphens or underscores.
    #[schema(example = "wang.fang")]
    pub username: String,
    /// 12 to 128 characters of at least three kinds, or what else the server's policy asks for.
    pub password: String,
    /// Proposed; somebody else decides.
    #[schema(example = "DISTRICT_OFFICER")]
    pub role: String,
    pub district_code: Option<String>,
    pub uscc: Option<String>,
}

/// What is given replaces what was; a new role takes its district and enterprise from the same amendment.
#[derive(Debug, Clone, Default)]
pub struct Amendment {
    pub active: Option<bool>,
    pub role: Option<String>,
    pub district_code: Option<String>,
    pub uscc: Option<String>,
}

/// The role it shall have is proposed, and somebody else decides; at the command line it has it at once.
pub fn create(
    app: &App,
    caller: &Caller<ManageUsers>,
    input: NewAccount,
) -> Result<Done<Versioned<Account>>, AppError> {
    let mut errors = Vec::new();
    keep(check_username(&input.username), "/username", &mut errors);
    let admitted = password::check(app.policy.passwords, &input.password, &input.username);
    keep(admitted, "/password", &mut errors);
    let place = app
        .store
        .read(|conn| place(conn, &input.role, input.district_code, input.uscc))?;
    let place = place.map_err(|found| errors.extend(found));
    let (Ok(place), true) = (place, errors.is_empty()) else {
        return Err(AppError::Invalid { errors });
    };
    let password_hash = app.env.passwords.hash(&input.password)?;
    let username = input.username;
    let alone = role_assignment::acts_alone(caller);
    app.store.write(&caller.stamp(), move |tx| {
        if users::by_username(tx.conn, &username)?.is_some() {
            return Err(AppError::invalid(FieldError::new(
                "/username",
                "account.username_taken",
            )));
        }
        let mut user = newcomer(tx, username, password_hash);
        // Who has the machine in hand hands over what works at once; a colleague's choice is good for one log-in.
        user.password_provisional = !alone;
        let granted = match alone {
            true => Some(role_assignment::grant(tx, &mut user, place.clone())?),
            false => None,
        };
        let assignment = granted.as_ref().map(|it| it.assignment_id.clone());
        let seq = held::tell(tx, &mut user, |it| {
            Event::AccountCreated(given(it, assignment))
        })?;
        users::insert(tx.conn, &user)?;
        passwords::keep(tx.conn, &user.id, seq, &user.password_hash)?;
        match granted {
            Some(granted) => {
                granted.put(tx, &user.id, seq)?;
                users::update(tx.conn, &user)?;
            }
            None => {
                role_assignment::open(tx, &user.id, place)?;
            }
        }
        Ok(Changed::new(shown(tx.conn, user)?, seq))
    })
}

/// In the order of their names.
pub struct Accounts;

impl List for Accounts {
    const NAME: &'static str = "users";
    type Reader = ManageUsers;
    type Filter = ();
    type Row = Account;
    type Position = String;

    fn page(
        app: &App,
        _: &Caller<ManageUsers>,
        _: &(),
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<Account>, AppError> {
        let after = after.map_or("", String::as_str);
        app.store.read(|conn| {
            let found = users::page(conn, after, limit as i64)?;
            let shown = found.into_iter().map(|user| shown(conn, user));
            shown.map(|it| it.map(|it| it.record)).collect()
        })
    }

    fn position(row: &Account) -> String {
        row.username.clone()
    }
}

pub fn get(app: &App, _: &Caller<ManageUsers>, id: &str) -> Result<Versioned<Account>, AppError> {
    app.store.read(|conn| one(conn, id))
}

pub fn find(
    app: &App,
    _: &Caller<ManageUsers>,
    username: &str,
) -> Result<Versioned<Account>, AppError> {
    app.store.read(|conn| {
        let user = users::by_username(conn, username)?.ok_or(AppError::NotFound)?;
        shown(conn, user)
    })
}

/// For an owner who has lost the password.
pub fn reset_password(
    app: &App,
    caller: &Caller<ManageUsers>,
    username: &str,
    new: &str,
) -> Result<Done<Versioned<Account>>, AppError> {
    let found = app.store.read(|conn| users::by_username(conn, username))?;
    let user = found.ok_or(AppError::NotFound)?;
    let password_hash = password::admitted(app, &user, new, "/password")?;
    let username = username.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let mut user = users::by_username(tx.conn, &username)?.ok_or(AppError::NotFound)?;
        let end = SessionEnd::PasswordReset;
        let seq = password::replace(tx, &mut user, password_hash, end, Event::PasswordReset)?;
        Ok(Changed::new(shown(tx.conn, user)?, seq))
    })
}

/// Changes state and, at the command line, role and bounds; whoever is logged in with the account has to log in again.
pub fn amend(
    app: &App,
    caller: &Caller<ManageUsers>,
    id: &str,
    expected: Expected,
    input: Amendment,
) -> Result<Done<Versioned<Account>>, AppError> {
    if caller.actor() == id {
        return Err(AppError::conflict("account.own"));
    }
    let moves = input.role.is_some() || input.district_code.is_some() || input.uscc.is_some();
    if moves && !role_assignment::acts_alone(caller) {
        return Err(AppError::Forbidden {
            code: "account.role_takes_two",
        });
    }
    let id = id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let before = users::by_id(tx.conn, &id)?.ok_or(AppError::NotFound)?;
        expected.check(before.seq)?;
        let mut user = before.clone();
        if let Some(active) = input.active {
            user.state = if active {
                State::Active
            } else {
                State::Disabled
            };
        }
        let mut granted = None;
        if moves {
            let role = input.role.or(before.role.map(|role| role.to_string()));
            let role = role.unwrap_or_default();
            let place = place(tx.conn, &role, input.district_code, input.uscc)?;
            let place = place.map_err(|errors| AppError::Invalid { errors })?;
            if !place.is_of(&user) {
                granted = Some(role_assignment::grant(tx, &mut user, place)?);
            }
        }
        if user == before {
            return Ok(Changed::unchanged(shown(tx.conn, before)?));
        }
        let assignment = granted.as_ref().map(|it| it.assignment_id.clone());
        let seq = held::tell_new_epoch(tx, &mut user, |it| {
            Event::AccountChanged(given(it, assignment))
        })?;
        if let Some(granted) = granted {
            granted.put(tx, &user.id, seq)?;
        }
        held::store_and_end_sessions(tx, &user, SessionEnd::AccountChanged)?;
        Ok(Changed::new(shown(tx.conn, user)?, seq))
    })
}

/// The account behind the call.
pub fn me(app: &App, caller: &Caller<OwnAccount>) -> Result<Versioned<Account>, AppError> {
    app.store.read(|conn| one(conn, caller.actor()))
}

pub(super) fn check_username(name: &str) -> Result<(), Fault> {
    let tail =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let good = (3..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(tail);
    if good {
        Ok(())
    } else {
        Err(Fault::new("account.username_form"))
    }
}

/// A new account, yet to be told of and written.
fn newcomer(tx: &Tx<'_>, username: String, password_hash: String) -> User {
    User {
        id: tx.new_id(),
        username,
        password_hash,
        password_changed_at: tx.now,
        password_provisional: false,
        second_factor: false,
        role: None,
        district_code: None,
        enterprise_id: None,
        state: State::Active,
        epoch: 0,
        created_at: tx.now,
        updated_at: tx.now,
        seq: 0,
    }
}

fn given(told: AccountTold, assignment_id: Option<String>) -> AccountGiven {
    AccountGiven {
        user_id: told.user_id,
        account: told.account,
        assignment_id,
    }
}

fn one(conn: &mut Conn, id: &str) -> Result<Versioned<Account>, AppError> {
    let user = users::by_id(conn, id)?.ok_or(AppError::NotFound)?;
    shown(conn, user)
}

fn shown(conn: &mut Conn, user: User) -> Result<Versioned<Account>, AppError> {
    let uscc = match &user.enterprise_id {
        Some(id) => users::uscc_of(conn, id)?,
        None => None,
    };
    let proposed = role_assignment::open_of(conn, &user.id)?;
    let record = Account {
        proposed,
        id: user.id,
        username: user.username,
        role: user.role.map(|role| role.to_string()),
        district_code: user.district_code,
        uscc,
        state: user.state.to_string(),
        created_at: user.created_at.into(),
        updated_at: user.updated_at.into(),
    };
    Ok(Versioned {
        version: user.seq,
        record,
    })
}
