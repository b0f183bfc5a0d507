//! What is built in: licences, banned crates, sources and duplicate versions, by the rules of deny.toml and without a tool
//! that would have to be installed first.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

struct Package {
    name: String,
    version: String,
    licence: String,
    source: Option<String>,
}

/// Every package of the lock file that is built for the platform the program is shipped for.
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "cargo metadata");
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let built: BTreeSet<String> = list(&all["resolve"]["nodes"])
        .iter()
        .filter_map(|node| text(&node["id"]))
        .collect();
    let packages: Vec<Package> = list(&all["packages"])
        .iter()
        .filter(|package| text(&package["id"]).is_some_and(|id| built.contains(&id)))
        .map(|package| Package {
            name: text(&package["name"]).expect("a name"),
            version: text(&package["version"]).expect("a version"),
            licence: text(&package["license"]).unwrap_or_default(),
            source: text(&package["source"]),
        })
        .collect();
    assert!(packages.len() > 200, "{}", packages.len());
    packages
}

fn rules() -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    let text = std::fs::read_to_string(file).expect("deny.toml");
    text.parse().expect("TOML")
}

/// The names in a list of the rules, written alone or as `{ crate = "…" }`.
fn named(rules: &toml::Table, table: &str, list: &str) -> BTreeSet<String> {
    let list = rules[table][list].as_array().expect("a list");
    let name = |it: &toml::Value| {
        let name = it.as_str().or_else(|| it.get("crate")?.as_str());
        name.expect("a name").to_owned()
    };
    list.iter().map(name).collect()
}

/// Whether an SPDX expression can be met by allowed licences. Older crates write `/` for OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&words, &mut at, allowed);
    met && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(words, at, allowed);
    }
    met
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else {
        // Past the end, so that it is no expression.
        *at += 1;
        return false;
    };
    *at += 1;
    if *word == "(" {
        let met = either(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return met && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        let whole = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
        return allowed.contains(&whole);
    }
    allowed.contains(*word)
}

#[test]
fn an_expression_is_read_as_spdx_means_it() {
    let allowed: BTreeSet<String> = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        .map(String::from)
        .into();
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-2.0",
        "(MIT OR GPL-3.0) AND Apache-2.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "MIT OR",
        "(MIT",
        "GPL-3.0 WITH LLVM-exception",
        "(MIT OR GPL-3.0) AND LGPL-2.1",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = named(&rules(), "licenses", "allow");
    assert!(
        !allowed.iter().any(|it| it.contains("GPL")),
        "no copyleft beyond a file"
    );
    let refused: Vec<String> = packages()
        .iter()
        .filter(|it| !is_allowed(&it.licence, &allowed))
        .map(|it| format!("{} {}: \"{}\"", it.name, it.version, it.licence))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn nothing_banned_and_nothing_from_elsewhere_is_built_in() {
    let banned = named(&rules(), "bans", "deny");
    for package in packages() {
        assert!(!banned.contains(&package.name), "{}", package.name);
        let from_crates_io = package
            .source
            .as_deref()
            .is_none_or(|it| it.starts_with("registry+") && it.ends_with("/crates.io-index"));
        assert!(from_crates_io, "{}: {:?}", package.name, package.source);
    }
}

#[test]
fn duplicate_versions_are_known_and_told_why() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        // What stands behind the plus is no part of a version's order.
        let version = package.version.split('+').next().unwrap_or_default();
        let of_name = versions.entry(package.name).or_default();
        of_name.insert(version.to_owned());
    }
    let skipped = named(&rules(), "bans", "skip");
    let (mut unknown, mut needed) = (Vec::new(), BTreeSet::new());
    for (name, versions) in versions.iter().filter(|(_, it)| it.len() > 1) {
        let keys = versions.iter().map(|version| format!("{name}@{version}"));
        let (known, others): (Vec<_>, Vec<_>) = keys.partition(|key| skipped.contains(key));
        needed.extend(known);
        if others.len() > 1 {
            unknown.push(others);
        }
    }
    assert!(unknown.is_empty(), "not in deny.toml: {unknown:?}");
    let idle: Vec<_> = skipped.difference(&needed).collect();
    assert!(idle.is_empty(), "in deny.toml for nothing: {idle:?}");
}

#[test]
fn no_target_of_ours_may_hold_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "src/lib.rs",
        "src/main.rs",
        "tests/supply.rs",
        "tests/architecture.rs",
        "tests/fuzz.rs",
        "tests/rules.rs",
        "tests/it/main.rs",
        "benches/evaluate.rs",
    ] {
        let text = std::fs::read_to_string(root.join(file)).expect(file);
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file}");
    }
}
