//! Changes that bring a measure to a limit: exactly there, one smallest step below it and one above.

use super::change::Change;
use super::site::Gauge;
use crate::evaluate::Profile;
use crate::evaluate::reach::{grown, total};
use crate::exact::Fraction;
use crate::rules::test::{Bound, Comparison, GrowthMethod, Measure, Operand, Term, YEARS};

/// So far from the limit in smallest steps.
const BESIDE: [i128; 3] = [0, -1, 1];

/// A figure from which growth by any limit with two places is a whole number of fen, squared too: 20 million yuan.
const ROUND: i128 = 2_000_000_000;

/// One million yuan: any percentage of it with two places is a whole number of fen.
const MILLION: i128 = 100_000_000;

/// Changes of figures that bring a gauge to the limit or beside it. Points have other ways: they are another kind of gauge.
pub fn changes(gauge: Gauge, limit: Fraction, profile: &Profile) -> Vec<Change> {
    let mut found = Vec::new();
    match gauge {
        Gauge::Figure(operand) => figure(operand, limit, &mut found),
        Gauge::Measure(measure, _) => match measure {
            Measure::Term { term, divided_by } => {
                let limit = limit.floor_times(i128::from(*divided_by));
                sum(term, limit, profile, &mut found);
            }
            Measure::Ratio { above, below, .. } => ratio(above, below, limit, profile, &mut found),
            Measure::Growth { years, method } => {
                growth(years, *method, limit, profile, &mut found);
            }
            Measure::Age => {
                let days = limit.floor_times(1).and_then(|it| i64::try_from(it).ok());
                let beside = [0, -1, 1].iter().filter_map(|by| days.map(|it| it + by));
                found.extend(beside.filter(|it| *it >= 0).map(Change::Age));
            }
            Measure::Points(_) | Measure::PointsOf { .. } => {}
        },
        Gauge::Parts(_) => {}
    }
    found
}

fn figure(operand: Operand, limit: Fraction, found: &mut Vec<Change>) {
    let Some(value) = limit.floor_times(1) else {
        return;
    };
    found.extend(
        BESIDE
            .iter()
            .filter_map(|by| Change::figures(vec![(operand, value + by)])),
    );
}

/// By one figure alone, and by all of them evenly.
fn sum(term: &Term, wanted: Option<i128>, profile: &Profile, found: &mut Vec<Change>) {
    let Some(wanted) = wanted else { return };
    let now = total(term, profile);
    for by in BESIDE {
        for operand in &term.operands {
            let value = i128::from(profile.value_or_zero(*operand));
            let figures = vec![(*operand, value + wanted + by - now)];
            found.extend(Change::figures(figures));
        }
        if term.operands.len() > 1 {
            found.extend(Change::figures(evenly(term, wanted + by)));
        }
    }
}

fn evenly(term: &Term, sum: i128) -> Vec<(Operand, i128)> {
    let count = term.operands.len() as i128;
    let shares = term.operands.iter().enumerate();
    shares
        .map(|(index, operand)| {
            let rest = if index == 0 { sum.rem_euclid(count) } else { 0 };
            (*operand, sum.div_euclid(count) + rest)
        })
        .collect()
}

fn ratio(above: &Term, below: &Term, limit: Fraction, profile: &Profile, found: &mut Vec<Change>) {
    let whole = total(below, profile);
    sum(above, limit.floor_times(whole), profile, found);
    let (over, under) = reduced(limit);
    // Where the limit falls between two steps: a denominator of which it is a whole number of them.
    if let Some(first) = below.operands.first()
        && (whole <= 0 || whole % under != 0)
    {
        let down = whole.max(1) / under * under;
        for wanted in [down, down + under].into_iter().filter(|it| *it > 0) {
            let value = i128::from(profile.value_or_zero(*first)) + wanted - whole;
            for by in BESIDE {
                let mut figures = vec![(*first, value)];
                figures.extend(evenly(above, wanted / under * over + by));
                found.extend(Change::figures(figures));
            }
        }
    }
    if over > 0 {
        let wanted = (total(above, profile) * under).checked_div(over);
        sum(below, wanted, profile, found);
    }
}

fn growth(
    years: &[Operand; YEARS],
    method: GrowthMethod,
    limit: Fraction,
    profile: &Profile,
    found: &mut Vec<Change>,
) {
    let [last, before, first] = *years;
    let bound = Bound {
        comparison: Comparison::AtLeast,
        limit,
        text: String::new(),
    };
    found.extend(grown_to(*years, method, limit, profile));
    // As the years stand, and from two even and round years.
    let even = Change::figures(vec![(before, ROUND), (first, ROUND)]);
    let grounds = [Some(Change::Figures(Vec::new())), even];
    for ground in grounds.into_iter().flatten() {
        let Some(value) = grown(years, method, &bound, &ground.on(profile)) else {
            continue;
        };
        let Change::Figures(kept) = ground else {
            continue;
        };
        for by in BESIDE {
            let mut figures: Vec<(Operand, i128)> = kept
                .iter()
                .map(|(operand, value)| (*operand, i128::from(*value)))
                .collect();
            figures.push((last, value + by));
            found.extend(Change::figures(figures));
        }
    }
}

/// The last year as it is, and two even years before it from which it has grown so.
fn grown_to(
    [last, before, first]: [Operand; YEARS],
    method: GrowthMethod,
    limit: Fraction,
    profile: &Profile,
) -> Vec<Change> {
    let (rate, one) = (limit.numerator(), limit.denominator());
    let (above, below) = match method {
        GrowthMethod::LastYear => (one + rate, one),
        GrowthMethod::MeanOfTwoYears | GrowthMethod::MeanOfYearsThatExisted => {
            (one + 2 * rate, one)
        }
        GrowthMethod::CompoundOfTwoYears => ((one + rate) * (one + rate), one * one),
    };
    let now = i128::from(profile.value_or_zero(last));
    let Some(even) = (now * below).checked_div(above) else {
        return Vec::new();
    };
    let beside = BESIDE.iter().map(|by| even + by);
    let mut found: Vec<Change> = beside
        .filter_map(|even| Change::figures(vec![(before, even), (first, even)]))
        .collect();
    // From round years, so that the last one is reached exactly, and is no lower than it was.
    let round = (even / MILLION + 1) * MILLION;
    for by in BESIDE {
        let grown = round * above / below + by;
        found.extend(Change::figures(vec![
            (before, round),
            (first, round),
            (last, grown),
        ]));
    }
    found
}

/// The limit in lowest terms; its denominator is above zero.
fn reduced(limit: Fraction) -> (i128, i128) {
    let (above, below) = (limit.numerator(), limit.denominator());
    let (mut a, mut b) = (above.abs(), below);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (above / a.max(1), below / a.max(1))
}
