//! The input of an evaluation: an enterprise as it stands on a day.

use chrono::{Datelike, NaiveDate};

use crate::domain::enterprise::LegalStatus;
use crate::domain::facts::{Evidence, FactId, Period, Value, catalogue};
use crate::domain::rules::test::{Operand, YEARS};

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
    figures: [Option<Figure>; Operand::SLOTS],
    titles: Vec<HeldTitle>,
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
        let years = as_of.year() - registered_on.year();
        Self {
            as_of,
            registered_on,
            legal_status,
            district,
            years: usize::try_from(years).unwrap_or(0).min(YEARS),
            figures: [None; Operand::SLOTS],
            titles: Vec::new(),
        }
    }

    /// Records the figure of a fiscal year. Years outside the three before the day, and years before the
    /// registration, are not looked at by any rule: they are left out.
    pub fn set_annual(&mut self, year: i32, fact: FactId, figure: Figure) {
        let back = self.as_of.year() - 1 - year;
        let existed = usize::try_from(back).is_ok_and(|back| back < self.years);
        if existed && catalogue().slot(fact).0 == Period::Annual {
            self.figures[Operand::new(fact, back.unsigned_abs() as usize).slot()] = Some(figure);
        }
    }

    /// Records a fact that holds on the day.
    pub fn set_dated(&mut self, fact: FactId, figure: Figure) {
        if catalogue().slot(fact).0 == Period::Dated {
            self.figures[Operand::current(fact).slot()] = Some(figure);
        }
    }

    /// What a statement says of a fiscal year: a figure, or that there is none after all.
    pub fn state_annual(&mut self, year: i32, fact: FactId, figure: Option<Figure>) {
        match figure {
            Some(figure) => self.set_annual(year, fact, figure),
            None => {
                let back = self.as_of.year() - 1 - year;
                if usize::try_from(back).is_ok_and(|back| back < self.years) {
                    self.figures[Operand::new(fact, back.unsigned_abs() as usize).slot()] = None;
                }
            }
        }
    }

    /// What a statement says of a dated fact.
    pub fn state_dated(&mut self, fact: FactId, figure: Option<Figure>) {
        match figure {
            Some(figure) => self.set_dated(fact, figure),
            None => self.figures[Operand::current(fact).slot()] = None,
        }
    }

    pub fn add_title(&mut self, title: HeldTitle) {
        self.titles.push(title);
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

    /// What is recorded in a slot.
    pub fn figure(&self, operand: Operand) -> Option<Figure> {
        self.figures[operand.slot()]
    }

    /// The fiscal year of an annual slot.
    pub fn year_of(&self, operand: Operand) -> i32 {
        self.as_of.year() - 1 - operand.back as i32
    }

    /// Whether the year of a slot existed; facts that hold from a date always do.
    pub const fn existed(&self, operand: Operand) -> bool {
        !operand.is_annual() || operand.back < self.years
    }

    pub(super) const fn years(&self) -> usize {
        self.years
    }

    pub(super) fn replace(&mut self, operand: Operand, figure: Option<Figure>) {
        self.figures[operand.slot()] = figure;
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
