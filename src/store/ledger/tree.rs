//! The tree over the entries: its stored head, whether the two agree, and both computed anew.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::ledger::{self, Frontier, Hash, Told};
use crate::store::backend::{Conn, on_engine};
use crate::store::error::{OutOfStep, StoreError};
use crate::store::schema::{ledger_entries as entries, ledger_head as head};

/// The size and root that the last commit stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    pub size: i64,
    pub root: Vec<u8>,
}

pub fn tree_head(conn: &mut Conn) -> Result<TreeHead, StoreError> {
    let (size, root) = head::table
        .find(1i64)
        .select((head::size, head::root))
        .first(conn)?;
    Ok(TreeHead { size, root })
}

/// How much of the ledger is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The head and the last entries: at any time, whatever the size.
    Head,
    /// The leaf hash of every entry.
    Whole,
}

/// Asked in a snapshot: between two statements the writer may have appended.
pub fn out_of_step(conn: &mut Conn, look: Look) -> Result<Option<OutOfStep>, StoreError> {
    let frontier = match Stored::read(conn)?.frontier() {
        Ok(frontier) => frontier,
        Err(fault) => return Ok(Some(fault)),
    };
    let stands = match look {
        Look::Head => stands_for_its_last(conn, &frontier)?,
        Look::Whole => over_leaves(conn, 0)? == frontier,
    };
    Ok((!stands).then_some(OutOfStep::Entries))
}

/// The head as it is stored, with the sequence and the instant of the last entry.
#[derive(Queryable)]
pub(super) struct Stored {
    size: i64,
    pub recorded_at: NaiveDateTime,
    root: Vec<u8>,
    frontier: Vec<u8>,
    last: Option<i64>,
    last_at: Option<NaiveDateTime>,
}

impl Stored {
    pub fn read(conn: &mut Conn) -> Result<Stored, StoreError> {
        let last = || entries::table.order(entries::seq.desc()).limit(1);
        let query = head::table.find(1i64).select((
            head::size,
            head::recorded_at,
            head::root,
            head::frontier,
            last().select(entries::seq).single_value(),
            last().select(entries::recorded_at).single_value(),
        ));
        Ok(on_engine!(conn, c => query.first(c))?)
    }

    /// The frontier of a head that agrees with itself, and with the last entry on how many there are and since when. An
    /// instant that was set ahead would date every later entry.
    pub fn frontier(&self) -> Result<Frontier, OutOfStep> {
        let (size, last) = (self.size, self.last.unwrap_or(0));
        if size != last {
            return Err(OutOfStep::Size { head: size, last });
        }
        if let Some(last) = self.last_at.filter(|last| *last != self.recorded_at) {
            let head = self.recorded_at;
            return Err(OutOfStep::Instant { head, last });
        }
        let fits = u64::try_from(size).ok();
        let frontier = fits.and_then(|size| Frontier::from_bytes(size, &self.frontier));
        let frontier = frontier.ok_or(OutOfStep::Frontier { size })?;
        match frontier.root().as_slice() == self.root {
            true => Ok(frontier),
            false => Err(OutOfStep::Root),
        }
    }
}

/// Whether the last hash of the frontier is the one of its entries. Half of the time it stands for one of them; where it
/// stands for many, a look at all would cost too much.
fn stands_for_its_last(conn: &mut Conn, frontier: &Frontier) -> Result<bool, StoreError> {
    const MOST: u64 = 64;
    let Some((leaves, hash)) = frontier.smallest().filter(|(leaves, _)| *leaves <= MOST) else {
        return Ok(true);
    };
    let before = frontier.size() - leaves;
    let tree = over_leaves(conn, before as i64)?;
    Ok(tree.size() == leaves && tree.root() == hash)
}

/// The tree over the stored leaf hashes after a sequence.
fn over_leaves(conn: &mut Conn, after: i64) -> Result<Frontier, StoreError> {
    const AT_ONCE: i64 = 20_000;
    let mut frontier = Frontier::default();
    let mut last = after;
    loop {
        let page: Vec<(i64, Vec<u8>)> = entries::table
            .filter(entries::seq.gt(last))
            .order(entries::seq)
            .limit(AT_ONCE)
            .select((entries::seq, entries::leaf_hash))
            .load(conn)?;
        let Some((seq, _)) = page.last() else {
            return Ok(frontier);
        };
        last = *seq;
        for (_, leaf) in page {
            let leaf: Hash = leaf.as_slice().try_into().map_err(StoreError::corrupt)?;
            frontier.append(leaf);
        }
    }
}

/// What reading the whole ledger again gives: a sequence without gap, the root over it, and each entry filed as it says.
pub fn recompute(conn: &mut Conn) -> Result<Recomputed, StoreError> {
    let mut found = Recomputed::default();
    let mut frontier = Frontier::default();
    let mut last = 0;
    loop {
        let page: Vec<Filed> = entries::table
            .filter(entries::seq.gt(last))
            .order(entries::seq)
            .limit(5_000)
            .select((
                entries::seq,
                entries::recorded_at,
                entries::kind,
                entries::subject_kind,
                entries::subject_id,
                entries::entry,
                entries::leaf_hash,
            ))
            .load(conn)?;
        if page.is_empty() {
            break;
        }
        for row in page {
            if row.seq != last + 1 && found.gap_at.is_none() {
                found.gap_at = Some(last + 1);
            }
            let leaf = ledger::leaf_hash(row.entry.as_bytes());
            if leaf.as_slice() != row.leaf_hash && found.altered.is_none() {
                found.altered = Some(row.seq);
            }
            if !row.as_it_says() && found.misfiled.is_none() {
                found.misfiled = Some(row.seq);
            }
            frontier.append(leaf);
            last = row.seq;
        }
    }
    found.size = frontier.size() as i64;
    found.root = frontier.root();
    Ok(found)
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recomputed {
    pub size: i64,
    pub root: Hash,
    /// The first missing sequence.
    pub gap_at: Option<i64>,
    /// The first entry whose bytes no longer give the leaf hash stored with it.
    pub altered: Option<i64>,
    /// The first entry that its columns file under something else than it says.
    pub misfiled: Option<i64>,
}

/// An entry with the columns by which it is found.
#[derive(Queryable)]
struct Filed {
    seq: i64,
    recorded_at: NaiveDateTime,
    kind: String,
    subject_kind: String,
    subject_id: String,
    entry: String,
    leaf_hash: Vec<u8>,
}

impl Filed {
    fn as_it_says(&self) -> bool {
        Told::read(&self.entry).is_ok_and(|told| {
            told.seq == self.seq
                && told.recorded_at.naive_utc() == self.recorded_at
                && told.kind == self.kind
                && told.subject.kind == self.subject_kind
                && told.subject.id == self.subject_id
        })
    }
}
