//! Circles of files: what a file uses must not lead back to it.
//!
//! A path counts for the file it leads to: `super::money::Fen` for `money`, `super::Fen` for the parent, whatever stands behind the
//! name there. So a parent that calls its children, or shows what is theirs by `pub use`, is not imported by them: what they share
//! stands in a file of its own. `mod child;` alone is no use, and unit tests do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, sources};

/// Files that lead back to each other because what they work on is made of itself, and why.
const RECURSIVE: &[(&[&str], &str)] = &[
    (
        &[
            "domain::rules::model",
            "domain::rules::points",
            "domain::rules::test",
        ],
        "a rule set is made of tests and points, and a test or a point may be another rule set's",
    ),
    (
        &[
            "domain::evaluate::judge",
            "domain::evaluate::reading",
            "domain::evaluate::scoring",
            "domain::evaluate::verdict",
        ],
        "to judge a test may be to reach the verdict of an embedded rule set, whose points ask for tests again",
    ),
    (
        &["domain::evaluate::describe", "domain::evaluate::explain"],
        "a criterion that is an embedded rule set is explained by explaining that one",
    ),
    (
        &[
            "domain::evaluate::route",
            "domain::evaluate::route::approach",
        ],
        "the way to pass an embedded rule set is a route of its own",
    ),
];

/// File → files it uses, each with a path that leads there.
type Uses = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn files_lead_back_to_themselves_only_where_they_must() {
    let uses = uses(&sources("src"));
    let found: BTreeSet<Vec<String>> = circles(&uses).into_iter().collect();
    let named = |circle: &[String]| RECURSIVE.iter().any(|(names, _)| *names == circle);
    let mut faults: Vec<String> = found
        .iter()
        .filter(|circle| !named(circle))
        .map(|circle| told(circle, &uses))
        .collect();
    for (names, why) in RECURSIVE {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        if !found.contains(&names) {
            faults.push(format!("no circle any more: {} ({why})", names.join(", ")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn paths_are_read_from_source_text() {
    let code = r#"
        pub(in crate::app) use super::{a::{self, B}, c as d}; // super::comment
        use crate::e;
        const TEXT: &str = "super::text \" super::more"; const QUOTE: char = '"';
        fn f<'a>(x: &'a child::G) -> super::super::H { self::i() }
    "#;
    let paths: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        paths,
        [
            "super::a::self",
            "super::a::B",
            "super::c",
            "crate::e",
            "child::G",
            "super::super::H",
            "self::i"
        ]
    );
}

fn uses(all: &[Source]) -> Uses {
    let left_out: Vec<String> = all.iter().flat_map(only_for_tests).collect();
    let is_in = |module: &str| {
        !left_out
            .iter()
            .any(|out| module == out || module.starts_with(&format!("{out}::")))
    };
    let counted: Vec<&Source> = all.iter().filter(|it| is_in(&it.module)).collect();
    let names: BTreeSet<&str> = counted.iter().map(|it| it.module.as_str()).collect();
    let of = |source: &Source| {
        let mut used = BTreeMap::new();
        for path in paths(&source.code) {
            if let Some(file) = file_of(&path, &source.module, &names)
                && file != source.module
            {
                used.entry(file).or_insert_with(|| path.join("::"));
            }
        }
        (source.module.clone(), used)
    };
    counted.into_iter().map(of).collect()
}

/// Files that are there for unit tests alone.
fn only_for_tests(source: &Source) -> Vec<String> {
    let declared = source.text.split("#[cfg(test)]\nmod ").skip(1);
    let names = declared.filter_map(|rest| rest.split_once(';').map(|(name, _)| name));
    let below = source.module.strip_suffix("lib").unwrap_or(&source.module);
    let below = below.trim_end_matches("::");
    names
        .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .map(|name| format!("{below}::{name}"))
        .collect()
}

/// The file a path leads to, as far as files go; none outside of the two crates.
fn file_of(path: &[&str], here: &str, names: &BTreeSet<&str>) -> Option<String> {
    let is_domain = here.starts_with("domain::");
    let mut at: Vec<&str> = here.split("::").collect();
    if at.last() == Some(&"lib") {
        at.pop();
    }
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        match *first {
            "crate" => {
                at = if is_domain {
                    vec!["domain"]
                } else {
                    Vec::new()
                }
            }
            "super" => drop(at.pop()),
            "self" => {}
            _ => break,
        }
        rest = after;
    }
    let is_child = |at: &[&str], name: &str| {
        let deeper = [at, &[name]].concat().join("::");
        names.contains(deeper.as_str()) || deeper == "domain"
    };
    // A name that is no file here is something imported, or of another crate.
    if rest.len() == path.len() && !is_child(&at, rest.first()?) {
        return None;
    }
    while let Some((first, after)) = rest.split_first()
        && is_child(&at, first)
    {
        at.push(first);
        rest = after;
    }
    Some(match at.as_slice() {
        [] => "lib".to_owned(),
        ["domain"] => "domain::lib".to_owned(),
        steps => steps.join("::"),
    })
}

/// Groups of files that lead to each other.
fn circles(uses: &Uses) -> Vec<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses
        .keys()
        .map(|file| (file.as_str(), reach(file, uses)))
        .collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    for (file, from_here) in &reached {
        let known = found
            .iter()
            .any(|circle| circle.iter().any(|it| it == file));
        if known || !from_here.contains(file) {
            continue;
        }
        let back = from_here
            .iter()
            .filter(|other| reached[**other].contains(file));
        found.push(back.map(|other| (*other).to_owned()).collect());
    }
    found
}

fn reach<'u>(file: &str, uses: &'u Uses) -> BTreeSet<&'u str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses[file].keys().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(uses[file].keys().map(String::as_str));
        }
    }
    reached
}

fn told(circle: &[String], uses: &Uses) -> String {
    let mut text = format!("a circle of {} files:", circle.len());
    for file in circle {
        let inside = uses[file]
            .iter()
            .filter(|(other, _)| circle.contains(other));
        for (other, path) in inside {
            text += &format!("\n  {file} uses {other}: {path}");
        }
    }
    text
}

/// Every path of two steps or more, those of `use` with what stands in braces multiplied out.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // A visibility is no use.
        if tokens[at..].starts_with(&["pub", "(", "in"]) {
            at += tokens[at..].iter().position(|it| *it == ")").unwrap_or(1);
        } else if tokens[at] == "use" {
            at = tree(&tokens, at + 1, &[], &mut found);
        } else if is_name(tokens[at]) {
            let mut path = vec![tokens[at]];
            while let ["::", name, ..] = &tokens[at + 1..]
                && is_name(name)
            {
                path.push(name);
                at += 2;
            }
            if path.len() > 1 {
                found.push(path);
            }
        }
        at += 1;
    }
    found
}

/// One branch of a `use`, from `at` on; where it ends.
fn tree<'c>(
    tokens: &[&'c str],
    mut at: usize,
    above: &[&'c str],
    found: &mut Vec<Vec<&'c str>>,
) -> usize {
    let mut path = above.to_vec();
    while let Some(token) = tokens.get(at) {
        match *token {
            "{" => {
                while !matches!(tokens.get(at), None | Some(&"}")) {
                    at = tree(tokens, at + 1, &path, found);
                }
                return at + 1;
            }
            "as" => at += 1,
            "," | "}" | ";" => break,
            name if is_name(name) || name == "*" => path.push(name),
            _ => {}
        }
        at += 1;
    }
    if path.len() > above.len() {
        found.push(path);
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs, without comments, texts and characters.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |at| at + 5)
        } else if first == '"' {
            text_length(rest)
        } else if first == '\'' {
            character_length(rest)
        } else if is_name(rest) {
            let name = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !name(c)).unwrap_or(rest.len());
            found.push(&rest[..length]);
            length
        } else {
            let length = if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                found.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    found
}

/// Up to the closing quote that nothing escapes.
fn text_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// A character in its quotes; of a lifetime only the mark.
fn character_length(text: &str) -> usize {
    let mut inner = text.chars().skip(1);
    let (first, second) = (inner.next(), inner.next());
    match (first, second) {
        (Some('\\'), _) => text[2..].find('\'').map_or(1, |at| at + 3),
        (Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 1,
    }
}
