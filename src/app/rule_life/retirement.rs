//! Retiring a rule set (废止): from the day after no version is in force.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::rules;
use crate::app::{App, Done};
use crate::domain::access::PublishRules;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::ledger::{Event, Subject};
use crate::domain::{date, text};
use crate::store::rule_retirements::{self, RetirementRow};
use crate::store::{Changed, rule_versions};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetirementView {
    pub code: String,
    /// The last day on which a version is in force.
    pub effective_until: NaiveDate,
    pub reason: String,
    pub retired_by: String,
    pub recorded_at: DateTime<Utc>,
}

/// Versions that were waiting for their day come to nothing; one that is published afterwards for a later day begins anew.
pub fn retire(
    app: &App,
    caller: &Caller<PublishRules>,
    code: &str,
    effective_until: Option<&str>,
    reason: Option<&str>,
) -> Result<Done<RetirementView>, AppError> {
    if !rules::is_code(code) {
        return Err(AppError::NotFound);
    }
    let (effective_until, reason) = read(effective_until, reason)?;
    let code = code.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let known = rule_versions::of_code(tx.conn, &code, tx.now)?;
        if known.is_empty() {
            return Err(AppError::NotFound);
        }
        let row = RetirementRow {
            code,
            seq: tx.seq,
            effective_until,
            reason,
            retired_by: tx.actor.into(),
            recorded_at: tx.now.naive_utc(),
        };
        rule_retirements::insert(tx.conn, &row)?;
        let body = json!({
            "effective_until": row.effective_until.to_string(),
            "reason": row.reason,
        });
        let subject = Subject::new("rule_set", &row.code);
        let event = Event::new("RULE_SET_RETIRED", subject, body);
        Ok(Changed::new(view(row), event))
    })
}

fn read(until: Option<&str>, reason: Option<&str>) -> Result<(NaiveDate, String), AppError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let required = || Fault::new("field.required");
    let until = until.ok_or_else(required).and_then(date::parse);
    let until = keep(until, "/effective_until", &mut errors);
    let reason = reason.ok_or_else(required);
    let reason = reason.and_then(|raw| text::plain(raw, 1, 1_000));
    let reason = keep(reason, "/reason", &mut errors);
    match (until, reason) {
        (Some(until), Some(reason)) => Ok((until, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}

fn view(row: RetirementRow) -> RetirementView {
    RetirementView {
        code: row.code,
        effective_until: row.effective_until,
        reason: row.reason,
        retired_by: row.retired_by,
        recorded_at: row.recorded_at.and_utc(),
    }
}
