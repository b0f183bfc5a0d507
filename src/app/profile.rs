//! An enterprise as the rules look at it: the recorded facts and titles of a day, brought into a profile.

use serde_json::{Map, Value as Json};

use crate::domain::evaluate::{Figure, HeldTitle, Profile};
use crate::domain::facts::{Evidence, catalogue};
use crate::domain::forecast::{Fact, Period};
use crate::store::StoreError;
use crate::store::certifications::{CertificationRow, TitleRow};
use crate::store::facts::StatementRow;

/// Brings statements in, in the order in which they were recorded: a later one wins, and of dated ones the one
/// that begins last.
pub(super) fn add_statements(
    profile: &mut Profile,
    statements: &[StatementRow],
) -> Result<(), StoreError> {
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

pub(super) fn add_titles<'t>(
    profile: &mut Profile,
    titles: impl IntoIterator<Item = &'t TitleRow>,
) {
    for row in titles {
        profile.add_title(HeldTitle {
            scheme: row.scheme.clone(),
            valid_from: row.valid_from,
            valid_through: row.valid_through,
        });
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
fn figure(
    id: crate::domain::facts::FactId,
    json: &Json,
    evidence: Evidence,
) -> Result<Option<Figure>, StoreError> {
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
