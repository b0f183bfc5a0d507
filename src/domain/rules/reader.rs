//! Walking a rule-set document so that every fault names its file and place, and none hides another.

use std::cell::RefCell;
use std::fmt;

use serde_json::{Map, Value as Json};

use super::place::{escaped, join};
use crate::field_error::{Fault, Params};
use crate::messages::{self, Lang};
use crate::nearest::nearest;

/// What is wrong with a rule-set document (规则文件错误).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    pub file: String,
    pub faults: Vec<DocumentFault>,
}

/// One fault of it; its words stand in `packs/messages.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFault {
    /// Where, for people: `criterion h5a: brackets[1]: at_least`.
    pub place: String,
    /// Where, for programs: a JSON pointer into the document.
    pub pointer: String,
    pub code: &'static str,
    pub params: Params,
}

pub type Read<T> = Result<T, RuleError>;

/// More faults than anybody mends at once.
const MOST_FAULTS: usize = 100;

/// A value and where it stands.
#[derive(Clone)]
pub struct Node<'a> {
    json: &'a Json,
    file: &'a str,
    place: String,
    pointer: String,
}

/// An object whose keys are asked for by name; what nobody asked for is a fault.
pub struct Table<'a> {
    map: &'a Map<String, Json>,
    file: &'a str,
    place: RefCell<String>,
    pointer: String,
    asked: RefCell<Vec<&'static str>>,
}

/// Reads each part and goes on with all of them: where some could not be read, every fault is told and not only the first.
macro_rules! each {
    ($($name:ident = $read:expr),+ $(,)?) => {
        let ($($name,)+) = match ($($read,)+) {
            ($(Ok($name),)+) => ($($name,)+),
            ($($name,)+) => {
                let refused = [$($name.err()),+].into_iter().flatten();
                return $crate::rules::reader::refused(refused);
            }
        };
    };
}
pub(super) use each;

/// All of a list, or all faults of those that could not be read.
pub fn all<T>(reads: impl IntoIterator<Item = Read<T>>) -> Read<Vec<T>> {
    let (mut values, mut faulty) = (Vec::new(), Vec::new());
    for read in reads {
        match read {
            Ok(value) => values.push(value),
            Err(error) => faulty.push(error),
        }
    }
    match faulty.is_empty() {
        true => Ok(values),
        false => refused(faulty),
    }
}

/// All faults in one.
pub fn refused<T>(errors: impl IntoIterator<Item = RuleError>) -> Read<T> {
    let mut errors = errors.into_iter();
    let mut whole = errors.next().unwrap_or(RuleError {
        file: String::new(),
        faults: Vec::new(),
    });
    for error in errors {
        whole.add(error);
    }
    Err(whole)
}

impl<'a> Node<'a> {
    pub fn root(json: &'a Json, file: &'a str) -> Self {
        Self {
            json,
            file,
            place: String::new(),
            pointer: String::new(),
        }
    }

    pub fn error(&self, code: &'static str) -> RuleError {
        RuleError::new(self.file, &self.place, &self.pointer, code)
    }

    pub fn table(&self) -> Read<Table<'a>> {
        let map = self.json.as_object();
        Ok(Table {
            map: map.ok_or_else(|| self.error("rule_set.table_wanted"))?,
            file: self.file,
            place: RefCell::new(self.place.clone()),
            pointer: self.pointer.clone(),
            asked: RefCell::new(Vec::new()),
        })
    }

    pub fn list(&self) -> Read<Vec<Node<'a>>> {
        let items = self.json.as_array();
        let items = items.ok_or_else(|| self.error("rule_set.list_wanted"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, json)| Node {
                json,
                file: self.file,
                place: format!("{}[{index}]", self.place),
                pointer: format!("{}/{index}", self.pointer),
            })
            .collect())
    }

    pub fn text(&self) -> Read<&'a str> {
        self.json
            .as_str()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.error("rule_set.text_wanted"))
    }

    pub fn whole(&self) -> Read<i64> {
        self.json
            .as_i64()
            .ok_or_else(|| self.error("rule_set.whole_wanted"))
    }

    /// A whole number from `min` to `max`.
    pub fn within(&self, min: i64, max: i64) -> Read<i64> {
        let outside = || self.error("rule_set.outside").with("min", min);
        let whole = self.whole()?;
        match (min..=max).contains(&whole) {
            true => Ok(whole),
            false => Err(outside().with("max", max)),
        }
    }

    pub fn yes_no(&self) -> Read<bool> {
        self.json
            .as_bool()
            .ok_or_else(|| self.error("rule_set.yes_no_wanted"))
    }

    pub fn texts(&self) -> Read<Vec<&'a str>> {
        all(self.some()?.iter().map(Node::text))
    }

    /// A list that has something in it, each read by `of`; `of` gets the text and where it stands.
    pub fn each_text<T>(&self, of: impl Fn(&Node<'a>, &'a str) -> Read<T>) -> Read<Vec<T>> {
        all(self.some()?.iter().map(|node| of(node, node.text()?)))
    }

    /// A list that has something in it.
    pub fn some(&self) -> Read<Vec<Node<'a>>> {
        let nodes = self.list()?;
        match nodes.is_empty() {
            true => Err(self.error("rule_set.list_empty")),
            false => Ok(nodes),
        }
    }

    /// One of a few words.
    pub fn choice<T>(&self, choices: &str, parse: impl Fn(&str) -> Option<T>) -> Read<T> {
        let unknown = || self.error("rule_set.choice").with("choices", choices);
        parse(self.text()?).ok_or_else(unknown)
    }
}

impl<'a> Table<'a> {
    /// The value of `key`, if there is one.
    pub fn get(&self, key: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(key);
        let json = self.map.get(key)?;
        Some(self.node(key, json))
    }

    pub fn need(&self, key: &'static str) -> Read<Node<'a>> {
        self.get(key)
            .ok_or_else(|| self.error("rule_set.key_missing").with("key", key))
    }

    /// The text of `key`, which must be there.
    pub fn need_text(&self, key: &'static str) -> Read<&'a str> {
        self.need(key)?.text()
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The keys of a table whose keys are data themselves (codes, units, facts).
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        self.map
            .iter()
            .map(|(key, json)| (key.as_str(), self.node(key, json)))
    }

    pub fn error(&self, code: &'static str) -> RuleError {
        RuleError::new(self.file, &self.place.borrow(), &self.pointer, code)
    }

    /// From here on faults name this thing (`criterion h5a`) instead of its place in a list.
    pub fn rename(&self, name: String) {
        *self.place.borrow_mut() = name;
    }

    /// The table has been read: keys that nobody asked for are slips. Where the reading was cut short they are only those that
    /// no table has, for the others might have been asked for yet.
    pub fn finish<T>(&self, read: Read<T>) -> Read<T> {
        let asked = self.asked.borrow();
        let cut_short = read.is_err();
        let slips = self.map.keys().filter(|key| {
            let known = asked.contains(&key.as_str());
            !(known || cut_short && KEYS.contains(&key.as_str()))
        });
        let slips: Vec<RuleError> = slips.map(|key| self.slip(key, &asked)).collect();
        match slips.is_empty() {
            true => read,
            false => refused(read.err().into_iter().chain(slips)),
        }
    }

    fn slip(&self, key: &str, asked: &[&'static str]) -> RuleError {
        let node = format!("{}/{}", self.pointer, escaped(key));
        let at = |code| RuleError::new(self.file, &self.place.borrow(), &node, code);
        let near = nearest(key, asked.iter().copied());
        match near.or_else(|| nearest(key, KEYS.iter().copied())) {
            Some(near) => at("rule_set.key_unknown_near").with("nearest", near),
            None => at("rule_set.key_unknown"),
        }
        .with("key", key)
    }

    fn node(&self, key: &str, json: &'a Json) -> Node<'a> {
        Node {
            json,
            file: self.file,
            place: join(&self.place.borrow(), key),
            pointer: format!("{}/{}", self.pointer, escaped(key)),
        }
    }
}

/// The keys of all tables of a document.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "age", "all", "any", "article", "at_least", "at_least_of", "at_most", "automatic", "bands", "below", "best_of", "block",
    "bracket_on", "brackets", "by", "change", "code", "confidence", "count", "criterion", "district", "divided_by", "document",
    "each", "effective_from", "effort", "entered", "extension_years", "fact", "failures_before_demotion", "gate", "gives", "growth",
    "holds_title", "id", "in_principle", "industry", "is", "item", "judged", "keep_percent", "lacks_title", "ladder", "large",
    "legal_status", "less_than", "max", "medium", "method", "more_than", "moves", "named_without_date", "need", "none_of", "note",
    "of", "one_of", "or_fact", "otherwise", "parts", "passes", "points", "points_by_answer", "pool", "range", "ratio", "recorded",
    "route", "routes", "score", "size_is_not", "small", "source", "stay_limit_years", "sum", "title", "title_en", "up_to",
    "version", "when_zero", "yearly_from", "years",
];

/// Refuses numbers with a point or exponent: amounts and percentages are texts, so that they are exact. Nor has a whole
/// number beyond 2^53 a canonical form.
pub fn refuse_floats(json: &Json, file: &str) -> Read<()> {
    let mut found = Vec::new();
    note_floats(&Node::root(json, file), &mut found);
    match found.is_empty() {
        true => Ok(()),
        false => refused(found),
    }
}

fn note_floats(node: &Node, found: &mut Vec<RuleError>) {
    const LARGEST: u64 = 1 << 53;
    match node.json {
        Json::Number(number) => match number.as_i64() {
            Some(whole) if whole.unsigned_abs() > LARGEST => {
                found.push(node.error("rule_set.too_large"));
            }
            Some(_) => {}
            None => found.push(node.error("rule_set.decimal_in_quotes")),
        },
        Json::Array(_) => {
            for item in node.list().into_iter().flatten() {
                note_floats(&item, found);
            }
        }
        Json::Object(_) => {
            if let Ok(table) = node.table() {
                table.entries().for_each(|(_, it)| note_floats(&it, found));
            }
        }
        _ => {}
    }
}

impl RuleError {
    pub fn new(file: &str, place: &str, pointer: &str, code: &'static str) -> Self {
        RuleError {
            file: file.to_owned(),
            faults: vec![DocumentFault {
                place: place.to_owned(),
                pointer: pointer.to_owned(),
                code,
                params: Params::new(),
            }],
        }
    }

    /// One more param for the text of the (last) fault; no longer than it helps, as it may be from the document.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        const LONGEST: usize = 200;
        let value = value.to_string().chars().take(LONGEST).collect();
        if let Some(fault) = self.faults.last_mut() {
            fault.params.push((name, value));
        }
        self
    }

    /// The same faults at another place.
    pub fn at(mut self, place: &str, pointer: &str) -> Self {
        for fault in &mut self.faults {
            place.clone_into(&mut fault.place);
            pointer.clone_into(&mut fault.pointer);
        }
        self
    }

    /// The same faults, in a part of the whole.
    pub fn within(mut self, part: &str) -> Self {
        for fault in &mut self.faults {
            fault.place = match fault.place.as_str() {
                "" => part.to_owned(),
                place => join(part, place),
            };
        }
        self
    }

    /// Other faults besides. What was told of a place already is not told again, as by the next period of a document.
    pub fn add(&mut self, other: RuleError) {
        for fault in other.faults {
            let same = |it: &DocumentFault| {
                (&it.pointer, it.code, &it.params) == (&fault.pointer, fault.code, &fault.params)
            };
            if self.faults.len() < MOST_FAULTS && !self.faults.iter().any(same) {
                self.faults.push(fault);
            }
        }
    }
}

impl DocumentFault {
    pub fn text(&self, lang: Lang) -> String {
        messages::text(self.code, lang, &self.params)
    }

    pub fn fault(&self) -> Fault {
        Fault {
            code: self.code,
            params: self.params.clone(),
        }
    }
}

/// In English: for the log and for tests. What people get is told in their language.
impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "\n" })?;
            f.write_str(&self.file)?;
            if !fault.place.is_empty() {
                write!(f, ": {}", fault.place)?;
            }
            write!(f, ": {}", fault.text(Lang::En))?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that is missing in the list would be called unknown beside another fault.
    #[test]
    fn every_key_that_is_asked_for_is_listed() {
        let readers = [
            include_str!("read_set.rs"),
            include_str!("read_test.rs"),
            include_str!("read_limit.rs"),
            include_str!("read_points.rs"),
            include_str!("read_pools.rs"),
            include_str!("read_size.rs"),
        ];
        assert!(KEYS.is_sorted());
        for reader in readers {
            for call in [
                "get(\"",
                "need(\"",
                "need_text(\"",
                "table, \"",
                "root, \"",
                "row, \"",
            ] {
                for rest in reader.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap_or_default();
                    assert!(KEYS.contains(&key), "{key}");
                }
            }
        }
    }
}
