//! Excel workbooks (.xlsx), read as a stream: memory does not grow with the size a sheet claims to have.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};

use super::cell::Cell;
use super::check::Pending;
use super::container::{self, BROKEN};
use super::problem::{Note, RowPlace, Spot};
use super::reading::{InputFile, ReadOptions, Reading};
use super::sheet::SheetReader;
use crate::domain::date;
use crate::domain::field_error::Fault;
use crate::domain::text;

/// Reads every sheet that is one of our tables. A fault is one of the whole file; faults of rows go into `reading`.
pub fn read(
    file: &InputFile,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut Pending,
) -> Result<(), Fault> {
    container::check(&file.bytes, &options.limits)?;
    // The bytes are hostile until shown otherwise, and the reader of them is not ours: should it panic, then the
    // file is broken, and nothing else.
    catch_unwind(AssertUnwindSafe(|| sheets(file, options, reading, pending)))
        .unwrap_or(Err(BROKEN))
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

fn sheets(
    file: &InputFile,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut Pending,
) -> Result<(), Fault> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(&file.bytes[..])).map_err(told)?;
    if book.has_1904_epoch() {
        return Err(Fault::new("import.xlsx.date_1904"));
    }
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut tables = 0;
    for name in &names {
        let source = reading.add_source(file, Some(&text::shown(name, 31)));
        let mut sheet = SheetReader::new(source, options);
        rows(
            &mut book, name, source, &mut sheet, options, reading, pending,
        )?;
        if sheet.is_table() {
            tables += 1;
            sheet.finish(reading);
        } else if !sheet.is_blank() {
            reading.notes.push(Note {
                at: Spot::of_source(source),
                code: "import.note.sheet_skipped",
                params: Vec::new(),
            });
        }
    }
    if tables == 0 {
        return Err(Fault::new("import.sheet.no_header"));
    }
    Ok(())
}

fn rows(
    book: &mut Book<'_>,
    name: &str,
    source: u16,
    sheet: &mut SheetReader<'_>,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut Pending,
) -> Result<(), Fault> {
    let limits = &options.limits;
    let mut cells = book.worksheet_cells_reader(name).map_err(told)?;
    check_claim(cells.dimensions())?;
    let mut row: Vec<Cell<'_>> = Vec::new();
    let mut number = 0;
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(told)? {
        let (at, column) = (found.pos.0, found.pos.1 as usize);
        if at >= limits.rows {
            return Err(Fault::new("import.sheet.too_many_rows").with("max", limits.rows));
        }
        if at != number {
            // A row that comes again, or late, is one that two programs would read differently.
            if at < number {
                return Err(BROKEN);
            }
            sheet.row(number + 1, &row, reading, pending);
            row.clear();
            number = at;
        }
        let cell = match found.formula {
            Some(_) => Cell::Formula,
            None => cell(found.value),
        };
        if cell.is_empty() {
            continue;
        }
        if column >= limits.columns {
            let place = Spot::of_row(RowPlace {
                source,
                row: at + 1,
            });
            let fault = Fault::new("import.row.too_many_cells").with("max", limits.columns);
            reading.problems.add(place, fault);
        } else if column < row.len() {
            return Err(BROKEN);
        } else {
            row.resize(column, Cell::Empty);
            row.push(cell);
        }
        if reading.problems.is_hopeless() {
            return Ok(());
        }
    }
    sheet.row(number + 1, &row, reading, pending);
    Ok(())
}

fn check_claim(claimed: Dimensions) -> Result<(), Fault> {
    let span = |from: u32, to: u32| u64::from(to.saturating_sub(from)) + 1;
    let rows = span(claimed.start.0, claimed.end.0);
    let columns = span(claimed.start.1, claimed.end.1);
    if rows.saturating_mul(columns) > MOST_CELLS {
        return Err(Fault::new("import.xlsx.dimension"));
    }
    Ok(())
}

/// A sheet formatted to its last cell claims seventeen thousand million; no register has a hundredth of that.
const MOST_CELLS: u64 = 100_000_000;

fn cell(value: DataRef<'_>) -> Cell<'_> {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::from_text(text.into()),
        DataRef::SharedString(text) => Cell::from_text(text.into()),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // The shortest decimal text that reads as the same number: what Excel shows for a number that was typed.
        // This is where floats end. Adding zero makes minus zero zero.
        DataRef::Float(number) => Cell::Number((number + 0.0).to_string()),
        DataRef::Bool(yes) => Cell::YesNo(yes),
        DataRef::DateTime(day) => date_cell(&day),
        DataRef::DateTimeIso(day) | DataRef::DurationIso(day) => Cell::from_text(day.into()),
        DataRef::Error(_) => Cell::ExcelError,
    }
}

/// Whole days become days. Anything else stays a number, to be refused where a day is due.
fn date_cell(written: &ExcelDateTime) -> Cell<'static> {
    let number = written.to_string();
    let day = written
        .is_datetime()
        .then(|| number.parse().ok())
        .flatten()
        .and_then(|serial| date::from_excel_serial(serial).ok());
    day.map_or(Cell::Number(number), Cell::Date)
}

fn told(error: XlsxError) -> Fault {
    match error {
        XlsxError::Password => Fault::new("import.xlsx.encrypted"),
        _ => BROKEN,
    }
}
