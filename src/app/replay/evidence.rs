//! What a replay holds decisions against: ledger entries, the register as it was known, rule documents as they stand.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::app::recorded::Recorded;
use crate::app::rules;
use crate::domain::date;
use crate::domain::decision::{Situation, hash_of};
use crate::domain::document::Kind;
use crate::domain::evaluate::{inputs_json, with_situation};
use crate::domain::ledger::leaf_hash;
use crate::domain::rules::{Library, RuleSet};
use crate::store::assessments::{self, DecisionRow};
use crate::store::document_versions::{self, VersionRow};
use crate::store::ledger::{self, Sealed};
use crate::store::{Conn, StoreError, document_retirements, enterprises};

/// About the decisions of a page.
pub(super) struct Evidence {
    recorded: Recorded,
    entries: HashMap<i64, Sealed>,
    usccs: HashMap<String, String>,
    /// Which runs were yearly evaluations, by their number.
    yearly: HashMap<i64, bool>,
}

/// What the decision is made again from: as the ledger swore it, so that an altered column is named and does not make
/// everything else look altered; as the row says where the ledger is silent.
pub(super) struct Basis {
    pub rule_set: String,
    pub rule_hash: String,
    pub inputs_hash: String,
    pub as_of: NaiveDate,
    pub known_seq: i64,
}

impl Basis {
    pub(super) fn of(row: &DecisionRow, sworn: Option<&Json>) -> Basis {
        let text = |name: &str, own: &str| {
            let told = sworn.and_then(|body| body[name].as_str());
            told.unwrap_or(own).to_owned()
        };
        let day = sworn.and_then(|body| date::parse(body["as_of"].as_str()?).ok());
        let known = sworn.and_then(|body| body["known_seq"].as_i64());
        Basis {
            rule_set: text("rule_set", &row.rule_set),
            rule_hash: text("rule_set_hash", &row.rule_hash),
            inputs_hash: text("inputs_hash", &row.inputs_hash),
            as_of: day.unwrap_or(row.as_of),
            known_seq: known.unwrap_or(row.known_seq),
        }
    }
}

/// Rule documents as they stand in the register, read anew: what is kept in memory for the daily work would hide a change.
#[derive(Default)]
pub(in crate::app) struct Versions {
    known: HashMap<document_versions::Count, Arc<KnownVersions>>,
}

/// The versions known at some point of the ledger.
pub(in crate::app) struct KnownVersions {
    pub rows: Vec<VersionRow>,
    /// What of them can be read; nothing if a document no longer is one.
    pub library: Library,
}

impl Evidence {
    pub(super) fn load(conn: &mut Conn, rows: &[DecisionRow]) -> Result<Evidence, StoreError> {
        let mut ids: Vec<String> = rows.iter().map(|row| row.enterprise_id.clone()).collect();
        ids.sort();
        ids.dedup();
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        let runs: Vec<i64> = rows.iter().map(|row| row.run_no).collect();
        let entries = ledger::sealed(conn, &seqs)?;
        let entries: HashMap<i64, Sealed> = entries.into_iter().map(|it| (it.seq, it)).collect();
        let (mut first_day, mut first_known) = (date::LAST_DAY, i64::MAX);
        for row in rows {
            let basis = Basis::of(row, sworn(&entries, row).as_ref());
            first_day = first_day.min(basis.as_of);
            first_known = first_known.min(basis.known_seq);
        }
        Ok(Evidence {
            recorded: Recorded::load(conn, &ids, first_day, first_known)?,
            entries,
            usccs: enterprises::usccs_of(conn, &ids)?.into_iter().collect(),
            yearly: assessments::yearly_of(conn, &runs)?.into_iter().collect(),
        })
    }

    pub(super) fn sworn(&self, row: &DecisionRow) -> Option<Json> {
        sworn(&self.entries, row)
    }

    pub(super) fn uscc(&self, row: &DecisionRow) -> String {
        let found = self.usccs.get(&row.enterprise_id);
        found.cloned().unwrap_or_default()
    }

    /// The inputs as the register gives them for a day and a point of the ledger.
    pub(super) fn inputs(
        &self,
        set: &RuleSet,
        row: &DecisionRow,
        as_of: NaiveDate,
        known_seq: i64,
    ) -> Result<Option<String>, StoreError> {
        let profile = self
            .recorded
            .profile(&row.enterprise_id, as_of, known_seq)?;
        let Some(profile) = profile else {
            return Ok(None);
        };
        let situation = Situation {
            standing: self.recorded.standing(&row.enterprise_id, known_seq),
            yearly: self.yearly.get(&row.run_no).copied().unwrap_or(false),
        };
        let inputs = inputs_json(set, &profile);
        Ok(Some(with_situation(&inputs, &situation.to_json())))
    }
}

/// What the ledger swore when the decision was made; `None` if there is no such entry, or its bytes do not give the hash
/// that stands in the tree.
fn sworn(entries: &HashMap<i64, Sealed>, row: &DecisionRow) -> Option<Json> {
    let sealed = entries.get(&row.seq)?;
    if leaf_hash(sealed.entry.as_bytes()).as_slice() != sealed.leaf_hash {
        return None;
    }
    let entry: Json = serde_json::from_str(&sealed.entry).ok()?;
    let of_this = entry["kind"] == "DECISION_MADE"
        && entry["body"]["decision_id"] == row.id.as_str()
        && entry["subject"]["id"] == row.enterprise_id.as_str();
    of_this.then(|| entry["body"].clone())
}

impl Versions {
    /// The versions among the first so many entries of the ledger.
    pub(in crate::app) fn through(
        &mut self,
        conn: &mut Conn,
        seq: i64,
    ) -> Result<Arc<KnownVersions>, StoreError> {
        let count = document_versions::count_through(conn, Kind::RuleSet, seq)?;
        if let Some(known) = self.known.get(&count) {
            return Ok(known.clone());
        }
        let rows = document_versions::through(conn, Kind::RuleSet, seq)?;
        let retired = document_retirements::through(conn, Kind::RuleSet, seq)?;
        let standing = Arc::new(KnownVersions {
            library: rules::compile(&rows, &retired).unwrap_or_default(),
            rows,
        });
        self.known.insert(count, standing.clone());
        Ok(standing)
    }
}

impl KnownVersions {
    /// The rule set of a hash as it reads on a day, if the document that has the hash still stands, and so do those it
    /// embeds. Else the hash that the document now has.
    pub(super) fn sound(
        &self,
        conn: &mut Conn,
        code: &str,
        hash: &str,
        as_of: NaiveDate,
    ) -> Result<Result<Arc<RuleSet>, Option<String>>, StoreError> {
        let named = |row: &&VersionRow| row.name.code == code && row.hash == hash;
        let found = self.rows.iter().find(named);
        let now = found.map(|row| hash_of(&row.document));
        let set = self.library.of_hash(hash, as_of).cloned();
        let (Some(set), true) = (set, now.as_deref() == Some(hash)) else {
            return Ok(Err(now));
        };
        match self.altered(conn, &set)? {
            None => Ok(Ok(set)),
            Some(other) => Ok(Err(Some(other))),
        }
    }

    /// The first hash, of the rule set itself or of one it embeds, that the ledger does not know.
    fn altered(&self, conn: &mut Conn, set: &RuleSet) -> Result<Option<String>, StoreError> {
        let row = self.rows.iter().find(|row| {
            row.name.code == set.code && row.hash == set.hash && hash_of(&row.document) == set.hash
        });
        let Some(row) = row else {
            return Ok(Some(set.hash.clone()));
        };
        let sealed = ledger::sealed(conn, &[row.seq])?.into_iter().next();
        let entry = sealed.and_then(|it| serde_json::from_str::<Json>(&it.entry).ok());
        if entry.is_none_or(|entry| entry["body"]["hash"] != set.hash.as_str()) {
            return Ok(Some(set.hash.clone()));
        }
        for embedded in &set.embeds {
            if let Some(other) = self.altered(conn, embedded)? {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }
}
