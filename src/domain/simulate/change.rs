//! The base with other values in some places.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use crate::field_error::{Fault, FieldError};
use crate::rules::RuleSet;
use crate::rules::dated::{resolve, with_parameters};
use crate::rules::place::{NamedTable, escaped};

/// The document of the base as it reads on a day, with each value in its place; a place it does not have is told at
/// `/parameters/…`.
pub fn changed(
    base: &RuleSet,
    day: NaiveDate,
    parameters: &Map<String, Json>,
) -> Result<Json, FieldError> {
    // A dated value is one value on the day: what is changed is what holds then.
    let mut document = resolve(&base.document, &base.code, day)
        .map(|it| it.document)
        .unwrap_or_else(|_| base.document.clone());
    for (place, value) in parameters {
        let given = fitting(&document, place, value);
        document = with_parameters(&document, &[(place.clone(), given)])
            .map_err(|fault: Fault| fault.at(pointer(place)))?;
    }
    Ok(document)
}

/// The value in the kind that stands there: the command line has texts only, and numbers stand in documents as texts.
fn fitting(document: &Json, place: &str, value: &Json) -> Json {
    let there = match place.starts_with('/') {
        true => document.pointer(place),
        false => NamedTable::pointer(document, place).and_then(|it| document.pointer(&it)),
    };
    let read = match (there, value) {
        (Some(Json::Number(_)), Json::String(text)) => text.parse::<i64>().ok().map(Json::from),
        (Some(Json::Bool(_)), Json::String(text)) => text.parse::<bool>().ok().map(Json::from),
        (Some(Json::String(_) | Json::Object(_)), Json::Number(number)) => {
            Some(number.to_string().into())
        }
        (Some(Json::Array(_)), Json::String(text)) => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| value.clone())
}

/// As a step of a JSON pointer (RFC 6901).
fn pointer(place: &str) -> String {
    format!("/parameters/{}", escaped(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Library;
    use serde_json::json;

    fn day() -> NaiveDate {
        "2026-06-15".parse().unwrap()
    }

    fn pools(place: &str, value: Json) -> Result<Json, FieldError> {
        let base = Library::shipped().named("POOLS").unwrap();
        changed(base, day(), &Map::from_iter([(place.to_owned(), value)]))
    }

    #[test]
    fn values_are_taken_as_texts_and_as_numbers() {
        let limit =
            |value| pools("a_rd/at_least", value).unwrap()["pool"][1]["criterion"][2].clone();
        for value in [json!("4"), json!(4), json!({"percent": "4"})] {
            assert_eq!(limit(value)["at_least"], json!({"percent": "4"}));
        }
        for value in [json!("80"), json!(80)] {
            assert_eq!(
                pools("moves/keep_percent", value).unwrap()["moves"]["keep_percent"],
                80
            );
        }
        let need = pools("pool:STARTER/need", json!("3")).unwrap();
        assert_eq!(need["pool"][2]["need"], 3);
        let automatic = pools("/moves/automatic", json!("true")).unwrap();
        assert_eq!(automatic["moves"]["automatic"], true);
    }

    #[test]
    fn a_place_that_is_not_there_is_told() {
        let refused = pools("a_rd/at_mots", json!("4")).unwrap_err();
        assert_eq!(
            (refused.pointer.as_str(), refused.code),
            ("/parameters/a_rd~1at_mots", "rule_set.parameter_unknown")
        );
    }

    /// The value of the day gives way, whatever holds before and after.
    #[test]
    fn a_dated_value_is_changed_as_it_holds_on_the_day() {
        let base = Library::shipped().named("POOLS").unwrap();
        let mut document = base.document.clone();
        document["pool"][1]["criterion"][2]["at_least"] =
            json!({"values": {"2021-07-25": {"percent": "3"}, "2027-01-01": {"percent": "5"}}});
        let library = Library::shipped();
        let set = library.read("dated", document).unwrap();
        let with = |name: &str, value: &str| {
            let given = Map::from_iter([(name.to_owned(), json!(value))]);
            changed(&set, day(), &given).unwrap()["pool"][1]["criterion"][2]["at_least"].clone()
        };
        assert_eq!(with("a_rd/at_least", "4"), json!({"percent": "4"}));
        assert_eq!(with("a_ip/title", "x"), json!({"percent": "3"}));
    }
}
