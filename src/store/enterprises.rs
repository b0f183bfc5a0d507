//! Enterprises: the current row, every state before it, and the contact that is kept apart.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{
    certifications, enterprise_versions as versions, enterprises, personal_values as personal,
};
use super::scope::within;
use crate::domain::access::Scope;

pub type Backend = <Conn as Connection>::Backend;
type Query<'a> = enterprises::BoxedQuery<'a, Backend>;

/// An enterprise as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enterprises, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct EnterpriseRow {
    pub id: String,
    pub uscc: String,
    pub uscc_override_reason: Option<String>,
    pub name: String,
    pub name_sort: String,
    pub district_code: String,
    pub park: Option<String>,
    pub registered_on: NaiveDate,
    pub industry_code: String,
    pub legal_status: String,
    pub contact_commitment: Option<String>,
    pub pool: Option<String>,
    pub seq: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

/// A state with the date it holds from and the instant it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
pub struct VersionRow {
    pub enterprise_id: String,
    pub seq: i64,
    pub effective_from: NaiveDate,
    pub recorded_at: NaiveDateTime,
    pub name: String,
    pub district_code: String,
    pub park: Option<String>,
    pub registered_on: NaiveDate,
    pub industry_code: String,
    pub legal_status: String,
    pub contact_commitment: Option<String>,
}

/// A personal value, which can be erased, under the commitment that events name.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = personal, treat_none_as_default_value = false)]
pub struct PersonalRow {
    pub commitment: String,
    pub subject_id: String,
    pub salt: String,
    pub value: String,
    pub recorded_at: NaiveDateTime,
}

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub district_code: Option<String>,
    pub pool: Option<String>,
    /// Holds a valid title of this scheme on this day.
    pub scheme: Option<(String, NaiveDate)>,
    /// A section letter, or a code from its letter on.
    pub industry_code: Option<String>,
    pub legal_status: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Name,
    RegisteredOn,
    UpdatedAt,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    Name(String, String),
    RegisteredOn(NaiveDate, String),
    UpdatedAt(i64),
}

/// A page asked for: its order and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub sort: Sort,
    pub descending: bool,
    pub after: Option<After>,
    pub limit: i64,
}

/// The enterprises a scope sees: where every read of the register begins.
pub fn visible(scope: &Scope) -> Query<'_> {
    let all = enterprises::table.into_boxed();
    within!(all, scope, enterprises::district_code, enterprises::id)
}

pub fn by_uscc(
    conn: &mut Conn,
    scope: &Scope,
    uscc: &str,
) -> Result<Option<EnterpriseRow>, StoreError> {
    // The key finds one row by a cached statement; the scope is then a comparison, not another plan.
    let query = enterprises::table.filter(enterprises::uscc.eq(uscc));
    let row: Option<EnterpriseRow> =
        on_engine!(conn, c => query.select(EnterpriseRow::as_select()).first(c)).optional()?;
    let Some(row) = row else { return Ok(None) };
    let seen = match scope.covers(&row.district_code, &row.id) {
        Some(seen) => seen,
        None => {
            let found = visible(scope).filter(enterprises::id.eq(&row.id));
            found.count().get_result::<i64>(conn)? > 0
        }
    };
    Ok(seen.then_some(row))
}

pub fn by_ids(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[&str],
) -> Result<Vec<EnterpriseRow>, StoreError> {
    Ok(visible(scope)
        .filter(enterprises::id.eq_any(ids))
        .select(EnterpriseRow::as_select())
        .load(conn)?)
}

/// The contact behind a commitment, unless it was erased.
pub fn personal_value(
    conn: &mut Conn,
    subject_id: &str,
    commitment: &str,
) -> Result<Option<PersonalRow>, StoreError> {
    let query = personal::table.find((subject_id, commitment));
    Ok(on_engine!(conn, c => query.select(PersonalRow::as_select()).first(c)).optional()?)
}

pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<EnterpriseRow>, StoreError> {
    let query = ordered(filtered(visible(scope), filter), page);
    Ok(query
        .limit(page.limit)
        .select(EnterpriseRow::as_select())
        .load(conn)?)
}

pub fn count(conn: &mut Conn, scope: &Scope, filter: &Filter) -> Result<i64, StoreError> {
    Ok(filtered(visible(scope), filter).count().get_result(conn)?)
}

/// Of these ids, the rows that pass scope and filter.
pub fn matching(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    ids: &[String],
) -> Result<Vec<EnterpriseRow>, StoreError> {
    Ok(filtered(visible(scope), filter)
        .filter(enterprises::id.eq_any(ids))
        .select(EnterpriseRow::as_select())
        .load(conn)?)
}

/// How many of these ids pass scope and filter.
pub fn count_matching(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    ids: &[String],
) -> Result<i64, StoreError> {
    let query = filtered(visible(scope), filter).filter(enterprises::id.eq_any(ids));
    Ok(query.count().get_result(conn)?)
}

fn filtered<'a>(mut query: Query<'a>, filter: &'a Filter) -> Query<'a> {
    if let Some(code) = &filter.district_code {
        query = query.filter(enterprises::district_code.eq(code));
    }
    if let Some(pool) = &filter.pool {
        query = query.filter(enterprises::pool.eq(pool));
    }
    if let Some(status) = &filter.legal_status {
        query = query.filter(enterprises::legal_status.eq(status));
    }
    if let Some(code) = &filter.industry_code {
        // A range rather than LIKE, whose case rules differ between the engines.
        query = query
            .filter(enterprises::industry_code.ge(code))
            .filter(enterprises::industry_code.lt(format!("{code}~")));
    }
    if let Some((scheme, day)) = &filter.scheme {
        let held = certifications::table
            .filter(certifications::enterprise_id.eq(enterprises::id))
            .filter(certifications::scheme.eq(scheme))
            .filter(certifications::superseded_at.is_null())
            .filter(certifications::valid_from.le(day))
            .filter(
                certifications::valid_through
                    .is_null()
                    .or(certifications::valid_through.ge(day)),
            );
        query = query.filter(exists(held));
    }
    query
}

fn ordered<'a>(query: Query<'a>, page: &'a Page) -> Query<'a> {
    use enterprises as e;
    let query = match (&page.after, page.descending) {
        (None, _) => query,
        (Some(After::Name(name, id)), false) => query.filter(
            e::name_sort
                .gt(name)
                .or(e::name_sort.eq(name).and(e::id.gt(id))),
        ),
        (Some(After::Name(name, id)), true) => query.filter(
            e::name_sort
                .lt(name)
                .or(e::name_sort.eq(name).and(e::id.lt(id))),
        ),
        (Some(After::RegisteredOn(day, id)), false) => query.filter(
            e::registered_on
                .gt(day)
                .or(e::registered_on.eq(day).and(e::id.gt(id))),
        ),
        (Some(After::RegisteredOn(day, id)), true) => query.filter(
            e::registered_on
                .lt(day)
                .or(e::registered_on.eq(day).and(e::id.lt(id))),
        ),
        (Some(After::UpdatedAt(seq)), false) => query.filter(e::seq.gt(seq)),
        (Some(After::UpdatedAt(seq)), true) => query.filter(e::seq.lt(seq)),
    };
    match (page.sort, page.descending) {
        (Sort::Name, false) => query.order((e::name_sort.asc(), e::id.asc())),
        (Sort::Name, true) => query.order((e::name_sort.desc(), e::id.desc())),
        (Sort::RegisteredOn, false) => query.order((e::registered_on.asc(), e::id.asc())),
        (Sort::RegisteredOn, true) => query.order((e::registered_on.desc(), e::id.desc())),
        (Sort::UpdatedAt, false) => query.order(e::seq.asc()),
        (Sort::UpdatedAt, true) => query.order(e::seq.desc()),
    }
}

/// What was true on a day, by what was known at an instant.
pub fn state_at(
    conn: &mut Conn,
    enterprise_id: &str,
    as_of: NaiveDate,
    known_at: DateTime<Utc>,
) -> Result<Option<VersionRow>, StoreError> {
    Ok(versions::table
        .filter(versions::enterprise_id.eq(enterprise_id))
        .filter(versions::recorded_at.le(known_at.naive_utc()))
        .filter(versions::effective_from.le(as_of))
        .order((versions::effective_from.desc(), versions::seq.desc()))
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Every recorded state, in the order of the dates they hold from.
pub fn states(
    conn: &mut Conn,
    enterprise_id: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<VersionRow>, StoreError> {
    Ok(versions::table
        .filter(versions::enterprise_id.eq(enterprise_id))
        .filter(versions::recorded_at.le(known_at.naive_utc()))
        .order((versions::effective_from, versions::seq))
        .select(VersionRow::as_select())
        .load(conn)?)
}

/// Since when each exists, by its id, seen from no scope.
pub fn registered_on(
    conn: &mut Conn,
    ids: &[&str],
) -> Result<Vec<(String, NaiveDate)>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::id.eq_any(ids))
        .select((enterprises::id, enterprises::registered_on))
        .load(conn)?)
}

/// Puts a new one on the register; `false` where its code is taken: a natural key is unique across the whole register, and
/// the index that keeps it so is asked here anyway.
pub fn insert(
    conn: &mut Conn,
    row: &EnterpriseRow,
    state: &VersionRow,
) -> Result<bool, StoreError> {
    let inserted =
        on_engine!(conn, c => diesel::insert_into(enterprises::table).values(row).execute(c));
    match inserted {
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
        Err(error) => Err(error.into()),
        Ok(_) => insert_state(conn, state).map(|()| true),
    }
}

pub fn insert_state(conn: &mut Conn, state: &VersionRow) -> Result<(), StoreError> {
    on_engine!(conn, c => diesel::insert_into(versions::table).values(state).execute(c))?;
    Ok(())
}

pub fn insert_personal(conn: &mut Conn, row: &PersonalRow) -> Result<(), StoreError> {
    on_engine!(conn, c => diesel::insert_into(personal::table).values(row).execute(c))?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &EnterpriseRow) -> Result<(), StoreError> {
    let changed = diesel::update(enterprises::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    match changed {
        1 => Ok(()),
        _ => Err(StoreError::corrupt(
            "an enterprise vanished while it was changed",
        )),
    }
}

/// What the search index needs of the enterprises changed after a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SearchRow {
    pub id: String,
    pub uscc: String,
    pub name: String,
    pub name_sort: String,
    pub district_code: String,
    pub seq: i64,
}

type SearchColumns = (
    enterprises::id,
    enterprises::uscc,
    enterprises::name,
    enterprises::name_sort,
    enterprises::district_code,
    enterprises::seq,
);

const SEARCHED: SearchColumns = (
    enterprises::id,
    enterprises::uscc,
    enterprises::name,
    enterprises::name_sort,
    enterprises::district_code,
    enterprises::seq,
);

pub fn changed_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<SearchRow>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::seq.gt(seq))
        .order(enterprises::seq)
        .limit(limit)
        .select(SEARCHED)
        .load(conn)?)
}

/// Sort keys and ids in their order, the next so many after one. An index holds both, so that no row is read.
pub fn names_in_order(
    conn: &mut Conn,
    after: Option<&(String, String)>,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    use enterprises as e;
    let (sort, id) = after.map_or(("", ""), |(sort, id)| (sort, id));
    Ok(e::table
        .filter(
            e::name_sort
                .gt(sort)
                .or(e::name_sort.eq(sort).and(e::id.gt(id))),
        )
        .order((e::name_sort, e::id))
        .limit(limit)
        .select((e::name_sort, e::id))
        .load(conn)?)
}

/// The next so many after an id.
pub fn in_id_order(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<SearchRow>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::id.gt(after))
        .order(enterprises::id)
        .limit(limit)
        .select(SEARCHED)
        .load(conn)?)
}

/// The sequence of the latest change of any enterprise; 0 where there is none.
pub fn last_change(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> = enterprises::table
        .order(enterprises::seq.desc())
        .select(enterprises::seq)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// Earlier names, oldest first, with the id they belong to.
pub fn names_of(conn: &mut Conn, ids: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(versions::table
        .filter(versions::enterprise_id.eq_any(ids))
        .order((versions::enterprise_id, versions::seq))
        .select((versions::enterprise_id, versions::name))
        .load(conn)?)
}

/// The districts that the enterprises of a scope lie in.
pub fn districts_of(conn: &mut Conn, scope: &Scope) -> Result<Vec<String>, StoreError> {
    Ok(visible(scope)
        .select(enterprises::district_code)
        .distinct()
        .load(conn)?)
}

/// The codes of enterprises by their ids.
pub fn usccs_of(conn: &mut Conn, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::id.eq_any(ids))
        .select((enterprises::id, enterprises::uscc))
        .load(conn)?)
}
