//! A person settles a finding. Nothing else changes by it: a movement is proposed by an assessment or by hand, as ever.

use serde::Deserialize;
use utoipa::ToSchema;

use super::finding::{LateFinding, view};
use super::makers::makers;
use super::search::{Again, judged_now};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::matter::Turn;
use crate::app::recorded::Recorded;
use crate::app::replay::Versions;
use crate::app::shown::Versioned;
use crate::app::{App, Done};
use crate::domain::access::SettleLateFindings;
use crate::domain::clock::is_id;
use crate::domain::event::Event;
use crate::domain::event::pools::LateSettlementTakenBack;
use crate::domain::field_error::{FieldError, keep};
use crate::domain::late::{PROCEDURE, State, Verdict};
use crate::domain::matter::Hand;
use crate::domain::text;
use crate::store::assessments::{self, DecisionRow};
use crate::store::late::{self, FindingRow};
use crate::store::{Changed, Conn, Seq, StoreError, Tx};

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct LateSettlement {
    /// `DISMISS` (nothing follows from it) or `ACT` (what had to be done was done by the usual ways); or, of a finding that
    /// one has settled oneself, `TAKE_BACK` (撤回).
    #[schema(example = "DISMISS")]
    pub verdict: String,
    pub reason: Option<String>,
}

/// Dismisses a finding, or notes that it was acted on, or takes the own word back. Whoever recorded anything of what changed
/// does not dismiss it.
pub fn settle(
    app: &App,
    caller: &Caller<SettleLateFindings>,
    id: &str,
    expected: &Expected,
    input: &LateSettlement,
) -> Result<Done<Versioned<LateFinding>>, AppError> {
    let (verdict, reason) = read(input)?;
    let turn = Turn::of(&PROCEDURE, caller, verdict)?;
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    let (id, scope) = (id.to_string(), caller.scope().clone());
    let expected = expected.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let mut found = late::by_id(tx.conn, &scope, &id)?.ok_or(AppError::NotFound)?;
        expected.check(found.row.seq)?;
        let decision = assessments::decision(tx.conn, &found.row.decision_id)?
            .ok_or_else(|| StoreError::corrupt("a decision vanished"))?;
        let hands = hands(tx, &found.row, &decision)?;
        let hands: Vec<(Hand, &str)> = hands.iter().map(|it| (it.0, it.1.as_str())).collect();
        let state = turn.take(*found.row.state, &hands)?;
        let seq = match verdict {
            Verdict::TakeBack => take_back(tx, &mut found.row, &decision, reason)?,
            Verdict::Dismiss | Verdict::Act => {
                found.row.state = state.into();
                found.row.reason = Some(reason);
                found.row.decided_by = Some(tx.actor.into());
                found.row.decided_at = Some(tx.now.naive_utc());
                tx.tell(Event::LateFindingSettled(found.row.told()))?
            }
        };
        found.row.seq = seq.get();
        late::update(tx.conn, &found.row)?;
        Ok(Changed::new(view(found)?, seq))
    })
}

/// As if nothing had been said of it. What has meanwhile come to be the same again was not looked for, since it was settled.
fn take_back(
    tx: &mut Tx<'_>,
    row: &mut FindingRow,
    decision: &DecisionRow,
    why: String,
) -> Result<Seq, AppError> {
    row.state = match differs(tx.conn, decision)? {
        true => State::Open.into(),
        false => State::Resolved.into(),
    };
    row.reason = None;
    row.decided_by = None;
    row.decided_at = None;
    let told = LateSettlementTakenBack {
        enterprise_id: row.enterprise_id.clone(),
        finding: row.told(),
        why: Some(why),
    };
    Ok(tx.tell(Event::LateSettlementTakenBack(told))?)
}

fn differs(conn: &mut Conn, decision: &DecisionRow) -> Result<bool, StoreError> {
    let ids = std::slice::from_ref(&decision.enterprise_id);
    let recorded = Recorded::load(conn, ids, decision.as_of, i64::MAX)?;
    let again = judged_now(conn, &mut Versions::default(), &recorded, decision)?;
    Ok(!matches!(again, Again::Same))
}

/// Whoever recorded anything of what changed, and whoever has settled it.
fn hands(
    tx: &mut Tx<'_>,
    row: &FindingRow,
    decision: &DecisionRow,
) -> Result<Vec<(Hand, String)>, StoreError> {
    let mut makers = makers(tx.conn, decision)?;
    makers.insert(row.cause_by.clone());
    let makers = makers.into_iter().map(|who| (Hand::Maker, who));
    let decider = row.decided_by.clone().map(|who| (Hand::Decider, who));
    Ok(makers.chain(decider).collect())
}

fn read(input: &LateSettlement) -> Result<(Verdict, String), AppError> {
    let mut errors = Vec::new();
    let verdict = Verdict::parse(&input.verdict);
    if verdict.is_none() {
        errors.push(FieldError::new("/verdict", "late_finding.verdict_unknown"));
    }
    let reason = match input.reason.as_deref() {
        None => {
            errors.push(FieldError::new("/reason", "late_finding.reason_required"));
            None
        }
        Some(raw) => keep(text::plain(raw, 1, 1_000), "/reason", &mut errors),
    };
    match (verdict, reason) {
        (Some(verdict), Some(reason)) if errors.is_empty() => Ok((verdict, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}
