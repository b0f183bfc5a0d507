//! Fictional enterprises for the demonstration, as the rows of an import, so that they enter by the same door as
//! real ones. The same count, seed and day give the same rows. Every name begins with 虚构.

mod dice;
mod figures;
mod firm;
mod names;
mod titles;

use chrono::{Days, NaiveDate};

use crate::app::import::{CertificationRow, EnterpriseRow, FiguresRow, Register, RowPlace};
use crate::domain::contact::Contact;
use crate::domain::enterprise::LegalStatus;
use crate::domain::facts::{FactId, Value};
use crate::domain::uscc::{Uscc, UsccError};

use dice::Dice;
use figures::Year;
use firm::{Facts, Firm};

/// `count` enterprises as of `today`, with the figures of the three years before.
pub fn generate(count: u32, seed: u64, today: NaiveDate) -> Result<Register, UsccError> {
    generate_from(0, count, seed, today)
}

/// `count` firms from a number on: a large population in parts. The same part is the same firms.
pub fn generate_from(
    first: u32,
    count: u32,
    seed: u64,
    today: NaiveDate,
) -> Result<Register, UsccError> {
    let mut register = Register::default();
    let mut dice = Dice::new(seed.wrapping_add(u64::from(first)));
    for number in first..first + count {
        firm(number, seed, today, &mut dice, &mut register)?;
    }
    Ok(register)
}

fn firm(
    number: u32,
    seed: u64,
    today: NaiveDate,
    dice: &mut Dice,
    register: &mut Register,
) -> Result<(), UsccError> {
    let (district_code, district) = dice.weighted(names::DISTRICTS);
    let trade = dice.pick(names::TRADES);
    let firm = Firm {
        uscc: uscc(number, seed, district_code)?,
        registered_on: registered_on(today, dice),
        trade,
        rd_bp: dice.hump(0, 1_100),
        tech_bp: dice.hump(200, 3_600),
        ip_class1: dice.few(45, 8),
        ip_class2: dice.few(75, 20),
        transformations: dice.few(80, 24),
        self_score: dice.hump(35, 92),
    };
    let at = RowPlace {
        source: 0,
        row: number + 1,
    };
    let years = figures::years(&firm, today, dice);
    register.enterprises.push(EnterpriseRow {
        at,
        uscc: firm.uscc,
        name: Some(names::name(district, trade, dice)),
        district_code: Some(district_code),
        park: dice
            .in_hundred(20)
            .then(|| dice.pick(names::PARKS).to_string()),
        registered_on: Some(firm.registered_on),
        industry_code: Some(trade.industry),
        legal_status: Some(legal_status(dice)),
        contact: contact(number, dice),
        facts: dated(number, &firm, &years, dice),
    });
    for year in &years {
        register.figures.push(FiguresRow {
            at,
            uscc: firm.uscc,
            year: year.year,
            facts: figures::facts(year, dice),
        });
    }
    for certification in titles::held(&firm, number, today, dice) {
        register.certifications.push(CertificationRow {
            at,
            uscc: firm.uscc,
            certification,
        });
    }
    Ok(())
}

/// A code with right check digits whose organisation code is counted through, so that none comes twice.
fn uscc(number: u32, seed: u64, district_code: &str) -> Result<Uscc, UsccError> {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const ALL: u64 = 31u64.pow(6);
    // 7919 is no multiple of 31, so the walk meets every place before it comes round.
    let mut rest = (u64::from(number) * 7_919 + seed % 1_000 * 1_000_003) % ALL;
    let mut body = format!("91{district_code}MA");
    for _ in 0..6 {
        body.push(char::from(LETTERS[(rest % 31) as usize]));
        rest /= 31;
    }
    Uscc::from_body(&body)
}

/// Within the last twenty-six years, one in fourteen in the last sixteen months.
fn registered_on(today: NaiveDate, dice: &mut Dice) -> NaiveDate {
    let days = if dice.below(14) == 0 {
        dice.between(30, 490)
    } else {
        dice.between(490, 9_500)
    };
    today
        .checked_sub_days(Days::new(days.unsigned_abs()))
        .unwrap_or(today)
}

/// One firm in a hundred is gone.
fn legal_status(dice: &mut Dice) -> LegalStatus {
    match dice.below(200) {
        0 => LegalStatus::Deregistered,
        1 => LegalStatus::MovedOut,
        _ => LegalStatus::Active,
    }
}

fn contact(number: u32, dice: &mut Dice) -> Contact {
    Contact {
        name: Some(format!("{}某", dice.pick(names::SURNAMES))),
        phone: Some(format!("1380000{:04}", number % 10_000)),
        email: None,
    }
}

/// One firm in a hundred had an accident within the year, a few more before that. What lies in a shorter window lies in the longer
/// ones too.
fn incidents(number: u32, facts: &mut Facts, dice: &mut Dice) {
    let within_a_year = dice.in_hundred(1);
    let this_or_last_year = within_a_year || number % 97 == 5;
    let last_three_years = this_or_last_year || number % 89 == 7;
    for (name, happened) in [
        ("major_incident_last_365d", within_a_year),
        ("major_incident_this_or_last_year", this_or_last_year),
        ("major_incident_last_3y", last_three_years),
    ] {
        facts.put(name, i64::from(happened));
    }
}

/// 某日起有效的指标. One firm in thirty lacks some of them.
fn dated(number: u32, firm: &Firm, years: &[Year], dice: &mut Dice) -> Vec<(FactId, Value)> {
    let mut facts = Facts::default();
    let yes = |dice: &mut Dice, in_hundred| i64::from(dice.in_hundred(in_hundred));
    facts.code("industry_class", firm.trade.size_class);
    facts.code("hightech_field", firm.trade.field);
    facts.put("ip_class1", firm.ip_class1);
    facts.put("ip_class2", firm.ip_class2);
    facts.put("ip_class1_own", dice.between(0, firm.ip_class1));
    facts.put("transformations_3y", firm.transformations);
    facts.put("rd_ledger_or_contract", yes(dice, 60));
    facts.put("abnormal_or_dishonest", yes(dice, 1));
    incidents(number, &mut facts, dice);
    facts.put("audited_levy", yes(dice, 97));
    facts.put("industry_allowed", yes(dice, 98));
    facts.put("tsme_direct_route", yes(dice, 4));
    if dice.in_hundred(88) {
        facts.put("innovation_self_score", firm.self_score);
    }
    if dice.in_hundred(12) {
        scores(firm, years, &mut facts, dice);
    }
    if dice.in_hundred(30) {
        specialised(firm, &mut facts, dice);
    }
    if dice.below(30) == 0 {
        let kept = facts.0.len() - 4;
        facts.0.truncate(kept);
    }
    facts.0
}

/// The twelve parts of the expert score, four of them within the bands that the figures give.
fn scores(firm: &Firm, years: &[Year], facts: &mut Facts, dice: &mut Dice) {
    for (name, max) in [
        ("score_ip_advanced", 8),
        ("score_ip_core_support", 8),
        ("score_ip_acquisition", 6),
        ("score_ip_standards", 2),
        ("score_org_ledger", 6),
        ("score_org_institution", 6),
        ("score_org_incentive", 4),
        ("score_org_talent", 4),
    ] {
        facts.put(name, dice.between(max / 2, max));
    }
    let quantity = match (firm.ip_class1, firm.ip_class2) {
        (1.., _) => (7, 8),
        (_, 5..) => (5, 6),
        (_, 3..) => (3, 4),
        (_, 1..) => (1, 2),
        _ => (0, 0),
    };
    facts.put("score_ip_quantity", dice.between(quantity.0, quantity.1));
    let yearly = firm.transformations / 3;
    let transformation = if yearly == 0 {
        (0, 0)
    } else {
        (6 * yearly.min(5) - 5, 6 * yearly.min(5))
    };
    facts.put(
        "score_transformation",
        dice.between(transformation.0, transformation.1),
    );
    let growth = |amount: fn(&Year) -> i64| figures::growth_band(years, amount);
    let (low, high) = growth(|year| year.net_assets);
    facts.put("score_growth_net_assets", dice.between(low, high));
    let (low, high) = growth(|year| year.sales);
    facts.put("score_growth_sales", dice.between(low, high));
}

/// Facts that only the rule sets for 专精特新 and the like look at.
fn specialised(firm: &Firm, facts: &mut Facts, dice: &mut Dice) {
    let grade = match (firm.ip_class1, firm.ip_class2) {
        (3.., _) => "HIGH_VALUE",
        (1.., _) => "SELF_CLASS1",
        (_, 1..) => "CLASS2",
        _ => "NONE",
    };
    facts.code("ip_grade", grade);
    facts.put("segment_years", 50 * dice.between(2, 30));
    facts.code("product_field", dice.pick::<&str>(&["A", "B", "C"]));
    facts.put("digital_level", dice.between(1, 4));
    facts.put("quality_items", dice.between(0, 3));
    facts.put("local_feature_points", dice.between(3, 15));
    facts.code(
        "rd_institution",
        dice.pick::<&str>(&["PROVINCIAL", "MUNICIPAL", "BELOW", "NONE"]),
    );
    facts.put("strategic_emerging", i64::from(dice.in_hundred(40)));
    facts.put("market_position_confirmed", i64::from(dice.in_hundred(50)));
    facts.put("platform_score", dice.between(35, 80));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::Datelike;

    use super::*;
    use crate::domain::certification::is_valid_on;
    use crate::domain::codes;
    use crate::domain::facts::catalogue;
    use crate::domain::text;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, 15).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_firms_and_another_gives_others() {
        let rows = |seed| {
            let register = generate(200, seed, today()).unwrap();
            (
                register.enterprises,
                register.figures,
                register.certifications,
            )
        };
        assert_eq!(rows(7), rows(7));
        assert_ne!(rows(7).0, rows(8).0);
    }

    #[test]
    fn rows_are_what_an_import_would_take() {
        let register = generate(2_000, 1, today()).unwrap();
        let codes: HashSet<Uscc> = register.enterprises.iter().map(|row| row.uscc).collect();
        assert_eq!(codes.len(), 2_000);
        for row in &register.enterprises {
            let name = row.name.as_deref().unwrap();
            assert!(name.starts_with("虚构"));
            assert_eq!(text::enterprise_name(name).as_deref(), Ok(name));
            assert_eq!(Uscc::parse(row.uscc.as_str()), Ok(row.uscc));
            assert!(codes::district(row.district_code.unwrap()).is_ok());
            assert!(codes::industry_class(row.industry_code.unwrap()).is_ok());
            assert!(row.registered_on.unwrap() < today());
            assert!(row.facts.len() >= 8, "{}", row.facts.len());
            let ids: HashSet<FactId> = row.facts.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids.len(), row.facts.len());
            for (id, value) in &row.facts {
                let def = catalogue().def(*id);
                assert_eq!(
                    def.from_text(&def.to_text(*value)),
                    Ok(*value),
                    "{}",
                    def.name
                );
            }
        }
        for row in &register.figures {
            assert!((2023..=2025).contains(&row.year));
            for (id, value) in &row.facts {
                let def = catalogue().def(*id);
                assert_eq!(
                    def.from_text(&def.to_text(*value)),
                    Ok(*value),
                    "{}",
                    def.name
                );
            }
        }
        let numbers: HashSet<_> = register
            .certifications
            .iter()
            .map(|row| (row.certification.scheme, &row.certification.number))
            .collect();
        assert_eq!(numbers.len(), register.certifications.len());
    }

    /// What lies in a shorter window lies in the longer ones too.
    #[test]
    fn windows_of_incidents_lie_within_one_another() {
        let register = generate(2_000, 1, today()).unwrap();
        let happened = [
            "major_incident_last_365d",
            "major_incident_this_or_last_year",
            "major_incident_last_3y",
        ]
        .map(|name| {
            let id = catalogue().by_name(name).unwrap();
            let rows = register.enterprises.iter();
            let yes = rows.filter(|row| row.facts.contains(&(id, 1)));
            yes.map(|row| row.uscc.to_string()).collect::<HashSet<_>>()
        });
        for pair in happened.windows(2) {
            assert!(pair[0].is_subset(&pair[1]) && pair[0].len() + 5 < pair[1].len());
        }
    }

    #[test]
    fn every_kind_of_case_occurs() {
        let register = generate(2_000, 1, today()).unwrap();
        let stated = |name: &str, value| {
            let id = catalogue().by_name(name).unwrap();
            register
                .enterprises
                .iter()
                .filter(|row| row.facts.contains(&(id, value)))
                .count()
        };
        for name in ["abnormal_or_dishonest", "major_incident_last_365d"] {
            assert!((5..60).contains(&stated(name, 1)), "{name}");
        }
        let held = |scheme: &str, valid: bool| {
            register
                .certifications
                .iter()
                .map(|row| &row.certification)
                .filter(|c| {
                    c.scheme == scheme
                        && is_valid_on(c.valid_from, c.valid_through, today()) == valid
                })
                .count()
        };
        for scheme in [
            "NATIONAL_HNTE",
            "PROVINCIAL_TECH_SME",
            "NATIONAL_TECH_SME",
            "SRDI_SME",
        ] {
            assert!(
                held(scheme, true) > 20 && held(scheme, false) > 5,
                "{scheme}"
            );
        }
        let status = |status| {
            register
                .enterprises
                .iter()
                .filter(|row| row.legal_status == Some(status))
                .count()
        };
        assert!(status(LegalStatus::Deregistered) > 2 && status(LegalStatus::MovedOut) > 2);
        let rd = catalogue().by_name("rd_expense").unwrap();
        let unknown = register
            .figures
            .iter()
            .filter(|row| row.year == 2025 && row.facts.iter().all(|(id, _)| *id != rd))
            .count();
        assert!((20..200).contains(&unknown), "{unknown}");
        let young = register
            .enterprises
            .iter()
            .filter(|row| row.registered_on.unwrap().year() >= 2025)
            .count();
        assert!(young > 50, "{young}");
    }
}
