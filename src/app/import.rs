//! 导入: staff's tables into the register, all or nothing. [`read()`] turns the bytes of files into typed rows and tells
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
mod read;
mod reading;
mod report;
mod run;
pub mod sheet;
mod standing;
mod table;
pub mod workbook;

#[cfg(test)]
mod tests;

pub use apply::Progress;
pub use problem::{Note, Problem, Problems, RowPlace, Source, Spot};
pub use read::read;
pub use reading::{
    CertificationRow, EnterpriseRow, FiguresRow, InputFile, Limits, ReadOptions, Reading, Register,
};
pub use report::{Counts, ImportReport, ProblemReport, TableReport};
pub use run::{ImportOptions, import, import_rows, recorded};
