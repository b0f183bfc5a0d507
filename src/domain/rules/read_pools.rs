//! Reading gates, tiers and moves of a pool rule set.

use super::model::{Gate, Group, PoolRules, Tier, Words};
use super::moves::{MonthDay, Moves};
use super::read_group::{Context, clause, group};
use super::read_points::words;
use super::read_test::flag;
use super::reader::{Node, Read, Table, all, each};
use super::test::{Bound, Compare, Limit, Test, Unit};
use crate::exact::Fraction;
use crate::outcome::Outcomes;
use crate::pool::placement::{Placement, Pool};

pub fn pools(root: &Table, context: &Context) -> Read<PoolRules> {
    let moves = root.need("moves").and_then(|it| moves(&it, context));
    // What is kept of the limits does not matter where there is nothing to keep.
    let keep_percent = moves.as_ref().map_or(100, |moves| moves.keep_percent);
    let gates = match root.get("gate") {
        Some(node) => node
            .list()
            .and_then(|gates| all(gates.iter().map(|it| gate(it, context)))),
        None => Ok(Vec::new()),
    };
    let node = root.need("pool")?;
    let tiers = node.list().and_then(|tiers| {
        let read = tiers.iter().map(|it| tier(it, context, keep_percent));
        all(read)
    });
    each! {
        moves = moves,
        gates = gates,
        tiers = tiers,
    }
    if tiers.windows(2).any(|pair| pair[0].pool <= pair[1].pool) {
        return Err(node.error("rule_set.pool_order"));
    }
    if gates.len() + tiers.len() > Outcomes::MAX {
        let error = node.error("rule_set.too_many_gates");
        return Err(error.with("max", Outcomes::MAX));
    }
    Ok(PoolRules {
        gates,
        tiers,
        moves,
    })
}

fn gate(node: &Node, context: &Context) -> Read<Gate> {
    let table = node.table()?;
    let id = table.need_text("id");
    if let Ok(id) = id {
        table.rename(format!("gate {id}"));
    }
    let read = || {
        each! {
            id = id,
            otherwise = table.need("otherwise").and_then(|it| placement(&it)),
            title = words(&table),
            group = group(&table, String::new(), Words::default(), context),
        }
        let id = id.to_owned();
        Ok(Gate {
            group: Group { id, title, ..group },
            otherwise,
        })
    };
    table.finish(read())
}

fn placement(node: &Node) -> Read<Placement> {
    let parse = |text: &str| match Placement::parse(text) {
        Some(Placement::In(_)) | None => None,
        Some(placement) => Some(placement),
    };
    node.choice("EXCLUDED, GRADUATED, NONE", parse)
}

fn tier(node: &Node, context: &Context, keep_percent: i64) -> Read<Tier> {
    let table = node.table()?;
    let code = table.need("code");
    let pool = code.and_then(|it| it.choice("STARTER, ACCELERATION, SPRINT", Pool::parse));
    if let Ok(pool) = pool {
        table.rename(format!("pool {pool}"));
    }
    let read = || {
        each! {
            pool = pool,
            title = words(&table),
            group = group(&table, String::new(), Words::default(), context),
        }
        let id = pool.to_string();
        let entry = Group { id, title, ..group };
        let keep = lowered(&entry, keep_percent);
        Ok(Tier { pool, entry, keep })
    };
    table.finish(read())
}

fn moves(node: &Node, context: &Context) -> Read<Moves> {
    let table = node.table()?;
    table.rename("moves".to_owned());
    let years = |key: &'static str| -> Read<i32> {
        let node = table.need(key)?;
        let years = node.within(0, 100)?;
        i32::try_from(years).map_err(|_| node.error("rule_set.whole_wanted"))
    };
    let read = || {
        each! {
            keep_percent = table.need("keep_percent").and_then(|it| it.within(1, 100)),
            yearly_from = table.need("yearly_from").and_then(|it| month_day(&it)),
            failures = years("failures_before_demotion"),
            stay_limit_years = years("stay_limit_years"),
            extension_years = years("extension_years"),
            automatic = flag(&table, "automatic"),
            clause = clause(&table, &context.defaults.clause),
        }
        Ok(Moves {
            keep_percent,
            yearly_from,
            failures_before_demotion: failures.unsigned_abs().max(1),
            stay_limit_years,
            extension_years,
            automatic,
            clause,
        })
    };
    table.finish(read())
}

fn month_day(node: &Node) -> Read<MonthDay> {
    let parsed = node.text()?.split_once('-').and_then(|(month, day)| {
        let month: u32 = month.parse().ok()?;
        let day: u32 = day.parse().ok()?;
        // A year without 29 February: a day that some years lack would have no evaluation in them.
        chrono::NaiveDate::from_ymd_opt(2001, month, day)?;
        Some(MonthDay { month, day })
    });
    parsed.ok_or_else(|| node.error("rule_set.month_day_form"))
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
