//! API clients: programs that act for an enterprise, or for an agency to which enterprises have delegated. What they may
//! do is named; what they see the database says at each request.
//!
//! What a program states, its enterprise states. So nobody but the enterprise gives one anything: an officer with a key
//! could make a firm's statements and then check them.

mod found;
mod key;
pub(super) mod noted;
mod uses;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{
    ApiScope, ManageAgencies, ManageApiClients, ReadApiClients, RevokeApiClients, Scope, State,
};
use crate::domain::address::AddressRange;
use crate::domain::event::Event;
use crate::domain::event::access::ApiClientState;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::text;
use crate::store::api_clients::{self, ClientRow};
use crate::store::typed::Typed;
use crate::store::{Changed, Conn, agencies, api_keys, enterprises};

use super::caller::Caller;
use super::error::AppError;
use super::expected::Expected;
use super::list::List;
use super::shown::{Instant, Versioned};
use super::{App, Done, agency, enterprise};

pub(super) use found::reach;
use found::{NOT_ITS_OWN, find, find_in, is_enterprise, only_its_own};
pub(super) use key::admit;
pub use key::{ApiKey, KeyOrder, NewApiKey, PresentedKey, make_key, revoke_key};
pub use uses::keep_uses;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiClient {
    pub id: String,
    pub name: String,
    /// The enterprise it acts for; null for an agency's.
    pub uscc: Option<String>,
    /// The agency (its uscc) it belongs to; it sees the enterprises that delegated to the agency.
    pub agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[schema(example = json!(["register:read", "facts:write"]))]
    pub scopes: Vec<String>,
    /// Ranges of addresses it may come from; empty: from anywhere.
    #[schema(example = json!(["203.0.113.0/24"]))]
    pub addresses: Vec<String>,
    /// `ACTIVE` or `DISABLED`.
    pub state: String,
    pub keys: Vec<ApiKey>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewApiClient {
    /// At most 100 characters.
    #[schema(example = "财务系统")]
    pub name: Option<String>,
    /// The enterprise it acts for: only that enterprise's account, which may leave it out.
    pub uscc: Option<String>,
    /// Instead of `uscc`: the agency it belongs to (city officers only).
    pub agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[serde(default)]
    #[schema(example = json!(["register:read", "facts:write"]))]
    pub scopes: Vec<String>,
    /// At most 32 addresses or ranges (CIDR); none: from anywhere.
    #[serde(default)]
    #[schema(example = json!(["203.0.113.0/24"]))]
    pub addresses: Vec<String>,
}

// What is given replaces what was.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ApiClientPatch {
    pub name: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub addresses: Option<Vec<String>>,
    /// `ACTIVE` or `DISABLED`.
    pub state: Option<String>,
}

const LONGEST_NAME: usize = 100;
const MOST_RANGES: usize = 32;

pub fn create(
    app: &App,
    caller: &Caller<ManageApiClients>,
    input: &NewApiClient,
) -> Result<Done<Versioned<ApiClient>>, AppError> {
    let mut errors = Vec::new();
    let name = input.name.as_deref().ok_or(Fault::new("field.required"));
    let name = name.and_then(|raw| text::plain(raw, 1, LONGEST_NAME));
    let name = keep(name, "/name", &mut errors).unwrap_or_default();
    let scopes = read_scopes(&input.scopes, &mut errors);
    let addresses = read_addresses(&input.addresses, &mut errors);
    if !errors.is_empty() {
        return Err(AppError::Invalid { errors });
    }
    let (enterprise_id, agency_id) = app.store.read(|conn| owner(conn, caller, input))?;
    app.store.write(&caller.stamp(), move |tx| {
        let mut row = ClientRow {
            id: tx.new_id(),
            name,
            enterprise_id,
            agency_id,
            scopes: joined(&scopes),
            addresses: joined(&addresses),
            state: State::Active.into(),
            created_by: tx.actor.into(),
            created_at: tx.now.naive_utc(),
            updated_at: tx.now.naive_utc(),
            seq: 0,
        };
        let seq = tx.tell(Event::ApiClientCreated(state_of(&row)))?;
        row.seq = seq.get();
        api_clients::insert(tx.conn, &row)?;
        Ok(Changed::new(shown(tx.conn, row, None)?, seq))
    })
}

/// Oldest first.
pub struct ApiClients;

impl List for ApiClients {
    const NAME: &'static str = "api-clients";
    type Reader = ReadApiClients;
    type Filter = ();
    type Row = ApiClient;
    type Position = String;

    fn page(
        app: &App,
        caller: &Caller<ReadApiClients>,
        _: &(),
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<ApiClient>, AppError> {
        let after = after.map_or("", String::as_str);
        app.store.read(|conn| {
            let found = api_clients::page(conn, &reach(caller), after, limit as i64)?;
            let shown = found.into_iter().map(|row| shown(conn, row, Some(app)));
            shown.map(|it| it.map(|it| it.record)).collect()
        })
    }

    fn position(row: &ApiClient) -> String {
        row.id.clone()
    }
}

pub fn get(
    app: &App,
    caller: &Caller<ReadApiClients>,
    id: &str,
) -> Result<Versioned<ApiClient>, AppError> {
    app.store.read(|conn| {
        let row = find(conn, caller, id)?;
        shown(conn, row, Some(app))
    })
}

/// To disable one takes less than to give it anything.
pub fn amend(
    app: &App,
    caller: &Caller<RevokeApiClients>,
    id: &str,
    expected: Expected,
    patch: &ApiClientPatch,
) -> Result<Done<Versioned<ApiClient>>, AppError> {
    let mut errors = Vec::new();
    let name = patch.name.as_deref();
    let name = name
        .map(|raw| text::plain(raw, 1, LONGEST_NAME))
        .transpose();
    let name = keep(name, "/name", &mut errors).flatten();
    let scopes = patch.scopes.as_deref();
    let scopes = scopes.map(|names| read_scopes(names, &mut errors));
    let addresses = patch.addresses.as_deref();
    let addresses = addresses.map(|texts| read_addresses(texts, &mut errors));
    let state = patch.state.as_deref().map(agency::state).transpose();
    let state = keep(state, "/state", &mut errors).flatten();
    if !errors.is_empty() {
        return Err(AppError::Invalid { errors });
    }
    let only_disables = name.is_none() && scopes.is_none() && addresses.is_none();
    let gives = !(only_disables && state == Some(State::Disabled));
    if gives {
        caller.also::<ManageApiClients>()?;
    }
    let (id, reach) = (id.to_string(), reach(caller));
    app.store.write(&caller.stamp(), move |tx| {
        let before = find_in(tx.conn, &reach, &id)?;
        if gives {
            only_its_own(&reach, &before)?;
        }
        expected.check(before.seq)?;
        let mut row = before.clone();
        row.name = name.unwrap_or(row.name);
        row.scopes = scopes.map_or(row.scopes, |it| joined(&it));
        row.addresses = addresses.map_or(row.addresses, |it| joined(&it));
        row.state = state.map_or(row.state, Typed);
        if row == before {
            return Ok(Changed::unchanged(shown(tx.conn, before, None)?));
        }
        row.updated_at = tx.now.naive_utc();
        let seq = tx.tell(Event::ApiClientChanged(state_of(&row)))?;
        row.seq = seq.get();
        api_clients::update(tx.conn, &row)?;
        Ok(Changed::new(shown(tx.conn, row, None)?, seq))
    })
}

/// Named rights without repetition, in their usual order.
pub(super) fn read_scopes(names: &[String], errors: &mut Vec<FieldError>) -> Vec<ApiScope> {
    if names.is_empty() {
        errors.push(FieldError::new("/scopes", "field.required"));
    }
    let mut found = Vec::new();
    for (place, name) in names.iter().enumerate() {
        match ApiScope::parse(name) {
            Some(scope) => found.push(scope),
            None => errors.push(
                Fault::new("api_scope.unknown")
                    .with("choices", ApiScope::ALL.map(ApiScope::as_str).join(", "))
                    .at(format!("/scopes/{place}")),
            ),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn read_addresses(texts: &[String], errors: &mut Vec<FieldError>) -> Vec<AddressRange> {
    if texts.len() > MOST_RANGES {
        let fault = Fault::new("address.too_many").with("max", MOST_RANGES);
        errors.push(fault.at("/addresses"));
        return Vec::new();
    }
    let read = |(place, text): (usize, &String)| {
        keep(
            AddressRange::parse(text),
            &format!("/addresses/{place}"),
            errors,
        )
    };
    texts.iter().enumerate().filter_map(read).collect()
}

/// Whose it will be: the own enterprise's, named or not, or an agency's.
fn owner(
    conn: &mut Conn,
    caller: &Caller<ManageApiClients>,
    input: &NewApiClient,
) -> Result<(Option<String>, Option<String>), AppError> {
    match (&input.uscc, &input.agency, caller.scope()) {
        (None, None, Scope::Enterprise(own)) => Ok((Some(own.clone()), None)),
        (Some(_), None, scope) if !is_enterprise(scope) => Err(NOT_ITS_OWN),
        (Some(uscc), None, scope) => {
            let found = enterprise::find(conn, scope, uscc).map_err(|error| match error {
                AppError::NotFound => {
                    AppError::invalid(FieldError::new("/uscc", "account.enterprise_unknown"))
                }
                other => other,
            })?;
            Ok((Some(found.id), None))
        }
        (None, Some(uscc), _) => {
            caller.also::<ManageAgencies>()?;
            Ok((None, Some(agency::named(conn, uscc, "/agency")?.id)))
        }
        _ => Err(AppError::invalid(FieldError::new(
            "/uscc",
            "api_client.one_owner",
        ))),
    }
}

fn state_of(row: &ClientRow) -> ApiClientState {
    ApiClientState {
        client_id: row.id.clone(),
        name: row.name.clone(),
        enterprise_id: row.enterprise_id.clone(),
        agency_id: row.agency_id.clone(),
        scopes: row.scopes.clone(),
        addresses: row.addresses.clone(),
        state: *row.state,
    }
}

/// With `app`, uses that are not yet written down are shown too.
fn shown(
    conn: &mut Conn,
    row: ClientRow,
    app: Option<&App>,
) -> Result<Versioned<ApiClient>, AppError> {
    let uscc = match &row.enterprise_id {
        Some(id) => enterprises::usccs_of(conn, std::slice::from_ref(id))?.pop(),
        None => None,
    };
    let agency = match &row.agency_id {
        Some(id) => agencies::usccs_of(conn, std::slice::from_ref(id))?.pop(),
        None => None,
    };
    let keys = api_keys::of_client(conn, &row.id)?;
    let words = |text: &str| text.split_whitespace().map(String::from).collect();
    let record = ApiClient {
        keys: keys.into_iter().map(|key| key::view(key, app)).collect(),
        scopes: words(&row.scopes),
        addresses: words(&row.addresses),
        id: row.id,
        name: row.name,
        uscc: uscc.map(|(_, uscc)| uscc),
        agency: agency.map(|(_, uscc)| uscc),
        state: row.state.to_string(),
        created_at: row.created_at.into(),
        updated_at: row.updated_at.into(),
    };
    Ok(Versioned {
        version: row.seq,
        record,
    })
}

fn joined<T: ToString>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    texts.join(" ")
}
