//! Reading criteria, and what they need together.

use std::sync::Arc;

use super::model::*;
use super::points::PointTable;
use super::read_points::words;
use super::read_test::{Scope, flag, test_of};
use super::reader::{Node, Read, RuleError, Table, all, each};
use super::uses::Collector;
use crate::outcome::Outcomes;

/// What criteria inherit where they say nothing of their own.
pub struct Defaults {
    pub clause: Clause,
    pub confidence: Confidence,
}

impl Defaults {
    /// Where they are faulty, something to read on with, so that the faults of the criteria are told as well.
    pub fn read(root: &Table) -> (Self, Read<()>) {
        let document = root.need_text("document");
        let article = root.get("article").map_or(Ok(""), |it| it.text());
        let own = root.need("confidence").and_then(|it| confidence(&it));
        let text = |read: &Read<&str>| read.as_deref().unwrap_or_default().to_owned();
        let defaults = Self {
            clause: Clause {
                document: text(&document),
                article: text(&article),
            },
            confidence: own.clone().unwrap_or(Confidence::Proposal),
        };
        let faults = all([document.map(drop), article.map(drop), own.map(drop)]);
        (defaults, faults.map(drop))
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
    let routes = match table.get("routes") {
        Some(node) => node.texts(),
        None => Ok(Vec::new()),
    };
    let named = routes.as_deref().ok();
    let criteria = table.need("criterion").and_then(|node| {
        let criteria = all(node.list()?.iter().map(|it| criterion(it, named, context)))?;
        match criteria.len() > Outcomes::MAX {
            true => Err(too_many(node.error("rule_set.too_many_criteria"))),
            false => Ok(criteria),
        }
    });
    let need = match table.get("need") {
        None => Ok(None),
        Some(node) => node.whole().map(|count| Some((count, node))),
    };
    each! {
        routes = routes,
        criteria = criteria,
        need = need,
    }
    let of = |route: Option<usize>| {
        let all = criteria.iter().enumerate();
        let chosen = all.filter(|(_, it)| it.route == route);
        chosen.fold(0u64, |bits, (place, _)| bits | 1 << place)
    };
    let common = of(None);
    let routes = routes.into_iter().enumerate().map(|(place, name)| {
        let empty = || table.error("rule_set.route_empty").with("route", name);
        match of(Some(place)) {
            0 => Err(empty()),
            criteria => Ok(Route {
                name: name.to_owned(),
                criteria,
            }),
        }
    });
    let routes = all(routes)?;
    let need = match need {
        None => Need::All,
        Some((count, node)) => match usize::try_from(count) {
            Ok(count) if (1..=criteria.len()).contains(&count) && routes.is_empty() => {
                Need::AtLeast(count)
            }
            _ => {
                let error = node.error("rule_set.need_range");
                return Err(error.with("max", criteria.len()));
            }
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

pub(super) fn too_many(error: RuleError) -> RuleError {
    error.with("max", Outcomes::MAX)
}

pub fn clause(table: &Table, default: &Clause) -> Read<Clause> {
    let own = |key, default: &str| -> Read<String> {
        Ok(table
            .get(key)
            .map_or(Ok(default), |it| it.text())?
            .to_owned())
    };
    each! {
        document = own("document", &default.document),
        article = own("article", &default.article),
    }
    Ok(Clause { document, article })
}

pub(super) fn criterion(
    node: &Node,
    routes: Option<&[&str]>,
    context: &Context,
) -> Read<Criterion> {
    let table = node.table()?;
    let id = table.need_text("id");
    if let Ok(id) = id {
        table.rename(format!("criterion {id}"));
    }
    table.finish(criterion_of(&table, id, routes, context))
}

/// `routes` are none where these are faulty themselves.
fn criterion_of(
    table: &Table,
    id: Read<&str>,
    routes: Option<&[&str]>,
    context: &Context,
) -> Read<Criterion> {
    table.get("note");
    let scope = Scope {
        known: context.known,
        points: context.points,
    };
    each! {
        id = id,
        route = route(table, routes),
        title = words(table),
        clause = clause(table, &context.defaults.clause),
        confidence = table
            .get("confidence")
            .map_or(Ok(context.defaults.confidence), |it| confidence(&it)),
        in_principle = flag(table, "in_principle"),
        test = test_of(table, &scope),
    }
    let mut collector = Collector::default();
    collector.test(&test, context.points);
    Ok(Criterion {
        id: id.to_owned(),
        title,
        clause,
        confidence,
        in_principle,
        by_points: collector.own_points,
        uses: collector.finish(),
        test,
        route,
    })
}

pub(super) fn route(table: &Table, routes: Option<&[&str]>) -> Read<Option<usize>> {
    let Some(node) = table.get("route") else {
        return Ok(None);
    };
    let name = node.text()?;
    let Some(routes) = routes else {
        return Ok(None);
    };
    match routes.iter().position(|route| *route == name) {
        Some(place) => Ok(Some(place)),
        None => Err(node.error("rule_set.route_unknown").with("route", name)),
    }
}

pub fn confidence(node: &Node) -> Read<Confidence> {
    const CHOICES: &str = "TEXT_SEEN, SECONDARY, GENERAL_KNOWLEDGE, PROPOSAL";
    node.choice(CHOICES, Confidence::parse)
}
