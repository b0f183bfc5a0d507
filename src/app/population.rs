//! The population as rules look at it: read in chunks, in the order of the enterprises' ids.

use chrono::{DateTime, NaiveDate, Utc};

use super::profile::Profiles;
use crate::domain::evaluate::Profile;
use crate::store::assessments::{self, Part, SubjectRow};
use crate::store::profile::{Known, Of, Seen};
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
    let of = Of::Range(block.first(), block.last());
    // The rows of the block are the states that hold today.
    let shows_now = |it: &SubjectRow| reading.is_today && it.seq <= reading.known_seq;
    let profiles = match block.subjects.iter().all(shows_now) {
        true => Profiles::stateless(conn, of, reading.seen())?,
        false => Profiles::load(conn, of, reading.seen())?,
    };
    let (as_of, known_seq) = (reading.as_of, reading.known_seq);
    let mut found = Vec::with_capacity(block.subjects.len());
    for subject in &block.subjects {
        let shown = match shows_now(subject) {
            true => Some(subject),
            false => profiles.state(&subject.id, as_of, known_seq),
        };
        // An enterprise that did not exist on the day is not judged.
        let Some(shown) = shown else { continue };
        found.push(Firm {
            id: shown.id.clone(),
            district_code: shown.district_code.clone(),
            industry_code: shown.industry_code.clone(),
            profile: profiles.profile_of(shown, as_of, known_seq)?,
        });
    }
    Ok(found)
}

impl Reading {
    pub(super) fn seen(&self) -> Seen {
        Seen {
            as_of: self.as_of,
            known: Known::Through(self.known_seq),
        }
    }
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
