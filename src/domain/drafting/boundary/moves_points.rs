//! What a search may change to come to other points.

use super::change::Change;
use super::moves::{Moves, whole};
use super::place;
use super::site::Gauge;
use crate::drafting::extent;
use crate::exact::Fraction;
use crate::rules::points::{PointTable, Points, Range, Within};
use crate::rules::test::{Bound, Limit, Measure, Operand, Test};

impl Moves<'_> {
    /// What changes the points of an entry; `short` is by how many they miss a limit.
    pub fn entry(&mut self, index: usize, points: &PointTable, short: Option<i64>) {
        let Some(entry) = points.entries.get(index) else {
            return;
        };
        match &entry.points {
            Points::Block(parts) => {
                for part in parts {
                    self.entry(*part, points, short);
                }
            }
            Points::Bands(bands) => self.bands(&bands.measure, &bands.bands, points),
            Points::BestOf(ways) => {
                for bands in ways {
                    self.bands(&bands.measure, &bands.bands, points);
                }
            }
            Points::Ladder(ladder) => self.rungs(ladder.rungs.iter().map(|it| &it.0), points),
            Points::Codes { operand, points } => {
                for value in 0..points.len() as i64 {
                    self.set_to(*operand, value);
                }
            }
            Points::Steps {
                operand,
                step,
                points,
            } => {
                for number in 0..=(entry.max / points.max(&1) + 1) {
                    self.gauge(Gauge::Figure(*operand), whole(number * step));
                }
            }
            Points::Entered { operand, within } => self.entered(*operand, within, points, short),
        }
    }

    fn entered(
        &mut self,
        operand: Operand,
        within: &Within,
        points: &PointTable,
        short: Option<i64>,
    ) {
        for range in extent::ranges(within) {
            self.set_to(operand, range.from);
            self.set_to(operand, range.to);
        }
        if let Some(figure) = self.source.profile.figure(operand) {
            for by in [1, -1].into_iter().chain(short) {
                self.set_to(operand, figure.value + by);
            }
        }
        match within {
            Within::Range(_) => {}
            Within::Bands { measure, bands, .. } => {
                self.bands(measure, bands, points);
                for (bound, range) in bands {
                    let gauge = Gauge::Measure(measure, points);
                    self.moved_with(gauge, bound.limit, operand, *range);
                }
            }
            Within::Ladder(ladder) => {
                self.rungs(ladder.rungs.iter().map(|it| &it.0), points);
                for (test, range) in &ladder.rungs {
                    if let Test::Compare(compare) = test
                        && let Limit::Fixed(bound) = &compare.limit
                    {
                        let gauge = Gauge::Measure(&compare.measure, points);
                        self.moved_with(gauge, bound.limit, operand, *range);
                    }
                }
            }
        }
    }

    /// To another band together with the number it asks for: one without the other is no nearer to anything.
    fn moved_with(&mut self, gauge: Gauge, limit: Fraction, operand: Operand, range: Range) {
        for change in place::changes(gauge, limit, self.source.profile) {
            let Change::Figures(figures) = change else {
                continue;
            };
            for value in [range.from, range.to] {
                let mut figures = figures.clone();
                figures.push((operand, value));
                self.found.push(Change::Figures(figures));
            }
        }
    }

    pub fn bands<T>(&mut self, measure: &Measure, bands: &[(Bound, T)], points: &PointTable) {
        for (bound, _) in bands {
            self.gauge(Gauge::Measure(measure, points), bound.limit);
        }
    }

    pub fn rungs<'t>(&mut self, tests: impl Iterator<Item = &'t Test>, points: &PointTable) {
        for test in tests {
            self.test(test, true, points);
            self.test(test, false, points);
        }
    }
}
