//! Places: where a rule set puts a firm, in an order, so that two of them have a direction.

use crate::coded::coded;
use crate::evaluate::Verdict;
use crate::outcome::Outcome;
use crate::pool::{Assessment, ExitReason, MoveKind, Placement, Pool, Standing};
use crate::rules::RuleSet;
use crate::rules::model::Body;

/// What kind of answer a rule set gives; only answers of one kind can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pools,
    Conditions,
    Size,
}

/// Where a rule set puts a firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// A pool or NONE, GRADUATED, EXCLUDED, UNDECIDED; an outcome; a size class or UNKNOWN.
    pub code: &'static str,
    /// The higher the better (for sizes: the larger); None where the rules leave it open.
    rank: Option<u8>,
    /// 预警: a member that fails its yearly evaluation and keeps its pool for now.
    pub at_risk: bool,
}

coded! {
    /// How the place under the proposed rules stands to that under the base.
    pub enum Direction {
        Promoted = "PROMOTED",
        Demoted = "DEMOTED",
        /// 新增预警: stays, but fails the yearly evaluation.
        Warned = "WARNED",
        /// 解除预警
        Relieved = "RELIEVED",
        /// Now meets all conditions.
        Gained = "GAINED",
        /// No longer does.
        Lost = "LOST",
        Larger = "LARGER",
        Smaller = "SMALLER",
        Unchanged = "UNCHANGED",
        /// On one side at least the rules leave it open.
        Unknown = "UNKNOWN",
    }
}

impl Kind {
    pub const fn of(set: &RuleSet) -> Self {
        match set.body {
            Body::Pools(_) => Self::Pools,
            Body::Conditions(_) => Self::Conditions,
            Body::Size(_) => Self::Size,
        }
    }

    /// The directions there are between places of this kind.
    pub const fn directions(self) -> &'static [Direction] {
        use Direction::*;
        match self {
            Self::Pools => &[Promoted, Demoted, Warned, Relieved, Unchanged, Unknown],
            Self::Conditions => &[Gained, Lost, Unchanged, Unknown],
            Self::Size => &[Larger, Smaller, Unchanged, Unknown],
        }
    }
}

impl Place {
    pub(super) const fn in_pool(pool: Pool) -> Self {
        Self::at(Placement::In(pool))
    }

    pub(super) const fn rank(self) -> Option<u8> {
        self.rank
    }

    /// Whether a firm that stands at `self` and would stand at `other` is one that moves.
    pub fn differs(self, other: Self) -> bool {
        self != other
    }

    const fn settled(code: &'static str, rank: u8) -> Self {
        Self {
            code,
            rank: Some(rank),
            at_risk: false,
        }
    }

    const fn open(code: &'static str) -> Self {
        Self {
            code,
            rank: None,
            at_risk: false,
        }
    }

    const fn at(placement: Placement) -> Self {
        let rank = match placement {
            Placement::Excluded => 0,
            Placement::None => 1,
            Placement::In(pool) => 1 + pool.rank(),
            Placement::Graduated => 5,
        };
        Self::settled(placement.as_str(), rank)
    }
}

impl Direction {
    pub const COUNT: usize = Self::ALL.len();

    pub fn between(kind: Kind, base: Place, proposed: Place) -> Self {
        let (Some(from), Some(to)) = (base.rank, proposed.rank) else {
            return Self::Unknown;
        };
        let (up, down) = match kind {
            Kind::Pools => (Self::Promoted, Self::Demoted),
            Kind::Conditions => (Self::Gained, Self::Lost),
            Kind::Size => (Self::Larger, Self::Smaller),
        };
        match to.cmp(&from) {
            std::cmp::Ordering::Greater => up,
            std::cmp::Ordering::Less => down,
            std::cmp::Ordering::Equal => match (base.at_risk, proposed.at_risk) {
                (false, true) => Self::Warned,
                (true, false) => Self::Relieved,
                _ => Self::Unchanged,
            },
        }
    }
}

/// Where the assessment would have the firm: the pool it moves to, or else where it stands.
pub(super) fn of_assessment(assessment: &Assessment<'_>, standing: Standing) -> Place {
    if let Some(movement) = &assessment.movement {
        return Place::at(match (movement.to, movement.kind, movement.reason) {
            (Some(pool), ..) => Placement::In(pool),
            (None, MoveKind::Graduation, _) => Placement::Graduated,
            (None, _, Some(ExitReason::Excluded)) => Placement::Excluded,
            (None, ..) => Placement::None,
        });
    }
    match standing {
        Standing::Member(member) => Place {
            at_risk: assessment.member.is_some_and(|after| after.at_risk()),
            ..Place::at(Placement::In(member.pool))
        },
        Standing::Outside { .. } => match assessment.verdict.placement {
            None => Place::open("UNDECIDED"),
            // It meets the conditions but left by the stay limit and may not come back.
            Some(Placement::In(_)) => Place::at(Placement::None),
            Some(placement) => Place::at(placement),
        },
    }
}

/// What conditions or size rules answer.
pub(super) fn of_verdict(set: &RuleSet, verdict: &Verdict) -> Place {
    if let Body::Size(_) = set.body {
        return match verdict.class {
            Some(class) => Place::settled(class.as_str(), class as u8),
            None => Place::open("UNKNOWN"),
        };
    }
    match verdict.outcome {
        Outcome::Met => Place::settled(Outcome::Met.as_str(), 1),
        Outcome::Unmet => Place::settled(Outcome::Unmet.as_str(), 0),
        open @ (Outcome::Unknown | Outcome::NeedsReview) => Place::open(open.as_str()),
    }
}
