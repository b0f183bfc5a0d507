//! Verdicts without reasons: fast, no allocation.

use std::fmt;

use super::judge;
use super::profile::Profile;
use super::reading::Source;
use crate::outcome::{Outcome, Outcomes};
use crate::pool::placement::{Placement, Pool};
use crate::rules::RuleSet;
use crate::rules::model::{Body, Group, PoolRules};
use crate::rules::size::SizeClass;

/// What a rule set says of an enterprise. Equal verdicts have equal outcomes of every criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    pub outcome: Outcome,
    /// For pools: where the enterprise is placed; None where that is open.
    pub placement: Option<Placement>,
    pub undecided: Undecided,
    pub score: Option<i64>,
    /// For size rules.
    pub class: Option<SizeClass>,
    /// In the order of [`RuleSet::criteria`].
    pub outcomes: Outcomes,
}

/// Places above the one given that could not be decided (未定).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Undecided(u8);

/// Whether a member keeps its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepVerdict {
    pub outcome: Outcome,
    /// By the place of the criterion in the tier.
    pub outcomes: Outcomes,
}

pub fn verdict(set: &RuleSet, profile: &Profile) -> Verdict {
    judge::with_source(&set.points, profile, |source| {
        let mut verdict = match &set.body {
            Body::Conditions(group) => conditions(group, source),
            Body::Pools(pools) => placed(pools, source),
            Body::Size(table) => classed(judge::possible_classes(table, profile)),
        };
        let total = set.points.total.and_then(|total| source.scored.get(total));
        verdict.score = total.and_then(|scored| scored.points);
        verdict
    })
}

/// Whether a member of `pool` meets the conditions that keep it there. None where the rule set has no such pool.
pub fn keep_verdict(set: &RuleSet, pool: Pool, profile: &Profile) -> Option<KeepVerdict> {
    let Body::Pools(pools) = &set.body else {
        return None;
    };
    let tier = pools.tier(pool)?;
    judge::with_source(&set.points, profile, |source| {
        let mut outcomes = Outcomes::default();
        let outcome = judged(&tier.keep, source, &mut outcomes, 0);
        Some(KeepVerdict { outcome, outcomes })
    })
}

impl Undecided {
    /// From the top.
    const ORDER: [Placement; 4] = [
        Placement::Graduated,
        Placement::In(Pool::Sprint),
        Placement::In(Pool::Acceleration),
        Placement::In(Pool::Starter),
    ];

    pub fn iter(self) -> impl Iterator<Item = Placement> {
        Self::ORDER
            .into_iter()
            .enumerate()
            .filter(move |(place, _)| self.0 >> place & 1 == 1)
            .map(|(_, placement)| placement)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Notes a place; where it stands in the order. EXCLUDED and NONE are no places to rise to.
    fn add(&mut self, placement: Placement) -> Option<usize> {
        let place = Self::ORDER.iter().position(|it| *it == placement)?;
        self.0 |= 1 << place;
        Some(place)
    }
}

/// A short text that differs whenever the verdict does: what an assessment compares with the last one.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.placement.map_or("-", Placement::as_str);
        let class = self.class.map_or("-", SizeClass::as_str);
        write!(f, "{} {place} {class} ", self.outcome)?;
        match self.score {
            Some(score) => write!(f, "{score} ")?,
            None => f.write_str("- ")?,
        }
        write!(f, "{:x} {}", self.undecided.0, self.outcomes)
    }
}

fn conditions(group: &Group, source: Source) -> Verdict {
    let mut outcomes = Outcomes::default();
    Verdict {
        outcome: judged(group, source, &mut outcomes, 0),
        outcomes,
        ..BLANK
    }
}

const BLANK: Verdict = Verdict {
    outcome: Outcome::Unknown,
    placement: None,
    undecided: Undecided(0),
    score: None,
    class: None,
    outcomes: Outcomes::NONE,
};

/// Judges every criterion of a group, noting the outcomes from `start` on.
fn judged(group: &Group, source: Source, outcomes: &mut Outcomes, start: usize) -> Outcome {
    for (place, criterion) in group.criteria.iter().enumerate() {
        outcomes.set(start + place, judge::criterion(criterion, source));
    }
    judge::group(group, outcomes, start)
}

/// Every criterion is judged whatever the ones before say, so that a change of any shows.
fn placed(pools: &PoolRules, source: Source) -> Verdict {
    let mut outcomes = Outcomes::default();
    let mut of_groups = Outcomes::default();
    let mut start = 0;
    for (index, group) in pools.groups().enumerate() {
        of_groups.set(index, judged(group, source, &mut outcomes, start));
        start += group.criteria.len();
    }
    Verdict {
        outcomes,
        ..decided(pools, of_groups)
    }
}

/// Gates in their order, then the tiers from the top; `of_groups` has the outcomes of both.
pub(crate) fn decided(pools: &PoolRules, of_groups: Outcomes) -> Verdict {
    let mut undecided = Undecided::default();
    let mut doubts = [Outcome::Unmet; Undecided::ORDER.len()];
    let mut doubt = |placement: Placement, outcome: Outcome| {
        if let Some(place) = undecided.add(placement) {
            doubts[place] = outcome;
        }
    };
    for (index, gate) in pools.gates.iter().enumerate() {
        match of_groups.get(index) {
            Outcome::Met => {}
            Outcome::Unmet => return placed_at(gate.otherwise, Undecided::default()),
            open if gate.otherwise == Placement::Graduated => doubt(gate.otherwise, open),
            open => {
                return Verdict {
                    outcome: open,
                    ..BLANK
                };
            }
        }
    }
    let mut found = None;
    for (index, tier) in pools.tiers.iter().enumerate() {
        match of_groups.get(pools.gates.len() + index) {
            Outcome::Met => {
                found = Some(tier.pool);
                break;
            }
            Outcome::Unmet => {}
            open => doubt(Placement::In(tier.pool), open),
        }
    }
    match found {
        Some(pool) => placed_at(Placement::In(pool), undecided),
        None if undecided.is_empty() => placed_at(Placement::None, undecided),
        None => Verdict {
            outcome: Outcome::any(doubts),
            undecided,
            ..BLANK
        },
    }
}

fn placed_at(placement: Placement, undecided: Undecided) -> Verdict {
    let met = matches!(placement, Placement::In(_) | Placement::Graduated);
    Verdict {
        outcome: Outcome::from_bool(met),
        placement: Some(placement),
        undecided,
        ..BLANK
    }
}

pub(crate) fn classed(possible: u8) -> Verdict {
    let mut classes = SizeClass::ALL
        .into_iter()
        .filter(|class| possible & class.bit() != 0);
    let class = match (classes.next(), classes.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    Verdict {
        outcome: class.map_or(Outcome::Unknown, |_| Outcome::Met),
        class,
        ..BLANK
    }
}
