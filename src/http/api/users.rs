//! `/v1/users`: accounts, for the system administrator.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::account::{self, Account, Accounts, Amendment, NewAccount};
use crate::app::error::AppError;
use crate::domain::access::ManageUsers;
use crate::domain::field_error::{Fault, FieldError};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::listing;
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

// Not the amendment of `app`: at the command line role and bounds are changed too.
#[derive(Deserialize, ToSchema)]
pub struct UserPatch {
    /// `ACTIVE` or `DISABLED`.
    state: Option<String>,
}

pub async fn list(
    ticket: Ticket<ManageUsers>,
    query: Query<Paging>,
) -> Result<Shown<Page<Account>>, Problem> {
    listing::page::<Accounts>(ticket, || Ok((query.read()?, ()))).await
}

pub async fn create(
    ticket: Ticket<ManageUsers>,
    once: Once<NewAccount>,
) -> Result<Created<Account>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        Ok(account::create(app, &caller, body)?)
    });
    let done = done.await?;
    let url = format!("/v1/users/{}", done.value.id);
    Ok(Created::changed(done).location(url))
}

pub async fn get(ticket: Ticket<ManageUsers>, id: Path<String>) -> Result<Shown<Account>, Problem> {
    let found = ticket.call(move |app, caller| Ok(account::get(app, &caller, &id)?));
    Ok(Shown::record(found.await?))
}

pub async fn amend(
    ticket: Ticket<ManageUsers>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<UserPatch>,
) -> Result<Shown<Account>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let active = body.state.map(|state| active(&state)).transpose()?;
        let input = Amendment {
            active,
            ..Amendment::default()
        };
        Ok(account::amend(app, &caller, &id, if_match.read()?, input)?)
    });
    Ok(Shown::changed(done.await?))
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
