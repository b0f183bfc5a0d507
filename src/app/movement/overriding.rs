//! Manual override (人工调整): a person proposes to keep an enterprise in its pool, or to put it into another one,
//! until a day and for a reason. It goes through endorsement and approval like every movement.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{PoolMovement, named};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::shown::Versioned;
use crate::app::{App, Done, rules};
use crate::domain::access::OverrideMembership;
use crate::domain::at::At;
use crate::domain::date;
use crate::domain::event::Event;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::movement::{Kind, State};
use crate::domain::pool::{Member, Pool, last_day_of_stay};
use crate::domain::rules::model::Body;
use crate::domain::rules::moves::Moves;
use crate::domain::text;
use crate::store::memberships::MembershipRow;
use crate::store::movements::{self, MovementRow};
use crate::store::{Changed, enterprises, memberships};

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct MembershipOverride {
    /// Another pool; if none is named the enterprise stays in its own.
    #[schema(example = "ACCELERATION")]
    pub pool: Option<String>,
    /// The last day of the override.
    #[schema(example = "2027-05-31")]
    pub until: Option<String>,
    pub reason: Option<String>,
}

/// Proposes an override of a membership in force.
pub fn propose_override(
    app: &App,
    caller: &Caller<OverrideMembership>,
    membership_id: &str,
    input: &MembershipOverride,
) -> Result<Done<Versioned<PoolMovement>>, AppError> {
    let (pool, until, reason) = read(input, app.env.clock.today())?;
    let (id, scope) = (membership_id.to_string(), caller.scope().clone());
    let moves = moves_in_force(app)?;
    app.store.write(&caller.stamp(), move |tx| {
        let membership = memberships::by_id(tx.conn, &id)?.ok_or(AppError::NotFound)?;
        let found = enterprises::by_ids(tx.conn, &scope, &[&membership.enterprise_id])?;
        let enterprise = found.into_iter().next().ok_or(AppError::NotFound)?;
        if membership.ended_on.is_some() {
            return Err(AppError::conflict("membership.ended"));
        }
        if movements::open_of(tx.conn, &enterprise.id)?.is_some() {
            return Err(AppError::conflict("movement.open"));
        }
        let from = *membership.pool;
        let to = pool.unwrap_or(from);
        let extension = to == from && extends(moves.as_ref(), &membership, from, until)?;
        let mut row = MovementRow {
            id: tx.new_id(),
            enterprise_id: enterprise.id,
            district_code: enterprise.district_code,
            kind: kind(from, to).into(),
            from_pool: Some(from.into()),
            to_pool: Some(to.into()),
            exit_reason: None,
            state: State::Proposed.into(),
            decision_id: None,
            run_id: None,
            failed_criteria: "[]".into(),
            proposed_by: tx.actor.into(),
            proposed_at: tx.now.naive_utc(),
            endorsed_by: None,
            endorsed_at: None,
            decided_by: None,
            decided_at: None,
            reason: Some(reason),
            effective_on: None,
            until: Some(until),
            extension,
            seq: 0,
        };
        let seq = tx.tell(Event::OverrideProposed(row.told()))?;
        row.seq = seq.get();
        movements::insert_all(tx.conn, std::slice::from_ref(&row))?;
        Ok(Changed::new(named(tx.conn, row)?, seq))
    })
}

fn moves_in_force(app: &App) -> Result<Option<Moves>, AppError> {
    let at = At {
        as_of: app.env.clock.today(),
        known_at: app.env.clock.now(),
    };
    let rules = app
        .store
        .read(|conn| rules::find(app, conn, rules::POLICY, at))?;
    Ok(match &rules.set.body {
        Body::Pools(pools) => Some(pools.moves.clone()),
        _ => None,
    })
}

/// Staying beyond the limit is the one extension (延期) that the rules allow.
fn extends(
    moves: Option<&Moves>,
    membership: &MembershipRow,
    pool: Pool,
    until: NaiveDate,
) -> Result<bool, AppError> {
    let Some(moves) = moves else { return Ok(false) };
    let member = |extended| Member {
        pool,
        since: membership.started_on,
        failures: 0,
        last_yearly: None,
        extended,
        override_until: None,
    };
    if last_day_of_stay(moves, &member(false)).is_none_or(|last| until <= last) {
        return Ok(false);
    }
    if membership.extended_until.is_some() {
        return Err(AppError::conflict("membership.extended_already"));
    }
    match last_day_of_stay(moves, &member(true)) {
        Some(last) if until > last => {
            let fault = Fault::new("membership.until_too_far").with("last", last);
            Err(AppError::invalid(fault.at("/until")))
        }
        _ => Ok(true),
    }
}

fn kind(from: Pool, to: Pool) -> Kind {
    match to.cmp(&from) {
        std::cmp::Ordering::Less => Kind::Demotion,
        std::cmp::Ordering::Equal => Kind::Retention,
        std::cmp::Ordering::Greater => Kind::Promotion,
    }
}

fn read(
    input: &MembershipOverride,
    today: NaiveDate,
) -> Result<(Option<Pool>, NaiveDate, String), AppError> {
    let mut errors = Vec::new();
    let pool = match input.pool.as_deref() {
        None => None,
        Some(text) => {
            let pool = Pool::parse(text);
            if pool.is_none() {
                errors.push(FieldError::new("/pool", "pool.unknown"));
            }
            pool
        }
    };
    let until = input.until.as_deref().ok_or(Fault::new("field.required"));
    let until = until.and_then(date::parse).and_then(|day| {
        if day < today {
            Err(Fault::new("membership.until_past"))
        } else {
            Ok(day)
        }
    });
    let until = keep(until, "/until", &mut errors);
    let reason = input.reason.as_deref().ok_or(Fault::new("field.required"));
    let reason = keep(
        reason.and_then(|raw| text::plain(raw, 1, 1_000)),
        "/reason",
        &mut errors,
    );
    match (until, reason) {
        (Some(until), Some(reason)) if errors.is_empty() => Ok((pool, until, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}
