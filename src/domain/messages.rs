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

    /// Codes stand in the source as literals of `Fault::new`, `FieldError::new` or `Problem::new`, or behind `// code`.
    #[test]
    fn every_code_in_the_source_has_an_entry() {
        let mut missing = BTreeSet::new();
        for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
            let source = std::fs::read_to_string(&file).expect("source");
            let code = source.split("#[cfg(test)]").next().unwrap_or_default();
            for literal in code.split('"').skip(1).step_by(2) {
                if looks_like_a_code(literal) && !has(literal) {
                    missing.insert(format!("{literal} ({})", file.display()));
                }
            }
        }
        assert!(missing.is_empty(), "no text for: {missing:#?}");
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

    fn looks_like_a_code(literal: &str) -> bool {
        const ROOTS: &[&str] = &[
            "account",
            "auth",
            "certification",
            "contact",
            "date",
            "district",
            "enterprise",
            "fact",
            "field",
            "forecast",
            "idempotency",
            "import",
            "industry",
            "instant",
            "legal_status",
            "money",
            "person",
            "request",
            "scheme",
            "service",
            "text",
            "title",
            "told",
        ];
        let mut parts = literal.split('.');
        let root = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        ROOTS.contains(&root)
            && !rest.is_empty()
            && rest.iter().all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            })
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
