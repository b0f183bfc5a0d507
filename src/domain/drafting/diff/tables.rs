//! Comparing two tables of the same name, key by key.

use serde_json::{Map, Value as Json};

use super::difference::{BOUNDS, Difference, Kind};
use super::words::{self, both, shown};
use crate::rules::dated::is_dated;
use crate::rules::model::Words;
use crate::rules::place::{Kind as Named, NamedTable};

/// The two documents.
pub struct Tables<'a> {
    pub from: &'a Json,
    pub to: &'a Json,
}

type Table = Map<String, Json>;

impl Tables<'_> {
    /// `of`: the criterion, item, gate or pool the tables are or stand in.
    pub fn compare(
        &self,
        before: &Table,
        after: &Table,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        if asks_alike(before, after) {
            self.limits(before, after, of, place, found);
        } else {
            let text = |table, document| words::test(table, document);
            let (from, to) = (text(before, self.from), text(after, self.to));
            found.push(self.told(
                of,
                place,
                Kind::Test,
                &words::key("test"),
                Some(from),
                Some(to),
            ));
        }
        let rest = |key: &&String| !is_test(key) && !is_nested(key, before, after);
        let mut keys: Vec<&String> = before.keys().chain(after.keys()).filter(rest).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let (old, new) = (before.get(key), after.get(key));
            if old != new {
                self.one(key, old, new, of, place, found);
            }
        }
    }

    /// One key that differs.
    fn one(
        &self,
        key: &str,
        old: Option<&Json>,
        new: Option<&Json>,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        let below = at(place, key);
        if let (Some(Json::Object(old)), Some(Json::Object(new))) = (old, new)
            && matches!(
                key,
                "moves" | "effort" | "points_by_answer" | "large" | "medium" | "small"
            )
        {
            for inner in union(old, new) {
                let (old, new) = (old.get(inner), new.get(inner));
                if old != new {
                    let kind = kind_of(key, of);
                    let text = |value: Option<&Json>| value.map(|it| shown(it, inner));
                    let label = words::key(inner);
                    let label = match key {
                        "large" | "medium" | "small" => both(&words::key(key), " ", &label),
                        _ => label,
                    };
                    found.push(self.told(
                        of,
                        &at(&below, inner),
                        kind,
                        &label,
                        text(old),
                        text(new),
                    ));
                }
            }
            return;
        }
        let text = |value: Option<&Json>| value.map(|it| shown(it, key));
        let kind = kind_of(key, of);
        found.push(self.told(of, &below, kind, &words::key(key), text(old), text(new)));
    }

    /// Tests that ask for the same thing: their limits, brackets and parts.
    fn limits(
        &self,
        before: &Table,
        after: &Table,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        self.bounds(before, after, of, place, found);
        for key in ["brackets", "bands", "ladder", "best_of"] {
            if before.get(key) != after.get(key) {
                self.rows(key, before, after, of, place, found);
            }
        }
        for key in ["all", "any"] {
            let parts = |table: &Table| table.get(key).and_then(Json::as_array).cloned();
            let (old, new) = (parts(before), parts(after));
            self.parts(old, new, of, &at(place, key), found);
        }
        let inner = |table: &Table| table.get("at_least_of").and_then(Json::as_object).cloned();
        if let (Some(old), Some(new)) = (inner(before), inner(after)) {
            let place = at(place, "at_least_of");
            let count = |table: &Table| table.get("count").map(|it| shown(it, "count"));
            if old.get("count") != new.get("count") {
                let label = words::key("count");
                found.push(self.told(
                    of,
                    &at(&place, "count"),
                    Kind::Need,
                    &label,
                    count(&old),
                    count(&new),
                ));
            }
            let parts = |table: &Table| table.get("of").and_then(Json::as_array).cloned();
            self.parts(parts(&old), parts(&new), of, &at(&place, "of"), found);
        }
    }

    fn bounds(
        &self,
        before: &Table,
        after: &Table,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        let (old, new) = (bound(before), bound(after));
        if old != new {
            let key = new.or(old).map_or("at_least", |(key, _)| key);
            let measure = words::measure(after, self.to);
            let same = old.map(|it| it.0) == new.map(|it| it.0);
            let label = match same {
                true => both(&measure, "", &words::key(key)),
                false => measure,
            };
            let text = |bound: Option<(&str, &Json)>| {
                bound.map(|(key, value)| match same {
                    true => shown(value, key),
                    false => both(&words::key(key), " ", &shown(value, key)),
                })
            };
            found.push(self.told(
                of,
                &at(place, key),
                Kind::Limit,
                &label,
                text(old),
                text(new),
            ));
        }
    }

    /// Joined tests, one by one; their number is the same.
    fn parts(
        &self,
        old: Option<Vec<Json>>,
        new: Option<Vec<Json>>,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        let pairs = old.iter().flatten().zip(new.iter().flatten());
        for (index, (old, new)) in pairs.enumerate() {
            if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
                self.compare(old, new, of, &format!("{place}/{index}"), found);
            }
        }
    }

    /// Brackets and bands: row by row where there are as many, else as a whole.
    fn rows(
        &self,
        key: &str,
        before: &Table,
        after: &Table,
        of: Option<&NamedTable>,
        place: &str,
        found: &mut Vec<Difference>,
    ) {
        let kind = match key {
            "brackets" => Kind::Brackets,
            _ => Kind::Points,
        };
        let below = at(place, key);
        let rows = |table: &Table| {
            table
                .get(key)
                .and_then(Json::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let (old, new) = (rows(before), rows(after));
        let label = match words::is_measure(after) {
            true => words::measure(after, self.to),
            false => words::key(key),
        };
        let by = after.get("bracket_on").or(before.get("bracket_on"));
        let text = |row: &Json, document| words::row(row, by, document);
        let dated = |table: &Table| table.get(key).is_some_and(is_dated);
        if dated(before) || dated(after) {
            let text = |table: &Table| table.get(key).map(|it| shown(it, key));
            found.push(self.told(of, &below, kind, &label, text(before), text(after)));
            return;
        }
        if old.len() != new.len() {
            let all = |rows: &[Json], document| {
                let rows: Vec<Words> = rows.iter().map(|row| text(row, document)).collect();
                (!rows.is_empty()).then(|| words::list(&rows))
            };
            let (from, to) = (all(&old, self.from), all(&new, self.to));
            found.push(self.told(of, &below, kind, &label, from, to));
            return;
        }
        for (index, (old, new)) in old.iter().zip(&new).enumerate() {
            if old == new {
                continue;
            }
            let place = format!("{below}/{index}");
            let (from, to) = (text(old, self.from), text(new, self.to));
            let numbered = words::numbered(&label, index + 1);
            found.push(self.told(of, &place, kind, &numbered, Some(from), Some(to)));
        }
    }

    fn told(
        &self,
        of: Option<&NamedTable>,
        place: &str,
        kind: Kind,
        label: &Words,
        from: Option<Words>,
        to: Option<Words>,
    ) -> Difference {
        Difference {
            place: place.to_owned(),
            criterion: of
                .filter(|it| it.kind == Named::Criterion)
                .map(|it| it.name.clone()),
            title: of.map(words::title),
            kind,
            text: words::sentence(label, from.as_ref(), to.as_ref()),
            from,
            to,
        }
    }
}

/// What tells a test from another, besides its limits.
const ASKED: &[&str] = &[
    "fact",
    "sum",
    "ratio",
    "growth",
    "age",
    "points",
    "of",
    "or_fact",
    "method",
    "years",
    "divided_by",
    "when_zero",
    "holds_title",
    "lacks_title",
    "district",
    "legal_status",
    "passes",
    "size_is_not",
    "by",
    "is",
    "one_of",
    "none_of",
    "recorded",
    "judged",
    "bracket_on",
    "entered",
];

/// What [`Tables::limits`] looks at.
const LIMITS: &[&str] = &[
    "at_least",
    "more_than",
    "at_most",
    "less_than",
    "brackets",
    "bands",
    "ladder",
    "best_of",
    "all",
    "any",
    "at_least_of",
];

fn is_test(key: &str) -> bool {
    ASKED.contains(&key) || LIMITS.contains(&key)
}

/// The criteria of gates and pools come by themselves.
fn is_nested(key: &str, before: &Table, after: &Table) -> bool {
    let is_list = |table: &Table| table.get(key).is_none_or(Json::is_array);
    key == "criterion" && is_list(before) && is_list(after)
}

/// Whether two tests differ in their numbers at most.
fn asks_alike(before: &Table, after: &Table) -> bool {
    let joined = |key: &str| {
        let count = |table: &Table| parts(table, key).map(Vec::len);
        count(before) == count(after)
    };
    let bracketed = |table: &Table| table.contains_key("brackets");
    ASKED.iter().all(|key| before.get(*key) == after.get(*key))
        && ["all", "any", "at_least_of"].into_iter().all(joined)
        && bracketed(before) == bracketed(after)
}

fn parts<'t>(table: &'t Table, key: &str) -> Option<&'t Vec<Json>> {
    let value = table.get(key)?;
    value.get("of").unwrap_or(value).as_array()
}

fn bound(table: &Table) -> Option<(&str, &Json)> {
    let mut bounds = BOUNDS.into_iter();
    bounds.find_map(|key| Some((key, table.get(key)?)))
}

fn kind_of(key: &str, of: Option<&NamedTable>) -> Kind {
    match key {
        "effective_from" => Kind::Date,
        "title" | "title_en" => Kind::Title,
        "document" | "article" => Kind::Clause,
        "moves" => Kind::Moves,
        "need" => Kind::Need,
        "max" | "gives" | "points_by_answer" | "parts" | "score" | "range" | "each" => Kind::Points,
        "otherwise" if of.is_some_and(|it| it.kind == Named::Item) => Kind::Points,
        "large" | "medium" | "small" => Kind::Limit,
        "in_principle" | "route" | "routes" | "otherwise" | "named_without_date" => Kind::Test,
        _ => Kind::Note,
    }
}

fn union<'t>(one: &'t Table, other: &'t Table) -> Vec<&'t String> {
    let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn at(place: &str, key: &str) -> String {
    match place {
        "" => key.to_owned(),
        place => format!("{place}/{key}"),
    }
}
