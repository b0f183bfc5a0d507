//! A decision (评估决定) as it is kept, and made again: the same rules on the same inputs give the same bytes.
//!
//! Everything a decision depends on stands in its inputs: what the rule set looks at of the enterprise, and what the
//! moves look at (membership, counters, whether the run was the yearly evaluation). The day stands beside them.

mod difference;
mod situation;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::evaluate::{
    ENGINE_VERSION, Explained, ExplainedCriteria, ExplainedCriterion, Profile, Verdict, explain,
    inputs_json, profile_from_json, with_situation,
};
use super::field_error::{Fault, FieldError};
use super::ledger::hex;
use super::messages::Lang;
use super::outcome::Outcome;
use super::pool::{Assessment, Placement, assess, keep_failed};
use super::rules::RuleSet;

pub use difference::{Difference, MOST_DIFFERENCES, between, differences};
pub use situation::Situation;

/// What a run compares with the decision that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Over rules, inputs and verdict, whatever the day.
    pub placing: String,
    /// Over what the moves looked at and came to.
    pub moves: String,
}

/// What a decision keeps; inputs and result are canonical JSON (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub digests: Digests,
    pub inputs: String,
    pub inputs_hash: String,
    pub result: String,
    pub hash: String,
    pub outcome: Outcome,
    pub pool: Option<Placement>,
}

/// An enterprise judged, not yet written down.
pub struct Judgement<'a> {
    pub assessment: Assessment<'a>,
    set: &'a RuleSet,
    situation: Situation,
    inputs: String,
    placing: String,
}

/// Judges by pool rules; `None` if the rule set is not one of pools.
pub fn judge<'a>(
    set: &'a RuleSet,
    profile: &Profile,
    situation: Situation,
) -> Option<Judgement<'a>> {
    let assessment = assess(set, profile, situation.standing, situation.yearly)?;
    let inputs = inputs_json(set, profile);
    Some(Judgement {
        placing: placing_digest(set, &inputs, &assessment.verdict),
        assessment,
        set,
        situation,
        inputs,
    })
}

impl Judgement<'_> {
    /// Whether the decision that stands says all of this. One that says the same of the enterprise stands until the
    /// moves come to something of their own: what they come to then needs a receipt that holds what decided it.
    pub fn stands_in(&self, digests: &Digests) -> bool {
        let Assessment { movement, keep, .. } = &self.assessment;
        let consequence = movement.is_some() || keep.is_some();
        self.placing == digests.placing && (!consequence || self.moves_digest() == digests.moves)
    }

    /// Written down with its reasons.
    pub fn keep(&self, profile: &Profile) -> Kept {
        let inputs = with_situation(&self.inputs, &self.situation.to_json());
        let explained = explain(self.set, profile, Lang::Zh);
        let result = result_json(&explained, self.moves_json());
        let placement = self.assessment.verdict.placement;
        Kept {
            digests: Digests {
                placing: self.placing.clone(),
                moves: self.moves_digest(),
            },
            inputs_hash: hash_of(&inputs),
            hash: receipt_hash(&self.set.hash, &inputs, &result),
            inputs,
            result,
            outcome: self.assessment.verdict.outcome,
            pool: placement,
        }
    }

    /// What the moves came to. The counters are a member's after the run.
    fn moves_json(&self) -> Json {
        let Assessment {
            keep,
            movement,
            member,
            ..
        } = &self.assessment;
        let failed = keep_failed(self.set, &self.assessment);
        json!({
            "at_risk": member.map(|it| it.at_risk()),
            "failures": member.map(|it| it.failures),
            "keep": keep.map(|it| json!({ "failed": failed, "outcome": it.outcome })),
            "movement": movement.as_ref().map(|it| json!({
                "exit_reason": it.reason.map(|reason| reason.as_str()),
                "failed": it.failed,
                "from_pool": it.from.map(|pool| pool.as_str()),
                "kind": it.kind.as_str(),
                "to_pool": it.to.map(|pool| pool.as_str()),
            })),
        })
    }

    /// Whether the run was the yearly evaluation shows in what it came to; for the rest one run is like another.
    fn moves_digest(&self) -> String {
        let situation = Situation {
            yearly: false,
            ..self.situation
        };
        let text = format!("{}\n{}", situation.to_json(), self.moves_json());
        short(&Sha256::digest(text))
    }
}

/// Makes a decision again from the inputs it kept.
pub fn replay(set: &RuleSet, as_of: NaiveDate, inputs: &str) -> Result<Kept, FieldError> {
    let read: Json =
        serde_json::from_str(inputs).map_err(|_| FieldError::new("", "field.invalid"))?;
    let profile = profile_from_json(&read, Some(as_of))?;
    let situation = Situation::from_json(read.get("situation").unwrap_or(&Json::Null))?;
    let judgement = judge(set, &profile, situation)
        .ok_or_else(|| Fault::new("assessment.not_pools").at("/rule_set"))?;
    Ok(judgement.keep(&profile))
}

/// The situation among the inputs a decision kept.
pub fn situation_of(inputs: &str) -> Result<Situation, FieldError> {
    let read: Json =
        serde_json::from_str(inputs).map_err(|_| FieldError::new("", "field.invalid"))?;
    Situation::from_json(read.get("situation").unwrap_or(&Json::Null))
}

/// `sha256:` over bytes as they stand.
pub fn hash_of(text: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(text)))
}

/// `sha256:` over the canonical JSON `{inputs, result, rule_set_hash}`.
pub fn receipt_hash(rule_set_hash: &str, inputs: &str, result: &str) -> String {
    hash_of(&format!(
        "{{\"inputs\":{inputs},\"result\":{result},\"rule_set_hash\":\"{rule_set_hash}\"}}"
    ))
}

/// Equal for equal rules, inputs and outcomes, whatever the day: the text of the verdict holds every criterion's
/// outcome. Another engine decides everything anew, so that what stands can always be replayed by the present one.
fn placing_digest(set: &RuleSet, inputs: &str, verdict: &Verdict) -> String {
    let hash = Sha256::new()
        .chain_update(ENGINE_VERSION.to_string())
        .chain_update("\n")
        .chain_update(&set.hash)
        .chain_update("\n")
        .chain_update(inputs)
        .chain_update("\n")
        .chain_update(verdict.to_string())
        .finalize();
    short(&hash)
}

/// What was found, without the words: titles and clauses stand in the rule set that the hash names.
fn result_json(explained: &Explained<'_>, moves: Json) -> String {
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
        "moves": moves,
        "outcome": explained.outcome,
        "pool": explained.pool,
        "score": explained.score,
        "undecided": explained.undecided,
    });
    // Strings, whole numbers and objects always have a canonical form; only fractions could lack one.
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

fn short(hash: &[u8]) -> String {
    hex(hash.get(..16).unwrap_or(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::{Member, Pool, Standing};
    use crate::rules::Library;

    fn firm(tech_staff: i64) -> Profile {
        let case = json!({
            "enterprise": {"registered_on": "2018-03-01", "district_code": "330602"},
            "years": {"2025": {
                "sales": "10000000.00", "total_income": "10000000.00", "rd_expense": "600000.00",
                "staff_total": 100, "tech_staff": tech_staff,
            }},
            "facts": {"ip_class1": 1, "ip_class2": 0, "rd_ledger_or_contract": true, "abnormal_or_dishonest": false,
                "major_incident_last_365d": false},
        });
        profile_from_json(&case, Some(day("2026-06-15"))).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn member(failures: u32) -> Situation {
        Situation {
            standing: Standing::Member(Member {
                pool: Pool::Acceleration,
                since: day("2025-01-01"),
                failures,
                last_yearly: Some(2025),
                extended: false,
                override_until: None,
            }),
            yearly: true,
        }
    }

    #[test]
    fn what_was_kept_is_made_again_byte_by_byte() {
        let set = Library::shipped().named("POOLS").unwrap();
        let outside = Situation {
            standing: Standing::Outside { timed_out_of: None },
            yearly: false,
        };
        for (tech_staff, situation) in [(10, outside), (4, member(0)), (4, member(1))] {
            let profile = firm(tech_staff);
            let kept = judge(set, &profile, situation).unwrap().keep(&profile);
            let again = replay(set, day("2026-06-15"), &kept.inputs).unwrap();
            assert_eq!(again, kept);
            assert_eq!(situation_of(&kept.inputs), Ok(situation));
            let canonical: Json = serde_json::from_str(&kept.inputs).unwrap();
            let canonical = serde_json_canonicalizer::to_string(&canonical).unwrap();
            assert_eq!(canonical, kept.inputs);
        }
    }

    #[test]
    fn a_second_failure_is_another_decision_on_the_same_figures() {
        let set = Library::shipped().named("POOLS").unwrap();
        let profile = firm(4);
        let first = judge(set, &profile, member(0)).unwrap();
        let kept = first.keep(&profile);
        assert!(first.stands_in(&kept.digests));
        let second = judge(set, &profile, member(1)).unwrap();
        assert!(!second.stands_in(&kept.digests));
        let result: Json = serde_json::from_str(&second.keep(&profile).result).unwrap();
        assert_eq!(result["moves"]["movement"]["kind"], "DEMOTION");
        assert_eq!(result["moves"]["keep"]["outcome"], "UNMET");
        let quiet = Situation {
            yearly: false,
            ..member(1)
        };
        let quiet = judge(set, &profile, quiet).unwrap();
        assert!(quiet.stands_in(&kept.digests), "nothing follows from it");
    }

    #[test]
    fn the_engine_version_belongs_to_these_results() {
        // If this fails, results have changed: raise ENGINE_VERSION, and then the hash.
        let set = Library::shipped().named("POOLS").unwrap();
        let profile = firm(4);
        let kept = judge(set, &profile, member(1)).unwrap().keep(&profile);
        let known = (
            1,
            "sha256:fb462155e8734b20536b969852d7be59e2f2d6a66bb43915489b8687d6ba373c",
        );
        assert_eq!((ENGINE_VERSION, hash_of(&kept.result).as_str()), known);
    }
}
