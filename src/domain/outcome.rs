//! Three-valued outcomes with Kleene's strong logic, and a fourth for what a person must judge.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// 符合
    Met,
    /// 不符合
    Unmet,
    /// 缺数据: a figure that should exist is not recorded.
    Unknown,
    /// 需人工判断
    NeedsReview,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "MET",
            Self::Unmet => "UNMET",
            Self::Unknown => "UNKNOWN",
            Self::NeedsReview => "NEEDS_REVIEW",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Met, Self::Unmet, Self::Unknown, Self::NeedsReview]
            .into_iter()
            .find(|it| it.as_str() == text)
    }

    pub const fn from_bool(met: bool) -> Self {
        if met { Self::Met } else { Self::Unmet }
    }

    /// Neither MET nor UNMET.
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Unknown | Self::NeedsReview)
    }

    /// One UNMET → UNMET, else UNKNOWN if any is, else NEEDS_REVIEW if any is, else MET.
    pub fn all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut tally = Tally::default();
        for outcome in outcomes {
            if outcome == Self::Unmet {
                return Self::Unmet;
            }
            tally.add(outcome);
        }
        tally.undecided().unwrap_or(Self::Met)
    }

    /// One MET → MET, else UNKNOWN if any is, else NEEDS_REVIEW if any is, else UNMET.
    pub fn any(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut tally = Tally::default();
        for outcome in outcomes {
            if outcome == Self::Met {
                return Self::Met;
            }
            tally.add(outcome);
        }
        tally.undecided().unwrap_or(Self::Unmet)
    }

    /// `count` of them MET → MET; UNMET as soon as the rest cannot make up the count.
    pub fn at_least(count: usize, outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut tally = Tally::default();
        for outcome in outcomes {
            tally.add(outcome);
        }
        if tally.met >= count {
            Self::Met
        } else if tally.met + tally.unknown + tally.review < count {
            Self::Unmet
        } else {
            tally.undecided().unwrap_or(Self::Unmet)
        }
    }

    /// The outcome of "not so".
    pub const fn negated(self) -> Self {
        match self {
            Self::Met => Self::Unmet,
            Self::Unmet => Self::Met,
            undecided => undecided,
        }
    }
}

#[derive(Default)]
struct Tally {
    met: usize,
    unknown: usize,
    review: usize,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Met => self.met += 1,
            Outcome::Unmet => {}
            Outcome::Unknown => self.unknown += 1,
            Outcome::NeedsReview => self.review += 1,
        }
    }

    fn undecided(&self) -> Option<Outcome> {
        if self.unknown > 0 {
            Some(Outcome::Unknown)
        } else if self.review > 0 {
            Some(Outcome::NeedsReview)
        } else {
            None
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{self, Met, NeedsReview, Unknown, Unmet};

    #[test]
    fn one_unmet_decides_all_and_one_met_decides_any() {
        assert_eq!(Outcome::all([Unknown, NeedsReview, Unmet]), Unmet);
        assert_eq!(Outcome::all([Met, NeedsReview, Unknown]), Unknown);
        assert_eq!(Outcome::all([Met, NeedsReview]), NeedsReview);
        assert_eq!(Outcome::all([]), Met);
        assert_eq!(Outcome::any([Unknown, Met]), Met);
        assert_eq!(Outcome::any([NeedsReview, Unknown, Unmet]), Unknown);
        assert_eq!(Outcome::any([NeedsReview, Unmet]), NeedsReview);
        assert_eq!(Outcome::any([]), Unmet);
    }

    #[test]
    fn k_of_n_is_unmet_as_soon_as_k_cannot_be_reached() {
        assert_eq!(Outcome::at_least(2, [Met, Unknown, Met, Unmet]), Met);
        assert_eq!(Outcome::at_least(2, [Unmet, Unknown, Unmet, Unmet]), Unmet);
        assert_eq!(Outcome::at_least(2, [Met, Unknown, Unmet, Unmet]), Unknown);
        assert_eq!(
            Outcome::at_least(2, [Met, NeedsReview, Unmet, Unmet]),
            NeedsReview
        );
    }
}
