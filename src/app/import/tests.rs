//! Whole files through the reader.

mod corpus;
mod hostile;

use std::collections::HashSet;
use std::convert::Infallible;

use super::*;
use crate::domain::date;
use crate::domain::facts::catalogue;
use crate::domain::messages::Lang;
use crate::domain::uscc::Uscc;

const HEAD: &str = "统一社会信用代码,企业名称,所属区县,成立日期,行业代码";
const ROW: &str = "91330602MAFF89BB62,绍兴示例(集团)有限公司,越城区,2015/6/30,1713";

fn options() -> ReadOptions {
    ReadOptions::new(date::parse("2026-11-24").unwrap())
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile {
        name: name.to_owned(),
        bytes: bytes.into(),
    }
}

fn read_with(files: &[InputFile], options: &ReadOptions, known: &[&str]) -> Reading {
    let known: HashSet<Uscc> = known
        .iter()
        .map(|k| Uscc::from_stored(k).unwrap())
        .collect();
    let answer = |_: &[Uscc]| Ok::<_, Infallible>(known);
    let Ok(reading) = read(files, options, answer);
    reading
}

fn csv(text: &str) -> Reading {
    read_with(&[file("企业.csv", text)], &options(), &[])
}

/// Row, column letter and code of each problem.
fn told(reading: &Reading) -> Vec<(u32, String, &'static str)> {
    let list = &reading.problems.list;
    list.iter()
        .map(|p| {
            (
                p.at.row.unwrap_or(0),
                p.at.column_letters().unwrap_or_default(),
                p.code,
            )
        })
        .collect()
}

fn at(row: u32, column: &str, code: &'static str) -> (u32, String, &'static str) {
    (row, column.to_owned(), code)
}

#[test]
fn a_plain_table_becomes_typed_rows() {
    let reading = csv(&format!("企业（单位：万元）,,,,\n\n{HEAD}\n{ROW}\n"));
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let row = &reading.register.enterprises[0];
    assert_eq!(row.at, RowPlace { source: 0, row: 4 });
    assert_eq!(row.name.as_deref(), Some("绍兴示例（集团）有限公司"));
    assert_eq!(row.district_code, Some("330602"));
    assert_eq!(row.industry_code, Some("C1713"));
    assert_eq!(
        row.registered_on.map(|d| d.to_string()).as_deref(),
        Some("2015-06-30")
    );
    assert_eq!(reading.sources[0].rows, 1);
}

#[test]
fn every_fault_is_told_by_row_and_column() {
    let reading = csv(&format!(
        "{HEAD},联系电话,一类知识产权数\n\
         91330602MAFF89BB63,=cmd,杭州市,2027-01-01,9999,110,-1\n\
         ,,,,,,\n\
         9.13306E+17,绍兴示例有限公司,越城区,2015-06-30,1713,,1,多余\n\
         91330602MA5H10CH2H,,越城区,42185,1713,,\n"
    ));
    assert_eq!(
        told(&reading),
        [
            at(2, "A", "enterprise.uscc.check_digit"),
            at(2, "B", "enterprise.name.character"),
            at(2, "C", "district.unknown"),
            at(2, "D", "date.future"),
            at(2, "E", "industry.unknown"),
            at(2, "F", "contact.phone.form"),
            at(2, "G", "fact.number"),
            at(4, "A", "import.uscc.excel_number"),
            at(4, "H", "import.row.beyond_header"),
            at(5, "D", "import.date.serial"),
        ]
    );
    let line = reading.problems.list[0].line(&reading.sources, Lang::Zh);
    assert!(
        line.starts_with("企业.csv 第 2 行 A 列（统一社会信用代码）："),
        "{line}"
    );
    assert!(!format!("{:?}", reading.problems).contains("cmd"));
}

#[test]
fn wrong_headers_are_told_once_and_rows_still_read() {
    let reading = csv(&format!(
        "{HEAD},企业名称,统一社会信用代号,不知所云,资质\n{ROW},a,b,c,高企\n"
    ));
    assert_eq!(
        told(&reading),
        [
            at(1, "", "import.column.missing"),
            at(1, "", "import.column.missing"),
            at(1, "D", "import.column.wrong_table"),
            at(1, "E", "import.column.wrong_table"),
            at(1, "F", "import.column.duplicate"),
            at(1, "G", "import.column.unknown_near"),
            at(1, "H", "import.column.unknown"),
        ]
    );
}

#[test]
fn tables_are_told_apart_and_rows_need_their_enterprise() {
    let figures = "统一社会信用代码,企业名称,年度,营业收入（元）,净利润\n\
         91330602MAFF89BB62,随便,2025年,100.01,\"-1,000.5\"\n\
         91330602MA5H10CH2H,随便,2025,1,1\n\
         91330602MA82666E5K,随便,2024,1,1\n";
    let titles = "统一社会信用代码,资质,证书编号,发证日期,有效期至\n\
         91330602MAFF89BB62,高企,GR202333000001,2023-12-08,2026-12-08\n\
         91330602MAFF89BB62,高企,GR202333000002,2023-12-08,2027-12-08\n";
    let files = [
        file("c.csv", titles),
        file("b.csv", figures),
        file("a.csv", format!("{HEAD}\n{ROW}\n")),
    ];
    let reading = read_with(&files, &options(), &["91330602MA82666E5K"]);
    assert_eq!(
        told(&reading),
        [
            at(3, "E", "certification.period.too_long"),
            at(3, "A", "import.enterprise.unknown"),
        ]
    );
    let sales = catalogue().by_name("sales").unwrap();
    let profit = catalogue().by_name("net_profit").unwrap();
    let row = &reading.register.figures[0];
    assert_eq!(
        (row.year, &row.facts[..]),
        (2025, &[(sales, 10_001), (profit, -1_000_500_000)][..])
    );
    assert_eq!(reading.notes[0].code, "import.note.not_kept");
}

#[test]
fn doubles_are_told_unless_two_files_say_the_same() {
    let twice = csv(&format!("{HEAD}\n{ROW}\n{ROW}\n"));
    assert_eq!(told(&twice), [at(3, "", "import.row.duplicate")]);
    let table = format!("{HEAD}\n{ROW}\n");
    let same = read_with(
        &[file("a.csv", table.clone()), file("b.csv", table.clone())],
        &options(),
        &[],
    );
    assert!(same.problems.is_empty());
    assert_eq!(same.register.enterprises.len(), 1);
    let other = table.replace("越城区", "柯桥区");
    let differ = read_with(
        &[file("a.csv", table), file("b.csv", other)],
        &options(),
        &[],
    );
    assert_eq!(told(&differ), [at(2, "", "import.row.duplicate_elsewhere")]);
}

#[test]
fn a_new_enterprise_needs_more_than_a_known_one() {
    let table = "统一社会信用代码,企业名称,联系电话\n91330602MAFF89BB62,,13800138000\n";
    let known = read_with(&[file("a.csv", table)], &options(), &["91330602MAFF89BB62"]);
    assert!(known.problems.is_empty());
    let new = csv(table);
    assert_eq!(
        told(&new),
        [
            at(0, "", "import.column.missing"),
            at(0, "", "import.column.missing"),
            at(0, "", "import.column.missing"),
            at(2, "B", "field.required"),
        ]
    );
    let early = format!(
        "{HEAD}\n{}\n",
        ROW.replace("91330602MAFF89BB62", "91350211M0000XUF46")
    );
    assert_eq!(
        told(&csv(&early)),
        [at(2, "A", "enterprise.uscc.check_digit")]
    );
    let kept = read_with(&[file("a.csv", early)], &options(), &["91350211M0000XUF46"]);
    assert!(kept.problems.is_empty());
}

#[test]
fn gb_18030_reads_the_same() {
    let (gb, ..) = encoding_rs::GB18030.encode("统一社会信用代码,企业名称,所属区县,成立日期,行业代码\n91330602MAFF89BB62,绍兴𠮷示例有限公司,新昌,2015年6月30日,C1713\n");
    let reading = read_with(&[file("企业.csv", gb.into_owned())], &options(), &[]);
    assert!(reading.problems.is_empty());
    assert_eq!(
        reading.register.enterprises[0].name.as_deref(),
        Some("绍兴𠮷示例有限公司")
    );
}

#[test]
fn problems_are_capped_but_counted() {
    let mut table = format!("{HEAD}\n");
    for _ in 0..1_500 {
        table += "坏,绍兴示例有限公司,越城区,2015-06-30,1713\n";
    }
    let reading = csv(&table);
    assert_eq!(
        (reading.problems.list.len(), reading.problems.total),
        (1_000, 1_500)
    );
}

#[test]
fn a_hopeless_table_is_not_read_to_its_end() {
    let row = "坏,坏,坏,坏,坏\n";
    let reading = csv(&format!("{HEAD}\n{}", row.repeat(30_000)));
    assert!((100_000..100_010).contains(&reading.problems.total));
    assert_eq!(
        reading.notes.last().map(|note| note.code),
        Some("import.note.gave_up")
    );
}
