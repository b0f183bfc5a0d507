//! 导入: staff's tables into the register, all or nothing. [`read`] turns the bytes of files into typed rows and tells
//! every fault by file or sheet, row and column; [`import`] then writes what differs, in one change.
//!
//! Reading: bytes → [`container`] (is it safe to open?) → [`workbook`] or [`delimited`] (rows of [`cell`]s) → [`sheet`]
//! (which table is it, what are its [`columns`]?) → [`draft`] (one typed row) → [`check`] (rows against each other
//! and the register). Applying: `run` (the use case) → `standing` (what the register says now) → `apply`.

mod apply;
pub mod cell;
pub mod check;
pub mod columns;
pub mod container;
pub mod delimited;
mod doubts;
pub mod draft;
pub mod problem;
mod report;
mod run;
pub mod sheet;
mod standing;
pub mod workbook;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use crate::domain::certification::Certification;
use crate::domain::contact::Contact;
use crate::domain::enterprise::LegalStatus;
use crate::domain::facts::{FactId, Value};
use crate::domain::field_error::Fault;
use crate::domain::text;
use crate::domain::uscc::Uscc;

pub use problem::{Note, Place, Problem, Problems, Source};
pub use report::{Counts, ImportReport, ProblemReport, TableReport};
pub use run::{ImportOptions, Progress, import, import_rows, recorded};

/// A file as it came.
#[derive(Debug, Clone)]
pub struct InputFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What is taken at most. A file beyond is refused, however it says it is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub file_bytes: usize,
    /// All parts of a workbook together, unpacked.
    pub unpacked_bytes: u64,
    pub parts: usize,
    /// Rows of one sheet; Excel itself has no more.
    pub rows: u32,
    pub columns: usize,
    pub cell_chars: usize,
}

/// How tables are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    pub today: NaiveDate,
    /// Fiscal year of yearly figures that stand in the table of enterprises, which names none.
    pub figures_year: i32,
    /// For new enterprises of a table that has no such column.
    pub district_code: Option<&'static str>,
    pub industry_code: Option<&'static str>,
    pub limits: Limits,
}

/// Typed rows. They may be applied only when there was no problem.
#[derive(Debug, Clone, Default)]
pub struct Register {
    pub enterprises: Vec<EnterpriseRow>,
    pub figures: Vec<FiguresRow>,
    pub certifications: Vec<CertificationRow>,
}

/// Where a row stands: place in [`Reading::sources`] and row as Excel numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RowPlace {
    pub source: u16,
    pub row: u32,
}

/// 企业. A field that is `None` was not in the table or left empty: the register keeps what it has.
#[derive(Debug, Clone, PartialEq)]
pub struct EnterpriseRow {
    pub at: RowPlace,
    pub uscc: Uscc,
    pub name: Option<String>,
    pub district_code: Option<&'static str>,
    pub park: Option<String>,
    pub registered_on: Option<NaiveDate>,
    pub industry_code: Option<&'static str>,
    pub legal_status: Option<LegalStatus>,
    pub contact: Contact,
    /// Dated facts (某日起有效), each fact once.
    pub facts: Vec<(FactId, Value)>,
}

/// 年度数据: the annual facts of one fiscal year.
#[derive(Debug, Clone, PartialEq)]
pub struct FiguresRow {
    pub at: RowPlace,
    pub uscc: Uscc,
    pub year: i32,
    pub facts: Vec<(FactId, Value)>,
}

/// 资质
#[derive(Debug, Clone, PartialEq)]
pub struct CertificationRow {
    pub at: RowPlace,
    pub uscc: Uscc,
    pub certification: Certification,
}

/// What reading yields.
#[derive(Debug, Default)]
pub struct Reading {
    pub register: Register,
    pub sources: Vec<Source>,
    pub problems: Problems,
    /// What staff should know though nothing is wrong: a sheet that was skipped, a column that is not kept.
    pub notes: Vec<Note>,
}

/// Reads files into rows. `known` answers which of these codes the register has; it is asked once.
pub fn read<E>(
    files: &[InputFile],
    options: &ReadOptions,
    known: impl FnOnce(&[Uscc]) -> Result<HashSet<Uscc>, E>,
) -> Result<Reading, E> {
    let mut reading = Reading::default();
    let mut pending = check::Pending::default();
    for file in files {
        read_file(file, options, &mut reading, &mut pending);
    }
    if reading.problems.is_hopeless() {
        reading.notes.push(Note {
            at: Place::of_source(0),
            code: "import.note.gave_up",
            params: Vec::new(),
        });
    }
    check::against_each_other(&mut reading);
    let asked = check::asked(&reading.register, &pending);
    let known = known(&asked)?;
    check::against_the_register(&mut reading, &pending, &known, options);
    reading.problems.sort();
    Ok(reading)
}

impl ReadOptions {
    pub fn new(today: NaiveDate) -> Self {
        Self {
            today,
            figures_year: today.year() - 1,
            district_code: None,
            industry_code: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 30,
            unpacked_bytes: 1 << 30,
            parts: 2_000,
            rows: 1_048_576,
            columns: 256,
            cell_chars: 32_767,
        }
    }
}

impl Limits {
    /// For files that come over the network.
    pub fn upload() -> Self {
        Self {
            file_bytes: 64 << 20,
            unpacked_bytes: 512 << 20,
            ..Self::default()
        }
    }
}

fn read_file(
    file: &InputFile,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut check::Pending,
) {
    let source = reading.add_source(file, None);
    let result = if file.bytes.is_empty() {
        Err(Fault::new("import.file.empty"))
    } else if file.bytes.len() > options.limits.file_bytes {
        Err(Fault::new("import.file.too_large").with("max_mb", options.limits.file_bytes >> 20))
    } else if file.bytes.starts_with(container::ZIP) {
        workbook::read(file, options, reading, pending)
    } else if file.bytes.starts_with(container::OLD_OFFICE) {
        Err(Fault::new("import.file.old_format"))
    } else {
        delimited::read(file, source, options, reading, pending)
    };
    if let Err(fault) = result {
        reading.problems.add(Place::of_source(source), fault);
    }
}

impl Reading {
    pub(super) fn add_source(&mut self, file: &InputFile, sheet: Option<&str>) -> u16 {
        self.sources.push(Source {
            file: text::shown(&file.name, 100),
            sheet: sheet.map(str::to_owned),
            ..Source::default()
        });
        u16::try_from(self.sources.len() - 1).unwrap_or(u16::MAX)
    }
}
