//! The import as a use case: read, check against the register, apply all or nothing.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::apply::{self, Firm, How, Progress};
use super::check;
use super::columns::Field;
use super::doubts::Doubts;
use super::problem::{Source, Spot};
use super::read::read;
use super::reading::{InputFile, ReadOptions, Reading, Register};
use super::report::{Counts, ImportReport};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::{App, Done};
use crate::domain::access::{Import, Role, Scope};
use crate::domain::event::Event;
use crate::domain::event::office::{ImportCompleted, ImportedTable, RowCounts};
use crate::domain::facts::Evidence;
use crate::domain::field_error::Fault;
use crate::domain::fold::sha256;
use crate::domain::statement;
use crate::domain::uscc::Uscc;
use crate::store::enterprises::EnterpriseRow;
use crate::store::operations::{self, ImportRow};
use crate::store::{Changed, Tx, import as bulk};

#[derive(Clone)]
pub struct ImportOptions {
    /// Say what would happen and change nothing.
    pub dry_run: bool,
    /// From when the dated facts of 企业 hold; else from 1 January after the last 年度.
    pub facts_from: Option<NaiveDate>,
    /// How well the figures are proved.
    pub evidence: Evidence,
    pub read: ReadOptions,
    pub progress: Option<Progress>,
}

impl ImportOptions {
    pub fn new(today: NaiveDate) -> Self {
        Self {
            dry_run: false,
            facts_from: None,
            evidence: Evidence::EntitySupplied,
            read: ReadOptions::new(today),
            progress: None,
        }
    }
}

/// Imports files, all or nothing. With problems the report tells them and nothing is changed; the same files again
/// change nothing.
pub fn import(
    app: &App,
    caller: &Caller<Import>,
    files: &[InputFile],
    options: ImportOptions,
) -> Result<Done<ImportReport>, AppError> {
    let mut known = HashMap::new();
    let reading = read(files, &options.read, |asked| {
        known = known_firms(app, asked)?;
        Ok::<_, AppError>(known.keys().copied().collect::<HashSet<Uscc>>())
    })?;
    apply_reading(app, caller, reading, &known, files_hash(files), options)
}

/// Imports rows that did not come from files, by the same way: for the demonstration.
pub fn import_rows(
    app: &App,
    caller: &Caller<Import>,
    register: Register,
    source: &str,
    options: ImportOptions,
) -> Result<Done<ImportReport>, AppError> {
    let mut reading = Reading {
        register,
        ..Reading::default()
    };
    let file = InputFile {
        name: source.to_owned(),
        bytes: Vec::new(),
    };
    reading.add_source(&file, None);
    let pending = check::Pending::default();
    let asked = check::asked(&reading.register, &pending);
    let known = known_firms(app, &asked)?;
    apply_reading(app, caller, reading, &known, files_hash(&[file]), options)
}

/// What an import did; told to whoever made it, and to those who see the whole register.
pub fn recorded(app: &App, caller: &Caller<Import>, id: &str) -> Result<ImportReport, AppError> {
    let row = app.store.read(|conn| operations::import_by_id(conn, id))?;
    let mine = |row: &ImportRow| row.created_by == caller.actor() || *caller.scope() == Scope::All;
    let row = row.filter(mine).ok_or(AppError::NotFound)?;
    serde_json::from_str(&row.report).map_err(AppError::internal)
}

fn known_firms(app: &App, asked: &[Uscc]) -> Result<HashMap<Uscc, EnterpriseRow>, AppError> {
    let codes: Vec<&str> = asked.iter().map(Uscc::as_str).collect();
    let rows = app.store.read(|conn| bulk::by_usccs(conn, &codes))?;
    let keyed = rows
        .into_iter()
        .filter_map(|row| Some((Uscc::from_stored(&row.uscc).ok()?, row)));
    Ok(keyed.collect())
}

fn apply_reading(
    app: &App,
    caller: &Caller<Import>,
    mut reading: Reading,
    known: &HashMap<Uscc, EnterpriseRow>,
    files_hash: String,
    options: ImportOptions,
) -> Result<Done<ImportReport>, AppError> {
    let facts_from = facts_from(&reading.register, &options);
    check_facts_from(&mut reading, facts_from, options.read.today);
    check_years(&mut reading, known, options.read.today);
    check_scope(&mut reading, known, caller);
    reading.problems.sort();
    let mut doubts = Doubts::of_rows(&reading, caller.lang());
    let mut report = ImportReport::of_reading(&reading, caller.lang());
    report.dry_run = options.dry_run;
    report.facts_from = Some(facts_from);
    if report.problem_count > 0 {
        report.notes.extend(doubts.lines());
        return Ok(first_told(report));
    }
    let how = How {
        env: app.env.clone(),
        scope: caller.scope().clone(),
        sources: reading.sources.iter().map(Source::title).collect(),
        facts_from,
        today: options.read.today,
        evidence: options.evidence,
        dry_run: options.dry_run,
        progress: options.progress,
    };
    let firms = Firm::gather(reading.register);
    if how.dry_run {
        app.store.look(&caller.stamp(), |tx| {
            apply::apply(tx, firms, &how, &mut report, &mut doubts)
        })?;
        report.notes.extend(doubts.lines());
        return Ok(first_told(report));
    }
    app.store.write(&caller.stamp(), move |tx| {
        apply::apply(tx, firms, &how, &mut report, &mut doubts)?;
        report.notes.extend(doubts.lines());
        report.applied = true;
        match report.changes_something() {
            true => keep(tx, report, files_hash),
            false => Ok(Changed::unchanged(report)),
        }
    })
}

/// A report that nothing was kept of.
fn first_told(report: ImportReport) -> Done<ImportReport> {
    Done {
        value: report,
        replayed: false,
    }
}

/// Keeps the report, and tells of the import after its changes.
fn keep(
    tx: &mut Tx<'_>,
    mut report: ImportReport,
    files_hash: String,
) -> Result<Changed<ImportReport>, AppError> {
    let id = tx.new_id();
    report.id = Some(id.clone());
    let row = ImportRow {
        id,
        created_by: tx.actor.into(),
        created_at: tx.now.naive_utc(),
        files_hash,
        report: serde_json::to_string(&report).map_err(AppError::internal)?,
    };
    operations::insert_import(tx.conn, &row)?;
    let seq = tx.tell(Event::ImportCompleted(completed(&report, row)))?;
    Ok(Changed::new(report, seq))
}

fn completed(report: &ImportReport, row: ImportRow) -> ImportCompleted {
    let tables = report.tables.iter().map(|it| ImportedTable {
        file: it.file.clone(),
        sheet: it.sheet.clone(),
        rows: it.rows,
    });
    let counts = |it: Counts| RowCounts {
        new: it.new,
        changed: it.changed,
        unchanged: it.unchanged,
    };
    ImportCompleted {
        import_id: row.id,
        files_hash: row.files_hash,
        report_hash: sha256(&row.report),
        tables: tables.collect(),
        facts_from: report.facts_from,
        enterprises: counts(report.enterprises),
        figures: counts(report.figures),
        dated_facts: counts(report.dated_facts),
        certifications: counts(report.certifications),
    }
}

/// 1 January after the last 年度 of the tables; without any, of this year.
fn facts_from(register: &Register, options: &ImportOptions) -> NaiveDate {
    let last = register.figures.iter().map(|row| row.year).max();
    let year = last.map_or(options.read.today.year(), |year| year + 1);
    options
        .facts_from
        .or(NaiveDate::from_ymd_opt(year, 1, 1))
        .unwrap_or(options.read.today)
}

fn check_facts_from(reading: &mut Reading, facts_from: NaiveDate, today: NaiveDate) {
    let has_facts = reading
        .register
        .enterprises
        .iter()
        .any(|row| !row.facts.is_empty());
    if facts_from > today && has_facts {
        let fault = Fault::new("import.facts_from.future").with("day", facts_from);
        reading.problems.add(Spot::default(), fault);
    }
}

/// An enterprise has no figures of years before it was registered.
fn check_years(reading: &mut Reading, known: &HashMap<Uscc, EnterpriseRow>, today: NaiveDate) {
    let told: HashMap<Uscc, NaiveDate> = reading
        .register
        .enterprises
        .iter()
        .filter_map(|row| Some((row.uscc, row.registered_on?)))
        .collect();
    for row in &reading.register.figures {
        let registered_on = told
            .get(&row.uscc)
            .copied()
            .or_else(|| Some(known.get(&row.uscc)?.registered_on));
        let checked =
            registered_on.map_or(Ok(()), |day| statement::check_year(row.year, day, today));
        if let Err(fault) = checked {
            let place = check::place_of(&reading.sources, row.at, Field::Year);
            reading.problems.add(place, fault);
        }
    }
}

/// An officer of a district imports its own enterprises; only the city moves one between districts.
fn check_scope(
    reading: &mut Reading,
    known: &HashMap<Uscc, EnterpriseRow>,
    caller: &Caller<Import>,
) {
    let Scope::District(own) = caller.scope() else {
        return;
    };
    let district_officer = caller.role() == Some(Role::DistrictOfficer);
    let register = &reading.register;
    for row in &register.enterprises {
        let code = match (known.get(&row.uscc), row.district_code) {
            (Some(before), _) if before.district_code != *own => "import.enterprise.not_yours",
            (Some(_), Some(code)) if code != own && district_officer => {
                "enterprise.district.city_only"
            }
            (None, Some(code)) if code != own => "enterprise.district.not_yours",
            _ => continue,
        };
        let place = check::place_of(&reading.sources, row.at, Field::District);
        reading.problems.add(place, Fault::new(code));
    }
    let figures = register.figures.iter().map(|row| (row.uscc, row.at));
    let titles = register.certifications.iter().map(|row| (row.uscc, row.at));
    for (uscc, at) in figures.chain(titles) {
        if known
            .get(&uscc)
            .is_some_and(|before| before.district_code != *own)
        {
            let place = check::place_of(&reading.sources, at, Field::Uscc);
            reading
                .problems
                .add(place, Fault::new("import.enterprise.not_yours"));
        }
    }
}

/// SHA-256 over names and bytes.
fn files_hash(files: &[InputFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update((file.name.len() as u64).to_be_bytes());
        hash.update(&file.name);
        hash.update((file.bytes.len() as u64).to_be_bytes());
        hash.update(&file.bytes);
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
