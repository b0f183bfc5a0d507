//! Memberships (在库): in which pool an enterprise was, from when until when.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::ReadRegister;
use crate::domain::at::At;
use crate::store::memberships::{self, MembershipRow};

use super::App;
use super::caller::Caller;
use super::enterprise;
use super::error::AppError;

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

/// Members by pool and district on a day, as known at an instant: pool, district code, how many.
pub fn counts(
    app: &App,
    caller: &Caller<ReadRegister>,
    at: At,
) -> Result<Vec<(String, String, i64)>, AppError> {
    let counts = app
        .store
        .read(|conn| memberships::counts(conn, caller.scope(), at));
    Ok(counts?)
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
