//! CSV files: UTF-8 (with or without BOM) or GB 18030, comma-separated, strictly by RFC 4180.
//!
//! Strict because a lenient reader would swallow an open quotation mark together with half the table.

use std::borrow::Cow;

use encoding_rs::GB18030;

use super::cell::Cell;
use super::check::Pending;
use super::problem::Spot;
use super::reading::{InputFile, ReadOptions, Reading};
use super::sheet::SheetReader;
use crate::domain::field_error::Fault;

/// Reads a CSV file as one sheet. A fault is one of the whole file; faults of rows go into `reading`.
pub fn read(
    file: &InputFile,
    source: u16,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut Pending,
) -> Result<(), Fault> {
    let text = decoded(&file.bytes)?;
    let delimiter = delimiter(&text);
    if delimiter != b',' {
        // A wrong guess would shift every column, so staff are asked to save the table again.
        let code = if delimiter == b'\t' {
            "import.csv.tabs"
        } else {
            "import.csv.semicolons"
        };
        return Err(Fault::new(code));
    }
    let mut sheet = SheetReader::new(source, options);
    let mut records = Records::new(&text);
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut row = 0;
    while !records.is_at_end() {
        row += 1;
        cells.clear();
        if let Err(fault) = records.next(&mut cells, options.limits.columns) {
            // Where quoting is broken nobody knows where the next row begins.
            reading.problems.add(row_place(source, row), fault);
            return Ok(());
        }
        if row > options.limits.rows {
            return Err(Fault::new("import.sheet.too_many_rows").with("max", options.limits.rows));
        }
        sheet.row(row, &cells, reading, pending);
        if reading.problems.is_hopeless() {
            return Ok(());
        }
    }
    sheet.finish(reading);
    Ok(())
}

fn row_place(source: u16, row: u32) -> Spot {
    Spot {
        source,
        row: Some(row),
        column: None,
    }
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(Fault::new("import.file.empty"));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(Fault::new("import.csv.encoding"))
}

/// The separator that stands most often in the first lines.
fn delimiter(text: &str) -> u8 {
    let head: Vec<&str> = text.lines().take(5).collect();
    let count = |separator: char| {
        head.iter()
            .map(|line| line.matches(separator).count())
            .sum::<usize>()
    };
    let (commas, semicolons, tabs) = (count(','), count(';'), count('\t'));
    match (semicolons > commas, tabs > commas.max(semicolons)) {
        (_, true) => b'\t',
        (true, false) => b';',
        (false, false) => b',',
    }
}

/// The records of a text. A record is a row as Excel shows it, blank lines included.
struct Records<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn next(&mut self, cells: &mut Vec<Cell<'a>>, columns: usize) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        loop {
            if cells.len() == columns {
                return Err(Fault::new("import.row.too_many_cells").with("max", columns));
            }
            let field = if bytes.get(self.at) == Some(&b'"') {
                self.quoted()?
            } else {
                self.bare()?
            };
            cells.push(Cell::from_text(field));
            match bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'\r') => {
                    self.at += 1 + usize::from(bytes.get(self.at + 1) == Some(&b'\n'));
                    return Ok(());
                }
                Some(_) => {
                    self.at += 1;
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    fn bare(&mut self) -> Result<Cow<'a, str>, Fault> {
        let rest = &self.text[self.at..];
        let end = rest
            .bytes()
            .position(|b| matches!(b, b',' | b'\n' | b'\r' | b'"'))
            .unwrap_or(rest.len());
        if rest.as_bytes().get(end) == Some(&b'"') {
            return Err(Fault::new("import.csv.quote_inside"));
        }
        self.at += end;
        Ok(Cow::Borrowed(&rest[..end]))
    }

    /// From an opening quotation mark to its closing one, which a separator or the end must follow.
    fn quoted(&mut self) -> Result<Cow<'a, str>, Fault> {
        const OPEN: Fault = Fault::new("import.csv.open_quote");
        self.at += 1;
        let mut field = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.at..];
            let end = memchr::memchr(b'"', rest.as_bytes()).ok_or(OPEN)?;
            match &mut field {
                Cow::Borrowed("") => field = Cow::Borrowed(&rest[..end]),
                taken => taken.to_mut().push_str(&rest[..end]),
            }
            self.at += end + 1;
            match self.text.as_bytes().get(self.at) {
                // A doubled mark stands for one.
                Some(b'"') => {
                    field.to_mut().push('"');
                    self.at += 1;
                }
                None | Some(b',' | b'\n' | b'\r') => return Ok(field),
                Some(_) => return Err(Fault::new("import.csv.quote_inside")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, &'static str> {
        let mut records = Records::new(text);
        let mut rows = Vec::new();
        while !records.is_at_end() {
            let mut cells = Vec::new();
            records.next(&mut cells, 10).map_err(|fault| fault.code)?;
            rows.push(cells.iter().map(|c| c.raw().into_owned()).collect());
        }
        Ok(rows)
    }

    #[test]
    fn records_follow_the_standard() {
        assert_eq!(
            rows("a,\"b,\"\"c\"\"\"\r\n\n\"x\ny\",\r\"\",z").unwrap(),
            [
                vec!["a", "b,\"c\""],
                vec![""],
                vec!["x\ny", ""],
                vec!["", "z"]
            ]
        );
        assert_eq!(rows("\"\"\"a\"").unwrap(), [["\"a"]]);
        assert_eq!(rows("a\"b\",c"), Err("import.csv.quote_inside"));
        assert_eq!(rows("\"a\"b,c"), Err("import.csv.quote_inside"));
        assert_eq!(rows("a,\"b\nc"), Err("import.csv.open_quote"));
        assert_eq!(rows(&",".repeat(100)), Err("import.row.too_many_cells"));
    }

    #[test]
    fn both_codings_are_read_and_others_refused() {
        assert_eq!(decoded(b"\xef\xbb\xbfabc").unwrap(), "abc");
        let (gb, ..) = GB18030.encode("统一社会信用代码,𰻞");
        assert_eq!(decoded(&gb).unwrap(), "统一社会信用代码,𰻞");
        assert_eq!(decoded(&[0xff; 9]).unwrap_err().code, "import.csv.encoding");
        assert_eq!(
            decoded(b"\xef\xbb\xbf").unwrap_err().code,
            "import.file.empty"
        );
    }

    #[test]
    fn the_separator_is_guessed_from_the_head() {
        assert_eq!(delimiter("a,b;c\n1,2"), b',');
        assert_eq!(delimiter("a;b;c\n1;2,5;3"), b';');
        assert_eq!(delimiter("a\tb\n1\t2"), b'\t');
        assert_eq!(delimiter("abc"), b',');
    }
}
