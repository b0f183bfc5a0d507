//! One cell of a table, and what can be read from it. Number cells are decimal texts here: no float comes further.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use crate::domain::codes;
use crate::domain::contact;
use crate::domain::date;
use crate::domain::facts::{FactDef, Kind, Value};
use crate::domain::field_error::Fault;
use crate::domain::money::Money;
use crate::domain::text;
use crate::domain::uscc::{Uscc, UsccError};

#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    /// Trimmed, never empty.
    Text(Cow<'a, str>),
    /// A number of a workbook as its shortest decimal text.
    Number(String),
    /// A number that the workbook shows as a day.
    Date(NaiveDate),
    YesNo(bool),
    /// `#DIV/0!`, `#####` and the like.
    ExcelError,
    Formula,
}

/// In what amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    #[default]
    WanYuan,
    Yuan,
}

/// A well-formed code, and what is wrong with its check digits, which the register may know better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsccCell {
    pub uscc: Uscc,
    pub doubt: Option<Fault>,
}

impl<'a> Cell<'a> {
    pub fn from_text(raw: Cow<'a, str>) -> Self {
        let trimmed = match raw {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        match trimmed.as_bytes().first() {
            None => Cell::Empty,
            Some(b'#') if is_excel_error(&trimmed) => Cell::ExcelError,
            Some(_) => Cell::Text(trimmed),
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    /// The text of a header or title.
    pub fn raw(&self) -> Cow<'_, str> {
        match self {
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(text) => Cow::Borrowed(text),
            Cell::Date(day) => Cow::Owned(day.to_string()),
            Cell::Empty | Cell::YesNo(_) | Cell::ExcelError | Cell::Formula => Cow::Borrowed(""),
        }
    }

    pub fn uscc(&self) -> Result<UsccCell, Fault> {
        const EXCEL_NUMBER: Fault = Fault::new("import.uscc.excel_number");
        if matches!(self, Cell::Number(_)) {
            return Err(EXCEL_NUMBER);
        }
        let written = self.text()?;
        if is_scientific(&written) {
            return Err(EXCEL_NUMBER);
        }
        match Uscc::parse(&written) {
            Ok(uscc) => Ok(UsccCell { uscc, doubt: None }),
            // Excel keeps fifteen digits and fills up with zeros.
            Err(UsccError::OrganisationCheck | UsccError::Check)
                if written.ends_with("000") && written.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Err(EXCEL_NUMBER)
            }
            Err(error @ (UsccError::OrganisationCheck | UsccError::Check)) => Ok(UsccCell {
                uscc: Uscc::from_stored(&written)?,
                doubt: Some(error.into()),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// What a text field takes: a text, or a number as it is written.
    pub fn text(&self) -> Result<Cow<'_, str>, Fault> {
        match self {
            Cell::Text(text) => Ok(Cow::Borrowed(text)),
            Cell::Number(text) => Ok(Cow::Borrowed(text)),
            Cell::Empty => Err(Fault::new("field.required")),
            Cell::Date(_) => Err(Fault::new("import.cell.date_here")),
            Cell::YesNo(_) => Err(Fault::new("field.invalid")),
            Cell::ExcelError => Err(Fault::new("import.cell.excel_error")),
            Cell::Formula => Err(Fault::new("import.cell.formula")),
        }
    }

    pub fn phone(&self) -> Result<String, Fault> {
        match self {
            Cell::Number(number) if !is_digits(number) => Err(Fault::new("contact.phone.form")),
            _ => contact::phone(&self.text()?),
        }
    }

    pub fn district(&self) -> Result<&'static str, Fault> {
        codes::district_from_sheet(&self.text()?).map(|found| found.code.as_str())
    }

    pub fn industry(&self) -> Result<&'static str, Fault> {
        let written = self.text()?;
        let found = match self {
            // Excel drops the leading zero of 0111.
            Cell::Number(number) if number.len() == 3 => {
                codes::industry_from_sheet(&format!("0{number}"))
            }
            _ => codes::industry_from_sheet(&written),
        };
        found.map(|found| found.code.as_str())
    }

    pub fn date(&self) -> Result<NaiveDate, Fault> {
        const SERIAL: Fault = Fault::new("import.date.serial");
        match self {
            Cell::Date(day) => Ok(*day),
            // 20150630 typed as a number is a day; 42185 is Excel's count of days without its format.
            Cell::Number(number) if number.len() != 8 => Err(SERIAL),
            _ => {
                let written = self.text()?;
                if written.len() < 8 && is_digits(&written) {
                    return Err(SERIAL);
                }
                date::parse_import(&written)
            }
        }
    }

    /// A fiscal year that has begun.
    pub fn year(&self, today: NaiveDate) -> Result<i32, Fault> {
        const FORM: Fault = Fault::new("import.year.form");
        let written = folded(&self.text()?);
        let digits = written
            .strip_suffix("年度")
            .or_else(|| written.strip_suffix('年'))
            .unwrap_or(&written);
        if digits.len() != 4 || !is_digits(digits) {
            return Err(FORM);
        }
        let year: i32 = digits.parse().map_err(|_| FORM)?;
        if (date::FIRST_DAY.year()..=today.year()).contains(&year) {
            Ok(year)
        } else {
            Err(Fault::new("import.year.range")
                .with("first", date::FIRST_DAY.year())
                .with("last", today.year()))
        }
    }

    /// The value of a fact, amounts in `unit`.
    pub fn fact(&self, def: &FactDef, unit: Unit) -> Result<Value, Fault> {
        if let (Kind::YesNo, Cell::YesNo(yes)) = (def.kind, self) {
            return Ok(Value::from(*yes));
        }
        let written = self.text()?;
        match def.kind {
            Kind::Money => money(&written, def.signed, unit),
            Kind::YesNo => yes_no(&written),
            Kind::Count | Kind::Score | Kind::Decimal => {
                Ok(def.from_text(&without_separators(&folded(&written)))?)
            }
            Kind::Code => {
                let written = folded(&written);
                // Codes may hold full-width signs of their own, so the text is tried as it stands, too.
                def.from_text(&written)
                    .or_else(|_| def.from_text(&self.text().unwrap_or_default()))
                    .map_err(Fault::from)
            }
        }
    }

    /// A percentage from 0 to 100 with at most two places; its sign may stand behind it.
    pub fn percent(&self) -> Result<(), Fault> {
        let written = folded(&self.text()?);
        let number = written.strip_suffix('%').unwrap_or(&written).trim_end();
        match Money::parse(number) {
            Ok(Money(hundredths)) if hundredths <= 10_000 => Ok(()),
            _ => Err(Fault::new("import.percent")),
        }
    }
}

fn money(written: &str, signed: bool, unit: Unit) -> Result<Value, Fault> {
    let folded = folded(written);
    let mut number = without_separators(&folded).into_owned();
    // Spreadsheets write a rounded small loss as -0.00.
    let is_zero = |text: &str| text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if let Some(rest) = number.strip_prefix('-').filter(|rest| is_zero(rest)) {
        number = rest.to_owned();
    }
    let parsed = match unit {
        Unit::WanYuan => Money::parse_wan(&number, signed),
        Unit::Yuan if signed => Money::parse_signed(&number),
        Unit::Yuan => Money::parse(&number),
    };
    parsed
        .map(|money| money.0)
        .map_err(|error| match (error.code(), unit) {
            ("money.format", _) => Fault::new("import.money.format"),
            ("money.places", Unit::WanYuan) => Fault::new("import.money.places_wan"),
            (code, _) => Fault::new(code),
        })
}

fn yes_no(written: &str) -> Result<Value, Fault> {
    match folded(written).to_ascii_lowercase().as_str() {
        "是" | "有" | "y" | "yes" | "true" | "1" | "√" | "✓" | "对" => Ok(1),
        "否" | "无" | "没有" | "n" | "no" | "false" | "0" | "×" | "✗" | "x" => Ok(0),
        _ => Err(Fault::new("import.yes_no")),
    }
}

/// Half-width, without blanks.
fn folded(written: &str) -> String {
    written
        .chars()
        .map(text::fold_width)
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// Without the commas of thousands where they stand as they should; other commas stay, to be refused.
fn without_separators(number: &str) -> Cow<'_, str> {
    if !number.contains(',') {
        return Cow::Borrowed(number);
    }
    let whole = number.split('.').next().unwrap_or(number);
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().map_or(0, str::len);
    let grouped = (1..=3).contains(&first) && groups.all(|group| group.len() == 3);
    if grouped {
        Cow::Owned(number.replace(',', ""))
    } else {
        Cow::Borrowed(number)
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `9.13306E+17`: what is left of a long number in a cell.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    !mantissa.is_empty()
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && (1..=3).contains(&exponent.len())
        && is_digits(exponent)
}

fn is_excel_error(text: &str) -> bool {
    const ERRORS: &[&str] = &[
        "#DIV/0!",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#VALUE!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
    ];
    ERRORS.contains(&text) || text.bytes().all(|b| b == b'#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::catalogue;

    fn text(raw: &str) -> Cell<'_> {
        Cell::from_text(Cow::Borrowed(raw))
    }

    fn number(raw: &str) -> Cell<'static> {
        Cell::Number(raw.to_owned())
    }

    fn def(name: &str) -> &'static FactDef {
        catalogue().def(catalogue().by_name(name).unwrap())
    }

    #[test]
    fn a_code_that_excel_ruined_is_named_as_that() {
        for cell in [
            number("913306020000000100"),
            number("91330602"),
            text("9.13306E+17"),
            text("9.1e17"),
            text("913306020000001000"),
        ] {
            let fault = cell.uscc().unwrap_err();
            assert_eq!(fault.code, "import.uscc.excel_number", "{cell:?}");
        }
        assert_eq!(text("913300006096907427").uscc().unwrap().doubt, None);
        let early = text("91350211M0000XUF46").uscc().unwrap();
        assert_eq!(early.doubt.unwrap().code, "enterprise.uscc.check_digit");
        assert_eq!(
            text("91330602M").uscc().unwrap_err().code,
            "enterprise.uscc.length"
        );
    }

    #[test]
    fn amounts_are_exact_in_both_units() {
        let sales = def("sales");
        for (cell, fen) in [
            (text("100.00"), 100_000_000),
            (text("1,000.00"), 1_000_000_000),
            (text("１０００"), 1_000_000_000),
            (number("0.000001"), 1),
            (number("1234.5"), 1_234_500_000),
            (text("-0.00"), 0),
        ] {
            assert_eq!(cell.fact(sales, Unit::WanYuan), Ok(fen), "{cell:?}");
        }
        assert_eq!(text("100.01").fact(sales, Unit::Yuan), Ok(10_001));
        assert_eq!(
            text("-5.5").fact(def("net_profit"), Unit::WanYuan),
            Ok(-5_500_000)
        );
        for (cell, code) in [
            (text("0.0000001"), "import.money.places_wan"),
            (number("0.30000000000000004"), "import.money.places_wan"),
            (text("-1"), "money.negative"),
            (text("1,00"), "import.money.format"),
            (text("100元"), "import.money.format"),
            (text("1e3"), "import.money.format"),
            (text("#DIV/0!"), "import.cell.excel_error"),
            (text("#######"), "import.cell.excel_error"),
            (Cell::Formula, "import.cell.formula"),
            (text("100000000000"), "money.range"),
        ] {
            assert_eq!(
                cell.fact(sales, Unit::WanYuan).unwrap_err().code,
                code,
                "{cell:?}"
            );
        }
    }

    #[test]
    fn days_years_and_yes_no_in_the_forms_of_sheets() {
        let today = date::parse("2026-11-24").unwrap();
        assert_eq!(number("20150630").date().unwrap().to_string(), "2015-06-30");
        assert_eq!(
            text("2015年6月30日").date().unwrap().to_string(),
            "2015-06-30"
        );
        assert_eq!(text("42185").date().unwrap_err().code, "import.date.serial");
        assert_eq!(
            number("42185").date().unwrap_err().code,
            "import.date.serial"
        );
        for raw in ["2025", "2025年", "2025年度", "２０２５"] {
            assert_eq!(text(raw).year(today), Ok(2025), "{raw}");
        }
        assert_eq!(
            text("2027").year(today).unwrap_err().code,
            "import.year.range"
        );
        assert_eq!(text("25").year(today).unwrap_err().code, "import.year.form");
        let levy = def("audited_levy");
        for (cell, value) in [
            (text("是"), 1),
            (text(" Y "), 1),
            (Cell::YesNo(false), 0),
            (number("0"), 0),
        ] {
            assert_eq!(cell.fact(levy, Unit::WanYuan), Ok(value), "{cell:?}");
        }
        assert_eq!(
            text("也许").fact(levy, Unit::WanYuan).unwrap_err().code,
            "import.yes_no"
        );
    }

    #[test]
    fn codes_counts_and_numbers_in_text_fields() {
        assert_eq!(
            text("新材料").fact(def("hightech_field"), Unit::WanYuan),
            Ok(3)
        );
        assert_eq!(
            text("4．新材料").fact(def("hightech_field"), Unit::WanYuan),
            Ok(3)
        );
        assert_eq!(
            text("1,200").fact(def("staff_total"), Unit::WanYuan),
            Ok(1200)
        );
        assert_eq!(
            number("12.5")
                .fact(def("staff_total"), Unit::WanYuan)
                .unwrap_err()
                .code,
            "fact.number"
        );
        assert_eq!(number("111").industry(), Ok("A0111"));
        assert_eq!(number("1713").industry(), Ok("C1713"));
        assert_eq!(number("330602").district(), Ok("330602"));
        assert_eq!(number("13800138000").phone(), Ok("13800138000".into()));
        assert!(number("13800138000.5").phone().is_err());
        assert!(text("3.00%").percent().is_ok() && text("3").percent().is_ok());
        assert!(text("100.01").percent().is_err() && text("三").percent().is_err());
    }
}
