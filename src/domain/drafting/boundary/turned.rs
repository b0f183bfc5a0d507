//! Whether the answer at a boundary shows: what the rule set would say if it were given one way or the other.

use super::holds::stands;
use super::seen::{Force, seen, test};
use super::site::{Answer, Owner, Site, Turn, What};
use crate::drafting::extent::ranges;
use crate::evaluate::Profile;
use crate::evaluate::reading::{Source, read};
use crate::evaluate::scoring::{Scored, banded, score};
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::Body;
use crate::rules::points::{Ladder, Points, Range, Within};
use crate::rules::size::{SizeClass, SizeTable};
use crate::rules::test::{Compare, Limit, Operand, Test};

/// Whether a case shows the boundary: it stands there, and what is answered there shows.
pub fn is_shown(set: &RuleSet, site: &Site, profile: &Profile) -> bool {
    stands(set, site, profile) && shows(set, site, profile)
}

/// Whether turning the answer of this boundary changes what the case shows.
pub fn shows(set: &RuleSet, site: &Site, profile: &Profile) -> bool {
    let Some((one, other)) = turns(set, site, profile) else {
        return true;
    };
    match (one, other) {
        (Some(one), Some(other)) => seen(set, profile, one) != seen(set, profile, other),
        _ => false,
    }
}

type Pair<'s> = (Option<Force<'s>>, Option<Force<'s>>);

/// The two ways; None where the boundary is one of what the case shows itself.
fn turns<'s>(set: &RuleSet, site: &Site<'s>, profile: &Profile) -> Option<Pair<'s>> {
    let sheet = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &sheet,
    };
    let turner = Turner { set, source };
    match site.what {
        What::Edge(edge) => match edge.turn {
            Turn::Leaf(leaf) => Some(turner.leaf(site, leaf, Outcome::Met, Outcome::Unmet)),
            Turn::Brackets { test, compare, low } => {
                Some(turner.brackets(site, test, compare, low))
            }
            Turn::Band { entry, way, band } => Some((
                turner.band(entry, way, band),
                turner.band(entry, way, band + 1),
            )),
            Turn::Floor {
                industry,
                class,
                operand,
            } => Some(turner.floor(industry, class, operand)),
            Turn::Nothing => None,
        },
        What::Answer { test, answer } => {
            let other = match answer {
                Answer::Unrecorded => Outcome::NeedsReview,
                _ => Outcome::Met,
            };
            Some(turner.leaf(site, test, other, Outcome::Unmet))
        }
        What::Count { test, .. } => Some(turner.leaf(site, test, Outcome::Met, Outcome::Unmet)),
        What::Code { entry, value, .. } => Some(turner.code(entry, value)),
        What::RangeEnd { entry, value, .. } => {
            let checked = |check| {
                let points = Some(value);
                Some(Force::Entry(entry, Scored { points, check }))
            };
            Some((checked(Outcome::Met), checked(Outcome::NeedsReview)))
        }
        What::OverCap(entry) => {
            let over = super::holds::parts(set, entry, source);
            let max = set.points.entries.get(entry).map(|it| it.max);
            let points = |points| Some(Force::Entry(entry, Scored::known(Some(points?))));
            Some((points(over), points(max)))
        }
        What::Route { .. } | What::Need { .. } | What::Gate(_) | What::Tier(_) => None,
    }
}

struct Turner<'a> {
    set: &'a RuleSet,
    source: Source<'a>,
}

impl Turner<'_> {
    /// A leaf of a criterion, or of a rung, which turns the points of its item.
    fn leaf<'s>(&self, site: &Site, leaf: &'s Test, one: Outcome, other: Outcome) -> Pair<'s> {
        let (one, other) = (Force::Leaf(leaf, one), Force::Leaf(leaf, other));
        match site.owner {
            Owner::Entry(entry) => (self.climbed(entry, one), self.climbed(entry, other)),
            Owner::Criterion { .. } | Owner::Whole => (Some(one), Some(other)),
        }
    }

    fn climbed<'s>(&self, entry: usize, force: Force<'s>) -> Option<Force<'s>> {
        let scored = match &self.set.points.entries.get(entry)?.points {
            Points::Ladder(ladder) => Scored::known(self.rung(ladder, force)),
            Points::Entered {
                operand,
                within: Within::Ladder(ladder),
            } => self.checked(*operand, self.rung(ladder, force)?)?,
            _ => return None,
        };
        Some(Force::Entry(entry, scored))
    }

    /// What the first rung gives that is met.
    fn rung<T: Copy>(&self, ladder: &Ladder<T>, force: Force) -> Option<T> {
        for (asked, value) in &ladder.rungs {
            match test(asked, self.source, force) {
                Outcome::Met => return Some(*value),
                Outcome::Unmet => {}
                Outcome::Unknown | Outcome::NeedsReview => return None,
            }
        }
        Some(ladder.otherwise)
    }

    fn checked(&self, operand: Operand, range: Range) -> Option<Scored> {
        let points = self.source.profile.figure(operand)?.value;
        let check = if range.contains(points) {
            Outcome::Met
        } else {
            Outcome::NeedsReview
        };
        Some(Scored {
            points: Some(points),
            check,
        })
    }

    fn brackets<'s>(&self, site: &Site, test: &'s Test, compare: &Compare, low: usize) -> Pair<'s> {
        let Limit::Bracketed { brackets, .. } = &compare.limit else {
            return (None, None);
        };
        let reading = read(&compare.measure, self.source);
        let answer = |index: usize| brackets.get(index).map(|it| reading.against(&it.bound));
        match (answer(low), answer(low + 1)) {
            (Some(one), Some(other)) => self.leaf(site, test, one, other),
            _ => (None, None),
        }
    }

    /// The entry as if this band applied; one beyond the last is where none does.
    fn band<'s>(&self, entry: usize, way: usize, band: usize) -> Option<Force<'s>> {
        let it = self.set.points.entries.get(entry)?;
        let given = |bands: &crate::rules::points::Bands| {
            let row = bands.bands.get(band);
            row.map_or(bands.otherwise, |row| row.1)
        };
        let scored = match &it.points {
            Points::Bands(bands) => Scored::known(Some(given(bands))),
            Points::BestOf(ways) => {
                let mut best = given(ways.get(way)?);
                for (index, other) in ways.iter().enumerate() {
                    if index != way {
                        best = best.max(banded(other, self.source)?);
                    }
                }
                Scored::known(Some(best))
            }
            // So many full steps.
            Points::Steps { points, .. } => {
                Scored::known(Some((band as i64 * points).clamp(0, it.max)))
            }
            Points::Entered { operand, within } => {
                self.checked(*operand, *ranges(within).get(band)?)?
            }
            Points::Block(_) | Points::Ladder(_) | Points::Codes { .. } => return None,
        };
        Some(Force::Entry(entry, scored))
    }

    /// The points of this code, and of one that gives others.
    fn code<'s>(&self, entry: usize, value: i64) -> Pair<'s> {
        let Some(Points::Codes { points, .. }) =
            self.set.points.entries.get(entry).map(|it| &it.points)
        else {
            return (None, None);
        };
        let force = |points| Force::Entry(entry, Scored::known(Some(points)));
        let own = usize::try_from(value).ok().and_then(|at| points.get(at));
        let other = points.iter().find(|points| Some(*points) != own);
        (own.copied().map(force), other.copied().map(force))
    }

    /// The classes with the floor reached and with it missed.
    fn floor<'s>(&self, industry: usize, class: usize, operand: Operand) -> Pair<'s> {
        let Body::Size(table) = &self.set.body else {
            return (None, None);
        };
        let profile = self.source.profile;
        let is_asked = profile
            .figure(table.by)
            .is_some_and(|it| it.value == industry as i64);
        if !is_asked {
            return (None, None);
        }
        let with = |reached| {
            let floor = (class, operand, reached);
            class_with(table, industry, floor, profile).map(|it| Force::Classes(it.bit()))
        };
        (with(true), with(false))
    }
}

/// The highest class whose floors are all reached, where one floor is taken as reached or missed.
fn class_with(
    table: &SizeTable,
    industry: usize,
    (class, operand, reached): (usize, Operand, bool),
    profile: &Profile,
) -> Option<SizeClass> {
    let row = table.rows.get(industry)?.as_ref()?;
    for (index, floors) in row.floors.iter().enumerate() {
        let mut is_reached = true;
        for (of, floor) in floors {
            is_reached &= if index == class && *of == operand {
                reached
            } else {
                profile.figure(*of)?.value >= *floor
            };
        }
        if is_reached {
            return Some(SizeClass::WITH_FLOORS[index]);
        }
    }
    Some(SizeClass::Micro)
}
