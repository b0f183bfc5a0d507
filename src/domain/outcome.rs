//! Three-valued outcomes with Kleene's strong logic, and a fourth for what a person must judge.

use std::fmt;

use crate::coded::coded;

coded! {
    pub enum Outcome {
        /// 符合
        Met = "MET",
        /// 不符合
        Unmet = "UNMET",
        /// 缺数据: a figure that should exist is not recorded.
        Unknown = "UNKNOWN",
        /// 需人工判断
        NeedsReview = "NEEDS_REVIEW",
    }
}

/// The outcomes of up to 64 things: for each kind of outcome the set of things that have it, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Outcomes([u64; 4]);

impl Outcomes {
    pub const MAX: usize = 64;
    pub const NONE: Self = Self([0; 4]);

    /// Notes the outcome of a thing that has none yet.
    #[inline]
    pub const fn set(&mut self, index: usize, outcome: Outcome) {
        self.0[outcome as usize] |= 1 << index;
    }

    pub const fn get(self, index: usize) -> Outcome {
        let bit = 1 << index;
        if self.has(Outcome::Met, bit) {
            Outcome::Met
        } else if self.has(Outcome::Unmet, bit) {
            Outcome::Unmet
        } else if self.has(Outcome::NeedsReview, bit) {
            Outcome::NeedsReview
        } else {
            Outcome::Unknown
        }
    }

    /// As [`Outcome::all`], over the things in `of`.
    #[inline]
    pub const fn all(self, of: u64) -> Outcome {
        if self.has(Outcome::Unmet, of) {
            Outcome::Unmet
        } else if self.has(Outcome::Unknown, of) {
            Outcome::Unknown
        } else if self.has(Outcome::NeedsReview, of) {
            Outcome::NeedsReview
        } else {
            Outcome::Met
        }
    }

    /// As [`Outcome::at_least`], over the things in `of`.
    #[inline]
    pub const fn at_least(self, count: usize, of: u64) -> Outcome {
        let unmet = (self.0[Outcome::Unmet as usize] & of).count_ones();
        let met = (self.0[Outcome::Met as usize] & of).count_ones();
        if met as usize >= count {
            Outcome::Met
        } else if ((of.count_ones() - unmet) as usize) < count {
            Outcome::Unmet
        } else if self.has(Outcome::Unknown, of) {
            Outcome::Unknown
        } else {
            Outcome::NeedsReview
        }
    }

    #[inline]
    const fn has(self, outcome: Outcome, of: u64) -> bool {
        self.0[outcome as usize] & of != 0
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [met, unmet, unknown, review] = self.0;
        write!(f, "{met:x}.{unmet:x}.{unknown:x}.{review:x}")
    }
}

impl Outcome {
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

#[cfg(test)]
mod tests {
    use super::Outcome::{self, Met, NeedsReview, Unknown, Unmet};
    use super::Outcomes;

    /// Sets of outcomes answer as the single ones do.
    #[test]
    fn sets_agree_with_the_logic_one_by_one() {
        let kinds = [Met, Unmet, Unknown, NeedsReview];
        for code in 0..256usize {
            let single: Vec<Outcome> = (0..4).map(|at| kinds[code >> (2 * at) & 3]).collect();
            let mut set = Outcomes::default();
            for (at, outcome) in single.iter().enumerate() {
                set.set(at + 3, *outcome);
            }
            let of = 0b1111 << 3;
            assert_eq!(set.all(of), Outcome::all(single.clone()), "{single:?}");
            for count in 1..=4 {
                let one_by_one = Outcome::at_least(count, single.clone());
                assert_eq!(set.at_least(count, of), one_by_one, "{count} of {single:?}");
            }
            for (at, outcome) in single.iter().enumerate() {
                assert_eq!(set.get(at + 3), *outcome);
            }
        }
    }

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
