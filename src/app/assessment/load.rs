//! A chunk of the population with all that judging it needs.

use std::collections::HashMap;

use crate::app::population::{self, Reading};
use crate::app::recorded::{self, Memberships};
use crate::domain::evaluate::Profile;
use crate::domain::pool::Standing;
use crate::store::assessments::{self, HeadRow};
use crate::store::memberships::MembershipRow;
use crate::store::movements::{self, MovementRow};
use crate::store::profile::Of;
use crate::store::{Conn, StoreError};

/// One enterprise, ready to be judged.
pub(super) struct Candidate {
    pub id: String,
    pub district_code: String,
    pub profile: Profile,
    pub membership: Option<MembershipRow>,
    pub standing: Standing,
    /// The decision that stands.
    pub head: Option<HeadRow>,
    pub open_movement: Option<MovementRow>,
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
    pub reading: Reading,
}

/// The enterprises after an id, in the order of their ids; `None` at the end.
pub(super) fn chunk(
    conn: &mut Conn,
    view: &View,
    after: &str,
) -> Result<Option<Chunk>, StoreError> {
    let Some(block) = population::block(conn, &view.reading, after)? else {
        return Ok(None);
    };
    let (from, last_id) = (block.first().to_owned(), block.last().to_owned());
    let mut about = About::load(conn, view, &from, &last_id)?;
    let firms = population::firms(conn, &view.reading, block)?;
    let known_seq = view.reading.known_seq;
    let candidates = firms.into_iter().map(|firm| {
        let memberships: Vec<&MembershipRow> = about.memberships.of(&firm.id, known_seq).collect();
        let current = memberships.iter().find(|it| it.ended_on.is_none());
        Candidate {
            membership: current.map(|it| (*it).clone()),
            standing: recorded::standing(memberships.into_iter()),
            head: about.heads.remove(&firm.id),
            open_movement: about.open.remove(&firm.id),
            district_code: firm.district_code,
            id: firm.id,
            profile: firm.profile,
        }
    });
    Ok(Some(Chunk {
        candidates: candidates.collect(),
        last_id,
    }))
}

/// What is recorded about the enterprises of a chunk beside their figures.
struct About {
    memberships: Memberships,
    heads: HashMap<String, HeadRow>,
    open: HashMap<String, MovementRow>,
}

impl About {
    fn load(conn: &mut Conn, view: &View, from: &str, to: &str) -> Result<About, StoreError> {
        Ok(About {
            memberships: Memberships::load(conn, Of::Range(from, to), view.reading.seen())?,
            heads: assessments::heads_of_range(conn, &view.rule_set, from, to)?
                .into_iter()
                .map(|row| (row.enterprise_id.clone(), row))
                .collect(),
            open: movements::open_of_range(conn, from, to)?
                .into_iter()
                .map(|row| (row.enterprise_id.clone(), row))
                .collect(),
        })
    }
}
