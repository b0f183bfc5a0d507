//! `/v1/pools`: how many are in each pool, and who.

use actix_web::web::Path;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::app::error::AppError;
use crate::app::list::{Filter, List};
use crate::app::membership::{
    self, DistrictCount, MemberFilter, Members, MembersOf, PoolCount, PoolMembership,
};
use crate::domain::access::ReadRegister;
use crate::domain::at::At;
use crate::domain::messages::Lang;
use crate::domain::pool::Pool;
use crate::domain::words;
use crate::http::answer::Shown;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::state::State;
use crate::http::time::{Day, Instant, When};

#[derive(Serialize, ToSchema)]
pub struct Pools {
    /// From the lowest up.
    items: Vec<PoolItem>,
    /// Always null.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// A pool (库) with the number of its members in the caller's scope.
#[derive(Serialize, ToSchema)]
pub struct PoolItem {
    #[schema(example = "STARTER")]
    code: &'static str,
    #[schema(example = "起跑库")]
    name: &'static str,
    rank: u8,
    members: i64,
    /// Of these, warned (预警): the cure period runs.
    at_risk: i64,
    districts: Vec<PoolDistrict>,
}

#[derive(Serialize, ToSchema)]
pub struct PoolDistrict {
    #[schema(example = "330602")]
    district_code: String,
    members: i64,
    at_risk: i64,
}

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    #[param(example = "330602")]
    district_code: Option<String>,
    /// Only those that are warned (预警), or only those that are not.
    at_risk: Option<bool>,
    /// True when: the day (`YYYY-MM-DD`, Asia/Shanghai) on which they are members. Today if not given.
    #[param(example = "2026-06-15")]
    as_of: Option<String>,
    /// Recorded when: as known at this RFC 3339 instant. Now if not given.
    #[param(example = "2026-06-15T08:00:00Z")]
    known_at: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PoolMembers {
    items: Vec<PoolMembership>,
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// Where a page begins, and of when the list tells: later pages tell of the same instant as the first.
#[derive(Serialize, Deserialize)]
struct Position {
    as_of: NaiveDate,
    known_at: DateTime<Utc>,
    after: String,
}

pub async fn list(
    ticket: Ticket<ReadRegister>,
    query: Query<When>,
) -> Result<Shown<Pools>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let counts = membership::counts(app, &caller, at)?;
        let lang = caller.lang();
        let items = counts.into_iter().map(|it| PoolItem::of(it, lang));
        Ok(Pools {
            items: items.collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

pub async fn memberships(
    ticket: Ticket<ReadRegister>,
    code: Path<String>,
    query: Query<Listing>,
) -> Result<Shown<PoolMembers>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let pool = Pool::parse(&code).ok_or(AppError::NotFound)?;
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let (list, filter) = (asked.name(pool), asked.filter());
        let (at, after) = asked.begin(app, &state, &list)?;
        let wanted = MembersOf { pool, filter, at };
        wanted.check().map_err(query::refused)?;
        let more = limit as usize + 1;
        let found = Members::page(app, &caller, &wanted, after.as_ref(), more)?;
        let place = |last: &PoolMembership| Position {
            as_of: at.as_of,
            known_at: at.known_at,
            after: Members::position(last),
        };
        let page = state.cursors.page(&list, limit, found, place)?;
        Ok(PoolMembers {
            items: page.items,
            next_cursor: page.next_cursor,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(page.await?))
}

impl Listing {
    /// Names the list in its cursors: all but how far and how much.
    fn name(&self, pool: Pool) -> String {
        let Listing {
            district_code,
            at_risk,
            as_of,
            known_at,
            ..
        } = self;
        let asked = format!("{district_code:?} {at_risk:?} {as_of:?} {known_at:?}");
        format!("members {pool} {}", Etag::content(asked.as_bytes()))
    }

    fn filter(&self) -> MemberFilter {
        MemberFilter {
            district_code: self.district_code.clone(),
            at_risk: self.at_risk,
        }
    }

    fn begin(self, app: &App, state: &State, list: &str) -> Result<(At, Option<String>), Problem> {
        if let Some(place) = state
            .cursors
            .start::<Position>(list, self.cursor.as_deref())?
        {
            let at = At {
                as_of: place.as_of,
                known_at: place.known_at,
            };
            return Ok((at, Some(place.after)));
        }
        let (as_of, known_at) = (self.as_of, self.known_at);
        let at = When { as_of, known_at }.at(&*app.env.clock)?;
        Ok((at, None))
    }
}

impl PoolItem {
    fn of(count: PoolCount, lang: Lang) -> Self {
        let code = count.pool.as_str();
        let word = words::of("pools").find(|word| word.code == code);
        let sum = |of: fn(&DistrictCount) -> i64| count.districts.iter().map(of).sum();
        PoolItem {
            code,
            name: word.map_or(code, |word| word.in_lang(lang)),
            rank: count.pool.rank(),
            members: sum(|it| it.members),
            at_risk: sum(|it| it.at_risk),
            districts: count
                .districts
                .into_iter()
                .map(|it| PoolDistrict {
                    district_code: it.district_code,
                    members: it.members,
                    at_risk: it.at_risk,
                })
                .collect(),
        }
    }
}
