//! One criterion by itself: what it can never meet, what it always meets, and intervals among its alternatives.

use super::finding::Finding;
use super::known::Known;
use crate::drafting::extent;
use crate::exact::Fraction;
use crate::facts::catalogue;
use crate::rules::RuleSet;
use crate::rules::model::Criterion;
use crate::rules::test::{Bound, Compare, Comparison, Limit, Measure, Test, Unit};

pub fn check(set: &RuleSet, criterion: &Criterion, findings: &mut Vec<Finding>) {
    let place = format!("criterion {}", criterion.id);
    if let Err(clash) = Known::default().add(&criterion.test, &criterion.id, set) {
        findings.push(never(set, &criterion.test, place).with("other", clash.other));
        return;
    }
    walk(set, &criterion.test, &place, findings);
}

/// Why a criterion can never be met, as exactly as one test tells.
fn never(set: &RuleSet, test: &Test, place: String) -> Finding {
    if let Test::Compare(compare) = test
        && let Limit::Fixed(bound) = &compare.limit
    {
        let (low, high) = extent::of_measure(&compare.measure, &set.points);
        let end = if bound.comparison.is_lower_limit() {
            high
        } else {
            low
        };
        let code = match compare.measure {
            Measure::Points(_) | Measure::PointsOf { .. } => "check.score_never",
            Measure::Ratio { .. } => "check.ratio_never",
            _ => "check.limit_never",
        };
        let end = end.unwrap_or(Fraction::whole(1));
        return Finding::error(code, place)
            .with("limit", &bound.text)
            .with("end", compare.unit.show(end));
    }
    Finding::error("check.never", place)
}

fn walk(set: &RuleSet, test: &Test, place: &str, findings: &mut Vec<Finding>) {
    match test {
        Test::Compare(compare) => {
            if let Limit::Fixed(bound) = &compare.limit
                && is_always(compare, bound, set)
            {
                let finding = Finding::warning("check.always", place);
                findings.push(finding.with("limit", &bound.text));
            }
            brackets(compare, place, findings);
        }
        Test::Coded(it) if !it.judged => {
            let codes = catalogue().def(it.operand.fact).codes.len();
            if it.allowed.count_ones() as usize == codes {
                findings.push(Finding::warning("check.all_codes", place));
            }
        }
        Test::All(tests) => tests.iter().for_each(|it| walk(set, it, place, findings)),
        Test::Any(tests) | Test::AtLeast(_, tests) => {
            for (index, it) in tests.iter().enumerate() {
                let place = format!("{place}: [{index}]");
                if Known::default().add(it, "", set).is_err() {
                    findings.push(Finding::warning("check.alternative_never", place));
                } else {
                    walk(set, it, &place, findings);
                }
            }
            if matches!(test, Test::Any(_)) {
                intervals(tests, place, findings);
            }
        }
        _ => {}
    }
}

fn is_always(compare: &Compare, bound: &Bound, set: &RuleSet) -> bool {
    // A ratio over zero or a year that is missing still keeps these from being met.
    if !matches!(
        compare.measure,
        Measure::Term { .. } | Measure::Age | Measure::Points(_)
    ) {
        return false;
    }
    let (low, high) = extent::of_measure(&compare.measure, &set.points);
    let end = if bound.comparison.is_lower_limit() {
        low
    } else {
        high
    };
    end.is_some_and(|end| bound.comparison.holds(end, bound.limit))
}

/// Two brackets side by side with the same limit, or one that no figure can lie in.
fn brackets(compare: &Compare, place: &str, findings: &mut Vec<Finding>) {
    let Limit::Bracketed { on, brackets } = &compare.limit else {
        return;
    };
    for pair in brackets.windows(2) {
        let (one, next) = (&pair[0].bound, &pair[1].bound);
        if one.comparison == next.comparison && one.limit == next.limit {
            let finding = Finding::warning("check.brackets_same", place);
            findings.push(finding.with("bracket", &pair[1].text));
        }
    }
    let (lowest, highest) = extent::of_fact(on.fact);
    for (index, bracket) in brackets.iter().enumerate() {
        let start = index
            .checked_sub(1)
            .and_then(|before| brackets[before].upper);
        let is_below = bracket
            .upper
            .is_some_and(|(end, taken)| end < lowest || (end == lowest && !taken));
        if is_below || start.is_some_and(|(end, _)| end >= highest) {
            let finding = Finding::error("check.bracket_never", place);
            findings.push(finding.with("bracket", &bracket.text));
        }
    }
}

/// Alternatives that each bound the same figure on both sides or in turn: holes between them, or stretches in two.
fn intervals(tests: &[Test], place: &str, findings: &mut Vec<Finding>) {
    let Some(mut rows) = rows(tests) else { return };
    rows.sort_by_key(|row| row.low);
    for pair in rows.windows(2) {
        let (Some(high), Some(low)) = (&pair[0].high, &pair[1].low) else {
            continue;
        };
        let code = match high.0.cmp(&low.0) {
            std::cmp::Ordering::Less => "check.alternatives_gap",
            std::cmp::Ordering::Greater => "check.alternatives_overlap",
            std::cmp::Ordering::Equal if high.1 == low.1 => match high.1 {
                true => "check.alternatives_overlap",
                false => "check.alternatives_gap",
            },
            std::cmp::Ordering::Equal => continue,
        };
        let finding = Finding::warning(code, place);
        findings.push(
            finding
                .with("from", pair[0].unit.show(high.0))
                .with("to", pair[0].unit.show(low.0)),
        );
    }
}

/// What one alternative says of the figure: ends and whether they belong.
struct Row<'t> {
    low: Option<(Fraction, bool)>,
    high: Option<(Fraction, bool)>,
    unit: &'t Unit,
    text: &'t str,
}

/// None unless every alternative bounds the same figure and they are laid side by side: at most one is open downwards
/// and at most one upwards. Others that lie in one another are meant so.
fn rows(tests: &[Test]) -> Option<Vec<Row<'_>>> {
    let rows: Option<Vec<Row>> = tests.iter().map(row).collect();
    let rows = rows.filter(|rows| rows.len() > 1)?;
    let same = rows.windows(2).all(|pair| pair[0].text == pair[1].text);
    let open_below = rows.iter().filter(|row| row.low.is_none()).count();
    let open_above = rows.iter().filter(|row| row.high.is_none()).count();
    (same && open_below <= 1 && open_above <= 1).then_some(rows)
}

fn row(test: &Test) -> Option<Row<'_>> {
    let single = std::slice::from_ref(test);
    let tests = match test {
        Test::All(tests) => tests.as_slice(),
        _ => single,
    };
    let mut row: Option<Row> = None;
    for test in tests {
        let Test::Compare(compare) = test else {
            continue;
        };
        let (Measure::Term { .. }, Limit::Fixed(bound)) = (&compare.measure, &compare.limit) else {
            continue;
        };
        let row = row.get_or_insert(Row {
            low: None,
            high: None,
            unit: &compare.unit,
            text: &compare.text,
        });
        // The first figure that is bounded is the one that parts the alternatives.
        if row.text != compare.text {
            continue;
        }
        let included = matches!(bound.comparison, Comparison::AtLeast | Comparison::AtMost);
        let end = Some((bound.limit, included));
        match bound.comparison.is_lower_limit() {
            true => row.low = end,
            false => row.high = end,
        }
    }
    row
}
