//! A chunk of the population with all that judging it needs.

use std::collections::HashMap;

use crate::app::population::{self, Reading};
use crate::domain::evaluate::Profile;
use crate::store::assessments;
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
    let mut standing = Standing::load(conn, view, &from, &last_id)?;
    let firms = population::firms(conn, &view.reading, block)?;
    let candidates = firms.into_iter().map(|firm| Candidate {
        membership: standing.memberships.remove(&firm.id),
        standing: standing.heads.remove(&firm.id),
        open_movement: standing.open.remove(&firm.id),
        timed_out_of: standing.timed_out.remove(&firm.id),
        district_code: firm.district_code,
        id: firm.id,
        profile: firm.profile,
    });
    Ok(Some(Chunk {
        candidates: candidates.collect(),
        last_id,
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
