//! Scores: items with bands, and blocks that add them up.

use super::operand::Operand;
use super::test::{Bound, Measure, Test};
use super::wording::Words;

/// All items and blocks of a rule set. An entry refers to earlier ones only, so one pass computes them.
#[derive(Debug, Default)]
pub struct PointTable {
    pub entries: Vec<Entry>,
    /// The entry shown as `score`.
    pub total: Option<usize>,
}

/// Verdicts keep points in a fixed array.
pub const MAX_ENTRIES: usize = 32;

#[derive(Debug)]
pub struct Entry {
    pub id: String,
    pub title: Words,
    pub max: i64,
    pub points: Points,
}

#[derive(Debug)]
pub enum Points {
    /// The sum of earlier entries, at most the entry's max.
    Block(Vec<usize>),
    Bands(Bands),
    /// The best of several ways to count (可选指标).
    BestOf(Vec<Bands>),
    /// The first test that is met gives its points.
    Ladder(Ladder<i64>),
    /// Points for each code of a fact, by the place of the code (or no, yes).
    Codes {
        operand: Operand,
        points: Vec<i64>,
    },
    /// Points for each full step of a figure, at most the entry's max.
    Steps {
        operand: Operand,
        step: i64,
        points: i64,
    },
    /// An expert's number, taken as it is and checked against what it may be.
    Entered {
        operand: Operand,
        within: Within,
    },
}

/// What an entered number may be; one outside is for a person to settle.
#[derive(Debug)]
pub enum Within {
    Range(Range),
    Bands {
        measure: Measure,
        bands: Vec<(Bound, Range)>,
        otherwise: Range,
    },
    Ladder(Ladder<Range>),
}

/// The first band the measure lies in gives its points.
#[derive(Debug)]
pub struct Bands {
    pub measure: Measure,
    pub bands: Vec<(Bound, i64)>,
    pub otherwise: i64,
}

#[derive(Debug)]
pub struct Ladder<T> {
    pub rungs: Vec<(Test, T)>,
    pub otherwise: T,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: i64,
    pub to: i64,
}

impl PointTable {
    pub fn find(&self, id: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }
}

impl Range {
    pub const fn contains(self, value: i64) -> bool {
        self.from <= value && value <= self.to
    }
}
