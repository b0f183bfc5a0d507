//! What-ifs and the firms that each would move.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::Serialize;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{enterprises, simulation_movements as m, simulations as s};
use super::typed::Typed;
use crate::domain::simulate::{Direction, SimulationState};

/// Complete once `state` says so; until then its list grows.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = s, treat_none_as_null = true)]
pub struct SimulationRow {
    pub id: String,
    pub rule_set: String,
    pub base_version: i64,
    pub base_hash: String,
    /// None for a document of no version, and for changed parameters.
    pub proposed_version: Option<i64>,
    pub proposed_hash: String,
    /// Canonical JSON of what was asked to differ.
    pub change: String,
    /// Canonical JSON of the proposed document.
    pub document: String,
    pub as_of: NaiveDate,
    pub known_at: NaiveDateTime,
    /// Canonical JSON; `{}` is the whole population.
    pub filter: String,
    pub state: Typed<SimulationState>,
    pub total: i64,
    pub moved: i64,
    /// Canonical JSON of what came out.
    pub summary: String,
    pub summary_hash: String,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub finished_at: Option<NaiveDateTime>,
    pub seq: i64,
}

/// A firm that stands elsewhere under the proposed rules.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Serialize)]
#[diesel(table_name = m)]
pub struct MoverRow {
    pub simulation_id: String,
    /// Counts the movers of a simulation, in the order of the firms' ids.
    pub place: i64,
    pub enterprise_id: String,
    pub district_code: String,
    pub industry_code: String,
    pub size_class: String,
    pub stood: String,
    pub stands: String,
    pub direction: Typed<Direction>,
    /// JSON of the criteria that make the difference.
    pub criteria: String,
}

/// Which movers of a simulation are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoverFilter {
    pub district_code: Option<String>,
    pub direction: Option<Direction>,
}

/// Puts the simulation there, or in the place of its earlier state.
pub fn put(conn: &mut Conn, row: &SimulationRow) -> Result<(), StoreError> {
    let changed = diesel::update(s::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(s::table).values(row).execute(conn)?;
    }
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<SimulationRow>, StoreError> {
    Ok(s::table
        .find(id)
        .select(SimulationRow::as_select())
        .first(conn)
        .optional()?)
}

/// The complete ones, newest first; `before` is the id of the last one of the page before.
pub fn completed(
    conn: &mut Conn,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<SimulationRow>, StoreError> {
    let mut query = s::table
        .filter(s::state.eq(Typed(SimulationState::Completed)))
        .order(s::id.desc())
        .limit(limit)
        .select(SimulationRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(s::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// What a stopped process left unfinished, begun before an instant.
pub fn unfinished(
    conn: &mut Conn,
    before: NaiveDateTime,
) -> Result<Vec<SimulationRow>, StoreError> {
    Ok(s::table
        .filter(s::state.eq(Typed(SimulationState::Running)))
        .filter(s::created_at.lt(before))
        .order(s::id)
        .select(SimulationRow::as_select())
        .load(conn)?)
}

pub fn insert_movers(conn: &mut Conn, rows: &[MoverRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        simulation_id place enterprise_id district_code industry_code size_class stood
        stands direction criteria
    };
    bulk::insert(conn, "simulation_movements", &columns)
}

/// The list of a simulation that failed is of no use.
pub fn delete_movers(conn: &mut Conn, simulation_id: &str) -> Result<(), StoreError> {
    diesel::delete(m::table.filter(m::simulation_id.eq(simulation_id))).execute(conn)?;
    Ok(())
}

/// Movers with the uscc and name their enterprise has now.
pub fn movers(
    conn: &mut Conn,
    simulation_id: &str,
    filter: &MoverFilter,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<(MoverRow, String, String)>, StoreError> {
    let mut query = m::table
        .inner_join(enterprises::table.on(enterprises::id.eq(m::enterprise_id)))
        .filter(m::simulation_id.eq(simulation_id))
        .filter(m::place.gt(after.unwrap_or(0)))
        .order(m::place)
        .limit(limit)
        .select((MoverRow::as_select(), enterprises::uscc, enterprises::name))
        .into_boxed();
    if let Some(code) = &filter.district_code {
        query = query.filter(m::district_code.eq(code));
    }
    if let Some(direction) = filter.direction {
        query = query.filter(m::direction.eq(Typed(direction)));
    }
    Ok(query.load(conn)?)
}
