//! Reading the scored items and blocks of a document.

use super::model::Words;
use super::points::{Bands, Entry, Ladder, MAX_ENTRIES, PointTable, Points, Range, Within};
use super::read_limit::{bound, number};
use super::read_test::{Scope, fact, measure, test_of};
use super::reader::{Node, Read, Table};
use super::test::{Bound, Comparison, Measure, Operand, Unit};
use crate::domain::facts::{FactId, Kind, catalogue};
use crate::domain::rules::model::RuleSet;
use std::sync::Arc;

/// Reads `[[item]]` and then `[[block]]`; `score` names the entry that is the total.
pub fn point_table(root: &Table, known: &[Arc<RuleSet>]) -> Read<PointTable> {
    let mut points = PointTable::default();
    for (key, kind) in [("item", Kinds::Item), ("block", Kinds::Block)] {
        let Some(node) = root.get(key) else { continue };
        for node in node.list()? {
            let entry = entry(&node.table()?, key, &kind, known, &points)?;
            if points.find(&entry.id).is_some() {
                return Err(node.error(format!("{} is named twice", entry.id)));
            }
            points.entries.push(entry);
        }
    }
    if points.entries.len() > MAX_ENTRIES {
        return Err(root.error(format!("more than {MAX_ENTRIES} items and blocks")));
    }
    if let Some(node) = root.get("score") {
        let id = node.text()?;
        let total = points.find(id);
        points.total = Some(total.ok_or_else(|| node.error(format!("no item or block {id}")))?);
    }
    Ok(points)
}

enum Kinds {
    Item,
    Block,
}

fn entry(
    table: &Table,
    key: &str,
    kind: &Kinds,
    known: &[Arc<RuleSet>],
    points: &PointTable,
) -> Read<Entry> {
    let id = table.need("id")?.text()?.to_owned();
    table.rename(format!("{key} {id}"));
    let title = words(table)?;
    let max = table.need("max")?.whole()?;
    let scope = Scope { known, points };
    let rule = match kind {
        Kinds::Block => block(table, points)?,
        Kinds::Item => item(table, &scope, max)?,
    };
    table.finish()?;
    Ok(Entry {
        id,
        title,
        max,
        points: rule,
    })
}

/// `title` and `title_en`.
pub fn words(table: &Table) -> Read<Words> {
    Ok(Words {
        zh: table.need("title")?.text()?.to_owned(),
        en: table.need("title_en")?.text()?.to_owned(),
    })
}

fn block(table: &Table, points: &PointTable) -> Read<Points> {
    let node = table.need("parts")?;
    let find = |id| {
        let place = points.find(id);
        place.ok_or_else(|| node.error(format!("no item or earlier block {id}")))
    };
    let parts = node.texts()?.into_iter().map(find).collect::<Read<_>>()?;
    Ok(Points::Block(parts))
}

fn item(table: &Table, scope: &Scope, max: i64) -> Read<Points> {
    if let Some(node) = table.get("entered") {
        return entered(table, &node, scope);
    }
    if let Some(node) = table.get("best_of") {
        let ways = node.list()?;
        let ways = ways.iter().map(|way| {
            let table = way.table()?;
            let bands = bands(&table, scope, max)?;
            table.finish()?;
            Ok(bands)
        });
        return Ok(Points::BestOf(ways.collect::<Read<_>>()?));
    }
    if let Some(node) = table.get("ladder") {
        let rungs = ladder(&node, scope, |table| within_max(table, "gives", max))?;
        let otherwise = within_max(table, "otherwise", max)?;
        return Ok(Points::Ladder(Ladder { rungs, otherwise }));
    }
    if let Some(node) = table.get("points_by_answer") {
        return by_answer(table, &node, max);
    }
    if let Some(node) = table.get("each") {
        return steps(table, &node);
    }
    bands(table, scope, max).map(Points::Bands)
}

fn bands(table: &Table, scope: &Scope, max: i64) -> Read<Bands> {
    let (measure, unit) = measure(table, scope)?;
    let bands = band_rows(table, &unit, |row| within_max(row, "gives", max))?;
    let otherwise = within_max(table, "otherwise", max)?;
    Ok(Bands {
        measure,
        bands,
        otherwise,
    })
}

/// Bands are looked at in order, so they must follow each other: falling lower limits or rising upper ones.
fn band_rows<T>(
    table: &Table,
    unit: &Unit,
    value: impl Fn(&Table) -> Read<T>,
) -> Read<Vec<(Bound, T)>> {
    let node = table.need("bands")?;
    let mut rows: Vec<(Bound, T)> = Vec::new();
    for row in node.list()? {
        let row = row.table()?;
        let next = bound(&row, unit)?;
        if let Some((last, _)) = rows.last()
            && !follows(last, &next)
        {
            return Err(row.error("overlaps the band before it"));
        }
        rows.push((next, value(&row)?));
        row.finish()?;
    }
    if rows.is_empty() {
        return Err(node.error("the list is empty"));
    }
    Ok(rows)
}

/// Whether a value can miss `last` and still lie in `next`.
fn follows(last: &Bound, next: &Bound) -> bool {
    if last.comparison.is_lower_limit() != next.comparison.is_lower_limit() {
        return false;
    }
    let includes_edge =
        |bound: &Bound| matches!(bound.comparison, Comparison::AtLeast | Comparison::AtMost);
    let touches = last.limit == next.limit && includes_edge(next) && !includes_edge(last);
    if last.comparison.is_lower_limit() {
        next.limit < last.limit || touches
    } else {
        next.limit > last.limit || touches
    }
}

fn ladder<T>(
    node: &Node,
    scope: &Scope,
    value: impl Fn(&Table) -> Read<T>,
) -> Read<Vec<(super::test::Test, T)>> {
    let rungs = node.list()?.into_iter().map(|rung| {
        let table = rung.table()?;
        let test = test_of(&table, scope)?;
        let value = value(&table)?;
        table.finish()?;
        Ok((test, value))
    });
    rungs.collect()
}

/// `entered = "score_…"` with `range`, or with bands or a ladder of ranges.
fn entered(table: &Table, node: &Node, scope: &Scope) -> Read<Points> {
    let operand = Operand::current(fact(node)?);
    let within = if let Some(node) = table.get("range") {
        Within::Range(range_of(&node)?)
    } else if let Some(node) = table.get("ladder") {
        Within::Ladder(Ladder {
            rungs: ladder(&node, scope, range)?,
            otherwise: range_of(&table.need("otherwise")?)?,
        })
    } else {
        let (measure, unit): (Measure, Unit) = measure(table, scope)?;
        Within::Bands {
            measure,
            bands: band_rows(table, &unit, range)?,
            otherwise: range_of(&table.need("otherwise")?)?,
        }
    };
    Ok(Points::Entered { operand, within })
}

/// `fact = "…"` and `points_by_answer = { CODE = 3, … }`; a yes/no has the keys yes and no.
fn by_answer(table: &Table, node: &Node, max: i64) -> Read<Points> {
    let id = fact(&table.need("fact")?)?;
    let codes = answers(id);
    if codes.is_empty() {
        return Err(node.error("needs a fact with codes or a yes/no"));
    }
    let given = node.table()?;
    let mut points = vec![None; codes.len()];
    for (code, value) in given.entries() {
        let place = codes.iter().position(|known| *known == code);
        let place = place.ok_or_else(|| value.error(format!("{code} is no code of this fact")))?;
        points[place] = Some(limited(&value, max)?);
    }
    if let Some(place) = points.iter().position(Option::is_none) {
        return Err(node.error(format!("{} has no points", codes[place])));
    }
    Ok(Points::Codes {
        operand: Operand::current(id),
        points: points.into_iter().flatten().collect(),
    })
}

/// The answers of a fact in the order of their values.
fn answers(id: FactId) -> Vec<&'static str> {
    let def = catalogue().def(id);
    match def.kind {
        Kind::YesNo => vec!["no", "yes"],
        _ => def.codes.iter().map(|code| code.code.as_str()).collect(),
    }
}

fn steps(table: &Table, node: &Node) -> Read<Points> {
    let id = fact(&table.need("fact")?)?;
    let each = node.table()?;
    let unit = Unit::of(id);
    let mut entries = each.entries();
    let step = match (entries.next(), entries.next()) {
        (Some((name, value)), None) if name == unit.name() => number(&value, &unit)?,
        _ => return Err(node.error(format!("give one number in {}", unit.name()))),
    };
    let step = i64::try_from(step.numerator()).unwrap_or(0);
    if step < 1 {
        return Err(node.error("must be above zero"));
    }
    Ok(Points::Steps {
        operand: Operand::current(id),
        step,
        points: table.need("gives")?.whole()?,
    })
}

fn range(table: &Table) -> Read<Range> {
    range_of(&table.need("range")?)
}

fn range_of(node: &Node) -> Read<Range> {
    let ends = node.list()?;
    let [from, to] = ends.as_slice() else {
        return Err(node.error("must be two numbers: [from, to]"));
    };
    let (from, to) = (from.whole()?, to.whole()?);
    if from > to {
        return Err(node.error("ends before it begins"));
    }
    Ok(Range { from, to })
}

fn within_max(table: &Table, key: &'static str, max: i64) -> Read<i64> {
    limited(&table.need(key)?, max)
}

fn limited(node: &Node, max: i64) -> Read<i64> {
    let points = node.whole()?;
    if (0..=max).contains(&points) {
        Ok(points)
    } else {
        Err(node.error(format!("must be 0 to {max}, the item's max")))
    }
}
