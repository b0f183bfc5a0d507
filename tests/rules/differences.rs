//! What changed from one document to another, in words: told cases, and what holds of any change.

use sanku::domain::drafting::diff::diff;
use sanku::domain::messages::Lang;
use sanku::domain::rules::Library;
use serde_json::{Value as Json, json};

use crate::{manifest, read};

#[test]
fn told_changes_are_told_in_words() {
    let file = read(&manifest().join("tests/rules/differences/cases.json"));
    let mut faults = Vec::new();
    for case in file["differences"].as_array().unwrap() {
        let document = &Library::shipped()
            .named(case["of"].as_str().unwrap())
            .unwrap()
            .document;
        let changed = changed(document, &case["changes"]);
        let found: Vec<Json> = diff(document, &changed).iter().map(told).collect();
        let expected = case["expected"].as_array().unwrap();
        if found.len() != expected.len() {
            faults.push(format!("{}: {found:#?}", case["id"]));
            continue;
        }
        for (found, expected) in found.iter().zip(expected) {
            for (name, wanted) in expected.as_object().unwrap() {
                if found[name] != *wanted {
                    faults.push(format!(
                        "{}: {name}: expected {wanted}, got {}",
                        case["id"], found[name]
                    ));
                }
            }
        }
        assert_eq!(
            diff(&changed, document).len(),
            found.len(),
            "{}: backwards",
            case["id"]
        );
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Whatever number is changed in a shipped rule set, it is told, once, with its place.
#[test]
fn no_parameter_changes_unnoticed() {
    use sanku::domain::drafting::parameters::parameters;
    use sanku::domain::rules::dated;
    for set in Library::shipped().iter() {
        let listed = parameters(set);
        for (place, entry) in listed.as_object().unwrap() {
            let other = match &entry["value"] {
                Json::String(text) => json!(format!("{text}1")),
                Json::Number(number) => json!(number.as_i64().unwrap() + 1),
                Json::Bool(is) => json!(!is),
                other => json!([other, "X"]),
            };
            let changed = dated::with_parameters(&set.document, &[(place.clone(), other)]).unwrap();
            let found = diff(&set.document, &changed);
            assert_eq!(found.len(), 1, "{} {place}: {found:?}", set.name);
            let within = place.starts_with(&found[0].place);
            assert!(within, "{} {place}: {}", set.name, found[0].place);
        }
    }
}

#[test]
fn versions_of_a_shipped_rule_set_are_told_apart() {
    let of = |name: &str| &Library::shipped().named(name).unwrap().document;
    let found = diff(of("SRDI_SME@2022-06-01"), of("SRDI_SME@2026-04-01"));
    let kinds: Vec<&str> = found.iter().map(|it| it.kind.as_str()).collect();
    for kind in ["ADDED", "REMOVED", "CLAUSE", "DATE"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    for it in &found {
        assert!(!it.text.zh.is_empty() && !it.text.en.is_empty(), "{it:?}");
    }
}

fn told(it: &sanku::domain::drafting::diff::Difference) -> Json {
    let zh = |words: &Option<sanku::domain::rules::model::Words>| {
        words.as_ref().map(|it| it.in_lang(Lang::Zh).to_owned())
    };
    json!({
        "place": it.place,
        "criterion": it.criterion,
        "title": zh(&it.title),
        "kind": it.kind.as_str(),
        "from": zh(&it.from),
        "to": zh(&it.to),
        "zh": it.text.zh,
        "en": it.text.en,
    })
}

/// Each change puts a value at a JSON pointer, or takes away what is there.
fn changed(document: &Json, changes: &Json) -> Json {
    let mut document = document.clone();
    for change in changes.as_array().unwrap() {
        let (above, key) = change["at"].as_str().unwrap().rsplit_once('/').unwrap();
        let parent = document.pointer_mut(above).unwrap();
        match (parent, change.get("to")) {
            (Json::Object(map), Some(value)) => {
                map.insert(key.to_owned(), value.clone());
            }
            (Json::Object(map), None) => {
                map.remove(key).unwrap();
            }
            (Json::Array(items), Some(value)) => items.insert(key.parse().unwrap(), value.clone()),
            (Json::Array(items), None) => {
                items.remove(key.parse().unwrap());
            }
            _ => panic!("{change}"),
        }
    }
    document
}
