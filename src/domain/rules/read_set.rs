//! Reading a whole document into a rule set.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::dated::{self, MOST_PERIODS};
use super::model::*;
use super::points::PointTable;
use super::read_points::{point_table, words};
use super::read_pools::pools;
use super::read_size::size_table;
use super::read_test::{Scope, flag, test_of};
use super::reader::{Node, Read, RuleError, Table, refuse_floats};
use super::test::{Measure, Test};
use super::uses::{Collector, Uses, of_set};
use crate::domain::date;
use crate::domain::money::Money;
use crate::domain::outcome::Outcomes;

/// Reads one document, once for each period in which it reads alike (see [`dated`]). `known` holds the rule sets it may
/// embed.
pub fn rule_sets(document: &Json, file: &str, known: &[Arc<RuleSet>]) -> Read<Vec<RuleSet>> {
    refuse_floats(document, file, "")?;
    let root = Node::root(document, file).table()?;
    let first = day(&root.need("effective_from")?)?;
    let hash = hash(document, file)?;
    let mut days = dated::days(document, file)?;
    days.extend(embedded_days(document, known));
    days.retain(|day| *day > first);
    days.insert(first);
    if days.len() > MOST_PERIODS {
        return Err(root.error(format!("more than {MOST_PERIODS} periods")));
    }
    let read = days.iter().map(|from| {
        let resolved = dated::resolve(document, file, *from)?.document;
        let set = rule_set(&resolved, file, &on(known, *from)).map_err(|error| match *from {
            from if from == first => error,
            from => error.within(&format!("from {from}")),
        })?;
        Ok(RuleSet {
            effective_from: *from,
            hash: hash.clone(),
            document: document.clone(),
            ..set
        })
    });
    read.collect()
}

/// A document without dated values.
fn rule_set(document: &Json, file: &str, known: &[Arc<RuleSet>]) -> Read<RuleSet> {
    let root = Node::root(document, file).table()?;
    let defaults = Defaults::read(&root)?;
    let code = root.need("code")?.text()?.to_owned();
    check_code(&code, &root)?;
    let effective_from = day(&root.need("effective_from")?)?;
    let undated = flag(&root, "named_without_date")?;
    let name = if undated {
        code.clone()
    } else {
        format!("{code}@{effective_from}")
    };
    let points = point_table(&root, known)?;
    let body = body(&root, known, &points, &defaults)?;
    let set = RuleSet {
        version: version(&root)?,
        effective_from,
        version_from: effective_from,
        last_day: None,
        title: words(&root)?,
        clause: defaults.clause.clone(),
        confidence: defaults.confidence,
        hash: String::new(),
        effort: effort(&root)?,
        embeds: embedded(&body),
        code,
        name,
        points,
        body,
        document: Json::Null,
        uses: Uses::default(),
    };
    // For people only: where the text was found.
    root.get("source");
    root.finish()?;
    check_ids(&set, &root)?;
    Ok(RuleSet {
        uses: of_set(&set),
        ..set
    })
}

/// Codes stand in addresses, file names and the names of versions.
fn check_code(code: &str, root: &Table) -> Read<()> {
    const LONGEST: usize = 40;
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let sound = code.len() <= LONGEST
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.bytes().all(plain);
    match sound {
        true => Ok(()),
        false => Err(root.error("code must be capitals, digits and _, at most 40")),
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

/// What criteria inherit where they say nothing of their own.
pub struct Defaults {
    pub clause: Clause,
    pub confidence: Confidence,
}

impl Defaults {
    fn read(root: &Table) -> Read<Self> {
        Ok(Self {
            clause: Clause {
                document: root.need("document")?.text()?.to_owned(),
                article: root
                    .get("article")
                    .map_or(Ok(""), |it| it.text())?
                    .to_owned(),
            },
            confidence: confidence(&root.need("confidence")?)?,
        })
    }
}

/// What the criteria of a document are read with.
pub struct Context<'c> {
    pub known: &'c [Arc<RuleSet>],
    pub points: &'c PointTable,
    pub defaults: &'c Defaults,
}

/// The criteria, need and routes that stand in `table`.
pub fn group(table: &Table, id: String, title: Words, context: &Context) -> Read<Group> {
    let routes: Vec<String> = match table.get("routes") {
        Some(node) => node.texts()?.into_iter().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    let node = table.need("criterion")?;
    let criteria = node
        .list()?
        .iter()
        .map(|node| criterion(node, &routes, context))
        .collect::<Read<Vec<_>>>()?;
    if criteria.len() > Outcomes::MAX {
        return Err(node.error(format!("more than {} criteria", Outcomes::MAX)));
    }
    let of = |route: Option<usize>| {
        let chosen = criteria
            .iter()
            .enumerate()
            .filter(|(_, it)| it.route == route);
        chosen.fold(0u64, |bits, (place, _)| bits | 1 << place)
    };
    let common = of(None);
    let routes = routes
        .into_iter()
        .enumerate()
        .map(|(place, name)| match of(Some(place)) {
            0 => Err(table.error(format!("no criterion has route {name}"))),
            criteria => Ok(Route { name, criteria }),
        })
        .collect::<Read<Vec<Route>>>()?;
    let need = match table.get("need") {
        None => Need::All,
        Some(node) => match usize::try_from(node.whole()?) {
            Ok(count) if count >= 1 && count <= criteria.len() && routes.is_empty() => {
                Need::AtLeast(count)
            }
            _ => return Err(node.error("must be 1 to the number of criteria, without routes")),
        },
    };
    Ok(Group {
        id,
        title,
        criteria,
        need,
        common,
        routes,
    })
}

pub fn clause(table: &Table, default: &Clause) -> Read<Clause> {
    let own = |key, default: &str| -> Read<String> {
        Ok(table
            .get(key)
            .map_or(Ok(default), |it| it.text())?
            .to_owned())
    };
    Ok(Clause {
        document: own("document", &default.document)?,
        article: own("article", &default.article)?,
    })
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

fn criterion(node: &Node, routes: &[String], context: &Context) -> Read<Criterion> {
    let table = node.table()?;
    let id = table.need("id")?.text()?.to_owned();
    table.rename(format!("criterion {id}"));
    let route = match table.get("route") {
        None => None,
        Some(node) => {
            let name = node.text()?;
            let place = routes.iter().position(|route| route == name);
            Some(place.ok_or_else(|| node.error(format!("no route {name} in routes")))?)
        }
    };
    let scope = Scope {
        known: context.known,
        points: context.points,
    };
    let test = test_of(&table, &scope)?;
    let mut collector = Collector::default();
    collector.test(&test, context.points);
    let criterion = Criterion {
        title: words(&table)?,
        clause: clause(&table, &context.defaults.clause)?,
        confidence: table
            .get("confidence")
            .map_or(Ok(context.defaults.confidence), |it| confidence(&it))?,
        in_principle: flag(&table, "in_principle")?,
        by_points: collector.own_points,
        uses: collector.finish(),
        test,
        route,
        id,
    };
    table.get("note");
    table.finish()?;
    Ok(criterion)
}

pub fn confidence(node: &Node) -> Read<Confidence> {
    Confidence::parse(node.text()?)
        .ok_or_else(|| node.error("must be TEXT_SEEN, SECONDARY, GENERAL_KNOWLEDGE or PROPOSAL"))
}

fn version(root: &Table) -> Read<u32> {
    let node = root.need("version")?;
    let version = u32::try_from(node.whole()?).unwrap_or(0);
    if version == 0 {
        return Err(node.error("must be 1 or more"));
    }
    Ok(version)
}

fn day(node: &Node) -> Read<NaiveDate> {
    date::parse(node.text()?).map_err(|_| node.error("must be a day, YYYY-MM-DD in quotes"))
}

fn effort(root: &Table) -> Read<Effort> {
    let Some(node) = root.get("effort") else {
        return Ok(Effort::default());
    };
    let mut priced = Vec::new();
    for (name, value) in node.table()?.entries() {
        let money = Money::parse(value.text()?);
        let money = money.map_err(|_| value.error("must be an amount in yuan"))?;
        priced.push((name.to_owned(), money.0));
    }
    Ok(Effort(priced))
}

fn hash(document: &Json, file: &str) -> Read<String> {
    let canonical = serde_json_canonicalizer::to_vec(document).map_err(|error| RuleError {
        file: file.to_owned(),
        place: String::new(),
        message: error.to_string(),
    })?;
    let digest = Sha256::digest(&canonical);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256:{hex}"))
}

fn check_ids(set: &RuleSet, root: &Table) -> Read<()> {
    let mut ids: Vec<&str> = set.criteria().map(|it| it.id.as_str()).collect();
    if ids.len() > Outcomes::MAX {
        return Err(root.error(format!("more than {} criteria", Outcomes::MAX)));
    }
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(root.error(format!("criterion {} is named twice", pair[0]))),
        None => Ok(()),
    }
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
