//! What the ledger swears of each column of each table; a column without a line fails a test.
//!
//! FOLDED: it stands in an event. HASHED: an event holds the SHA-256 of its text. PROVED: a folded column of the row is a hash
//! over it and others. DERIVED: it follows from what is folded, and
//! is worked out again. UNSWORN: no event tells of it, for the reason beside it.

use serde_json::Value as Json;

use super::row::{Key, Row};
use crate::contact;
use crate::decision::{hash_of, receipt_hash};

/// A table and what is sworn of it. Columns are divided by blanks; one that is no text says so: `seq:int`.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// SQL for the id of the subject whose events make a row.
    pub of: &'static str,
    pub key: &'static str,
    pub folded: &'static str,
    pub hashed: &'static str,
    pub derived: &'static str,
    pub proved: &'static str,
    /// Whether the proved columns of a row are what its folded ones say.
    pub proof: fn(&Row) -> bool,
    pub unsworn: &'static [(&'static str, &'static str)],
    /// Whether a row may be missing: what is personal can be erased.
    pub erasable: bool,
    /// Whether the rows of each subject are read by themselves, since those of many may not fit into the memory.
    pub large: bool,
    /// Whether all rows of a subject are sworn of as one, by the hash over them in the order of their key.
    pub together: bool,
}

/// A table of which no event tells.
#[derive(Debug)]
pub struct Unsworn {
    pub name: &'static str,
    pub why: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Bool,
    Date,
    Instant,
    Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sworn {
    Folded,
    Hashed,
    Derived,
    Proved,
}

/// A column of which the ledger tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub sworn: Sworn,
}

const NOTHING: Table = Table {
    name: "",
    of: "",
    key: "",
    folded: "",
    hashed: "",
    derived: "",
    proved: "",
    proof: |_| true,
    unsworn: &[],
    erasable: false,
    large: false,
    together: false,
};

/// Under this name a row stands for all of a subject, whose hash it holds.
pub const TOGETHER: &str = "rows";

pub const TABLES: &[Table] = &[
    Table {
        name: "enterprises",
        of: "id",
        key: "id",
        folded: "id uscc uscc_override_reason created_at:instant",
        derived: "name name_sort district_code park registered_on:date industry_code legal_status contact_commitment pool \
                  seq:int updated_at:instant",
        ..NOTHING
    },
    Table {
        name: "enterprise_versions",
        of: "enterprise_id",
        key: "enterprise_id seq effective_from",
        folded: "enterprise_id seq:int effective_from:date recorded_at:instant name district_code park registered_on:date \
                 industry_code legal_status contact_commitment",
        ..NOTHING
    },
    Table {
        name: "personal_values",
        of: "subject_id",
        key: "subject_id commitment",
        folded: "subject_id commitment recorded_at:instant",
        proved: "salt value",
        proof: value_is_what_was_committed_to,
        erasable: true,
        ..NOTHING
    },
    Table {
        name: "fact_statements",
        of: "enterprise_id",
        key: "enterprise_id seq",
        folded: "enterprise_id seq:int year:int effective_from:date facts evidence source recorded_by recorded_at:instant",
        derived: "stands:bool",
        ..NOTHING
    },
    Table {
        name: "certifications",
        of: "enterprise_id",
        key: "id seq",
        folded: "id seq:int enterprise_id scheme number valid_from:date valid_through:date issuer document recorded_by \
                 recorded_at:instant",
        derived: "superseded_at:instant",
        ..NOTHING
    },
    Table {
        name: "document_versions",
        of: "name",
        key: "name version",
        folded: "name version:int effective_from:date hash recorded_at:instant seq:int",
        hashed: "document",
        ..NOTHING
    },
    Table {
        name: "document_drafts",
        of: "name",
        key: "name version seq",
        folded: "name version:int seq:int state document_hash created_by created_at:instant edited_by edited_at:instant \
                 approved_by approved_at:instant published_by reason recorded_at:instant",
        hashed: "document",
        derived: "superseded_at:instant",
        ..NOTHING
    },
    Table {
        name: "document_cases",
        of: "name",
        key: "name version id seq",
        folded: "name version:int id seq:int added_by recorded_at:instant",
        hashed: "body",
        derived: "superseded_at:instant superseded_by",
        ..NOTHING
    },
    Table {
        name: "document_waivers",
        of: "name",
        key: "name version boundary place_hash seq",
        folded: "name version:int boundary place_hash seq:int what_zh what_en reason document_hash waived_by waived_at:instant \
                 recorded_at:instant",
        derived: "superseded_at:instant superseded_by",
        ..NOTHING
    },
    Table {
        name: "document_test_runs",
        of: "name",
        key: "id",
        folded: "id name version:int document_hash cases_hash passed:bool case_count:int failed_count:int missing_count:int \
                 run_by run_at:instant seq:int",
        hashed: "report",
        ..NOTHING
    },
    Table {
        name: "document_retirements",
        of: "name",
        key: "id",
        folded: "id name state effective_until:date reason proposed_by proposed_at:instant decided_by decided_at:instant \
                 decision_reason seq:int",
        ..NOTHING
    },
    Table {
        name: "simulations",
        of: "id",
        key: "id",
        folded: "id rule_set base_version:int base_hash proposed_version:int proposed_hash change as_of:date known_at:instant \
                 filter state total:int moved:int summary_hash created_by created_at:instant seq:int",
        hashed: "document summary",
        derived: "finished_at:instant",
        ..NOTHING
    },
    Table {
        name: "simulation_movements",
        of: "simulation_id",
        key: "simulation_id place",
        hashed: "simulation_id place:int enterprise_id district_code industry_code size_class stood stands direction criteria",
        large: true,
        together: true,
        ..NOTHING
    },
    Table {
        name: "imports",
        of: "id",
        key: "id",
        folded: "id created_by created_at:instant files_hash",
        hashed: "report",
        ..NOTHING
    },
    Table {
        name: "export_files",
        of: "id",
        key: "id",
        folded: "id created_by epoch:int created_at:instant file_name media_type",
        hashed: "content:bytes",
        large: true,
        ..NOTHING
    },
    Table {
        name: "users",
        of: "id",
        key: "id",
        folded: "id password_changed_at:instant password_provisional:bool second_factor:bool role district_code \
                 enterprise_id state epoch:int",
        hashed: "username password_hash",
        derived: "created_at:instant updated_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "password_history",
        of: "user_id",
        key: "user_id seq",
        hashed: "password_hash",
        derived: "user_id seq:int",
        ..NOTHING
    },
    Table {
        name: "role_assignments",
        of: "user_id",
        key: "id",
        folded: "id user_id role district_code enterprise_id proposed_by proposed_at:instant decided_by decided_at:instant reason",
        derived: "state seq:int",
        ..NOTHING
    },
    Table {
        name: "second_factors",
        of: "user_id",
        key: "user_id",
        folded: "user_id state last_step:int created_at:instant",
        hashed: "sealed_secret",
        ..NOTHING
    },
    Table {
        name: "recovery_codes",
        of: "user_id",
        key: "user_id code_hash",
        folded: "user_id",
        hashed: "code_hash",
        ..NOTHING
    },
    Table {
        name: "account_setups",
        of: "user_id",
        key: "token_hash",
        folded: "user_id created_at:instant expires_at:instant",
        hashed: "token_hash",
        ..NOTHING
    },
    Table {
        name: "agencies",
        of: "id",
        key: "id",
        folded: "id uscc name state created_by created_at:instant updated_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "delegations",
        of: "enterprise_id",
        key: "id",
        folded: "id enterprise_id agency_id valid_from:date valid_through:date made_by made_at:instant revoked_by \
                 revoked_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "delegation_scopes",
        // Of a delegation that is none, its own: so that it is found to be nobody's.
        of: "COALESCE((SELECT d.enterprise_id FROM delegations d WHERE d.id = delegation_id), delegation_id)",
        key: "delegation_id scope",
        folded: "delegation_id scope",
        ..NOTHING
    },
    Table {
        name: "api_clients",
        of: "id",
        key: "id",
        folded: "id name enterprise_id agency_id scopes addresses state created_by created_at:instant updated_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "api_keys",
        of: "client_id",
        key: "id",
        folded: "id client_id place:int kind hint created_by created_at:instant expires_at:instant ended_by ended_at:instant \
                 last_used_at:instant seq:int",
        hashed: "hash",
        ..NOTHING
    },
    Table {
        name: "signing_keys",
        of: "kid",
        key: "kid",
        folded: "kid created_at:instant signs_from:instant good_until:instant withdrawn_at:instant",
        hashed: "sealed_key",
        ..NOTHING
    },
    Table {
        name: "secrets",
        of: "name",
        key: "name",
        folded: "name",
        hashed: "value",
        ..NOTHING
    },
    Table {
        name: "assessment_runs",
        of: "id",
        key: "id",
        folded: "id run_no:int rule_set rule_version:int rule_hash as_of:date known_at:instant known_seq:int filter \
                 dry_run:bool yearly:bool state done:int total:int summary created_by created_at:instant \
                 finished_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "decisions",
        of: "enterprise_id",
        key: "id",
        folded: "id enterprise_id rule_set rule_version:int rule_hash run_no:int as_of:date known_at:instant outcome pool \
                 digest hash seq:int known_seq:int engine_version:int inputs_hash moves_digest",
        proved: "inputs result",
        proof: decision_is_what_was_hashed,
        ..NOTHING
    },
    Table {
        name: "decision_heads",
        of: "enterprise_id",
        key: "enterprise_id rule_set",
        derived: "enterprise_id rule_set decision_id digest moves_digest",
        ..NOTHING
    },
    Table {
        name: "memberships",
        of: "enterprise_id",
        key: "id seq",
        folded: "id seq:int enterprise_id pool started_on:date ended_on:date exit_reason failures:int last_yearly:int \
                 at_risk_since:date extended_until:date extension_reason override_until:date override_reason movement_id \
                 recorded_at:instant",
        derived: "superseded_at:instant",
        ..NOTHING
    },
    Table {
        name: "pool_movements",
        of: "enterprise_id",
        key: "id",
        folded: "id enterprise_id district_code kind from_pool to_pool exit_reason state decision_id run_id \
                 failed_criteria proposed_by proposed_at:instant endorsed_by endorsed_at:instant decided_by \
                 decided_at:instant reason effective_on:date until:date extension:bool seq:int",
        ..NOTHING
    },
    Table {
        name: "late_findings",
        of: "enterprise_id",
        key: "id",
        folded: "id decision_id enterprise_id rule_set as_of:date effect cause_seq:int cause_kind cause_by outcome_then \
                 pool_then digest_then version_now:int rule_hash_now outcome_now pool_now digest_now found_at:instant state \
                 reason decided_by decided_at:instant seq:int",
        ..NOTHING
    },
    Table {
        name: "late_cursor",
        of: "'all'",
        key: "id",
        folded: "id:int seq:int sweep_seq:int sweep_after",
        ..NOTHING
    },
];

pub const UNSWORN: &[Unsworn] = &[
    Unsworn {
        name: "ledger_entries",
        why: "the ledger itself: its entries are held by their tree",
    },
    Unsworn {
        name: "ledger_head",
        why: "the ledger itself: size, root and frontier are computed again from the entries, its instant is held against the last entry's",
    },
    Unsworn {
        name: "idempotency_keys",
        why: "answers to be given again for some days; they decide nothing",
    },
    Unsworn {
        name: "operations",
        why: "work in progress and how it ended; whoever writes here can tell a client that work failed or send it to another \
              address, which gives nothing that is not there and nothing the client may not see",
    },
    Unsworn {
        name: "sessions",
        why: "log-ins that run or ran, where from, and deleted after months; one that is made or brought back lets only a holder of \
              tokens that this program signed act as an account, whose role and state are sworn",
    },
    Unsworn {
        name: "__diesel_schema_migrations",
        why: "which migrations ran; a table that differs shows by its columns",
    },
];

fn decision_is_what_was_hashed(row: &Row) -> bool {
    let text = |column: &str| row.get(column).and_then(Json::as_str).unwrap_or_default();
    let (inputs, result) = (text("inputs"), text("result"));
    text("inputs_hash") == hash_of(inputs)
        && text("hash") == receipt_hash(text("rule_hash"), inputs, result)
}

fn value_is_what_was_committed_to(row: &Row) -> bool {
    let text = |column: &str| row.get(column).and_then(Json::as_str).unwrap_or_default();
    text("commitment") == contact::commitment(text("salt"), text("value"))
}

/// The table of this name, which is one of the list.
pub fn table(name: &str) -> &'static Table {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .unwrap_or(&NOTHING)
}

impl Table {
    /// In the order in which they are read.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        let all = [
            (self.folded, Sworn::Folded),
            (self.hashed, Sworn::Hashed),
            (self.derived, Sworn::Derived),
            (self.proved, Sworn::Proved),
        ];
        all.into_iter().flat_map(|(columns, sworn)| {
            columns.split_whitespace().map(move |column| {
                let (name, kind) = column.split_once(':').unwrap_or((column, ""));
                let kind = match kind {
                    "int" => Kind::Int,
                    "bool" => Kind::Bool,
                    "date" => Kind::Date,
                    "instant" => Kind::Instant,
                    "bytes" => Kind::Bytes,
                    _ => Kind::Text,
                };
                Column { name, kind, sworn }
            })
        })
    }

    /// What is compared of a row.
    pub fn compared(&self) -> Vec<Column> {
        match self.together {
            false => self.columns().collect(),
            true => vec![Column {
                name: TOGETHER,
                kind: Kind::Text,
                sworn: Sworn::Folded,
            }],
        }
    }

    pub fn key_of(&self, row: &Row) -> Key {
        let text = |column| match row.get(column) {
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        self.key.split_whitespace().map(text).collect()
    }
}
