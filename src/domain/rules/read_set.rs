//! Reading a whole document into a rule set.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::dated::{self, MOST_PERIODS};
use super::model::*;
use super::place::{Kind, NamedTable};
use super::points::PointTable;
use super::read_group::{Context, Defaults, group, too_many};
use super::read_points::{point_table, words};
use super::read_pools::pools;
use super::read_size::size_table;
use super::read_test::flag;
use super::reader::{Node, Read, RuleError, Table, all, each, refuse_floats, refused};
use super::test::{Measure, Test};
use super::uses::{Uses, of_set};
use crate::date;
use crate::money::Money;
use crate::outcome::Outcomes;

/// Reads one document, once for each period in which it reads alike (see [`dated`]). `known` holds the rule sets it may
/// embed.
pub fn rule_sets(document: &Json, file: &str, known: &[Arc<RuleSet>]) -> Read<Vec<RuleSet>> {
    let root = Node::root(document, file).table()?;
    each! {
        _numbers = refuse_floats(document, file),
        days = dated::days(document, file),
    }
    let first = root.need("effective_from").and_then(|it| day(&it));
    // The readings tell that there is none; on what day they read matters little then.
    let first = first.ok().or(days.last().copied());
    let first = first.unwrap_or(date::FIRST_DAY);
    let mut days = days;
    days.extend(embedded_days(document, known));
    days.retain(|day| *day > first);
    days.insert(first);
    if days.len() > MOST_PERIODS {
        return Err(root
            .error("rule_set.too_many_periods")
            .with("max", MOST_PERIODS));
    }
    let read = days.iter().map(|from| {
        let resolved = dated::resolve(document, file, *from)?.document;
        let set = rule_set(&resolved, file, &on(known, *from));
        set.map_err(|error| {
            let error = dated::located(error, document, *from);
            match *from {
                from if from == first => error,
                from => error.within(&format!("from {from}")),
            }
        })
    });
    let sets = all(read)?;
    let hash = hash(document, file)?;
    let sets = sets.into_iter().zip(&days).map(|(set, from)| RuleSet {
        effective_from: *from,
        hash: hash.clone(),
        document: document.clone(),
        ..set
    });
    Ok(sets.collect())
}

/// A document without dated values.
fn rule_set(document: &Json, file: &str, known: &[Arc<RuleSet>]) -> Read<RuleSet> {
    let root = Node::root(document, file).table()?;
    let set = root.finish(set_of(&root, known))?;
    check_ids(&set, document, &root)?;
    Ok(RuleSet {
        uses: of_set(&set),
        ..set
    })
}

fn set_of(root: &Table, known: &[Arc<RuleSet>]) -> Read<RuleSet> {
    // For people only: where the text was found.
    root.get("source");
    let (points, all_points) = point_table(root, known);
    let (defaults, all_defaults) = Defaults::read(root);
    each! {
        code = root.need("code").and_then(|it| code_of(&it)),
        version = version(root),
        effective_from = root.need("effective_from").and_then(|it| day(&it)),
        undated = flag(root, "named_without_date"),
        title = words(root),
        _defaults = all_defaults,
        effort = effort(root),
        _points = all_points,
        body = body(root, known, &points, &defaults),
    }
    let name = match undated {
        true => code.clone(),
        false => format!("{code}@{effective_from}"),
    };
    Ok(RuleSet {
        version,
        effective_from,
        version_from: effective_from,
        last_day: None,
        title,
        clause: defaults.clause,
        confidence: defaults.confidence,
        hash: String::new(),
        effort,
        embeds: embedded(&body),
        code,
        name,
        points,
        body,
        document: Json::Null,
        uses: Uses::default(),
    })
}

/// Codes stand in addresses, file names and the names of versions.
fn code_of(node: &Node) -> Read<String> {
    const LONGEST: usize = 40;
    let code = node.text()?;
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let sound = code.len() <= LONGEST
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.bytes().all(plain);
    match sound {
        true => Ok(code.to_owned()),
        false => Err(node.error("rule_set.code_form").with("max", LONGEST)),
    }
}

/// Of each name the version and period in force on a day; before the first begins, the first.
fn on(known: &[Arc<RuleSet>], day: NaiveDate) -> Vec<Arc<RuleSet>> {
    let mut found: Vec<Arc<RuleSet>> = Vec::new();
    let rank = |set: &RuleSet| {
        let days = (set.version_from, set.effective_from);
        let begun = set.effective_from <= day;
        (begun, begun.then_some(days), Reverse(days))
    };
    for set in known {
        match found.iter_mut().find(|it| it.name == set.name) {
            Some(other) if rank(set) > rank(other) => *other = set.clone(),
            Some(_) => {}
            None => found.push(set.clone()),
        }
    }
    found
}

/// The days on which what the document embeds begins to read differently.
fn embedded_days(document: &Json, known: &[Arc<RuleSet>]) -> Vec<NaiveDate> {
    let mut names = Vec::new();
    embedded_names(document, &mut names);
    let sets = known
        .iter()
        .filter(|set| names.contains(&set.name.as_str()));
    sets.map(|set| set.effective_from).collect()
}

/// The names of rule sets that a document may embed.
pub fn embedded_names<'j>(json: &'j Json, names: &mut Vec<&'j str>) {
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(name) if matches!(key.as_str(), "passes" | "of" | "by") => {
                        names.push(name);
                    }
                    _ => embedded_names(value, names),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| embedded_names(item, names)),
        _ => {}
    }
}

fn body(
    root: &Table,
    known: &[Arc<RuleSet>],
    points: &PointTable,
    defaults: &Defaults,
) -> Read<Body> {
    let context = Context {
        known,
        points,
        defaults,
    };
    if root.has("pool") {
        return Ok(Body::Pools(Box::new(pools(root, &context)?)));
    }
    if root.has("industry") {
        return size_table(root, defaults).map(Body::Size);
    }
    group(root, String::new(), Words::default(), &context).map(Body::Conditions)
}

fn version(root: &Table) -> Read<u32> {
    let node = root.need("version")?;
    let version = node.within(1, u32::MAX.into())?;
    u32::try_from(version).map_err(|_| node.error("rule_set.whole_wanted"))
}

fn day(node: &Node) -> Read<NaiveDate> {
    date::parse(node.text()?).map_err(|_| node.error("rule_set.day_form"))
}

fn effort(root: &Table) -> Read<Effort> {
    let Some(node) = root.get("effort") else {
        return Ok(Effort::default());
    };
    let table = node.table()?;
    let priced = table.entries().map(|(name, value)| {
        let money = Money::parse(value.text()?);
        let money = money.map_err(|_| value.error("rule_set.amount_form"))?;
        Ok((name.to_owned(), money.0))
    });
    Ok(Effort(all(priced)?))
}

fn hash(document: &Json, file: &str) -> Read<String> {
    let canonical = serde_json_canonicalizer::to_vec(document)
        .map_err(|told| RuleError::new(file, "", "", "rule_set.unreadable").with("told", told))?;
    let digest = Sha256::digest(&canonical);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256:{hex}"))
}

fn check_ids(set: &RuleSet, document: &Json, root: &Table) -> Read<()> {
    let mut ids: Vec<&str> = set.criteria().map(|it| it.id.as_str()).collect();
    if ids.len() > Outcomes::MAX {
        return Err(too_many(root.error("rule_set.too_many_criteria")));
    }
    ids.sort_unstable();
    if ids.windows(2).all(|pair| pair[0] != pair[1]) {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    let places = NamedTable::all(document).into_iter();
    let twice = places.filter(|it| it.kind == Kind::Criterion && !seen.insert(it.name.clone()));
    let twice = twice.map(|it| {
        let error = root.error("rule_set.named_twice").with("id", &it.name);
        error.at(&format!("criterion {}", it.name), &it.pointer)
    });
    refused(twice)
}

fn embedded(body: &Body) -> Vec<Arc<RuleSet>> {
    let mut found: Vec<Arc<RuleSet>> = Vec::new();
    let mut add = |set: &Arc<RuleSet>| {
        if !found.iter().any(|known| known.name == set.name) {
            found.push(set.clone());
        }
    };
    let groups: Vec<&Group> = match body {
        Body::Conditions(group) => vec![group],
        Body::Pools(pools) => pools.groups().collect(),
        Body::Size(_) => Vec::new(),
    };
    for criterion in groups.iter().flat_map(|group| &group.criteria) {
        embedded_in(&criterion.test, &mut add);
    }
    found
}

fn embedded_in(test: &Test, add: &mut impl FnMut(&Arc<RuleSet>)) {
    match test {
        Test::Passes(set) | Test::SizeNot { table: set, .. } => add(set),
        Test::Compare(compare) => {
            if let Measure::PointsOf { rule_set, .. } = &compare.measure {
                add(rule_set);
            }
        }
        Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
            for test in tests {
                embedded_in(test, add);
            }
        }
        Test::YesNo(_) | Test::Coded(_) | Test::Title(_) | Test::District(_) | Test::Legal(_) => {}
    }
}
