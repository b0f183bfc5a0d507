//! One decision held against the evidence, field by field.

use serde_json::{Value as Json, json};

use super::evidence::{Basis, Evidence, Versions};
use super::replayed::{Checks, DecisionReplay, Differing};
use crate::app::error::AppError;
use crate::app::shown::Day;
use crate::domain::decision::{
    self, Difference, Kept, MOST_DIFFERENCES, differences, hash_of, receipt_hash,
};
use crate::domain::evaluate::ENGINE_VERSION;
use crate::store::Conn;
use crate::store::assessments::DecisionRow;

pub(super) fn replay(
    conn: &mut Conn,
    versions: &mut Versions,
    evidence: &Evidence,
    row: &DecisionRow,
) -> Result<DecisionReplay, AppError> {
    let sworn = evidence.sworn(row);
    let mut found = Found::default();
    found.checked.ledger = match &sworn {
        Some(body) => found.columns(row, body),
        None => {
            found.differs("/ledger_seq", json!(row.seq), Json::Null);
            false
        }
    };
    let basis = Basis::of(row, sworn.as_ref());
    found.checked.inputs_hash = hash_of(&row.inputs) == basis.inputs_hash;
    let hash = receipt_hash(&row.rule_hash, &row.inputs, &row.result);
    found.checked.decision_hash = row.hash == hash;
    let standing = versions.through(conn, basis.known_seq)?;
    let set = standing.sound(conn, &basis.rule_set, &basis.rule_hash, basis.as_of)?;
    match set {
        Err(now) => found.differs("/rule_set_hash", json!(basis.rule_hash), json!(now)),
        Ok(set) => {
            found.checked.rule_set_hash = true;
            let register = evidence.inputs(&set, row, basis.as_of, basis.known_seq)?;
            let inputs = found.inputs(row, &basis, register);
            found.result(
                row,
                decision::replay(&set, basis.as_of, &inputs),
                &basis,
                &inputs,
            );
        }
    }
    Ok(DecisionReplay {
        decision_id: row.id.clone(),
        uscc: evidence.uscc(row),
        rule_set: row.rule_set.clone(),
        as_of: Day(row.as_of),
        reproduced: found.differences.is_empty() && found.checked.all(),
        engine_version: row.engine_version,
        replayed_by: ENGINE_VERSION,
        differences: found.differences.into_iter().map(Differing::from).collect(),
        checked: found.checked,
    })
}

impl Checks {
    fn all(&self) -> bool {
        self.rule_set_hash
            && self.inputs_hash
            && self.register
            && self.result_hash
            && self.decision_hash
            && self.ledger
    }
}

#[derive(Default)]
struct Found {
    differences: Vec<Difference>,
    checked: Checks,
}

impl Found {
    /// The columns that the ledger tells of, too.
    fn columns(&mut self, row: &DecisionRow, sworn: &Json) -> bool {
        let before = self.differences.len();
        let pairs = [
            ("rule_set", "rule_set", json!(row.rule_set)),
            ("version", "rule_set_version", json!(row.rule_version)),
            ("rule_set_hash", "rule_set_hash", json!(row.rule_hash)),
            ("as_of", "as_of", json!(row.as_of.to_string())),
            ("outcome", "outcome", json!(row.outcome)),
            ("pool", "pool", json!(row.pool)),
            ("hash", "hash", json!(row.hash)),
            ("inputs_hash", "inputs_hash", json!(row.inputs_hash)),
            (
                "engine_version",
                "engine_version",
                json!(row.engine_version),
            ),
            ("known_seq", "known_seq", json!(row.known_seq)),
        ];
        for (pointer, member, stored) in pairs {
            if sworn[member] != stored {
                self.differs(&format!("/{pointer}"), stored, sworn[member].clone());
            }
        }
        self.differences.len() == before
    }

    /// Compares stored inputs with the register's; gives those from which to go on.
    fn inputs(&mut self, row: &DecisionRow, basis: &Basis, register: Option<String>) -> String {
        let Some(register) = register else {
            self.differs("/inputs", json!(row.inputs), Json::Null);
            return row.inputs.clone();
        };
        self.checked.register = register == row.inputs;
        self.extend(differences("/inputs", &row.inputs, &register));
        if self.checked.inputs_hash {
            return row.inputs.clone();
        }
        if hash_of(&register) == basis.inputs_hash {
            // These are the inputs that were hashed: what was stored since is named, and the rest is judged by them.
            return register;
        }
        if self.checked.register {
            self.differs(
                "/inputs_hash",
                json!(basis.inputs_hash),
                json!(hash_of(&row.inputs)),
            );
        }
        row.inputs.clone()
    }

    fn result(
        &mut self,
        row: &DecisionRow,
        again: Result<Kept, crate::domain::field_error::FieldError>,
        basis: &Basis,
        inputs: &str,
    ) {
        let kept = match again {
            Ok(kept) => kept,
            Err(error) => {
                let pointer = format!("/inputs{}", error.pointer);
                return self.differs(&pointer, json!(error.code), Json::Null);
            }
        };
        self.checked.result_hash = kept.result == row.result;
        self.extend(differences("/result", &row.result, &kept.result));
        let columns = [
            ("/outcome", json!(row.outcome), json!(kept.outcome)),
            ("/pool", json!(row.pool), json!(kept.pool)),
            ("/digest", json!(row.digest), json!(kept.digests.placing)),
            (
                "/moves_digest",
                json!(row.moves_digest),
                json!(kept.digests.moves),
            ),
            (
                "/hash",
                json!(row.hash),
                json!(receipt_hash(&basis.rule_hash, inputs, &kept.result)),
            ),
        ];
        for (pointer, stored, recomputed) in columns {
            let named = self.differences.iter().any(|it| it.pointer == pointer);
            // Another engine has other digests: that alone is nothing that was altered.
            let of_engine = pointer.ends_with("digest") && row.engine_version != ENGINE_VERSION;
            if stored != recomputed && !named && !of_engine {
                self.differs(pointer, stored, recomputed);
            }
        }
    }

    fn differs(&mut self, pointer: &str, stored: Json, recomputed: Json) {
        self.extend(vec![Difference {
            pointer: pointer.to_owned(),
            stored,
            recomputed,
        }]);
    }

    fn extend(&mut self, found: Vec<Difference>) {
        let room = MOST_DIFFERENCES.saturating_sub(self.differences.len());
        self.differences.extend(found.into_iter().take(room));
    }
}
