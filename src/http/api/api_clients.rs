//! `/v1/api-clients`: programs of enterprises and agencies, and their keys.

mod keys;

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::api_client::{self, ClientInput, ClientPatch, ClientView};
use crate::domain::access::{ManageApiClients, ReadApiClients, RevokeApiClients};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};
use crate::http::time::Instant;

pub use keys::{create as create_key, revoke as revoke_key};

/// Names the list in its cursors.
const LIST: &str = "api-clients";

#[derive(Serialize, ToSchema)]
pub struct ApiClient {
    id: String,
    name: String,
    /// The enterprise it acts for; null for an agency's.
    uscc: Option<String>,
    /// The agency (its uscc) it belongs to; it sees the enterprises that delegated to the agency.
    agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[schema(example = json!(["register:read", "facts:write"]))]
    scopes: Vec<String>,
    /// Ranges of addresses it may come from; empty: from anywhere.
    #[schema(example = json!(["203.0.113.0/24"]))]
    addresses: Vec<String>,
    /// `ACTIVE` or `DISABLED`.
    state: String,
    keys: Vec<keys::Key>,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Deserialize, ToSchema)]
pub struct NewApiClient {
    /// At most 100 characters.
    #[schema(example = "财务系统")]
    name: Option<String>,
    /// The enterprise it acts for: only that enterprise's account, which may leave it out.
    uscc: Option<String>,
    /// Instead of `uscc`: the agency it belongs to (city officers only).
    agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[serde(default)]
    #[schema(example = json!(["register:read", "facts:write"]))]
    scopes: Vec<String>,
    /// At most 32 addresses or ranges (CIDR); none: from anywhere.
    #[serde(default)]
    #[schema(example = json!(["203.0.113.0/24"]))]
    addresses: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct ApiClientPatch {
    name: Option<String>,
    scopes: Option<Vec<String>>,
    addresses: Option<Vec<String>>,
    /// `ACTIVE` or `DISABLED`.
    state: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadApiClients>,
    query: Query<Paging>,
) -> Result<Shown<Page<ApiClient>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let after: Option<String> = state.cursors.start(LIST, asked.cursor.as_deref())?;
        let after = after.unwrap_or_default();
        let found = api_client::list(app, &caller, &after, i64::from(limit) + 1)?;
        let place = |last: &ClientView| last.id.clone();
        let page = state.cursors.page(LIST, limit, found, place)?;
        Ok(page.map(ApiClient::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn create(
    ticket: Ticket<ManageApiClients>,
    once: Once<NewApiClient>,
) -> Result<Created<ApiClient>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let input = ClientInput {
            name: body.name,
            uscc: body.uscc,
            agency: body.agency,
            scopes: body.scopes,
            addresses: body.addresses,
        };
        Ok(api_client::create(app, &caller, &input)?)
    });
    let done = done.await?;
    let url = format!("/v1/api-clients/{}", done.value.id);
    Ok(Created::done(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadApiClients>,
    id: Path<String>,
) -> Result<Shown<ApiClient>, Problem> {
    let found = ticket
        .call(move |app, caller| Ok(api_client::get(app, &caller, &id)?))
        .await?;
    Ok(Shown::of(found))
}

pub async fn amend(
    ticket: Ticket<RevokeApiClients>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<ApiClientPatch>,
) -> Result<Shown<ApiClient>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let patch = ClientPatch {
            name: body.name,
            scopes: body.scopes,
            addresses: body.addresses,
            state: body.state,
        };
        let expected = if_match.read()?;
        Ok(api_client::amend(app, &caller, &id, expected, &patch)?)
    });
    Ok(Shown::done(done.await?))
}

impl From<ClientView> for ApiClient {
    fn from(view: ClientView) -> Self {
        ApiClient {
            id: view.id,
            name: view.name,
            uscc: view.uscc,
            agency: view.agency,
            scopes: view.scopes,
            addresses: view.addresses,
            state: view.state,
            keys: view.keys.into_iter().map(keys::Key::from).collect(),
            created_at: Instant(view.created_at),
            updated_at: Instant(view.updated_at),
        }
    }
}
