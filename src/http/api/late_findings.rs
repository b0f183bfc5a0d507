//! `/v1/late-findings`: past decisions that would be others by what is known now, and what people make of that.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

use crate::app::late::{self, FindingView, LateQuery, SettleInput, Side};
use crate::domain::access::{ReadLateFindings, SettleLateFindings};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{Day, Instant};

/// A decision that would be another one now (迟到事实).
#[derive(Serialize, ToSchema)]
pub struct LateFinding {
    id: String,
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    name: String,
    district_code: String,
    /// Its receipt is at `/v1/decisions/{id}`.
    decision_id: String,
    #[schema(example = "POOLS")]
    rule_set: String,
    /// The day of the decision, as of which it was judged again.
    as_of: Day,
    /// Whether the decision still stands; a later one may have taken its place.
    standing: bool,
    /// `OUTCOME`: where the enterprise belongs or moves; `CRITERIA`: only criteria; `FIGURES`: only figures.
    #[schema(example = "OUTCOME")]
    effect: String,
    /// The ledger entry that brought it to light.
    cause: LateCause,
    then: LateSide,
    now: LateSide,
    found_at: Instant,
    /// `OPEN`, `DISMISSED`, `ACTED`, or `RESOLVED` when it differs no more.
    #[schema(example = "OPEN")]
    state: String,
    allowed_transitions: Vec<String>,
    reason: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<Instant>,
}

#[derive(Serialize, ToSchema)]
pub struct LateCause {
    ledger_seq: i64,
    #[schema(example = "FACTS_STATED")]
    kind: String,
}

/// What was decided, or would be now.
#[derive(Serialize, ToSchema)]
pub struct LateSide {
    /// `NONE` where no version of the rule set is in force on the day any more.
    #[schema(example = "MET")]
    outcome: String,
    pool: Option<String>,
    /// Equal for equal rules, inputs and outcomes.
    digest: String,
}

/// A finding with every place in which the decision would be another one.
#[derive(Serialize, ToSchema)]
pub struct LateFindingDetail {
    #[serde(flatten)]
    finding: LateFinding,
    differences: Vec<LateDifference>,
}

#[derive(Serialize, ToSchema)]
pub struct LateDifference {
    /// JSON pointer into the receipt.
    #[schema(example = "/inputs/years/2025/tech_staff")]
    pointer: String,
    #[schema(value_type = Value)]
    then: Json,
    #[schema(value_type = Value)]
    now: Json,
}

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    #[param(example = "OPEN")]
    state: Option<String>,
    #[param(example = "OUTCOME")]
    effect: Option<String>,
    #[param(example = "POOLS")]
    rule_set: Option<String>,
    #[param(example = "330602")]
    district_code: Option<String>,
    #[param(example = "91330602MAFF89BB62")]
    uscc: Option<String>,
    /// `true`: only decisions that still stand.
    standing: Option<bool>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct LateSettlement {
    /// `DISMISS` (nothing follows from it) or `ACT` (what had to be done was done by the usual ways).
    #[schema(example = "DISMISS")]
    verdict: String,
    reason: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadLateFindings>,
    query: Query<Listing>,
) -> Result<Shown<Page<LateFinding>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let (cursor, query) = asked.split();
        query.check().map_err(query::refused)?;
        let name = Etag::content(format!("{query:?}").as_bytes());
        let list = format!("late-findings {name}");
        let after: Option<String> = state.cursors.start(&list, cursor.as_deref())?;
        let more = limit as usize + 1;
        let found = late::list(app, &caller, &query, after.as_deref(), more)?;
        let place = |it: &FindingView| it.id.clone();
        let page = state.cursors.page(&list, limit, found, place)?;
        Ok(page.map(LateFinding::from))
    });
    Ok(Shown::new(page.await?))
}

pub async fn get(
    ticket: Ticket<ReadLateFindings>,
    id: Path<String>,
) -> Result<Shown<LateFindingDetail>, Problem> {
    let found = ticket
        .call(move |app, caller| Ok(late::get(app, &caller, &id)?))
        .await?;
    let etag = Etag::version(found.finding.version);
    let differences = found.differences.into_iter().map(|it| LateDifference {
        pointer: it.pointer,
        then: it.stored,
        now: it.recomputed,
    });
    let shown = LateFindingDetail {
        differences: differences.collect(),
        finding: found.finding.into(),
    };
    Ok(Shown::new(shown).etag(etag))
}

pub async fn settle(
    ticket: Ticket<SettleLateFindings>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<LateSettlement>,
) -> Result<Created<LateFinding>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let expected = if_match.read()?;
        let LateSettlement { verdict, reason } = body;
        let input = SettleInput { verdict, reason };
        Ok(late::settle(app, &caller, &id, &expected, &input)?)
    });
    let done = done.await?;
    let url = format!("/v1/late-findings/{}", done.value.id);
    Ok(Created::done(done).location(url))
}

impl Listing {
    fn split(self) -> (Option<String>, LateQuery) {
        let query = LateQuery {
            state: self.state,
            effect: self.effect,
            rule_set: self.rule_set,
            district_code: self.district_code,
            uscc: self.uscc,
            standing: self.standing,
        };
        (self.cursor, query)
    }
}

impl From<FindingView> for LateFinding {
    fn from(view: FindingView) -> Self {
        LateFinding {
            id: view.id,
            uscc: view.uscc,
            name: view.name,
            district_code: view.district_code,
            decision_id: view.decision_id,
            rule_set: view.rule_set,
            as_of: Day(view.as_of),
            standing: view.standing,
            effect: view.effect,
            cause: LateCause {
                ledger_seq: view.cause_seq,
                kind: view.cause_kind,
            },
            then: view.then.into(),
            now: view.now.into(),
            found_at: Instant(view.found_at),
            state: view.state,
            allowed_transitions: view.allowed_transitions,
            reason: view.reason,
            decided_by: view.decided_by,
            decided_at: view.decided_at.map(Instant),
        }
    }
}

impl From<Side> for LateSide {
    fn from(side: Side) -> Self {
        LateSide {
            outcome: side.outcome,
            pool: side.pool,
            digest: side.digest,
        }
    }
}
