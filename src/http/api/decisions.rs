//! `/v1/decisions/{id}`: the receipt of a decision.

use actix_web::web::Path;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::app::assessment::{self, Receipt};
use crate::app::error::AppError;
use crate::domain::access::ReadAssessments;
use crate::http::answer::Shown;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::time::{Day, Instant};

/// What was decided, by which rules, on what. `inputs` and `result` are spliced in as the canonical JSON (RFC 8785) that
/// was hashed.
#[derive(Serialize, ToSchema)]
pub struct DecisionReceipt {
    id: String,
    uscc: String,
    #[schema(example = "POOLS")]
    rule_set: String,
    version: i64,
    rule_set_hash: String,
    as_of: Day,
    known_at: Instant,
    #[schema(example = "MET")]
    outcome: String,
    pool: Option<String>,
    /// What was looked at.
    #[schema(value_type = Object)]
    inputs: Box<RawValue>,
    /// What was found: outcome, actual, required and shortfall of each criterion.
    #[schema(value_type = Object)]
    result: Box<RawValue>,
    /// SHA-256 over the canonical JSON `{inputs, result, rule_set_hash}`; the ledger entry holds it.
    hash: String,
    /// The ledger entry that tells of the decision.
    ledger_seq: i64,
}

pub async fn get(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
) -> Result<Shown<DecisionReceipt>, Problem> {
    let found = ticket.call(move |app, caller| {
        let receipt = assessment::decision(app, &caller, &id)?;
        Ok(DecisionReceipt::of(receipt)?)
    });
    let receipt = found.await?;
    let etag = Etag::version(receipt.ledger_seq);
    Ok(Shown::new(receipt).etag(etag))
}

impl DecisionReceipt {
    fn of(receipt: Receipt) -> Result<Self, AppError> {
        let raw = |text: String| RawValue::from_string(text).map_err(AppError::internal);
        Ok(DecisionReceipt {
            id: receipt.id,
            uscc: receipt.uscc,
            rule_set: receipt.rule_set,
            version: receipt.rule_set_version,
            rule_set_hash: receipt.rule_set_hash,
            as_of: Day(receipt.as_of),
            known_at: Instant(receipt.known_at),
            outcome: receipt.outcome,
            pool: receipt.pool,
            inputs: raw(receipt.inputs)?,
            result: raw(receipt.result)?,
            hash: receipt.hash,
            ledger_seq: receipt.seq,
        })
    }
}
