//! Who has recorded something that a decision did not know and that changes what it reads: nobody judges the own work.

use std::collections::HashSet;

use super::search::{OF_ENTERPRISES, touching};
use crate::app::replay::Versions;
use crate::domain::document::Kind;
use crate::domain::ledger::Told;
use crate::store::assessments::DecisionRow;
use crate::store::late;
use crate::store::{Conn, StoreError, document_retirements, document_versions, ledger};

/// Of the enterprise's entries and of the rule versions and retirements for the decision's day, whoever made one that
/// came after what the decision knew; not only of the last, which the finding names.
pub(super) fn makers(conn: &mut Conn, row: &DecisionRow) -> Result<HashSet<String>, StoreError> {
    let mut entries = late::since(conn, &row.enterprise_id, row.known_seq, &OF_ENTERPRISES)?;
    let seqs = of_rules(conn, row)?;
    entries.extend(ledger::sealed(conn, &seqs)?.into_iter().map(|it| it.entry));
    let actor = |entry: String| {
        let entry = Told::read(&entry).map_err(StoreError::corrupt)?;
        Ok(entry.actor)
    };
    entries.into_iter().map(actor).collect()
}

/// The entries that changed which rules are in force on the decision's day.
fn of_rules(conn: &mut Conn, row: &DecisionRow) -> Result<Vec<i64>, StoreError> {
    let published = document_versions::through(conn, Kind::RuleSet, i64::MAX)?.into_iter();
    let published = published
        .filter(|it| it.effective_from <= row.as_of)
        .map(|it| (it.seq, it.name.code.clone()));
    let retired = document_retirements::through(conn, Kind::RuleSet, i64::MAX)?.into_iter();
    let retired = retired
        .filter(|it| it.effective_until < row.as_of)
        .map(|it| (it.seq, it.name.code.clone()));
    let mut later: Vec<(i64, String)> = published.chain(retired).collect();
    later.retain(|(seq, _)| *seq > row.known_seq);
    if later.is_empty() {
        return Ok(Vec::new());
    }
    let standing = Versions::default().through(conn, i64::MAX)?;
    later.retain(|(_, code)| touching(&standing.library, code).contains(&row.rule_set));
    Ok(later.into_iter().map(|(seq, _)| seq).collect())
}
