//! Figures as they were stated (填报): who said what about a year, or from a date on, with which evidence.
//!
//! A statement names some facts and leaves the others as they are; null withdraws a value. Nothing is
//! overwritten: the value of a fact is that of the latest statement that names it.

pub mod standing;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::at::At;
use super::facts::{Evidence, FactId, Period, Value, catalogue};
use super::field_error::{Fault, FieldError};
use super::text;

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A fiscal year.
    Year(i32),
    /// Holds from this day until another statement.
    From(NaiveDate),
}

/// A statement before it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStatement {
    pub about: About,
    /// `None` withdraws the value.
    pub facts: BTreeMap<FactId, Option<Value>>,
    pub evidence: Evidence,
    pub source: String,
}

/// A recorded statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub seq: i64,
    pub about: About,
    pub facts: BTreeMap<FactId, Option<Value>>,
    pub evidence: Evidence,
    pub source: String,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
}

impl NewStatement {
    pub fn recorded(self, seq: i64, by: &str, at: DateTime<Utc>) -> Statement {
        Statement {
            seq,
            about: self.about,
            facts: self.facts,
            evidence: self.evidence,
            source: self.source,
            recorded_by: by.into(),
            recorded_at: at,
        }
    }
}

/// The value of a fact with all that vouches for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    pub value: Json,
    pub evidence: Evidence,
    pub source: String,
    /// Since when a dated fact holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective_from: Option<NaiveDate>,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
}

/// Facts by name, as they stand.
pub type Figures = BTreeMap<String, Stated>;

pub const SOURCE_MAX: usize = 200;

/// Reads the facts of a statement; every fault is told at its pointer.
pub fn read_facts(
    facts: &Map<String, Json>,
    period: Period,
    errors: &mut Vec<FieldError>,
) -> BTreeMap<FactId, Option<Value>> {
    let mut read = BTreeMap::new();
    if facts.is_empty() {
        errors.push(FieldError::new("/facts", "fact.none"));
    }
    for (name, json) in facts {
        match read_fact(name, json, period) {
            Ok((id, value)) => {
                read.insert(id, value);
            }
            Err(fault) => errors.push(fault.at(format!("/facts/{}", escaped(name)))),
        }
    }
    read
}

fn read_fact(name: &str, json: &Json, period: Period) -> Result<(FactId, Option<Value>), Fault> {
    let id = catalogue().lookup(name).map_err(Fault::from)?;
    let def = catalogue().def(id);
    if def.period != period {
        return Err(Fault::new(match period {
            Period::Annual => "fact.dated_here",
            Period::Dated => "fact.annual_here",
        }));
    }
    if json.is_null() {
        return Ok((id, None));
    }
    let value = def.from_json(json).map_err(Fault::from)?;
    Ok((id, Some(value)))
}

pub fn read_source(raw: &str, errors: &mut Vec<FieldError>) -> String {
    match text::plain(raw, 1, SOURCE_MAX) {
        Ok(source) => source,
        Err(fault) => {
            errors.push(fault.at("/source"));
            String::new()
        }
    }
}

/// A year has figures once it has begun, and not before the enterprise was there.
pub fn check_year(year: i32, registered_on: NaiveDate, today: NaiveDate) -> Result<(), Fault> {
    if year < registered_on.year() {
        return Err(Fault::new("fact.year_before_registration").with("year", registered_on.year()));
    }
    if year > today.year() {
        return Err(Fault::new("fact.year_in_the_future").with("year", today.year()));
    }
    Ok(())
}

/// The figures of a fiscal year.
pub fn of_year(statements: &[Statement], year: i32) -> Figures {
    figures(statements.iter().filter(|it| it.about == About::Year(year)))
}

/// The dated facts that hold on a day: of the statements that name a fact, the one that begins last decides, and
/// of those that begin on the same day the one recorded last.
pub fn on_day(statements: &[Statement], at: At) -> Figures {
    let mut dated: Vec<(NaiveDate, &Statement)> = statements
        .iter()
        .filter_map(|it| match it.about {
            About::From(day) if day <= at.as_of => Some((day, it)),
            _ => None,
        })
        .collect();
    dated.sort_by_key(|(day, it)| (*day, it.seq));
    figures(dated.into_iter().map(|(_, it)| it))
}

/// The years that any statement is about.
pub fn years(statements: &[Statement]) -> Vec<i32> {
    let mut years: Vec<i32> = statements
        .iter()
        .filter_map(|it| match it.about {
            About::Year(year) => Some(year),
            About::From(_) => None,
        })
        .collect();
    years.sort_unstable();
    years.dedup();
    years
}

fn figures<'a>(in_order: impl Iterator<Item = &'a Statement>) -> Figures {
    let mut figures = Figures::new();
    for statement in in_order {
        for (&id, value) in &statement.facts {
            let def = catalogue().def(id);
            match value {
                None => {
                    figures.remove(&def.name);
                }
                Some(value) => {
                    figures.insert(
                        def.name.clone(),
                        Stated {
                            value: def.to_json(*value),
                            evidence: statement.evidence,
                            source: statement.source.clone(),
                            effective_from: match statement.about {
                                About::From(day) => Some(day),
                                About::Year(_) => None,
                            },
                            recorded_by: statement.recorded_by.clone(),
                            recorded_at: statement.recorded_at,
                        },
                    );
                }
            }
        }
    }
    figures
}

/// Whether a new statement says nothing that does not stand already, with the same evidence and source.
pub fn says_nothing_new(new: &NewStatement, standing: &Figures) -> bool {
    new.facts.iter().all(|(&id, value)| {
        let def = catalogue().def(id);
        match (value, standing.get(&def.name)) {
            (None, None) => true,
            (Some(value), Some(stated)) => {
                stated.value == def.to_json(*value)
                    && stated.evidence == new.evidence
                    && stated.source == new.source
                    && match new.about {
                        // From an earlier day on is news.
                        About::From(day) => stated.effective_from.is_some_and(|from| from <= day),
                        About::Year(_) => true,
                    }
            }
            _ => false,
        }
    })
}

/// The facts as they are stored and told in events: name to canonical value, null where one is withdrawn.
pub fn facts_json(facts: &BTreeMap<FactId, Option<Value>>) -> Map<String, Json> {
    let members = facts.iter().map(|(&id, value)| {
        let def = catalogue().def(id);
        let json = value.map_or(Json::Null, |value| def.to_json(value));
        (def.name.clone(), json)
    });
    members.collect()
}

/// Reads back what [`facts_json`] wrote; a fact the catalogue no longer has is left out.
pub fn facts_from_stored(stored: &str) -> Result<BTreeMap<FactId, Option<Value>>, String> {
    let members: Map<String, Json> = serde_json::from_str(stored).map_err(|e| e.to_string())?;
    let mut facts = BTreeMap::new();
    for (name, json) in members {
        let Some(id) = catalogue().by_name(&name) else {
            continue;
        };
        let value = match json {
            Json::Null => None,
            json => {
                let value = catalogue().def(id).from_json(&json);
                Some(value.map_err(|e| format!("{name}: {}", e.code()))?)
            }
        };
        facts.insert(id, value);
    }
    Ok(facts)
}

/// A JSON pointer's token (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn statement(seq: i64, about: About, facts: Json) -> Statement {
        let period = match about {
            About::Year(_) => Period::Annual,
            About::From(_) => Period::Dated,
        };
        let mut errors = Vec::new();
        let facts = read_facts(facts.as_object().unwrap(), period, &mut errors);
        assert_eq!(errors, vec![]);
        Statement {
            seq,
            about,
            facts,
            evidence: Evidence::Documented,
            source: "年报".into(),
            recorded_by: "u1".into(),
            recorded_at: "2026-06-15T08:00:00Z".parse().unwrap(),
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn values(figures: &Figures) -> Json {
        figures
            .iter()
            .map(|(name, it)| (name.clone(), it.value.clone()))
            .collect::<Map<_, _>>()
            .into()
    }

    #[test]
    fn the_latest_statement_that_names_a_fact_decides() {
        let statements = [
            statement(
                1,
                About::Year(2025),
                json!({"sales": "100.00", "staff_total": 5}),
            ),
            statement(2, About::Year(2024), json!({"sales": "90.00"})),
            statement(
                3,
                About::Year(2025),
                json!({"sales": "110.00", "rd_expense": "3.00"}),
            ),
            statement(4, About::Year(2025), json!({"rd_expense": null})),
        ];
        let figures = of_year(&statements, 2025);
        assert_eq!(
            values(&figures),
            json!({"sales": "110.00", "staff_total": 5})
        );
        assert_eq!(years(&statements), [2024, 2025]);
    }

    #[test]
    fn a_dated_fact_holds_from_its_day_however_late_it_was_recorded() {
        let statements = [
            statement(
                1,
                About::From(day("2025-01-01")),
                json!({"ip_class1": 1, "ip_class2": 2}),
            ),
            statement(2, About::From(day("2026-01-01")), json!({"ip_class1": 3})),
            statement(3, About::From(day("2025-06-01")), json!({"ip_class1": 2})),
        ];
        let on = |text: &str| {
            let at = At {
                as_of: day(text),
                known_at: "2026-06-15T08:00:00Z".parse().unwrap(),
            };
            values(&on_day(&statements, at))
        };
        assert_eq!(on("2024-12-31"), json!({}));
        assert_eq!(on("2025-03-01"), json!({"ip_class1": 1, "ip_class2": 2}));
        assert_eq!(on("2025-06-01"), json!({"ip_class1": 2, "ip_class2": 2}));
        assert_eq!(on("2026-02-01"), json!({"ip_class1": 3, "ip_class2": 2}));
    }

    #[test]
    fn what_stands_already_is_no_news() {
        let statements = [statement(1, About::Year(2025), json!({"sales": "100.00"}))];
        let standing = of_year(&statements, 2025);
        let new = |facts: Json, evidence| NewStatement {
            about: About::Year(2025),
            facts: read_facts(facts.as_object().unwrap(), Period::Annual, &mut Vec::new()),
            evidence,
            source: "年报".into(),
        };
        assert!(says_nothing_new(
            &new(json!({"sales": "100"}), Evidence::Documented),
            &standing
        ));
        assert!(says_nothing_new(
            &new(json!({"rd_expense": null}), Evidence::Documented),
            &standing
        ));
        assert!(!says_nothing_new(
            &new(json!({"sales": "100"}), Evidence::Audited),
            &standing
        ));
        assert!(!says_nothing_new(
            &new(json!({"sales": "100.01"}), Evidence::Documented),
            &standing
        ));
        assert!(!says_nothing_new(
            &new(json!({"sales": null}), Evidence::Documented),
            &standing
        ));
    }

    #[test]
    fn faults_stand_at_their_pointer_and_stored_facts_read_back() {
        let mut errors = Vec::new();
        let facts = json!({"revenue": "1.00", "ip_class1": 1, "sales": "1.005", "rd_expense": 5, "zz/9": 1});
        read_facts(facts.as_object().unwrap(), Period::Annual, &mut errors);
        let told: Vec<(&str, &str)> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/facts/ip_class1", "fact.dated_here"),
                ("/facts/rd_expense", "fact.type"),
                ("/facts/revenue", "fact.unknown"),
                ("/facts/sales", "money.places"),
                ("/facts/zz~19", "fact.unknown_name"),
            ]
        );
        let one = statement(
            1,
            About::Year(2025),
            json!({"sales": "100.00", "staff_total": null}),
        );
        let stored = Json::Object(facts_json(&one.facts)).to_string();
        assert_eq!(facts_from_stored(&stored), Ok(one.facts));
    }

    #[test]
    fn a_year_has_begun_and_the_enterprise_was_there() {
        let check = |year| check_year(year, day("2024-06-30"), day("2026-06-15"));
        assert_eq!(
            check(2023).map_err(|f| f.code),
            Err("fact.year_before_registration")
        );
        assert!(check(2024).is_ok() && check(2026).is_ok());
        assert_eq!(
            check(2027).map_err(|f| f.code),
            Err("fact.year_in_the_future")
        );
    }
}
