//! The places of a rule set at which an answer turns, and the side of each on which a case must stand.

use crate::exact::Fraction;
use crate::rules::model::{Criterion, Words};
use crate::rules::points::PointTable;
use crate::rules::test::{Compare, Limit, Measure, Operand, Test};

/// One boundary as it stands in its rule set.
#[derive(Clone)]
pub struct Site<'s> {
    pub id: String,
    /// The words of the criterion, item or group it belongs to.
    pub title: &'s Words,
    /// The limit, code or count it is about, as it is shown.
    pub detail: String,
    pub owner: Owner<'s>,
    pub what: What<'s>,
}

/// Where the answer counts.
#[derive(Clone, Copy)]
pub enum Owner<'s> {
    /// A criterion of the group with this place among [`crate::rules::RuleSet::groups`].
    Criterion {
        group: usize,
        criterion: &'s Criterion,
    },
    /// An item or block of the score.
    Entry(usize),
    /// A group as a whole, a placement or a size class.
    Whole,
}

#[derive(Clone, Copy)]
pub enum What<'s> {
    Edge(Edge<'s>),
    Answer {
        test: &'s Test,
        answer: Answer<'s>,
    },
    /// One code of `points_by_answer`.
    Code {
        entry: usize,
        operand: Operand,
        value: i64,
    },
    /// An entered number at this value while this range is the one that applies.
    RangeEnd {
        entry: usize,
        operand: Operand,
        range: usize,
        value: i64,
        is_within: bool,
    },
    /// The parts of a block make up more than its max.
    OverCap(usize),
    /// Exactly so many of `at_least_of` are met, the others are not.
    Count {
        test: &'s Test,
        met: usize,
    },
    /// This route alone of a group's routes is met.
    Route {
        group: usize,
        route: usize,
    },
    /// Exactly so many criteria of a group are met, the others are not.
    Need {
        group: usize,
        met: usize,
    },
    /// An enterprise that this gate stops.
    Gate(usize),
    /// An enterprise placed in this tier; None: in no tier though it passes the gates.
    Tier(Option<usize>),
}

/// A measure beside a limit.
#[derive(Clone, Copy)]
pub struct Edge<'s> {
    pub gauge: Gauge<'s>,
    pub limit: Fraction,
    pub side: Side,
    /// The bracket that must apply.
    pub within: Option<(&'s Limit, usize)>,
    pub turn: Turn<'s>,
}

#[derive(Clone, Copy)]
pub enum Gauge<'s> {
    /// A measure, and the points it may read.
    Measure(&'s Measure, &'s PointTable),
    /// One recorded figure.
    Figure(Operand),
    /// The parts of a block together, not held down to its max.
    Parts(usize),
}

/// Just below, exactly at, just above: one smallest step of one fact leads to the limit or across it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Below,
    At,
    Above,
}

/// What turns at an edge.
#[derive(Clone, Copy)]
pub enum Turn<'s> {
    /// The answer of a test.
    Leaf(&'s Test),
    /// Which of two neighbouring limits applies to a test.
    Brackets {
        test: &'s Test,
        compare: &'s Compare,
        low: usize,
    },
    /// The band of an item (of one of its ways, where the best of several counts).
    Band {
        entry: usize,
        way: usize,
        band: usize,
    },
    /// Whether one floor of a size class is reached.
    Floor {
        industry: usize,
        class: usize,
        operand: Operand,
    },
    /// The value alone is asked for.
    Nothing,
}

/// The answer a test is to be given.
#[derive(Clone, Copy)]
pub enum Answer<'s> {
    Met,
    Unmet,
    /// Nothing is recorded where a person judges.
    Unrecorded,
    /// A title of this scheme is valid.
    Held(&'s str),
    /// None of the titles was ever held.
    NeverHeld,
    /// None is valid, and one was.
    Expired,
}

impl Side {
    pub const ALL: [Self; 3] = [Self::Below, Self::At, Self::Above];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Below => "below",
            Self::At => "at",
            Self::Above => "above",
        }
    }
}

impl Site<'_> {
    /// The message that tells what a case must show.
    pub fn message(&self) -> &'static str {
        match &self.what {
            What::Edge(edge) => match edge.side {
                Side::Below => "boundary.below",
                Side::At => "boundary.at",
                Side::Above => "boundary.above",
            },
            What::Answer { answer, .. } => match answer {
                Answer::Met => "boundary.met",
                Answer::Unmet => "boundary.unmet",
                Answer::Unrecorded => "boundary.unrecorded",
                Answer::Held(_) => "boundary.held",
                Answer::NeverHeld => "boundary.never_held",
                Answer::Expired => "boundary.expired",
            },
            What::Code { .. } => "boundary.code",
            What::RangeEnd { .. } => "boundary.entered",
            What::OverCap(_) => "boundary.over_cap",
            What::Count { .. } | What::Need { .. } => "boundary.count",
            What::Route { .. } => "boundary.route",
            What::Gate(_) => "boundary.gate",
            What::Tier(Some(_)) => "boundary.tier",
            What::Tier(None) => "boundary.no_tier",
        }
    }
}
