//! Golden cases: the shared ones where they are at hand, and the register's own in `tests/rules/*.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use sanku::domain::evaluate::cases::{mismatches, run_case};
use sanku::domain::rules::Library;
use serde_json::Value as Json;

#[test]
fn the_shared_cases_hold() {
    let path = manifest().join("../shared/cases/golden.json");
    if !path.exists() {
        // Where the checks are run for real, a missing file must not pass unseen.
        #[allow(clippy::disallowed_methods)]
        let in_ci = std::env::var_os("CI").is_some();
        assert!(!in_ci, "{} is needed in CI", path.display());
        println!("skipped: no {}", path.display());
        return;
    }
    assert_holds(&path, |set| Library::shipped().named(set).is_some());
}

#[test]
fn our_own_cases_hold() {
    let mut files: Vec<PathBuf> = fs::read_dir(manifest().join("tests/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        assert_holds(&file, |_| true);
    }
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every expectation of every case of a file whose rule set `is_asked`.
fn assert_holds(path: &Path, is_asked: impl Fn(&str) -> bool) {
    let file: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = expanded(&file);
    let mut faults = Vec::new();
    for mut case in cases {
        if let Some(expected) = case["expected"].as_object_mut() {
            expected.retain(|set, _| is_asked(set));
        }
        let run = run_case(Library::shipped(), &case)
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        for fault in mismatches(&case, &run["results"]) {
            faults.push(format!("{}: {fault}", case["id"]));
        }
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        path.display(),
        faults.join("\n")
    );
}

/// A case may start from another (`base`) or from the file's `base` and say only what differs (JSON merge patch).
fn expanded(file: &Json) -> Vec<Json> {
    let base = &file["base"];
    file["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| {
            let mut whole = if base.is_null() {
                Json::Object(Default::default())
            } else {
                base.clone()
            };
            merge(&mut whole, case);
            whole
        })
        .collect()
}

fn merge(target: &mut Json, patch: &Json) {
    match (target, patch) {
        (Json::Object(target), Json::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key.clone()).or_insert(Json::Null), value);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
