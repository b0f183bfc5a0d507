//! The work list of late facts: past decisions that would come out otherwise, and how far the ledger has been looked
//! through for them.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, min};
use diesel::prelude::*;

use super::assessments::DecisionRow;
use super::backend::Conn;
use super::error::StoreError;
use super::schema::{
    assessment_runs as r, decision_heads as h, decisions as d, enterprises, late_cursor as cursor,
    late_findings as l, ledger_entries as entries,
};
use super::scope::within;
use super::typed::Typed;
use crate::domain::access::Scope;
use crate::domain::event::pools::LateFinding;
use crate::domain::late::{Effect, OutcomeNow, State};
use crate::domain::outcome::Outcome;
use crate::domain::pool::Placement;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = l, treat_none_as_null = true)]
pub struct FindingRow {
    pub id: String,
    pub decision_id: String,
    pub enterprise_id: String,
    pub rule_set: String,
    pub as_of: NaiveDate,
    pub effect: Typed<Effect>,
    pub cause_seq: i64,
    pub cause_kind: String,
    pub cause_by: String,
    pub outcome_then: Typed<Outcome>,
    pub pool_then: Option<Typed<Placement>>,
    pub digest_then: String,
    pub version_now: i64,
    pub rule_hash_now: String,
    pub outcome_now: Typed<OutcomeNow>,
    pub pool_now: Option<Typed<Placement>>,
    pub digest_now: String,
    pub found_at: NaiveDateTime,
    pub state: Typed<State>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub seq: i64,
}

impl FindingRow {
    /// As an event tells of it.
    pub fn told(&self) -> LateFinding {
        LateFinding {
            enterprise_id: self.enterprise_id.clone(),
            finding_id: self.id.clone(),
            decision_id: self.decision_id.clone(),
            rule_set: self.rule_set.clone(),
            as_of: self.as_of,
            effect: *self.effect,
            cause_seq: self.cause_seq,
            cause_kind: self.cause_kind.clone(),
            cause_by: self.cause_by.clone(),
            outcome_then: *self.outcome_then,
            pool_then: self.pool_then.map(|it| *it),
            digest_then: self.digest_then.clone(),
            version_now: self.version_now,
            rule_hash_now: self.rule_hash_now.clone(),
            outcome_now: *self.outcome_now,
            pool_now: self.pool_now.map(|it| *it),
            digest_now: self.digest_now.clone(),
            found_at: self.found_at.and_utc(),
            state: *self.state,
            reason: self.reason.clone(),
            decided_by: self.decided_by.clone(),
            decided_at: self.decided_at.map(|it| it.and_utc()),
        }
    }
}

/// How far the ledger has been looked through.
#[derive(Debug, Clone, PartialEq, Eq, Default, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cursor, treat_none_as_null = true)]
pub struct CursorRow {
    pub seq: i64,
    /// The entry of a rule version that is being followed through the decisions.
    pub sweep_seq: Option<i64>,
    /// The last decision looked at on its account.
    pub sweep_after: Option<String>,
}

/// At the beginning before the first search.
pub fn cursor(conn: &mut Conn) -> Result<CursorRow, StoreError> {
    let found = cursor::table.find(1i64).select(CursorRow::as_select());
    Ok(found.first(conn).optional()?.unwrap_or_default())
}

pub fn set_cursor(conn: &mut Conn, row: &CursorRow) -> Result<(), StoreError> {
    let there = diesel::update(cursor::table.find(1i64))
        .set(row)
        .execute(conn)?;
    if there == 0 {
        diesel::insert_into(cursor::table)
            .values((cursor::id.eq(1i64), row))
            .execute(conn)?;
    }
    Ok(())
}

/// What the first run knew of: nothing before it can be late. `None` without a run.
pub fn first_known(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    Ok(r::table.select(min(r::known_seq)).first(conn)?)
}

/// A ledger entry that may change what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CauseRow {
    pub seq: i64,
    pub kind: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub entry: String,
}

/// Entries after a sequence, oldest first, of the kinds about enterprises and about rules that may change what was decided.
pub fn causes(
    conn: &mut Conn,
    after: i64,
    of_enterprises: &[&str],
    of_rules: &[&str],
    limit: i64,
) -> Result<Vec<CauseRow>, StoreError> {
    Ok(entries::table
        .filter(entries::seq.gt(after))
        .filter(
            entries::kind
                .eq_any(of_enterprises)
                .or(entries::kind.eq_any(of_rules)),
        )
        .order(entries::seq)
        .limit(limit)
        .select((
            entries::seq,
            entries::kind,
            entries::subject_kind,
            entries::subject_id,
            entries::entry,
        ))
        .load(conn)?)
}

/// Entries of these kinds about one enterprise after a sequence.
pub fn since(
    conn: &mut Conn,
    enterprise_id: &str,
    seq: i64,
    kinds: &[&str],
) -> Result<Vec<String>, StoreError> {
    Ok(entries::table
        .filter(entries::subject_id.eq(enterprise_id))
        .filter(entries::seq.gt(seq))
        .filter(entries::kind.eq_any(kinds))
        .select(entries::entry)
        .load(conn)?)
}

/// Where a decision stands in the search: its id, its enterprise and what it knew.
pub type Unknowing = (String, String, i64);

/// The decisions about some enterprises that did not know all of the first so many entries, by their ids.
pub fn unknowing(
    conn: &mut Conn,
    enterprise_ids: &[String],
    seq: i64,
) -> Result<Vec<Unknowing>, StoreError> {
    Ok(d::table
        .filter(d::enterprise_id.eq_any(enterprise_ids))
        .filter(d::known_seq.lt(seq))
        .order(d::id)
        .select((d::id, d::enterprise_id, d::known_seq))
        .load(conn)?)
}

/// Decisions by some rule sets, as of a day or later, that did not know an entry; in the order in which they were made.
pub fn touched(
    conn: &mut Conn,
    rule_sets: &[String],
    from: NaiveDate,
    seq: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<DecisionRow>, StoreError> {
    Ok(d::table
        .filter(d::id.gt(after))
        .filter(d::rule_set.eq_any(rule_sets))
        .filter(d::as_of.ge(from))
        .filter(d::known_seq.lt(seq))
        .order(d::id)
        .limit(limit)
        .select(DecisionRow::as_select())
        .load(conn)?)
}

/// The findings about some decisions.
pub fn of_decisions(conn: &mut Conn, ids: &[String]) -> Result<Vec<FindingRow>, StoreError> {
    Ok(l::table
        .filter(l::decision_id.eq_any(ids))
        .select(FindingRow::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &FindingRow) -> Result<(), StoreError> {
    diesel::insert_into(l::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &FindingRow) -> Result<(), StoreError> {
    diesel::update(l::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<State>,
    pub effect: Option<Effect>,
    pub rule_set: Option<String>,
    pub district_code: Option<String>,
    pub uscc: Option<String>,
    /// Whether the decision still stands, or a later one has taken its place.
    pub standing: Option<bool>,
}

/// A finding with the enterprise's code, name and district as they are now, and whether its decision still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub row: FindingRow,
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub standing: bool,
}

pub fn by_id(conn: &mut Conn, scope: &Scope, id: &str) -> Result<Option<Named>, StoreError> {
    let row: Option<FindingRow> = l::table
        .find(id)
        .select(FindingRow::as_select())
        .first(conn)
        .optional()?;
    let named = named(conn, scope, row.into_iter().collect())?;
    Ok(named.into_iter().next())
}

/// Oldest first.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Named>, StoreError> {
    // By the key of the heads, so that each finding costs one look-up.
    let stands = exists(
        h::table
            .filter(h::enterprise_id.eq(l::enterprise_id))
            .filter(h::rule_set.eq(l::rule_set))
            .filter(h::decision_id.eq(l::decision_id)),
    );
    let mut query = l::table
        .inner_join(enterprises::table.on(enterprises::id.eq(l::enterprise_id)))
        .order(l::id)
        .limit(limit)
        .select(FindingRow::as_select())
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(l::state.eq(Typed(state)));
    }
    if let Some(effect) = filter.effect {
        query = query.filter(l::effect.eq(Typed(effect)));
    }
    if let Some(code) = &filter.rule_set {
        query = query.filter(l::rule_set.eq(code));
    }
    if let Some(code) = &filter.district_code {
        query = query.filter(enterprises::district_code.eq(code));
    }
    if let Some(uscc) = &filter.uscc {
        query = query.filter(enterprises::uscc.eq(uscc));
    }
    if let Some(after) = after {
        query = query.filter(l::id.gt(after));
    }
    query = match filter.standing {
        None => query,
        Some(true) => query.filter(stands),
        Some(false) => query.filter(diesel::dsl::not(stands)),
    };
    query = within!(query, scope, enterprises::district_code, enterprises::id);
    let rows = query.load(conn)?;
    named(conn, scope, rows)
}

fn named(conn: &mut Conn, scope: &Scope, rows: Vec<FindingRow>) -> Result<Vec<Named>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.enterprise_id.as_str()).collect();
    let known = super::enterprises::by_ids(conn, scope, &ids)?;
    let decisions: Vec<&str> = rows.iter().map(|row| row.decision_id.as_str()).collect();
    let standing: Vec<String> = h::table
        .filter(h::decision_id.eq_any(decisions))
        .filter(h::enterprise_id.eq_any(&ids))
        .select(h::decision_id)
        .load(conn)?;
    let standing: std::collections::HashSet<String> = standing.into_iter().collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let of = known.iter().find(|it| it.id == row.enterprise_id)?;
            Some(Named {
                standing: standing.contains(&row.decision_id),
                uscc: of.uscc.clone(),
                name: of.name.clone(),
                district_code: of.district_code.clone(),
                row,
            })
        })
        .collect())
}
