//! What comes in: a statement about a year, or from a day on.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::app::error::AppError;
use crate::app::figures::StatementInput;
use crate::domain::facts::{FactError, Kind, catalogue};
use crate::domain::field_error::{Fault, FieldError};
use crate::http::problem::Problem;

/// States facts of one fiscal year. Facts that are not named stay as they are; null withdraws a value.
#[derive(Deserialize, ToSchema)]
pub struct AnnualStatement {
    /// By name: `/v1/enumerations/facts`. Money is a decimal string in yuan with at most two places, never a number.
    #[schema(value_type = Object, example = json!({"sales": "50000000.00", "staff_total": 120}))]
    facts: Map<String, Json>,
    /// How well the values are proved; `ENTITY_SUPPLIED` if not given, and the only one an enterprise may give.
    #[schema(example = "DOCUMENTED")]
    evidence: Option<String>,
    /// Where the values are from, at most 200 characters.
    #[schema(example = "2025年度审计报告")]
    source: String,
}

/// States facts that hold from a day on, until another is stated.
#[derive(Deserialize, ToSchema)]
pub struct DatedStatement {
    /// The first day on which they hold; never one to come.
    #[schema(example = "2026-01-01", format = Date)]
    pub effective_from: String,
    /// By name: `/v1/enumerations/facts`. Facts that are not named stay as they are; null withdraws a value.
    #[schema(value_type = Object, example = json!({"ip_class1": 3, "listed": false, "hightech_field": "4.新材料"}))]
    facts: Map<String, Json>,
    /// How well the values are proved; `ENTITY_SUPPLIED` if not given, and the only one an enterprise may give.
    #[schema(example = "DOCUMENTED")]
    evidence: Option<String>,
    /// Where the values are from, at most 200 characters.
    #[schema(example = "专利登记簿")]
    source: String,
}

/// A number with a fraction is no JSON this API reads: where a fact stands, its own kind says what is wanted.
pub fn in_words_of_facts(problem: Problem) -> Problem {
    match problem {
        Problem::App(AppError::Invalid { errors }) => Problem::App(AppError::Invalid {
            errors: errors.into_iter().map(in_words_of_fact).collect(),
        }),
        other => other,
    }
}

fn in_words_of_fact(error: FieldError) -> FieldError {
    let fact = error
        .pointer
        .strip_prefix("/facts/")
        .filter(|_| error.code == "field.type_integer")
        .and_then(|name| catalogue().by_name(name));
    let Some(fact) = fact else {
        return error;
    };
    let wanted = match catalogue().def(fact).kind {
        Kind::Count | Kind::Score => FactError::Number,
        kind => FactError::Type(kind),
    };
    Fault::from(wanted).at(error.pointer)
}

impl From<AnnualStatement> for StatementInput {
    fn from(body: AnnualStatement) -> Self {
        StatementInput {
            facts: body.facts,
            evidence: body.evidence,
            source: body.source,
        }
    }
}

impl From<DatedStatement> for StatementInput {
    fn from(body: DatedStatement) -> Self {
        StatementInput {
            facts: body.facts,
            evidence: body.evidence,
            source: body.source,
        }
    }
}
