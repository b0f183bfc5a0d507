//! The words for every code, in Chinese and English. The catalogue is `packs/messages.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::field_error::{FieldError, Params};

const CATALOGUE: &str = include_str!("../packs/messages.toml");

/// The two languages sanku speaks; Chinese is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The one of two texts that is in this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// The text of `code` with its params filled in. A code without an entry stands for itself (a test keeps
/// that from happening).
pub fn text(code: &str, lang: Lang, params: &Params) -> String {
    filled(code, lang, params)
}

/// The text of a code whose params were kept in the database.
pub fn kept(code: &str, lang: Lang, params: &[(String, String)]) -> String {
    filled(code, lang, params)
}

fn filled<N: AsRef<str>>(code: &str, lang: Lang, params: &[(N, String)]) -> String {
    let Some(entry) = MESSAGES.get(code) else {
        return code.to_owned();
    };
    let template = match lang {
        Lang::Zh => &entry.zh,
        Lang::En => &entry.en,
    };
    fill(template, params)
}

/// The text of one field's fault.
pub fn of(error: &FieldError, lang: Lang) -> String {
    text(error.code, lang, &error.params)
}

/// Whether the catalogue has an entry for `code`.
pub fn has(code: &str) -> bool {
    MESSAGES.contains_key(code)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
}

static MESSAGES: LazyLock<BTreeMap<String, Entry>> =
    LazyLock::new(|| load(CATALOGUE).unwrap_or_default());

fn load(source: &str) -> Result<BTreeMap<String, Entry>, toml::de::Error> {
    toml::from_str(source)
}

/// One pass, so that a param never is read as a placeholder.
fn fill<N: AsRef<str>>(template: &str, params: &[(N, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = after.find('}') else {
            rest = after;
            break;
        };
        let name = &after[1..close];
        match params.iter().find(|(known, _)| known.as_ref() == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&after[..=close]),
        }
        rest = &after[close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_catalogue_loads_is_sorted_and_has_both_languages() {
        let entries = load(CATALOGUE).expect("messages.toml");
        for (code, entry) in &entries {
            assert!(!entry.zh.trim().is_empty(), "{code} lacks zh");
            assert!(!entry.en.trim().is_empty(), "{code} lacks en");
            assert_eq!(
                placeholders(&entry.zh),
                placeholders(&entry.en),
                "{code}: the languages take different params"
            );
        }
        let heads: Vec<&str> = CATALOGUE
            .lines()
            .filter_map(|line| line.strip_prefix("[\"")?.strip_suffix("\"]"))
            .collect();
        assert!(
            heads.is_sorted(),
            "sections of messages.toml are not sorted"
        );
        assert_eq!(heads.len(), entries.len());
    }

    /// Codes stand in the source as literals: what is written like one and has no words is a slip, and so are words that nothing
    /// says.
    #[test]
    fn the_source_and_the_catalogue_have_the_same_codes() {
        let entries = load(CATALOGUE).expect("messages.toml");
        let (mut said, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        let mut unused_exceptions: BTreeSet<&str> = NO_CODES.iter().copied().collect();
        for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
            let source = std::fs::read_to_string(&file).expect("source");
            let code = source.split("#[cfg(test)]\nmod tests {").next();
            let is_test =
                file.components().any(|it| it.as_os_str() == "tests") || file.ends_with("tests.rs");
            for literal in dotted_literals(code.unwrap_or_default()) {
                unused_exceptions.remove(literal);
                if entries.contains_key(literal) {
                    said.insert(literal.to_owned());
                } else if !is_test && !NO_CODES.contains(&literal) && !is_file(literal) {
                    unknown.insert(format!("{literal} ({})", file.display()));
                }
            }
        }
        assert!(unknown.is_empty(), "no words for: {unknown:#?}");
        let silent: Vec<&String> = entries
            .keys()
            .filter(|code| !said.contains(*code))
            .collect();
        assert!(silent.is_empty(), "nothing says: {silent:#?}");
        assert!(unused_exceptions.is_empty(), "{unused_exceptions:?}");
    }

    /// Written like codes: accounts of the demonstration, of the bench and of examples.
    const NO_CODES: &[&str] = &[
        "bench.disabled",
        "bench.locked",
        "bench.nobody",
        "bench.wrong",
        "city.checker",
        "city.maker",
        "wang.fang",
    ];

    fn is_file(literal: &str) -> bool {
        const ENDINGS: [&str; 7] = ["bin", "csv", "db", "toml", "txt", "xlsx", "xml"];
        let ending = literal.rsplit('.').next();
        ending.is_some_and(|it| ENDINGS.contains(&it))
    }

    /// What stands between two quotation marks and consists of words with dots between them; each begins with a letter.
    fn dotted_literals(source: &str) -> impl Iterator<Item = &str> {
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        source.match_indices('"').filter_map(move |(at, _)| {
            let rest = &source[at + 1..];
            let literal = &rest[..rest.find('"')?];
            (literal.contains('.') && literal.split('.').all(word)).then_some(literal)
        })
    }

    #[test]
    fn params_are_filled_once() {
        let params = vec![("min", "2".to_owned()), ("max", "{min}".to_owned())];
        assert_eq!(fill("{min}–{max} {other} {", &params), "2–{min} {other} {");
        assert_eq!(text("no.such.code", Lang::Zh, &params), "no.such.code");
    }

    fn placeholders(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect()
    }

    fn sources(dir: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(dir).expect("src") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
        found
    }
}
