//! The rooms and the directions between them, the circles of files, and the size of files and functions.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

#[path = "architecture/circles.rs"]
mod circles;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Room → rooms it may use. A path deeper than a room (`http::server`) allows that part only.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("store", &["domain"]),
    ("app", &["domain", "store"]),
    ("http", &["app", "domain"]),
    ("jobs", &["app"]),
    ("config", &["domain"]),
    ("telemetry", &["config"]),
    (
        "cli",
        &[
            "app",
            "config",
            "domain",
            "http::server",
            "http::state",
            "jobs",
            "store",
            "telemetry",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

/// Folder of the domain → folders that it may not use, and why.
const APART: &[(&str, &[&str], &str)] = &[
    (
        "rules",
        &["drafting"],
        "the language does not depend on what helps its author",
    ),
    (
        "evaluate",
        &["drafting"],
        "what judges does not depend on what advises",
    ),
];

/// Crate → rooms that may know it.
const HOMES: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("actix_web", &["http"]),
    ("utoipa", &["app", "http"]),
    ("clap", &["cli", "config"]),
    ("confique", &["config"]),
    ("argon2", &["app"]),
    ("rand", &["app"]),
    ("zxcvbn", &["app"]),
    ("governor", &["http"]),
    ("rustix", &["cli"]),
];

/// Words that have no business in a room, and why.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "f64",
        &["domain", "store", "app"],
        "amounts and ratios are exact",
    ),
    (
        "f32",
        &["domain", "store", "app"],
        "amounts and ratios are exact",
    ),
    (
        "async fn",
        &["domain", "store", "app", "jobs"],
        "below http everything blocks",
    ),
    (
        "Caller::operator",
        &["http"],
        "a request proves its permission with `authorize`",
    ),
    (
        "Caller::clockwork",
        &["http"],
        "a request proves its permission with `authorize`",
    ),
    (
        "web::resource",
        &["cli"],
        "a route is a row of routes::TABLE",
    ),
];

/// Where a banned word must stand all the same.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The reader of workbooks gives number cells as floats; here they become text again.
    ("app::import::workbook", "f64"),
];

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 60;

struct Source {
    /// Module path below `src`, as in `http::json::tree`.
    module: String,
    path: PathBuf,
    /// Without the unit tests at its end.
    code: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        self.module.split("::").next().expect("a room")
    }

    /// Lines of code, without comments.
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
    }
}

#[test]
fn rooms_use_only_what_they_may() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let room = source.room();
        // A crate of its own: there is nothing else that it could use.
        if room == "domain" {
            continue;
        }
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!(
                "{}: \"{room}\" is no room of the table",
                source.path.display()
            ));
            continue;
        };
        for used in crate_paths(&source) {
            let own = used == room || used.starts_with(&format!("{room}::"));
            let within = |may: &&str| used == **may || used.starts_with(&format!("{may}::"));
            if !own && !allowed.iter().any(within) {
                faults.push(format!(
                    "{}: {room} may not use crate::{used}",
                    source.path.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn folders_of_the_domain_stay_apart() {
    let mut faults = Vec::new();
    for source in sources("src/domain") {
        let apart = APART
            .iter()
            .filter(|(folder, _, _)| *folder == source.room());
        for (folder, barred, why) in apart {
            for used in crate_paths(&source) {
                let first = used.split("::").next().unwrap_or_default();
                if barred.contains(&first) {
                    faults.push(format!(
                        "{}: {folder} may not use crate::{used}: {why}",
                        source.path.display()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_and_words_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for source in sources("src") {
        for line in source.lines() {
            for (name, homes) in HOMES {
                if mentions(line, &format!("{name}::")) && !homes.contains(&source.room()) {
                    faults.push(format!(
                        "{}: {name} belongs to {homes:?}: {line}",
                        source.path.display()
                    ));
                }
            }
            for (word, rooms, why) in BANNED {
                let excepted = EXCEPTIONS.contains(&(source.module.as_str(), *word));
                if mentions(line, word) && rooms.contains(&source.room()) && !excepted {
                    faults.push(format!("{}: {word}: {why}: {line}", source.path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Who did something is said by the proof of who calls, by a job with a name, or by whoever tries to log in; never by a text.
#[test]
fn a_stamp_comes_from_a_caller_or_a_job() {
    const MAKERS: [&str; 4] = [
        "app::caller",
        "app::session",
        "store::change",
        "domain::ledger",
    ];
    let mut faults = Vec::new();
    for source in sources("src") {
        let made = |line: &&str| {
            ["Stamp::of(", "Stamp {", "Origin {", "Origin::system("]
                .iter()
                .any(|it| line.contains(it))
        };
        let is_maker = MAKERS.contains(&source.module.as_str());
        for line in source.lines().filter(made).filter(|_| !is_maker) {
            faults.push(format!("{}: {line}", source.path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_and_functions_are_short() {
    let mut faults = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")) {
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{}: {lines} lines", source.path.display()));
        }
        for (name, length) in functions(&source.text) {
            if length > LONGEST_FUNCTION {
                faults.push(format!("{}: {name}: {length} lines", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// cargo doc prints the map of the modules from these.
#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = sources("src")
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(
        silent.is_empty(),
        "no //! comment at the beginning: {}",
        silent.join("\n")
    );
}

/// What the bureau's rules rest on: nothing that could reach a database, a network or a request.
#[test]
fn the_domain_depends_on_nothing_that_acts() {
    let text = std::fs::read_to_string(root().join("src/domain/Cargo.toml")).expect("Cargo.toml");
    let manifest: toml::Table = text.parse().expect("TOML");
    let used: Vec<&str> = manifest["dependencies"]
        .as_table()
        .expect("a table")
        .keys()
        .map(String::as_str)
        .collect();
    let allowed = [
        "chrono",
        "csv",
        "memchr",
        "pinyin",
        "serde",
        "serde_json",
        "serde_json_canonicalizer",
        "sha2",
        "thiserror",
        "toml",
        "unicode-normalization",
        "uuid",
        "validator",
    ];
    assert_eq!(used, allowed);
}

/// Every `crate::…` path of a file, also those in braces after `use crate::`.
fn crate_paths(source: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code: String = source.lines().collect::<Vec<_>>().join("\n");
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let names = group.split('}').next().unwrap_or_default().split(',');
            found.extend(
                names
                    .map(|name| path_at(name.trim()))
                    .filter(|name| !name.is_empty()),
            );
        } else {
            found.insert(path_at(rest));
        }
    }
    found
}

/// The first two steps of a path, without what is named in them.
fn path_at(text: &str) -> String {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .unwrap_or(text.len());
    let steps: Vec<&str> = text[..end]
        .split("::")
        .filter(|step| !step.is_empty())
        .collect();
    let modules = steps
        .iter()
        .take_while(|step| !step.starts_with(char::is_uppercase));
    modules.take(2).copied().collect::<Vec<_>>().join("::")
}

/// Whether a line has the word, not as a part of a longer one.
fn mentions(line: &str, word: &str) -> bool {
    let edge = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    line.match_indices(word).any(|(at, _)| {
        let open = line[..at].chars().next_back().is_none_or(edge);
        let after = line[at + word.len()..].chars().next();
        open && (word.ends_with("::") || after.is_none_or(|c| !(c.is_alphanumeric() || c == '_')))
    })
}

/// Functions with their length; rustfmt puts the closing brace below the `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = line.trim_start();
        let Some(name) = head.split("fn ").nth(1).filter(|_| is_function(head)) else {
            continue;
        };
        let close = format!("{}}}", " ".repeat(indent));
        let length = lines[at..].iter().position(|line| *line == close);
        if let Some(length) = length.filter(|_| !head.ends_with(';')) {
            found.push((
                name.split(['(', '<']).next().unwrap_or(name).to_string(),
                length + 1,
            ));
        }
    }
    found
}

fn is_function(head: &str) -> bool {
    let mut words = head.split_whitespace().take_while(|word| *word != "fn");
    words.all(|word| {
        matches!(word, "pub" | "const" | "async" | "unsafe") || word.starts_with("pub(")
    }) && head.contains("fn ")
}

fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut files = Vec::new();
    collect(&base, &mut files);
    let mut sources: Vec<Source> = files.into_iter().map(|path| read(&base, path)).collect();
    sources.sort_by(|a, b| a.module.cmp(&b.module));
    sources
}

fn read(base: &Path, path: PathBuf) -> Source {
    let text = std::fs::read_to_string(&path).expect("source");
    let relative = path
        .strip_prefix(base)
        .expect("below the folder")
        .with_extension("");
    let module = relative.to_string_lossy().replace(['/', '\\'], "::");
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .to_string();
    Source {
        module,
        path,
        code,
        text,
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
