//! Workbooks built to do harm, uploaded to the served program: refused within two seconds and 64 MB, and nothing is kept.

use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rust_xlsxwriter::Workbook;
use sanku::store::{StoreError, ledger};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::client::{Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;
use crate::served::{Served, reply};

const HEAD: [&str; 5] = [
    "统一社会信用代码",
    "企业名称",
    "所属区县",
    "成立日期",
    "行业代码",
];
const SHEET: &str = "xl/worksheets/sheet1.xml";
const STRINGS: &str = "xl/sharedStrings.xml";
const SLOWEST: Duration = Duration::from_secs(2);
const MOST_MEMORY_KB: u64 = 64 * 1024;

/// A good workbook of so many sheets.
fn good(sheets: usize) -> Vec<u8> {
    let mut book = Workbook::new();
    for n in 0..sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(format!("表{n}")).expect("a name");
        let firm = [
            "91330602MAFF89BB62",
            "绍兴示例有限公司",
            "越城区",
            "2015-06-30",
            "1713",
        ];
        for (column, (head, cell)) in (0u16..).zip(HEAD.iter().zip(firm)) {
            sheet.write(0, column, *head).expect("written");
            sheet.write(1, column, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("saved")
}

/// The good workbook with one part made another, or added.
fn with(part: &str, fill: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(good(1))).expect("a zip");
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..old.len() {
        let mut from = old.by_index(index).expect("a part");
        let name = from.name().expect("a name").into_owned();
        if name != part {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).expect("read");
            new.start_file(name, options).expect("a part");
            new.write_all(&bytes).expect("written");
        }
    }
    new.start_file(part, options).expect("a part");
    fill(&mut new);
    new.finish().expect("a zip").into_inner()
}

fn text(part: &str, text: &str) -> Vec<u8> {
    with(part, |into| {
        into.write_all(text.as_bytes()).expect("written")
    })
}

/// Strings that each are cheap to pack and that all cells point to.
fn strings(count: usize, length: usize) -> Vec<u8> {
    let one = format!("<si><t>{}</t></si>", "绍".repeat(length));
    with(STRINGS, |into| {
        let head = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">";
        into.write_all(head.as_bytes()).expect("written");
        for _ in 0..count {
            into.write_all(one.as_bytes()).expect("written");
        }
        into.write_all(b"</sst>").expect("written");
    })
}

/// Built once: packing a gibibyte takes its time.
fn hostile() -> &'static [(&'static str, Vec<u8>)] {
    static FILES: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(built)
}

fn built() -> Vec<(&'static str, Vec<u8>)> {
    let entity = |to: &str| format!("<!DOCTYPE x [<!ENTITY e {to}>]><worksheet/>");
    let laughs = "\"ha\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;\"";
    let parts = with("xl/0.xml", |_| ());
    let mut many = ZipWriter::new_append(Cursor::new(parts)).expect("a zip");
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for n in 1..20_000 {
        many.start_file(format!("xl/{n}.xml"), stored)
            .expect("a part");
    }
    let bomb = with(SHEET, |into| {
        let megabyte = vec![b' '; 1 << 20];
        for _ in 0..1024 {
            into.write_all(&megabyte).expect("written");
        }
    });
    assert!(bomb.len() < 2 << 20, "a gibibyte in about one megabyte");
    vec![
        ("a gibibyte in a megabyte", bomb),
        ("20,000 parts", many.finish().expect("a zip").into_inner()),
        (
            "an entity of a file",
            text(SHEET, &entity("SYSTEM \"file:///etc/passwd\"")),
        ),
        (
            "an entity of the network",
            text(SHEET, &entity("SYSTEM \"http://127.0.0.1:1/x\"")),
        ),
        ("entities within entities", text(SHEET, &entity(laughs))),
        ("a part outside", text("../../etc/cron.d/x", "x")),
        ("a part at the root", text("/etc/cron.d/x", "x")),
        ("100,000 open elements", text(SHEET, &"<a>".repeat(100_000))),
        ("3,000 sheets", good(3_000)),
        ("long strings, very many", strings(4_000, 8_000)),
        ("strings, very many", strings(2_000_000, 2)),
        ("a program", text("xl/vbaProject.bin", "x")),
    ]
}

/// The most memory the program ever held.
fn peak_kb(served: &Served) -> u64 {
    let status = format!("/proc/{}/status", served.id());
    let status = std::fs::read_to_string(status).expect("the program's status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kb.expect("its peak")
}

fn upload(served: &Served, token: &str, bytes: &[u8]) -> u16 {
    let head = format!(
        "POST /v1/imports HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\
         content-type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    let mut stream = served.connect();
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(bytes).expect("sent");
    reply(&mut stream).expect("answered").status
}

fn size(db: &TestDb) -> i64 {
    let head = db.app.store.read::<_, StoreError, _>(ledger::tree_head);
    head.expect("read").size
}

on_both_engines!(hostile_workbooks_are_refused_at_little_cost, |db| {
    Client::with_role(db, "city", "CITY_OFFICER", None, None);
    let served = Served::start(&db.url, &[]);
    let token = served.log_in("city", PASSWORD);
    assert_eq!(upload(&served, &token, b"PK"), 422);
    let before = (size(db), peak_kb(&served));
    let mut wrong = Vec::new();
    for (name, bytes) in hostile() {
        let began = Instant::now();
        let status = upload(&served, &token, bytes);
        let (took, grown) = (began.elapsed(), peak_kb(&served).saturating_sub(before.1));
        eprintln!(
            "{name}: {} bytes, {status}, {took:?}, {grown} kB more",
            bytes.len()
        );
        if status != 422 || took > SLOWEST || grown > MOST_MEMORY_KB {
            wrong.push(format!("{name}: {status}, {took:?}, {grown} kB more"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(size(db), before.0, "nothing was kept");
    assert_eq!(upload(&served, &token, &good(1)), 201);
});
