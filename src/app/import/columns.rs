//! Which header means what: `packs/columns.toml`, and the labels of the fact catalogue.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::cell::Unit;
use crate::domain::facts::{FactId, catalogue};
use crate::domain::nearest::nearest;
use crate::domain::text;

/// A field of the register that a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Uscc,
    Name,
    District,
    Park,
    RegisteredOn,
    Industry,
    LegalStatus,
    ContactName,
    ContactPhone,
    ContactEmail,
    Year,
    Scheme,
    Number,
    ValidFrom,
    ValidThrough,
    Issuer,
    Document,
    /// Checked, not kept.
    Percent,
    /// Neither checked nor kept.
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Field(Field),
    Fact(FactId),
}

/// A header understood: what it holds, and the unit it names for amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Understood {
    pub target: Target,
    pub unit: Option<Unit>,
}

/// A unit that amounts cannot be read in without rounding or guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherUnit;

pub fn understand(header: &str) -> Option<Understood> {
    let name = folded(header);
    let (base, bracket) = match name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
    {
        Some((base, bracket)) if UNITS.contains(&bracket) => (base, Some(bracket)),
        _ => (name.as_str(), None),
    };
    let target = COLUMNS.targets.get(base)?;
    Some(Understood {
        target: *target,
        unit: match bracket {
            Some("元") => Some(Unit::Yuan),
            Some("万元") => Some(Unit::WanYuan),
            _ => None,
        },
    })
}

/// The unit of amounts a title names, as in 金额单位：万元.
pub fn unit_in_title(title: &str) -> Option<Result<Unit, OtherUnit>> {
    let title = folded(title);
    if ["千元", "百万元", "亿元", "美元"]
        .iter()
        .any(|unit| title.contains(unit))
    {
        Some(Err(OtherUnit))
    } else if title.contains("万元") {
        Some(Ok(Unit::WanYuan))
    } else if title.contains("单位:元") || title.contains("(元)") {
        Some(Ok(Unit::Yuan))
    } else {
        None
    }
}

/// The header sanku's own templates have for a target.
pub fn header(target: Target) -> &'static str {
    match target {
        Target::Fact(id) => &catalogue().def(id).zh,
        Target::Field(_) => COLUMNS.headers.get(&target).map_or("", String::as_str),
    }
}

/// The known header most like an unknown one.
pub fn suggest(unknown: &str) -> Option<&'static str> {
    let names = COLUMNS.headers.values().map(String::as_str);
    let labels = catalogue().iter().map(|(_, def)| def.zh.as_str());
    nearest(&folded(unknown), names.chain(labels))
}

const UNITS: &[&str] = &[
    "万元", "元", "人", "件", "项", "个", "分", "%", "年", "家", "必填", "选填",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    header: String,
    #[serde(default)]
    also: Vec<String>,
    field: Option<Field>,
    fact: Option<String>,
}

#[derive(Default)]
struct Columns {
    targets: HashMap<String, Target>,
    headers: HashMap<Target, String>,
}

/// Part of the program: a test loads it and checks every entry.
static COLUMNS: LazyLock<Columns> =
    LazyLock::new(|| load(include_str!("../../packs/columns.toml")).unwrap_or_default());

fn load(source: &str) -> Result<Columns, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        column: Vec<Entry>,
    }
    let file: File = toml::from_str(source).map_err(|error| error.to_string())?;
    let mut columns = Columns::default();
    for entry in file.column {
        let target = match (entry.field, &entry.fact) {
            (Some(field), None) => Target::Field(field),
            (None, Some(fact)) => {
                let found = catalogue().by_name(fact);
                Target::Fact(found.ok_or_else(|| format!("{fact}: no such fact"))?)
            }
            _ => return Err(format!("{}: needs a field or a fact", entry.header)),
        };
        for name in std::iter::once(&entry.header).chain(&entry.also) {
            if columns.targets.insert(folded(name), target).is_some() {
                return Err(format!("{name}: means two things"));
            }
        }
        columns.headers.entry(target).or_insert(entry.header);
    }
    for (id, def) in catalogue().iter() {
        for name in [&def.zh, &def.name] {
            columns
                .targets
                .entry(folded(name))
                .or_insert(Target::Fact(id));
        }
    }
    Ok(columns)
}

/// Half-width and lower case, without blanks and the star that marks required columns.
fn folded(header: &str) -> String {
    header
        .chars()
        .map(text::fold_width)
        .filter(|c| !c.is_whitespace() && *c != '*')
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(header: &str) -> Option<Target> {
        understand(header).map(|found| found.target)
    }

    fn fact(name: &str) -> Option<Target> {
        catalogue().by_name(name).map(Target::Fact)
    }

    #[test]
    fn the_shipped_columns_load() {
        let columns = load(include_str!("../../packs/columns.toml")).unwrap();
        assert!(columns.targets.len() > 150);
        for (_, def) in catalogue().iter() {
            assert_eq!(target(&def.zh), fact(&def.name), "{}", def.zh);
        }
    }

    #[test]
    fn headers_are_known_in_many_dresses() {
        for (written, meant) in [
            ("统一社会信用代码", Some(Target::Field(Field::Uscc))),
            ("*企业 名称\n", Some(Target::Field(Field::Name))),
            ("区、县(市)", Some(Target::Field(Field::District))),
            ("营业收入（万元）", fact("sales")),
            ("职工总数(人)", fact("staff_total")),
            ("rd_expense", fact("rd_expense")),
            ("I类知识产权数", fact("ip_class1")),
            ("产品基于自有知识产权", fact("products_based_on_own_ip")),
            ("不知所云", None),
        ] {
            assert_eq!(target(written), meant, "{written}");
        }
        assert_eq!(understand("净利润（元）").unwrap().unit, Some(Unit::Yuan));
        assert_eq!(understand("净利润").unwrap().unit, None);
        assert_eq!(suggest("统一社会信用代号"), Some("统一社会信用代码"));
    }

    #[test]
    fn a_title_may_name_the_unit() {
        assert_eq!(
            unit_in_title("企业（金额单位：万元）"),
            Some(Ok(Unit::WanYuan))
        );
        assert_eq!(unit_in_title("单位: 元"), Some(Ok(Unit::Yuan)));
        assert_eq!(unit_in_title("金额（亿元）"), Some(Err(OtherUnit)));
        assert_eq!(unit_in_title("企业"), None);
    }
}
