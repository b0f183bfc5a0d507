//! Workbooks built to do harm, and a good one beside them.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::*;

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn sheet(workbook: &mut Workbook) -> &mut Worksheet {
    let sheet = workbook.add_worksheet().set_name("企业").unwrap();
    for (column, header) in (0u16..).zip(HEAD.split(',').chain(["销售收入", "联系电话"])) {
        sheet.write(0, column, header).unwrap();
    }
    for (column, value) in (0u16..).zip(["91330602MAFF89BB62", "绍兴示例有限公司", "越城区"])
    {
        sheet.write(1, column, value).unwrap();
    }
    let day = Format::new().set_num_format("yyyy/m/d");
    sheet.write_with_format(1, 3, 42_185, &day).unwrap();
    sheet.write(1, 4, 1713).unwrap();
    sheet.write(1, 5, 1234.5601).unwrap();
    sheet.write(1, 6, 13_800_138_000u64).unwrap();
    sheet
}

fn good() -> Vec<u8> {
    let mut workbook = Workbook::new();
    sheet(&mut workbook);
    workbook.save_to_buffer().unwrap()
}

/// The workbook with its parts changed (`None` leaves one out) and others added.
fn rebuilt(
    edit: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>,
    more: &[(&str, &[u8])],
    method: CompressionMethod,
) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(good())).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if let Some(bytes) = edit(&name, bytes) {
            new.start_file(name, options).unwrap();
            new.write_all(&bytes).unwrap();
        }
    }
    for (name, bytes) in more {
        new.start_file(*name, options).unwrap();
        new.write_all(bytes).unwrap();
    }
    new.finish().unwrap().into_inner()
}

fn with_part(name: &str, bytes: &[u8]) -> Vec<u8> {
    rebuilt(
        |_, old| Some(old),
        &[(name, bytes)],
        CompressionMethod::Deflated,
    )
}

fn with_sheet(xml: &str) -> Vec<u8> {
    let edit = |name: &str, old| {
        Some(if name == SHEET {
            xml.as_bytes().to_vec()
        } else {
            old
        })
    };
    rebuilt(edit, &[], CompressionMethod::Deflated)
}

fn with_rows(rows: &str) -> Vec<u8> {
    with_sheet(&format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    ))
}

fn replaced(part: &'static str, from: &'static str, to: &'static str) -> Vec<u8> {
    let edit = move |name: &str, old: Vec<u8>| {
        let text = String::from_utf8(old).unwrap();
        Some(
            if name == part {
                text.replace(from, to)
            } else {
                text
            }
            .into_bytes(),
        )
    };
    rebuilt(edit, &[], CompressionMethod::Deflated)
}

fn read_book(bytes: Vec<u8>) -> Reading {
    let started = Instant::now();
    let reading = read_with(&[file("register.xlsx", bytes)], &options(), &[]);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    reading
}

#[track_caller]
fn refused(bytes: Vec<u8>, code: &str) {
    let reading = read_book(bytes);
    let codes: Vec<_> = reading.problems.list.iter().map(|p| p.code).collect();
    assert_eq!(codes, [code]);
}

#[test]
fn a_good_workbook_is_read_exactly() {
    let reading = read_book(good());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let row = &reading.register.enterprises[0];
    assert_eq!(row.at, RowPlace { source: 1, row: 2 });
    assert_eq!(
        row.registered_on.map(|d| d.to_string()).as_deref(),
        Some("2015-06-30")
    );
    assert_eq!(row.industry_code, Some("C1713"));
    assert_eq!(row.contact.phone.as_deref(), Some("13800138000"));
    assert_eq!(reading.register.figures[0].facts[0].1, 1_234_560_100);
    let again = read_book(rebuilt(
        |_, old| Some(old),
        &[],
        CompressionMethod::Deflated,
    ));
    assert!(
        again.problems.is_empty(),
        "the rebuilt one is as good: {:?}",
        again.problems
    );
}

#[test]
fn faulty_cells_are_told_by_sheet_row_and_column() {
    let mut workbook = Workbook::new();
    let sheet = sheet(&mut workbook);
    sheet.write(2, 0, 913_306_020_000_000_123_f64).unwrap();
    sheet.write(3, 0, "91330602MA5H10CH2H").unwrap();
    sheet
        .write_formula(3, 1, Formula::new("=A2").set_result("绍兴示例有限公司"))
        .unwrap();
    sheet.write(3, 2, true).unwrap();
    sheet.write(3, 3, 42_185).unwrap();
    sheet.write(3, 5, 0.1 + 0.2).unwrap();
    sheet.write(3, 9, "多余").unwrap();
    let notes = workbook.add_worksheet().set_name("说明").unwrap();
    notes.write(0, 0, "填表说明").unwrap();
    let reading = read_book(workbook.save_to_buffer().unwrap());
    assert_eq!(
        told(&reading),
        [
            at(3, "A", "import.uscc.excel_number"),
            at(4, "B", "import.cell.formula"),
            at(4, "C", "field.invalid"),
            at(4, "D", "import.date.serial"),
            at(4, "F", "import.money.places_wan"),
            at(4, "J", "import.row.beyond_header"),
        ]
    );
    let line = reading.problems.list[0].line(&reading.sources, Lang::Zh);
    assert!(
        line.starts_with("register.xlsx「企业」 第 3 行 A 列（统一社会信用代码）："),
        "{line}"
    );
    assert_eq!(reading.notes[0].code, "import.note.sheet_skipped");
}

#[test]
fn a_bomb_is_refused_by_what_it_states_and_by_what_it_is() {
    let zeros = vec![b' '; 20 << 20];
    let honest = with_part("xl/media.xml", &zeros);
    refused(honest.clone(), "import.xlsx.bomb");
    // The same with its stated size (a field of the directory and of the part's own head) made small.
    let size = (20u32 << 20).to_le_bytes();
    let mut lying = honest;
    for at in memchr::memmem::find_iter(&lying.clone(), &size).collect::<Vec<_>>() {
        lying[at..at + 4].copy_from_slice(&1_000u32.to_le_bytes());
    }
    let reading = read_book(lying);
    let code = reading.problems.list[0].code;
    assert!(
        ["import.xlsx.bomb", "import.xlsx.broken"].contains(&code),
        "{code}"
    );
    let strings =
        "<sst xmlns=\"x\" count=\"1\" uniqueCount=\"9999999999999\"><si><t>a</t></si></sst>";
    let edit = |name: &str, old| {
        Some(if name == "xl/sharedStrings.xml" {
            strings.into()
        } else {
            old
        })
    };
    refused(
        rebuilt(edit, &[], CompressionMethod::Deflated),
        "import.xlsx.bomb",
    );
}

#[test]
fn parts_that_do_not_belong_are_refused() {
    refused(
        with_part("../outside.xml", b"<a/>"),
        "import.xlsx.unsafe_part",
    );
    refused(
        with_part("xl/../../outside.xml", b"<a/>"),
        "import.xlsx.unsafe_part",
    );
    refused(with_part("xl/vbaProject.bin", b"\x01"), "import.xlsx.macro");
    refused(with_part("xl/inner.zip", b"PK"), "import.xlsx.nested");
    refused(
        with_part("xl/embeddings/a.bin", b"PK"),
        "import.xlsx.nested",
    );
    refused(
        with_part("XL/WORKBOOK.XML", b"<a/>"),
        "import.xlsx.duplicate_part",
    );
    let mut twice = with_part("xl/worksheets/sheeT1.xml", b"<a/>");
    for at in memchr::memmem::find_iter(&twice.clone(), b"sheeT1").collect::<Vec<_>>() {
        twice[at + 4] = b't';
    }
    refused(twice, "import.xlsx.duplicate_part");
    let many: Vec<(String, &[u8])> = (0..20_000)
        .map(|n| (format!("xl/{n}.xml"), &b""[..]))
        .collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, b)| (name.as_str(), *b)).collect();
    refused(
        rebuilt(|_, old| Some(old), &many, CompressionMethod::Stored),
        "import.xlsx.too_many_parts",
    );
}

#[test]
fn entities_and_odd_xml_are_refused() {
    let file = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><worksheet/>";
    refused(with_sheet(file), "import.xlsx.entities");
    let net = "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\"><worksheet/>";
    refused(with_sheet(net), "import.xlsx.entities");
    // Across the border of the reader's window.
    let late = format!("{}<!ENTITY e \"x\">", " ".repeat((64 << 10) - 1));
    refused(with_sheet(&late), "import.xlsx.entities");
    let utf16: Vec<u8> = "\u{feff}<!DOCTYPE x><worksheet/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let edit = |name: &str, old| Some(if name == SHEET { utf16.clone() } else { old });
    refused(
        rebuilt(edit, &[], CompressionMethod::Deflated),
        "import.xlsx.broken",
    );
    refused(with_sheet(&"<a>".repeat(100_000)), "import.xlsx.broken");
    refused(
        with_rows("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>999</v></c></row>"),
        "import.xlsx.broken",
    );
    refused(
        with_rows("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>"),
        "import.xlsx.broken",
    );
    refused(
        with_rows(
            "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>2</v></c></row>",
        ),
        "import.xlsx.broken",
    );
    let nul =
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>统一社会信用代码&#0;</t></is></c></row>";
    assert!(!read_book(with_rows(nul)).problems.is_empty());
}

#[test]
fn sheets_beyond_all_bounds_are_refused() {
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    assert!(!read_book(with_rows(far)).problems.is_empty());
    let head = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>统一社会信用代码</t></is></c><c r=\"XFD1\"><v>1</v></c></row>";
    assert_eq!(
        read_book(with_rows(head)).problems.list[0].code,
        "import.row.too_many_cells"
    );
    let claims = replaced(
        SHEET,
        "<dimension ref=\"A1:G2\"/>",
        "<dimension ref=\"A1:XFD1048576\"/>",
    );
    refused(claims, "import.xlsx.dimension");
    let few = ReadOptions {
        limits: Limits {
            rows: 1_000,
            ..Limits::default()
        },
        ..options()
    };
    let rows = with_rows(&"<row/>".repeat(1_001));
    let reading = read_with(&[file("a.xlsx", rows)], &few, &[]);
    assert_eq!(reading.problems.list[0].code, "import.sheet.too_many_rows");
}

#[test]
fn other_days_other_formats_and_damage_are_named() {
    let y1904 = replaced(
        "xl/workbook.xml",
        "<workbookPr ",
        "<workbookPr date1904=\"1\" ",
    );
    refused(y1904, "import.xlsx.date_1904");
    refused(Vec::new(), "import.file.empty");
    let whole = good();
    refused(whole[..whole.len() / 2].to_vec(), "import.xlsx.broken");
    let mut flipped = rebuilt(|_, old| Some(old), &[], CompressionMethod::Stored);
    let at = memchr::memmem::find(&flipped, b"<sheetData>").unwrap();
    flipped[at + 1] ^= 1;
    refused(flipped, "import.xlsx.broken");
    refused(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on".to_vec(),
        "import.file.old_format",
    );
    let mut plain = ZipWriter::new(Cursor::new(Vec::new()));
    plain
        .start_file("a.csv", SimpleFileOptions::default())
        .unwrap();
    refused(
        plain.finish().unwrap().into_inner(),
        "import.xlsx.not_a_workbook",
    );
    let mut large = options();
    large.limits.file_bytes = 10;
    let reading = read_with(&[file("a.xlsx", whole)], &large, &[]);
    assert_eq!(reading.problems.list[0].code, "import.file.too_large");
}

#[test]
fn no_damage_makes_it_panic() {
    let whole = good();
    // A fixed walk over places and values: the same on every run.
    let mut step = 1u64;
    for _ in 0..300 {
        step = step
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = whole.clone();
        let place = (step >> 33) as usize % bytes.len();
        bytes[place] ^= (step >> 25) as u8 | 1;
        read_book(bytes);
    }
}
