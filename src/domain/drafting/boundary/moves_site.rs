//! What a search may change to stand at a boundary, and to make it show.

use super::aim::is_entered;
use super::change::Change;
use super::moves::{Moves, whole};
use super::site::{Answer, Edge, Gauge, Owner, Side, Site, Turn, What};
use crate::rules::model::Body;
use crate::rules::test::{Limit, Operand, Test};

impl Moves<'_> {
    pub fn stand(&mut self, site: &Site) {
        match site.what {
            What::Edge(edge) => self.edge(&edge),
            What::Answer { test, answer } => self.answer(test, answer),
            What::Code { operand, value, .. } => self.set_to(operand, value),
            What::RangeEnd {
                entry,
                operand,
                value,
                ..
            } => {
                self.set_to(operand, value);
                self.entry(entry, &self.set.points, None);
            }
            What::OverCap(entry) => self.entry(entry, &self.set.points, None),
            What::Count { .. }
            | What::Route { .. }
            | What::Need { .. }
            | What::Gate(_)
            | What::Tier(_) => {}
        }
    }

    fn edge(&mut self, edge: &Edge) {
        self.gauge(edge.gauge, edge.limit);
        if let Some((Limit::Bracketed { on, brackets }, _)) = edge.within {
            for (end, _) in brackets.iter().filter_map(|it| it.upper) {
                self.gauge(Gauge::Figure(*on), whole(end));
            }
        }
        if let (Turn::Floor { industry, .. }, Body::Size(table)) = (edge.turn, &self.set.body) {
            let by = (table.by, industry as i128);
            let Gauge::Figure(operand) = edge.gauge else {
                return;
            };
            let beside = match edge.side {
                Side::Below => -1,
                Side::At => 0,
                Side::Above => 1,
            };
            let value = edge.limit.numerator() + beside;
            self.found
                .extend(Change::figures(vec![by, (operand, value)]));
        }
    }

    fn answer(&mut self, test: &Test, answer: Answer) {
        let points = &self.set.points;
        match (answer, test) {
            (Answer::Met, _) => self.test(test, true, points),
            (Answer::Unmet, _) => self.test(test, false, points),
            (Answer::Unrecorded, Test::YesNo(it)) => self.found.push(Change::Withdraw(it.operand)),
            (Answer::Unrecorded, Test::Coded(it)) => self.found.push(Change::Withdraw(it.operand)),
            (Answer::Held(scheme), Test::Title(title)) => {
                self.found.push(Change::Hold(scheme.to_owned()));
                let others = title.schemes.iter().filter(|it| *it != scheme);
                self.found.extend(others.cloned().map(Change::Drop));
            }
            (Answer::NeverHeld, Test::Title(title)) => self.titles(&title.schemes, false),
            (Answer::Expired, Test::Title(title)) => {
                for scheme in &title.schemes {
                    self.found.push(Change::Expire(scheme.clone()));
                    self.found.push(Change::Drop(scheme.clone()));
                }
            }
            _ => {}
        }
    }

    /// What may make an answer show that does not.
    pub fn show(&mut self, site: &Site) {
        let points = &self.set.points;
        match site.what {
            What::Edge(edge) => match edge.turn {
                Turn::Brackets { compare, .. } => self.compare(compare, points),
                Turn::Band { entry, .. } => self.entry(entry, points, None),
                Turn::Floor {
                    industry,
                    class,
                    operand,
                } => self.floor(industry, class, operand),
                Turn::Leaf(_) | Turn::Nothing => {}
            },
            What::Code { entry, .. } | What::RangeEnd { entry, .. } | What::OverCap(entry) => {
                self.entry(entry, points, None);
            }
            _ => {}
        }
        if let Owner::Entry(entry) = site.owner
            && is_entered(points, entry)
        {
            self.entry(entry, points, None);
        }
    }

    /// The class's other floors reached, those of higher classes missed.
    fn floor(&mut self, industry: usize, class: usize, operand: Operand) {
        let Body::Size(table) = &self.set.body else {
            return;
        };
        let Some(Some(row)) = table.rows.get(industry) else {
            return;
        };
        let others = row.floors[class].iter().filter(|it| it.0 != operand);
        let mut reached = vec![(table.by, industry as i128)];
        reached.extend(others.map(|(of, floor)| (*of, i128::from(*floor))));
        self.found.extend(Change::figures(reached));
        for (of, floor) in row.floors[..class].iter().flatten() {
            self.set_to(*of, floor - 1);
        }
    }
}
