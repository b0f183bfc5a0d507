//! Late facts (迟到事实): what a past decision would be by what is known now, and what becomes of that finding.

use serde_json::Value as Json;

use super::coded::coded;
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
    }
}

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
pub enum Step {
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
pub fn step(known: Option<(State, &str)>, differs: Option<&str>) -> Option<Step> {
    match (known, differs) {
        (None | Some((State::Resolved, _)), Some(_)) => Some(Step::Open),
        (None | Some((State::Resolved, _)), None) => None,
        (Some((_, found)), Some(now)) if found == now => None,
        (Some((State::Open, _)), Some(_)) => Some(Step::Change),
        (Some((State::Dismissed | State::Acted, _)), Some(_)) => Some(Step::Open),
        (Some((State::Open, _)), None) => Some(Step::Resolve),
        (Some((State::Dismissed | State::Acted, _)), None) => None,
    }
}

impl State {
    /// The verdicts it allows.
    pub fn allowed(self) -> Vec<&'static str> {
        match self {
            Self::Open => vec![Verdict::Dismiss.as_str(), Verdict::Act.as_str()],
            Self::Dismissed | Self::Acted | Self::Resolved => Vec::new(),
        }
    }
}

impl Verdict {
    pub const fn leads_to(self) -> State {
        match self {
            Self::Dismiss => State::Dismissed,
            Self::Act => State::Acted,
        }
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
            assert_eq!(step(Some((state, "d1")), Some("d1")), None);
            assert_eq!(step(Some((state, "d1")), None), None);
            assert_eq!(step(Some((state, "d1")), Some("d2")), Some(Step::Open));
        }
        assert_eq!(step(None, Some("d1")), Some(Step::Open));
        assert_eq!(step(None, None), None);
        assert_eq!(step(Some((State::Open, "d1")), Some("d1")), None);
        assert_eq!(
            step(Some((State::Open, "d1")), Some("d2")),
            Some(Step::Change)
        );
        assert_eq!(step(Some((State::Open, "d1")), None), Some(Step::Resolve));
        assert_eq!(
            step(Some((State::Resolved, "d1")), Some("d1")),
            Some(Step::Open)
        );
    }
}
