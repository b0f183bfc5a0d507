//! Memberships (在库): in which pool an enterprise was, from when until when.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::ReadRegister;
use crate::domain::at::At;
use crate::domain::codes;
use crate::domain::field_error::FieldError;
use crate::domain::pool::Pool;
use crate::store::memberships::{self, MembershipRow};

use super::App;
use super::caller::Caller;
use super::enterprise;
use super::error::AppError;
use super::list::{Filter, List};
use super::shown::{Day, Instant};
use super::table::{Cell, Column, Tabled, day, district, maybe, maybe_day, text, word};

pub use crate::store::memberships::MemberFilter;

/// A stay in a pool (在库).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Membership {
    pub id: String,
    /// `STARTER`, `ACCELERATION` or `SPRINT`.
    #[schema(example = "STARTER")]
    pub pool: String,
    pub started_on: Day,
    /// The first day on which it is no longer in force.
    pub ended_on: Option<Day>,
    pub exit_reason: Option<String>,
    /// Whether it is in force on `as_of`.
    pub in_force: bool,
    /// Yearly evaluations failed in a row.
    pub failures: i32,
    /// The year of the last yearly evaluation that moved `failures`.
    pub last_yearly: Option<i32>,
    /// Since when it is `AT_RISK` (预警): the cure period runs.
    pub at_risk_since: Option<Day>,
    pub extended_until: Option<Day>,
    pub extension_reason: Option<String>,
    /// Kept by hand until this day.
    pub override_until: Option<Day>,
    pub override_reason: Option<String>,
    /// The movement that began or ended it.
    pub movement_id: Option<String>,
    pub recorded_at: Instant,
}

/// All of them as known at an instant, oldest first, with whether they are in force on a day.
pub fn of_enterprise(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<Vec<Membership>, AppError> {
    app.store.read(|conn| {
        let enterprise = enterprise::find(conn, caller.scope(), uscc)?;
        let rows = memberships::of_enterprise(conn, &enterprise.id, at.known_at)?;
        Ok(rows.into_iter().map(|row| view(row, at.as_of)).collect())
    })
}

/// A stay in a pool with the enterprise as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PoolMembership {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    #[serde(flatten)]
    pub membership: Membership,
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
pub struct Members;

/// Whom of a pool to list, and when.
#[derive(Debug, Clone)]
pub struct MembersOf {
    pub pool: Pool,
    pub filter: MemberFilter,
    pub at: At,
}

impl List for Members {
    const NAME: &'static str = "members";
    type Reader = ReadRegister;
    type Filter = MembersOf;
    type Row = PoolMembership;
    type Position = String;

    fn page(
        app: &App,
        caller: &Caller<ReadRegister>,
        asked: &MembersOf,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<PoolMembership>, AppError> {
        let MembersOf { pool, filter, at } = asked;
        let page = memberships::Page {
            after: after.map(String::as_str),
            limit: limit as i64,
        };
        app.store.read(|conn| {
            let found = memberships::of_pool(conn, caller.scope(), *pool, filter, *at, page)?;
            let members =
                found
                    .into_iter()
                    .map(|(row, uscc, name, district_code)| PoolMembership {
                        uscc,
                        name,
                        district_code,
                        membership: view(row, at.as_of),
                    });
            Ok(members.collect())
        })
    }

    fn position(row: &PoolMembership) -> String {
        row.membership.id.clone()
    }
}

impl Filter for MembersOf {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let district = self.filter.district_code.as_deref().map(codes::district);
        let known = district.transpose();
        known.map_err(|fault| vec![fault.at("/district_code")])?;
        Ok(())
    }
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
            let of_pool = counted.iter().filter(|it| it.pool == pool);
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

fn view(row: MembershipRow, day: NaiveDate) -> Membership {
    Membership {
        in_force: row.started_on <= day && row.ended_on.is_none_or(|end| day < end),
        id: row.id,
        pool: row.pool.to_string(),
        started_on: Day(row.started_on),
        ended_on: row.ended_on.map(Day),
        exit_reason: row.exit_reason.map(|it| it.to_string()),
        failures: row.failures,
        last_yearly: row.last_yearly,
        at_risk_since: row.at_risk_since.map(Day),
        extended_until: row.extended_until.map(Day),
        extension_reason: row.extension_reason,
        override_until: row.override_until.map(Day),
        override_reason: row.override_reason,
        movement_id: row.movement_id,
        recorded_at: row.recorded_at.into(),
    }
}

impl Tabled for PoolMembership {
    const COLUMNS: &'static [Column<Self>] = &[
        ("统一社会信用代码", |it| text(&it.uscc)),
        ("企业名称", |it| text(&it.name)),
        ("所属区县", |it| district(&it.district_code)),
        ("培育库", |it| word("pools", &it.membership.pool)),
        ("入库日期", |it| day(it.membership.started_on)),
        ("预警起始日", |it| {
            maybe_day(it.membership.at_risk_since)
        }),
        ("连续未通过年度评价次数", |it| {
            Cell::Count(it.membership.failures)
        }),
        ("延期至", |it| maybe_day(it.membership.extended_until)),
        ("延期理由", |it| maybe(&it.membership.extension_reason)),
        ("人工调整有效期至", |it| {
            maybe_day(it.membership.override_until)
        }),
        ("人工调整理由", |it| {
            maybe(&it.membership.override_reason)
        }),
    ];
}
