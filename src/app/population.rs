//! The population as rules look at it: read in chunks, in the order of the enterprises' ids.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::profile;
use crate::domain::evaluate::Profile;
use crate::store::assessments::{self, Part, SubjectRow};
use crate::store::certifications::{self, TitleRow};
use crate::store::facts::{self, StatementRow};
use crate::store::{Conn, StoreError};

/// One enterprise as it was on the day.
pub(super) struct Firm {
    pub id: String,
    pub district_code: String,
    pub industry_code: String,
    pub profile: Profile,
}

/// Of whom, as of when and by what knowledge is read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub part: Part,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// The last ledger entry that is looked at: a change may be stamped with the same instant and come later.
    pub known_seq: i64,
    /// The current rows show this day, so that earlier states need not be looked up.
    pub is_today: bool,
}

/// The enterprises of a chunk as they stand now, whose profiles are still to be read.
pub(super) struct Block {
    subjects: Vec<SubjectRow>,
}

const CHUNK: i64 = 1_000;

/// The next enterprises after an id; `None` at the end.
pub(super) fn block(
    conn: &mut Conn,
    reading: &Reading,
    after: &str,
) -> Result<Option<Block>, StoreError> {
    let subjects = assessments::subjects(conn, &reading.part, after, CHUNK)?;
    Ok((!subjects.is_empty()).then_some(Block { subjects }))
}

/// The firms of a block that existed on the day.
pub(super) fn firms(
    conn: &mut Conn,
    reading: &Reading,
    block: Block,
) -> Result<Vec<Firm>, StoreError> {
    let (from, to) = (block.first().to_owned(), block.last().to_owned());
    let statements = facts::of_range(conn, &from, &to, reading.known_seq)?;
    let titles = certifications::of_range(conn, &from, &to, reading.known_seq)?;
    let (mut statements, mut titles) = (
        Runs::new(&statements, statement_of),
        Runs::new(&titles, title_of),
    );
    let shows_now = |it: &SubjectRow| reading.is_today && it.seq <= reading.known_seq;
    let mut earlier = match block.subjects.iter().all(shows_now) {
        true => HashMap::new(),
        false => states(conn, reading, &from, &to)?,
    };
    let mut found = Vec::with_capacity(block.subjects.len());
    for subject in block.subjects {
        let (mine, held) = (statements.take(&subject.id), titles.take(&subject.id));
        let shown = match shows_now(&subject) {
            true => Some(subject),
            false => earlier.remove(&subject.id),
        };
        // An enterprise that did not exist on the day is not judged.
        let Some(shown) = shown else { continue };
        found.push(firm(reading, shown, mine, held)?);
    }
    Ok(found)
}

impl Block {
    pub(super) fn first(&self) -> &str {
        self.subjects.first().map_or("", |it| &it.id)
    }

    /// Where the next block goes on.
    pub(super) fn last(&self) -> &str {
        self.subjects.last().map_or("", |it| &it.id)
    }
}

fn firm(
    reading: &Reading,
    shown: SubjectRow,
    statements: &[StatementRow],
    titles: &[TitleRow],
) -> Result<Firm, StoreError> {
    let status = *shown.legal_status;
    let mut profile = Profile::new(
        reading.as_of,
        shown.registered_on,
        &shown.district_code,
        status,
    );
    profile::add_statements(&mut profile, statements)?;
    profile::add_titles(&mut profile, TitleRow::standing(titles, reading.known_seq));
    Ok(Firm {
        id: shown.id,
        district_code: shown.district_code,
        industry_code: shown.industry_code,
        profile,
    })
}

/// The state that held on the day, of each enterprise that existed.
fn states(
    conn: &mut Conn,
    reading: &Reading,
    from: &str,
    to: &str,
) -> Result<HashMap<String, SubjectRow>, StoreError> {
    // In the order of the days they hold from, so that the last one put in is the one that held.
    let rows = assessments::states_of_range(conn, from, to, reading.as_of, reading.known_seq)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

fn statement_of(row: &StatementRow) -> &str {
    &row.enterprise_id
}

fn title_of(row: &TitleRow) -> &str {
    &row.enterprise_id
}

/// Rows sorted by enterprise, taken enterprise by enterprise in the same order.
struct Runs<'a, T> {
    rest: &'a [T],
    of: fn(&T) -> &str,
}

impl<'a, T> Runs<'a, T> {
    fn new(rows: &'a [T], of: fn(&T) -> &str) -> Self {
        Runs { rest: rows, of }
    }

    /// The rows of `id`; those before it belong to enterprises that the filter left out.
    fn take(&mut self, id: &str) -> &'a [T] {
        let begin = self
            .rest
            .iter()
            .position(|row| (self.of)(row) >= id)
            .unwrap_or(self.rest.len());
        let mine = &self.rest[begin..];
        let length = mine
            .iter()
            .position(|row| (self.of)(row) != id)
            .unwrap_or(mine.len());
        let (taken, rest) = mine.split_at(length);
        self.rest = rest;
        taken
    }
}
