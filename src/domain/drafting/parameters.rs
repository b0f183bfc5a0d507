//! The parameters of a rule set (参数): every value that decides, by its place, with unit and clause.

use serde_json::{Map, Value as Json, json};

use crate::facts::catalogue;
use crate::rules::dated::{self, DatedClause};
use crate::rules::model::{Clause, RuleSet};
use crate::rules::place::NamedTable;

/// `{place: {value, unit, clause: {document, article}}}` as the rule set reads in its period. A place is what
/// [`dated::with_parameters`] takes.
pub fn parameters(set: &RuleSet) -> Json {
    // The rule set was read from this very document on this very day.
    let Ok(resolved) = dated::resolve(&set.document, &set.code, set.effective_from) else {
        return json!({});
    };
    let mut list = List {
        found: Map::new(),
        clauses: &resolved.clauses,
        default: &set.clause,
    };
    for place in NamedTable::all(&resolved.document) {
        list.table(place.table, &place.name, &place.pointer, None);
    }
    if let Some(root) = resolved.document.as_object() {
        for key in ["need", "moves"] {
            if let Some(value) = root.get(key) {
                list.value(key, value, key, &format!("/{key}"), None);
            }
        }
    }
    Json::Object(list.found)
}

/// What tells what is asked, or is for people; and lists of named tables, which have places of their own.
const NO_PARAMETERS: &[&str] = &[
    "id",
    "code",
    "title",
    "title_en",
    "document",
    "article",
    "confidence",
    "note",
    "source",
    "route",
    "routes",
    "fact",
    "sum",
    "ratio",
    "growth",
    "age",
    "points",
    "or_fact",
    "method",
    "years",
    "when_zero",
    "bracket_on",
    "change",
    "entered",
    "parts",
    "passes",
    "by",
    "recorded",
    "judged",
    "criterion",
];

struct List<'a> {
    found: Map<String, Json>,
    clauses: &'a [DatedClause],
    default: &'a Clause,
}

impl List<'_> {
    fn table(
        &mut self,
        table: &Map<String, Json>,
        place: &str,
        pointer: &str,
        above: Option<&Clause>,
    ) {
        let text = |key: &str| table.get(key).and_then(Json::as_str);
        let own = (text("document").is_some() || text("article").is_some()).then(|| Clause {
            document: text("document")
                .unwrap_or(&self.default.document)
                .to_owned(),
            article: text("article").unwrap_or(&self.default.article).to_owned(),
        });
        let clause = own.as_ref().or(above);
        for (key, value) in table {
            // `of` is a list of tests, or the rule set whose points are taken.
            let structure =
                NO_PARAMETERS.contains(&key.as_str()) || key == "of" && value.is_string();
            if !structure {
                let below = format!("{pointer}/{key}");
                self.value(key, value, &format!("{place}/{key}"), &below, clause);
            }
        }
    }

    fn value(
        &mut self,
        key: &str,
        value: &Json,
        place: &str,
        pointer: &str,
        clause: Option<&Clause>,
    ) {
        match value {
            Json::Object(map) => match in_unit(map) {
                Some((unit, number)) => {
                    self.note(place, number.clone(), Some(unit), pointer, clause)
                }
                None => self.table(map, place, pointer, clause),
            },
            Json::Array(items) if items.iter().any(Json::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    let (place, pointer) =
                        (format!("{place}/{index}"), format!("{pointer}/{index}"));
                    self.value(key, item, &place, &pointer, clause);
                }
            }
            other => self.note(place, other.clone(), unit_of(key), pointer, clause),
        }
    }

    fn note(
        &mut self,
        place: &str,
        value: Json,
        unit: Option<&str>,
        pointer: &str,
        clause: Option<&Clause>,
    ) {
        let standing = clause.unwrap_or(self.default);
        let within = |it: &&DatedClause| {
            let rest = pointer.strip_prefix(it.pointer.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let dated = self.clauses.iter().find(within);
        let part =
            |own: Option<&String>, standing: &str| own.map_or(standing, String::as_str).to_owned();
        let clause = json!({
            "document": part(dated.and_then(|it| it.document.as_ref()), &standing.document),
            "article": part(dated.and_then(|it| it.article.as_ref()), &standing.article),
        });
        let entry = json!({ "value": value, "unit": unit, "clause": clause });
        self.found.insert(place.to_owned(), entry);
    }
}

/// `{ percent = "3" }`
pub fn in_unit(map: &Map<String, Json>) -> Option<(&str, &Json)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((unit, number)), None) if number.is_string() && UNITS.contains(&unit.as_str()) => {
            Some((unit, number))
        }
        _ => None,
    }
}

/// The units of limits.
const UNITS: &[&str] = &[
    "percent", "yuan", "day", "point", "person", "right", "item", "level", "year",
];

/// What a bare number under a key is counted in.
fn unit_of(key: &str) -> Option<&str> {
    match key {
        "max" | "gives" | "otherwise" | "range" => Some("point"),
        "keep_percent" => Some("percent"),
        "stay_limit_years" | "extension_years" => Some("year"),
        name => {
            let fact = catalogue().by_name(name)?;
            Some(&catalogue().def(fact).unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::catalogue;
    use crate::rules::Library;

    #[test]
    fn every_limit_of_a_rule_set_is_listed_with_its_clause() {
        let hnte = Library::shipped()
            .named("NATIONAL_HNTE@2016-01-01")
            .unwrap();
        let listed = parameters(hnte);
        let clause = json!({ "document": "国科发火〔2016〕32号", "article": "第十一条(五)" });
        assert_eq!(
            listed["h5a/brackets/1/at_least"],
            json!({ "value": "4", "unit": "percent", "clause": clause })
        );
        assert_eq!(
            listed["h5a/brackets/1/up_to"],
            json!({ "value": "200000000.00", "unit": "yuan", "clause": clause })
        );
        assert_eq!(
            listed["item:transformation/bands/0/range"]["value"],
            json!([25, 30])
        );
        assert_eq!(listed["block:total/max"]["value"], 100);
        let pools = parameters(Library::shipped().named("POOLS").unwrap());
        assert_eq!(pools["pool:STARTER/need"]["value"], 2);
        assert_eq!(pools["moves/keep_percent"]["unit"], "percent");
        assert_eq!(pools["gate:exclusion/otherwise"]["value"], "EXCLUDED");
        assert_eq!(pools["s_ip/any/0/at_least"]["value"], "1");
        assert!(pools.get("s_staff/ratio").is_none() && pools.get("s_score/of").is_none());
        let size = parameters(Library::shipped().named("SIZE_CLASS@2011-06-18").unwrap());
        assert_eq!(
            size["industry:INDUSTRY/large/staff_total"]["unit"],
            "person"
        );
    }

    #[test]
    fn a_place_of_the_list_sets_the_value() {
        for set in Library::shipped().iter() {
            let listed = parameters(set);
            assert!(!listed.as_object().unwrap().is_empty(), "{}", set.name);
            for (place, entry) in listed.as_object().unwrap() {
                let changes = [(place.clone(), entry["value"].clone())];
                let changed = dated::with_parameters(&set.document, &changes).unwrap();
                assert_eq!(changed, set.document, "{} {place}", set.name);
            }
        }
    }

    #[test]
    fn the_units_are_those_of_the_catalogue() {
        for (_, def) in catalogue().iter() {
            let known = UNITS.contains(&def.unit.as_str())
                || matches!(def.unit.as_str(), "answer" | "code");
            assert!(known, "{}", def.unit);
        }
    }

    #[test]
    fn a_dated_value_is_listed_as_it_reads_in_the_period() {
        let mut document = Library::shipped()
            .named("SIZE_CLASS@2011-06-18")
            .unwrap()
            .document
            .clone();
        document["industry"][0]["large"]["staff_total"] = json!({
            "values": { "2011-06-18": "1000", "2027-01-01": "1200" },
            "clauses": { "2027-01-01": { "document": "工信部联企业〔2026〕1号" } },
        });
        let periods = Library::default().read_periods("size", &document).unwrap();
        let read = |place: usize| {
            parameters(&periods[place])["industry:INDUSTRY/large/staff_total"].clone()
        };
        assert_eq!(
            (&read(0)["value"], &read(1)["value"]),
            (&json!("1000"), &json!("1200"))
        );
        assert_eq!(read(0)["clause"]["document"], "工信部联企业〔2011〕300号");
        assert_eq!(
            read(1)["clause"],
            json!({"document": "工信部联企业〔2026〕1号", "article": "第四条"})
        );
    }
}
