//! The test cases (测试案例) of a version.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::kind::{Case, Document, Sound};
use super::stage::{find, reopen, step};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::shown::Instant;
use crate::app::{App, Done};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::at::At;
use crate::domain::document::life::{Act, State};
use crate::domain::event::{self, Event};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::fold::sha256;
use crate::store::document_drafts::{self, DraftRow};
use crate::store::document_tests::{self, CaseRow};
use crate::store::document_versions::{self, VersionRow};
use crate::store::typed::Named;
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
    of: &Document,
    number: i64,
    given: &[Json],
) -> Result<Done<CaseChange>, AppError> {
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Test)?;
    if given.is_empty() {
        return Err(AppError::invalid(FieldError::new(
            "/cases",
            "field.required",
        )));
    }
    let sound = of.read(app, &standing.document)?;
    let cases = read(given, &*sound)?;
    let of = of.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &of, number)?;
        step(&row, Act::Test)?;
        if row.document_hash != standing.document_hash {
            return Err(AppError::conflict("request.conflict"));
        }
        let known = document_tests::cases(tx.conn, &of.name, number, tx.now)?;
        let there = |case: &CaseRow| known.iter().find(|it| it.id == case.id).cloned();
        let as_kept = cases
            .iter()
            .map(|case| case_row(tx, (&row.name, number), case));
        let new: Vec<CaseRow> = as_kept.collect();
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
        document_tests::supersede_cases(tx.conn, &of.name, number, &old, tx.actor, tx.now)?;
        let last = keep(tx, (&row.name, number), new)?;
        settle(tx, &row, changed, last)
    })
}

/// Takes a case away.
pub fn remove_case(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
    id: &str,
) -> Result<Done<CaseChange>, AppError> {
    let (of, id) = (of.clone(), id.to_string());
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &of, number)?;
        step(&row, Act::Edit)?;
        let known = document_tests::cases(tx.conn, &of.name, number, tx.now)?;
        if !known.iter().any(|it| it.id == id) {
            return Err(AppError::NotFound);
        }
        document_tests::supersede_cases(tx.conn, &of.name, number, &[&id], tx.actor, tx.now)?;
        let changed = CaseChange {
            added: Vec::new(),
            replaced: Vec::new(),
            removed: vec![id],
            total: known.len() - 1,
            state: *row.state,
        };
        let told = tx.tell(Event::DocumentCasesChanged(
            event::documents::CasesChanged {
                name: of.name.to_string(),
                version: number,
                cases: BTreeMap::new(),
                removed: changed.removed.clone(),
            },
        ))?;
        settle(tx, &row, changed, Some(told))
    })
}

/// The cases of a version as they were known at an instant, by id.
pub fn list_cases(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    of: &Document,
    number: i64,
    at: At,
) -> Result<Vec<CaseView>, AppError> {
    app.store.read(|conn| {
        exists(conn, of, number, at.known_at)?;
        let rows = document_tests::cases(conn, &of.name, number, at.known_at)?;
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
    of: &Document,
    number: i64,
    known_at: DateTime<Utc>,
) -> Result<(), AppError> {
    let drafts = document_drafts::of(conn, &of.name, known_at)?;
    let published = document_versions::of(conn, &of.name, known_at)?;
    let there = drafts.iter().any(|it| it.version == number)
        || published.iter().any(|it| it.version == number);
    match there {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
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
pub fn inherit(tx: &mut Tx<'_>, row: &DraftRow, sound: &dyn Sound) -> Result<(), AppError> {
    let Some(before) = document_tests::version_before(tx.conn, &row.name, row.version)? else {
        return Ok(());
    };
    let mut kept = Vec::new();
    for case in document_tests::cases(tx.conn, &row.name, before, tx.now)? {
        let body: Json = serde_json::from_str(&case.body).map_err(StoreError::corrupt)?;
        if let Ok(case) = sound.case(&body) {
            kept.push(case_row(tx, (&row.name, row.version), &case));
        }
    }
    keep(tx, (&row.name, row.version), kept)?;
    Ok(())
}

/// The cases that come with the program, for a version that does; where it has none, nothing is told.
pub fn keep_shipped(
    tx: &mut Tx<'_>,
    version: &VersionRow,
    sound: &dyn Sound,
    given: &[Json],
) -> Result<Option<Seq>, AppError> {
    let of = (&version.name, version.version);
    let cases = read(given, sound)?;
    let rows: Vec<CaseRow> = cases.iter().map(|case| case_row(tx, of, case)).collect();
    Ok(keep(tx, of, rows)?)
}

/// So many in one event: an entry has its limits.
const TOLD_AT_ONCE: usize = 100;

/// Tells of cases of a version that are new or take another's place, and keeps them; where the last of it was told.
fn keep(
    tx: &mut Tx<'_>,
    (name, version): (&Named, i64),
    mut rows: Vec<CaseRow>,
) -> Result<Option<Seq>, StoreError> {
    let mut last = None;
    for part in rows.chunks_mut(TOLD_AT_ONCE) {
        let cases = part.iter().map(|it| (it.id.clone(), sha256(&it.body)));
        let seq = tx.tell(Event::DocumentCasesChanged(
            event::documents::CasesChanged {
                name: name.to_string(),
                version,
                cases: cases.collect(),
                removed: Vec::new(),
            },
        ))?;
        part.iter_mut().for_each(|it| it.seq = seq.get());
        last = Some(seq);
    }
    document_tests::insert_cases(tx.conn, &rows)?;
    Ok(last)
}

fn read(given: &[Json], sound: &dyn Sound) -> Result<Vec<Case>, AppError> {
    let mut errors = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for (index, body) in given.iter().enumerate() {
        let at = |error: FieldError| FieldError {
            pointer: format!("/cases/{index}{}", error.pointer),
            ..error
        };
        match sound.case(body) {
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

fn case_row(tx: &Tx<'_>, (name, version): (&Named, i64), case: &Case) -> CaseRow {
    CaseRow {
        name: name.clone(),
        version,
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

/// An approval is void once a case was replaced or taken away; or added by who approved, whose hand is then in it.
fn settle(
    tx: &mut Tx<'_>,
    row: &DraftRow,
    mut changed: CaseChange,
    mut last: Option<Seq>,
) -> Result<Changed<CaseChange>, AppError> {
    let by_approver = last.is_some() && row.approved_by.as_deref() == Some(tx.actor);
    let takes_back = by_approver || !changed.replaced.is_empty() || !changed.removed.is_empty();
    if takes_back && changed.state != State::Draft {
        last = Some(reopen(tx, row)?);
        changed.state = State::Draft;
    }
    Ok(Changed::perhaps(changed, last))
}
