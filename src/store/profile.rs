//! What is recorded of enterprises that rules look at: of a range of them, of some or of one, read in the same way.
//!
//! Beside statements, titles and memberships it is kept which of them stand. They are read first. Only of enterprises of
//! which something stands that was not yet known, or not yet true, where one looks, the superseded rows are read as well.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::assessments::SubjectRow;
use super::backend::Conn;
use super::certifications::TitleRow;
use super::error::StoreError;
use super::facts::StatementRow;
use super::memberships::MembershipRow;
use super::schema::{
    certifications as c, enterprise_versions as v, fact_statements as f, memberships as m,
};

/// Which enterprises.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    One(&'a str),
    These(&'a [String]),
    /// All from one id to another, both included.
    Range(&'a str, &'a str),
}

/// By what knowledge.
#[derive(Debug, Clone, Copy)]
pub enum Known {
    /// What was known at an instant.
    At(DateTime<Utc>),
    /// What the first so many entries of the ledger tell. Instants may repeat; the sequence tells exactly what was there.
    Through(i64),
    /// Any knowledge from these first entries on: a reader that asks for several points tells them apart by the sequence.
    Since(i64),
}

/// From where on one looks: the earliest day, and what was known.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub as_of: NaiveDate,
    pub known: Known,
}

/// Which statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    All,
    Years,
    Year(i32),
    /// Dated facts.
    Days,
}

/// A state of an enterprise with the day it holds from.
pub type State = (NaiveDate, SubjectRow);

macro_rules! of {
    ($query:expr, $of:expr, $id:expr) => {
        match $of {
            Of::One(id) => $query.filter($id.eq(id)),
            Of::These(ids) => $query.filter($id.eq_any(ids)),
            Of::Range(from, to) => $query.filter($id.ge(from)).filter($id.le(to)),
        }
    };
}

/// In the order in which they were recorded, enterprise by enterprise.
pub fn statements(
    conn: &mut Conn,
    of: Of<'_>,
    topic: Topic,
    seen: Seen,
) -> Result<Vec<StatementRow>, StoreError> {
    let read = |conn: &mut Conn, of: Of<'_>, stands: bool| {
        // In the order in which they lie.
        let query = f::table
            .filter(f::stands.eq(stands))
            .order((f::enterprise_id, f::stands, f::seq))
            .select(StatementRow::as_select())
            .into_boxed();
        let query = match topic {
            Topic::All => query,
            Topic::Years => query.filter(f::year.is_not_null()),
            Topic::Year(year) => query.filter(f::year.eq(year)),
            Topic::Days => query.filter(f::year.is_null()),
        };
        of!(query, of, f::enterprise_id).load(conn)
    };
    let mut rows = standing(conn, of, seen, read)?;
    rows.sort_by(|a, b| (&a.enterprise_id, a.seq).cmp(&(&b.enterprise_id, b.seq)));
    rows.dedup_by(|a, b| a.seq == b.seq);
    Ok(rows)
}

/// Title by title, the states of each in the order in which they were recorded.
pub fn titles(conn: &mut Conn, of: Of<'_>, seen: Seen) -> Result<Vec<TitleRow>, StoreError> {
    let read = |conn: &mut Conn, of: Of<'_>, stands: bool| {
        let query = c::table.select(TitleRow::as_select()).into_boxed();
        let query = match stands {
            true => query.filter(c::superseded_at.is_null()),
            false => query.filter(c::superseded_at.is_not_null()),
        };
        of!(query, of, c::enterprise_id).load(conn)
    };
    let mut rows = standing(conn, of, seen, read)?;
    rows.sort_by(|a, b| {
        let (one, other) = ((&a.enterprise_id, &a.id), (&b.enterprise_id, &b.id));
        one.cmp(&other).then(a.seq.cmp(&b.seq))
    });
    rows.dedup_by(|a, b| (&a.id, a.seq) == (&b.id, b.seq));
    Ok(rows)
}

/// Oldest membership first, the states of each in the order in which they were recorded.
pub fn memberships(
    conn: &mut Conn,
    of: Of<'_>,
    seen: Seen,
) -> Result<Vec<MembershipRow>, StoreError> {
    let read = |conn: &mut Conn, of: Of<'_>, stands: bool| {
        let query = m::table.select(MembershipRow::as_select()).into_boxed();
        let query = match stands {
            true => query.filter(m::superseded_at.is_null()),
            false => query.filter(m::superseded_at.is_not_null()),
        };
        of!(query, of, m::enterprise_id).load(conn)
    };
    let mut rows = standing(conn, of, seen, read)?;
    rows.sort_by(|a, b| {
        let one = (&a.enterprise_id, a.started_on, &a.id, a.seq);
        one.cmp(&(&b.enterprise_id, b.started_on, &b.id, b.seq))
    });
    rows.dedup_by(|a, b| (&a.id, a.seq) == (&b.id, b.seq));
    Ok(rows)
}

/// In the order of the days they hold from, so that the last one that had begun by a day is the one that held.
pub fn states(conn: &mut Conn, of: Of<'_>, known: Known) -> Result<Vec<State>, StoreError> {
    let query = v::table
        .order((v::enterprise_id, v::effective_from, v::seq))
        .select((
            v::effective_from,
            (
                v::enterprise_id,
                v::district_code,
                v::registered_on,
                v::legal_status,
                v::industry_code,
                v::seq,
            ),
        ))
        .into_boxed();
    let query = match known {
        Known::At(instant) => query.filter(v::recorded_at.le(instant.naive_utc())),
        Known::Through(seq) => query.filter(v::seq.le(seq)),
        Known::Since(_) => query,
    };
    Ok(of!(query, of, v::enterprise_id).load(conn)?)
}

/// What stands, and of enterprises for which that is not the answer what was superseded too; without what was not yet known.
/// Two looks need no common state: what stood at the first one was read, and whatever has come since is not yet known.
fn standing<T: Recorded>(
    conn: &mut Conn,
    of: Of<'_>,
    seen: Seen,
    read: impl Fn(&mut Conn, Of<'_>, bool) -> QueryResult<Vec<T>>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = read(conn, of, true)?;
    let answers =
        |row: &T| seen.known.covers(row) && row.begins().is_none_or(|day| day <= seen.as_of);
    let open = rows.iter().filter(|row| !answers(row));
    let mut behind: Vec<String> = open.map(|row| row.enterprise().to_owned()).collect();
    if !behind.is_empty() {
        behind.sort();
        behind.dedup();
        rows.extend(read(conn, Of::These(&behind), false)?);
        if !matches!(seen.known, Known::Since(_)) {
            rows.retain(|row| seen.known.covers(row));
        }
    }
    Ok(rows)
}

impl Known {
    /// Whether all that is asked for knew of a row.
    fn covers(self, row: &impl Recorded) -> bool {
        match self {
            Known::At(instant) => row.recorded_at() <= instant.naive_utc(),
            Known::Through(seq) | Known::Since(seq) => row.seq() <= seq,
        }
    }
}

/// A row that was recorded about an enterprise.
trait Recorded {
    fn enterprise(&self) -> &str;
    fn seq(&self) -> i64;
    fn recorded_at(&self) -> NaiveDateTime;
    /// The day from which on it says anything, if there is one.
    fn begins(&self) -> Option<NaiveDate> {
        None
    }
}

macro_rules! recorded {
    ($($row:ty $(, $begins:ident)?;)+) => {$(
        impl Recorded for $row {
            fn enterprise(&self) -> &str {
                &self.enterprise_id
            }
            fn seq(&self) -> i64 {
                self.seq
            }
            fn recorded_at(&self) -> NaiveDateTime {
                self.recorded_at
            }
            $(fn begins(&self) -> Option<NaiveDate> {
                self.$begins
            })?
        }
    )+};
}
recorded! {
    StatementRow, effective_from;
    TitleRow;
    MembershipRow;
}
