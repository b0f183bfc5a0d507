//! The boundary tests that come with the shipped rule sets (随附用例): `packs/cases`, one file a version.
//!
//! A file has a `base`, and of each case only what differs from it (JSON merge patch, RFC 7386: null takes a value away) with
//! what is `expected` of this rule set; and in `waived` the boundaries that no case can show, each with the reason.

use serde_json::{Map, Value as Json};

use super::boundary::{Boundary, required};
use crate::rules::RuleSet;

macro_rules! pack {
    ($file:literal) => {
        include_str!(concat!("../../packs/cases/", $file))
    };
}

const SHIPPED: &[(&str, &str)] = &[
    ("SIZE_CLASS@2011-06-18", pack!("SIZE_CLASS.json")),
    (
        "NATIONAL_TECH_SME@2017-05-03",
        pack!("NATIONAL_TECH_SME.json"),
    ),
    ("NATIONAL_HNTE@2016-01-01", pack!("NATIONAL_HNTE.json")),
    ("POOLS", pack!("POOLS.json")),
    ("POOLS_LIFECYCLE", pack!("POOLS_LIFECYCLE.json")),
    ("PROVINCIAL_TECH_SME", pack!("PROVINCIAL_TECH_SME.json")),
    (
        "INNOVATIVE_SME@2022-06-01",
        pack!("INNOVATIVE_SME.2022.json"),
    ),
    ("SRDI_SME@2022-06-01", pack!("SRDI_SME.2022.json")),
    ("SRDI_SME@2026-04-01", pack!("SRDI_SME.2026.json")),
    ("LITTLE_GIANT@2022-06-01", pack!("LITTLE_GIANT.2022.json")),
    ("LITTLE_GIANT@2026-04-01", pack!("LITTLE_GIANT.2026.json")),
];

/// The boundaries of a shipped rule set that no case can show, each with the reason for which it is waived.
pub fn shipped_waivers(set: &RuleSet) -> Vec<(Boundary, String)> {
    let file = file(&set.code, &set.name).unwrap_or_default();
    let Some(waived) = file.get("waived").and_then(Json::as_object) else {
        return Vec::new();
    };
    let waived = required(set).into_iter().filter_map(|boundary| {
        let reason = waived.get(&boundary.id)?.as_str()?.to_owned();
        Some((boundary, reason))
    });
    waived.collect()
}

/// The cases of a shipped version in golden form, whole, `expected` keyed by its name. None for what is not shipped.
pub fn shipped_cases(code: &str, name: &str) -> Vec<Json> {
    let file = file(code, name);
    file.map(|file| whole(&file, name)).unwrap_or_default()
}

fn file(code: &str, name: &str) -> Option<Json> {
    let is_of_code = name == code
        || name
            .strip_prefix(code)
            .is_some_and(|it| it.starts_with('@'));
    let file = SHIPPED
        .iter()
        .find(|(known, _)| *known == name && is_of_code);
    // A test reads every file, so that none that cannot be read ships.
    file.and_then(|(_, text)| serde_json::from_str(text).ok())
}

/// The names of the versions that have cases.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

fn whole(file: &Json, name: &str) -> Vec<Json> {
    let cases = file.get("cases").and_then(Json::as_array);
    let cases = cases.into_iter().flatten().map(|patch| {
        let mut case = file.get("base").cloned().unwrap_or_default();
        merge(&mut case, patch);
        // What is expected may be null, which a patch would take away.
        let expected = patch.get("expected").cloned().unwrap_or_default();
        if let Json::Object(members) = &mut case {
            let keyed: Map<String, Json> = Map::from_iter([(name.to_owned(), expected)]);
            members.insert("expected".to_owned(), Json::Object(keyed));
        }
        case
    });
    cases.collect()
}

fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Json::Object(members) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Json::Null), value);
        }
    }
}
