//! `/v1/agencies`: firms that act for enterprises.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::agency::{self, AgencyInput, AgencyPatch, AgencyView};
use crate::domain::access::{ManageAgencies, ReadAgencies};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};
use crate::http::time::Instant;

/// Names the list in its cursors.
const LIST: &str = "agencies";

/// An agency (代理机构).
#[derive(Serialize, ToSchema)]
pub struct Agency {
    uscc: String,
    name: String,
    /// `ACTIVE` or `DISABLED`: then its API clients are let in no more.
    state: String,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Deserialize, ToSchema)]
pub struct NewAgency {
    #[schema(example = "91330602MAFF89BB62")]
    uscc: Option<String>,
    #[schema(example = "绍兴示例科技咨询有限公司")]
    name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct AgencyChange {
    name: Option<String>,
    /// `ACTIVE` or `DISABLED`.
    state: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadAgencies>,
    query: Query<Paging>,
) -> Result<Shown<Page<Agency>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let after: Option<String> = state.cursors.start(LIST, asked.cursor.as_deref())?;
        let found = agency::list(app, &caller, after.as_deref(), i64::from(limit) + 1)?;
        let place = |last: &AgencyView| last.uscc.clone();
        let page = state.cursors.page(LIST, limit, found, place)?;
        Ok(page.map(Agency::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn create(
    ticket: Ticket<ManageAgencies>,
    once: Once<NewAgency>,
) -> Result<Created<Agency>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let NewAgency { uscc, name } = body;
        Ok(agency::register(app, &caller, &AgencyInput { uscc, name })?)
    });
    let done = done.await?;
    let url = format!("/v1/agencies/{}", done.value.uscc);
    Ok(Created::done(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadAgencies>,
    uscc: Path<String>,
) -> Result<Shown<Agency>, Problem> {
    let found = ticket
        .call(move |app, caller| Ok(agency::get(app, &caller, &uscc)?))
        .await?;
    Ok(Shown::of(found))
}

pub async fn amend(
    ticket: Ticket<ManageAgencies>,
    uscc: Path<String>,
    if_match: IfMatch,
    once: Once<AgencyChange>,
) -> Result<Shown<Agency>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let AgencyChange { name, state } = body;
        let patch = AgencyPatch { name, state };
        let expected = if_match.read()?;
        Ok(agency::amend(app, &caller, &uscc, expected, &patch)?)
    });
    Ok(Shown::done(done.await?))
}

impl From<AgencyView> for Agency {
    fn from(view: AgencyView) -> Self {
        Agency {
            uscc: view.uscc,
            name: view.name,
            state: view.state,
            created_at: Instant(view.created_at),
            updated_at: Instant(view.updated_at),
        }
    }
}
