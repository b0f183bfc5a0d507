//! What the index of names and codes reads.

use diesel::prelude::*;

use crate::store::backend::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{enterprise_versions as versions, enterprises};

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
                .ge(sort)
                .and(e::name_sort.gt(sort).or(e::id.gt(id))),
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
