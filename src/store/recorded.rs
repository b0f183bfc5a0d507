//! All that was recorded about some enterprises and that rules may look at, in the order in which it was recorded, so
//! that any earlier knowledge can be told from it by the sequence.

use diesel::prelude::*;

use super::assessments::SubjectRow;
use super::backend::Conn;
use super::certifications::TitleRow;
use super::error::StoreError;
use super::facts::StatementRow;
use super::memberships::MembershipRow;
use super::schema::{
    certifications as c, enterprise_versions as v, fact_statements as f, memberships as m,
};
use chrono::NaiveDate;

/// A state of an enterprise with the day it holds from.
pub type State = (NaiveDate, SubjectRow);

pub fn statements(conn: &mut Conn, ids: &[String]) -> Result<Vec<StatementRow>, StoreError> {
    Ok(f::table
        .filter(f::enterprise_id.eq_any(ids))
        .order((f::enterprise_id, f::seq))
        .select(StatementRow::as_select())
        .load(conn)?)
}

pub fn titles(conn: &mut Conn, ids: &[String]) -> Result<Vec<TitleRow>, StoreError> {
    Ok(c::table
        .filter(c::enterprise_id.eq_any(ids))
        .order((c::enterprise_id, c::id, c::seq))
        .select((
            c::enterprise_id,
            c::id,
            c::seq,
            c::scheme,
            c::valid_from,
            c::valid_through,
        ))
        .load(conn)?)
}

/// In the order of the days they hold from, so that the last one that had begun by a day is the one that held.
pub fn states(conn: &mut Conn, ids: &[String]) -> Result<Vec<State>, StoreError> {
    Ok(v::table
        .filter(v::enterprise_id.eq_any(ids))
        .order((v::enterprise_id, v::effective_from, v::seq))
        .select((
            v::effective_from,
            (
                v::enterprise_id,
                v::district_code,
                v::registered_on,
                v::legal_status,
                v::industry_code,
                v::seq,
            ),
        ))
        .load(conn)?)
}

/// Oldest membership first.
pub fn memberships(conn: &mut Conn, ids: &[String]) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.eq_any(ids))
        .order((m::enterprise_id, m::started_on, m::id, m::seq))
        .select(MembershipRow::as_select())
        .load(conn)?)
}
