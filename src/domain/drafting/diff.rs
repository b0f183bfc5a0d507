//! What changed from one document to another (版本差异), in words: "研发费用占销售收入不低于 3% → 4%".
//!
//! Documents are compared as people write them: criteria, items, gates and pools by their names, then key by key.

mod difference;
mod pieces;
mod tables;
mod words;

use serde_json::{Map, Value as Json};

use crate::rules::place::{Kind as Named, NamedTable};
use tables::Tables;

pub use difference::{Difference, Kind};

/// In the order of the documents: the whole first, then gates and pools, criteria, items.
pub fn diff(from: &Json, to: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    let tables = Tables { from, to };
    if let (Some(before), Some(after)) = (from.as_object(), to.as_object()) {
        head(&tables, before, after, &mut found);
    }
    for kind in [
        Named::Gate,
        Named::Pool,
        Named::Criterion,
        Named::Item,
        Named::Block,
        Named::Industry,
    ] {
        named(&tables, kind, &mut found);
    }
    found
}

/// The keys of the whole document; lists of named tables come by themselves, and the number is no content.
fn head(
    tables: &Tables,
    before: &Map<String, Json>,
    after: &Map<String, Json>,
    found: &mut Vec<Difference>,
) {
    let own = |map: &Map<String, Json>| -> Map<String, Json> {
        let is_list = |key: &str| Named::ALL.iter().any(|kind| kind.key() == key);
        map.iter()
            .filter(|(key, _)| !is_list(key) && *key != "version")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    tables.compare(&own(before), &own(after), None, "", found);
}

fn named(tables: &Tables, kind: Named, found: &mut Vec<Difference>) {
    let of = |document| -> Vec<NamedTable> {
        let all = NamedTable::all(document);
        all.into_iter().filter(|it| it.kind == kind).collect()
    };
    let (before, after) = (of(tables.from), of(tables.to));
    let twin =
        |place: &NamedTable, others: &[NamedTable]| others.iter().any(|it| it.name == place.name);
    for place in before.iter().filter(|it| !twin(it, &after)) {
        found.push(pieces::removed(place, tables.from));
    }
    for place in &after {
        match before.iter().find(|it| it.name == place.name) {
            None => found.push(pieces::added(place, tables.to)),
            Some(old) => {
                tables.compare(old.table, place.table, Some(place), &place.name, found);
                if let Some(moved) = pieces::moved(old, place, tables) {
                    found.push(moved);
                }
            }
        }
    }
    let common = |list: &[NamedTable], others: &[NamedTable]| -> Vec<String> {
        let kept = list.iter().filter(|it| twin(it, others));
        kept.map(|it| it.name.clone()).collect()
    };
    let (old, new) = (common(&before, &after), common(&after, &before));
    if kind == Named::Gate && old != new {
        found.push(pieces::reordered(&old, &new));
    }
}
