//! 核验: the ledger folded must equal the tables, both ways. Reads only, and any database: a live one or a copy.

use serde::Serialize;
use serde_json::Value as Json;

use crate::domain::fold::sworn::{self, Kind, Sworn, Table};
use crate::domain::fold::{Key, Row, Rows, Together, sha256};
use crate::domain::ledger::hex;
use crate::store::ledger::{self, Entry, Look};
use crate::store::sworn as stored;
use crate::store::sworn::Range;
use crate::store::{Conn, StoreError};

/// What a verification came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    pub entries: i64,
    /// Of the tree over them.
    pub root: String,
    /// How many rows were compared.
    pub rows: u64,
    /// Personal values that events name and that stand no more.
    pub erased: u64,
    /// The first that was found.
    pub fault: Option<Fault>,
    pub not_covered: Vec<NotCovered>,
}

/// Where ledger and tables part.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fault {
    /// The ledger contradicts itself, so that nothing follows from it.
    Ledger { why: String },
    /// An entry that cannot be what it says it is.
    Entry { seq: i64, why: String },
    /// An event made a row that is not there.
    Missing { table: &'static str, key: Key },
    /// A row that no event made.
    Unmade { table: &'static str, key: Key },
    /// Columns that are not what a hash in their row was taken over.
    Unproved {
        table: &'static str,
        key: Key,
        columns: &'static str,
    },
    /// A column that holds something else than its events say.
    Differs {
        table: &'static str,
        key: Key,
        column: &'static str,
        /// By the ledger.
        sworn: Json,
        /// In the table. Of a hashed column, the hash.
        stands: Json,
    },
}

/// What no event tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCovered {
    pub table: &'static str,
    /// All of them where none is named.
    pub column: Option<&'static str>,
    pub why: &'static str,
}

/// Subjects folded at once: enough for few questions, little enough for little memory.
const SUBJECTS: i64 = 300;

/// Entries in one look at the ledger.
const PAGE: i64 = 2_000;

/// Asked in a snapshot: what is written meanwhile would look like a fault.
pub fn verify(conn: &mut Conn) -> Result<Verification, StoreError> {
    let mut found = Verification {
        entries: ledger::tree_head(conn)?.size,
        root: String::new(),
        rows: 0,
        erased: 0,
        fault: None,
        not_covered: not_covered(),
    };
    found.fault = of_ledger(conn, &mut found.root)?;
    let mut after = String::new();
    while found.fault.is_none() {
        let range = stored::next_range(conn, &after, SUBJECTS)?;
        let last = range.is_none();
        // What stands behind the last subject of the ledger is nobody's.
        let range = range.unwrap_or(Range {
            after: after.clone(),
            through: None,
        });
        found.fault = of_range(conn, &range, &mut found)?;
        if last {
            break;
        }
        after = range.through.unwrap_or_default();
    }
    Ok(found)
}

fn of_ledger(conn: &mut Conn, root: &mut String) -> Result<Option<Fault>, StoreError> {
    if let Some(fault) = ledger::out_of_step(conn, Look::Whole)? {
        let why = fault.to_string();
        return Ok(Some(Fault::Ledger { why }));
    }
    let again = ledger::recompute(conn)?;
    *root = hex(&again.root);
    let entry = |seq: Option<i64>, why: &str| {
        seq.map(|seq| Fault::Entry {
            seq,
            why: why.into(),
        })
    };
    Ok(entry(again.gap_at, "it is missing")
        .or_else(|| entry(again.altered, "its bytes are not those that were hashed"))
        .or_else(|| {
            entry(
                again.misfiled,
                "it is filed under another kind, subject or instant than it says",
            )
        }))
}

fn of_range(
    conn: &mut Conn,
    range: &Range,
    found: &mut Verification,
) -> Result<Option<Fault>, StoreError> {
    let mut rows = match folded(conn, range)? {
        Ok(rows) => rows,
        Err(fault) => return Ok(Some(fault)),
    };
    for table in sworn::TABLES {
        let mut told = rows.take_table(table.name);
        for part in parts(conn, table, range)? {
            let stand = stored::rows(conn, table, &part)?;
            found.rows += stand.len() as u64;
            for row in as_told(table, stand) {
                let key = table.key_of(&row);
                let Some(told) = told.remove(&key) else {
                    let table = table.name;
                    return Ok(Some(Fault::Unmade { table, key }));
                };
                if let Some(fault) = differs(table, key, &told, row) {
                    return Ok(Some(fault));
                }
            }
        }
        if table.erasable {
            found.erased += told.len() as u64;
        } else if let Some((key, _)) = told.into_iter().next() {
            let table = table.name;
            return Ok(Some(Fault::Missing { table, key }));
        }
    }
    Ok(rows.of_other_tables().map(|table| Fault::Ledger {
        why: format!("events tell of {table}, of which nothing is sworn"),
    }))
}

/// What of a range is read at once: all of it, or one subject after the other.
fn parts(conn: &mut Conn, table: &Table, range: &Range) -> Result<Vec<Range>, StoreError> {
    if !table.large {
        return Ok(vec![range.clone()]);
    }
    let mut after = range.after.clone();
    let subjects = stored::subjects(conn, table, range)?;
    let one = |subject: String| Range {
        after: std::mem::replace(&mut after, subject.clone()),
        through: Some(subject),
    };
    Ok(subjects.into_iter().map(one).collect())
}

/// The rows as events tell of them; where they swear of the rows of a subject as one, the row that stands for them all.
fn as_told(table: &Table, rows: Vec<Row>) -> Vec<Row> {
    let (true, Some(first)) = (table.together, rows.first()) else {
        return rows.into_iter().map(|row| as_sworn(table, row)).collect();
    };
    let mut all = Row::new();
    all.insert(table.of.into(), first[table.of].clone());
    let mut hash = Together::default();
    rows.iter().for_each(|row| hash.add(row));
    all.insert(sworn::TOGETHER.into(), hash.hash().into());
    vec![all]
}

/// The rows that the entries of a range make.
fn folded(conn: &mut Conn, range: &Range) -> Result<Result<Rows, Fault>, StoreError> {
    let mut all = Rows::default();
    let mut of_one = Rows::default();
    let mut seen: Option<(String, i64)> = None;
    loop {
        let page = stored::entries(conn, range, seen.as_ref(), PAGE)?;
        let last = (page.len() as i64) < PAGE;
        for (subject, entry) in page {
            if seen.as_ref().is_some_and(|(before, _)| *before != subject) {
                all.add(completed(std::mem::take(&mut of_one)));
            }
            let seq = entry.seq;
            if let Err(why) = take(&mut of_one, &entry)? {
                return Ok(Err(Fault::Entry { seq, why }));
            }
            seen = Some((subject, seq));
        }
        if last {
            all.add(completed(of_one));
            return Ok(Ok(all));
        }
    }
}

fn completed(mut of_one: Rows) -> Rows {
    of_one.complete();
    of_one
}

fn take(rows: &mut Rows, entry: &Entry) -> Result<Result<(), String>, StoreError> {
    let told = entry.read()?;
    Ok(rows.take(&told).map_err(|error| error.to_string()))
}

fn differs(table: &'static Table, key: Key, told: &Row, mut stands: Row) -> Option<Fault> {
    let proved = (table.proof)(&stands);
    for column in table.compared() {
        if column.sworn == Sworn::Proved {
            continue;
        }
        let sworn = told.get(column.name).cloned().unwrap_or_default();
        let stands = stands.remove(column.name).unwrap_or_default();
        if sworn != stands {
            return Some(Fault::Differs {
                table: table.name,
                key,
                column: column.name,
                sworn,
                stands,
            });
        }
    }
    (!proved).then_some(Fault::Unproved {
        table: table.name,
        key,
        columns: table.proved,
    })
}

/// Of a hashed column the hash, as its event tells it.
fn as_sworn(table: &Table, mut row: Row) -> Row {
    for column in table.columns().filter(|it| it.sworn == Sworn::Hashed) {
        let Some(value) = row.get_mut(column.name) else {
            continue;
        };
        let hash = match (column.kind, &*value) {
            (Kind::Bytes, Json::String(text)) => unhex(text).map(sha256),
            (_, Json::String(text)) => Some(sha256(text)),
            _ => None,
        };
        if let Some(hash) = hash {
            *value = hash.into();
        }
    }
    row
}

fn not_covered() -> Vec<NotCovered> {
    let columns = sworn::TABLES.iter().flat_map(|table| {
        table.unsworn.iter().map(|(column, why)| NotCovered {
            table: table.name,
            column: Some(column),
            why,
        })
    });
    let tables = sworn::UNSWORN.iter().map(|table| NotCovered {
        table: table.name,
        column: None,
        why: table.why,
    });
    let erasable = sworn::TABLES.iter().filter(|table| table.erasable);
    let erased = erasable.map(|table| NotCovered {
        table: table.name,
        column: None,
        why: "a row that is gone is counted as erased: whether it was erased or deleted is not told apart yet",
    });
    columns.chain(tables).chain(erased).collect()
}

/// As the database writes what is no text.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |at: usize| text.get(at..at + 2);
    let places = (0..text.len()).step_by(2);
    places
        .map(|at| u8::from_str_radix(digit(at)?, 16).ok())
        .collect()
}
