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

    /// Adds a document; the same name twice is a fault.
    pub fn add(&mut self, file: &str, document: Json) -> Read<()> {
        let set = rule_set(document, file, &self.sets)?;
        if self.named(&set.name).is_some() {
            return Err(RuleError {
                file: file.to_owned(),
                place: "code".to_owned(),
                message: format!("{} is there already", set.name),
            });
        }
        self.sets.push(Arc::new(set));
        Ok(())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<RuleSet>> {
        self.sets.iter()
    }

    /// The version named `CODE@date`, or a rule set that goes by its bare code.
    pub fn named(&self, name: &str) -> Option<&Arc<RuleSet>> {
        self.sets.iter().find(|set| set.name == name)
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
}
