//! Late facts (迟到事实): what a past decision would be by what is known now, and what becomes of that finding.

use serde_json::Value as Json;

use super::access::{Permission, SettleLateFindings};
use super::coded::coded;
use super::matter::{Hand, Procedure, Step, Who};
use super::outcome::Outcome;

coded! {
    /// How much differs.
    pub enum Effect {
        /// Only figures, or what vouches for them.
        Figures = "FIGURES",
        /// Some criteria, and not where the enterprise belongs.
        Criteria = "CRITERIA",
        /// Where the enterprise belongs, or whether and where it moves.
        Outcome = "OUTCOME",
    }
}

coded! {
    pub enum State {
        /// 待处理
        Open = "OPEN",
        /// 不予处理
        Dismissed = "DISMISSED",
        /// 已处理
        Acted = "ACTED",
        /// 已消除: it differs no more.
        Resolved = "RESOLVED",
    }
}

coded! {
    /// What a person says of a finding.
    pub enum Verdict {
        /// Nothing follows from it.
        Dismiss = "DISMISS",
        /// What had to be done has been done by the usual ways.
        Act = "ACT",
        /// 撤回: the own word, as long as nothing else has come to light.
        TakeBack = "TAKE_BACK",
    }
}

/// Whoever recorded anything of what changed does not say that nothing follows from it.
pub const PROCEDURE: Procedure<State, Verdict> = Procedure {
    not_now: "late_finding.not_now",
    maker_is_checker: "late_finding.maker_is_checker",
    steps: &[
        Step {
            action: Verdict::Dismiss,
            from: &[State::Open],
            to: State::Dismissed,
            by: &[SettleLateFindings::GRANT],
            who: Who::But(&[Hand::Maker]),
        },
        Step {
            action: Verdict::Act,
            from: &[State::Open],
            to: State::Acted,
            by: &[SettleLateFindings::GRANT],
            who: Who::Anyone,
        },
        Step {
            action: Verdict::TakeBack,
            from: &[State::Dismissed, State::Acted],
            to: State::Open,
            by: &[SettleLateFindings::GRANT],
            who: Who::Only(Hand::Decider),
        },
    ],
};

/// What a decision would come to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeNow {
    Of(Outcome),
    /// No rules are in force on its day any more: nothing could be decided.
    NoRules,
}

impl OutcomeNow {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Of(outcome) => outcome.as_str(),
            Self::NoRules => "NONE",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "NONE" => Some(Self::NoRules),
            code => Outcome::parse(code).map(Self::Of),
        }
    }
}

coded!(@traits OutcomeNow);

/// What the search makes of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    Open,
    /// It differs in another way than before.
    Change,
    Resolve,
}

/// How two results (canonical JSON) of decisions about the same enterprise on the same day differ.
pub fn effect(then: &str, now: &str) -> Effect {
    let read = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    let (then, now) = (read(then), read(now));
    let differs = |pointers: &[&str]| {
        pointers
            .iter()
            .any(|at| then.pointer(at) != now.pointer(at))
    };
    let outcomes = |of: &Json| -> Vec<(String, Json)> {
        let criteria = of["criteria"].as_object();
        let each = criteria.into_iter().flatten();
        each.map(|(id, it)| (id.clone(), it["outcome"].clone()))
            .collect()
    };
    let moved = [
        "/outcome",
        "/pool",
        "/moves/movement/kind",
        "/moves/movement/to_pool",
        "/moves/movement/exit_reason",
        "/moves/failures",
    ];
    if differs(&moved) {
        Effect::Outcome
    } else if outcomes(&then) != outcomes(&now)
        || differs(&["/score", "/undecided", "/moves/keep/outcome"])
    {
        Effect::Criteria
    } else {
        Effect::Figures
    }
}

/// What happens to a finding: `known` is its state and the digest it was found with, `differs` whether the decision
/// now differs, and with which digest. What a person has settled stays settled unless something else comes to light.
pub fn follows(known: Option<(State, &str)>, differs: Option<&str>) -> Option<Consequence> {
    match (known, differs) {
        (None | Some((State::Resolved, _)), Some(_)) => Some(Consequence::Open),
        (None | Some((State::Resolved, _)), None) => None,
        (Some((_, found)), Some(now)) if found == now => None,
        (Some((State::Open, _)), Some(_)) => Some(Consequence::Change),
        (Some((State::Dismissed | State::Acted, _)), Some(_)) => Some(Consequence::Open),
        (Some((State::Open, _)), None) => Some(Consequence::Resolve),
        (Some((State::Dismissed | State::Acted, _)), None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_most_is_told() {
        let result = |pool: &str, outcome: &str, actual: &str| {
            format!(
                r#"{{"criteria":{{"a":{{"actual":"{actual}","outcome":"{outcome}"}}}},"outcome":"MET","pool":"{pool}"}}"#
            )
        };
        let then = result("STARTER", "MET", "1");
        assert_eq!(
            effect(&then, &result("SPRINT", "MET", "1")),
            Effect::Outcome
        );
        assert_eq!(
            effect(&then, &result("STARTER", "UNMET", "0")),
            Effect::Criteria
        );
        assert_eq!(
            effect(&then, &result("STARTER", "MET", "2")),
            Effect::Figures
        );
    }

    #[test]
    fn what_was_settled_stays_so_until_something_else_comes_to_light() {
        let settled = [State::Dismissed, State::Acted];
        for state in settled {
            assert_eq!(follows(Some((state, "d1")), Some("d1")), None);
            assert_eq!(follows(Some((state, "d1")), None), None);
            assert_eq!(
                follows(Some((state, "d1")), Some("d2")),
                Some(Consequence::Open)
            );
        }
        assert_eq!(follows(None, Some("d1")), Some(Consequence::Open));
        assert_eq!(follows(None, None), None);
        assert_eq!(follows(Some((State::Open, "d1")), Some("d1")), None);
        assert_eq!(
            follows(Some((State::Open, "d1")), Some("d2")),
            Some(Consequence::Change)
        );
        assert_eq!(
            follows(Some((State::Open, "d1")), None),
            Some(Consequence::Resolve)
        );
        assert_eq!(
            follows(Some((State::Resolved, "d1")), Some("d1")),
            Some(Consequence::Open)
        );
    }
}
