//! Parts of a document in words, Chinese and English.

use serde_json::{Map, Value as Json};

use super::difference::BOUNDS;
use crate::codes;
use crate::drafting::parameters::in_unit;
use crate::facts::catalogue;
use crate::messages::Lang;
use crate::rules::dated;
use crate::rules::model::Words;
use crate::rules::place::{Kind as Named, NamedTable};
use crate::words as catalogued;

type Table = Map<String, Json>;

/// What a key is called; the facts of the catalogue have their own names.
pub fn key(key: &str) -> Words {
    if let Some(word) = catalogued::of("rule_keys").find(|word| word.code == key) {
        return said(word.in_lang(Lang::Zh), word.in_lang(Lang::En));
    }
    fact(key)
}

pub fn said(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words {
        zh: zh.into(),
        en: en.into(),
    }
}

/// Chinese words follow each other without a blank, unless a mark is wanted between them.
pub fn both(first: &Words, mark: &str, second: &Words) -> Words {
    let blank = if mark.is_empty() { " " } else { mark };
    said(
        format!("{}{mark}{}", first.zh, second.zh),
        format!("{}{blank}{}", first.en, second.en),
    )
}

pub fn list(parts: &[Words]) -> Words {
    joined(parts, "；", "; ")
}

pub fn numbered(label: &Words, number: usize) -> Words {
    said(
        format!("{}（第{number}档）", label.zh),
        format!("{} (band {number})", label.en),
    )
}

pub fn sentence(label: &Words, from: Option<&Words>, to: Option<&Words>) -> Words {
    let of = |lang: Lang| {
        let label = label.in_lang(lang);
        let from = from.map(|it| it.in_lang(lang));
        let to = to.map(|it| it.in_lang(lang));
        match (from, to, lang) {
            (Some(from), Some(to), _) => format!("{label} {from} → {to}"),
            (None, Some(to), Lang::Zh) => format!("{label}：新增 {to}"),
            (None, Some(to), Lang::En) => format!("{label}: new, {to}"),
            (Some(from), None, Lang::Zh) => format!("{label}：取消（原为 {from}）"),
            (Some(from), None, Lang::En) => format!("{label}: gone (was {from})"),
            (None, None, _) => label.to_owned(),
        }
    };
    said(of(Lang::Zh), of(Lang::En))
}

pub fn title(place: &NamedTable) -> Words {
    let text = |key: &str| match place.table.get(key) {
        Some(title) if dated::is_dated(title) => {
            dated::steps(title).last().and_then(|it| it.1.as_str())
        }
        title => title.and_then(Json::as_str),
    };
    match (place.kind, text("title"), text("title_en")) {
        (_, Some(zh), en) => said(zh, en.unwrap_or(zh)),
        (Named::Industry, ..) => key_of_industry(place),
        _ => said(&place.name, &place.name),
    }
}

/// What is measured: "近三年研发费用占销售收入".
pub fn measure(table: &Table, document: &Json) -> Words {
    let text = |key: &str| table.get(key).and_then(Json::as_str);
    let facts = |key: &str| -> Vec<Words> {
        let names = table.get(key).and_then(Json::as_array);
        let names = names.into_iter().flatten().filter_map(Json::as_str);
        names.map(fact).collect()
    };
    let of = if let [above, below] = facts("ratio").as_slice() {
        said(
            format!("{}占{}", above.zh, below.zh),
            format!("{} / {}", above.en, below.en),
        )
    } else if let Some(name) = text("growth") {
        let of = fact(name);
        said(format!("{}增长率", of.zh), format!("growth of {}", of.en))
    } else if table.contains_key("age") {
        key("age")
    } else if let Some(id) = text("points") {
        points(id, text("of"), document)
    } else if table.contains_key("sum") {
        joined(&facts("sum"), "＋", " + ")
    } else {
        text("fact").map(fact).unwrap_or_default()
    };
    let of = match table.get("divided_by").and_then(Json::as_i64) {
        Some(number) => said(
            format!("{}÷{number}", of.zh),
            format!("{} / {number}", of.en),
        ),
        None => of,
    };
    match text("years") {
        Some(years) if years != "LAST" => both(&key(years), "", &of),
        _ => of,
    }
}

pub fn is_measure(table: &Table) -> bool {
    ["ratio", "growth", "age", "points", "sum", "fact"]
        .iter()
        .any(|key| table.contains_key(*key))
}

/// What a test asks for.
pub fn test(table: &Table, document: &Json) -> Words {
    for (name, zh, en) in [("all", "，且", " and "), ("any", "，或", " or ")] {
        if let Some(parts) = table.get(name).and_then(Json::as_array) {
            return joined(&tests(parts, document), zh, en);
        }
    }
    if let Some(inner) = table.get("at_least_of") {
        let parts = inner.get("of").and_then(Json::as_array);
        let count = said("", inner["count"].to_string());
        let of = list(&tests(parts.map_or(&[][..], Vec::as_slice), document));
        return said(
            format!("任意{}项：{}", count.en, of.zh),
            format!("any {} of: {}", count.en, of.en),
        );
    }
    for name in [
        "holds_title",
        "lacks_title",
        "district",
        "legal_status",
        "passes",
        "size_is_not",
    ] {
        if let Some(value) = table.get(name) {
            return both(&key(name), "", &shown(value, name));
        }
    }
    let of = measure(table, document);
    for name in ["is", "one_of", "none_of", "recorded"]
        .into_iter()
        .chain(BOUNDS)
    {
        if let Some(value) = table.get(name) {
            return both(&both(&of, "", &key(name)), " ", &shown(value, name));
        }
    }
    match table.get("brackets").and_then(Json::as_array) {
        Some(rows) => {
            let by = table.get("bracket_on");
            let rows: Vec<Words> = rows.iter().map(|it| row(it, by, document)).collect();
            both(&of, " ", &list(&rows))
        }
        None => of,
    }
}

/// A bracket, a band, a rung of a ladder, or one of several ways to count.
pub fn row(row: &Json, by: Option<&Json>, document: &Json) -> Words {
    let Some(table) = row.as_object() else {
        return shown(row, "");
    };
    let by = by.and_then(Json::as_str).map(fact);
    let mut parts = Vec::new();
    for (name, mark) in [("up_to", "≤"), ("below", "<")] {
        if let (Some(end), Some(by)) = (table.get(name), &by) {
            parts.push(both(by, &format!(" {mark} "), &shown(end, name)));
        }
    }
    if parts.is_empty() && by.is_some() {
        parts.push(key("above"));
    }
    if is_measure(table)
        || table
            .keys()
            .any(|key| matches!(key.as_str(), "all" | "any"))
    {
        parts.push(test(table, document));
    } else {
        for name in BOUNDS {
            if let Some(value) = table.get(name) {
                parts.push(both(&key(name), " ", &shown(value, name)));
            }
        }
    }
    for name in ["gives", "range", "bands", "otherwise"] {
        if let Some(value) = table.get(name) {
            parts.push(both(&key(name), " ", &shown(value, name)));
        }
    }
    joined(&parts, "，", ", ")
}

/// A value; `key` tells what it stands for where it does not itself.
pub fn shown(value: &Json, key: &str) -> Words {
    match value {
        Json::Object(map) if dated::is_dated(value) => steps(map, value, key),
        Json::Object(map) => match in_unit(map) {
            Some((unit, number)) => amount(number.as_str().unwrap_or_default(), unit),
            None => row(value, None, &Json::Null),
        },
        Json::Array(items) => {
            let parts: Vec<Words> = items.iter().map(|item| shown(item, key)).collect();
            match items.first() {
                Some(Json::Object(_)) => list(&parts),
                Some(Json::Number(_)) => joined(&parts, "–", "–"),
                _ => joined(&parts, "、", ", "),
            }
        }
        Json::Bool(true) => said("是", "yes"),
        Json::Bool(false) => said("否", "no"),
        Json::String(text) => named(text, key),
        other => said(other.to_string(), other.to_string()),
    }
}

fn steps(map: &Table, value: &Json, key: &str) -> Words {
    let steps: Vec<Words> = dated::steps(value)
        .into_iter()
        .map(|(day, step)| {
            let text = shown(step, key);
            let clause = map.get("clauses").and_then(|it| it.get(day));
            let part = |name| clause.and_then(|it| it.get(name)?.as_str());
            let clause: Vec<&str> = [part("document"), part("article")]
                .into_iter()
                .flatten()
                .collect();
            let (mut zh, mut en) = (
                format!("{day}起 {}", text.zh),
                format!("{} from {day}", text.en),
            );
            if !clause.is_empty() {
                zh += &format!("（{}）", clause.join(" "));
                en += &format!(" ({})", clause.join(" "));
            }
            said(zh, en)
        })
        .collect();
    list(&steps)
}

/// `3%`, `5000万元`, `500人`.
fn amount(number: &str, unit: &str) -> Words {
    match unit {
        "percent" => said(format!("{number}%"), format!("{number}%")),
        "yuan" => yuan(number),
        _ => {
            let word = catalogued::of("units").find(|word| word.code == unit);
            let (zh, en) = word.map_or((unit, unit), |word| (&word.zh, &word.en));
            said(format!("{number}{zh}"), format!("{number} {en}"))
        }
    }
}

/// Staff write round amounts in 万元 and 亿元.
fn yuan(number: &str) -> Words {
    let whole = number.strip_suffix(".00").unwrap_or(number);
    let round = |zeros: usize| {
        let rest = whole.len().checked_sub(zeros).filter(|rest| *rest > 0)?;
        let (head, tail) = whole.split_at_checked(rest)?;
        tail.bytes().all(|b| b == b'0').then_some(head)
    };
    let zh = match (round(8), round(4)) {
        (Some(head), _) => format!("{head}亿元"),
        (None, Some(head)) => format!("{head}万元"),
        (None, None) => format!("{whole}元"),
    };
    said(zh, format!("{whole} yuan"))
}

/// A code in words, where it has any.
fn named(text: &str, key: &str) -> Words {
    match key {
        "holds_title" | "lacks_title" => match codes::scheme(text) {
            Ok(scheme) => said(&scheme.zh, &scheme.en),
            Err(_) => said(text, text),
        },
        "change" | "bracket_on" | "by" => fact(text),
        "otherwise" => match catalogued::of("placements").find(|word| word.code == text) {
            Some(word) => said(&word.zh, &word.en),
            None => said(text, text),
        },
        _ if catalogue().by_name(key).is_some() => {
            let fact = catalogue().by_name(key).map(|id| catalogue().def(id));
            amount(text, fact.map_or("", |def| &def.unit))
        }
        _ => said(text, text),
    }
}

fn fact(name: &str) -> Words {
    match catalogue().by_name(name) {
        Some(id) => {
            let def = catalogue().def(id);
            // What stands in brackets explains the word to those who do not know it.
            let short = def.en.split(" (").next().unwrap_or(&def.en);
            said(&def.zh, short)
        }
        None => said(name, name),
    }
}

fn points(id: &str, of: Option<&str>, document: &Json) -> Words {
    let ends = [format!("item:{id}"), format!("block:{id}")];
    let own = NamedTable::all(document)
        .into_iter()
        .find(|it| ends.contains(&it.name));
    let name = match (of, own) {
        (None, Some(place)) => title(&place),
        (Some(set), _) => said(format!("{set} {id}"), format!("{set} {id}")),
        (None, None) => said(id, id),
    };
    let zh = name.zh.strip_suffix("得分").unwrap_or(&name.zh);
    said(format!("{zh}得分"), format!("points for {}", name.en))
}

fn tests(parts: &[Json], document: &Json) -> Vec<Words> {
    let tables = parts.iter().filter_map(Json::as_object);
    tables.map(|table| test(table, document)).collect()
}

fn joined(parts: &[Words], zh: &str, en: &str) -> Words {
    let of = |lang, mark: &str| {
        let texts: Vec<&str> = parts.iter().map(|it: &Words| it.in_lang(lang)).collect();
        texts.join(mark)
    };
    said(of(Lang::Zh, zh), of(Lang::En, en))
}

fn key_of_industry(place: &NamedTable) -> Words {
    let code = place.name.strip_prefix("industry:").unwrap_or(&place.name);
    let known = catalogue()
        .by_name("industry_class")
        .map(|id| catalogue().def(id));
    let found = known.and_then(|def| def.codes.iter().find(|it| it.code == code));
    found.map_or_else(|| said(code, code), |it| said(&it.zh, &it.en))
}
