//! Reading the scored items and blocks of a document.

use super::model::Words;
use super::points::{Bands, Entry, Ladder, MAX_ENTRIES, PointTable, Points, Range, Within};
use super::read_fact::fact;
use super::read_limit::{bound, number};
use super::read_test::{Scope, measure, test_of};
use super::reader::{Node, Read, RuleError, Table, all, each, refused};
use super::test::{Bound, Comparison, Operand, Unit};
use crate::facts::{FactId, Kind, catalogue};
use crate::rules::model::RuleSet;
use std::sync::Arc;

/// Reads `[[item]]` and then `[[block]]`; `score` names the entry that is the total. What could be read of them is given
/// whatever the faults, so that those of what refers to them are told as well.
pub fn point_table(root: &Table, known: &[Arc<RuleSet>]) -> (PointTable, Read<()>) {
    let mut points = PointTable::default();
    let mut faulty: Vec<RuleError> = Vec::new();
    for (key, kind) in [("item", Kinds::Item), ("block", Kinds::Block)] {
        let nodes = root.get(key).map_or(Ok(Vec::new()), |it| it.list());
        for node in nodes.unwrap_or_else(|error| noted(&mut faulty, error)) {
            let read = entry(&node, key, &kind, known, &points);
            match read.map_err(|(id, error)| (id, noted::<Entry>(&mut faulty, error))) {
                Ok(entry) if points.find(&entry.id).is_some() => {
                    faulty.push(node.error("rule_set.named_twice").with("id", &entry.id));
                }
                Ok(entry) => points.entries.push(entry),
                Err((Some(id), _)) => points.entries.push(stand_in(id)),
                Err((None, _)) => {}
            }
        }
    }
    if points.entries.len() > MAX_ENTRIES {
        let error = root.error("rule_set.too_many_entries");
        faulty.push(error.with("max", MAX_ENTRIES));
    }
    match root.get("score").map(|node| found(&points, &node)) {
        Some(Ok(total)) => points.total = Some(total),
        Some(Err(error)) => faulty.push(error),
        None => {}
    }
    let read = match faulty.is_empty() {
        true => Ok(()),
        false => refused(faulty),
    };
    (points, read)
}

fn noted<T>(faulty: &mut Vec<RuleError>, error: RuleError) -> Vec<T> {
    faulty.push(error);
    Vec::new()
}

/// The place of the entry that is named.
fn found(points: &PointTable, node: &Node) -> Read<usize> {
    let id = node.text()?;
    let unknown = || node.error("rule_set.entry_unknown").with("id", id);
    points.find(id).ok_or_else(unknown)
}

/// For an entry that could not be read: it may be referred to.
fn stand_in(id: String) -> Entry {
    Entry {
        id,
        title: Words::default(),
        max: 0,
        points: Points::Block(Vec::new()),
    }
}

enum Kinds {
    Item,
    Block,
}

/// One item or block; where it is faulty, its id as far as that could be read.
fn entry(
    node: &Node,
    key: &str,
    kind: &Kinds,
    known: &[Arc<RuleSet>],
    points: &PointTable,
) -> Result<Entry, (Option<String>, RuleError)> {
    let table = node.table().map_err(|error| (None, error))?;
    let id = table.need_text("id");
    let named = id.as_ref().ok().map(|id| (*id).to_owned());
    if let Some(id) = &named {
        table.rename(format!("{key} {id}"));
    }
    let scope = Scope { known, points };
    let read = || {
        let max = table.need("max").and_then(|it| it.whole());
        // Points are not judged by a limit that is faulty itself.
        let most = max.as_ref().map_or(i64::MAX, |max| *max);
        each! {
            id = id,
            title = words(&table),
            max = max,
            points = match kind {
                Kinds::Block => block(&table, points),
                Kinds::Item => item(&table, &scope, most),
            },
        }
        let id = id.to_owned();
        Ok(Entry {
            id,
            title,
            max,
            points,
        })
    };
    table.finish(read()).map_err(|error| (named, error))
}

/// `title` and `title_en`.
pub fn words(table: &Table) -> Read<Words> {
    each! {
        zh = table.need_text("title"),
        en = table.need_text("title_en"),
    }
    Ok(Words {
        zh: zh.to_owned(),
        en: en.to_owned(),
    })
}

fn block(table: &Table, points: &PointTable) -> Read<Points> {
    let parts = table.need("parts")?.some()?;
    let parts = parts.iter().map(|part| found(points, part));
    Ok(Points::Block(all(parts)?))
}

fn item(table: &Table, scope: &Scope, max: i64) -> Read<Points> {
    if let Some(node) = table.get("entered") {
        return entered(table, &node, scope);
    }
    if let Some(node) = table.get("best_of") {
        let ways = node.list()?;
        let ways = ways.iter().map(|way| {
            let table = way.table()?;
            table.finish(bands(&table, scope, max))
        });
        return Ok(Points::BestOf(all(ways)?));
    }
    if let Some(node) = table.get("ladder") {
        each! {
            rungs = ladder(&node, scope, |table| within_max(table, "gives", max)),
            otherwise = within_max(table, "otherwise", max),
        }
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
    each! {
        measured = measure(table, scope),
        otherwise = within_max(table, "otherwise", max),
    }
    let (measure, unit) = measured;
    let bands = band_rows(table, &unit, |row| within_max(row, "gives", max))?;
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
    let rows = table.need("bands")?.some()?;
    let read = rows.iter().map(|row| {
        let row = row.table()?;
        let read = || {
            each! {
                bound = bound(&row, unit),
                value = value(&row),
            }
            Ok((bound, value))
        };
        row.finish(read())
    });
    let read = all(read)?;
    let overlaps = read.windows(2).zip(rows.iter().skip(1));
    let overlaps = overlaps.filter(|(pair, _)| !follows(&pair[0].0, &pair[1].0));
    let overlaps = overlaps.map(|(_, row)| Err(row.error("rule_set.bands_overlap")));
    all::<()>(overlaps)?;
    Ok(read)
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
        let read = || {
            each! {
                test = test_of(&table, scope),
                value = value(&table),
            }
            Ok((test, value))
        };
        table.finish(read())
    });
    all(rungs)
}

/// `entered = "score_…"` with `range`, or with bands or a ladder of ranges.
fn entered(table: &Table, node: &Node, scope: &Scope) -> Read<Points> {
    each! {
        fact = fact(node),
        within = within(table, scope),
    }
    Ok(Points::Entered {
        operand: Operand::current(fact),
        within,
    })
}

fn within(table: &Table, scope: &Scope) -> Read<Within> {
    if let Some(node) = table.get("range") {
        return range_of(&node).map(Within::Range);
    }
    let otherwise = table.need("otherwise").and_then(|it| range_of(&it));
    if let Some(node) = table.get("ladder") {
        each! {
            rungs = ladder(&node, scope, range),
            otherwise = otherwise,
        }
        return Ok(Within::Ladder(Ladder { rungs, otherwise }));
    }
    each! {
        measured = measure(table, scope),
        otherwise = otherwise,
    }
    let (measure, unit) = measured;
    Ok(Within::Bands {
        measure,
        bands: band_rows(table, &unit, range)?,
        otherwise,
    })
}

/// `fact = "…"` and `points_by_answer = { CODE = 3, … }`; a yes/no has the keys yes and no.
fn by_answer(table: &Table, node: &Node, max: i64) -> Read<Points> {
    let id = fact(&table.need("fact")?)?;
    let codes = answers(id);
    if codes.is_empty() {
        return Err(node.error("rule_set.answers_wanted"));
    }
    let given = node.table()?;
    let of = |code: &&'static str| match given.has(code) {
        true => given.need(code).and_then(|it| limited(&it, max)),
        false => Err(node.error("rule_set.answer_missing").with("code", code)),
    };
    let strange = given.entries().filter(|(code, _)| !codes.contains(code));
    let strange = strange.map(|(code, it)| {
        let error = it.error("rule_set.code_unknown");
        Err(error.with("code", code))
    });
    each! {
        points = all(codes.iter().map(of)),
        _strange = all::<()>(strange),
    }
    Ok(Points::Codes {
        operand: Operand::current(id),
        points,
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
        _ => return Err(node.error("rule_set.one_number").with("unit", unit.name())),
    };
    let step = i64::try_from(step.numerator()).unwrap_or(0);
    if step < 1 {
        return Err(node.error("rule_set.above_zero"));
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
        return Err(node.error("rule_set.two_numbers"));
    };
    each! {
        from = from.whole(),
        to = to.whole(),
    }
    if from > to {
        return Err(node.error("rule_set.range_falls"));
    }
    Ok(Range { from, to })
}

fn within_max(table: &Table, key: &'static str, max: i64) -> Read<i64> {
    limited(&table.need(key)?, max)
}

fn limited(node: &Node, max: i64) -> Read<i64> {
    let points = node.whole()?;
    match (0..=max).contains(&points) {
        true => Ok(points),
        false => Err(node.error("rule_set.points_range").with("max", max)),
    }
}
