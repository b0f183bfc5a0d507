//! Reading limits: every number carries its unit, and the unit must fit what is measured.

use super::read_test::fact;
use super::reader::{Node, Read, Table};
use super::test::{Bound, Bracket, Comparison, Limit, Operand, Unit};
use crate::domain::exact::Fraction;
use crate::domain::facts::{FactId, catalogue};
use crate::domain::money::{Money, MoneyError, scaled_decimal};

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
        return Err(table.error(format!("{name} and brackets exclude each other")));
    }
    let on_node = table.need("bracket_on")?;
    let on = fact(&on_node)?;
    let on_unit = Unit::of(on);
    let rows = node.list()?;
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut lower = None;
    for (index, row) in rows.iter().enumerate() {
        let row = row.table()?;
        let upper = upper_end(&row, &on_unit)?;
        let is_last = index + 1 == rows.len();
        if upper.is_none() != is_last {
            return Err(row.error("every bracket but the last needs up_to or below"));
        }
        if let (Some((end, _)), Some((start, _))) = (upper, lower)
            && end <= start
        {
            return Err(row.error("brackets must rise"));
        }
        brackets.push(Bracket {
            upper,
            bound: bound(&row, unit)?,
            text: bracket_text(on, lower, upper),
        });
        row.finish()?;
        lower = upper;
    }
    if brackets.is_empty() {
        return Err(node.error("the list is empty"));
    }
    Ok(Limit::Bracketed {
        on: Operand::current(on),
        brackets,
    })
}

/// The one bound of a table.
pub fn bound(table: &Table, unit: &Unit) -> Read<Bound> {
    let mut found = None;
    for (name, comparison) in BOUNDS {
        let Some(node) = table.get(name) else {
            continue;
        };
        if found.is_some() {
            return Err(node.error("only one bound may be given"));
        }
        let limit = quantity(&node, unit)?;
        found = Some(Bound {
            comparison,
            limit,
            text: unit.show(limit),
        });
    }
    found.ok_or_else(|| table.error("needs at_least, more_than, at_most or less_than"))
}

/// `{ percent = "3" }`: a number with its unit.
pub fn quantity(node: &Node, unit: &Unit) -> Read<Fraction> {
    let table = node.table()?;
    let mut entries = table.entries();
    let (Some((name, value)), None) = (entries.next(), entries.next()) else {
        return Err(node.error(format!("give one number with its unit: {}", example(unit))));
    };
    if name != unit.name() {
        return Err(node.error(format!("is in {name}, but {} is measured", unit.name())));
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
    let value = scaled_decimal(digits, places).map_err(|error| {
        node.error(match error {
            MoneyError::Places => format!("has more than {places} decimal places"),
            _ => "is not a plain decimal number".to_owned(),
        })
    })?;
    let largest = match (unit, sign) {
        (Unit::Share, _) | (Unit::Growth, -1) => PERCENT_100,
        (Unit::Growth, _) => 100 * PERCENT_100,
        _ => Money::LIMIT_FEN - 1,
    };
    if value > largest {
        return Err(node.error("is too large"));
    }
    let whole = i128::from(value) * sign;
    Fraction::new(whole, denominator).ok_or_else(|| node.error("is not a number"))
}

fn upper_end(row: &Table, unit: &Unit) -> Read<Option<(i64, bool)>> {
    let end = |node: Node| {
        let limit = quantity(&node, unit)?;
        i64::try_from(limit.numerator()).map_err(|_| node.error("is too large"))
    };
    match (row.get("up_to"), row.get("below")) {
        (Some(_), Some(below)) => Err(below.error("up_to and below exclude each other")),
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
