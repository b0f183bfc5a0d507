//! Dated parameters (按日期生效的参数): a table of days in the place of a value says which one holds from when.
//!
//! `{ values = { "2021-07-25" = X, "2027-01-01" = Y } }`, and `clauses = { "2027-01-01" = { document = "…", article = "…" } }` on
//! what the value then rests. A document with such values is read once for each period in which it reads alike.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::place::{NamedTable, escaped, join};
use super::reader::{Read, RuleError, all};
use crate::date;
use crate::field_error::Fault;

/// A document as it reads on a day, and where a dated value brought a clause of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    pub document: Json,
    pub clauses: Vec<DatedClause>,
}

/// The clause (依据条款) of the value that stands at a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedClause {
    pub pointer: String,
    pub from: NaiveDate,
    pub document: Option<String>,
    pub article: Option<String>,
}

/// More periods than any rule text has; each is a reading of the whole document.
pub const MOST_PERIODS: usize = 64;

/// What names a thing cannot change while the version lasts.
const IDENTITY: [&str; 5] = [
    "code",
    "version",
    "effective_from",
    "named_without_date",
    "id",
];

/// The days on which a value of the document changes.
pub fn days(document: &Json, file: &str) -> Read<BTreeSet<NaiveDate>> {
    let root = Spot::root(file);
    let found: BTreeSet<NaiveDate> = collect(document, &root)?.into_iter().collect();
    match found.len() > MOST_PERIODS {
        true => Err(root
            .error("rule_set.too_many_periods")
            .with("max", MOST_PERIODS)),
        false => Ok(found),
    }
}

/// Faults of the document as it reads on a day, where they stand in the document itself.
pub fn located(mut error: RuleError, document: &Json, day: NaiveDate) -> RuleError {
    for fault in &mut error.faults {
        fault.pointer = through_steps(document, &fault.pointer, day);
    }
    error
}

fn through_steps(document: &Json, pointer: &str, day: NaiveDate) -> String {
    let day = day.to_string();
    let mut found = String::new();
    let mut at = Some(document);
    for part in pointer.split('/').skip(1) {
        if let Some(dated) = at.filter(|it| is_dated(it)) {
            let standing = steps(dated)
                .into_iter()
                .rfind(|(from, _)| *from <= day.as_str());
            if let Some((from, value)) = standing {
                found = format!("{found}/values/{from}");
                at = Some(value);
            }
        }
        let key = part.replace("~1", "/").replace("~0", "~");
        at = at.and_then(|it| match it {
            Json::Array(items) => items.get(key.parse::<usize>().ok()?),
            other => other.get(&key),
        });
        found = format!("{found}/{part}");
    }
    found
}

/// The document with each dated value replaced by the one that holds on `day`.
pub fn resolve(document: &Json, file: &str, day: NaiveDate) -> Read<Resolved> {
    let mut clauses = Vec::new();
    let at = Walk { day };
    let document = at.value(document, &Spot::root(file), &mut clauses)?;
    Ok(Resolved { document, clauses })
}

/// The document with other values: each place is a JSON pointer (`/moves/keep_percent`) or as [`crate::drafting::parameters`] names
/// it (`s_rd/brackets/0/at_least`). A bare number in text keeps the unit that stands there.
pub fn with_parameters(document: &Json, changes: &[(String, Json)]) -> Result<Json, Fault> {
    let mut changed = document.clone();
    for (place, value) in changes {
        let unknown = || Fault::new("rule_set.parameter_unknown").with("place", cut(place));
        let pointer = match place.starts_with('/') {
            true => place.clone(),
            false => NamedTable::pointer(&changed, place).ok_or_else(unknown)?,
        };
        let target = changed.pointer_mut(&pointer).ok_or_else(unknown)?;
        let in_unit = match (target.as_object(), value) {
            (Some(map), Json::String(_)) if map.len() == 1 => map.keys().next().cloned(),
            _ => None,
        };
        *target = match in_unit {
            Some(unit) if unit != "values" => Json::Object(Map::from_iter([(unit, value.clone())])),
            _ => value.clone(),
        };
    }
    Ok(changed)
}

/// A client's text in a message, no longer than it helps.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Whether a value is a dated one.
pub fn is_dated(json: &Json) -> bool {
    json.as_object()
        .is_some_and(|map| map.contains_key("values"))
}

/// The values of a dated one with their days, in order.
pub fn steps(json: &Json) -> Vec<(&str, &Json)> {
    let values = json.get("values").and_then(Json::as_object);
    let mut steps: Vec<(&str, &Json)> = values
        .into_iter()
        .flatten()
        .map(|(day, value)| (day.as_str(), value))
        .collect();
    steps.sort_by_key(|(day, _)| *day);
    steps
}

/// A place of the document: for people and as a JSON pointer.
struct Spot<'a> {
    file: &'a str,
    place: String,
    pointer: String,
}

impl<'a> Spot<'a> {
    fn root(file: &'a str) -> Self {
        Spot {
            file,
            place: String::new(),
            pointer: String::new(),
        }
    }

    fn key(&self, key: &str) -> Self {
        Spot {
            file: self.file,
            place: join(&self.place, key),
            pointer: format!("{}/{}", self.pointer, escaped(key)),
        }
    }

    fn item(&self, index: usize) -> Self {
        Spot {
            file: self.file,
            place: format!("{}[{index}]", self.place),
            pointer: format!("{}/{index}", self.pointer),
        }
    }

    fn error(&self, code: &'static str) -> RuleError {
        RuleError::new(self.file, &self.place, &self.pointer, code)
    }
}

fn collect(json: &Json, spot: &Spot) -> Read<Vec<NaiveDate>> {
    let below = match json {
        Json::Object(map) if is_dated(json) => {
            let steps = read(map, spot)?;
            return Ok(steps.into_iter().map(|(day, _)| day).collect());
        }
        Json::Object(map) => all(map.iter().map(|(key, value)| {
            let spot = spot.key(key);
            match IDENTITY.contains(&key.as_str()) && is_dated(value) {
                true => Err(spot.error("rule_set.identity_dated")),
                false => collect(value, &spot),
            }
        })),
        Json::Array(items) => {
            let items = items.iter().enumerate();
            all(items.map(|(index, item)| collect(item, &spot.item(index))))
        }
        _ => return Ok(Vec::new()),
    };
    Ok(below?.into_iter().flatten().collect())
}

/// The steps of a dated value, checked.
fn read<'j>(map: &'j Map<String, Json>, spot: &Spot) -> Read<Vec<(NaiveDate, &'j Json)>> {
    if let Some(key) = map
        .keys()
        .find(|key| !matches!(key.as_str(), "values" | "clauses"))
    {
        let spot = spot.key(key);
        return Err(spot.error("rule_set.beside_values").with("key", key));
    }
    let values = map.get("values").and_then(Json::as_object);
    let values = values.filter(|values| !values.is_empty());
    let values = values.ok_or_else(|| spot.error("rule_set.values_wanted"))?;
    let mut steps = Vec::with_capacity(values.len());
    for (day, value) in values {
        let parsed =
            date::parse(day).map_err(|_| spot.error("rule_set.dated_day_form").with("day", day))?;
        if contains_dated(value) {
            return Err(spot.error("rule_set.dated_twice").with("day", day));
        }
        steps.push((parsed, value));
    }
    steps.sort_by_key(|(day, _)| *day);
    if let Some(clauses) = map.get("clauses") {
        check_clauses(clauses, values, spot)?;
    }
    Ok(steps)
}

fn check_clauses(clauses: &Json, values: &Map<String, Json>, spot: &Spot) -> Read<()> {
    let fault = || spot.error("rule_set.clauses_wanted");
    for (day, clause) in clauses.as_object().ok_or_else(fault)? {
        if !values.contains_key(day) {
            return Err(spot.error("rule_set.clause_day").with("day", day));
        }
        let clause = clause.as_object().ok_or_else(fault)?;
        let sound = clause.iter().all(|(key, text)| {
            matches!(key.as_str(), "document" | "article")
                && text.as_str().is_some_and(|text| !text.is_empty())
        });
        if clause.is_empty() || !sound {
            return Err(fault());
        }
    }
    Ok(())
}

fn contains_dated(json: &Json) -> bool {
    is_dated(json)
        || match json {
            Json::Object(map) => map.values().any(contains_dated),
            Json::Array(items) => items.iter().any(contains_dated),
            _ => false,
        }
}

struct Walk {
    day: NaiveDate,
}

impl Walk {
    fn value(&self, json: &Json, spot: &Spot, clauses: &mut Vec<DatedClause>) -> Read<Json> {
        match json {
            Json::Object(map) if is_dated(json) => self.dated(map, spot, clauses),
            Json::Object(map) => {
                let before = clauses.len();
                let mut read = Map::new();
                for (key, value) in map {
                    let value = self.value(value, &spot.key(key), clauses)?;
                    read.insert(key.clone(), value);
                }
                if has_clause(&spot.pointer) {
                    take_over(&mut read, &clauses[before..]);
                }
                Ok(Json::Object(read))
            }
            Json::Array(items) => {
                let read = items.iter().enumerate();
                let read = read.map(|(index, item)| self.value(item, &spot.item(index), clauses));
                Ok(Json::Array(read.collect::<Read<_>>()?))
            }
            other => Ok(other.clone()),
        }
    }

    fn dated(
        &self,
        map: &Map<String, Json>,
        spot: &Spot,
        clauses: &mut Vec<DatedClause>,
    ) -> Read<Json> {
        let steps = read(map, spot)?;
        let standing = steps.iter().rev().find(|(from, _)| *from <= self.day);
        let none_yet = || spot.error("rule_set.no_value_yet").with("day", self.day);
        let (from, value) = standing.ok_or_else(none_yet)?;
        let clause = map.get("clauses").and_then(|it| it.get(from.to_string()));
        if let Some(clause) = clause {
            let text = |name: &str| clause.get(name).and_then(Json::as_str).map(str::to_owned);
            clauses.push(DatedClause {
                pointer: spot.pointer.clone(),
                from: *from,
                document: text("document"),
                article: text("article"),
            });
        }
        Ok((*value).clone())
    }
}

/// The tables that name their clause: criteria and the moves.
fn has_clause(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    let (last, before) = (steps.next(), steps.next());
    pointer == "/moves"
        || before == Some("criterion") && last.is_some_and(|it| it.parse::<usize>().is_ok())
}

/// A criterion rests on the clause of its latest value.
fn take_over(table: &mut Map<String, Json>, clauses: &[DatedClause]) {
    let Some(latest) = clauses.iter().max_by_key(|clause| clause.from) else {
        return;
    };
    for (key, text) in [("document", &latest.document), ("article", &latest.article)] {
        if let Some(text) = text {
            table.insert(key.to_owned(), Json::String(text.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn document() -> Json {
        json!({
            "effective_from": "2021-07-25",
            "moves": { "keep_percent": { "values": { "2021-07-25": 90, "2028-01-01": 80 } } },
            "criterion": [{
                "id": "rd",
                "document": "甲〔2021〕1号",
                "article": "第一条",
                "at_least": {
                    "values": { "2021-07-25": { "percent": "3" }, "2027-01-01": { "percent": "4" } },
                    "clauses": { "2027-01-01": { "document": "甲〔2026〕9号" } },
                },
            }],
        })
    }

    #[test]
    fn each_value_holds_from_its_day() {
        let on = |text: &str| resolve(&document(), "f", day(text)).unwrap().document;
        let limit = |text: &str| on(text)["criterion"][0]["at_least"]["percent"].clone();
        assert_eq!(
            (limit("2021-07-25"), limit("2026-12-31")),
            (json!("3"), json!("3"))
        );
        assert_eq!(
            (limit("2027-01-01"), limit("2199-01-01")),
            (json!("4"), json!("4"))
        );
        assert_eq!(on("2028-01-01")["moves"]["keep_percent"], 80);
        let days: Vec<String> = days(&document(), "f")
            .unwrap()
            .iter()
            .map(|it| it.to_string())
            .collect();
        assert_eq!(days, ["2021-07-25", "2027-01-01", "2028-01-01"]);
    }

    #[test]
    fn a_value_brings_its_clause() {
        let before = resolve(&document(), "f", day("2026-12-31")).unwrap();
        assert_eq!(before.document["criterion"][0]["document"], "甲〔2021〕1号");
        assert!(before.clauses.is_empty());
        let after = resolve(&document(), "f", day("2027-01-01")).unwrap();
        assert_eq!(after.document["criterion"][0]["document"], "甲〔2026〕9号");
        assert_eq!(after.document["criterion"][0]["article"], "第一条");
        assert_eq!(after.clauses[0].pointer, "/criterion/0/at_least");
    }

    #[test]
    fn faults_name_their_place() {
        let fault = |value: Json| {
            let document = json!({ "criterion": [{ "id": "c", "at_least": value }] });
            let found =
                days(&document, "f").and_then(|_| resolve(&document, "f", day("2021-01-01")));
            found.unwrap_err().to_string()
        };
        for (value, wanted) in [
            (json!({"values": {}}), "values must be a table of days"),
            (json!({"values": 3}), "values must be a table of days"),
            (
                json!({"values": {"2021-7-25": 1}}),
                "2021-7-25 is not a day, \"YYYY-MM-DD\"",
            ),
            (
                json!({"values": {"2021-07-25": 1}}),
                "has no value yet on 2021-01-01",
            ),
            (
                json!({"values": {"2020-07-25": 1}, "from": 1}),
                "from: from is not known beside values",
            ),
            (
                json!({"values": {"2020-07-25": {"values": {"2020-01-01": 1}}}}),
                "the value of 2020-07-25 holds a dated value itself",
            ),
            (
                json!({"values": {"2020-07-25": 1}, "clauses": {"2020-07-26": {"document": "x"}}}),
                "clauses: no value begins on 2020-07-26",
            ),
            (
                json!({"values": {"2020-07-25": 1}, "clauses": {"2020-07-25": "x"}}),
                "clauses must be a table of days with { document, article }",
            ),
        ] {
            assert_eq!(fault(value), format!("f: criterion[0]: at_least: {wanted}"));
        }
        let id = json!({ "item": [{ "id": { "values": { "2020-01-01": "a" } } }] });
        let id = days(&id, "f").unwrap_err().to_string();
        assert_eq!(id, "f: item[0]: id: cannot change within a version");
    }

    #[test]
    fn parameters_are_set_by_pointer_or_place() {
        let document = json!({
            "moves": { "keep_percent": 90 },
            "pool": [{ "code": "SPRINT", "need": 2, "criterion": [{ "id": "s_rd", "at_least": { "percent": "3" } }] }],
        });
        let changed = with_parameters(
            &document,
            &[
                ("/moves/keep_percent".into(), json!(80)),
                ("s_rd/at_least".into(), json!("4")),
                ("pool:SPRINT/need".into(), json!(3)),
            ],
        )
        .unwrap();
        assert_eq!(changed["moves"]["keep_percent"], 80);
        assert_eq!(
            changed["pool"][0]["criterion"][0]["at_least"],
            json!({"percent": "4"})
        );
        assert_eq!(changed["pool"][0]["need"], 3);
        let unknown = with_parameters(&document, &[("s_rd/at_most".into(), json!("4"))]);
        assert_eq!(unknown.unwrap_err().code, "rule_set.parameter_unknown");
    }
}
