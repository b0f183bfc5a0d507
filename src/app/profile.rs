//! Enterprises as the rules look at them: what is recorded of them, brought into profiles. A decision, a chunk of an
//! assessment and a replay are read here in the same way.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use crate::domain::evaluate::{Figure, HeldTitle, Profile};
use crate::domain::facts::{Evidence, FactId, catalogue};
use crate::domain::forecast::{Fact, Period};
use crate::store::assessments::SubjectRow;
use crate::store::certifications::{CertificationRow, TitleRow};
use crate::store::facts::StatementRow;
use crate::store::profile::{self, Of, Seen, State, Topic};
use crate::store::{Conn, StoreError};

/// What is recorded of some enterprises, enterprise by enterprise.
pub(super) struct Profiles {
    states: Vec<State>,
    statements: Vec<StatementRow>,
    titles: Vec<TitleRow>,
}

impl Profiles {
    pub(super) fn load(conn: &mut Conn, of: Of<'_>, seen: Seen) -> Result<Profiles, StoreError> {
        Ok(Profiles {
            states: profile::states(conn, of, seen.known)?,
            ..Profiles::stateless(conn, of, seen)?
        })
    }

    /// For who knows the states already.
    pub(super) fn stateless(
        conn: &mut Conn,
        of: Of<'_>,
        seen: Seen,
    ) -> Result<Profiles, StoreError> {
        Ok(Profiles {
            states: Vec::new(),
            statements: profile::statements(conn, of, Topic::All, seen)?,
            titles: profile::titles(conn, of, seen)?,
        })
    }

    /// The enterprise on a day, by the first `known_seq` entries of the ledger; `None` if it did not exist.
    pub(super) fn profile(
        &self,
        id: &str,
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Option<Profile>, StoreError> {
        let state = self.state(id, as_of, known_seq);
        state
            .map(|state| self.profile_of(state, as_of, known_seq))
            .transpose()
    }

    /// The state that held on a day.
    pub(super) fn state(&self, id: &str, as_of: NaiveDate, known_seq: i64) -> Option<&SubjectRow> {
        let states = rows_of(&self.states, id, |it| &it.1.id);
        let held = |(from, state): &&State| *from <= as_of && state.seq <= known_seq;
        states.iter().rfind(held).map(|(_, state)| state)
    }

    /// An enterprise in a state.
    pub(super) fn profile_of(
        &self,
        state: &SubjectRow,
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Profile, StoreError> {
        let status = *state.legal_status;
        let mut profile = Profile::new(as_of, state.registered_on, &state.district_code, status);
        // In the order in which they were recorded, so that what was known is the beginning.
        let statements = rows_of(&self.statements, &state.id, |it| &it.enterprise_id);
        let known = statements.partition_point(|row| row.seq <= known_seq);
        add_statements(&mut profile, &statements[..known])?;
        let titles = rows_of(&self.titles, &state.id, |it| &it.enterprise_id);
        for row in TitleRow::standing(titles, known_seq) {
            profile.add_title(HeldTitle {
                scheme: row.scheme.clone(),
                valid_from: row.valid_from,
                valid_through: row.valid_through,
            });
        }
        Ok(profile)
    }
}

/// The rows of one enterprise, of rows in the order of the enterprises' ids.
pub(super) fn rows_of<'a, T>(rows: &'a [T], id: &str, of: impl Fn(&T) -> &String) -> &'a [T] {
    let begin = rows.partition_point(|row| of(row).as_str() < id);
    let length = rows[begin..].partition_point(|row| of(row).as_str() == id);
    &rows[begin..begin + length]
}

/// Brings statements in, in the order in which they were recorded: a later one wins, and of dated ones the one
/// that begins last.
fn add_statements(profile: &mut Profile, statements: &[StatementRow]) -> Result<(), StoreError> {
    let mut dated: Vec<&StatementRow> = Vec::new();
    for row in statements {
        match (row.year, row.effective_from) {
            (Some(year), _) => each_fact(row, |name, json, evidence| {
                let Some(id) = catalogue().by_name(name) else {
                    return Ok(());
                };
                profile.state_annual(year, id, figure(id, json, evidence)?);
                Ok(())
            })?,
            (None, Some(day)) if day <= profile.as_of() => dated.push(row),
            (None, _) => {}
        }
    }
    // Stable: of statements from the same day the one recorded last stays last.
    dated.sort_by_key(|row| row.effective_from);
    for row in dated {
        each_fact(row, |name, json, evidence| {
            let Some(id) = catalogue().by_name(name) else {
                return Ok(());
            };
            profile.state_dated(id, figure(id, json, evidence)?);
            Ok(())
        })?;
    }
    Ok(())
}

/// Every fact of the statements, in the order in which they were recorded.
pub(super) fn stated(statements: &[StatementRow]) -> Result<Vec<Fact>, StoreError> {
    let mut facts = Vec::new();
    for row in statements {
        let period = match (row.year, row.effective_from) {
            (Some(year), _) => Period::Year(year),
            (None, Some(day)) => Period::From(day),
            (None, None) => continue,
        };
        each_fact(row, |name, json, evidence| {
            if let Some(id) = catalogue().by_name(name) {
                let figure = figure(id, json, evidence)?;
                facts.push(Fact { id, period, figure });
            }
            Ok(())
        })?;
    }
    Ok(facts)
}

pub(super) fn title_of(row: CertificationRow) -> HeldTitle {
    HeldTitle {
        scheme: row.scheme,
        valid_from: row.valid_from,
        valid_through: row.valid_through,
    }
}

fn each_fact(
    row: &StatementRow,
    mut take: impl FnMut(&str, &Json, Evidence) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let evidence = *row.evidence;
    let facts: Map<String, Json> = serde_json::from_str(&row.facts).map_err(StoreError::corrupt)?;
    facts
        .iter()
        .try_for_each(|(name, json)| take(name, json, evidence))
}

/// `None` where the statement withdraws the value.
fn figure(id: FactId, json: &Json, evidence: Evidence) -> Result<Option<Figure>, StoreError> {
    if json.is_null() {
        return Ok(None);
    }
    let value = catalogue().def(id).from_json(json);
    let value =
        value.map_err(|error| StoreError::corrupt(format!("a recorded fact: {}", error.code())))?;
    Ok(Some(Figure {
        value,
        evidence: Some(evidence),
    }))
}
