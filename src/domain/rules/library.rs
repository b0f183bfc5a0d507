//! All rule sets at hand, found by name and by date.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::model::RuleSet;
use super::read_set::rule_sets;
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
        let document: Json = toml::from_str(text).map_err(|told| {
            let error = RuleError::new(file, "", "", "rule_set.unreadable");
            error.with("told", told)
        })?;
        self.add(file, document)
    }

    /// Reads a document against the rule sets at hand, which it may embed, without adding it: as it reads on its first day.
    pub fn read(&self, file: &str, document: Json) -> Read<RuleSet> {
        let first = self.read_periods(file, &document)?.into_iter().next();
        first.ok_or_else(|| nothing(file))
    }

    /// The same, as the document reads on a day; before it begins, as on its first.
    pub fn read_on(&self, file: &str, document: &Json, day: NaiveDate) -> Read<RuleSet> {
        let mut periods = self.read_periods(file, document)?;
        let begun = periods.iter().rposition(|set| set.effective_from <= day);
        let place = begun.unwrap_or(0);
        match periods.is_empty() {
            true => Err(nothing(file)),
            false => Ok(periods.swap_remove(place)),
        }
    }

    /// The same, for each period in which the document reads alike, in order.
    pub fn read_periods(&self, file: &str, document: &Json) -> Read<Vec<RuleSet>> {
        rule_sets(document, file, &self.sets)
    }

    /// Adds a document; two versions of one rule set for the same day are a fault.
    pub fn add(&mut self, file: &str, document: Json) -> Read<()> {
        self.add_until(file, &document, None)
    }

    /// The same for a version that is in force until a day at the latest.
    pub fn add_until(
        &mut self,
        file: &str,
        document: &Json,
        last_day: Option<NaiveDate>,
    ) -> Read<()> {
        let periods = self.read_periods(file, document)?;
        let same = |other: &Arc<RuleSet>| {
            let new = periods.first();
            new.is_some_and(|new| other.code == new.code && other.version_from == new.version_from)
        };
        if let Some(other) = self.sets.iter().find(|set| same(set)) {
            let place = "effective_from";
            let error = RuleError::new(file, place, "/effective_from", "rule_set.there_already");
            let error = error.with("code", &other.code);
            return Err(error.with("from", other.version_from));
        }
        let ended = |set| RuleSet { last_day, ..set };
        self.sets
            .extend(periods.into_iter().map(|set| Arc::new(ended(set))));
        Ok(())
    }

    /// Every version in every period in which it reads alike.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<RuleSet>> {
        self.sets.iter()
    }

    /// Every version, as it reads on a day.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &Arc<RuleSet>> {
        let shown = move |set: &&Arc<RuleSet>| {
            let same = self.sets.iter().filter(|it| it.hash == set.hash);
            period(same, day).is_some_and(|it| Arc::ptr_eq(it, set))
        };
        self.sets.iter().filter(shown)
    }

    /// The version named `CODE@date`, or the latest of a rule set that goes by its bare code; in its latest period.
    pub fn named(&self, name: &str) -> Option<&Arc<RuleSet>> {
        let of_name = self.sets.iter().filter(|set| set.name == name);
        of_name.max_by_key(|set| (set.version_from, set.effective_from))
    }

    /// The version of `code` in force on a day.
    pub fn in_force(&self, code: &str, day: NaiveDate) -> Option<&Arc<RuleSet>> {
        self.sets
            .iter()
            .filter(|set| set.code == code && set.spans(day))
            .max_by_key(|set| (set.version_from, set.effective_from))
    }

    /// Of every rule set the version in force on a day, by code; none of one that has not begun or is retired.
    pub fn all_in_force(&self, day: NaiveDate) -> impl Iterator<Item = &Arc<RuleSet>> {
        let codes: BTreeSet<&str> = self.sets.iter().map(|set| set.code.as_str()).collect();
        codes
            .into_iter()
            .filter_map(move |code| self.in_force(code, day))
    }

    /// What `rule_set=` of a request asks for: `CODE@date`, or `CODE` as in force on a day.
    pub fn find(&self, asked: &str, day: NaiveDate) -> Option<&Arc<RuleSet>> {
        let Some((code, from)) = asked.split_once('@') else {
            return self.in_force(asked, day);
        };
        let version =
            |set: &&Arc<RuleSet>| set.code == code && set.version_from.to_string() == from;
        period(self.sets.iter().filter(version), day)
    }

    /// The version named `CODE@date` alone, in all its periods: as if no other replaced it.
    pub fn version(&self, named: &str) -> Option<(String, Self)> {
        let (code, from) = named.split_once('@')?;
        let of = |set: &&Arc<RuleSet>| set.code == code && set.version_from.to_string() == from;
        let sets: Vec<Arc<RuleSet>> = self.sets.iter().filter(of).cloned().collect();
        (!sets.is_empty()).then(|| (code.to_owned(), Self { sets }))
    }

    /// The version with this hash, as it reads on a day.
    pub fn of_hash(&self, hash: &str, day: NaiveDate) -> Option<&Arc<RuleSet>> {
        period(self.sets.iter().filter(|set| set.hash == hash), day)
    }
}

/// Of the periods of one version the one a day lies in; before it begins, the first.
fn period<'a>(
    periods: impl Iterator<Item = &'a Arc<RuleSet>>,
    day: NaiveDate,
) -> Option<&'a Arc<RuleSet>> {
    periods.max_by_key(|set| {
        let begun = set.effective_from <= day;
        (
            begun,
            begun.then_some(set.effective_from),
            Reverse(set.effective_from),
        )
    })
}

fn nothing(file: &str) -> RuleError {
    RuleError::new(file, "", "", "rule_set.list_empty")
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

    #[test]
    fn a_version_has_a_reading_for_each_period() {
        let mut library = Library::shipped().clone();
        let mut document = library
            .named("NATIONAL_TECH_SME@2017-05-03")
            .unwrap()
            .document
            .clone();
        document["effective_from"] = "2026-01-01".into();
        let place = "/criterion/0/title";
        let title = document.pointer(place).unwrap().clone();
        *document.pointer_mut(place).unwrap() =
            serde_json::json!({ "values": { "2026-01-01": title, "2027-01-01": "新的表述" } });
        library.add("next", document.clone()).unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let read = |on: &str| library.in_force("NATIONAL_TECH_SME", day(on)).unwrap();
        let shown = |on: &str| read(on).criteria().next().unwrap().title.zh.clone();
        assert_eq!(shown("2027-01-01"), "新的表述");
        assert_ne!(shown("2026-12-31"), "新的表述");
        assert_eq!(read("2026-12-31").hash, read("2027-01-01").hash);
        assert_eq!(read("2027-02-01").name, "NATIONAL_TECH_SME@2026-01-01");
        // A later version replaces an earlier one in all its periods.
        document["effective_from"] = "2026-06-01".into();
        let title = document.pointer_mut(place).unwrap();
        *title = "第三版".into();
        library.add("third", document).unwrap();
        let third = library
            .in_force("NATIONAL_TECH_SME", day("2027-02-01"))
            .unwrap();
        assert_eq!(third.version_from, day("2026-06-01"));
        let asked = library
            .find("NATIONAL_TECH_SME@2026-01-01", day("2027-02-01"))
            .unwrap();
        assert_eq!(asked.effective_from, day("2027-01-01"));
        assert_eq!(
            library
                .of_hash(&asked.hash, day("2020-01-01"))
                .unwrap()
                .effective_from,
            day("2026-01-01")
        );
        assert_eq!(library.on(day("2027-01-01")).count(), SHIPPED.len() + 2);
    }

    #[test]
    fn what_embeds_a_dated_rule_set_changes_with_it() {
        let mut library = Library::default();
        let mut document = Library::shipped()
            .named("NATIONAL_TECH_SME@2017-05-03")
            .unwrap()
            .document
            .clone();
        let title = document["title"].clone();
        document["title"] =
            serde_json::json!({ "values": { "2017-05-03": title, "2027-01-01": "改" } });
        for name in ["SIZE_CLASS@2011-06-18", "NATIONAL_HNTE@2016-01-01"] {
            let other = Library::shipped().named(name).unwrap().document.clone();
            library.add(name, other).unwrap();
        }
        library.add("embedded", document).unwrap();
        let pools = Library::shipped().named("POOLS").unwrap().document.clone();
        library.add("pools", pools).unwrap();
        let from: Vec<String> = library
            .iter()
            .filter(|set| set.code == "POOLS")
            .map(|set| set.effective_from.to_string())
            .collect();
        assert_eq!(from, ["2021-07-25", "2027-01-01"]);
        let later = library.named("POOLS").unwrap();
        let embedded = later
            .embeds
            .iter()
            .find(|set| set.code == "NATIONAL_TECH_SME")
            .unwrap();
        assert_eq!(embedded.title.zh, "改");
    }

    #[test]
    fn a_retired_rule_set_is_in_force_no_more() {
        let mut library = Library::default();
        let document = Library::shipped()
            .named("SIZE_CLASS@2011-06-18")
            .unwrap()
            .document
            .clone();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        library
            .add_until("size", &document, Some(day("2026-12-31")))
            .unwrap();
        assert!(library.in_force("SIZE_CLASS", day("2026-12-31")).is_some());
        assert!(library.in_force("SIZE_CLASS", day("2027-01-01")).is_none());
        assert!(
            library
                .find("SIZE_CLASS@2011-06-18", day("2027-01-01"))
                .is_some(),
            "by its name"
        );
    }
}
