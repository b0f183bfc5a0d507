//! The rows that the events of a subject have made so far.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::row::{Key, Row, instant, set};
use super::sworn;
use crate::ledger::Told;

/// The rows of a subject, by table and key; of several, once they are all told.
#[derive(Debug, Default)]
pub struct Rows(pub(super) BTreeMap<&'static str, BTreeMap<Key, Row>>);

/// Where an event stands in the ledger, as far as rows tell of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryAt<'a> {
    pub seq: i64,
    pub recorded_at: DateTime<Utc>,
    pub actor: &'a str,
}

impl<'a> EntryAt<'a> {
    pub(crate) fn of(told: &'a Told) -> Self {
        EntryAt {
            seq: told.seq,
            recorded_at: told.recorded_at,
            actor: &told.actor,
        }
    }
}

impl Rows {
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

    /// A table of which events tell and that nobody has asked for.
    pub fn of_other_tables(&self) -> Option<&'static str> {
        self.0
            .iter()
            .find(|(_, rows)| !rows.is_empty())
            .map(|(table, _)| *table)
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

    /// Takes the rows of a table away that are of this kind.
    pub(crate) fn remove_all(&mut self, table: &'static str, which: impl Fn(&Row) -> bool) {
        let rows = self.0.entry(table).or_default();
        rows.retain(|_, row| !which(row));
    }

    pub(crate) fn all(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.0.get(table).into_iter().flat_map(BTreeMap::values)
    }

    pub(crate) fn find(&self, table: &str, which: impl Fn(&Row) -> bool) -> Option<&Row> {
        self.0.get(table)?.values().find(|row| which(row))
    }

    /// Ends the state that stands under an id, as its successor is recorded.
    pub(crate) fn supersede(&mut self, table: &'static str, id: &str, place: EntryAt<'_>) {
        self.change(
            table,
            |row| row["id"] == id && row["superseded_at"].is_null(),
            |row| set(row, "superseded_at", instant(place.recorded_at)),
        );
    }
}
