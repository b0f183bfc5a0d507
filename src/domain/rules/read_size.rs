//! Reading the table of size classes.

use super::read_limit::number;
use super::read_set::{Defaults, confidence};
use super::read_test::fact;
use super::reader::{Node, Read, Table};
use super::size::{SizeRow, SizeTable};
use super::test::{Operand, Unit};
use crate::domain::facts::catalogue;

pub fn size_table(root: &Table, defaults: &Defaults) -> Read<SizeTable> {
    let by = fact(&root.need("by")?)?;
    let codes = &catalogue().def(by).codes;
    let mut rows: Vec<Option<SizeRow>> = vec![None; codes.len()];
    let node = root.need("industry")?;
    for node in node.list()? {
        let table = node.table()?;
        let code = table.need("code")?;
        let name = code.text()?;
        let place = codes.iter().position(|known| known.code == name);
        let place = place.ok_or_else(|| code.error(format!("{name} is no code of this fact")))?;
        table.rename(format!("industry {name}"));
        if rows[place].is_some() {
            return Err(code.error("stands twice"));
        }
        rows[place] = Some(row(&table, defaults)?);
        table.finish()?;
    }
    Ok(SizeTable {
        by: Operand::current(by),
        rows,
    })
}

fn row(table: &Table, defaults: &Defaults) -> Read<SizeRow> {
    let floors = [
        floors(&table.need("large")?)?,
        floors(&table.need("medium")?)?,
        floors(&table.need("small")?)?,
    ];
    if floors.windows(2).any(|pair| !falls(&pair[0], &pair[1])) {
        return Err(table.error("the floors of a lower class must be lower"));
    }
    Ok(SizeRow {
        confidence: table
            .get("confidence")
            .map_or(Ok(defaults.confidence), |it| confidence(&it))?,
        floors,
    })
}

/// `{ staff_total = "300", sales = "20000000.00" }`
fn floors(node: &Node) -> Read<Vec<(Operand, i64)>> {
    let mut floors = Vec::new();
    for (name, value) in node.table()?.entries() {
        let id = catalogue()
            .lookup(name)
            .map_err(|unknown| value.error(unknown.to_string()))?;
        let floor = number(&value, &Unit::of(id))?;
        let floor = i64::try_from(floor.numerator()).map_err(|_| value.error("is too large"))?;
        floors.push((Operand::current(id), floor));
    }
    if floors.is_empty() {
        return Err(node.error("needs a floor"));
    }
    Ok(floors)
}

fn falls(higher: &[(Operand, i64)], lower: &[(Operand, i64)]) -> bool {
    higher.len() == lower.len()
        && higher
            .iter()
            .zip(lower)
            .all(|(above, below)| above.0 == below.0 && above.1 > below.1)
}
