//! Who is in which pool (在库), with both time axes: a changed state is a new row, the old one is marked superseded.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::count;
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{enterprises, memberships as m};
use super::scope::within;
use super::typed::Typed;
use crate::domain::access::Scope;
use crate::domain::at::At;
use crate::domain::event::pools::MembershipState;
use crate::domain::pool::{ExitReason, Pool};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = m)]
pub struct MembershipRow {
    pub id: String,
    pub seq: i64,
    pub enterprise_id: String,
    pub pool: Typed<Pool>,
    pub started_on: NaiveDate,
    /// The first day on which it is no longer in force.
    pub ended_on: Option<NaiveDate>,
    pub exit_reason: Option<Typed<ExitReason>>,
    /// Yearly evaluations failed in a row.
    pub failures: i32,
    /// The year of the last yearly evaluation that moved the counter.
    pub last_yearly: Option<i32>,
    pub at_risk_since: Option<NaiveDate>,
    pub extended_until: Option<NaiveDate>,
    pub extension_reason: Option<String>,
    pub override_until: Option<NaiveDate>,
    pub override_reason: Option<String>,
    pub movement_id: Option<String>,
    pub recorded_at: NaiveDateTime,
    pub superseded_at: Option<NaiveDateTime>,
}

/// The membership in force, if the enterprise is in a pool.
pub fn current(conn: &mut Conn, enterprise_id: &str) -> Result<Option<MembershipRow>, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.eq(enterprise_id))
        .filter(m::superseded_at.is_null())
        .filter(m::ended_on.is_null())
        .select(MembershipRow::as_select())
        .first(conn)
        .optional()?)
}

/// Every membership of these enterprises as it stands, ended or not.
pub fn standing_of(
    conn: &mut Conn,
    enterprise_ids: &[&str],
) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.eq_any(enterprise_ids))
        .filter(m::superseded_at.is_null())
        .select(MembershipRow::as_select())
        .load(conn)?)
}

/// The state in force of one membership, ended or not.
pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<MembershipRow>, StoreError> {
    Ok(m::table
        .filter(m::id.eq(id))
        .filter(m::superseded_at.is_null())
        .select(MembershipRow::as_select())
        .first(conn)
        .optional()?)
}

/// The memberships of an enterprise as recorded by an instant, oldest first.
pub fn of_enterprise(
    conn: &mut Conn,
    enterprise_id: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<MembershipRow>, StoreError> {
    let known_at = known_at.naive_utc();
    Ok(m::table
        .filter(m::enterprise_id.eq(enterprise_id))
        .filter(m::recorded_at.le(known_at))
        .filter(m::superseded_at.is_null().or(m::superseded_at.gt(known_at)))
        .order((m::started_on, m::id))
        .select(MembershipRow::as_select())
        .load(conn)?)
}

/// The memberships in force of all enterprises from one id to another, both included.
pub fn current_of_range(
    conn: &mut Conn,
    from: &str,
    to: &str,
) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.ge(from))
        .filter(m::enterprise_id.le(to))
        .filter(m::superseded_at.is_null())
        .filter(m::ended_on.is_null())
        .select(MembershipRow::as_select())
        .load(conn)?)
}

impl MembershipRow {
    /// As an event tells of it.
    pub fn told(&self) -> MembershipState {
        MembershipState {
            membership_id: self.id.clone(),
            pool: *self.pool,
            started_on: self.started_on,
            ended_on: self.ended_on,
            exit_reason: self.exit_reason.map(|it| *it),
            failures: self.failures,
            last_yearly: self.last_yearly,
            at_risk_since: self.at_risk_since,
            extended_until: self.extended_until,
            extension_reason: self.extension_reason.clone(),
            override_until: self.override_until,
            override_reason: self.override_reason.clone(),
            movement_id: self.movement_id.clone(),
        }
    }

    /// The last known state of each membership, of rows in the order in which they were read.
    pub fn standing(
        rows: &[MembershipRow],
        known_seq: i64,
    ) -> impl Iterator<Item = &MembershipRow> {
        rows.chunk_by(|one, next| one.id == next.id)
            .filter_map(move |states| states.iter().rfind(|it| it.seq <= known_seq))
    }
}

/// Which members of a pool are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberFilter {
    pub district_code: Option<String>,
    /// Only those that are warned (预警), or only those that are not.
    pub at_risk: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    pub after: Option<&'a str>,
    pub limit: i64,
}

/// Who was in a pool on a day, as known at an instant, within a scope: with code, name and district of the enterprise.
pub fn of_pool(
    conn: &mut Conn,
    scope: &Scope,
    pool: Pool,
    filter: &MemberFilter,
    at: At,
    page: Page<'_>,
) -> Result<Vec<(MembershipRow, String, String, String)>, StoreError> {
    let known_at = at.known_at.naive_utc();
    let mut query = m::table
        .inner_join(enterprises::table.on(enterprises::id.eq(m::enterprise_id)))
        .filter(m::pool.eq(Typed(pool)))
        .filter(m::recorded_at.le(known_at))
        .filter(m::superseded_at.is_null().or(m::superseded_at.gt(known_at)))
        .filter(m::started_on.le(at.as_of))
        .filter(m::ended_on.is_null().or(m::ended_on.gt(at.as_of)))
        .order(m::id)
        .limit(page.limit)
        .select((
            MembershipRow::as_select(),
            enterprises::uscc,
            enterprises::name,
            enterprises::district_code,
        ))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(m::id.gt(after));
    }
    if let Some(code) = &filter.district_code {
        query = query.filter(enterprises::district_code.eq(code));
    }
    query = match filter.at_risk {
        None => query,
        Some(true) => query.filter(m::at_risk_since.is_not_null()),
        Some(false) => query.filter(m::at_risk_since.is_null()),
    };
    query = within!(query, scope, enterprises::district_code, enterprises::id);
    Ok(query.load(conn)?)
}

/// How many members a pool has in a district.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CountRow {
    pub pool: Typed<Pool>,
    pub district_code: String,
    pub members: i64,
    /// Of these, warned (预警).
    pub at_risk: i64,
}

/// How many are in each pool of each district on a day, within a scope.
pub fn counts(conn: &mut Conn, scope: &Scope, at: At) -> Result<Vec<CountRow>, StoreError> {
    let known_at = at.known_at.naive_utc();
    let mut query = m::table
        .inner_join(enterprises::table.on(enterprises::id.eq(m::enterprise_id)))
        .filter(m::recorded_at.le(known_at))
        .filter(m::superseded_at.is_null().or(m::superseded_at.gt(known_at)))
        .filter(m::started_on.le(at.as_of))
        .filter(m::ended_on.is_null().or(m::ended_on.gt(at.as_of)))
        .group_by((m::pool, enterprises::district_code))
        .order((m::pool, enterprises::district_code))
        .select((
            m::pool,
            enterprises::district_code,
            count(m::id),
            count(m::at_risk_since),
        ))
        .into_boxed();
    query = within!(query, scope, enterprises::district_code, enterprises::id);
    Ok(query.load(conn)?)
}

/// Records states that begin at one instant: those before them are superseded, and each enterprise's row shows the pool in
/// force. Whoever moves from one pool to another ends the old membership first.
pub fn record_all(conn: &mut Conn, rows: &[MembershipRow]) -> Result<(), StoreError> {
    let Some(recorded_at) = rows.first().map(|row| row.recorded_at) else {
        return Ok(());
    };
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    diesel::update(
        m::table
            .filter(m::id.eq_any(ids))
            .filter(m::superseded_at.is_null()),
    )
    .set(m::superseded_at.eq(recorded_at))
    .execute(conn)?;
    insert(conn, rows)?;
    let last: BTreeMap<&str, &MembershipRow> = rows
        .iter()
        .map(|row| (row.enterprise_id.as_str(), row))
        .collect();
    let last: Vec<Shown> = last
        .into_values()
        .map(|row| Shown {
            id: row.enterprise_id.clone(),
            pool: row.ended_on.is_none().then_some(row.pool),
            seq: row.seq,
            updated_at: row.recorded_at,
        })
        .collect();
    let columns = columns! { last; id pool seq updated_at };
    bulk::update(conn, "enterprises", &columns)
}

/// What an enterprise's own row shows of its memberships.
struct Shown {
    id: String,
    pool: Option<Typed<Pool>>,
    seq: i64,
    updated_at: NaiveDateTime,
}

fn insert(conn: &mut Conn, rows: &[MembershipRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        id seq enterprise_id pool started_on ended_on exit_reason failures last_yearly at_risk_since
        extended_until extension_reason override_until override_reason movement_id recorded_at
        superseded_at
    };
    bulk::insert(conn, "memberships", &columns)
}
