//! What a run came to for each enterprise: the decision that stood when it ended, explained from the inputs it kept.

use std::collections::HashMap;

use super::seen::{Home, run_in};
use crate::app::caller::Caller;
use crate::app::eligibility::Eligibility;
use crate::app::error::AppError;
use crate::app::{App, rules};
use crate::domain::access::ReadAssessments;
use crate::domain::at::At;
use crate::domain::evaluate::profile_from_json;
use crate::store::assessments::{self, DecisionRow, ResultRow};
use crate::store::{Conn, StoreError};

#[derive(Debug, Clone)]
pub struct ResultItem {
    pub enterprise_id: String,
    pub name: String,
    pub district_code: String,
    pub decision_id: String,
    /// Whether the run decided it; otherwise an earlier decision still stood.
    pub changed: bool,
    /// As it was on the day of the decision.
    pub eligibility: Eligibility,
}

/// By enterprise id, in the caller's scope. A dry run has no results.
pub fn results(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
    only_changed: bool,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<ResultItem>, AppError> {
    app.store.read(|conn| {
        let home = Home::of(conn, caller.scope())?;
        let run = run_in(conn, &home, id)?;
        if run.dry_run {
            return Err(AppError::conflict("assessment.dry_run"));
        }
        let rows = assessments::results(
            conn,
            caller.scope(),
            &run,
            only_changed,
            after,
            limit as i64,
        )?;
        explained(app, conn, run.run_no, rows)
    })
}

fn explained(
    app: &App,
    conn: &mut Conn,
    run_no: i64,
    rows: Vec<ResultRow>,
) -> Result<Vec<ResultItem>, AppError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.decision_id.as_str()).collect();
    let mut decisions: HashMap<String, DecisionRow> = assessments::decisions_of(conn, &ids)?
        .into_iter()
        .map(|row| (row.id.clone(), row))
        .collect();
    // A page has decisions of a few versions only.
    let mut versions: HashMap<String, rules::InForce> = HashMap::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let decision = decisions
            .remove(&row.decision_id)
            .ok_or_else(|| StoreError::corrupt("a decision vanished"))?;
        let rules = match versions.get(&decision.rule_hash) {
            Some(known) => known.clone(),
            None => {
                let found = rules::of_decision(app, conn, &decision)?;
                versions.insert(decision.rule_hash.clone(), found.clone());
                found
            }
        };
        items.push(ResultItem {
            changed: row.run_no == run_no,
            eligibility: eligibility(row.uscc, decision, rules)?,
            enterprise_id: row.enterprise_id,
            name: row.name,
            district_code: row.district_code,
            decision_id: row.decision_id,
        });
    }
    Ok(items)
}

fn eligibility(
    uscc: String,
    decision: DecisionRow,
    rules: rules::InForce,
) -> Result<Eligibility, StoreError> {
    let inputs = serde_json::from_str(&decision.inputs).map_err(StoreError::corrupt)?;
    let profile = profile_from_json(&inputs, Some(decision.as_of))
        .map_err(|error| StoreError::corrupt(format!("inputs of a decision: {}", error.code)))?;
    Ok(Eligibility {
        uscc,
        at: At {
            as_of: decision.as_of,
            known_at: decision.known_at.and_utc(),
        },
        version: decision.rule_version,
        rules: rules.set,
        profile,
    })
}
