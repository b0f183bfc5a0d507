//! Memberships (在库): in which pool an enterprise was, from when until when.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::ReadRegister;
use crate::domain::at::At;
use crate::domain::pool::Pool;
use crate::store::memberships::{self, MembershipRow};

use super::App;
use super::caller::Caller;
use super::enterprise;
use super::error::AppError;

pub use crate::store::memberships::MemberFilter;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipView {
    pub id: String,
    pub pool: String,
    pub started_on: NaiveDate,
    /// The first day on which it is no longer in force.
    pub ended_on: Option<NaiveDate>,
    pub exit_reason: Option<String>,
    /// Yearly evaluations failed in a row.
    pub failures: i32,
    /// The year of the last yearly evaluation that moved the counter.
    pub last_yearly: Option<i32>,
    pub at_risk_since: Option<NaiveDate>,
    pub extended_until: Option<NaiveDate>,
    pub extension_reason: Option<String>,
    pub override_until: Option<NaiveDate>,
    pub override_reason: Option<String>,
    /// What brought it about.
    pub movement_id: Option<String>,
    pub recorded_at: DateTime<Utc>,
    /// On the day that was asked for.
    pub in_force: bool,
}

/// All of them as known at an instant, oldest first, with whether they are in force on a day.
pub fn of_enterprise(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<Vec<MembershipView>, AppError> {
    app.store.read(|conn| {
        let enterprise = enterprise::find(conn, caller.scope(), uscc)?;
        let rows = memberships::of_enterprise(conn, &enterprise.id, at.known_at)?;
        Ok(rows.into_iter().map(|row| view(row, at.as_of)).collect())
    })
}

/// A member of a pool, with the enterprise as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolMember {
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub membership: MembershipView,
}

/// How many are in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolCount {
    pub pool: Pool,
    pub districts: Vec<DistrictCount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistrictCount {
    pub district_code: String,
    pub members: i64,
    /// Of these, warned (预警).
    pub at_risk: i64,
}

/// Who was in a pool on a day, by what was known at an instant; by membership id.
pub fn of_pool(
    app: &App,
    caller: &Caller<ReadRegister>,
    pool: Pool,
    filter: &MemberFilter,
    at: At,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<PoolMember>, AppError> {
    let page = memberships::Page {
        after,
        limit: limit as i64,
    };
    app.store.read(|conn| {
        let found = memberships::of_pool(conn, caller.scope(), pool.as_str(), filter, at, page)?;
        let members = found
            .into_iter()
            .map(|(row, uscc, name, district_code)| PoolMember {
                uscc,
                name,
                district_code,
                membership: view(row, at.as_of),
            });
        Ok(members.collect())
    })
}

/// How many were in each pool on a day, by district, within the caller's scope; from the lowest pool up.
pub fn counts(
    app: &App,
    caller: &Caller<ReadRegister>,
    at: At,
) -> Result<Vec<PoolCount>, AppError> {
    app.store.read(|conn| {
        let counted = memberships::counts(conn, caller.scope(), at)?;
        let districts = |pool: Pool| {
            let of_pool = counted.iter().filter(|it| it.pool == pool.as_str());
            of_pool
                .map(|it| DistrictCount {
                    district_code: it.district_code.clone(),
                    members: it.members,
                    at_risk: it.at_risk,
                })
                .collect()
        };
        Ok(Pool::ALL
            .map(|pool| PoolCount {
                pool,
                districts: districts(pool),
            })
            .into())
    })
}

fn view(row: MembershipRow, day: NaiveDate) -> MembershipView {
    MembershipView {
        in_force: row.started_on <= day && row.ended_on.is_none_or(|end| day < end),
        id: row.id,
        pool: row.pool,
        started_on: row.started_on,
        ended_on: row.ended_on,
        exit_reason: row.exit_reason,
        failures: row.failures,
        last_yearly: row.last_yearly,
        at_risk_since: row.at_risk_since,
        extended_until: row.extended_until,
        extension_reason: row.extension_reason,
        override_until: row.override_until,
        override_reason: row.override_reason,
        movement_id: row.movement_id,
        recorded_at: row.recorded_at.and_utc(),
    }
}
