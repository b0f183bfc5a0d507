//! Reading gates, tiers and moves of a pool rule set.

use super::model::{Gate, Group, PoolRules, Tier};
use super::moves::{MonthDay, Moves};
use super::read_points::words;
use super::read_set::{Context, clause, group};
use super::read_test::flag;
use super::reader::{Node, Read, Table};
use super::test::{Bound, Compare, Limit, Test, Unit};
use crate::domain::exact::Fraction;
use crate::domain::outcome::Outcomes;
use crate::domain::pool::{Placement, Pool};

pub fn pools(root: &Table, context: &Context) -> Read<PoolRules> {
    let moves = moves(&root.need("moves")?, context)?;
    let gates: Vec<Gate> = match root.get("gate") {
        Some(node) => node
            .list()?
            .iter()
            .map(|node| gate(node, context))
            .collect::<Read<_>>()?,
        None => Vec::new(),
    };
    let node = root.need("pool")?;
    let tiers = node
        .list()?
        .iter()
        .map(|node| tier(node, context, moves.keep_percent))
        .collect::<Read<Vec<Tier>>>()?;
    if tiers.windows(2).any(|pair| pair[0].pool <= pair[1].pool) {
        return Err(node.error("pools must stand from the highest to the lowest"));
    }
    if gates.len() + tiers.len() > Outcomes::MAX {
        return Err(node.error("too many gates"));
    }
    Ok(PoolRules {
        gates,
        tiers,
        moves,
    })
}

fn gate(node: &Node, context: &Context) -> Read<Gate> {
    let table = node.table()?;
    let id = table.need("id")?.text()?.to_owned();
    table.rename(format!("gate {id}"));
    let otherwise = table.need("otherwise")?;
    let placement = match Placement::parse(otherwise.text()?) {
        Some(Placement::In(_)) | None => {
            return Err(otherwise.error("must be EXCLUDED, GRADUATED or NONE"));
        }
        Some(placement) => placement,
    };
    let gate = Gate {
        group: group(&table, id, words(&table)?, context)?,
        otherwise: placement,
    };
    table.finish()?;
    Ok(gate)
}

fn tier(node: &Node, context: &Context, keep_percent: i64) -> Read<Tier> {
    let table = node.table()?;
    let code = table.need("code")?;
    let pool = Pool::parse(code.text()?);
    let pool = pool.ok_or_else(|| code.error("must be STARTER, ACCELERATION or SPRINT"))?;
    table.rename(format!("pool {pool}"));
    let entry = group(&table, pool.to_string(), words(&table)?, context)?;
    table.finish()?;
    let keep = lowered(&entry, keep_percent);
    Ok(Tier { pool, entry, keep })
}

fn moves(node: &Node, context: &Context) -> Read<Moves> {
    let table = node.table()?;
    table.rename("moves".to_owned());
    let keep = table.need("keep_percent")?;
    let keep_percent = keep.whole()?;
    if !(1..=100).contains(&keep_percent) {
        return Err(keep.error("must be 1 to 100"));
    }
    let years = |key| -> Read<i32> {
        let node = table.need(key)?;
        i32::try_from(node.whole()?)
            .ok()
            .filter(|years| (0..=100).contains(years))
            .ok_or_else(|| node.error("must be 0 to 100"))
    };
    let moves = Moves {
        keep_percent,
        yearly_from: month_day(&table.need("yearly_from")?)?,
        failures_before_demotion: years("failures_before_demotion")?.unsigned_abs().max(1),
        stay_limit_years: years("stay_limit_years")?,
        extension_years: years("extension_years")?,
        automatic: flag(&table, "automatic")?,
        clause: clause(&table, &context.defaults.clause)?,
    };
    table.finish()?;
    Ok(moves)
}

fn month_day(node: &Node) -> Read<MonthDay> {
    let parsed = node.text()?.split_once('-').and_then(|(month, day)| {
        let month: u32 = month.parse().ok()?;
        let day: u32 = day.parse().ok()?;
        // A year without 29 February: a day that some years lack would have no evaluation in them.
        chrono::NaiveDate::from_ymd_opt(2001, month, day)?;
        Some(MonthDay { month, day })
    });
    parsed.ok_or_else(|| node.error("must be a day of the year, \"06-01\""))
}

/// The group with its lower numeric limits at so many percent. Upper limits, yes/no, titles, embedded rule sets and
/// the count of "k of n" stay.
fn lowered(group: &Group, percent: i64) -> Group {
    let mut lowered = group.clone();
    for criterion in &mut lowered.criteria {
        lower(&mut criterion.test, percent);
    }
    lowered
}

fn lower(test: &mut Test, percent: i64) {
    match test {
        Test::Compare(compare) => {
            let Compare { limit, unit, .. } = compare.as_mut();
            match limit {
                Limit::Fixed(bound) => lower_bound(bound, unit, percent),
                Limit::Bracketed { brackets, .. } => {
                    for bracket in brackets {
                        lower_bound(&mut bracket.bound, unit, percent);
                    }
                }
            }
        }
        Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
            for test in tests {
                lower(test, percent);
            }
        }
        _ => {}
    }
}

fn lower_bound(bound: &mut Bound, unit: &Unit, percent: i64) {
    let (above, below) = (bound.limit.numerator(), bound.limit.denominator());
    if bound.comparison.is_lower_limit()
        && let Some(limit) = Fraction::new(above * i128::from(percent), below * 100)
    {
        bound.text = unit.show(limit);
        bound.limit = limit;
    }
}
