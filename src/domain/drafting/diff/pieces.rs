//! What was added, taken away or moved as a whole: a criterion, an item, a gate, a pool.

use serde_json::Value as Json;

use super::difference::{Difference, Kind};
use super::tables::Tables;
use super::words::{both, key, said, sentence, test, title};
use crate::rules::model::Words;
use crate::rules::place::{Kind as Named, NamedTable};

pub fn added(place: &NamedTable, document: &Json) -> Difference {
    whole(place, document, Kind::Added)
}

pub fn removed(place: &NamedTable, document: &Json) -> Difference {
    whole(place, document, Kind::Removed)
}

/// A criterion that stands in another gate or pool now.
pub fn moved(old: &NamedTable, new: &NamedTable, tables: &Tables) -> Option<Difference> {
    let within = |place: &NamedTable, document: &Json| -> Option<(String, Words)> {
        let (above, _) = place.pointer.rsplit_once("/criterion/")?;
        let all = NamedTable::all(document);
        let group = all.iter().find(|it| it.pointer == above)?;
        Some((group.name.clone(), title(group)))
    };
    let (from, to) = (within(old, tables.from), within(new, tables.to));
    let name = |group: &Option<(String, Words)>| group.as_ref().map(|it| it.0.clone());
    if new.kind != Named::Criterion || name(&from) == name(&to) {
        return None;
    }
    let (from, to) = (from.map(|it| it.1), to.map(|it| it.1));
    Some(Difference {
        place: new.name.clone(),
        criterion: Some(new.name.clone()),
        title: Some(title(new)),
        kind: Kind::Test,
        text: sentence(&key("stands_in"), from.as_ref(), to.as_ref()),
        from,
        to,
    })
}

pub fn reordered(old: &[String], new: &[String]) -> Difference {
    let names = |list: &[String]| {
        let text = list.join(", ").replace("gate:", "");
        said(text.replace(", ", "、"), text)
    };
    let (from, to) = (names(old), names(new));
    Difference {
        place: "gate".to_owned(),
        criterion: None,
        title: None,
        kind: Kind::Order,
        text: sentence(&key("order"), Some(&from), Some(&to)),
        from: Some(from),
        to: Some(to),
    }
}

pub(super) fn whole(place: &NamedTable, document: &Json, kind: Kind) -> Difference {
    let named = title(place);
    let what = key(place.kind.key());
    let asked = match place.kind {
        Named::Criterion => both(&named, " · ", &test(place.table, document)),
        _ => named.clone(),
    };
    let (zh, en) = match kind {
        Kind::Removed => ("删除", "removed"),
        _ => ("新增", "new"),
    };
    let text = said(
        format!("{zh}{}：{}", what.zh, named.zh),
        format!("{en} {}: {}", what.en, named.en),
    );
    let (from, to) = match kind {
        Kind::Removed => (Some(asked), None),
        _ => (None, Some(asked)),
    };
    Difference {
        place: place.name.clone(),
        criterion: (place.kind == Named::Criterion).then(|| place.name.clone()),
        title: Some(named),
        kind,
        from,
        to,
        text,
    }
}
