//! Titles fictional firms hold: in force, run out, and about to run out.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::dice::Dice;
use super::firm::Firm;
use crate::domain::certification::Certification;

/// `number` makes the certificate numbers of this firm its own.
pub fn held(firm: &Firm, number: u32, today: NaiveDate, dice: &mut Dice) -> Vec<Certification> {
    let able = firm.rd_bp >= 400 && firm.tech_bp >= 1_000 && firm.ip_class1 + firm.ip_class2 > 0;
    // Who can, more often does; some hold a title their figures no longer bear out.
    let odds = |often, seldom| if able { often } else { seldom };
    let mut held = Vec::new();
    let mut add = |scheme, months, percent, dice: &mut Dice| {
        if dice.in_hundred(percent) {
            held.extend(title(scheme, months, firm, number, today, dice));
        }
    };
    add("NATIONAL_HNTE", 36, odds(18, 4), dice);
    add("PROVINCIAL_TECH_SME", 36, odds(55, 20), dice);
    add("NATIONAL_TECH_SME", 0, odds(45, 8), dice);
    add("INNOVATIVE_SME", 36, odds(14, 4), dice);
    add("SRDI_SME", 36, odds(9, 3), dice);
    add("LITTLE_GIANT", 36, odds(2, 0), dice);
    held
}

fn title(
    scheme: &'static str,
    months: u32,
    firm: &Firm,
    number: u32,
    today: NaiveDate,
    dice: &mut Dice,
) -> Option<Certification> {
    // Up to four years back, so that one in four of the three-year titles has run out.
    let back = Days::new(dice.below(1_450));
    let valid_from = today.checked_sub_days(back)?.max(firm.registered_on);
    let year = valid_from.year();
    let valid_through = match months {
        // 科技型中小企业 counts by the calendar year of its number.
        0 => NaiveDate::from_ymd_opt(year, 12, 31)?,
        months => valid_from.checked_add_months(Months::new(months))?,
    };
    let number = match scheme {
        "NATIONAL_HNTE" => format!("GR{year}33{number:06}"),
        "NATIONAL_TECH_SME" => format!("{year}3306000A{:06}", number % 1_000_000),
        "PROVINCIAL_TECH_SME" => format!("{year}33{number:08}"),
        other => format!("XG{}{year}{number:06}", &other[..2]),
    };
    Some(Certification {
        scheme,
        number,
        valid_from,
        valid_through: Some(valid_through),
        issuer: None,
        document: None,
    })
}
