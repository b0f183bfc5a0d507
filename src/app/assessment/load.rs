//! A chunk of the population with all that judging it needs.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::app::profile;
use crate::domain::evaluate::Profile;
use crate::store::assessments::{self, SubjectRow};
use crate::store::certifications::{self, TitleRow};
use crate::store::facts::{self, StatementRow};
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow};
use crate::store::{Conn, StoreError};

/// One enterprise, ready to be judged.
pub(super) struct Candidate {
    pub id: String,
    pub district_code: String,
    pub profile: Profile,
    pub membership: Option<MembershipRow>,
    /// The digest of the decision that stands, and the decision's id.
    pub standing: Option<(String, String)>,
    pub open_movement: Option<MovementRow>,
    /// The pool it once left by the stay limit.
    pub timed_out_of: Option<String>,
}

pub(super) struct Chunk {
    pub candidates: Vec<Candidate>,
    /// Where the next chunk goes on.
    pub last_id: String,
}

/// Where and as of when a run reads.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub rule_set: String,
    pub district_code: Option<String>,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// The current rows show this day, so that earlier states need not be looked up.
    pub is_today: bool,
}

const CHUNK: i64 = 1_000;

/// The enterprises after an id, in the order of their ids; `None` at the end.
pub(super) fn chunk(
    conn: &mut Conn,
    view: &View,
    after: &str,
) -> Result<Option<Chunk>, StoreError> {
    let subjects = assessments::subjects(conn, view.district_code.as_deref(), after, CHUNK)?;
    let (Some(first), Some(last)) = (subjects.first(), subjects.last()) else {
        return Ok(None);
    };
    let (from, to) = (first.id.clone(), last.id.clone());
    let statements = facts::of_range(conn, &from, &to, view.known_at)?;
    let titles = certifications::of_range(conn, &from, &to, view.known_at)?;
    let (mut statements, mut titles) = (
        Runs::new(&statements, statement_of),
        Runs::new(&titles, title_of),
    );
    let mut standing = Standing::load(conn, view, &from, &to)?;
    let mut earlier = match view.is_today {
        true => HashMap::new(),
        false => states(conn, view, &from, &to)?,
    };
    let mut candidates = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let (mine, held) = (statements.take(&subject.id), titles.take(&subject.id));
        let shown = match view.is_today {
            true => Some(subject),
            false => earlier.remove(&subject.id),
        };
        // An enterprise that did not exist on the day is not judged.
        let Some(shown) = shown else { continue };
        let status = profile::legal_status(&shown.legal_status)?;
        let mut profile = Profile::new(
            view.as_of,
            shown.registered_on,
            &shown.district_code,
            status,
        );
        profile::add_statements(&mut profile, mine)?;
        profile::add_titles(&mut profile, held);
        candidates.push(Candidate {
            membership: standing.memberships.remove(&shown.id),
            standing: standing.heads.remove(&shown.id),
            open_movement: standing.open.remove(&shown.id),
            timed_out_of: standing.timed_out.remove(&shown.id),
            district_code: shown.district_code,
            id: shown.id,
            profile,
        });
    }
    Ok(Some(Chunk {
        candidates,
        last_id: to,
    }))
}

/// What stands about the enterprises of a chunk.
struct Standing {
    memberships: HashMap<String, MembershipRow>,
    heads: HashMap<String, (String, String)>,
    open: HashMap<String, MovementRow>,
    timed_out: HashMap<String, String>,
}

impl Standing {
    fn load(conn: &mut Conn, view: &View, from: &str, to: &str) -> Result<Standing, StoreError> {
        Ok(Standing {
            memberships: memberships::current_of_range(conn, from, to)?
                .into_iter()
                .map(|row| (row.enterprise_id.clone(), row))
                .collect(),
            heads: assessments::heads_of_range(conn, &view.rule_set, from, to)?
                .into_iter()
                .map(|(id, digest, decision)| (id, (digest, decision)))
                .collect(),
            open: movements::open_of_range(conn, from, to)?
                .into_iter()
                .map(|row| (row.enterprise_id.clone(), row))
                .collect(),
            timed_out: memberships::timed_out_of_range(conn, from, to)?
                .into_iter()
                .collect(),
        })
    }
}

/// The state that held on the day, of each enterprise that existed.
fn states(
    conn: &mut Conn,
    view: &View,
    from: &str,
    to: &str,
) -> Result<HashMap<String, SubjectRow>, StoreError> {
    // In the order of the days they hold from, so that the last one put in is the one that held.
    let rows = assessments::states_of_range(conn, from, to, view.as_of, view.known_at)?;
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
