//! What a document says at the place of a boundary, so that it can be told whether the place is still the same.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::site::{Owner, Site};
use crate::rules::RuleSet;
use crate::rules::dated;
use crate::rules::place::{Kind, NamedTable};

/// The tables of a document by their names, as they read in the period of a rule set.
pub struct Origins {
    tables: BTreeMap<String, Json>,
    /// SHA-256 of the document without what publication sets in it: once for all places that depend on the whole.
    whole: Json,
    /// The names of the items and blocks, as entries are counted.
    entries: Vec<String>,
}

impl Origins {
    pub fn of(set: &RuleSet) -> Self {
        // The rule set was read from this very document on this very day.
        let resolved = dated::resolve(&set.document, &set.code, set.effective_from);
        let mut whole = resolved.map_or(Json::Null, |it| it.document);
        if let Some(members) = whole.as_object_mut() {
            members.remove("version");
            members.remove("effective_from");
        }
        let tables = NamedTable::all(&whole).into_iter();
        let tables = tables.map(|it| (it.name.clone(), json!(it.table)));
        let text = serde_json_canonicalizer::to_string(&whole).unwrap_or_default();
        let entries = set.points.entries.iter().map(|it| it.id.clone());
        Self {
            tables: tables.collect(),
            entries: entries.collect(),
            whole: json!(hex(&text)),
        }
    }

    /// Of a criterion, item or block its table; what belongs to the rule set as a whole (a route, "k of n", a gate, a tier,
    /// a floor) depends on all of it.
    pub fn hash(&self, site: &Site) -> String {
        let table = match site.owner {
            Owner::Criterion { criterion, .. } => self.tables.get(&criterion.id),
            Owner::Entry(index) => self.entries.get(index).and_then(|id| self.entry(id)),
            Owner::Whole => None,
        };
        let told = json!([site.id, table.unwrap_or(&self.whole)]);
        let text = serde_json_canonicalizer::to_string(&told).unwrap_or_default();
        format!("sha256:{}", hex(&text))
    }

    fn entry(&self, id: &str) -> Option<&Json> {
        let named = |kind: Kind| self.tables.get(&format!("{}:{id}", kind.key()));
        named(Kind::Item).or_else(|| named(Kind::Block))
    }
}

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
