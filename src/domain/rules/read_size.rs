//! Reading the table of size classes.

use super::read_fact::{fact, lookup};
use super::read_group::{Defaults, confidence};
use super::read_limit::number;
use super::reader::{Node, Read, Table, all, each};
use super::size::{SizeRow, SizeTable};
use super::test::{Operand, Unit};
use crate::facts::{Code, catalogue};

pub fn size_table(root: &Table, defaults: &Defaults) -> Read<SizeTable> {
    let by = root.need("by").and_then(|it| fact(&it));
    // Without the fact the codes cannot be told from slips, but the floors can be read.
    let codes = by.as_ref().ok().map(|by| &catalogue().def(*by).codes);
    let rows = root.need("industry").and_then(|node| {
        all(node.list()?.iter().map(|node| {
            let table = node.table()?;
            let code = table.need("code");
            if let Ok(name) = code.as_ref().map_err(Clone::clone).and_then(Node::text) {
                table.rename(format!("industry {name}"));
            }
            let place = code.and_then(|code| Ok((place(&code, codes)?, code)));
            table.finish(industry(&table, place, defaults))
        }))
    });
    each! {
        by = by,
        found = rows,
    }
    let mut rows: Vec<Option<SizeRow>> = vec![None; catalogue().def(by).codes.len()];
    for (place, code, row) in found {
        if rows[place].replace(row).is_some() {
            let twice = code.error("rule_set.named_twice");
            return Err(twice.with("id", code.text()?));
        }
    }
    Ok(SizeTable {
        by: Operand::current(by),
        rows,
    })
}

/// Which of the codes it is; the first where these are not known.
fn place(code: &Node, codes: Option<&Vec<Code>>) -> Read<usize> {
    let name = code.text()?;
    let Some(codes) = codes else {
        return Ok(0);
    };
    let place = codes.iter().position(|known| known.code == name);
    place.ok_or_else(|| code.error("rule_set.code_unknown").with("code", name))
}

fn industry<'a>(
    table: &Table<'a>,
    place: Read<(usize, Node<'a>)>,
    defaults: &Defaults,
) -> Read<(usize, Node<'a>, SizeRow)> {
    each! {
        place = place,
        row = row(table, defaults),
    }
    let (place, code) = place;
    Ok((place, code, row))
}

fn row(table: &Table, defaults: &Defaults) -> Read<SizeRow> {
    let class = |key| table.need(key).and_then(|it| floors(&it));
    each! {
        confidence = table
            .get("confidence")
            .map_or(Ok(defaults.confidence), |it| confidence(&it)),
        large = class("large"),
        medium = class("medium"),
        small = class("small"),
    }
    let floors = [large, medium, small];
    if floors.windows(2).any(|pair| !falls(&pair[0], &pair[1])) {
        return Err(table.error("rule_set.floors_fall"));
    }
    Ok(SizeRow { confidence, floors })
}

/// `{ staff_total = "300", sales = "20000000.00" }`
fn floors(node: &Node) -> Read<Vec<(Operand, i64)>> {
    let table = node.table()?;
    let floors = table.entries().map(|(name, value)| {
        let id = lookup(&value, name)?;
        let floor = number(&value, &Unit::of(id))?;
        let too_large = |_| value.error("rule_set.too_large");
        let floor = i64::try_from(floor.numerator()).map_err(too_large)?;
        Ok((Operand::current(id), floor))
    });
    let floors = all(floors)?;
    match floors.is_empty() {
        true => Err(node.error("rule_set.floor_missing")),
        false => Ok(floors),
    }
}

fn falls(higher: &[(Operand, i64)], lower: &[(Operand, i64)]) -> bool {
    higher.len() == lower.len()
        && higher
            .iter()
            .zip(lower)
            .all(|(above, below)| above.0 == below.0 && above.1 > below.1)
}
