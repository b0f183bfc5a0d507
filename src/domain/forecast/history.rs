//! All that is recorded of an enterprise, so that it can be shown for any day.

use chrono::NaiveDate;

use crate::duties::{self, Holder};
use crate::enterprise::LegalStatus;
use crate::evaluate::{Figure, HeldTitle, Profile};
use crate::facts::{FactId, catalogue};
use crate::pool::Standing;

/// What a fact was stated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Year(i32),
    From(NaiveDate),
}

/// A stated fact; no figure withdraws it.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    pub id: FactId,
    pub period: Period,
    pub figure: Option<Figure>,
}

/// The enterprise from a day on.
#[derive(Debug, Clone)]
pub struct State {
    pub from: NaiveDate,
    pub name: String,
    pub registered_on: NaiveDate,
    pub district_code: String,
    pub legal_status: LegalStatus,
}

#[derive(Debug, Clone)]
pub struct History {
    /// In the order of the days from which they hold.
    pub states: Vec<State>,
    /// In the order in which they were stated.
    pub facts: Vec<Fact>,
    pub titles: Vec<HeldTitle>,
    /// Where it stands among the pools today.
    pub standing: Standing,
}

impl History {
    /// The enterprise on a day, with what is recorded held; `None` before it existed.
    pub fn profile(&self, day: NaiveDate) -> Option<Profile> {
        let state = self.state(day)?;
        let mut profile = Profile::new(
            day,
            state.registered_on,
            &state.district_code,
            state.legal_status,
        );
        for fact in &self.facts {
            if let Period::Year(year) = fact.period {
                profile.state_annual(year, fact.id, fact.figure);
            }
        }
        for (from, fact) in self.dated(day) {
            let lapsed = window_end(fact, from).is_some_and(|last| day > last);
            let figure = fact.figure.map(|it| Figure {
                value: if lapsed { 0 } else { it.value },
                ..it
            });
            profile.state_dated(fact.id, figure);
        }
        self.titles
            .iter()
            .for_each(|it| profile.add_title(it.clone()));
        Some(profile)
    }

    pub fn state(&self, day: NaiveDate) -> Option<&State> {
        self.states.iter().rfind(|it| it.from <= day)
    }

    /// The dated facts that hold on a day, the one that counts last.
    pub(super) fn dated(&self, day: NaiveDate) -> Vec<(NaiveDate, &Fact)> {
        let of_day = self.facts.iter().filter_map(|fact| match fact.period {
            Period::From(from) if from <= day => Some((from, fact)),
            _ => None,
        });
        let mut dated: Vec<_> = of_day.collect();
        // Stable: of statements from the same day the one recorded last stays last.
        dated.sort_by_key(|it| it.0);
        dated
    }

    /// What duties depend on, as known today.
    pub fn holder(&self, day: NaiveDate) -> Holder {
        let changes = self.states.windows(2).flat_map(|pair| {
            let [before, after] = pair else {
                return Vec::new();
            };
            let mut found = Vec::new();
            if before.name != after.name {
                found.push((after.from, duties::Change::Name));
            }
            if before.district_code != after.district_code {
                found.push((after.from, duties::Change::District));
            }
            found
        });
        let status = self.state(day).map(|it| it.legal_status);
        Holder {
            active: status == Some(LegalStatus::Active),
            titles: self.titles.clone(),
            changes: changes.collect(),
        }
    }
}

/// The last day of what a yes says, where its own words end it (近365日内).
pub(super) fn window_end(fact: &Fact, from: NaiveDate) -> Option<NaiveDate> {
    let window = catalogue().def(fact.id).window?;
    let is_yes = fact.figure.is_some_and(|it| it.value != 0);
    is_yes.then(|| window.last_day(from))?
}
