//! The input of an evaluation: an enterprise as it stands on a day.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::enterprise::LegalStatus;
use crate::facts::{ANNUAL_SLOTS, Evidence, FactId, Period, Value, catalogue};
use crate::rules::test::{Operand, YEARS};

/// A recorded value and how well it is proved, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub value: Value,
    pub evidence: Option<Evidence>,
}

/// A recorded certification (资质). Whether it is valid is asked of a day, never stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldTitle {
    pub scheme: String,
    pub valid_from: NaiveDate,
    /// The last valid day; None is open.
    pub valid_through: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
pub struct Profile {
    as_of: NaiveDate,
    registered_on: NaiveDate,
    legal_status: LegalStatus,
    district: [u8; 6],
    /// How many of the last three years existed: those not before the year of registration.
    years: usize,
    /// The slots whose year existed, as bits.
    existing: u128,
    /// The slots with a figure, as bits.
    recorded: u128,
    /// 0 where nothing is recorded, so that sums need not ask.
    values: [Value; Operand::SLOTS],
    evidence: [Option<Evidence>; Operand::SLOTS],
    /// Shared by the copies on which changes are tried.
    titles: Arc<Vec<HeldTitle>>,
}

impl Profile {
    pub fn new(
        as_of: NaiveDate,
        registered_on: NaiveDate,
        district_code: &str,
        legal_status: LegalStatus,
    ) -> Self {
        let mut district = [b' '; 6];
        for (to, from) in district.iter_mut().zip(district_code.bytes()) {
            *to = from;
        }
        let years = usize::try_from(as_of.year() - registered_on.year());
        let years = years.unwrap_or(0).min(YEARS);
        let before_registration = (YEARS - years) * ANNUAL_SLOTS;
        let annual = (1 << (YEARS * ANNUAL_SLOTS)) - 1;
        Self {
            as_of,
            registered_on,
            legal_status,
            district,
            years,
            existing: !annual | (annual >> before_registration),
            recorded: 0,
            values: [0; Operand::SLOTS],
            evidence: [None; Operand::SLOTS],
            titles: Arc::default(),
        }
    }

    /// Records the figure of a fiscal year. Years outside the three before the day, and years before the
    /// registration, are not looked at by any rule: they are left out.
    pub fn set_annual(&mut self, year: i32, fact: FactId, figure: Figure) {
        self.state_annual(year, fact, Some(figure));
    }

    /// Records a fact that holds on the day.
    pub fn set_dated(&mut self, fact: FactId, figure: Figure) {
        self.state_dated(fact, Some(figure));
    }

    /// What a statement says of a fiscal year: a figure, or that there is none after all.
    pub fn state_annual(&mut self, year: i32, fact: FactId, figure: Option<Figure>) {
        if let Some(operand) = self.annual_slot(year, fact) {
            self.replace(operand, figure);
        }
    }

    /// What a statement says of a dated fact.
    pub fn state_dated(&mut self, fact: FactId, figure: Option<Figure>) {
        if catalogue().slot(fact).0 == Period::Dated {
            self.replace(Operand::current(fact), figure);
        }
    }

    pub fn add_title(&mut self, title: HeldTitle) {
        Arc::make_mut(&mut self.titles).push(title);
    }

    pub const fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    pub const fn registered_on(&self) -> NaiveDate {
        self.registered_on
    }

    pub const fn legal_status(&self) -> LegalStatus {
        self.legal_status
    }

    pub fn district_code(&self) -> &str {
        std::str::from_utf8(&self.district).unwrap_or("").trim_end()
    }

    pub fn titles(&self) -> &[HeldTitle] {
        &self.titles
    }

    /// What is recorded of an annual fact for a year a rule may look at.
    pub fn annual(&self, year: i32, fact: FactId) -> Option<Figure> {
        self.figure(self.annual_slot(year, fact)?)
    }

    /// What is recorded of a fact that holds from a date.
    pub fn dated(&self, fact: FactId) -> Option<Figure> {
        let is_dated = catalogue().slot(fact).0 == Period::Dated;
        is_dated
            .then(|| self.figure(Operand::current(fact)))
            .flatten()
    }

    /// The slot of a year that a rule may look at.
    fn annual_slot(&self, year: i32, fact: FactId) -> Option<Operand> {
        let back = usize::try_from(self.as_of.year() - 1 - year).ok()?;
        let is_annual = catalogue().slot(fact).0 == Period::Annual;
        (back < self.years && is_annual).then(|| Operand::new(fact, back))
    }

    /// What is recorded in a slot.
    #[inline]
    pub fn figure(&self, operand: Operand) -> Option<Figure> {
        (self.recorded & operand.bit() != 0).then(|| Figure {
            value: self.values[operand.slot()],
            evidence: self.evidence[operand.slot()],
        })
    }

    /// The fiscal year of an annual slot.
    pub fn year_of(&self, operand: Operand) -> i32 {
        self.as_of.year() - 1 - i32::from(operand.back)
    }

    /// Whether the year of a slot existed; facts that hold from a date always do.
    #[inline]
    pub const fn existed(&self, operand: Operand) -> bool {
        self.existing & operand.bit() != 0
    }

    /// Of these slots, those whose year existed and those that lack a figure though it did.
    #[inline]
    pub(super) const fn existing_and_missing(&self, slots: u128) -> (u128, u128) {
        let existing = slots & self.existing;
        (existing, existing & !self.recorded)
    }

    /// The value in a slot, 0 where nothing is recorded.
    #[inline]
    pub(crate) const fn value_or_zero(&self, operand: Operand) -> Value {
        self.values[operand.slot()]
    }

    /// The same enterprise with another registration, seat or status. Figures of years that then would not have existed
    /// are left out.
    pub(crate) fn with_standing(
        &self,
        registered_on: NaiveDate,
        district_code: &str,
        legal_status: LegalStatus,
    ) -> Self {
        let mut other = Self::new(self.as_of, registered_on, district_code, legal_status);
        other.recorded = self.recorded & other.existing;
        for slot in 0..Operand::SLOTS {
            if other.recorded >> slot & 1 == 1 {
                other.values[slot] = self.values[slot];
                other.evidence[slot] = self.evidence[slot];
            }
        }
        other.titles.clone_from(&self.titles);
        other
    }

    /// Replaces all titles.
    pub(crate) fn set_titles(&mut self, titles: Vec<HeldTitle>) {
        self.titles = Arc::new(titles);
    }

    pub(super) const fn years(&self) -> usize {
        self.years
    }

    pub(crate) fn replace(&mut self, operand: Operand, figure: Option<Figure>) {
        let (value, evidence) = figure.map_or((0, None), |it| (it.value, it.evidence));
        self.values[operand.slot()] = value;
        self.evidence[operand.slot()] = evidence;
        match figure {
            Some(_) => self.recorded |= operand.bit(),
            None => self.recorded &= !operand.bit(),
        }
    }

    pub(super) fn in_district(&self, prefix: &str) -> bool {
        self.district.starts_with(prefix.as_bytes())
    }

    /// The title of `scheme` that is valid on the day.
    pub fn valid_title(&self, scheme: &str) -> Option<&HeldTitle> {
        self.titles
            .iter()
            .find(|title| title.scheme == scheme && title.is_valid_on(self.as_of))
    }
}

impl HeldTitle {
    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_through.is_none_or(|last| day <= last)
    }
}
