//! `/v1/pool-movements` and overrides: proposals, and what people decide of them.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::Done;
use crate::app::movement::{
    self, BatchInput, DecisionInput, MovementQuery, MovementView, OverrideInput,
};
use crate::domain::access::{ActOnMovement, OverrideMembership, ReadAssessments};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{self, Day, Instant, When};

/// A change of pool (移库) on its way: proposed, endorsed by the district, approved by the city, in effect.
#[derive(Serialize, ToSchema)]
pub struct PoolMovement {
    id: String,
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    name: String,
    /// Where the enterprise lies now: that district endorses.
    district_code: String,
    /// `ADMISSION`, `PROMOTION`, `DEMOTION`, `EXIT`, `GRADUATION` or `RETENTION`.
    #[schema(example = "PROMOTION")]
    kind: String,
    from_pool: Option<String>,
    to_pool: Option<String>,
    /// `TIMED_OUT`, `EXCLUDED`, `DEREGISTERED`, `MOVED_OUT` or `DEMOTED`.
    exit_reason: Option<String>,
    /// `PROPOSED`, `ENDORSED`, `APPROVED`, `EFFECTIVE`, `REJECTED` or `SUPERSEDED`.
    #[schema(example = "PROPOSED")]
    state: String,
    /// The verdicts the state allows.
    allowed_transitions: Vec<String>,
    /// Why: its receipt is at `/v1/decisions/{id}`. Null for an override.
    decision_id: Option<String>,
    /// The run that proposed it; null for an override.
    run_id: Option<String>,
    /// Ids of the criteria that moved it.
    failed_criteria: Vec<String>,
    proposed_by: String,
    proposed_at: Instant,
    endorsed_by: Option<String>,
    endorsed_at: Option<Instant>,
    decided_by: Option<String>,
    decided_at: Option<Instant>,
    reason: Option<String>,
    /// The first day of the new standing.
    effective_on: Option<Day>,
    /// The last day of an override.
    until: Option<Day>,
}

/// A movement as it stood by what was known at an instant, seen from a day.
#[derive(Serialize, ToSchema)]
pub struct PoolMovementAt {
    #[serde(flatten)]
    movement: PoolMovement,
    as_of: Day,
    known_at: Instant,
}

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    #[param(example = "PROPOSED")]
    state: Option<String>,
    #[param(example = "PROMOTION")]
    kind: Option<String>,
    #[param(example = "330602")]
    district_code: Option<String>,
    /// Proposed by this run.
    run_id: Option<String>,
    #[param(example = "91330602MAFF89BB62")]
    uscc: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct MovementDecision {
    /// `ENDORSE` (区级初审), `APPROVE` (市级审核) or `REJECT`. Whoever made a step does not make the next.
    #[schema(example = "ENDORSE")]
    verdict: String,
    /// Needed to reject.
    reason: Option<String>,
    /// With `APPROVE`: the first day of the new standing; today if not given.
    #[schema(example = "2026-07-01")]
    effective_on: Option<String>,
}

/// One decision of many movements.
#[derive(Deserialize, ToSchema)]
pub struct MovementDecisions {
    /// Ids, at most 200. All of them are decided, or none; those that do not allow the step are named.
    movements: Vec<String>,
    /// `ENDORSE` (区级初审), `APPROVE` (市级审核) or `REJECT`.
    #[schema(example = "ENDORSE")]
    verdict: String,
    /// Needed to reject.
    reason: Option<String>,
    /// With `APPROVE`: the first day of the new standing; today if not given.
    #[schema(example = "2026-07-01")]
    effective_on: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DecidedMovements {
    items: Vec<DecidedMovement>,
}

#[derive(Serialize, ToSchema)]
pub struct DecidedMovement {
    id: String,
    #[schema(example = "ENDORSED")]
    state: String,
    effective_on: Option<Day>,
}

#[derive(Deserialize, ToSchema)]
pub struct MembershipOverride {
    /// Another pool; if none is named the enterprise stays in its own.
    #[schema(example = "ACCELERATION")]
    pool: Option<String>,
    /// The last day of the override.
    #[schema(example = "2027-05-31")]
    until: Option<String>,
    reason: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadAssessments>,
    query: Query<Listing>,
) -> Result<Shown<Page<PoolMovement>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let (cursor, query) = asked.split();
        query.check().map_err(query::refused)?;
        let name = Etag::content(format!("{query:?}").as_bytes());
        let list = format!("pool-movements {name}");
        let after: Option<String> = state.cursors.start(&list, cursor.as_deref())?;
        let more = limit as usize + 1;
        let found = movement::list(app, &caller, &query, after.as_deref(), more)?;
        let place = |it: &MovementView| it.id.clone();
        let page = state.cursors.page(&list, limit, found, place)?;
        Ok(page.map(PoolMovement::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn get(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
    query: Query<When>,
) -> Result<Shown<PoolMovementAt>, Problem> {
    let found = ticket.call(move |app, caller| {
        let clock = &*app.env.clock;
        Ok(match query.read()?.given(clock)? {
            Some(at) => (movement::get_at(app, &caller, &id, at)?, at),
            None => (movement::get(app, &caller, &id)?, time::now(clock)),
        })
    });
    let (found, at) = found.await?;
    let etag = Etag::version(found.version);
    let shown = PoolMovementAt {
        movement: PoolMovement::from(found),
        as_of: Day(at.as_of),
        known_at: Instant(at.known_at),
    };
    Ok(Shown::new(shown).etag(etag))
}

pub async fn decide(
    ticket: Ticket<ActOnMovement>,
    id: Path<String>,
    once: Once<MovementDecision>,
) -> Result<Created<PoolMovement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let MovementDecision {
            verdict,
            reason,
            effective_on,
        } = body;
        let input = DecisionInput {
            verdict,
            reason,
            effective_on,
        };
        Ok(movement::decide(app, &caller, &id, &input)?)
    });
    Ok(made(done.await?))
}

pub async fn decide_all(
    ticket: Ticket<ActOnMovement>,
    once: Once<MovementDecisions>,
) -> Result<Created<DecidedMovements>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let MovementDecisions {
            movements,
            verdict,
            reason,
            effective_on,
        } = body;
        let decision = DecisionInput {
            verdict,
            reason,
            effective_on,
        };
        let input = BatchInput {
            movements,
            decision,
        };
        Ok(movement::decide_all(app, &caller, &input)?)
    });
    let Done { value, replayed } = done.await?;
    let items = value.into_iter().map(|it| DecidedMovement {
        id: it.id,
        state: it.state,
        effective_on: it.effective_on.map(Day),
    });
    let value = DecidedMovements {
        items: items.collect(),
    };
    Ok(Created::new(value).replayed(replayed))
}

pub async fn propose_override(
    ticket: Ticket<OverrideMembership>,
    membership_id: Path<String>,
    once: Once<MembershipOverride>,
) -> Result<Created<PoolMovement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let MembershipOverride {
            pool,
            until,
            reason,
        } = body;
        let input = OverrideInput {
            pool,
            until,
            reason,
        };
        let proposed = movement::propose_override(app, &caller, &membership_id, &input)?;
        Ok(proposed)
    });
    Ok(made(done.await?))
}

fn made(done: Done<MovementView>) -> Created<PoolMovement> {
    let url = format!("/v1/pool-movements/{}", done.value.id);
    Created::done(done).location(url)
}

impl Listing {
    fn split(self) -> (Option<String>, MovementQuery) {
        let query = MovementQuery {
            state: self.state,
            kind: self.kind,
            district_code: self.district_code,
            run_id: self.run_id,
            uscc: self.uscc,
        };
        (self.cursor, query)
    }
}

impl From<MovementView> for PoolMovement {
    fn from(view: MovementView) -> Self {
        PoolMovement {
            id: view.id,
            uscc: view.uscc,
            name: view.name,
            district_code: view.district_code,
            kind: view.kind,
            from_pool: view.from_pool,
            to_pool: view.to_pool,
            exit_reason: view.exit_reason,
            state: view.state,
            allowed_transitions: view.allowed_transitions,
            decision_id: view.decision_id,
            run_id: view.run_id,
            failed_criteria: view.failed_criteria,
            proposed_by: view.proposed_by,
            proposed_at: Instant(view.proposed_at),
            endorsed_by: view.endorsed_by,
            endorsed_at: view.endorsed_at.map(Instant),
            decided_by: view.decided_by,
            decided_at: view.decided_at.map(Instant),
            reason: view.reason,
            effective_on: view.effective_on.map(Day),
            until: view.until.map(Day),
        }
    }
}
