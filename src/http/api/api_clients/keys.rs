//! Keys of an API client: made, shown once, revoked.

use actix_web::web::Path;

use crate::app::Done;
use crate::app::api_client::{self, KeyOrder, NewApiKey};
use crate::domain::access::{ManageApiClients, RevokeApiClients};
use crate::http::answer::{Created, NoContent};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;

pub async fn create(
    ticket: Ticket<ManageApiClients>,
    id: Path<String>,
    once: Once<KeyOrder>,
) -> Result<Created<NewApiKey>, Problem> {
    let url = format!("/v1/api-clients/{id}");
    let done = ticket.change(once, move |app, caller, body| {
        Ok(api_client::make_key(app, &caller, &id, &body)?)
    });
    let Done { value, replayed } = done.await?;
    Ok(Created::new(value).location(url).replayed(replayed))
}

pub async fn revoke(
    ticket: Ticket<RevokeApiClients>,
    path: Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let (client, key) = path.into_inner();
    let done =
        ticket.call(move |app, caller| Ok(api_client::revoke_key(app, &caller, &client, &key)?));
    done.await.map(|_| NoContent)
}
