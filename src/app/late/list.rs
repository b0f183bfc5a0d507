//! Reading the work list: caught up first, so that whoever has just corrected a figure sees what that touches.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

use super::finding::{LateFinding, view};
use super::search::{Again, MOST_AT_A_TURN, catch_up, judged_now};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::list::{Filter as Filtered, List};
use crate::app::recorded::Recorded;
use crate::app::replay::Versions;
use crate::app::shown::Versioned;
use crate::domain::access::ReadLateFindings;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::decision::{Difference, differences};
use crate::domain::document::is_code;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::late::{Effect, State};
use crate::domain::uscc::Uscc;
use crate::store::assessments;
use crate::store::late::{self, Filter};

/// What of the list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
pub struct LateQuery {
    #[param(example = "OPEN")]
    pub state: Option<String>,
    #[param(example = "OUTCOME")]
    pub effect: Option<String>,
    #[param(example = "POOLS")]
    pub rule_set: Option<String>,
    #[param(example = "330602")]
    pub district_code: Option<String>,
    #[param(example = "91330602MAFF89BB62")]
    pub uscc: Option<String>,
    /// `true`: only decisions that still stand.
    pub standing: Option<bool>,
}

/// A finding with every place in which the decision would be another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateFindingDetail {
    #[serde(flatten)]
    pub finding: LateFinding,
    pub differences: Vec<LateDifference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateDifference {
    /// JSON pointer into the receipt.
    #[schema(example = "/inputs/years/2025/tech_staff")]
    pub pointer: String,
    #[schema(value_type = Value)]
    pub then: Json,
    #[schema(value_type = Value)]
    pub now: Json,
}

/// Oldest first, in the caller's scope.
pub struct LateFindings;

impl List for LateFindings {
    const NAME: &'static str = "late-findings";
    type Reader = ReadLateFindings;
    type Filter = LateQuery;
    type Row = LateFinding;
    type Position = String;

    fn page(
        app: &App,
        caller: &Caller<ReadLateFindings>,
        query: &LateQuery,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<LateFinding>, AppError> {
        // Only the first page: later ones go on in the list that was begun.
        if after.is_none() {
            catch_up(app, MOST_AT_A_TURN)?;
        }
        let filter = Filter {
            state: query.state.as_deref().and_then(State::parse),
            effect: query.effect.as_deref().and_then(Effect::parse),
            rule_set: query.rule_set.clone(),
            district_code: query.district_code.clone(),
            uscc: query.uscc.clone(),
            standing: query.standing,
        };
        let after = after.map(String::as_str);
        app.store.read(|conn| {
            let found = late::list(conn, caller.scope(), &filter, after, limit as i64)?;
            let found = found.into_iter().map(|it| Ok(view(it)?.record));
            found.collect()
        })
    }

    fn position(row: &LateFinding) -> String {
        row.id.clone()
    }
}

pub fn get(
    app: &App,
    caller: &Caller<ReadLateFindings>,
    id: &str,
) -> Result<Versioned<LateFindingDetail>, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    app.store.read(|conn| {
        let found = late::by_id(conn, caller.scope(), id)?.ok_or(AppError::NotFound)?;
        let decision = assessments::decision(conn, &found.row.decision_id)?;
        let row = decision.ok_or_else(|| AppError::internal("a decision vanished"))?;
        let ids = std::slice::from_ref(&row.enterprise_id);
        let recorded = Recorded::load(conn, ids, row.as_of, i64::MAX)?;
        let again = judged_now(conn, &mut Versions::default(), &recorded, &row)?;
        let differences = match again {
            Again::Otherwise(_, kept) => {
                let mut found = differences("/inputs", &row.inputs, &kept.inputs);
                found.extend(differences("/result", &row.result, &kept.result));
                found
            }
            Again::Without(_) => vec![Difference {
                pointer: "/rule_set_hash".into(),
                stored: Json::String(row.rule_hash.clone()),
                recomputed: Json::Null,
            }],
            Again::Same | Again::Not => Vec::new(),
        };
        let differences = differences.into_iter().map(|it| LateDifference {
            pointer: it.pointer,
            then: it.stored,
            now: it.recomputed,
        });
        let Versioned { version, record } = view(found)?;
        let record = LateFindingDetail {
            finding: record,
            differences: differences.collect(),
        };
        Ok(Versioned { version, record })
    })
}

impl Filtered for LateQuery {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut choice = |given: &Option<String>, pointer: &str, choices: &[&str]| {
            if given.as_deref().is_some_and(|it| !choices.contains(&it)) {
                let fault = Fault::new("field.choice").with("choices", choices.join(", "));
                errors.push(fault.at(pointer));
            }
        };
        choice(&self.state, "/state", &State::ALL.map(State::as_str));
        choice(&self.effect, "/effect", &Effect::ALL.map(Effect::as_str));
        if let Some(code) = &self.district_code {
            let known = codes::district(code).map(|_| ());
            keep(known, "/district_code", &mut errors);
        }
        if let Some(uscc) = &self.uscc {
            keep(Uscc::exactly(uscc), "/uscc", &mut errors);
        }
        if self.rule_set.as_deref().is_some_and(|it| !is_code(it)) {
            errors.push(FieldError::new("/rule_set", "field.invalid"));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}
