//! Points of the items and blocks of a rule set.

use super::judge;
use super::profile::Profile;
use super::reading::{Reading, Source, read};
use crate::exact::Fraction;
use crate::outcome::Outcome;
use crate::rules::points::{Bands, Entry, Ladder, MAX_ENTRIES, PointTable, Points, Range, Within};
use crate::rules::test::{Bound, Measure, Operand};

/// The points of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Scored {
    /// None where a part is unknown; there is no reasoning by intervals.
    pub points: Option<i64>,
    /// Whether entered points lie in the band they must: MET, or UNKNOWN, or NEEDS_REVIEW.
    pub check: Outcome,
}

pub type ScoreSheet = [Scored; MAX_ENTRIES];

const BLANK: Scored = Scored {
    points: None,
    check: Outcome::Met,
};

/// The points of all entries, in their order.
pub fn score(table: &PointTable, profile: &Profile) -> ScoreSheet {
    let mut sheet = [BLANK; MAX_ENTRIES];
    for (index, entry) in table.entries.iter().enumerate() {
        let (earlier, rest) = sheet.split_at_mut(index);
        if let Some(scored) = rest.first_mut() {
            let source = Source {
                profile,
                scored: earlier,
            };
            *scored = one(entry, source);
        }
    }
    sheet
}

/// The points of all entries where one has other points than it would.
pub fn score_with(
    table: &PointTable,
    profile: &Profile,
    index: usize,
    scored: Scored,
) -> ScoreSheet {
    let mut sheet = score(table, profile);
    if let Some(place) = sheet.get_mut(index) {
        *place = scored;
    }
    for (later, entry) in table.entries.iter().enumerate().skip(index + 1) {
        let (earlier, rest) = sheet.split_at_mut(later);
        if let Some(place) = rest.first_mut() {
            let source = Source {
                profile,
                scored: earlier,
            };
            *place = one(entry, source);
        }
    }
    sheet
}

impl Scored {
    pub fn reading(self) -> Reading {
        let Some(points) = self.points else {
            return Reading::Unknown;
        };
        let value = Fraction::whole(i128::from(points));
        match self.check {
            Outcome::Met => Reading::Known(value),
            Outcome::NeedsReview => Reading::Review(value),
            Outcome::Unknown | Outcome::Unmet => Reading::Unchecked(value),
        }
    }

    pub const fn known(points: Option<i64>) -> Self {
        Self {
            points,
            check: Outcome::Met,
        }
    }
}

fn one(entry: &Entry, source: Source) -> Scored {
    let recorded = |operand: &Operand| source.profile.figure(*operand).map(|it| it.value);
    match &entry.points {
        Points::Block(parts) => block(parts, entry.max, source.scored),
        Points::Bands(bands) => Scored::known(banded(bands, source)),
        Points::BestOf(ways) => Scored::known(best_of(ways, entry.max, source)),
        Points::Ladder(ladder) => Scored::known(climbed(ladder, source)),
        Points::Codes { operand, points } => Scored::known(recorded(operand).and_then(|value| {
            let place = usize::try_from(value).ok()?;
            points.get(place).copied()
        })),
        Points::Steps {
            operand,
            step,
            points,
        } => Scored::known(
            recorded(operand).map(|value| (value / step * points).clamp(0, entry.max)),
        ),
        Points::Entered { operand, within } => {
            let points = recorded(operand);
            Scored {
                points,
                check: points.map_or(Outcome::Met, |points| check(points, within, source)),
            }
        }
    }
}

fn block(parts: &[usize], max: i64, earlier: &[Scored]) -> Scored {
    let mut total = Some(0i64);
    let mut check = Outcome::Met;
    for part in parts.iter().filter_map(|part| earlier.get(*part)) {
        total = total.zip(part.points).map(|(sum, points)| sum + points);
        check = Outcome::all([check, part.check]);
    }
    Scored {
        points: total.map(|total| total.min(max)),
        check,
    }
}

pub fn banded(bands: &Bands, source: Source) -> Option<i64> {
    band_of(&bands.measure, &bands.bands, bands.otherwise, source)
}

/// The value of the first band the measure lies in; None where the measure is unknown.
fn band_of<T: Copy>(
    measure: &Measure,
    bands: &[(Bound, T)],
    otherwise: T,
    source: Source,
) -> Option<T> {
    let reading = read(measure, source);
    for (bound, value) in bands {
        match reading.against(bound) {
            Outcome::Met => return Some(*value),
            Outcome::Unmet => {}
            Outcome::Unknown | Outcome::NeedsReview => return None,
        }
    }
    Some(otherwise)
}

/// The best of the ways; with one unknown it is unknown, unless a known one gives all there is to get.
fn best_of(ways: &[Bands], max: i64, source: Source) -> Option<i64> {
    let mut best = Some(0i64);
    for way in ways {
        let points = banded(way, source);
        if points == Some(max) {
            return points;
        }
        best = best.zip(points).map(|(best, points)| best.max(points));
    }
    best
}

fn climbed<T: Copy>(ladder: &Ladder<T>, source: Source) -> Option<T> {
    for (test, value) in &ladder.rungs {
        match judge::test(test, source) {
            Outcome::Met => return Some(*value),
            Outcome::Unmet => {}
            Outcome::Unknown | Outcome::NeedsReview => return None,
        }
    }
    Some(ladder.otherwise)
}

/// Whether an entered number lies where it must. One outside is never clipped: a person settles it.
fn check(points: i64, within: &Within, source: Source) -> Outcome {
    let range: Option<Range> = match within {
        Within::Range(range) => Some(*range),
        Within::Bands {
            measure,
            bands,
            otherwise,
        } => band_of(measure, bands, *otherwise, source),
        Within::Ladder(ladder) => climbed(ladder, source),
    };
    match range {
        None => Outcome::Unknown,
        Some(range) if range.contains(points) => Outcome::Met,
        Some(_) => Outcome::NeedsReview,
    }
}
