//! Loading and looking up the catalogue.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::document::{Document, Phrase};
use crate::field_error::Fault;
use crate::nearest::nearest;

/// The place of a fact in the catalogue. Holds within one process only: store and files use the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Money,
    Count,
    YesNo,
    Code,
    Decimal,
    Score,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Period {
    /// 年度: one figure for each fiscal year.
    Annual,
    /// 某日起有效: holds from a date until another is stated.
    Dated,
}

/// How far back a yes looks by the fact's own words, so that nobody need take it back once it has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 近365日内.
    Days(u32),
    /// 上年及当年: the calendar year and so many before it.
    CalendarYears(i32),
    /// 近三年: back to the same day so many years ago.
    Years(u32),
}

impl Window {
    /// The last day on which a yes stated for a day can still say something: what happened lies on that day at the latest.
    pub fn last_day(self, stated_for: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(days) => stated_for.checked_add_days(Days::new(u64::from(days))),
            Self::CalendarYears(years) => {
                NaiveDate::from_ymd_opt(stated_for.year().checked_add(years)?, 12, 31)
            }
            Self::Years(years) => {
                stated_for.checked_add_months(Months::new(years.checked_mul(12)?))
            }
        }
    }
}

/// One allowed code of a fact (代码), e.g. `4.新材料`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// One entry of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactDef {
    pub name: String,
    pub kind: Kind,
    pub period: Period,
    pub unit: String,
    pub zh: String,
    pub en: String,
    /// Money that may be below zero.
    #[serde(default)]
    pub signed: bool,
    /// Decimal places of a `decimal`; its value is held in that smallest step.
    #[serde(default)]
    pub places: u8,
    #[serde(default)]
    pub min: Option<i64>,
    #[serde(default)]
    pub max: Option<i64>,
    #[serde(default)]
    pub codes: Vec<Code>,
    #[serde(default)]
    pub also: Vec<String>,
    /// The papers that settle it, by their ids.
    #[serde(default)]
    documents: Vec<String>,
    /// How a gap is told where the figure must rise, and where it must fall.
    #[serde(default)]
    pub more: Option<Phrase>,
    #[serde(default)]
    pub less: Option<Phrase>,
    /// How far back a yes looks, by the fact's own words.
    #[serde(default)]
    pub window: Option<Window>,
}

/// No fact has this name; `nearest` is the name most like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFact {
    pub nearest: Option<&'static str>,
}

pub struct Catalogue {
    defs: Vec<FactDef>,
    by_name: HashMap<String, FactId>,
    annual: usize,
    documents: Vec<Document>,
}

/// The shipped catalogue.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

impl FactId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Catalogue {
    pub fn by_name(&self, name: &str) -> Option<FactId> {
        self.by_name.get(name).copied()
    }

    /// As [`Catalogue::by_name`], with a suggestion where there is none.
    pub fn lookup(&'static self, name: &str) -> Result<FactId, UnknownFact> {
        self.by_name(name).ok_or_else(|| UnknownFact {
            nearest: self.suggest(name),
        })
    }

    pub fn def(&self, id: FactId) -> &FactDef {
        &self.defs[id.index()]
    }

    pub fn len(&self) -> usize {
        self.defs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.defs.is_empty()
    }

    /// All facts in the catalogue's order: the annual ones first.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, &FactDef)> {
        (0u16..).map(FactId).zip(&self.defs)
    }

    /// The slot of a fact among those of its period; below [`ANNUAL_SLOTS`] or [`DATED_SLOTS`].
    pub fn slot(&self, id: FactId) -> (Period, usize) {
        let index = id.index();
        if index < self.annual {
            (Period::Annual, index)
        } else {
            (Period::Dated, index - self.annual)
        }
    }

    /// The papers that settle a fact (佐证材料), the best first.
    pub fn documents(&self, id: FactId) -> impl Iterator<Item = &Document> {
        let named = self.def(id).documents.iter();
        named.filter_map(|id| self.documents.iter().find(|it| it.id == *id))
    }

    fn suggest(&'static self, name: &str) -> Option<&'static str> {
        let alias = |def: &&FactDef| def.also.iter().any(|also| also == name);
        if let Some(def) = self.defs.iter().find(alias) {
            return Some(&def.name);
        }
        nearest(name, self.defs.iter().map(|def| def.name.as_str()))
    }

    fn load(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            fact: Vec<FactDef>,
            #[serde(default)]
            document: Vec<Document>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let (defs, documents) = (file.fact, file.document);
        let annual = defs
            .iter()
            .take_while(|d| d.period == Period::Annual)
            .count();
        let mut by_name = HashMap::new();
        for (id, def) in (0u16..).map(FactId).zip(&defs) {
            def.check().map_err(|why| format!("{}: {why}", def.name))?;
            if id.index() >= annual && def.period == Period::Annual {
                return Err(format!("{}: annual facts come first", def.name));
            }
            if let Some(id) = def
                .documents
                .iter()
                .find(|id| !documents.iter().any(|it| it.id == **id))
            {
                return Err(format!("{}: no document {id}", def.name));
            }
            if by_name.insert(def.name.clone(), id).is_some() {
                return Err(format!("{}: named twice", def.name));
            }
        }
        if annual > ANNUAL_SLOTS || defs.len() - annual > DATED_SLOTS {
            return Err("more facts than slots: raise ANNUAL_SLOTS or DATED_SLOTS".to_owned());
        }
        Ok(Self {
            defs,
            by_name,
            annual,
            documents,
        })
    }
}

impl FactDef {
    fn check(&self) -> Result<(), &'static str> {
        let limited = self.min.is_some() && self.max.is_some();
        match self.kind {
            Kind::Count | Kind::Score | Kind::Decimal if !limited => Err("needs min and max"),
            Kind::Code if self.codes.is_empty() => Err("needs codes"),
            Kind::Decimal if self.places == 0 => Err("needs places"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for UnknownFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nearest {
            Some(name) => write!(f, "no such fact; did you mean {name}?"),
            None => f.write_str("no such fact"),
        }
    }
}

impl std::error::Error for UnknownFact {}

impl From<UnknownFact> for Fault {
    fn from(unknown: UnknownFact) -> Self {
        match unknown.nearest {
            Some(name) => Self::new("fact.unknown").with("nearest", name),
            None => Self::new("fact.unknown_name"),
        }
    }
}

/// The catalogue is compiled in and a test loads it, so a broken one cannot ship; it would then be empty.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::load(include_str!("../../packs/facts.toml")).unwrap_or_else(|_| Catalogue {
        defs: Vec::new(),
        by_name: HashMap::new(),
        annual: 0,
        documents: Vec::new(),
    })
});

/// Annual facts of the catalogue come first, so that their ids are below this. Checked when it is loaded.
pub const ANNUAL_SLOTS: usize = 16;

/// Room for dated facts; their slot is their place among the dated ones.
pub const DATED_SLOTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_loads() {
        let loaded = Catalogue::load(include_str!("../../packs/facts.toml"));
        assert_eq!(loaded.map(|it| it.len()), Ok(68));
    }

    #[test]
    fn a_name_leads_to_its_entry_and_a_wrong_one_to_the_nearest() {
        let id = catalogue().by_name("rd_expense").unwrap();
        assert_eq!(catalogue().def(id).kind, Kind::Money);
        assert_eq!(catalogue().slot(id).0, Period::Annual);
        let suggested = |name| catalogue().lookup(name).unwrap_err().nearest;
        assert_eq!(suggested("revenue"), Some("sales"));
        assert_eq!(suggested("rd_expence"), Some("rd_expense"));
        assert_eq!(suggested("colour_of_the_door"), None);
    }

    #[test]
    fn every_fact_names_the_papers_that_settle_it() {
        for (id, def) in catalogue().iter() {
            assert!(catalogue().documents(id).count() > 0, "{}", def.name);
        }
        for document in &catalogue().documents {
            let used = catalogue()
                .iter()
                .any(|it| it.1.documents.contains(&document.id));
            assert!(used, "{} settles nothing", document.id);
        }
    }

    #[test]
    fn faults_of_the_catalogue_are_named() {
        let broken = |text: &str| Catalogue::load(text).map(|_| ()).unwrap_err();
        let fact = "[[fact]]\nname='a'\nkind='count'\nperiod='DATED'\nunit='x'\nzh='甲'\nen='a'\n";
        assert_eq!(broken(fact), "a: needs min and max");
        let good = format!("{fact}min=0\nmax=1\n");
        assert_eq!(broken(&good.repeat(2)), "a: named twice");
        let unsettled = format!("{good}documents=['deed']\n");
        assert_eq!(broken(&unsettled), "a: no document deed");
    }
}
