//! The test cases (测试案例) of a version.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::stage::{find, reopen, step};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::rules;
use crate::app::shown::Instant;
use crate::app::{App, Done};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::at::At;
use crate::domain::drafting::life::{Act, State};
use crate::domain::drafting::shipped_cases::shipped_cases;
use crate::domain::drafting::tried::TestCase;
use crate::domain::event::{self, Event};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::fold::sha256;
use crate::domain::rules::RuleSet;
use crate::store::rule_drafts::{self, DraftRow};
use crate::store::rule_tests::{self, CaseRow};
use crate::store::rule_versions::RuleVersionRow;
use crate::store::{Changed, Conn, Seq, StoreError, Tx};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TestCase)]
pub struct CaseView {
    pub id: String,
    /// In golden form; `expected` has bare members.
    #[schema(value_type = Object)]
    pub case: Json,
    pub added_by: String,
    pub recorded_at: Instant,
}

/// What a change of the cases came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseChange {
    pub added: Vec<String>,
    /// Those whose id was there with another content.
    pub replaced: Vec<String>,
    pub removed: Vec<String>,
    pub total: usize,
    /// Of the version: `DRAFT` again once a case of an approved one was replaced or taken away.
    #[schema(value_type = String)]
    pub state: State,
}

/// More cases than any rule set has boundaries.
const MOST_CASES: usize = 2_000;

/// Adds cases; one whose id is there already takes its place.
pub fn add_cases(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    given: &[Json],
) -> Result<Done<CaseChange>, AppError> {
    let standing = app.store.read(|conn| find(conn, code, number))?;
    step(&standing, Act::Test)?;
    if given.is_empty() {
        return Err(AppError::invalid(FieldError::new(
            "/cases",
            "field.required",
        )));
    }
    let set = read_document(app, &standing)?;
    let cases = read(given, &set)?;
    let code = code.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &code, number)?;
        step(&row, Act::Test)?;
        if row.document_hash != standing.document_hash {
            return Err(AppError::conflict("request.conflict"));
        }
        let known = rule_tests::cases(tx.conn, &code, number, tx.now)?;
        let there = |case: &CaseRow| known.iter().find(|it| it.id == case.id).cloned();
        let new: Vec<CaseRow> = cases.iter().map(|case| case_row(tx, &row, case)).collect();
        let new: Vec<CaseRow> = new
            .into_iter()
            .filter(|case| there(case).is_none_or(|it| it.body != case.body))
            .collect();
        let (replaced, added): (Vec<&CaseRow>, Vec<&CaseRow>) =
            new.iter().partition(|case| there(case).is_some());
        let total = known.len() + added.len();
        if total > MOST_CASES {
            let fault = Fault::new("rule_case.too_many").with("max", MOST_CASES);
            return Err(AppError::invalid(fault.at("/cases")));
        }
        let ids = |rows: &[&CaseRow]| rows.iter().map(|it| it.id.clone()).collect();
        let changed = CaseChange {
            added: ids(&added),
            replaced: ids(&replaced),
            removed: Vec::new(),
            total,
            state: *row.state,
        };
        let old: Vec<&str> = changed.replaced.iter().map(String::as_str).collect();
        rule_tests::supersede_cases(tx.conn, &code, number, &old, tx.actor, tx.now)?;
        let last = keep(tx, (&row.code, number), new)?;
        settle(tx, &row, changed, last)
    })
}

/// Takes a case away.
pub fn remove_case(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    id: &str,
) -> Result<Done<CaseChange>, AppError> {
    let (code, id) = (code.to_string(), id.to_string());
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &code, number)?;
        step(&row, Act::Edit)?;
        let known = rule_tests::cases(tx.conn, &code, number, tx.now)?;
        if !known.iter().any(|it| it.id == id) {
            return Err(AppError::NotFound);
        }
        rule_tests::supersede_cases(tx.conn, &code, number, &[&id], tx.actor, tx.now)?;
        let changed = CaseChange {
            added: Vec::new(),
            replaced: Vec::new(),
            removed: vec![id],
            total: known.len() - 1,
            state: *row.state,
        };
        let told = tx.tell(Event::RuleCasesChanged(event::rules::CasesChanged {
            code,
            version: number,
            cases: BTreeMap::new(),
            removed: changed.removed.clone(),
        }))?;
        settle(tx, &row, changed, Some(told))
    })
}

/// The cases of a version as they were known at an instant, by id.
pub fn list_cases(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    code: &str,
    number: i64,
    at: At,
) -> Result<Vec<CaseView>, AppError> {
    app.store.read(|conn| {
        exists(conn, code, number, at.known_at)?;
        let rows = rule_tests::cases(conn, code, number, at.known_at)?;
        rows.into_iter()
            .map(|row| {
                Ok(CaseView {
                    case: serde_json::from_str(&row.body).map_err(StoreError::corrupt)?,
                    id: row.id,
                    added_by: row.added_by,
                    recorded_at: row.recorded_at.into(),
                })
            })
            .collect()
    })
}

/// Whether there was such a version, drafted or published.
pub fn exists(
    conn: &mut Conn,
    code: &str,
    number: i64,
    known_at: DateTime<Utc>,
) -> Result<(), AppError> {
    use crate::store::rule_versions;
    if !rules::is_code(code) {
        return Err(AppError::NotFound);
    }
    let drafts = rule_drafts::of_code(conn, code, known_at)?;
    let published = rule_versions::of_code(conn, code, known_at)?;
    let there = drafts.iter().any(|it| it.version == number)
        || published.iter().any(|it| it.version == number);
    match there {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
}

/// A draft's document as it reads on its first day.
pub fn read_document(app: &App, row: &DraftRow) -> Result<RuleSet, AppError> {
    let document = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
    rules::checked(app, &document)
}

/// `sha256:` over the cases in the order of their ids.
pub fn hash(rows: &[CaseRow]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(&row.body);
        hash.update("\n");
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The cases of the version before that can be asked of this one too.
pub fn inherit(tx: &mut Tx<'_>, row: &DraftRow, periods: &[RuleSet]) -> Result<(), AppError> {
    let Some(set) = periods.first() else {
        return Ok(());
    };
    let Some(before) = rule_tests::version_before(tx.conn, &row.code, row.version)? else {
        return Ok(());
    };
    let mut kept = Vec::new();
    for case in rule_tests::cases(tx.conn, &row.code, before, tx.now)? {
        let body: Json = serde_json::from_str(&case.body).map_err(StoreError::corrupt)?;
        if let Ok(case) = TestCase::read(&body, set) {
            kept.push(case_row(tx, row, &case));
        }
    }
    keep(tx, (&row.code, row.version), kept)?;
    Ok(())
}

/// The cases that come with the program, for a version that does; where it has none, nothing is told.
pub fn keep_shipped(
    tx: &mut Tx<'_>,
    version: &RuleVersionRow,
    set: &RuleSet,
) -> Result<Option<Seq>, AppError> {
    let cases = read(&shipped_cases(&set.code, &set.name), set)?;
    let rows = cases.iter().map(|case| CaseRow {
        code: version.code.clone(),
        version: version.version,
        ..row(tx, case)
    });
    let rows: Vec<CaseRow> = rows.collect();
    Ok(keep(tx, (&version.code, version.version), rows)?)
}

/// So many in one event: an entry has its limits.
const TOLD_AT_ONCE: usize = 100;

/// Tells of cases of a version that are new or take another's place, and keeps them; where the last of it was told.
fn keep(
    tx: &mut Tx<'_>,
    (code, version): (&str, i64),
    mut rows: Vec<CaseRow>,
) -> Result<Option<Seq>, StoreError> {
    let mut last = None;
    for part in rows.chunks_mut(TOLD_AT_ONCE) {
        let cases = part.iter().map(|it| (it.id.clone(), sha256(&it.body)));
        let seq = tx.tell(Event::RuleCasesChanged(event::rules::CasesChanged {
            code: code.into(),
            version,
            cases: cases.collect(),
            removed: Vec::new(),
        }))?;
        part.iter_mut().for_each(|it| it.seq = seq.get());
        last = Some(seq);
    }
    rule_tests::insert_cases(tx.conn, &rows)?;
    Ok(last)
}

fn read(given: &[Json], set: &RuleSet) -> Result<Vec<TestCase>, AppError> {
    let mut errors = Vec::new();
    let mut cases: Vec<TestCase> = Vec::new();
    for (index, body) in given.iter().enumerate() {
        let at = |error: FieldError| FieldError {
            pointer: format!("/cases/{index}{}", error.pointer),
            ..error
        };
        match TestCase::read(body, set) {
            Ok(case) if cases.iter().any(|it| it.id == case.id) => {
                errors.push(at(FieldError::new("/id", "rule_case.id_twice")));
            }
            Ok(case) => cases.push(case),
            Err(error) => errors.push(at(error)),
        }
        const MOST_ERRORS: usize = 20;
        if errors.len() == MOST_ERRORS {
            break;
        }
    }
    match errors.is_empty() {
        true => Ok(cases),
        false => Err(AppError::Invalid { errors }),
    }
}

fn case_row(tx: &Tx<'_>, version: &DraftRow, case: &TestCase) -> CaseRow {
    CaseRow {
        code: version.code.clone(),
        version: version.version,
        ..row(tx, case)
    }
}

fn row(tx: &Tx<'_>, case: &TestCase) -> CaseRow {
    CaseRow {
        code: String::new(),
        version: 0,
        id: case.id.clone(),
        // Once it is told.
        seq: 0,
        // Texts and whole numbers: what stands in a case always has a canonical form.
        body: serde_json_canonicalizer::to_string(&case.body).unwrap_or_default(),
        added_by: tx.actor.into(),
        recorded_at: tx.now.naive_utc(),
        superseded_at: None,
        superseded_by: None,
    }
}

/// An approval is void once a case was replaced or taken away.
fn settle(
    tx: &mut Tx<'_>,
    row: &DraftRow,
    mut changed: CaseChange,
    mut last: Option<Seq>,
) -> Result<Changed<CaseChange>, AppError> {
    let takes_back = !changed.replaced.is_empty() || !changed.removed.is_empty();
    if takes_back && changed.state != State::Draft {
        last = Some(reopen(tx, row)?);
        changed.state = State::Draft;
    }
    Ok(Changed::perhaps(changed, last))
}
