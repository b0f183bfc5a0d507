//! `/v1/decisions/{id}`: the receipt of a decision, and making it again.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::app::assessment::{self, Receipt};
use crate::app::error::AppError;
use crate::app::replay::{self, DecisionReplay};
use crate::domain::access::ReadAssessments;
use crate::http::answer::{Created, Shown};
use crate::http::body::Body;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::time::{Day, Instant};

/// What was decided, by which rules, on what. `inputs` and `result` are spliced in as the canonical JSON (RFC 8785) that
/// was hashed.
// Not the receipt of `app`: the canonical texts are spliced in.
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
    /// SHA-256 over `inputs` as they stand.
    inputs_hash: String,
    /// SHA-256 over the canonical JSON `{inputs, result, rule_set_hash}`; the ledger entry holds it.
    hash: String,
    /// Every value of the rule set that decides, as it read on the day: `{place: {value, unit, clause}}`.
    #[schema(value_type = Object)]
    parameters: Json,
    /// The rule sets it embeds, each with its own.
    embedded_rule_sets: Vec<EmbeddedRuleSet>,
    /// Of the engine that decided; another one may come to other results.
    engine_version: i64,
    /// The last ledger entry that was known: what came later was not looked at, whatever its instant.
    known_seq: i64,
    /// The ledger entry that tells of the decision.
    ledger_seq: i64,
}

#[derive(Serialize, ToSchema)]
pub struct EmbeddedRuleSet {
    #[schema(example = "NATIONAL_TECH_SME@2017-05-03")]
    name: String,
    rule_set_hash: String,
    #[schema(value_type = Object)]
    parameters: Json,
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

/// Nothing to say: `{}`.
#[derive(Deserialize, ToSchema)]
pub struct NewReplay {}

pub async fn replay(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
    body: Body<NewReplay>,
) -> Result<Created<DecisionReplay>, Problem> {
    let found = ticket.call(move |app, caller| {
        let NewReplay {} = body.read()?;
        Ok(replay::of_decision(app, &caller, &id)?)
    });
    Ok(Created::new(found.await?))
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
            inputs_hash: receipt.inputs_hash,
            hash: receipt.hash,
            parameters: receipt.parameters,
            embedded_rule_sets: receipt
                .embedded
                .into_iter()
                .map(|it| EmbeddedRuleSet {
                    name: it.name,
                    rule_set_hash: it.hash,
                    parameters: it.parameters,
                })
                .collect(),
            engine_version: receipt.engine_version,
            known_seq: receipt.known_seq,
            ledger_seq: receipt.seq,
        })
    }
}
