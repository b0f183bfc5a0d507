//! Keys: made once, shown once, kept as a hash; two to a client, so that one takes over from the other.

use std::net::IpAddr;

use chrono::{DateTime, Months, NaiveDate, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::found::{find, find_in, only_its_own, reach};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::shown::{Day, Instant};
use crate::app::token::fingerprint;
use crate::app::{App, Done};
use crate::domain::access::{ManageApiClients, RevokeApiClients, State};
use crate::domain::address::AddressRange;
use crate::domain::api_key::{self, EXPIRED, KeyKind};
use crate::domain::clock::legal_day;
use crate::domain::date;
use crate::domain::event::Event;
use crate::domain::event::access::{ApiKeyMade, ApiKeyRevoked};
use crate::domain::event::hashed::Hashed;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::store::api_keys::{self, KeyHolder, KeyRow};
use crate::store::{Changed, Tx};

/// What is known of a key; its text is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    pub id: String,
    /// `LIVE`, or `TEST`: what it changes is checked, answered and undone.
    pub kind: String,
    /// Its first characters.
    #[schema(example = "sanku_live_4fQ1")]
    pub hint: String,
    /// The last day on which it is good.
    pub valid_through: Day,
    pub created_by: String,
    pub created_at: Instant,
    /// Who revoked it; `system:expiry` where it gave its place to another one.
    pub ended_by: Option<String>,
    pub ended_at: Option<Instant>,
    /// To the hour.
    pub last_used_at: Option<Instant>,
}

/// A new key. `key` is shown now and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewApiKey {
    /// Null in a repeated answer (`Idempotent-Replayed`): it is kept nowhere.
    #[schema(example = "sanku_live_…")]
    pub key: Option<String>,
    #[serde(flatten)]
    pub about: ApiKey,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct KeyOrder {
    /// `LIVE` (if not given) or `TEST`.
    pub kind: Option<String>,
    /// The last day on which it is good; at most, and if not given, a year from today.
    #[schema(example = "2026-12-31", format = Date)]
    pub valid_through: Option<String>,
}

/// A key whose form and checksum are right, as a request brings it.
#[derive(Debug, Clone)]
pub struct PresentedKey {
    hash: String,
    from: Option<IpAddr>,
}

/// No key outlives its year.
const LONGEST: Months = Months::new(12);
const PLACES: [i32; 2] = [1, 2];

impl PresentedKey {
    /// Tells a slip without asking the database.
    pub fn read(text: &str, from: Option<IpAddr>) -> Result<PresentedKey, AppError> {
        match api_key::kind_of(text) {
            Some(_) => Ok(PresentedKey {
                hash: fingerprint(text),
                from,
            }),
            None => Err(AppError::Unauthenticated {
                code: "auth.key_form",
            }),
        }
    }
}

pub fn make_key(
    app: &App,
    caller: &Caller<ManageApiClients>,
    client_id: &str,
    input: &KeyOrder,
) -> Result<Done<NewApiKey>, AppError> {
    let (kind, valid_through) = read(input, app.env.clock.today())?;
    let expires_at = end_of(valid_through)?;
    let text = api_key::compose(kind, &app.env.random());
    let (hash, hint) = (fingerprint(&text), api_key::hint(&text));
    let (id, reach) = (client_id.to_string(), reach(caller));
    let done = app.store.write(&caller.stamp(), move |tx| {
        let client = find_in(tx.conn, &reach, &id)?;
        only_its_own(&reach, &client)?;
        if client.state != State::Active {
            return Err(AppError::conflict("api_client.disabled"));
        }
        let place = free_place(tx, &client.id)?;
        let id = tx.new_id();
        let seq = tx.tell(Event::ApiKeyMade(ApiKeyMade {
            client_id: client.id.clone(),
            key_id: id.clone(),
            place,
            kind,
            hint: hint.clone(),
            hash: Hashed::of(&hash),
            valid_through,
            expires_at,
        }))?;
        let row = KeyRow {
            id,
            place,
            client_id: client.id,
            kind: kind.into(),
            hint,
            hash,
            created_by: tx.actor.into(),
            created_at: tx.now.naive_utc(),
            expires_at: expires_at.naive_utc(),
            ended_by: None,
            ended_at: None,
            last_used_at: None,
            seq: seq.get(),
        };
        api_keys::insert(tx.conn, &row)?;
        // What is kept for a repeated request holds no key.
        Ok(Changed::new(view(row, None), seq))
    })?;
    Ok(Done {
        value: NewApiKey {
            about: done.value,
            key: (!done.replayed).then_some(text),
        },
        replayed: done.replayed,
    })
}

/// From the next request on it opens nothing.
pub fn revoke_key(
    app: &App,
    caller: &Caller<RevokeApiClients>,
    client_id: &str,
    key_id: &str,
) -> Result<Done<()>, AppError> {
    let client = app.store.read(|conn| find(conn, caller, client_id))?;
    let key_id = key_id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let keys = api_keys::of_client(tx.conn, &client.id)?;
        let found = keys.into_iter().find(|key| key.id == key_id);
        let mut row = found.ok_or(AppError::NotFound)?;
        if row.ended_at.is_some() {
            return Ok(Changed::unchanged(()));
        }
        let seq = tx.tell(Event::ApiKeyRevoked(ApiKeyRevoked {
            client_id: row.client_id.clone(),
            key_id: row.id.clone(),
        }))?;
        row.ended_by = Some(tx.actor.into());
        row.ended_at = Some(tx.now.naive_utc());
        row.seq = seq.get();
        api_keys::update(tx.conn, &row)?;
        Ok(Changed::new((), seq))
    })
}

/// The client behind a key, if it may come from where it comes from. One statement.
pub(in crate::app) fn admit(app: &App, key: &PresentedKey) -> Result<KeyHolder, AppError> {
    let now = app.env.clock.now();
    let found = app
        .store
        .read(|conn| api_keys::standing(conn, &key.hash, now))?;
    let standing = found.ok_or(AppError::Unauthenticated { code: "auth.key" })?;
    let mut ranges = standing.addresses.split_whitespace().peekable();
    let anywhere = ranges.peek().is_none();
    let within = |range: &str| {
        let range = AddressRange::parse(range);
        range.is_ok_and(|it| key.from.is_some_and(|from| it.contains(from)))
    };
    if !anywhere && !ranges.any(within) {
        return Err(AppError::Forbidden {
            code: "auth.address",
        });
    }
    app.key_uses
        .note(&standing.key_id, standing.last_used_at, now);
    Ok(standing)
}

pub(super) fn view(row: KeyRow, app: Option<&App>) -> ApiKey {
    let noted = app.and_then(|app| app.key_uses.last(&row.id));
    ApiKey {
        last_used_at: noted
            .max(row.last_used_at.map(|at| at.and_utc()))
            .map(Instant),
        // The instant is the first of the day after.
        valid_through: Day(legal_day(
            row.expires_at.and_utc() - chrono::Duration::microseconds(1),
        )),
        id: row.id,
        kind: row.kind.to_string(),
        hint: row.hint,
        created_by: row.created_by,
        created_at: row.created_at.into(),
        ended_by: row.ended_by,
        ended_at: row.ended_at.map(Instant::from),
    }
}

fn read(input: &KeyOrder, today: NaiveDate) -> Result<(KeyKind, NaiveDate), AppError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let kind = input
        .kind
        .as_deref()
        .map_or(Some(KeyKind::Live), KeyKind::parse);
    if kind.is_none() {
        errors.push(FieldError::new("/kind", "api_key.kind_unknown"));
    }
    let year = today
        .checked_add_months(LONGEST)
        .and_then(|day| day.pred_opt());
    let last = year.unwrap_or(today);
    let day = input.valid_through.as_deref().map_or(Ok(last), date::parse);
    let day = day.and_then(|day| match (today..=last).contains(&day) {
        true => Ok(day),
        false => Err(Fault::new("api_key.through_bounds").with("last", last)),
    });
    let day = keep(day, "/valid_through", &mut errors);
    match (kind, day) {
        (Some(kind), Some(day)) => Ok((kind, day)),
        _ => Err(AppError::Invalid { errors }),
    }
}

/// The first instant after a legal day.
fn end_of(day: NaiveDate) -> Result<DateTime<Utc>, AppError> {
    let next = day.succ_opt().and_then(|it| it.and_hms_opt(0, 0, 0));
    let midnight = next.ok_or_else(|| AppError::internal("a day without a next one"))?;
    Ok(Utc.from_utc_datetime(&midnight) - chrono::Duration::hours(8))
}

/// A place that no good key has; an expired key gives its own up.
fn free_place(tx: &mut Tx<'_>, client_id: &str) -> Result<i32, AppError> {
    let mut taken = Vec::new();
    for mut key in api_keys::of_client(tx.conn, client_id)? {
        if key.ended_at.is_some() {
            continue;
        }
        if key.expires_at > tx.now.naive_utc() {
            taken.push(key.place);
            continue;
        }
        key.ended_by = Some(EXPIRED.into());
        key.ended_at = Some(key.expires_at);
        api_keys::update(tx.conn, &key)?;
    }
    let free = PLACES.into_iter().find(|place| !taken.contains(place));
    free.ok_or_else(|| AppError::conflict("api_key.two_already"))
}
