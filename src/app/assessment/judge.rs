//! Judging one candidate: the verdict, whether it differs from the decision that stands, and what should move.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::load::Candidate;
use crate::app::population::standing;
use crate::domain::evaluate::{
    Explained, ExplainedCriteria, ExplainedCriterion, Profile, Verdict, explain, inputs_json,
};
use crate::domain::messages::Lang;
use crate::domain::pool::{Assessment, assess};
use crate::domain::rules::RuleSet;

/// A candidate with what the rules say of it.
pub(super) struct Judged<'a> {
    pub candidate: Candidate,
    pub assessment: Assessment<'a>,
    /// Only if it differs from the decision that stands.
    pub decision: Option<Decision>,
}

/// What a decision keeps, all of it canonical JSON.
pub(super) struct Decision {
    pub digest: String,
    pub inputs: String,
    pub result: String,
    pub hash: String,
}

/// `None` if the rule set is not one of pools.
pub(super) fn judge(set: &RuleSet, candidate: Candidate, yearly: bool) -> Option<Judged<'_>> {
    let standing = standing(
        candidate.membership.as_ref(),
        candidate.timed_out_of.as_deref(),
    );
    let assessment = assess(set, &candidate.profile, standing, yearly)?;
    let inputs = inputs_json(set, &candidate.profile);
    let digest = digest(set, &inputs, &assessment.verdict);
    let stands = candidate
        .standing
        .as_ref()
        .is_some_and(|(standing, _)| *standing == digest);
    let decision = (!stands).then(|| decided(set, &candidate.profile, digest, inputs));
    Some(Judged {
        candidate,
        assessment,
        decision,
    })
}

/// Equal for equal rules, inputs and outcomes, whatever the day: the text of the verdict holds every criterion's outcome.
fn digest(set: &RuleSet, inputs: &str, verdict: &Verdict) -> String {
    let hash = Sha256::new()
        .chain_update(&set.hash)
        .chain_update("\n")
        .chain_update(inputs)
        .chain_update("\n")
        .chain_update(verdict.to_string())
        .finalize();
    hex(&hash[..16])
}

fn decided(set: &RuleSet, profile: &Profile, digest: String, inputs: String) -> Decision {
    let result = result_json(&explain(set, profile, Lang::Zh));
    let hash = receipt_hash(&set.hash, &inputs, &result);
    Decision {
        digest,
        inputs,
        result,
        hash,
    }
}

/// `sha256:` over the canonical JSON `{inputs, result, rule_set_hash}`.
fn receipt_hash(rule_set_hash: &str, inputs: &str, result: &str) -> String {
    let text = format!(
        "{{\"inputs\":{inputs},\"result\":{result},\"rule_set_hash\":\"{rule_set_hash}\"}}"
    );
    format!("sha256:{}", hex(&Sha256::digest(text)))
}

/// What was found, without the words: titles and clauses stand in the rule set that the hash names.
fn result_json(explained: &Explained<'_>) -> String {
    let mut criteria = Map::new();
    match &explained.criteria {
        ExplainedCriteria::List(list) => note(&mut criteria, list),
        ExplainedCriteria::Groups(groups) => groups
            .iter()
            .for_each(|group| note(&mut criteria, &group.criteria)),
    }
    let result = json!({
        "as_of": explained.as_of.to_string(),
        "criteria": criteria,
        "outcome": explained.outcome,
        "pool": explained.pool,
        "score": explained.score,
        "undecided": explained.undecided,
    });
    // Strings and objects always have a canonical form; only numbers could lack one.
    serde_json_canonicalizer::to_string(&result).unwrap_or_default()
}

fn note(criteria: &mut Map<String, Json>, list: &[ExplainedCriterion<'_>]) {
    for criterion in list {
        let found = json!({
            "actual": criterion.actual,
            "outcome": criterion.outcome,
            "required": criterion.required,
            "shortfall": criterion.shortfall,
        });
        criteria.insert(criterion.id.to_string(), found);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
