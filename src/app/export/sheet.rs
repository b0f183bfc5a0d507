//! The two kinds of file, written row by row.
//!
//! A spreadsheet must take text for text. In a workbook every text cell says that it is text. A CSV file cannot say so:
//! there a text that a spreadsheet would take for a formula gets an apostrophe in front, and codes of digits stand as they
//! are, for programs; people open the workbook.

use std::io::{Cursor, Read, Write};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as CellFormat, Workbook, XlsxError};

use crate::app::error::AppError;
use crate::app::table::Cell;
use crate::domain::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// UTF-8 with a byte order mark, so that spreadsheets read the Chinese; RFC 4180. Kept compressed (gzip).
    Csv,
    Xlsx,
}

pub enum Sheet {
    Csv(Box<csv::Writer<GzEncoder<Vec<u8>>>>),
    Xlsx(Box<Book>),
}

pub struct Book {
    workbook: Workbook,
    text: CellFormat,
    row: u32,
}

/// A finished file as a spreadsheet reads it, from what [`Sheet::finish`] made.
pub fn reader(format: Format, content: Vec<u8>) -> Box<dyn Read> {
    match format {
        Format::Csv => Box::new(GzDecoder::new(Cursor::new(content))),
        Format::Xlsx => Box::new(Cursor::new(content)),
    }
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    pub fn of_media_type(media_type: &str) -> Option<Format> {
        [Format::Csv, Format::Xlsx]
            .into_iter()
            .find(|format| format.media_type() == media_type)
    }
}

impl Sheet {
    pub fn new(format: Format, now: DateTime<Utc>) -> Result<Sheet, AppError> {
        match format {
            Format::Csv => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed
                    .write_all("\u{feff}".as_bytes())
                    .map_err(AppError::internal)?;
                let writer = csv::WriterBuilder::new()
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(packed);
                Ok(Sheet::Csv(Box::new(writer)))
            }
            Format::Xlsx => Ok(Sheet::Xlsx(Box::new(Book::new(now).map_err(refused)?))),
        }
    }

    pub fn header(&mut self, headers: &[&str]) -> Result<(), AppError> {
        match self {
            Sheet::Csv(writer) => writer.write_record(headers).map_err(AppError::internal),
            Sheet::Xlsx(book) => book.header(headers).map_err(refused),
        }
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), AppError> {
        match self {
            Sheet::Csv(writer) => {
                let texts = cells.iter().map(|cell| match cell {
                    Cell::Text(text) => guarded(text),
                    Cell::Count(count) => count.to_string(),
                    Cell::Blank => String::new(),
                });
                writer.write_record(texts).map_err(AppError::internal)
            }
            Sheet::Xlsx(book) => book.row(cells).map_err(refused),
        }
    }

    pub fn finish(self) -> Result<Vec<u8>, AppError> {
        match self {
            Sheet::Csv(writer) => {
                let packed = writer.into_inner().map_err(AppError::internal)?;
                packed.finish().map_err(AppError::internal)
            }
            Sheet::Xlsx(mut book) => book.workbook.save_to_buffer().map_err(refused),
        }
    }
}

impl Book {
    fn new(now: DateTime<Utc>) -> Result<Book, XlsxError> {
        let mut workbook = Workbook::new();
        let made = ExcelDateTime::from_timestamp(now.timestamp())?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        // Rows go to a temporary file as they come.
        workbook
            .add_worksheet_with_constant_memory()?
            .set_freeze_panes(1, 0)?;
        Ok(Book {
            workbook,
            // The number format "text": a code of digits stays one when somebody edits the cell.
            text: CellFormat::new().set_num_format("@"),
            row: 0,
        })
    }

    fn header(&mut self, headers: &[&str]) -> Result<(), XlsxError> {
        let bold = CellFormat::new().set_bold();
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, header) in (0..).zip(headers) {
            sheet.set_column_width(column, 18)?;
            sheet.write_string_with_format(self.row, column, *header, &bold)?;
        }
        self.row += 1;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => {
                    sheet.write_string_with_format(self.row, column, text, &self.text)?;
                }
                Cell::Count(count) => {
                    sheet.write_number(self.row, column, *count)?;
                }
                Cell::Blank => {}
            }
        }
        self.row += 1;
        Ok(())
    }
}

/// The apostrophe keeps spreadsheets from computing. The register refuses such texts where they come in; this is the door out.
fn guarded(given: &str) -> String {
    if text::looks_computed(given) {
        format!("'{given}")
    } else {
        given.to_owned()
    }
}

fn refused(error: XlsxError) -> AppError {
    AppError::internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_kept_from_it() {
        for (given, kept) in [
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("绍兴=", "绍兴="),
            ("913306000096907427", "913306000096907427"),
            ("", ""),
        ] {
            assert_eq!(guarded(given), kept);
        }
    }

    #[test]
    fn kinds_of_file_read_back() {
        for format in [Format::Csv, Format::Xlsx] {
            assert_eq!(Format::of_media_type(format.media_type()), Some(format));
        }
        assert_eq!(Format::of_media_type("text/html"), None);
    }
}
