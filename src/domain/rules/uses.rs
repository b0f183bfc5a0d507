//! Which inputs a rule set looks at: for snapshots, for the evidence behind a criterion, for what is missing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::model::{Body, RuleSet};
use super::operand::Operand;
use super::points::{Bands, PointTable, Points, Within};
use super::test::{Limit, Measure, Test};
use crate::facts::catalogue;

pub use super::operand::Uses;

/// The inputs a measure reads.
pub fn of_measure(measure: &Measure, table: &PointTable) -> Vec<Operand> {
    let mut collector = Collector::default();
    collector.measure(measure, table);
    collector.operands.into_iter().collect()
}

/// The inputs of an item or block.
pub fn of_entry(index: usize, table: &PointTable) -> Vec<Operand> {
    let mut collector = Collector::default();
    collector.entry(index, table);
    collector.operands.into_iter().collect()
}

/// Collects while walking.
#[derive(Default)]
pub struct Collector {
    operands: BTreeSet<Operand>,
    schemes: BTreeSet<String>,
    /// Whether points of the rule set itself were met on the way.
    pub own_points: bool,
}

impl Collector {
    pub fn finish(self) -> Uses {
        let mut operands: Vec<Operand> = self.operands.into_iter().collect();
        operands.sort_by_key(|operand| {
            let name = catalogue().def(operand.fact).name.as_str();
            (!operand.is_annual(), Reverse(operand.back), name)
        });
        Uses {
            operands,
            schemes: self.schemes.into_iter().collect(),
        }
    }

    pub fn test(&mut self, test: &Test, table: &PointTable) {
        match test {
            Test::Compare(compare) => {
                self.measure(&compare.measure, table);
                if let Limit::Bracketed { on, .. } = &compare.limit {
                    self.operands.insert(*on);
                }
            }
            Test::YesNo(it) => self.add(it.operand),
            Test::Coded(it) => self.add(it.operand),
            Test::Title(it) => self.schemes.extend(it.schemes.iter().cloned()),
            Test::Passes(set) | Test::SizeNot { table: set, .. } => self.uses(&set.uses),
            Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
                for test in tests {
                    self.test(test, table);
                }
            }
            Test::District(_) | Test::Legal(_) => {}
        }
    }

    pub fn entry(&mut self, index: usize, table: &PointTable) {
        let Some(entry) = table.entries.get(index) else {
            return;
        };
        match &entry.points {
            Points::Block(parts) => {
                for part in parts {
                    self.entry(*part, table);
                }
            }
            Points::Bands(bands) => self.bands(bands, table),
            Points::BestOf(ways) => {
                for bands in ways {
                    self.bands(bands, table);
                }
            }
            Points::Ladder(ladder) => {
                for (test, _) in &ladder.rungs {
                    self.test(test, table);
                }
            }
            Points::Codes { operand, .. } | Points::Steps { operand, .. } => self.add(*operand),
            Points::Entered { operand, within } => {
                self.add(*operand);
                self.within(within, table);
            }
        }
    }

    fn within(&mut self, within: &Within, table: &PointTable) {
        match within {
            Within::Range(_) => {}
            Within::Bands { measure, .. } => self.measure(measure, table),
            Within::Ladder(ladder) => {
                for (test, _) in &ladder.rungs {
                    self.test(test, table);
                }
            }
        }
    }

    fn bands(&mut self, bands: &Bands, table: &PointTable) {
        self.measure(&bands.measure, table);
    }

    fn measure(&mut self, measure: &Measure, table: &PointTable) {
        match measure {
            Measure::Term { term, .. } => self.operands.extend(&term.operands),
            Measure::Ratio { above, below, .. } => {
                self.operands.extend(&above.operands);
                self.operands.extend(&below.operands);
            }
            Measure::Growth { years, .. } => self.operands.extend(years),
            Measure::Age => {}
            Measure::Points(entry) => {
                self.own_points = true;
                self.entry(*entry, table);
            }
            Measure::PointsOf {
                rule_set,
                entry,
                or_fact,
            } => {
                self.entry(*entry, &rule_set.points);
                self.operands.extend(or_fact);
            }
        }
    }

    fn uses(&mut self, uses: &Uses) {
        self.operands.extend(&uses.operands);
        self.schemes.extend(uses.schemes.iter().cloned());
    }

    fn add(&mut self, operand: Operand) {
        self.operands.insert(operand);
    }
}

/// The inputs of a whole rule set, those of embedded ones included.
pub fn of_set(set: &RuleSet) -> Uses {
    let mut collector = Collector::default();
    for criterion in set.criteria() {
        collector.uses(&criterion.uses);
    }
    for index in 0..set.points.entries.len() {
        collector.entry(index, &set.points);
    }
    if let Body::Size(table) = &set.body {
        collector.add(table.by);
        let floors = table.rows.iter().flatten().flat_map(|row| &row.floors);
        for (operand, _) in floors.flatten() {
            collector.add(*operand);
        }
    }
    collector.finish()
}
