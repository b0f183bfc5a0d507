//! `/v1/users`: accounts, for the system administrator.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::account::{self, Account, Amendment, NewAccount};
use crate::app::error::AppError;
use crate::domain::access::ManageUsers;
use crate::domain::field_error::{Fault, FieldError};
use crate::http::answer::{Created, Page, Shown};
use crate::http::api::role_assignments::RoleAssignment;
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};
use crate::http::time::Instant;

/// Names the list in its cursors.
const LIST: &str = "users";

#[derive(Serialize, ToSchema)]
pub struct AccountView {
    id: String,
    username: String,
    /// One of the seven roles; null until one that was proposed is approved.
    role: Option<String>,
    district_code: Option<String>,
    /// The enterprise an `ENTERPRISE` account belongs to.
    uscc: Option<String>,
    /// What has been proposed and not decided yet.
    proposed: Option<RoleAssignment>,
    /// `ACTIVE` or `DISABLED`.
    state: &'static str,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Deserialize, ToSchema)]
pub struct NewUser {
    /// 3 to 64 lower-case letters, digits, dots, hyphens or underscores.
    #[schema(example = "wang.fang")]
    username: String,
    /// 12 to 128 characters of at least three kinds, or what else the server's policy asks for.
    password: String,
    /// Proposed; somebody else decides.
    #[schema(example = "DISTRICT_OFFICER")]
    role: String,
    district_code: Option<String>,
    uscc: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct UserPatch {
    /// `ACTIVE` or `DISABLED`.
    state: Option<String>,
}

pub async fn list(
    ticket: Ticket<ManageUsers>,
    query: Query<Paging>,
) -> Result<Shown<Page<AccountView>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let after: Option<String> = state.cursors.start(LIST, asked.cursor.as_deref())?;
        let found = account::list(app, &caller, &after.unwrap_or_default(), limit + 1)?;
        let place = |last: &Account| last.username.clone();
        let page = state.cursors.page(LIST, limit, found, place)?;
        Ok(page.map(AccountView::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn create(
    ticket: Ticket<ManageUsers>,
    once: Once<NewUser>,
) -> Result<Created<AccountView>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let NewUser {
            username,
            password,
            role,
            district_code,
            uscc,
        } = body;
        let input = NewAccount {
            username,
            password,
            role,
            district_code,
            uscc,
        };
        Ok(account::create(app, &caller, input)?)
    });
    let done = done.await?;
    let url = format!("/v1/users/{}", done.value.id);
    Ok(Created::done(done).location(url))
}

pub async fn get(
    ticket: Ticket<ManageUsers>,
    id: Path<String>,
) -> Result<Shown<AccountView>, Problem> {
    let account = ticket
        .call(move |app, caller| Ok(account::get(app, &caller, &id)?))
        .await?;
    Ok(Shown::of(account))
}

pub async fn amend(
    ticket: Ticket<ManageUsers>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<UserPatch>,
) -> Result<Shown<AccountView>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let active = body.state.map(|state| active(&state)).transpose()?;
        let input = Amendment {
            active,
            ..Amendment::default()
        };
        Ok(account::amend(app, &caller, &id, if_match.read()?, input)?)
    });
    Ok(Shown::done(done.await?))
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        AccountView {
            id: account.id,
            username: account.username,
            role: account.role,
            district_code: account.district_code,
            uscc: account.uscc,
            proposed: account.proposed.map(RoleAssignment::from),
            state: if account.active { "ACTIVE" } else { "DISABLED" },
            created_at: Instant(account.created_at),
            updated_at: Instant(account.updated_at),
        }
    }
}

fn active(state: &str) -> Result<bool, AppError> {
    match state {
        "ACTIVE" => Ok(true),
        "DISABLED" => Ok(false),
        _ => Err(AppError::invalid(refused_state())),
    }
}

fn refused_state() -> FieldError {
    Fault::new("account.state_unknown")
        .with("choices", "ACTIVE, DISABLED")
        .at("/state")
}
