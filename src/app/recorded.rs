//! Enterprises as they were known when the ledger had so many entries: what a replay and the search for late facts
//! look at.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::evaluate::Profile;
use crate::domain::pool::{ExitReason, Member, Standing};
use crate::store::certifications::TitleRow;
use crate::store::facts::StatementRow;
use crate::store::memberships::{self, MembershipRow};
use crate::store::recorded::{self, State};
use crate::store::typed::Typed;
use crate::store::{Conn, StoreError};

use super::profile;

/// Everything recorded about some enterprises.
pub(super) struct Recorded {
    states: HashMap<String, Vec<State>>,
    statements: HashMap<String, Vec<StatementRow>>,
    titles: HashMap<String, Vec<TitleRow>>,
    memberships: HashMap<String, Vec<MembershipRow>>,
}

impl Recorded {
    pub(super) fn load(conn: &mut Conn, ids: &[String]) -> Result<Recorded, StoreError> {
        Ok(Recorded {
            states: by(recorded::states(conn, ids)?, |it| &it.1.id),
            statements: by(recorded::statements(conn, ids)?, |it| &it.enterprise_id),
            titles: by(recorded::titles(conn, ids)?, |it| &it.enterprise_id),
            memberships: by(recorded::memberships(conn, ids)?, |it| &it.enterprise_id),
        })
    }

    /// The enterprise on a day, by the first `known_seq` entries of the ledger; `None` if it did not exist.
    pub(super) fn profile(
        &self,
        id: &str,
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Option<Profile>, StoreError> {
        let states = of(&self.states, id);
        let held = |(from, state): &&State| *from <= as_of && state.seq <= known_seq;
        let Some((_, state)) = states.iter().rfind(held) else {
            return Ok(None);
        };
        let status = *state.legal_status;
        let mut profile = Profile::new(as_of, state.registered_on, &state.district_code, status);
        // In the order in which they were recorded, so that what was known is the beginning.
        let statements = of(&self.statements, id);
        let known = statements.partition_point(|row| row.seq <= known_seq);
        profile::add_statements(&mut profile, &statements[..known])?;
        profile::add_titles(
            &mut profile,
            TitleRow::standing(of(&self.titles, id), known_seq),
        );
        Ok(Some(profile))
    }

    /// Where it stood among the pools.
    pub(super) fn standing(&self, id: &str, known_seq: i64) -> Standing {
        standing(MembershipRow::standing(
            of(&self.memberships, id),
            known_seq,
        ))
    }
}

/// Every state of the memberships of all enterprises from one id to another, by enterprise.
pub(super) fn memberships(
    conn: &mut Conn,
    from: &str,
    to: &str,
    known_seq: i64,
) -> Result<HashMap<String, Vec<MembershipRow>>, StoreError> {
    let rows = memberships::of_range(conn, from, to, known_seq)?;
    Ok(by(rows, |row| &row.enterprise_id))
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

fn by<T>(rows: Vec<T>, id: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        match found.get_mut(id(&row)) {
            Some(rows) => rows.push(row),
            None => {
                found.insert(id(&row).clone(), vec![row]);
            }
        }
    }
    found
}

fn of<'a, T>(rows: &'a HashMap<String, Vec<T>>, id: &str) -> &'a [T] {
    rows.get(id).map_or(&[], Vec::as_slice)
}
