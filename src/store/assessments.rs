//! Assessment runs and the decisions they left. A run stores only what changed, so that a decision stands for
//! every later run until one decides otherwise.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::max;
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{assessment_runs as r, decision_heads as h, decisions as d, enterprises};
use super::scope::within;
use super::typed::Typed;
use crate::domain::access::Scope;
use crate::domain::enterprise::LegalStatus;
use crate::domain::event::pools::{AssessmentRun, DecisionMade};
use crate::domain::outcome::Outcome;
use crate::domain::pool::Placement;
use crate::domain::run::RunState;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = r, treat_none_as_null = true)]
pub struct RunRow {
    pub id: String,
    pub run_no: i64,
    pub rule_set: String,
    pub rule_version: i64,
    pub rule_hash: String,
    pub as_of: NaiveDate,
    pub known_at: NaiveDateTime,
    /// Canonical JSON of the filter; `{}` is the whole population.
    pub filter: String,
    pub dry_run: bool,
    /// The yearly evaluation, which alone moves the failure counters.
    pub yearly: bool,
    pub state: Typed<RunState>,
    pub done: i64,
    pub total: i64,
    /// Canonical JSON of what came out.
    pub summary: String,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub finished_at: Option<NaiveDateTime>,
    pub seq: i64,
    /// The last ledger entry it knows of. Instants may repeat; the sequence tells exactly what was there.
    pub known_seq: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = d)]
pub struct DecisionRow {
    pub id: String,
    pub enterprise_id: String,
    pub rule_set: String,
    pub rule_version: i64,
    pub rule_hash: String,
    pub run_no: i64,
    pub as_of: NaiveDate,
    pub known_at: NaiveDateTime,
    pub outcome: Typed<Outcome>,
    pub pool: Option<Typed<Placement>>,
    pub digest: String,
    /// Canonical JSON of what was looked at.
    pub inputs: String,
    /// Canonical JSON of what was found.
    pub result: String,
    /// `sha256:` over rule set hash, inputs and result.
    pub hash: String,
    pub seq: i64,
    /// Of its run.
    pub known_seq: i64,
    /// 0 of decisions made before it was kept.
    pub engine_version: i64,
    pub inputs_hash: String,
    /// Over what the moves looked at and came to.
    pub moves_digest: String,
}

impl RunRow {
    /// As an event tells of it.
    pub fn told(&self) -> AssessmentRun {
        AssessmentRun {
            id: self.id.clone(),
            run_no: self.run_no,
            rule_set: self.rule_set.clone(),
            rule_set_version: self.rule_version,
            rule_set_hash: self.rule_hash.clone(),
            as_of: self.as_of,
            known_at: self.known_at.and_utc(),
            known_seq: self.known_seq,
            filter: self.filter.clone(),
            dry_run: self.dry_run,
            yearly: self.yearly,
            state: *self.state,
            done: self.done,
            total: self.total,
            summary: self.summary.clone(),
            created_by: self.created_by.clone(),
            created_at: self.created_at.and_utc(),
            finished_at: self.finished_at.map(|it| it.and_utc()),
        }
    }
}

impl DecisionRow {
    /// As an event tells of it.
    pub fn told(&self) -> DecisionMade {
        DecisionMade {
            enterprise_id: self.enterprise_id.clone(),
            decision_id: self.id.clone(),
            rule_set: self.rule_set.clone(),
            rule_set_version: self.rule_version,
            rule_set_hash: self.rule_hash.clone(),
            run_no: self.run_no,
            as_of: self.as_of,
            known_at: self.known_at.and_utc(),
            known_seq: self.known_seq,
            engine_version: self.engine_version,
            outcome: *self.outcome,
            pool: self.pool.map(|it| *it),
            digest: self.digest.clone(),
            moves_digest: self.moves_digest.clone(),
            inputs_hash: self.inputs_hash.clone(),
            hash: self.hash.clone(),
        }
    }
}

pub fn insert_run(conn: &mut Conn, row: &RunRow) -> Result<(), StoreError> {
    diesel::insert_into(r::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update_run(conn: &mut Conn, row: &RunRow) -> Result<(), StoreError> {
    diesel::update(r::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

pub fn run_by_id(conn: &mut Conn, id: &str) -> Result<Option<RunRow>, StoreError> {
    Ok(r::table
        .find(id)
        .select(RunRow::as_select())
        .first(conn)
        .optional()?)
}

pub fn next_run_no(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> = r::table.select(max(r::run_no)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Newest first; only those with one of the filters, if any are given.
pub fn runs(
    conn: &mut Conn,
    filters: Option<&[String]>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<RunRow>, StoreError> {
    let mut query = r::table
        .filter(r::run_no.lt(before.unwrap_or(i64::MAX)))
        .order(r::run_no.desc())
        .limit(limit)
        .select(RunRow::as_select())
        .into_boxed();
    if let Some(filters) = filters {
        query = query.filter(r::filter.eq_any(filters));
    }
    Ok(query.load(conn)?)
}

/// Runs that a stopped process left behind.
pub fn running(conn: &mut Conn) -> Result<Vec<RunRow>, StoreError> {
    Ok(r::table
        .filter(r::state.eq(Typed(RunState::Running)))
        .order(r::run_no)
        .select(RunRow::as_select())
        .load(conn)?)
}

/// Whether somebody made a run over everybody as of a day, however it ended.
pub fn made_by(conn: &mut Conn, actor: &str, as_of: NaiveDate) -> Result<bool, StoreError> {
    let found = r::table
        .filter(r::created_by.eq(actor))
        .filter(r::as_of.eq(as_of))
        .filter(r::filter.eq("{}"))
        .filter(r::dry_run.eq(false));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// Whether the yearly evaluation between two days was already made with this rule set.
pub fn yearly_done(
    conn: &mut Conn,
    rule_set: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<bool, StoreError> {
    let found = r::table
        .filter(r::rule_set.eq(rule_set))
        .filter(r::yearly.eq(true))
        .filter(r::dry_run.eq(false))
        .filter(r::state.eq(Typed(RunState::Completed)))
        .filter(r::as_of.ge(from))
        .filter(r::as_of.le(to));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// The decision that stands about an enterprise, and what to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct HeadRow {
    pub enterprise_id: String,
    pub decision_id: String,
    pub digest: String,
    pub moves_digest: String,
}

/// The decisions that stand, of all enterprises from one id to another, both included.
pub fn heads_of_range(
    conn: &mut Conn,
    rule_set: &str,
    from: &str,
    to: &str,
) -> Result<Vec<HeadRow>, StoreError> {
    Ok(h::table
        .filter(h::enterprise_id.ge(from))
        .filter(h::enterprise_id.le(to))
        .filter(h::rule_set.eq(rule_set))
        .order(h::enterprise_id)
        .select((h::enterprise_id, h::decision_id, h::digest, h::moves_digest))
        .load(conn)?)
}

/// Stores decisions and moves the heads to them.
pub fn insert_decisions(conn: &mut Conn, rows: &[DecisionRow]) -> Result<(), StoreError> {
    let decisions = columns! { rows;
        id enterprise_id rule_set rule_version rule_hash run_no as_of known_at outcome pool
        digest inputs result hash seq known_seq engine_version inputs_hash moves_digest
    };
    bulk::insert(conn, "decisions", &decisions)?;
    let heads = columns! { rows;
        enterprise_id rule_set id = "decision_id" digest moves_digest
    };
    bulk::upsert(
        conn,
        "decision_heads",
        &heads,
        &["enterprise_id", "rule_set"],
    )
}

pub fn decision(conn: &mut Conn, id: &str) -> Result<Option<DecisionRow>, StoreError> {
    Ok(d::table
        .find(id)
        .select(DecisionRow::as_select())
        .first(conn)
        .optional()?)
}

pub fn decisions_of(conn: &mut Conn, ids: &[&str]) -> Result<Vec<DecisionRow>, StoreError> {
    Ok(d::table
        .filter(d::id.eq_any(ids))
        .select(DecisionRow::as_select())
        .load(conn)?)
}

pub fn count_decisions(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(d::table.count().get_result(conn)?)
}

/// Decisions in the order in which they were made, within a scope.
pub fn decisions_after(
    conn: &mut Conn,
    scope: &Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<DecisionRow>, StoreError> {
    let mut query = d::table
        .inner_join(enterprises::table.on(enterprises::id.eq(d::enterprise_id)))
        .filter(d::id.gt(after))
        .order(d::id)
        .limit(limit)
        .select(DecisionRow::as_select())
        .into_boxed();
    query = within!(query, scope, enterprises::district_code, enterprises::id);
    Ok(query.load(conn)?)
}

/// Whether runs were yearly evaluations, by their numbers.
pub fn yearly_of(conn: &mut Conn, run_nos: &[i64]) -> Result<Vec<(i64, bool)>, StoreError> {
    Ok(r::table
        .filter(r::run_no.eq_any(run_nos))
        .select((r::run_no, r::yearly))
        .load(conn)?)
}

/// One line of a run's results: the decision that stood when the run ended.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ResultRow {
    pub enterprise_id: String,
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub decision_id: String,
    pub run_no: i64,
    pub outcome: Typed<Outcome>,
    pub pool: Option<Typed<Placement>>,
}

/// What stood for each enterprise when a run ended, by enterprise id; `only_changed` leaves out earlier decisions.
pub fn results(
    conn: &mut Conn,
    scope: &Scope,
    run: &RunRow,
    only_changed: bool,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ResultRow>, StoreError> {
    let later = diesel::alias!(d as later);
    let latest = later
        .filter(later.field(d::enterprise_id).eq(d::enterprise_id))
        .filter(later.field(d::rule_set).eq(d::rule_set))
        .filter(later.field(d::run_no).le(run.run_no))
        .filter(later.field(d::run_no).gt(d::run_no));
    let mut query = d::table
        .inner_join(enterprises::table.on(enterprises::id.eq(d::enterprise_id)))
        .filter(d::rule_set.eq(&run.rule_set))
        .filter(d::run_no.le(run.run_no))
        .filter(diesel::dsl::not(diesel::dsl::exists(latest)))
        .order(d::enterprise_id)
        .limit(limit)
        .select((
            d::enterprise_id,
            enterprises::uscc,
            enterprises::name,
            enterprises::district_code,
            d::id,
            d::run_no,
            d::outcome,
            d::pool,
        ))
        .into_boxed();
    if only_changed {
        query = query.filter(d::run_no.eq(run.run_no));
    }
    if let Some(after) = after {
        query = query.filter(d::enterprise_id.gt(after));
    }
    query = within!(query, scope, enterprises::district_code, enterprises::id);
    Ok(query.load(conn)?)
}

/// The state of enterprises on a day: what an assessment reads, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SubjectRow {
    pub id: String,
    pub district_code: String,
    pub registered_on: NaiveDate,
    pub legal_status: Typed<LegalStatus>,
    pub industry_code: String,
    /// Of its last change.
    pub seq: i64,
}

/// Which part of the population is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    pub district_code: Option<String>,
    /// A section letter, or a code from its letter on.
    pub industry_code: Option<String>,
}

/// The next enterprises after an id that a filter covers, as they stand now.
pub fn subjects(
    conn: &mut Conn,
    part: &Part,
    after: &str,
    limit: i64,
) -> Result<Vec<SubjectRow>, StoreError> {
    use enterprises as e;
    let mut query = e::table
        .filter(e::id.gt(after))
        .order(e::id)
        .limit(limit)
        .select((
            e::id,
            e::district_code,
            e::registered_on,
            e::legal_status,
            e::industry_code,
            e::seq,
        ))
        .into_boxed();
    if let Some(code) = &part.district_code {
        query = query.filter(e::district_code.eq(code));
    }
    if let Some(code) = &part.industry_code {
        // A range rather than LIKE, whose case rules differ between the engines.
        query = query
            .filter(e::industry_code.ge(code))
            .filter(e::industry_code.lt(format!("{code}~")));
    }
    Ok(query.load(conn)?)
}
