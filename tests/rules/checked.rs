//! The static check: what it finds in documents made wrong on purpose (`checked/faults.toml`), and nothing that blocks in the
//! shipped ones.

use std::fs;

use sanku::domain::drafting::check::{Finding, Severity, refused, static_check};
use sanku::domain::messages::Lang;
use sanku::domain::rules::Library;
use serde_json::Value as Json;

use crate::{manifest, merge};

#[test]
fn the_shipped_rule_sets_have_no_errors_and_only_known_warnings() {
    let library = Library::shipped();
    for set in library.iter() {
        let told: Vec<String> = static_check(set, library).iter().map(line).collect();
        let known: Vec<&str> = KNOWN
            .iter()
            .filter(|it| it.0 == set.name)
            .map(|it| it.1)
            .collect();
        assert_eq!(told, known, "{}", set.name);
    }
}

/// What the texts themselves are like; nothing to mend.
const KNOWN: &[(&str, &str)] = &[];

/// Each entry: what a document asks, and the findings it must give, in order.
#[test]
fn faults_are_found_where_they_are() {
    let text = fs::read_to_string(manifest().join("tests/rules/checked/faults.toml")).unwrap();
    let file: Json = toml::from_str(&text).unwrap();
    let mut faults = Vec::new();
    for entry in file["document"].as_array().unwrap() {
        let mut document = file["base"].clone();
        if let Some(pools) = entry.get("pools") {
            merge(&mut document, &file["pools"]);
            merge(&mut document, pools);
        } else {
            merge(&mut document, &entry["set"]);
        }
        let told: Vec<String> = match Library::shipped().read("faulty", document) {
            Ok(set) => static_check(&set, Library::shipped())
                .iter()
                .map(line)
                .collect(),
            Err(error) => refused(&error).iter().map(line).collect(),
        };
        let wanted: Vec<&str> = entry["finds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        if told != wanted {
            faults.push(format!(
                "{}:\n  wanted {wanted:?}\n  told   {told:?}",
                entry["about"]
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn findings_have_words_in_both_languages() {
    let text = fs::read_to_string(manifest().join("src/packs/messages.toml")).unwrap();
    let file: Json = toml::from_str(&text).unwrap();
    let codes = file.as_object().unwrap().keys();
    assert!(codes.filter(|code| code.starts_with("check.")).count() > 20);
    let findings = refused(&Library::shipped().read("x", Json::Null).unwrap_err());
    assert_eq!(findings[0].severity, Severity::Error);
    assert_eq!(findings[0].text(Lang::En), "must be a table");
    assert_eq!(findings[0].text(Lang::Zh), "应是表");
}

fn line(finding: &Finding) -> String {
    let text = finding.text(Lang::En);
    assert!(!text.contains('{'), "{text}");
    assert_ne!(text, finding.code, "no words");
    let severity = finding.severity.as_str();
    format!("{severity} {} {}: {text}", finding.code, finding.place)
}
