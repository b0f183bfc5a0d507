//! `/v1/enterprises/{uscc}/delegations`: what an enterprise lets an agency do for it.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::delegation::{self, DelegationInput, DelegationView};
use crate::domain::access::{Delegate, ReadDelegations, RevokeDelegations};
use crate::http::answer::{Created, NoContent, Page, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};
use crate::http::time::{Day, Instant};

/// 委托: the agency's API clients see the enterprise within these rights, from the first day to the last.
#[derive(Serialize, ToSchema)]
pub struct Delegation {
    id: String,
    /// The agency's uscc.
    agency: String,
    /// Of `/v1/enumerations/api_scopes`.
    #[schema(example = json!(["register:read", "facts:write"]))]
    scopes: Vec<String>,
    valid_from: Day,
    /// The last day.
    valid_through: Day,
    made_by: String,
    made_at: Instant,
    revoked_by: Option<String>,
    revoked_at: Option<Instant>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewDelegation {
    /// The uscc of an agency on record.
    agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[serde(default)]
    #[schema(example = json!(["register:read", "facts:write"]))]
    scopes: Vec<String>,
    /// Today if not given; no day that has passed.
    #[schema(example = "2026-06-15", format = Date)]
    valid_from: Option<String>,
    /// The last day, less than three years after the first.
    #[schema(example = "2026-12-31", format = Date)]
    valid_through: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadDelegations>,
    uscc: Path<String>,
    query: Query<Paging>,
) -> Result<Shown<Page<Delegation>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let list = format!("delegations {uscc}");
        let after: Option<String> = state.cursors.start(&list, asked.cursor.as_deref())?;
        let after = after.unwrap_or_default();
        let found = delegation::list(app, &caller, &uscc, &after, i64::from(limit) + 1)?;
        let place = |last: &DelegationView| last.id.clone();
        let page = state.cursors.page(&list, limit, found, place)?;
        Ok(page.map(Delegation::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn create(
    ticket: Ticket<Delegate>,
    uscc: Path<String>,
    once: Once<NewDelegation>,
) -> Result<Created<Delegation>, Problem> {
    let url = format!("/v1/enterprises/{uscc}/delegations/");
    let done = ticket.change(once, move |app, caller, body| {
        let input = DelegationInput {
            agency: body.agency,
            scopes: body.scopes,
            valid_from: body.valid_from,
            valid_through: body.valid_through,
        };
        Ok(delegation::make(app, &caller, &uscc, &input)?)
    });
    let done = done.await?;
    let url = url + &done.value.id;
    Ok(Created::done(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadDelegations>,
    path: Path<(String, String)>,
) -> Result<Shown<Delegation>, Problem> {
    let (uscc, id) = path.into_inner();
    let found = ticket
        .call(move |app, caller| Ok(delegation::get(app, &caller, &uscc, &id)?))
        .await?;
    Ok(Shown::of(found))
}

pub async fn revoke(
    ticket: Ticket<RevokeDelegations>,
    path: Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let (uscc, id) = path.into_inner();
    let done = ticket.call(move |app, caller| Ok(delegation::revoke(app, &caller, &uscc, &id)?));
    done.await.map(|_| NoContent)
}

impl From<DelegationView> for Delegation {
    fn from(view: DelegationView) -> Self {
        Delegation {
            id: view.id,
            agency: view.agency,
            scopes: view.scopes,
            valid_from: Day(view.valid_from),
            valid_through: Day(view.valid_through),
            made_by: view.made_by,
            made_at: Instant(view.made_at),
            revoked_by: view.revoked_by,
            revoked_at: view.revoked_at.map(Instant),
        }
    }
}
