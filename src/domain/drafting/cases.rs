//! Golden cases (测试案例): every rule set in every version on an enterprise told in JSON.

use serde_json::{Map, Value as Json, json};

use crate::evaluate::{Profile, Verdict, profile_from_json, verdict};
use crate::field_error::{FieldError, Params};
use crate::messages::{self, Lang};
use crate::outcome::Outcome;
use crate::rules::model::Body;
use crate::rules::{Library, RuleSet};

/// A case that is not in the form of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    pub case: String,
    pub error: FieldError,
}

/// `{"cases":[{"id","results":{…}}]}` for `{"cases":[…]}`.
pub fn run_cases(library: &Library, file: &Json) -> Result<Json, CaseError> {
    let cases = file.get("cases").and_then(Json::as_array);
    let cases = cases.ok_or_else(|| CaseError {
        case: String::new(),
        error: FieldError::new("/cases", "field.invalid"),
    })?;
    let run = cases.iter().map(|case| run_case(library, case));
    Ok(json!({ "cases": run.collect::<Result<Vec<Json>, CaseError>>()? }))
}

/// `{"id","results":{rule set: result}}`: every version, also one not in force on the day of the case.
pub fn run_case(library: &Library, case: &Json) -> Result<Json, CaseError> {
    let id = case.get("id").cloned().unwrap_or(Json::Null);
    let profile = profile_from_json(case, None).map_err(|error| CaseError {
        case: id.to_string(),
        error,
    })?;
    let results: Map<String, Json> = library
        .on(profile.as_of())
        .map(|set| (set.name.clone(), result(set, &profile)))
        .collect();
    Ok(json!({ "id": id, "results": results }))
}

/// Where a case tells what it expects (`expected`), each expectation that `results` does not hold.
pub fn mismatches(case: &Json, results: &Json, lang: Lang) -> Vec<String> {
    let expected = case.get("expected").and_then(Json::as_object);
    let mut found = Vec::new();
    for (set, members) in expected.into_iter().flatten() {
        for (name, wanted) in members.as_object().into_iter().flatten() {
            let got = &results[set][name];
            if got != wanted {
                found.push(format!("{set} {name}: {}", parted(wanted, got, lang)));
            }
        }
    }
    found
}

/// What was expected and what was found, in words.
pub fn parted(expected: &Json, got: &Json, lang: Lang) -> String {
    let params: Params = vec![("expected", expected.to_string()), ("got", got.to_string())];
    messages::text("rule_case.parted", lang, &params)
}

/// What a case shows of one rule set: what `expected` may ask for.
pub fn result(set: &RuleSet, profile: &Profile) -> Json {
    let verdict = verdict(set, profile);
    match set.body {
        Body::Size(_) => json!({ "class": verdict.class.map(|class| class.as_str()) }),
        Body::Pools(_) => json!({
            "outcome": verdict.outcome,
            "pool": verdict.placement.map(|placement| placement.as_str()),
            "undecided": verdict.undecided.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        }),
        Body::Conditions(_) => json!({
            "outcome": verdict.outcome,
            "score": verdict.score.map(|score| score.to_string()),
            "unmet": with_outcome(set, &verdict, Outcome::Unmet),
            "unknown": with_outcome(set, &verdict, Outcome::Unknown),
            "needs_review": with_outcome(set, &verdict, Outcome::NeedsReview),
        }),
    }
}

fn with_outcome<'a>(set: &'a RuleSet, verdict: &Verdict, wanted: Outcome) -> Vec<&'a str> {
    set.criteria()
        .enumerate()
        .filter(|(place, _)| verdict.outcomes.get(*place) == wanted)
        .map(|(_, criterion)| criterion.id.as_str())
        .collect()
}
