//! The boundary tests of the shipped rule sets: their own cases show all but those that come waived, and for those the search
//! finds none either.
//!
//! `SANKU_WRITE_CASES=1 cargo test --test rules shipped` writes `src/packs/cases` anew.

use std::collections::BTreeSet;
use std::fs;

use sanku::domain::drafting::boundary::{Boundary, required, shown, suggest, suggestions};
use sanku::domain::drafting::cases::{mismatches, run_case};
use sanku::domain::drafting::{shipped_cases, shipped_waivers};
use sanku::domain::evaluate::{Profile, profile_from_json};
use sanku::domain::messages::Lang;
use sanku::domain::rules::{Library, RuleSet};
use serde_json::{Map, Value as Json, json};

use crate::manifest;

#[test]
fn every_boundary_has_a_suggestion_or_comes_waived() {
    let mut faults = Vec::new();
    for set in Library::shipped().iter() {
        let boundaries = required(set);
        let (found, cases) = suggestions(set, &boundaries);
        let without: Vec<&str> = boundaries
            .iter()
            .zip(&found)
            .filter(|(_, case)| case.is_none())
            .map(|(it, _)| it.id.as_str())
            .collect();
        assert_eq!(without, waived(set), "{}", set.name);
        let shown = shown(set, &profiles(&cases));
        for it in boundaries.iter().filter(|it| !shown.contains(&it.id)) {
            if !without.contains(&it.id.as_str()) {
                faults.push(format!("{} {}: not shown", set.name, it.id));
            }
        }
        faults.extend(unmet(set, &cases));
        println!(
            "{}: {} in {} cases",
            set.name,
            boundaries.len(),
            cases.len()
        );
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A place is the same while its own table is, and one of the whole rule set while all of it is.
#[test]
fn a_boundary_is_known_by_what_the_document_says_there() {
    let set = Library::shipped().named("POOLS").unwrap();
    let changed = |change: &dyn Fn(&mut Json)| {
        let mut document = set.document.clone();
        change(&mut document);
        let set = Library::shipped().read("POOLS", document).unwrap();
        required(&set)
    };
    let before = required(set);
    let lost = |after: &[Boundary]| -> BTreeSet<String> {
        let is_there = |it: &&Boundary| !after.iter().any(|other| other.is(&it.id, &it.place_hash));
        before
            .iter()
            .filter(is_there)
            .map(|it| it.id.clone())
            .collect()
    };
    // What publication sets changes no place.
    let published = changed(&|it| {
        it["version"] = json!(7);
        it["effective_from"] = json!("2027-01-01");
    });
    assert_eq!(lost(&published), BTreeSet::new());
    let titled = changed(&|it| it["pool"][0]["criterion"][0]["title"] = json!("新的表述"));
    let id = set.document["pool"][0]["criterion"][0]["id"]
        .as_str()
        .unwrap();
    let lost = lost(&titled);
    let of_criterion = |it: &String| it.starts_with(&format!("{id}/"));
    assert!(lost.iter().any(of_criterion), "{lost:?}");
    let whole = ["gate:", "pool:"];
    let of_whole = |it: &str| {
        whole.iter().any(|of| it.starts_with(of)) || it.contains("/need/") || it.contains("/route:")
    };
    let others = lost.iter().filter(|it| !of_criterion(it) && !of_whole(it));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(lost.iter().any(|it| of_whole(it)));
}

/// One by one, as a caller asks for them; every seventh, as each starts anew.
#[test]
fn a_suggestion_by_itself_shows_its_boundary() {
    for set in Library::shipped().iter() {
        for boundary in required(set).iter().step_by(7) {
            let Some(case) = suggest(set, boundary) else {
                continue;
            };
            assert_eq!(case["id"], json!(boundary.id));
            let shown = shown(set, &profiles(&[case]));
            assert!(shown.contains(&boundary.id), "{} {}", set.name, boundary.id);
        }
    }
}

#[test]
fn ids_are_unique_and_every_boundary_is_told_in_both_languages() {
    for set in Library::shipped().iter() {
        let boundaries = required(set);
        let ids: BTreeSet<&str> = boundaries.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids.len(), boundaries.len(), "{}", set.name);
        for it in &boundaries {
            for lang in [Lang::Zh, Lang::En] {
                let text = it.text(lang);
                assert!(
                    !text.contains('{') && !text.starts_with("boundary."),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn the_shipped_cases_show_every_boundary_that_is_not_waived_and_hold() {
    let write = std::env::var_os("SANKU_WRITE_CASES").is_some();
    let mut faults = Vec::new();
    for set in Library::shipped().iter() {
        if write {
            let (_, cases) = suggestions(set, &required(set));
            let text = compact(set, &fewest(set, cases));
            fs::write(file(set), text).unwrap();
            continue;
        }
        let cases = shipped_cases(&set.code, &set.name);
        let shown = shown(set, &profiles(&cases));
        let waived = waived(set);
        for it in required(set) {
            if !shown.contains(&it.id) && !waived.contains(&it.id) {
                faults.push(format!("{} {}: not shown", set.name, it.id));
            }
        }
        faults.extend(unmet(set, &cases));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Kinds of tests that no shipped rule set has.
#[test]
fn every_kind_of_test_has_boundaries_with_cases() {
    let text =
        fs::read_to_string(manifest().join("tests/rules/boundaries/every_kind.toml")).unwrap();
    let set = Library::shipped()
        .read("every_kind.toml", toml::from_str(&text).unwrap())
        .unwrap();
    let boundaries = required(&set);
    let (found, cases) = suggestions(&set, &boundaries);
    let without: Vec<&str> = boundaries
        .iter()
        .zip(&found)
        .filter(|(_, case)| case.is_none())
        .map(|(it, _)| it.id.as_str())
        .collect();
    // No sum of these points is 20 or 11.
    assert_eq!(without, ["points:total/cap/at", "score/at"]);
    let shown = shown(&set, &profiles(&cases));
    assert_eq!(shown.len() + without.len(), boundaries.len());
    for id in [
        "two/2-met",
        "two/1-met",
        "two/3.2/held-UNICORN",
        "growth/at",
        "debt/edge-1/at",
        "seat/1/unmet",
    ] {
        assert!(shown.contains(id), "{id}");
    }
}

/// Standing at a limit is not enough: where an alternative is met anyway, the case tells nothing of this one.
#[test]
fn a_case_in_which_the_answer_does_not_show_tells_nothing() {
    let set = Library::shipped().named("POOLS").unwrap();
    let case = shipped_cases("POOLS", "POOLS")
        .into_iter()
        .find(|case| case["id"] == "s_ip/2/at")
        .unwrap();
    let ids = |case: &Json| shown(set, &profiles(std::slice::from_ref(case)));
    assert_eq!(case["facts"]["ip_class2"], json!(5));
    assert!(ids(&case).contains("s_ip/2/at"));
    let mut met_anyway = case.clone();
    met_anyway["facts"]["ip_class1"] = json!(3);
    assert!(!ids(&met_anyway).contains("s_ip/2/at"));
    // In another place for another reason: the criterion turns, the pool does not.
    let mut excluded = case.clone();
    excluded["facts"]["abnormal_or_dishonest"] = json!(true);
    assert!(!ids(&excluded).contains("s_ip/2/at"));
    // One more is no longer at the limit, two more no longer just above.
    for (count, side) in [(4, "below"), (6, "above"), (7, "nowhere")] {
        let mut beside = case.clone();
        beside["facts"]["ip_class2"] = json!(count);
        let of_limit: Vec<String> = ids(&beside)
            .into_iter()
            .filter(|id| id.starts_with("s_ip/2/"))
            .collect();
        match side {
            "nowhere" => assert!(of_limit.is_empty(), "{of_limit:?}"),
            _ => assert_eq!(of_limit, [format!("s_ip/2/{side}")]),
        }
    }
}

/// What a case expects and does not get; a case without expectations is a fault too.
fn unmet(set: &RuleSet, cases: &[Json]) -> Vec<String> {
    let mut faults = Vec::new();
    for case in cases {
        let run = run_case(Library::shipped(), case).unwrap();
        let expected = case["expected"][&set.name].as_object();
        if expected.is_none_or(Map::is_empty) {
            faults.push(format!("{} {}: expects nothing", set.name, case["id"]));
        }
        for fault in mismatches(case, &run["results"], Lang::En) {
            faults.push(format!("{} {}: {fault}", set.name, case["id"]));
        }
    }
    faults
}

/// Without the cases whose boundaries the others show.
fn fewest(set: &RuleSet, cases: Vec<Json>) -> Vec<Json> {
    let of_each: Vec<BTreeSet<String>> = cases
        .iter()
        .map(|case| shown(set, &profiles(std::slice::from_ref(case))))
        .collect();
    let mut kept: Vec<bool> = vec![true; cases.len()];
    for index in (0..cases.len()).rev() {
        let others = of_each.iter().enumerate();
        let others = others.filter(|(at, _)| *at != index && kept[*at]);
        let elsewhere: BTreeSet<&String> = others.flat_map(|(_, ids)| ids).collect();
        kept[index] = !of_each[index].iter().all(|id| elsewhere.contains(id));
    }
    let pairs = cases.into_iter().zip(kept);
    pairs.filter(|it| it.1).map(|it| it.0).collect()
}

/// The form of `packs/cases`: a base, and of each case what differs.
fn compact(set: &RuleSet, cases: &[Json]) -> String {
    let mut base = cases[0].clone();
    for name in ["id", "expected"] {
        base.as_object_mut().unwrap().remove(name);
    }
    let lines: Vec<String> = cases
        .iter()
        .map(|case| {
            let mut patch = difference(&base, case);
            patch["expected"] = case["expected"][&set.name].clone();
            format!("  {patch}")
        })
        .collect();
    let waived = shipped_waivers(set).into_iter();
    let waived: Vec<String> = waived
        .map(|(it, reason)| format!("  {}: {}", json!(it.id), json!(reason)))
        .collect();
    let waived = match waived.is_empty() {
        true => String::new(),
        false => format!(" \"waived\": {{\n{}\n }},\n", waived.join(",\n")),
    };
    format!(
        "{{\"about\": {},\n{waived} \"base\": {base},\n \"cases\": [\n{}\n]}}\n",
        json!(format!("Boundary tests of {}", set.name)),
        lines.join(",\n")
    )
}

fn waived(set: &RuleSet) -> Vec<String> {
    let waived = shipped_waivers(set).into_iter();
    waived.map(|(it, _)| it.id).collect()
}

fn difference(base: &Json, case: &Json) -> Json {
    let mut patch = Map::new();
    let (Some(from), Some(to)) = (base.as_object(), case.as_object()) else {
        return case.clone();
    };
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Json::Null);
    }
    for (name, value) in to {
        match from.get(name) {
            Some(same) if same == value => {}
            Some(other) if other.is_object() && value.is_object() => {
                patch.insert(name.clone(), difference(other, value));
            }
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    Json::Object(patch)
}

fn profiles(cases: &[Json]) -> Vec<Profile> {
    let cases = cases.iter();
    cases
        .map(|case| profile_from_json(case, None).unwrap())
        .collect()
}

/// `NATIONAL_HNTE.json`, or with the year where a rule set has several versions.
fn file(set: &RuleSet) -> std::path::PathBuf {
    let folder = manifest().join("src/packs/cases");
    let dated = folder.join(format!(
        "{}.{}.json",
        set.code,
        set.effective_from.format("%Y")
    ));
    if dated.exists() {
        dated
    } else {
        folder.join(format!("{}.json", set.code))
    }
}
