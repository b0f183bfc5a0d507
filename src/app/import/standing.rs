//! What the register says now of the enterprises that an import speaks of.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::app::enterprise;
use crate::app::error::AppError;
use crate::app::figures;
use crate::domain::contact::Contact;
use crate::domain::statement::Statement;
use crate::store::certifications::CertificationRow;
use crate::store::enterprises::EnterpriseRow;
use crate::store::profile::{self, Known, Of, Seen, Topic};
use crate::store::{Conn, import};

/// One enterprise with all that is compared.
pub struct OnRecord {
    pub row: EnterpriseRow,
    pub contact: Contact,
    /// Those that tell what stands, in the order in which they were recorded.
    pub statements: Vec<Statement>,
    pub titles: Vec<CertificationRow>,
}

/// By code; codes the register does not have are missing. Dated facts are compared from this day on.
pub fn load(
    conn: &mut Conn,
    usccs: &[&str],
    facts_from: NaiveDate,
) -> Result<HashMap<String, OnRecord>, AppError> {
    let rows = import::by_usccs(conn, usccs)?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut contacts = HashMap::new();
    for value in import::personal_values(conn, &ids)? {
        let contact = enterprise::opened(&value)?;
        contacts.insert(value.commitment, contact);
    }
    let mut statements: HashMap<String, Vec<Statement>> = HashMap::new();
    let own: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let seen = Seen {
        as_of: facts_from,
        known: Known::Since(i64::MAX),
    };
    for row in profile::statements(conn, Of::These(&own), Topic::All, seen)? {
        let id = row.enterprise_id.clone();
        statements
            .entry(id)
            .or_default()
            .push(figures::statement_of(row)?);
    }
    let mut titles: HashMap<String, Vec<CertificationRow>> = HashMap::new();
    for row in import::titles(conn, &ids)? {
        titles
            .entry(row.enterprise_id.clone())
            .or_default()
            .push(row);
    }
    let standing = rows.into_iter().map(|row| {
        let contact = row
            .contact_commitment
            .as_ref()
            .and_then(|c| contacts.remove(c));
        let standing = OnRecord {
            contact: contact.unwrap_or_default(),
            statements: statements.remove(&row.id).unwrap_or_default(),
            titles: titles.remove(&row.id).unwrap_or_default(),
            row,
        };
        (standing.row.uscc.clone(), standing)
    });
    Ok(standing.collect())
}
