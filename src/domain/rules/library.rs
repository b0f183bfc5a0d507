//! All rule sets at hand, found by name and by date.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::model::RuleSet;
use super::read_set::rule_set;
use super::reader::{Read, RuleError};

/// Rule sets in the order in which they were read; none is embedded before it is known.
#[derive(Debug, Clone, Default)]
pub struct Library {
    sets: Vec<Arc<RuleSet>>,
}

macro_rules! pack {
    ($file:literal) => {
        ($file, include_str!(concat!("../../packs/rules/", $file)))
    };
}

/// The shipped documents; one that embeds another stands after it.
const SHIPPED: &[(&str, &str)] = &[
    pack!("SIZE_CLASS.toml"),
    pack!("NATIONAL_TECH_SME.toml"),
    pack!("NATIONAL_HNTE.toml"),
    pack!("POOLS.toml"),
    pack!("POOLS_LIFECYCLE.toml"),
    pack!("PROVINCIAL_TECH_SME.toml"),
    pack!("INNOVATIVE_SME.2022.toml"),
    pack!("SRDI_SME.2022.toml"),
    pack!("SRDI_SME.2026.toml"),
    pack!("LITTLE_GIANT.2022.toml"),
    pack!("LITTLE_GIANT.2026.toml"),
];

impl Library {
    /// The shipped rule sets.
    pub fn shipped() -> &'static Self {
        &LIBRARY
    }

    /// Reads documents in TOML, each with its file name.
    pub fn load<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Read<Self> {
        let mut library = Self::default();
        for (file, text) in files {
            library.add_toml(file, text)?;
        }
        Ok(library)
    }

    pub fn add_toml(&mut self, file: &str, text: &str) -> Read<()> {
        let document: Json = toml::from_str(text).map_err(|error| RuleError {
            file: file.to_owned(),
            place: String::new(),
            message: error.to_string(),
        })?;
        self.add(file, document)
    }

    /// Reads a document against the rule sets at hand, which it may embed, without adding it.
    pub fn read(&self, file: &str, document: Json) -> Read<RuleSet> {
        rule_set(document, file, &self.sets)
    }

    /// Adds a document; two versions of one rule set for the same day are a fault.
    pub fn add(&mut self, file: &str, document: Json) -> Read<()> {
        let set = rule_set(document, file, &self.sets)?;
        let same = |other: &Arc<RuleSet>| {
            other.code == set.code && other.effective_from == set.effective_from
        };
        if self.sets.iter().any(same) {
            return Err(RuleError {
                file: file.to_owned(),
                place: "effective_from".to_owned(),
                message: format!("{} from {} is there already", set.code, set.effective_from),
            });
        }
        self.sets.push(Arc::new(set));
        Ok(())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<RuleSet>> {
        self.sets.iter()
    }

    /// The version named `CODE@date`, or the latest of a rule set that goes by its bare code.
    pub fn named(&self, name: &str) -> Option<&Arc<RuleSet>> {
        let of_name = self.sets.iter().filter(|set| set.name == name);
        of_name.max_by_key(|set| set.effective_from)
    }

    /// The version of `code` in force on a day.
    pub fn in_force(&self, code: &str, day: NaiveDate) -> Option<&Arc<RuleSet>> {
        self.sets
            .iter()
            .filter(|set| set.code == code && set.starts_by(day))
            .max_by_key(|set| set.effective_from)
    }

    /// What `rule_set=` of a request asks for: `CODE@date`, or `CODE` as in force on a day.
    pub fn find(&self, asked: &str, day: NaiveDate) -> Option<&Arc<RuleSet>> {
        match asked.split_once('@') {
            None => self.in_force(asked, day),
            Some((code, from)) => self
                .sets
                .iter()
                .find(|set| set.code == code && set.effective_from.to_string() == from),
        }
    }
}

/// The documents are compiled in and a test reads them, so faulty ones cannot ship; the library would then be empty.
static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::load(SHIPPED.iter().copied()).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_documents_are_sound() {
        let loaded = Library::load(SHIPPED.iter().copied()).map(|library| library.sets.len());
        assert_eq!(loaded, Ok(SHIPPED.len()));
    }

    #[test]
    fn a_rule_set_without_a_date_in_its_name_has_versions_all_the_same() {
        let mut library = Library::shipped().clone();
        let mut document = library.named("POOLS").unwrap().document.clone();
        assert!(library.add("again", document.clone()).is_err());
        document["effective_from"] = "2027-01-01".into();
        library.add("next", document).unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let from = |on: &str| library.find("POOLS", day(on)).unwrap().effective_from;
        assert_eq!(from("2026-12-31"), day("2021-07-25"));
        assert_eq!(from("2027-01-01"), day("2027-01-01"));
        assert_eq!(
            library.named("POOLS").unwrap().effective_from,
            day("2027-01-01")
        );
    }
}
