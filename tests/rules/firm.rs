//! Random firms, told by a seed, in and around the limits of the shipped rules.

use chrono::{Datelike, Days, NaiveDate};
use sanku::domain::enterprise::LegalStatus;
use sanku::domain::evaluate::{Figure, HeldTitle, Profile, explain};
use sanku::domain::facts::{Evidence, FactDef, Kind, Period, catalogue};
use sanku::domain::messages::Lang;
use sanku::domain::outcome::Outcome;
use sanku::domain::rules::Library;
use sanku::domain::rules::points::Points;

/// SplitMix64: the same seed gives the same firm everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: i64) -> i64 {
        (self.next() % end.max(1) as u64) as i64
    }

    pub fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn pick(&mut self, from: &[i64]) -> i64 {
        from[self.below(from.len() as i64) as usize]
    }
}

pub fn firm(seed: u64) -> Profile {
    let mut dice = Dice(seed);
    let as_of = NaiveDate::from_ymd_opt(2026, 1 + dice.below(12) as u32, 15).unwrap();
    let age = if dice.one_in(4) {
        dice.below(900)
    } else {
        400 + dice.below(9000)
    };
    let registered = as_of - Days::new(age.unsigned_abs());
    let district = if dice.one_in(20) { "330106" } else { "330602" };
    let mut profile = Profile::new(as_of, registered, district, LegalStatus::Active);
    for year in [2023, 2024, 2025] {
        annual(&mut profile, year, &mut dice);
    }
    for (id, def) in catalogue()
        .iter()
        .filter(|(_, it)| it.period == Period::Dated)
    {
        if !dice.one_in(25) {
            let value = dated(def, &mut dice);
            profile.set_dated(id, proved(value, &mut dice));
        }
    }
    for scheme in [
        "NATIONAL_HNTE",
        "NATIONAL_TECH_SME",
        "PROVINCIAL_TECH_SME",
        "INNOVATIVE_SME",
        "SRDI_SME",
        "LITTLE_GIANT",
    ] {
        if dice.one_in(6) {
            let from = as_of - Days::new(dice.below(1200).unsigned_abs());
            profile.add_title(HeldTitle {
                scheme: scheme.to_owned(),
                valid_from: from,
                valid_through: from.with_year(from.year() + 3),
            });
        }
    }
    if dice.one_in(2) {
        scored_as_they_may_be(&mut profile, &mut dice);
    }
    profile
}

/// Moves each entered score into the band it must lie in: an expert's sheet without slips. Else nearly no firm of the dice
/// would have a total that is settled.
fn scored_as_they_may_be(profile: &mut Profile, dice: &mut Dice) {
    let set = Library::shipped()
        .named("NATIONAL_HNTE@2016-01-01")
        .unwrap();
    for (place, entry) in set.points.entries.iter().enumerate() {
        let Points::Entered { operand, .. } = &entry.points else {
            continue;
        };
        let start = dice.below(entry.max + 1);
        let fits = |value: &i64| {
            let mut tried = profile.clone();
            tried.set_dated(
                operand.fact,
                Figure {
                    value: *value,
                    evidence: None,
                },
            );
            explain(set, &tried, Lang::Zh).items[place].check == Outcome::Met
        };
        let scores = (0..=entry.max).map(|step| (start + step) % (entry.max + 1));
        if let Some(value) = scores.into_iter().find(fits) {
            profile.set_dated(operand.fact, proved(value, dice));
        }
    }
}

fn annual(profile: &mut Profile, year: i32, dice: &mut Dice) {
    // Fen: the edges of the brackets, one fen beside them, nothing, everything, or anything.
    let sales = match dice.below(8) {
        0 => 0,
        1 => dice.pick(&[5_000_000_000, 20_000_000_000, 10_000_000_000]) + dice.below(3) - 1,
        2 => 99_999_999_999_999_999 - dice.below(1_000),
        _ => 1 + dice.below(40_000_000_000),
    };
    let share = |dice: &mut Dice, of: i64, thousandths: i64| {
        let part = i128::from(of) * i128::from(dice.below(thousandths + 1)) / 1_000;
        i64::try_from(part).unwrap() + dice.below(2)
    };
    let rd = share(dice, sales, 80);
    let staff = dice.below(700);
    let assets = share(dice, sales, 1_900).min(99_999_999_999_999_999);
    let figures = [
        ("sales", sales),
        ("total_income", sales),
        ("hightech_income", share(dice, sales, 999)),
        ("main_revenue", share(dice, sales, 999)),
        ("rd_expense", rd),
        ("rd_expense_domestic", share(dice, rd, 999)),
        ("cost_total", share(dice, sales, 990)),
        (
            "net_profit",
            share(dice, sales, 150) - share(dice, sales, 50),
        ),
        ("total_assets", assets),
        ("total_liabilities", share(dice, assets, 999)),
        (
            "net_assets",
            share(dice, assets, 900) - share(dice, assets, 100),
        ),
        (
            "equity_raised",
            if dice.one_in(3) {
                dice.below(8_000_000_000)
            } else {
                0
            },
        ),
        ("staff_total", staff),
        ("tech_staff", dice.below(staff / 3 + 2)),
        ("rd_staff", dice.below(staff / 3 + 2)),
    ];
    for (name, value) in figures {
        if !dice.one_in(30) {
            let id = catalogue().by_name(name).unwrap();
            let value = value.min(99_999_999_999_999_999);
            profile.set_annual(year, id, proved(value, dice));
        }
    }
}

fn dated(def: &FactDef, dice: &mut Dice) -> i64 {
    match def.kind {
        // Most lists are clean, or every firm would be excluded.
        Kind::YesNo if def.name.ends_with("dishonest") || def.name.starts_with("major") => {
            i64::from(dice.one_in(12))
        }
        Kind::YesNo => dice.below(2),
        Kind::Code => dice.below(def.codes.len() as i64),
        Kind::Score if def.name == "local_feature_points" => dice.below(17),
        Kind::Score if def.name == "score_transformation" => dice.below(31),
        Kind::Score if def.name.starts_with("score_growth") => dice.below(11),
        Kind::Score if def.name.starts_with("score_") => dice.below(9),
        Kind::Score => 40 + dice.below(40),
        Kind::Count if def.max == Some(4) => 1 + dice.below(4),
        Kind::Count => dice.below(8),
        Kind::Decimal => dice.below(1_200),
        Kind::Money => dice.below(1_000_000_000),
    }
}

fn proved(value: i64, dice: &mut Dice) -> Figure {
    let evidence = match dice.below(3) {
        0 => None,
        1 => Some(Evidence::EntitySupplied),
        _ => Some(Evidence::Audited),
    };
    Figure { value, evidence }
}
