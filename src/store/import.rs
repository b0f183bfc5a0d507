//! Many rows of the register at once: what an import reads to compare with, and what it writes.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, Column};
use super::certifications::CertificationRow;
use super::enterprises::{EnterpriseRow, PersonalRow, VersionRow};
use super::error::StoreError;
use super::facts::StatementRow;
use super::schema::{
    certifications as c, enterprises as e, fact_statements as s, personal_values as p,
};

/// Far below what either engine binds in one statement.
const KEYS_A_QUERY: usize = 1_000;

/// The enterprises with these codes, seen from no scope: a natural key is unique across the whole register.
pub fn by_usccs(conn: &mut Conn, usccs: &[&str]) -> Result<Vec<EnterpriseRow>, StoreError> {
    in_chunks(usccs, |keys| {
        e::table
            .filter(e::uscc.eq_any(keys))
            .select(EnterpriseRow::as_select())
            .load(conn)
    })
}

/// The contacts these enterprises have and had, unless they were erased.
pub fn personal_values(conn: &mut Conn, ids: &[&str]) -> Result<Vec<PersonalRow>, StoreError> {
    in_chunks(ids, |keys| {
        p::table
            .filter(p::subject_id.eq_any(keys))
            .select(PersonalRow::as_select())
            .load(conn)
    })
}

/// All statements about these enterprises, in the order they were recorded.
pub fn statements(conn: &mut Conn, ids: &[&str]) -> Result<Vec<StatementRow>, StoreError> {
    in_chunks(ids, |keys| {
        s::table
            .filter(s::enterprise_id.eq_any(keys))
            .order((s::enterprise_id, s::seq))
            .select(StatementRow::as_select())
            .load(conn)
    })
}

/// The titles in force of these enterprises.
pub fn titles(conn: &mut Conn, ids: &[&str]) -> Result<Vec<CertificationRow>, StoreError> {
    in_chunks(ids, |keys| {
        c::table
            .filter(c::enterprise_id.eq_any(keys))
            .filter(c::superseded_at.is_null())
            .order((c::enterprise_id, c::id))
            .select(CertificationRow::as_select())
            .load(conn)
    })
}

pub fn insert_enterprises(conn: &mut Conn, rows: &[EnterpriseRow]) -> Result<(), StoreError> {
    let columns = vec![
        ("id", text(rows, |r| &r.id)),
        ("uscc", text(rows, |r| &r.uscc)),
        (
            "uscc_override_reason",
            optional(rows, |r| &r.uscc_override_reason),
        ),
        ("name", text(rows, |r| &r.name)),
        ("name_sort", text(rows, |r| &r.name_sort)),
        ("district_code", text(rows, |r| &r.district_code)),
        ("park", optional(rows, |r| &r.park)),
        (
            "registered_on",
            Column::Date(rows.iter().map(|r| r.registered_on).collect()),
        ),
        ("industry_code", text(rows, |r| &r.industry_code)),
        ("legal_status", text(rows, |r| &r.legal_status)),
        (
            "contact_commitment",
            optional(rows, |r| &r.contact_commitment),
        ),
        ("pool", optional(rows, |r| &r.pool)),
        ("seq", Column::Big(rows.iter().map(|r| r.seq).collect())),
        ("created_at", instant(rows, |r| r.created_at)),
        ("updated_at", instant(rows, |r| r.updated_at)),
    ];
    bulk::insert(conn, "enterprises", &columns)
}

pub fn insert_states(conn: &mut Conn, rows: &[VersionRow]) -> Result<(), StoreError> {
    let columns = vec![
        ("enterprise_id", text(rows, |r| &r.enterprise_id)),
        ("seq", Column::Big(rows.iter().map(|r| r.seq).collect())),
        (
            "effective_from",
            Column::Date(rows.iter().map(|r| r.effective_from).collect()),
        ),
        ("recorded_at", instant(rows, |r| r.recorded_at)),
        ("name", text(rows, |r| &r.name)),
        ("district_code", text(rows, |r| &r.district_code)),
        ("park", optional(rows, |r| &r.park)),
        (
            "registered_on",
            Column::Date(rows.iter().map(|r| r.registered_on).collect()),
        ),
        ("industry_code", text(rows, |r| &r.industry_code)),
        ("legal_status", text(rows, |r| &r.legal_status)),
        (
            "contact_commitment",
            optional(rows, |r| &r.contact_commitment),
        ),
    ];
    bulk::insert(conn, "enterprise_versions", &columns)
}

pub fn insert_personal(conn: &mut Conn, rows: &[PersonalRow]) -> Result<(), StoreError> {
    let columns = vec![
        ("commitment", text(rows, |r| &r.commitment)),
        ("subject_id", text(rows, |r| &r.subject_id)),
        ("salt", text(rows, |r| &r.salt)),
        ("value", text(rows, |r| &r.value)),
        ("recorded_at", instant(rows, |r| r.recorded_at)),
    ];
    bulk::insert(conn, "personal_values", &columns)
}

pub fn insert_statements(conn: &mut Conn, rows: &[StatementRow]) -> Result<(), StoreError> {
    let columns = vec![
        ("enterprise_id", text(rows, |r| &r.enterprise_id)),
        ("seq", Column::Big(rows.iter().map(|r| r.seq).collect())),
        (
            "year",
            Column::OptInt(rows.iter().map(|r| r.year).collect()),
        ),
        (
            "effective_from",
            Column::OptDate(rows.iter().map(|r| r.effective_from).collect()),
        ),
        ("facts", text(rows, |r| &r.facts)),
        ("evidence", text(rows, |r| &r.evidence)),
        ("source", text(rows, |r| &r.source)),
        ("recorded_by", text(rows, |r| &r.recorded_by)),
        ("recorded_at", instant(rows, |r| r.recorded_at)),
    ];
    bulk::insert(conn, "fact_statements", &columns)
}

pub fn insert_titles(conn: &mut Conn, rows: &[CertificationRow]) -> Result<(), StoreError> {
    let columns = vec![
        ("id", text(rows, |r| &r.id)),
        ("seq", Column::Big(rows.iter().map(|r| r.seq).collect())),
        ("enterprise_id", text(rows, |r| &r.enterprise_id)),
        ("scheme", text(rows, |r| &r.scheme)),
        ("number", text(rows, |r| &r.number)),
        (
            "valid_from",
            Column::Date(rows.iter().map(|r| r.valid_from).collect()),
        ),
        (
            "valid_through",
            Column::OptDate(rows.iter().map(|r| r.valid_through).collect()),
        ),
        ("issuer", optional(rows, |r| &r.issuer)),
        ("document", optional(rows, |r| &r.document)),
        ("recorded_by", text(rows, |r| &r.recorded_by)),
        ("recorded_at", instant(rows, |r| r.recorded_at)),
        (
            "superseded_at",
            Column::OptInstant(rows.iter().map(|r| r.superseded_at).collect()),
        ),
    ];
    bulk::insert(conn, "certifications", &columns)
}

fn in_chunks<T>(
    keys: &[&str],
    mut load: impl FnMut(&[&str]) -> QueryResult<Vec<T>>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(KEYS_A_QUERY) {
        found.extend(load(chunk)?);
    }
    Ok(found)
}

fn text<T>(rows: &[T], of: impl Fn(&T) -> &String) -> Column {
    Column::Text(rows.iter().map(|row| of(row).clone()).collect())
}

fn optional<T>(rows: &[T], of: impl Fn(&T) -> &Option<String>) -> Column {
    Column::OptText(rows.iter().map(|row| of(row).clone()).collect())
}

fn instant<T>(rows: &[T], of: impl Fn(&T) -> NaiveDateTime) -> Column {
    Column::Instant(rows.iter().map(of).collect())
}
