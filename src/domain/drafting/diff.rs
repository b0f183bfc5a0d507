//! What changed from one document to another (版本差异), in words: "研发费用占销售收入不低于 3% → 4%".
//!
//! Documents are compared as people write them: criteria, items, gates and pools by their names, then key by key.

mod tables;
mod words;

use serde_json::{Map, Value as Json};

use crate::rules::model::Words;
use crate::rules::place::{Kind as Named, Place};
use tables::Tables;

/// One thing that changed.
#[derive(Debug, Clone)]
pub struct Difference {
    /// As [`super::parameters`] names places: `s_rd/brackets/0/at_least`.
    pub place: String,
    /// The criterion it stands in.
    pub criterion: Option<String>,
    /// What the criterion, item, gate or pool is called, in the later document where it is in both.
    pub title: Option<Words>,
    pub kind: Kind,
    /// In words; none where there was nothing.
    pub from: Option<Words>,
    pub to: Option<Words>,
    /// The whole in a sentence.
    pub text: Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 新增
    Added,
    /// 删除
    Removed,
    /// 限值
    Limit,
    /// 分档
    Brackets,
    /// 得分
    Points,
    /// 考核内容: another figure, title or answer is asked for
    Test,
    /// 任意几项
    Need,
    /// 移库办法
    Moves,
    /// 生效日期
    Date,
    /// 依据条款
    Clause,
    /// 名称表述
    Title,
    /// The order in which gates are looked at.
    Order,
    /// For people only, or for the order of ways.
    Note,
}

/// In the order of the documents: the whole first, then gates and pools, criteria, items.
pub fn diff(from: &Json, to: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    let tables = Tables { from, to };
    if let (Some(before), Some(after)) = (from.as_object(), to.as_object()) {
        head(&tables, before, after, &mut found);
    }
    for kind in [
        Named::Gate,
        Named::Pool,
        Named::Criterion,
        Named::Item,
        Named::Block,
        Named::Industry,
    ] {
        named(&tables, kind, &mut found);
    }
    found
}

/// The keys of the whole document; lists of named tables come by themselves, and the number is no content.
fn head(
    tables: &Tables,
    before: &Map<String, Json>,
    after: &Map<String, Json>,
    found: &mut Vec<Difference>,
) {
    let own = |map: &Map<String, Json>| -> Map<String, Json> {
        let is_list = |key: &str| Named::ALL.iter().any(|kind| kind.key() == key);
        map.iter()
            .filter(|(key, _)| !is_list(key) && *key != "version")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    tables.compare(&own(before), &own(after), None, "", found);
}

fn named(tables: &Tables, kind: Named, found: &mut Vec<Difference>) {
    let of = |document| -> Vec<Place> {
        let all = Place::all(document);
        all.into_iter().filter(|it| it.kind == kind).collect()
    };
    let (before, after) = (of(tables.from), of(tables.to));
    let twin = |place: &Place, others: &[Place]| others.iter().any(|it| it.name == place.name);
    for place in before.iter().filter(|it| !twin(it, &after)) {
        found.push(words::removed(place, tables.from));
    }
    for place in &after {
        match before.iter().find(|it| it.name == place.name) {
            None => found.push(words::added(place, tables.to)),
            Some(old) => {
                tables.compare(old.table, place.table, Some(place), &place.name, found);
                if let Some(moved) = words::moved(old, place, tables) {
                    found.push(moved);
                }
            }
        }
    }
    let common = |list: &[Place], others: &[Place]| -> Vec<String> {
        let kept = list.iter().filter(|it| twin(it, others));
        kept.map(|it| it.name.clone()).collect()
    };
    let (old, new) = (common(&before, &after), common(&after, &before));
    if kind == Named::Gate && old != new {
        found.push(words::reordered(&old, &new));
    }
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Removed => "REMOVED",
            Self::Limit => "LIMIT",
            Self::Brackets => "BRACKETS",
            Self::Points => "POINTS",
            Self::Test => "TEST",
            Self::Need => "NEED",
            Self::Moves => "MOVES",
            Self::Date => "DATE",
            Self::Clause => "CLAUSE",
            Self::Title => "TITLE",
            Self::Order => "ORDER",
            Self::Note => "NOTE",
        }
    }
}
