//! Three years of figures that hang together: assets, staff and R&D follow sales.

use chrono::{Datelike, NaiveDate};

use super::dice::Dice;
use super::firm::{Facts, Firm};
use crate::domain::facts::{FactId, Value};

/// The figures of one year, money in fen.
pub struct Year {
    pub year: i32,
    pub sales: i64,
    pub net_assets: i64,
    total_assets: i64,
    total_income: i64,
    hightech_income: i64,
    main_revenue: i64,
    rd_expense: i64,
    rd_domestic: i64,
    cost_total: i64,
    net_profit: i64,
    equity: i64,
    staff: i64,
    tech: i64,
    rd_staff: i64,
}

/// The three years before `today`, those before the registration left out.
pub fn years(firm: &Firm, today: NaiveDate, dice: &mut Dice) -> Vec<Year> {
    let mut sales = first_sales(dice);
    let mut years = Vec::new();
    for year in today.year() - 3..today.year() {
        // From a third lost to a half gained.
        sales = share(sales, dice.hump(7_000, 15_500));
        let figures = figures(year, sales, firm, dice);
        if year >= firm.registered_on.year() {
            years.push(figures);
        }
    }
    years
}

/// What is stated of a year. One in forty years lacks something, so that rules meet what is not known.
pub fn facts(year: &Year, dice: &mut Dice) -> Vec<(FactId, Value)> {
    let mut facts = Facts::default();
    facts.put("sales", year.sales);
    facts.put("total_income", year.total_income);
    facts.put("hightech_income", year.hightech_income);
    facts.put("main_revenue", year.main_revenue);
    facts.put("cost_total", year.cost_total);
    facts.put("net_profit", year.net_profit);
    facts.put("total_assets", year.total_assets);
    facts.put("total_liabilities", year.total_assets - year.net_assets);
    facts.put("net_assets", year.net_assets);
    facts.put("equity_raised", year.equity);
    facts.put("staff_total", year.staff);
    facts.put("tech_staff", year.tech);
    facts.put("rd_staff", year.rd_staff);
    if dice.below(40) > 0 {
        facts.put("rd_expense", year.rd_expense);
        facts.put("rd_expense_domestic", year.rd_domestic);
    }
    facts.0
}

/// The points that 195号 gives for the growth of an amount over the years there are.
pub fn growth_band(years: &[Year], amount: fn(&Year) -> i64) -> (i64, i64) {
    let amounts: Vec<i128> = years.iter().map(|year| i128::from(amount(year))).collect();
    // Growth as a fraction: ½·(Y2/Y1 + Y3/Y2) − 1, or Y3/Y2 − 1 where there are two years.
    let (grown, base) = match amounts[..] {
        [y1, y2, y3] if y1 > 0 && y2 > 0 => (y2 * y2 + y1 * y3, 2 * y1 * y2),
        [y1, y2, y3] if y1 == 0 && y2 > 0 => (y3, y2),
        [y2, y3] if y2 > 0 => (y3, y2),
        _ => return (0, 0),
    };
    const BANDS: &[(i128, (i64, i64))] = &[(35, (9, 10)), (25, (7, 8)), (15, (5, 6)), (5, (3, 4))];
    let reached = |percent: i128| 100 * grown >= (100 + percent) * base;
    BANDS
        .iter()
        .find(|(percent, _)| reached(*percent))
        .map_or(if grown > base { (1, 2) } else { (0, 0) }, |(_, band)| {
            *band
        })
}

fn figures(year: i32, sales: i64, firm: &Firm, dice: &mut Dice) -> Year {
    let total_income = share(sales, dice.between(10_000, 10_400));
    let total_assets = share(sales, dice.hump(5_000, 24_000));
    let rd_expense = share(share(sales, firm.rd_bp), dice.between(8_500, 12_000));
    // A head for every 200,000 yuan or so, fewer where sales are large.
    let staff = (sales / dice.between(15_000_000, 60_000_000)).clamp(2, 3_000);
    let tech = share(staff, firm.tech_bp).min(staff);
    Year {
        year,
        sales,
        net_assets: share(total_assets, dice.hump(1_000, 8_500)),
        total_assets,
        total_income,
        hightech_income: share(total_income, dice.hump(3_000, 9_900)),
        main_revenue: share(sales, dice.hump(5_500, 10_000)),
        rd_expense,
        rd_domestic: share(rd_expense, dice.hump(5_500, 10_000).max(5_500)),
        cost_total: share(sales, dice.hump(7_500, 10_200)),
        net_profit: share(sales, dice.hump(-1_200, 2_000)),
        equity: if dice.in_hundred(5) {
            dice.between(200, 9_000) * WAN
        } else {
            0
        },
        staff,
        tech,
        rd_staff: share(tech, dice.between(5_000, 10_000)),
    }
}

const WAN: i64 = 1_000_000;

/// Many small firms, few large ones: between the tenths of a distribution, in 万元.
fn first_sales(dice: &mut Dice) -> i64 {
    const TENTHS: &[i64] = &[
        60, 180, 400, 750, 1_300, 2_200, 3_900, 7_000, 14_000, 36_000, 150_000,
    ];
    let place = dice.below(10) as usize;
    dice.between(TENTHS[place] * WAN, TENTHS[place + 1] * WAN)
}

/// A part in basis points, cut to whole units.
fn share(whole: i64, basis_points: i64) -> i64 {
    whole / 10_000 * basis_points + whole % 10_000 * basis_points / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_falls_into_the_bands_of_the_guide() {
        let year = |sales| Year {
            sales,
            ..figures(2025, sales, &firm(), &mut Dice::new(1))
        };
        let band = |sales: &[i64]| {
            let years: Vec<Year> = sales.iter().map(|s| year(*s)).collect();
            growth_band(&years, |y| y.sales)
        };
        assert_eq!(band(&[3_000, 4_000, 5_000]), (7, 8));
        assert_eq!(band(&[100, 135]), (9, 10));
        assert_eq!(band(&[100, 134]), (7, 8));
        assert_eq!(band(&[100, 101]), (1, 2));
        assert_eq!(band(&[100, 100]), (0, 0));
        assert_eq!(band(&[100]), (0, 0));
    }

    fn firm() -> Firm {
        Firm {
            uscc: crate::domain::uscc::Uscc::from_body("91330602MA000000").unwrap(),
            registered_on: NaiveDate::from_ymd_opt(2015, 1, 1).unwrap(),
            trade: &super::super::names::TRADES[0],
            rd_bp: 500,
            tech_bp: 1_500,
            ip_class1: 1,
            ip_class2: 5,
            transformations: 12,
            self_score: 70,
        }
    }
}
