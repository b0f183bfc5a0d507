//! What an import found and did, as it is shown and kept.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::problem::{Note, Problem, Problems, Source};
use super::reading::Reading;
use crate::domain::messages::Lang;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportReport {
    /// Of the recorded import; none where nothing was changed.
    pub id: Option<String>,
    pub dry_run: bool,
    /// Whether the register now holds what the tables say. All or nothing: with a problem nothing is changed.
    pub applied: bool,
    pub tables: Vec<TableReport>,
    /// From when the dated facts of 企业 hold.
    pub facts_from: Option<NaiveDate>,
    pub enterprises: Counts,
    /// Rows of 年度数据.
    pub figures: Counts,
    /// Rows of 企业 as far as their dated facts go.
    pub dated_facts: Counts,
    pub certifications: Counts,
    /// All of them; the list holds the first [`Problems::KEPT`].
    pub problem_count: usize,
    pub problems: Vec<ProblemReport>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReport {
    pub file: String,
    pub sheet: Option<String>,
    pub rows: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemReport {
    pub file: String,
    pub sheet: Option<String>,
    /// As Excel numbers rows.
    pub row: Option<u32>,
    /// The letters of the column.
    pub column: Option<String>,
    pub header: Option<String>,
    pub code: String,
    pub message: String,
}

impl ImportReport {
    /// What reading found, before anything is changed.
    pub fn of_reading(reading: &Reading, lang: Lang) -> Self {
        let told = |source: &Source| TableReport {
            file: source.file.clone(),
            sheet: source.sheet.clone(),
            rows: source.rows,
        };
        let sources = &reading.sources;
        Self {
            tables: sources
                .iter()
                .filter(|s| !s.headers.is_empty())
                .map(told)
                .collect(),
            problem_count: reading.problems.total,
            problems: problems(&reading.problems, sources, lang),
            notes: reading
                .notes
                .iter()
                .map(|note: &Note| note.line(sources, lang))
                .collect(),
            ..Self::default()
        }
    }

    /// Whether anything is, or would be, changed.
    pub fn changes_something(&self) -> bool {
        [
            self.enterprises,
            self.figures,
            self.dated_facts,
            self.certifications,
        ]
        .iter()
        .any(|counts| counts.new + counts.changed > 0)
    }
}

impl Counts {
    pub fn new() -> Self {
        Self {
            new: 1,
            ..Self::default()
        }
    }

    pub fn changed() -> Self {
        Self {
            changed: 1,
            ..Self::default()
        }
    }

    pub fn unchanged() -> Self {
        Self {
            unchanged: 1,
            ..Self::default()
        }
    }

    pub fn add(&mut self, more: Self) {
        self.new += more.new;
        self.changed += more.changed;
        self.unchanged += more.unchanged;
    }
}

fn problems(problems: &Problems, sources: &[Source], lang: Lang) -> Vec<ProblemReport> {
    let told = |problem: &Problem| {
        let source = sources.get(usize::from(problem.at.source));
        ProblemReport {
            file: source.map(|s| s.file.clone()).unwrap_or_default(),
            sheet: source.and_then(|s| s.sheet.clone()),
            row: problem.at.row,
            column: problem.at.column_letters(),
            header: problem.at.header(sources).map(str::to_owned),
            code: problem.code.to_owned(),
            message: problem.message(lang),
        }
    };
    problems.list.iter().map(told).collect()
}
