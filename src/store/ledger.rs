//! The ledger's tables: appending under the head's lock, and reading back.

mod tree;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Timestamp};

use super::backend::{Conn, on_engine};
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::ledger_entries as entries;
use crate::domain::ledger::{self, Frontier, Origin, Told, Written};

pub use super::error::OutOfStep;
pub use tree::{Look, Recomputed, TreeHead, out_of_step, recompute, tree_head};

use tree::Stored;

/// Bytes. Whoever checks the ledger elsewhere may rely on it; what is longer stands in a table and here by its hash.
const LONGEST_ENTRY: usize = 65_535;

/// Entries of one change.
const MOST_WAITING: usize = 1_000;

/// The head of the tree while a commit is being gathered, with the entries that wait to be inserted with it.
#[derive(Debug)]
pub(super) struct Head {
    frontier: Frontier,
    recorded_at: DateTime<Utc>,
    stored_size: u64,
    waiting: Vec<Row>,
    /// How many of those are of the changes before the one that runs.
    of_others: usize,
}

/// Where a head stood before a change, to go back to.
pub(super) struct Mark {
    frontier: Frontier,
    recorded_at: DateTime<Utc>,
    waiting: usize,
}

impl Head {
    /// Refused where it contradicts itself or the entries: what was appended to such a ledger would hide the contradiction.
    pub(super) fn load(conn: &mut Conn) -> Result<Head, StoreError> {
        let stored = Stored::read(conn)?;
        let frontier = stored.frontier()?;
        let size = frontier.size();
        Ok(Head {
            frontier,
            recorded_at: stored.recorded_at.and_utc(),
            stored_size: size,
            waiting: Vec::new(),
            of_others: 0,
        })
    }

    pub(super) fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }

    /// Sequences start at 1 and have no gap: the size of the tree is the last one.
    pub(super) fn next_seq(&self) -> i64 {
        self.frontier.size() as i64 + 1
    }

    /// Where a change begins.
    pub(super) fn mark(&mut self) -> Mark {
        self.of_others = self.waiting.len();
        Mark {
            frontier: self.frontier.clone(),
            recorded_at: self.recorded_at,
            waiting: self.waiting.len(),
        }
    }

    /// Forgets what was appended since; what was inserted of it goes when the change is undone.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.frontier = mark.frontier;
        self.recorded_at = mark.recorded_at;
        self.waiting.truncate(mark.waiting);
    }

    /// Appends an event; its sequence. It is inserted with those of the whole commit, since one
    /// statement for many is cheaper; what a change reads of the ledger it reads by [`super::Tx::told`]. Of a change that tells very many, those that wait are inserted before they fill the memory.
    pub(super) fn append(
        &mut self,
        conn: &mut Conn,
        now: DateTime<Utc>,
        origin: &Origin,
        event: &Written,
    ) -> Result<i64, StoreError> {
        let row = self.row(now, origin, event)?;
        let seq = row.seq;
        self.waiting.push(row);
        if self.waiting.len() - self.of_others >= MOST_WAITING {
            insert(conn, self.waiting.split_off(self.of_others))?;
        }
        Ok(seq)
    }

    /// What of some kinds is to be told of some subjects with this commit; changes before this one are in force already.
    pub(super) fn waiting_of(&self, subject_ids: &[&str], kinds: &[&str]) -> Vec<Entry> {
        let waiting = self.waiting.iter();
        let found = waiting.filter(|row| {
            subject_ids.contains(&row.subject_id.as_str()) && kinds.contains(&row.kind.as_str())
        });
        found
            .map(|row| Entry {
                seq: row.seq,
                entry: row.entry.clone(),
            })
            .collect()
    }

    /// Counts an event that is never to be inserted.
    pub(super) fn pretend(
        &mut self,
        now: DateTime<Utc>,
        origin: &Origin,
        event: &Written,
    ) -> Result<i64, StoreError> {
        Ok(self.row(now, origin, event)?.seq)
    }

    fn row(
        &mut self,
        now: DateTime<Utc>,
        origin: &Origin,
        event: &Written,
    ) -> Result<Row, StoreError> {
        let seq = self.next_seq();
        let entry = ledger::entry_text(seq, now, origin, event)
            .map_err(|e| StoreError::Db(e.to_string()))?;
        if entry.len() > LONGEST_ENTRY {
            return Err(StoreError::EntryTooLarge(entry.len()));
        }
        let leaf = ledger::leaf_hash(entry.as_bytes());
        self.frontier.append(leaf);
        self.recorded_at = now;
        Ok(Row {
            seq,
            recorded_at: now.naive_utc(),
            kind: event.kind.into(),
            subject_kind: event.subject.kind.into(),
            subject_id: event.subject.id.clone(),
            entry,
            leaf_hash: leaf.to_vec(),
        })
    }

    /// Writes what waits, and the head.
    pub(super) fn save(mut self, conn: &mut Conn) -> Result<(), StoreError> {
        if self.frontier.size() == self.stored_size {
            return Ok(());
        }
        insert(conn, std::mem::take(&mut self.waiting))?;
        let next = NextHead {
            size: self.frontier.size() as i64,
            recorded_at: self.recorded_at.naive_utc(),
            root: self.frontier.root().to_vec(),
            frontier: self.frontier.bytes(),
        };
        on_engine!(conn, c => next.execute(c))?;
        Ok(())
    }
}

/// Written once a commit. diesel prepares an update of its own at every run, since what it sets may differ; this one is
/// prepared once.
#[derive(Debug)]
struct NextHead {
    size: i64,
    recorded_at: NaiveDateTime,
    root: Vec<u8>,
    frontier: Vec<u8>,
}

/// Known by its text.
impl QueryId for NextHead {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for NextHead
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Timestamp> + HasSqlType<Binary>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
    Vec<u8>: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ledger_head SET size = ");
        out.push_bind_param::<BigInt, _>(&self.size)?;
        out.push_sql(", recorded_at = ");
        out.push_bind_param::<Timestamp, _>(&self.recorded_at)?;
        out.push_sql(", root = ");
        out.push_bind_param::<Binary, _>(&self.root)?;
        out.push_sql(", frontier = ");
        out.push_bind_param::<Binary, _>(&self.frontier)?;
        out.push_sql(" WHERE id = 1");
        Ok(())
    }
}

impl<Conn> RunQueryDsl<Conn> for NextHead {}

#[derive(Debug, Insertable)]
#[diesel(table_name = entries, treat_none_as_default_value = false)]
struct Row {
    seq: i64,
    recorded_at: NaiveDateTime,
    kind: String,
    subject_kind: String,
    subject_id: String,
    entry: String,
    leaf_hash: Vec<u8>,
}

fn insert(conn: &mut Conn, rows: Vec<Row>) -> Result<(), StoreError> {
    // SQLite runs a prepared statement for each row faster than it reads the text of a long one; on PostgreSQL every
    // statement is a round trip.
    let one_by_one = match conn {
        Conn::Sqlite(_) => 64,
        Conn::Postgres(_) => 2,
    };
    if rows.len() < one_by_one {
        for row in &rows {
            on_engine!(conn, c => diesel::insert_into(entries::table).values(row).execute(c))?;
        }
        return Ok(());
    }
    let columns = columns! { rows;
        seq recorded_at kind subject_kind subject_id entry leaf_hash
    };
    bulk::insert(conn, "ledger_entries", &columns)
}

/// An entry as it was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Entry {
    pub seq: i64,
    pub entry: String,
}

impl Entry {
    pub fn read(&self) -> Result<Told, StoreError> {
        Told::read(&self.entry).map_err(StoreError::corrupt)
    }
}

/// What happened to a subject after a sequence, as recorded by an instant, oldest first.
pub fn of_subject(
    conn: &mut Conn,
    subject_id: &str,
    known_at: DateTime<Utc>,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let query = entries::table
        .filter(entries::subject_id.eq(subject_id))
        .filter(entries::recorded_at.le(known_at.naive_utc()))
        .filter(entries::seq.gt(after))
        .order(entries::seq)
        .limit(limit)
        .select((entries::seq, entries::entry));
    Ok(on_engine!(conn, c => query.load(c))?)
}

/// What of some kinds happened to some subjects, as recorded by an instant, oldest first.
pub fn of_kinds(
    conn: &mut Conn,
    subject_ids: &[&str],
    kinds: &[&str],
    known_at: DateTime<Utc>,
) -> Result<Vec<Entry>, StoreError> {
    Ok(entries::table
        .filter(entries::subject_id.eq_any(subject_ids))
        .filter(entries::kind.eq_any(kinds))
        .filter(entries::recorded_at.le(known_at.naive_utc()))
        .order(entries::seq)
        .select((entries::seq, entries::entry))
        .load(conn)?)
}

/// Everything that happened after a sequence, oldest first.
pub fn after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    Ok(entries::table
        .filter(entries::seq.gt(after))
        .order(entries::seq)
        .limit(limit)
        .select((entries::seq, entries::entry))
        .load(conn)?)
}

/// When the first entry was recorded.
pub fn began(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let first: Option<NaiveDateTime> = entries::table
        .order(entries::seq)
        .select(entries::recorded_at)
        .first(conn)
        .optional()?;
    Ok(first.map(|it| it.and_utc()))
}

/// An entry with the hash that stands in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Sealed {
    pub seq: i64,
    pub entry: String,
    pub leaf_hash: Vec<u8>,
}

/// The entries of these sequences.
pub fn sealed(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<Sealed>, StoreError> {
    Ok(entries::table
        .filter(entries::seq.eq_any(seqs))
        .order(entries::seq)
        .select((entries::seq, entries::entry, entries::leaf_hash))
        .load(conn)?)
}
