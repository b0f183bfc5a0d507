//! Files as they come, how they are read, and the typed rows that reading yields.

use chrono::{Datelike, NaiveDate};

use super::problem::{Note, Problems, RowPlace, Source};
use crate::domain::certification::Certification;
use crate::domain::contact::Contact;
use crate::domain::enterprise::LegalStatus;
use crate::domain::facts::{FactId, Value};
use crate::domain::text;
use crate::domain::uscc::Uscc;

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
