//! What is wrong with a file, and where: in the words of the table, so that staff find the cell.

use crate::domain::field_error::{Fault, Params};
use crate::domain::messages::{self, Lang};

/// A file or a sheet of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    pub file: String,
    /// Name of the sheet in a workbook.
    pub sheet: Option<String>,
    /// The header row as it stands there.
    pub headers: Vec<String>,
    /// Rows of data that were read.
    pub rows: u32,
}

/// As exact as can be told: a file, a row, a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    pub source: u16,
    /// As Excel numbers rows, from 1.
    pub row: Option<u32>,
    /// From 0; shown as its letter.
    pub column: Option<u16>,
}

/// One fault at one place. It never holds the value that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: Spot,
    pub code: &'static str,
    pub params: Params,
}

/// Something staff should know about a source, or a row of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub at: Spot,
    pub code: &'static str,
    pub params: Params,
}

/// All problems are counted, the first [`Problems::KEPT`] kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    pub list: Vec<Problem>,
    pub total: usize,
}

impl Spot {
    pub const fn of_source(source: u16) -> Self {
        Self {
            source,
            row: None,
            column: None,
        }
    }

    pub const fn of_row(at: RowPlace) -> Self {
        Self {
            source: at.source,
            row: Some(at.row),
            column: None,
        }
    }

    pub fn of_cell(at: RowPlace, column: usize) -> Self {
        Self {
            column: u16::try_from(column).ok(),
            ..Self::of_row(at)
        }
    }
}

impl Problems {
    pub const KEPT: usize = 1_000;

    /// Beyond this many a file is not a table with slips but something else; reading on would tell nothing new.
    pub const GIVE_UP: usize = 100_000;

    pub fn add(&mut self, at: Spot, fault: Fault) {
        self.total += 1;
        if self.list.len() < Self::KEPT {
            self.list.push(Problem {
                at,
                code: fault.code,
                params: fault.params,
            });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub fn is_hopeless(&self) -> bool {
        self.total >= Self::GIVE_UP
    }

    /// In the order of the tables.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|problem| problem.at);
    }
}

impl Problem {
    /// What is wrong, in words, without the place.
    pub fn message(&self, lang: Lang) -> String {
        messages::text(self.code, lang, &self.params)
    }

    /// Place and words in one line: `register.xlsx「企业」第 3 行 A 列（统一社会信用代码）：…`.
    pub fn line(&self, sources: &[Source], lang: Lang) -> String {
        let place = self.at.text(sources, lang);
        match lang {
            Lang::Zh => format!("{place}：{}", self.message(lang)),
            Lang::En => format!("{place}: {}", self.message(lang)),
        }
    }
}

impl Note {
    pub fn line(&self, sources: &[Source], lang: Lang) -> String {
        let place = self.at.text(sources, lang);
        let text = messages::text(self.code, lang, &self.params);
        match lang {
            Lang::Zh => format!("{place}：{text}"),
            Lang::En => format!("{place}: {text}"),
        }
    }
}

impl Spot {
    /// The letters of the column, as Excel shows them.
    pub fn column_letters(&self) -> Option<String> {
        self.column.map(letters)
    }

    /// The header over the column, as it stands in the table.
    pub fn header<'a>(&self, sources: &'a [Source]) -> Option<&'a str> {
        let source = sources.get(usize::from(self.source))?;
        let header = source.headers.get(usize::from(self.column?))?;
        (!header.is_empty()).then_some(header)
    }

    fn text(&self, sources: &[Source], lang: Lang) -> String {
        let mut text = sources
            .get(usize::from(self.source))
            .map_or_else(String::new, Source::title);
        if let Some(row) = self.row {
            text += &match lang {
                Lang::Zh => format!(" 第 {row} 行"),
                Lang::En => format!(" row {row}"),
            };
        }
        if let Some(letters) = self.column_letters() {
            text += &match lang {
                Lang::Zh => format!(" {letters} 列"),
                Lang::En => format!(" column {letters}"),
            };
        }
        match (self.header(sources), lang) {
            (Some(header), Lang::Zh) => text + &format!("（{header}）"),
            (Some(header), Lang::En) => text + &format!(" ({header})"),
            (None, _) => text,
        }
    }
}

impl Source {
    /// File, and sheet where there is one.
    pub fn title(&self) -> String {
        match &self.sheet {
            None => self.file.clone(),
            Some(sheet) => format!("{}「{sheet}」", self.file),
        }
    }
}

fn letters(column: u16) -> String {
    let mut rest = u32::from(column) + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}

/// Where a row stands: place in `Reading::sources` and row as Excel numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RowPlace {
    pub source: u16,
    pub row: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_of_excel() {
        for (column, shown) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), shown);
        }
    }

    #[test]
    fn a_line_names_file_sheet_row_column_and_header() {
        let sources = vec![Source {
            file: "register.xlsx".into(),
            sheet: Some("企业".into()),
            headers: vec!["统一社会信用代码".into()],
            rows: 1,
        }];
        let problem = Problem {
            at: Spot {
                source: 0,
                row: Some(3),
                column: Some(0),
            },
            code: "enterprise.uscc.length",
            params: Vec::new(),
        };
        assert_eq!(
            problem.line(&sources, Lang::Zh),
            "register.xlsx「企业」 第 3 行 A 列（统一社会信用代码）：统一社会信用代码应为 18 位"
        );
        assert!(problem.line(&sources, Lang::En).contains("row 3 column A"));
    }

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut problems = Problems::default();
        for _ in 0..Problems::KEPT + 5 {
            problems.add(Spot::default(), Fault::new("field.invalid"));
        }
        assert_eq!(problems.list.len(), Problems::KEPT);
        assert_eq!(problems.total, Problems::KEPT + 5);
    }
}
