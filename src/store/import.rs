//! Many rows of the register at once: what an import reads to compare with, and what it writes.

use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::certifications::CertificationRow;
use super::enterprises::{EnterpriseRow, PersonalRow};
use super::error::StoreError;
use super::schema::{certifications as c, enterprises as e, personal_values as p};

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

pub fn insert_titles(conn: &mut Conn, rows: &[CertificationRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        id seq enterprise_id scheme number valid_from valid_through issuer document
        recorded_by recorded_at superseded_at
    };
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
