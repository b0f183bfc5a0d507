//! Reading limits: every number carries its unit, and the unit must fit what is measured.

use super::read_fact::fact;
use super::reader::{Node, Read, Table, all, each};
use super::test::{Bound, Bracket, Comparison, Limit, Operand, Unit};
use crate::exact::Fraction;
use crate::facts::{FactId, catalogue};
use crate::money::{Money, MoneyError, scaled_decimal};

const BOUNDS: [(&str, Comparison); 4] = [
    ("at_least", Comparison::AtLeast),
    ("more_than", Comparison::MoreThan),
    ("at_most", Comparison::AtMost),
    ("less_than", Comparison::LessThan),
];

/// 100 % in the steps of a percentage.
const PERCENT_100: i64 = 10_000;

/// The limit of a comparison: one bound, or brackets.
pub fn compare_limit(table: &Table, unit: &Unit) -> Read<Limit> {
    let Some(node) = table.get("brackets") else {
        return bound(table, unit).map(Limit::Fixed);
    };
    if let Some((name, _)) = BOUNDS.iter().find(|(name, _)| table.has(name)) {
        let error = table.error("rule_set.exclude");
        return Err(error.with("one", name).with("other", "brackets"));
    }
    let on = table.need("bracket_on").and_then(|it| fact(&it))?;
    let rows = node.some()?;
    let last = rows.len() - 1;
    let read = rows.iter().enumerate().map(|(index, row)| {
        let row = row.table()?;
        row.finish(bracket(&row, on, unit, index == last))
    });
    let read = all(read)?;
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut lower = None;
    for ((upper, bound), row) in read.into_iter().zip(&rows) {
        if let (Some((end, _)), Some((start, _))) = (upper, lower)
            && end <= start
        {
            return Err(row.error("rule_set.brackets_rise"));
        }
        brackets.push(Bracket {
            upper,
            bound,
            text: bracket_text(on, lower, upper),
        });
        lower = upper;
    }
    Ok(Limit::Bracketed {
        on: Operand::current(on),
        brackets,
    })
}

/// The upper end of a bracket and what holds in it.
type Row = (Option<(i64, bool)>, Bound);

fn bracket(row: &Table, on: FactId, unit: &Unit, is_last: bool) -> Read<Row> {
    each! {
        upper = upper_end(row, &Unit::of(on)),
        bound = bound(row, unit),
    }
    match upper.is_none() == is_last {
        true => Ok((upper, bound)),
        false => Err(row.error("rule_set.bracket_open")),
    }
}

/// The one bound of a table.
pub fn bound(table: &Table, unit: &Unit) -> Read<Bound> {
    let mut found = None;
    for (name, comparison) in BOUNDS {
        let Some(node) = table.get(name) else {
            continue;
        };
        if found.is_some() {
            return Err(node.error("rule_set.bound_twice"));
        }
        let limit = quantity(&node, unit)?;
        found = Some(Bound {
            comparison,
            limit,
            text: unit.show(limit),
        });
    }
    found.ok_or_else(|| table.error("rule_set.bound_missing"))
}

/// `{ percent = "3" }`: a number with its unit.
pub fn quantity(node: &Node, unit: &Unit) -> Read<Fraction> {
    let table = node.table()?;
    let mut entries = table.entries();
    let (Some((name, value)), None) = (entries.next(), entries.next()) else {
        return Err(node
            .error("rule_set.one_quantity")
            .with("example", example(unit)));
    };
    if name != unit.name() {
        let error = node.error("rule_set.unit_differs").with("given", name);
        return Err(error.with("wanted", unit.name()));
    }
    number(&value, unit)
}

/// A number in text, in the smallest steps of the unit (or as a share of one for percentages).
pub fn number(node: &Node, unit: &Unit) -> Read<Fraction> {
    let text = node.text()?;
    let (digits, sign) = match text.strip_prefix('-') {
        Some(rest) if *unit == Unit::Growth => (rest, -1),
        _ => (text, 1),
    };
    let (places, denominator) = match unit {
        Unit::Share | Unit::Growth => (2, 10_000),
        Unit::Yuan => (2, 1),
        Unit::Day | Unit::Point => (0, 1),
        Unit::Counted { step, .. } => (step.ilog10() as usize, 1),
    };
    let value = scaled_decimal(digits, places).map_err(|error| match error {
        MoneyError::Places => node.error("rule_set.places").with("max", places),
        _ => node.error("rule_set.decimal_form"),
    })?;
    let largest = match (unit, sign) {
        (Unit::Share, _) | (Unit::Growth, -1) => PERCENT_100,
        (Unit::Growth, _) => 100 * PERCENT_100,
        _ => Money::LIMIT_FEN - 1,
    };
    if value > largest {
        return Err(node.error("rule_set.too_large"));
    }
    let whole = i128::from(value) * sign;
    Fraction::new(whole, denominator).ok_or_else(|| node.error("rule_set.decimal_form"))
}

fn upper_end(row: &Table, unit: &Unit) -> Read<Option<(i64, bool)>> {
    let end = |node: Node| {
        let limit = quantity(&node, unit)?;
        i64::try_from(limit.numerator()).map_err(|_| node.error("rule_set.too_large"))
    };
    match (row.get("up_to"), row.get("below")) {
        (Some(_), Some(below)) => {
            let error = below.error("rule_set.exclude").with("one", "up_to");
            Err(error.with("other", "below"))
        }
        (Some(node), None) => Ok(Some((end(node)?, true))),
        (None, Some(node)) => Ok(Some((end(node)?, false))),
        (None, None) => Ok(None),
    }
}

fn bracket_text(on: FactId, lower: Option<(i64, bool)>, upper: Option<(i64, bool)>) -> String {
    let def = catalogue().def(on);
    let name = &def.name;
    let below = |inclusive: bool| if inclusive { "<=" } else { "<" };
    match (lower, upper) {
        (None, None) => name.clone(),
        (None, Some((end, inclusive))) => {
            format!("{name} {} {}", below(inclusive), def.to_text(end))
        }
        (Some((start, taken)), None) => {
            let above = if taken { ">" } else { ">=" };
            format!("{name} {above} {}", def.to_text(start))
        }
        (Some((start, taken)), Some((end, inclusive))) => format!(
            "{} {} {name} {} {}",
            def.to_text(start),
            below(!taken),
            below(inclusive),
            def.to_text(end)
        ),
    }
}

fn example(unit: &Unit) -> String {
    format!("{{ {} = \"3\" }}", unit.name())
}
