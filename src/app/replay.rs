//! Replay (复算): a decision made again from what it kept, by rules and inputs as they were, and compared byte by byte.
//!
//! Three things must agree: what the decision kept, what the register says was known then, and what the ledger swore.
//! Nothing is written: the answer can be had again at any time.

mod check;
mod evidence;
mod replayed;

use crate::domain::access::ReadAssessments;
use crate::domain::clock::is_id;
use crate::store::assessments::{self, DecisionRow};
use crate::store::{Conn, enterprises};

use super::App;
use super::caller::Caller;
use super::error::AppError;
use evidence::Evidence;

pub(super) use evidence::Versions;
pub use replayed::{Checks, DecisionReplay, Differing};

/// Replays one decision about an enterprise the caller may see.
pub fn of_decision(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
) -> Result<DecisionReplay, AppError> {
    app.store.read(|conn| {
        let row = match is_id(id) {
            true => assessments::decision(conn, id)?,
            false => None,
        };
        let row = row.ok_or(AppError::NotFound)?;
        let found = enterprises::by_ids(conn, caller.scope(), &[&row.enterprise_id])?;
        if found.is_empty() {
            return Err(AppError::NotFound);
        }
        let replayed = page(conn, &mut Versions::default(), &[row])?;
        replayed.into_iter().next().ok_or(AppError::NotFound)
    })
}

/// How many decisions were replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub replayed: usize,
    pub reproduced: usize,
}

/// So many decisions at once: little enough to keep memory flat, enough to read by few queries.
const PAGE: i64 = 200;

/// Replays every decision in the order in which they were made; hears of each page with the number of all.
pub fn of_all(
    app: &App,
    caller: &Caller<ReadAssessments>,
    mut hear: impl FnMut(Vec<DecisionReplay>, usize, usize),
) -> Result<Count, AppError> {
    let scope = caller.scope();
    let total = app.store.read(assessments::count_decisions)?;
    let total = usize::try_from(total).unwrap_or(0);
    let (mut count, mut after) = (Count::default(), String::new());
    let mut versions = Versions::default();
    loop {
        let rows = app
            .store
            .read(|conn| assessments::decisions_after(conn, scope, &after, PAGE))?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after.clone_from(&last.id);
        let replayed = app.store.read(|conn| page(conn, &mut versions, &rows))?;
        count.replayed += replayed.len();
        count.reproduced += replayed.iter().filter(|it| it.reproduced).count();
        hear(replayed, count.replayed, total);
    }
}

fn page(
    conn: &mut Conn,
    versions: &mut Versions,
    rows: &[DecisionRow],
) -> Result<Vec<DecisionReplay>, AppError> {
    let evidence = Evidence::load(conn, rows)?;
    rows.iter()
        .map(|row| check::replay(conn, versions, &evidence, row))
        .collect()
}
