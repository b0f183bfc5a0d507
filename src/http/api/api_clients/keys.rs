//! Keys of an API client: made, shown once, revoked.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::api_client::{self, KeyInput, KeyView};
use crate::domain::access::{ManageApiClients, RevokeApiClients};
use crate::http::answer::{Created, NoContent};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::time::{Day, Instant};

/// What is known of a key; its text is nowhere.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct Key {
    id: String,
    /// `LIVE`, or `TEST`: what it changes is checked, answered and undone.
    kind: String,
    /// Its first characters.
    #[schema(example = "sanku_live_4fQ1")]
    hint: String,
    /// The last day on which it is good.
    valid_through: Day,
    created_by: String,
    created_at: Instant,
    /// Who revoked it; `system:expiry` where it gave its place to another one.
    ended_by: Option<String>,
    ended_at: Option<Instant>,
    /// To the hour.
    last_used_at: Option<Instant>,
}

/// A new key. `key` is shown now and never again.
#[derive(Serialize, ToSchema)]
pub struct NewApiKey {
    /// Null in a repeated answer (`Idempotent-Replayed`): it is kept nowhere.
    #[schema(example = "sanku_live_…")]
    key: Option<String>,
    #[serde(flatten)]
    about: Key,
}

#[derive(Deserialize, ToSchema)]
pub struct KeyOrder {
    /// `LIVE` (if not given) or `TEST`.
    kind: Option<String>,
    /// The last day on which it is good; at most, and if not given, a year from today.
    #[schema(example = "2026-12-31", format = Date)]
    valid_through: Option<String>,
}

pub async fn create(
    ticket: Ticket<ManageApiClients>,
    id: Path<String>,
    once: Once<KeyOrder>,
) -> Result<Created<NewApiKey>, Problem> {
    let url = format!("/v1/api-clients/{id}");
    let done = ticket.change(once, move |app, caller, body| {
        let KeyOrder {
            kind,
            valid_through,
        } = body;
        let input = KeyInput {
            kind,
            valid_through,
        };
        Ok(api_client::make_key(app, &caller, &id, &input)?)
    });
    let Done { value, replayed } = done.await?;
    let made = NewApiKey {
        key: value.text,
        about: value.view.into(),
    };
    Ok(Created::new(made).location(url).replayed(replayed))
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

impl From<KeyView> for Key {
    fn from(view: KeyView) -> Self {
        Key {
            id: view.id,
            kind: view.kind,
            hint: view.hint,
            valid_through: Day(view.valid_through),
            created_by: view.created_by,
            created_at: Instant(view.created_at),
            ended_by: view.ended_by,
            ended_at: view.ended_at.map(Instant),
            last_used_at: view.last_used_at.map(Instant),
        }
    }
}
