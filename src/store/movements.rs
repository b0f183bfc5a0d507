//! Proposed changes of pool on their way through endorsement and approval.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{enterprises, pool_movements as p};
use super::scope::within;
use super::typed::Typed;
use crate::domain::access::Scope;
use crate::domain::event::pools::MovementState;
use crate::domain::movement::{Kind, State};
use crate::domain::pool::{ExitReason, Pool};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = p)]
pub struct MovementRow {
    pub id: String,
    pub enterprise_id: String,
    /// Where the enterprise lay when it was proposed. Who sees it and decides it goes by where it lies now.
    pub district_code: String,
    pub kind: Typed<Kind>,
    pub from_pool: Option<Typed<Pool>>,
    pub to_pool: Option<Typed<Pool>>,
    pub exit_reason: Option<Typed<ExitReason>>,
    pub state: Typed<State>,
    pub decision_id: Option<String>,
    pub run_id: Option<String>,
    /// JSON array of criterion ids.
    pub failed_criteria: String,
    pub proposed_by: String,
    pub proposed_at: NaiveDateTime,
    pub endorsed_by: Option<String>,
    pub endorsed_at: Option<NaiveDateTime>,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub reason: Option<String>,
    pub effective_on: Option<NaiveDate>,
    /// The end of a manual override.
    pub until: Option<NaiveDate>,
    /// The one extension of the stay (延期).
    pub extension: bool,
    pub seq: i64,
}

impl MovementRow {
    /// As an event tells of it.
    pub fn told(&self) -> MovementState {
        MovementState {
            enterprise_id: self.enterprise_id.clone(),
            movement_id: self.id.clone(),
            district_code: self.district_code.clone(),
            kind: *self.kind,
            from_pool: self.from_pool.map(|it| *it),
            to_pool: self.to_pool.map(|it| *it),
            exit_reason: self.exit_reason.map(|it| *it),
            state: *self.state,
            decision_id: self.decision_id.clone(),
            run_id: self.run_id.clone(),
            failed_criteria: self.failed_criteria.clone(),
            proposed_by: self.proposed_by.clone(),
            proposed_at: self.proposed_at.and_utc(),
            endorsed_by: self.endorsed_by.clone(),
            endorsed_at: self.endorsed_at.map(|it| it.and_utc()),
            decided_by: self.decided_by.clone(),
            decided_at: self.decided_at.map(|it| it.and_utc()),
            reason: self.reason.clone(),
            effective_on: self.effective_on,
            until: self.until,
            extension: self.extension,
        }
    }

    /// The row that an event told of.
    pub fn of(told: MovementState, seq: i64) -> MovementRow {
        MovementRow {
            id: told.movement_id,
            enterprise_id: told.enterprise_id,
            district_code: told.district_code,
            kind: told.kind.into(),
            from_pool: told.from_pool.map(Typed),
            to_pool: told.to_pool.map(Typed),
            exit_reason: told.exit_reason.map(Typed),
            state: told.state.into(),
            decision_id: told.decision_id,
            run_id: told.run_id,
            failed_criteria: told.failed_criteria,
            proposed_by: told.proposed_by,
            proposed_at: told.proposed_at.naive_utc(),
            endorsed_by: told.endorsed_by,
            endorsed_at: told.endorsed_at.map(|it| it.naive_utc()),
            decided_by: told.decided_by,
            decided_at: told.decided_at.map(|it| it.naive_utc()),
            reason: told.reason,
            effective_on: told.effective_on,
            until: told.until,
            extension: told.extension,
            seq,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<State>,
    pub kind: Option<Kind>,
    pub district_code: Option<String>,
    pub run_id: Option<String>,
    pub enterprise_id: Option<String>,
}

pub fn by_id(conn: &mut Conn, scope: &Scope, id: &str) -> Result<Option<MovementRow>, StoreError> {
    Ok(visible(scope)
        .filter(p::id.eq(id))
        .select(MovementRow::as_select())
        .first(conn)
        .optional()?)
}

/// Those of these ids that the scope sees.
pub fn by_ids(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[String],
) -> Result<Vec<MovementRow>, StoreError> {
    Ok(visible(scope)
        .filter(p::id.eq_any(ids))
        .select(MovementRow::as_select())
        .load(conn)?)
}

/// A movement with the enterprise's code, name and district as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub row: MovementRow,
    pub uscc: String,
    pub name: String,
    pub district_code: String,
}

/// Oldest first.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Named>, StoreError> {
    let rows: Vec<MovementRow> = listed(scope, filter, after)
        .limit(limit)
        .select(MovementRow::as_select())
        .load(conn)?;
    with_names(conn, rows)
}

fn listed<'a>(scope: &'a Scope, filter: &'a Filter, after: Option<&'a str>) -> Query<'a> {
    let mut query = visible(scope);
    if let Some(state) = filter.state {
        query = query.filter(p::state.eq(Typed(state)));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(p::kind.eq(Typed(kind)));
    }
    if let Some(code) = &filter.district_code {
        query = query.filter(lies_in(code));
    }
    if let Some(run) = &filter.run_id {
        query = query.filter(p::run_id.eq(run));
    }
    if let Some(id) = &filter.enterprise_id {
        query = query.filter(p::enterprise_id.eq(id));
    }
    if let Some(after) = after {
        query = query.filter(p::id.gt(after));
    }
    query.order(p::id)
}

/// Movements that were approved for a day that has come.
pub fn due(conn: &mut Conn, today: NaiveDate, limit: i64) -> Result<Vec<MovementRow>, StoreError> {
    Ok(p::table
        .filter(p::state.eq(Typed(State::Approved)))
        .filter(p::effective_on.le(today))
        .order((p::effective_on, p::id))
        .limit(limit)
        .select(MovementRow::as_select())
        .load(conn)?)
}

/// The open movements of all enterprises from one id to another, both included.
pub fn open_of_range(
    conn: &mut Conn,
    from: &str,
    to: &str,
) -> Result<Vec<MovementRow>, StoreError> {
    Ok(open_between(from, to)
        .select(MovementRow::as_select())
        .load(conn)?)
}

/// The state is asked for as an expression, so that no planner takes the index by state: after the first run of a register
/// nearly every firm has an open movement, and each chunk would walk through all of them.
#[diesel::dsl::auto_type(no_type_alias)]
fn open_between<'a>(from: &'a str, to: &'a str) -> _ {
    let open: [&'static str; 3] = State::OPEN.map(State::as_str);
    p::table
        .filter(p::enterprise_id.ge(from))
        .filter(p::enterprise_id.le(to))
        .filter(p::state.concat("").eq_any(open))
        .order(p::enterprise_id)
}

pub fn open_of(conn: &mut Conn, enterprise_id: &str) -> Result<Option<MovementRow>, StoreError> {
    Ok(open_of_range(conn, enterprise_id, enterprise_id)?.pop())
}

/// Writes down how far they have come; what was proposed stays as it is.
pub fn update_all(conn: &mut Conn, rows: &[MovementRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        id state endorsed_by endorsed_at decided_by decided_at reason effective_on seq
    };
    bulk::update(conn, "pool_movements", &columns)
}

pub fn insert_all(conn: &mut Conn, rows: &[MovementRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        id enterprise_id district_code kind from_pool to_pool exit_reason state decision_id run_id
        failed_criteria proposed_by proposed_at endorsed_by endorsed_at decided_by decided_at reason
        effective_on until extension seq
    };
    bulk::insert(conn, "pool_movements", &columns)
}

/// One movement with what its enterprise is called.
pub fn with_name(conn: &mut Conn, row: MovementRow) -> Result<Named, StoreError> {
    let mut named = with_names(conn, vec![row])?;
    named
        .pop()
        .ok_or_else(|| StoreError::corrupt("a movement vanished"))
}

type Query<'a> = p::BoxedQuery<'a, super::enterprises::Backend>;

fn visible(scope: &Scope) -> Query<'_> {
    let all = p::table.into_boxed();
    within!(all, scope, lies_in | code | lies_in(code), p::enterprise_id)
}

/// Asked of each movement by the enterprise's key: beginning with the enterprises of the district, a page would have to
/// gather and order all they ever had.
#[diesel::dsl::auto_type(no_type_alias)]
fn lies_in<'a>(code: &'a str) -> _ {
    exists(
        enterprises::table
            .filter(enterprises::id.eq(p::enterprise_id))
            .filter(enterprises::district_code.eq(code)),
    )
}

fn with_names(conn: &mut Conn, rows: Vec<MovementRow>) -> Result<Vec<Named>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.enterprise_id.as_str()).collect();
    let known: Vec<(String, String, String, String)> = enterprises::table
        .filter(enterprises::id.eq_any(ids))
        .select((
            enterprises::id,
            enterprises::uscc,
            enterprises::name,
            enterprises::district_code,
        ))
        .load(conn)?;
    let known: HashMap<String, _> = known
        .into_iter()
        .map(|(id, uscc, name, district_code)| (id, (uscc, name, district_code)))
        .collect();
    rows.into_iter()
        .map(|row| {
            // An enterprise may have several movements on a page.
            let (uscc, name, district_code) = known
                .get(&row.enterprise_id)
                .cloned()
                .ok_or_else(|| StoreError::corrupt("a movement of no enterprise"))?;
            Ok(Named {
                row,
                uscc,
                name,
                district_code,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use diesel::query_builder::{AstPass, Query as Statement, QueryFragment, QueryId};
    use diesel::query_dsl::RunQueryDsl;
    use diesel::sql_types::{Integer, Text};

    use super::super::backend::{Engine, Purpose};
    use super::super::enterprises::Backend;
    use super::*;

    /// A query that is not run but planned.
    #[derive(QueryId)]
    struct Explain<Q>(Q);

    impl<Q> Statement for Explain<Q> {
        type SqlType = (Integer, Integer, Integer, Text);
    }

    impl<Q> RunQueryDsl<Conn> for Explain<Q> {}

    impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for Explain<Q> {
        fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
            out.push_sql("EXPLAIN QUERY PLAN ");
            self.0.walk_ast(out)
        }
    }

    /// The steps by which SQLite finds what a query asks for.
    fn plan<Q: QueryFragment<Backend> + QueryId>(query: Q) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("plan.db").display());
        crate::store::migrate(&url).unwrap();
        let engine = Engine::from_url(&url).unwrap();
        let mut conn = engine.connect(Purpose::Read).unwrap();
        let steps: Vec<(i32, i32, i32, String)> = Explain(query).load(&mut conn).unwrap();
        steps.into_iter().map(|step| step.3).collect()
    }

    /// One look at the wrong index made a whole assessment grow with the square of the register.
    #[test]
    fn open_movements_of_a_chunk_are_found_by_enterprise() {
        let by_enterprise = "SEARCH pool_movements USING INDEX pool_movements_enterprise (enterprise_id>? AND enterprise_id<?)";
        assert_eq!(plan(open_between("a", "b")), [by_enterprise]);
    }

    /// In the order of the list and no further than the page: where each enterprise lies is looked up by its key.
    #[test]
    fn a_page_of_a_district_is_read_in_the_order_of_the_list() {
        let scope = Scope::District("330602".into());
        let proposed = Filter {
            state: Some(State::Proposed),
            district_code: Some("330602".into()),
            ..Filter::default()
        };
        let lies_in = "SEARCH enterprises EXISTS USING PRIMARY KEY (id=?)";
        for (filter, found_by) in [
            (
                Filter::default(),
                "SEARCH pool_movements USING INDEX sqlite_autoindex_pool_movements_1 (id>?)",
            ),
            (
                proposed,
                "SEARCH pool_movements USING INDEX pool_movements_state (state=? AND id>?)",
            ),
        ] {
            let steps = plan(listed(&scope, &filter, Some("m")).limit(50));
            assert_eq!(steps[0], found_by);
            assert!(steps.len() > 1, "{steps:?}");
            assert!(steps[1..].iter().all(|step| step == lies_in), "{steps:?}");
        }
    }
}
