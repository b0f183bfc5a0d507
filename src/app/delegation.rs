//! Delegation (委托): an enterprise lets an agency act for it, within named rights and until a day.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{ApiScope, Delegate, ReadDelegations, RevokeDelegations, State};
use crate::domain::clock::is_id;
use crate::domain::date;
use crate::domain::event::Event;
use crate::domain::event::access::{DelegationMade, DelegationRevoked};
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::store::delegations::{self, DelegationRow};
use crate::store::{Changed, Conn, agencies};

use super::caller::Caller;
use super::error::AppError;
use super::list::List;
use super::shown::{Day, Instant, Versioned};
use super::{App, Done, agency, api_client, enterprise};

/// 委托: the agency's API clients see the enterprise within these rights, from the first day to the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delegation {
    pub id: String,
    /// The agency's uscc.
    pub agency: String,
    /// Of `/v1/enumerations/api_scopes`.
    #[schema(example = json!(["register:read", "facts:write"]))]
    pub scopes: Vec<String>,
    pub valid_from: Day,
    /// The last day.
    pub valid_through: Day,
    pub made_by: String,
    pub made_at: Instant,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<Instant>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewDelegation {
    /// The uscc of an agency on record.
    pub agency: Option<String>,
    /// Of `/v1/enumerations/api_scopes`.
    #[serde(default)]
    #[schema(example = json!(["register:read", "facts:write"]))]
    pub scopes: Vec<String>,
    /// Today if not given; no day that has passed.
    #[schema(example = "2026-06-15", format = Date)]
    pub valid_from: Option<String>,
    /// The last day, less than three years after the first.
    #[schema(example = "2026-12-31", format = Date)]
    pub valid_through: Option<String>,
}

/// A delegation is renewed, not forgotten.
const LONGEST: Months = Months::new(36);

pub fn make(
    app: &App,
    caller: &Caller<Delegate>,
    uscc: &str,
    input: &NewDelegation,
) -> Result<Done<Versioned<Delegation>>, AppError> {
    app.store
        .read(|conn| enterprise::find(conn, caller.scope(), uscc))?;
    let terms = Terms::read(input, app.env.clock.today())?;
    let (uscc, scope) = (uscc.to_owned(), caller.scope().clone());
    app.store.write(&caller.stamp(), move |tx| {
        // Looked for again: it may have left the caller's scope meanwhile.
        let enterprise = enterprise::find(tx.conn, &scope, &uscc)?;
        let to = agency::named(tx.conn, &terms.agency, "/agency")?;
        if to.state != State::Active {
            return Err(AppError::conflict("agency.disabled"));
        }
        let id = tx.new_id();
        let seq = tx.tell(Event::DelegationMade(DelegationMade {
            enterprise_id: enterprise.id.clone(),
            delegation_id: id.clone(),
            agency: to.uscc.clone(),
            agency_id: to.id.clone(),
            scopes: terms.scopes.clone(),
            valid_from: terms.valid_from,
            valid_through: terms.valid_through,
        }))?;
        let row = DelegationRow {
            id,
            enterprise_id: enterprise.id,
            agency_id: to.id,
            valid_from: terms.valid_from,
            valid_through: terms.valid_through,
            made_by: tx.actor.into(),
            made_at: tx.now.naive_utc(),
            revoked_by: None,
            revoked_at: None,
            seq: seq.get(),
        };
        delegations::insert(tx.conn, &row, &terms.scopes)?;
        let scopes = terms.scopes.iter().map(ApiScope::to_string).collect();
        Ok(Changed::new(view(row, to.uscc, scopes), seq))
    })
}

/// Those of an enterprise, oldest first, ended ones too.
pub struct Delegations;

impl List for Delegations {
    const NAME: &'static str = "delegations";
    type Reader = ReadDelegations;
    /// The enterprise's uscc.
    type Filter = String;
    type Row = Delegation;
    type Position = String;

    fn page(
        app: &App,
        caller: &Caller<ReadDelegations>,
        uscc: &String,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<Delegation>, AppError> {
        let after = after.map_or("", String::as_str);
        app.store.read(|conn| {
            let enterprise = enterprise::find(conn, &api_client::reach(caller), uscc)?;
            let rows = delegations::of_enterprise(conn, &enterprise.id, after, limit as i64)?;
            let found = shown(conn, rows)?;
            Ok(found.into_iter().map(|it| it.record).collect())
        })
    }

    fn position(row: &Delegation) -> String {
        row.id.clone()
    }
}

pub fn get(
    app: &App,
    caller: &Caller<ReadDelegations>,
    uscc: &str,
    id: &str,
) -> Result<Versioned<Delegation>, AppError> {
    app.store.read(|conn| {
        let enterprise = enterprise::find(conn, &api_client::reach(caller), uscc)?;
        let row = find(conn, &enterprise.id, id)?;
        one(conn, row)
    })
}

/// From the next request on the agency sees the enterprise no more.
pub fn revoke(
    app: &App,
    caller: &Caller<RevokeDelegations>,
    uscc: &str,
    id: &str,
) -> Result<Done<Versioned<Delegation>>, AppError> {
    let (uscc, reach) = (uscc.to_owned(), api_client::reach(caller));
    let id = id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let enterprise = enterprise::find(tx.conn, &reach, &uscc)?;
        let mut row = find(tx.conn, &enterprise.id, &id)?;
        if row.revoked_at.is_some() {
            return Ok(Changed::unchanged(one(tx.conn, row)?));
        }
        let seq = tx.tell(Event::DelegationRevoked(DelegationRevoked {
            enterprise_id: row.enterprise_id.clone(),
            delegation_id: row.id.clone(),
        }))?;
        row.revoked_by = Some(tx.actor.into());
        row.revoked_at = Some(tx.now.naive_utc());
        row.seq = seq.get();
        delegations::update(tx.conn, &row)?;
        Ok(Changed::new(one(tx.conn, row)?, seq))
    })
}

struct Terms {
    agency: String,
    scopes: Vec<ApiScope>,
    valid_from: NaiveDate,
    valid_through: NaiveDate,
}

impl Terms {
    fn read(input: &NewDelegation, today: NaiveDate) -> Result<Terms, AppError> {
        let mut errors: Vec<FieldError> = Vec::new();
        let required = || Fault::new("field.required");
        let agency = input.agency.clone().ok_or_else(required);
        let agency = keep(agency, "/agency", &mut errors);
        let scopes = api_client::read_scopes(&input.scopes, &mut errors);
        let from = input.valid_from.as_deref().map_or(Ok(today), date::parse);
        let from = from.and_then(|day| match day < today {
            true => Err(Fault::new("delegation.from_past")),
            false => Ok(day),
        });
        let from = keep(from, "/valid_from", &mut errors);
        let through = input.valid_through.as_deref().ok_or_else(required);
        let through = through.and_then(date::parse).and_then(|day| {
            let first = from.unwrap_or(today);
            let last = first.checked_add_months(LONGEST).unwrap_or(first);
            match (first..last).contains(&day) {
                true => Ok(day),
                false => Err(Fault::new("delegation.through_bounds").with("last", last)),
            }
        });
        let through = keep(through, "/valid_through", &mut errors);
        match (agency, from, through) {
            (Some(agency), Some(valid_from), Some(valid_through)) if errors.is_empty() => {
                Ok(Terms {
                    agency,
                    scopes,
                    valid_from,
                    valid_through,
                })
            }
            _ => Err(AppError::Invalid { errors }),
        }
    }
}

fn find(conn: &mut Conn, enterprise_id: &str, id: &str) -> Result<DelegationRow, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    delegations::by_id(conn, enterprise_id, id)?.ok_or(AppError::NotFound)
}

fn one(conn: &mut Conn, row: DelegationRow) -> Result<Versioned<Delegation>, AppError> {
    shown(conn, vec![row])?
        .pop()
        .ok_or_else(|| AppError::internal("a delegation vanished"))
}

fn shown(
    conn: &mut Conn,
    rows: Vec<DelegationRow>,
) -> Result<Vec<Versioned<Delegation>>, AppError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let to: Vec<String> = rows.iter().map(|row| row.agency_id.clone()).collect();
    let agencies: HashMap<String, String> = agencies::usccs_of(conn, &to)?.into_iter().collect();
    let mut scopes: HashMap<String, Vec<String>> = HashMap::new();
    for (id, scope) in delegations::scopes_of(conn, &ids)? {
        scopes.entry(id).or_default().push(scope.to_string());
    }
    let views = rows.into_iter().map(|row| {
        let agency = agencies.get(&row.agency_id).cloned().unwrap_or_default();
        let scopes = scopes.remove(&row.id).unwrap_or_default();
        view(row, agency, scopes)
    });
    Ok(views.collect())
}

fn view(row: DelegationRow, agency: String, scopes: Vec<String>) -> Versioned<Delegation> {
    Versioned {
        version: row.seq,
        record: Delegation {
            id: row.id,
            agency,
            scopes,
            valid_from: Day(row.valid_from),
            valid_through: Day(row.valid_through),
            made_by: row.made_by,
            made_at: row.made_at.into(),
            revoked_by: row.revoked_by,
            revoked_at: row.revoked_at.map(Instant::from),
        },
    }
}
