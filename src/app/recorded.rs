//! Enterprises as they were known when the ledger had so many entries: what a replay and the search for late facts
//! look at.

use chrono::NaiveDate;

use super::profile::{Profiles, rows_of};
use crate::domain::evaluate::Profile;
use crate::domain::pool::{ExitReason, Member, Standing};
use crate::store::memberships::MembershipRow;
use crate::store::profile::{self, Known, Of, Seen};
use crate::store::typed::Typed;
use crate::store::{Conn, StoreError};

/// What was recorded about some enterprises.
pub(super) struct Recorded {
    profiles: Profiles,
    memberships: Memberships,
}

/// The memberships of some enterprises, known at one point or at several.
pub(super) struct Memberships {
    rows: Vec<MembershipRow>,
}

impl Recorded {
    /// For every day from one on, by every knowledge from so many entries of the ledger on.
    pub(super) fn load(
        conn: &mut Conn,
        ids: &[String],
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Recorded, StoreError> {
        let seen = Seen {
            as_of,
            known: Known::Since(known_seq),
        };
        Ok(Recorded {
            profiles: Profiles::load(conn, Of::These(ids), seen)?,
            memberships: Memberships::load(conn, Of::These(ids), seen)?,
        })
    }

    /// The enterprise on a day, by the first `known_seq` entries of the ledger; `None` if it did not exist.
    pub(super) fn profile(
        &self,
        id: &str,
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Option<Profile>, StoreError> {
        self.profiles.profile(id, as_of, known_seq)
    }

    /// Where it stood among the pools.
    pub(super) fn standing(&self, id: &str, known_seq: i64) -> Standing {
        standing(self.memberships.of(id, known_seq))
    }
}

impl Memberships {
    pub(super) fn load(conn: &mut Conn, of: Of<'_>, seen: Seen) -> Result<Memberships, StoreError> {
        Ok(Memberships {
            rows: profile::memberships(conn, of, seen)?,
        })
    }

    /// The last known state of each membership of an enterprise, oldest membership first.
    pub(super) fn of(&self, id: &str, known_seq: i64) -> impl Iterator<Item = &MembershipRow> {
        let rows = rows_of(&self.rows, id, |row| &row.enterprise_id);
        MembershipRow::standing(rows, known_seq)
    }
}

/// Where an enterprise with these memberships, oldest first, stands among the pools.
pub(super) fn standing<'m>(memberships: impl Iterator<Item = &'m MembershipRow>) -> Standing {
    let mut timed_out_of = None;
    for row in memberships {
        match (row.ended_on, row.exit_reason) {
            (None, _) => {
                return Standing::Member(Member {
                    pool: *row.pool,
                    since: row.started_on,
                    failures: row.failures.unsigned_abs(),
                    last_yearly: row.last_yearly,
                    extended: row.extended_until.is_some(),
                    override_until: row.override_until,
                });
            }
            (Some(_), Some(Typed(ExitReason::TimedOut))) => timed_out_of = Some(*row.pool),
            _ => {}
        }
    }
    Standing::Outside { timed_out_of }
}
