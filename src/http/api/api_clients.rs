//! `/v1/api-clients`: programs of enterprises and agencies, and their keys.

mod keys;

use actix_web::web::Path;

use crate::app::api_client::{self, ApiClient, ApiClientPatch, ApiClients, NewApiClient};
use crate::domain::access::{ManageApiClients, ReadApiClients, RevokeApiClients};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::listing;
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

pub use keys::{create as create_key, revoke as revoke_key};

pub async fn list(
    ticket: Ticket<ReadApiClients>,
    query: Query<Paging>,
) -> Result<Shown<Page<ApiClient>>, Problem> {
    listing::page::<ApiClients>(ticket, || Ok((query.read()?, ()))).await
}

pub async fn create(
    ticket: Ticket<ManageApiClients>,
    once: Once<NewApiClient>,
) -> Result<Created<ApiClient>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        Ok(api_client::create(app, &caller, &body)?)
    });
    let done = done.await?;
    let url = format!("/v1/api-clients/{}", done.value.id);
    Ok(Created::changed(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadApiClients>,
    id: Path<String>,
) -> Result<Shown<ApiClient>, Problem> {
    let found = ticket.call(move |app, caller| Ok(api_client::get(app, &caller, &id)?));
    Ok(Shown::record(found.await?))
}

pub async fn amend(
    ticket: Ticket<RevokeApiClients>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<ApiClientPatch>,
) -> Result<Shown<ApiClient>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let expected = if_match.read()?;
        Ok(api_client::amend(app, &caller, &id, expected, &body)?)
    });
    Ok(Shown::changed(done.await?))
}
