//! Enterprises: the current row, every state before it, and the contact that is kept apart.

mod searched;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::backend::{Conn, on_engine};
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{
    certifications, enterprise_versions as versions, enterprises, personal_values as personal,
};
use super::scope::within;
use super::typed::Typed;
use crate::domain::access::Scope;
use crate::domain::enterprise::LegalStatus;

pub use searched::{SearchRow, changed_after, in_id_order, last_change, names_in_order, names_of};

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
    pub legal_status: Typed<LegalStatus>,
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
    pub legal_status: Typed<LegalStatus>,
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
    Ok(sees(conn, scope, &row)?.then_some(row))
}

/// With the contact in force, unless it was erased.
pub fn with_contact(
    conn: &mut Conn,
    scope: &Scope,
    uscc: &str,
) -> Result<Option<(EnterpriseRow, Option<PersonalRow>)>, StoreError> {
    let contact = personal::subject_id
        .eq(enterprises::id)
        .and(enterprises::contact_commitment.eq(personal::commitment.nullable()));
    let query = enterprises::table
        .left_join(personal::table.on(contact))
        .filter(enterprises::uscc.eq(uscc));
    let found: Option<(EnterpriseRow, Option<PersonalRow>)> = on_engine!(conn, c => query
        .select((EnterpriseRow::as_select(), Option::<PersonalRow>::as_select()))
        .first(c))
    .optional()?;
    let Some(found) = found else { return Ok(None) };
    Ok(sees(conn, scope, &found.0)?.then_some(found))
}

fn sees(conn: &mut Conn, scope: &Scope, row: &EnterpriseRow) -> Result<bool, StoreError> {
    match scope.covers(&row.district_code, &row.id) {
        Some(seen) => Ok(seen),
        None => {
            let found = visible(scope).filter(enterprises::id.eq(&row.id));
            Ok(found.count().get_result::<i64>(conn)? > 0)
        }
    }
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

/// Where a page goes on: from its key on, and of those that share it from the id on. Written as one of both ("greater, or the
/// same and …"), PostgreSQL would walk the index from its beginning for every page.
fn ordered<'a>(query: Query<'a>, page: &'a Page) -> Query<'a> {
    use enterprises as e;
    let query = match (&page.after, page.descending) {
        (None, _) => query,
        (Some(After::Name(name, id)), false) => query.filter(
            e::name_sort
                .ge(name)
                .and(e::name_sort.gt(name).or(e::id.gt(id))),
        ),
        (Some(After::Name(name, id)), true) => query.filter(
            e::name_sort
                .le(name)
                .and(e::name_sort.lt(name).or(e::id.lt(id))),
        ),
        (Some(After::RegisteredOn(day, id)), false) => query.filter(
            e::registered_on
                .ge(day)
                .and(e::registered_on.gt(day).or(e::id.gt(id))),
        ),
        (Some(After::RegisteredOn(day, id)), true) => query.filter(
            e::registered_on
                .le(day)
                .and(e::registered_on.lt(day).or(e::id.lt(id))),
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
    contact: Option<&PersonalRow>,
) -> Result<bool, StoreError> {
    match conn {
        Conn::Postgres(c) => {
            let row = row_columns(std::slice::from_ref(row));
            let state = state_columns(std::slice::from_ref(state));
            let contact = contact.map(|it| personal_columns(std::slice::from_ref(it)));
            let mut others: Vec<bulk::NewRow<'_>> = vec![("enterprise_versions", &state)];
            if let Some(contact) = &contact {
                others.push(("personal_values", contact));
            }
            let row = ("enterprises", row.as_slice());
            Ok(bulk::insert_if_free(c, row, "uscc", &others)?)
        }
        // Prepared, each of the three is cheaper than the text of one for all.
        Conn::Sqlite(c) => {
            let inserted = diesel::insert_into(enterprises::table)
                .values(row)
                .execute(c);
            match inserted {
                Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                    return Ok(false);
                }
                other => other?,
            };
            diesel::insert_into(versions::table)
                .values(state)
                .execute(c)?;
            if let Some(contact) = contact {
                diesel::insert_into(personal::table)
                    .values(contact)
                    .execute(c)?;
            }
            Ok(true)
        }
    }
}

pub fn insert_all(conn: &mut Conn, rows: &[EnterpriseRow]) -> Result<(), StoreError> {
    bulk::insert(conn, "enterprises", &row_columns(rows))
}

pub fn insert_states(conn: &mut Conn, rows: &[VersionRow]) -> Result<(), StoreError> {
    bulk::insert(conn, "enterprise_versions", &state_columns(rows))
}

pub fn insert_contacts(conn: &mut Conn, rows: &[PersonalRow]) -> Result<(), StoreError> {
    bulk::insert(conn, "personal_values", &personal_columns(rows))
}

fn row_columns(rows: &[EnterpriseRow]) -> [bulk::NamedColumn; 15] {
    columns! { rows;
        id uscc uscc_override_reason name name_sort district_code park registered_on
        industry_code legal_status contact_commitment pool seq created_at updated_at
    }
}

fn state_columns(rows: &[VersionRow]) -> [bulk::NamedColumn; 11] {
    columns! { rows;
        enterprise_id seq effective_from recorded_at name district_code park registered_on
        industry_code legal_status contact_commitment
    }
}

fn personal_columns(rows: &[PersonalRow]) -> [bulk::NamedColumn; 5] {
    columns! { rows; commitment subject_id salt value recorded_at }
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
