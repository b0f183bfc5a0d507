//! The tables as the ledger tells them: folding every event into the rows it makes.
//!
//! Each row belongs to one subject, and the events of that subject alone make it, in their order. So the ledger can be
//! folded subject by subject in little memory, and what comes out be compared with what stands.

mod office;
mod register;
pub mod sworn;

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::event::{Event, Unreadable};
use crate::ledger::Told;

/// The columns of a row by their names. Days are `YYYY-MM-DD`, instants RFC 3339 in UTC with microseconds.
pub type Row = Map<String, Json>;

/// The values of a table's key, as texts.
pub type Key = Vec<String>;

/// The rows of a subject, by table and key; of several, once they are all told.
#[derive(Debug, Default)]
pub struct Rows(BTreeMap<&'static str, BTreeMap<Key, Row>>);

/// Where an event stands in the ledger, as far as rows tell of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub seq: i64,
    pub recorded_at: DateTime<Utc>,
    pub actor: &'a str,
}

impl Rows {
    /// Brings in the next entry of its subject.
    pub fn take(&mut self, told: &Told) -> Result<(), Unreadable> {
        let place = Place {
            seq: told.seq,
            recorded_at: told.recorded_at,
            actor: &told.actor,
        };
        match Event::read(told)? {
            Event::EnterpriseRegistered(body) => register::registered(self, place, body),
            Event::EnterpriseAmended(body) => register::amended(self, place, body),
            Event::FactsStated(body) => register::stated(self, place, body),
            Event::CertificationRecorded(body) | Event::CertificationCorrected(body) => {
                register::titled(self, place, body);
            }
            Event::PersonalDataRead(_) => {}
            Event::SimulationListed(body)
            | Event::SimulationCompleted(body)
            | Event::SimulationFailed(body) => office::simulation(self, place, body),
            Event::ImportCompleted(body) => office::imported(self, place, body),
            Event::ExportMade(body) => office::exported(self, place, body),
            Event::ExportDeleted(body) => office::export_deleted(self, &body),
            Event::OperationBegun(_)
            | Event::OperationEnded(_)
            | Event::KeysForgotten(_)
            | Event::SessionsForgotten(_) => {}
        }
        Ok(())
    }

    /// Adds those of another subject.
    pub fn add(&mut self, of_another: Rows) {
        for (table, mut rows) in of_another.0 {
            self.0.entry(table).or_default().append(&mut rows);
        }
    }

    /// The rows of a table, which are then here no more.
    pub fn take_table(&mut self, table: &str) -> BTreeMap<Key, Row> {
        self.0.remove(table).unwrap_or_default()
    }

    /// Puts a row in the place of the one with its key.
    pub(crate) fn put(&mut self, table: &'static str, row: Row) {
        let key = sworn::table(table).key_of(&row);
        self.0.entry(table).or_default().insert(key, row);
    }

    /// Takes the row with the key of this one away.
    pub(crate) fn remove(&mut self, table: &'static str, row: &Row) {
        let key = sworn::table(table).key_of(row);
        self.0.entry(table).or_default().remove(&key);
    }

    /// Changes the rows of a table that are of this kind.
    pub(crate) fn change(
        &mut self,
        table: &'static str,
        which: impl Fn(&Row) -> bool,
        change: impl Fn(&mut Row),
    ) {
        let rows = self.0.entry(table).or_default().values_mut();
        rows.filter(|row| which(row)).for_each(change);
    }

    pub(crate) fn find(&self, table: &str, which: impl Fn(&Row) -> bool) -> Option<&Row> {
        self.0.get(table)?.values().find(|row| which(row))
    }

    /// Ends the state that stands under an id, as its successor is recorded.
    pub(crate) fn supersede(&mut self, table: &'static str, id: &str, place: Place<'_>) {
        self.change(
            table,
            |row| row["id"] == id && row["superseded_at"].is_null(),
            |row| set(row, "superseded_at", instant(place.recorded_at)),
        );
    }
}

/// The hash over rows that an event swears of as one: the SHA-256 over them in their order, each as JSON with its columns by
/// their names and a line's end.
#[derive(Debug, Clone, Default)]
pub struct Together(Sha256);

impl Together {
    pub fn add(&mut self, row: &impl Serialize) {
        self.0.update(Json::Object(row_of(row)).to_string());
        self.0.update("\n");
    }

    /// Over those that were added by now.
    pub fn hash(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// The SHA-256 of a text or a file, as events hold it of what is too long for them.
pub fn sha256(content: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same of a document, whose hash says by its first letters how it was made.
pub(crate) fn bare(hash: &str) -> &str {
    hash.strip_prefix("sha256:").unwrap_or(hash)
}

/// The columns that a part of a body gives, by the names of its members.
pub(crate) fn row_of(part: &impl Serialize) -> Row {
    match serde_json::to_value(part) {
        Ok(Json::Object(row)) => row,
        // No body is anything but an object; a row without columns would not be found equal to any.
        _ => Row::new(),
    }
}

pub(crate) fn set(row: &mut Row, column: &str, value: impl Into<Json>) {
    row.insert(column.into(), value.into());
}

/// The column has the name of the member in events, and another one in the table.
pub(crate) fn rename(row: &mut Row, member: &str, column: &str) {
    let value = row.remove(member).unwrap_or_default();
    row.insert(column.into(), value);
}

pub fn instant(at: DateTime<Utc>) -> Json {
    at.to_rfc3339_opts(SecondsFormat::Micros, true).into()
}
