//! All boundaries of a rule set, in the order of its document.

use super::site::{Answer, Edge, Gauge, Owner, Side, Site, Turn, What};
use crate::drafting::extent;
use crate::facts::catalogue;
use crate::rules::model::{Group, Need, PoolRules, Words};
use crate::rules::points::PointTable;
use crate::rules::size::{SizeClass, SizeTable};
use crate::rules::test::{Bound, Coded, Compare, Limit, Operand, Test, Unit};

pub struct Walk<'s> {
    pub points: &'s PointTable,
    pub found: Vec<Site<'s>>,
}

/// Where the walk stands.
#[derive(Clone)]
pub struct At<'s> {
    pub id: String,
    pub title: &'s Words,
    pub owner: Owner<'s>,
}

impl<'s> At<'s> {
    /// A part of what stands here.
    pub fn part(&self, name: impl std::fmt::Display) -> Self {
        Self {
            id: format!("{}/{name}", self.id),
            ..self.clone()
        }
    }
}

impl<'s> Walk<'s> {
    pub fn add(&mut self, at: &At<'s>, last: &str, detail: impl Into<String>, what: What<'s>) {
        self.found.push(Site {
            id: format!("{}/{last}", at.id),
            title: at.title,
            detail: detail.into(),
            owner: at.owner,
            what,
        });
    }

    /// Below, at and above a limit, as far as the gauge gets there.
    pub fn edge(&mut self, at: &At<'s>, detail: &str, edge: Edge<'s>) {
        let (low, high) = match edge.gauge {
            Gauge::Measure(measure, points) => extent::of_measure(measure, points),
            Gauge::Figure(operand) => extent::of_figure(operand),
            Gauge::Parts(_) => (None, None),
        };
        for side in Side::ALL {
            let is_there = match side {
                Side::Below => low.is_none_or(|low| low < edge.limit),
                Side::At => {
                    low.is_none_or(|low| low <= edge.limit)
                        && high.is_none_or(|high| edge.limit <= high)
                }
                Side::Above => high.is_none_or(|high| edge.limit < high),
            };
            if is_there {
                self.add(at, side.as_str(), detail, What::Edge(Edge { side, ..edge }));
            }
        }
    }

    /// A test and all it is joined of. `path` counts the parts, from 1.
    pub fn test(&mut self, at: &At<'s>, test: &'s Test, path: &str) {
        let here = if path.is_empty() {
            at.clone()
        } else {
            at.part(path)
        };
        match test {
            Test::All(tests) | Test::Any(tests) => self.parts(at, tests, path),
            Test::AtLeast(count, tests) => {
                for met in [*count, count - 1] {
                    let name = format!("{met}-met");
                    self.add(&here, &name, met.to_string(), What::Count { test, met });
                }
                self.parts(at, tests, path);
            }
            Test::Compare(compare) => self.compare(&here, test, compare),
            Test::YesNo(it) => {
                let (met, unmet) = if it.wanted {
                    ("yes", "no")
                } else {
                    ("no", "yes")
                };
                self.answer(&here, met, test, Answer::Met);
                self.answer(&here, unmet, test, Answer::Unmet);
                if it.judged {
                    self.answer(&here, "unrecorded", test, Answer::Unrecorded);
                }
            }
            Test::Coded(it) => self.coded(&here, test, it),
            Test::Title(title) => {
                for scheme in &title.schemes {
                    let name = match title.schemes.len() {
                        1 => "held".to_owned(),
                        _ => format!("held-{scheme}"),
                    };
                    self.answer(&here, &name, test, Answer::Held(scheme));
                }
                self.answer(&here, "not-held", test, Answer::NeverHeld);
                self.answer(&here, "expired", test, Answer::Expired);
            }
            Test::District(_) | Test::Legal(_) | Test::Passes(_) | Test::SizeNot { .. } => {
                self.answer(&here, "met", test, Answer::Met);
                self.answer(&here, "unmet", test, Answer::Unmet);
            }
        }
    }

    fn parts(&mut self, at: &At<'s>, tests: &'s [Test], path: &str) {
        for (index, test) in tests.iter().enumerate() {
            let dot = if path.is_empty() { "" } else { "." };
            self.test(at, test, &format!("{path}{dot}{}", index + 1));
        }
    }

    fn answer(&mut self, at: &At<'s>, name: &str, test: &'s Test, answer: Answer<'s>) {
        let detail = match answer {
            Answer::Held(scheme) => scheme,
            _ => "",
        };
        self.add(at, name, detail, What::Answer { test, answer });
    }

    fn coded(&mut self, at: &At<'s>, test: &'s Test, coded: &Coded) {
        let codes = catalogue().def(coded.operand.fact).codes.len();
        self.answer(at, "allowed", test, Answer::Met);
        // Where every code will do there is no other to show.
        if (coded.allowed.count_ones() as usize) < codes {
            self.answer(at, "other", test, Answer::Unmet);
        }
        if coded.judged {
            self.answer(at, "unrecorded", test, Answer::Unrecorded);
        }
    }

    fn compare(&mut self, at: &At<'s>, test: &'s Test, compare: &'s Compare) {
        let gauge = Gauge::Measure(&compare.measure, self.points);
        let edge = |bound: &Bound, within| Edge {
            gauge,
            limit: bound.limit,
            side: Side::At,
            within,
            turn: Turn::Leaf(test),
        };
        let Limit::Bracketed { on, brackets } = &compare.limit else {
            if let Limit::Fixed(bound) = &compare.limit {
                self.edge(at, &bound.text, edge(bound, None));
            }
            return;
        };
        for (index, bracket) in brackets.iter().enumerate() {
            let place = at.part(format_args!("bracket-{}", index + 1));
            let within = Some((&compare.limit, index));
            self.edge(&place, &bracket.bound.text, edge(&bracket.bound, within));
        }
        for (low, bracket) in brackets.iter().enumerate() {
            let Some((end, _)) = bracket.upper else {
                continue;
            };
            let place = at.part(format_args!("edge-{}", low + 1));
            let between = Edge {
                gauge: Gauge::Figure(*on),
                limit: crate::exact::Fraction::whole(i128::from(end)),
                side: Side::At,
                within: None,
                turn: Turn::Brackets { test, compare, low },
            };
            self.edge(&place, &catalogue().def(on.fact).to_text(end), between);
        }
    }

    pub fn group(&mut self, index: usize, group: &'s Group) {
        let prefix = match group.id.as_str() {
            "" => String::new(),
            id => format!("{id}/"),
        };
        for criterion in &group.criteria {
            let at = At {
                id: criterion.id.clone(),
                title: &criterion.title,
                owner: Owner::Criterion {
                    group: index,
                    criterion,
                },
            };
            self.test(&at, &criterion.test, "");
        }
        let whole = |id: String| At {
            id,
            title: &group.title,
            owner: Owner::Whole,
        };
        for (place, route) in group.routes.iter().enumerate() {
            let what = What::Route {
                group: index,
                route: place,
            };
            let at = whole(format!("{prefix}route:{}", route.name));
            self.add(&at, "alone", &route.name, what);
        }
        if let Need::AtLeast(count) = group.need {
            for met in [count, count - 1] {
                let what = What::Need { group: index, met };
                let at = whole(format!("{prefix}need"));
                self.add(&at, &format!("{met}-met"), met.to_string(), what);
            }
        }
    }

    pub fn pools(&mut self, pools: &'s PoolRules) {
        let whole = |id: String, title| At {
            id,
            title,
            owner: Owner::Whole,
        };
        for (index, gate) in pools.gates.iter().enumerate() {
            let at = whole(format!("gate:{}", gate.group.id), &gate.group.title);
            self.add(&at, "stopped", gate.otherwise.as_str(), What::Gate(index));
        }
        for (index, tier) in pools.tiers.iter().enumerate() {
            let at = whole(format!("pool:{}", tier.pool), &tier.entry.title);
            self.add(&at, "placed", "", What::Tier(Some(index)));
        }
        if let Some(lowest) = pools.tiers.last() {
            let at = whole("pool:NONE".to_owned(), &lowest.entry.title);
            self.add(&at, "placed", "", What::Tier(None));
        }
    }

    pub fn size(&mut self, table: &'s SizeTable, title: &'s Words) {
        let codes = &catalogue().def(table.by.fact).codes;
        for (industry, row) in table.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let at = At {
                id: format!("size:{}", codes[industry].code),
                title,
                owner: Owner::Whole,
            };
            for (class, floors) in row.floors.iter().enumerate() {
                for (operand, floor) in floors {
                    let name = SizeClass::WITH_FLOORS[class];
                    self.floor(&at.part(name), (industry, class), *operand, *floor);
                }
            }
        }
    }

    fn floor(&mut self, at: &At<'s>, row: (usize, usize), operand: Operand, floor: i64) {
        let def = catalogue().def(operand.fact);
        let limit = crate::exact::Fraction::whole(i128::from(floor));
        let edge = Edge {
            gauge: Gauge::Figure(operand),
            limit,
            side: Side::At,
            within: None,
            turn: Turn::Floor {
                industry: row.0,
                class: row.1,
                operand,
            },
        };
        let detail = Unit::of(operand.fact).show(limit);
        self.edge(&at.part(&def.name), &detail, edge);
    }
}
