//! Walking a rule-set document so that every fault names its file and place.

use std::cell::RefCell;
use std::fmt;

use serde_json::{Map, Value as Json};

use super::place::join;
use crate::domain::nearest::nearest;

/// A fault of a rule-set document (规则文件错误).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    pub file: String,
    /// Where: `criterion h5a: brackets[1]: at_least`.
    pub place: String,
    pub message: String,
}

pub type Read<T> = Result<T, RuleError>;

/// A value and where it stands.
#[derive(Clone)]
pub struct Node<'a> {
    json: &'a Json,
    file: &'a str,
    place: String,
}

/// An object whose keys are asked for by name; what nobody asked for is a fault.
pub struct Table<'a> {
    map: &'a Map<String, Json>,
    file: &'a str,
    place: RefCell<String>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Node<'a> {
    pub fn root(json: &'a Json, file: &'a str) -> Self {
        Self {
            json,
            file,
            place: String::new(),
        }
    }

    pub fn error(&self, message: impl Into<String>) -> RuleError {
        RuleError {
            file: self.file.to_owned(),
            place: self.place.clone(),
            message: message.into(),
        }
    }

    pub fn table(&self) -> Read<Table<'a>> {
        let map = self.json.as_object().ok_or_else(|| self.wrong("a table"))?;
        Ok(Table {
            map,
            file: self.file,
            place: RefCell::new(self.place.clone()),
            asked: RefCell::new(Vec::new()),
        })
    }

    pub fn list(&self) -> Read<Vec<Node<'a>>> {
        let items = self.json.as_array().ok_or_else(|| self.wrong("a list"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, json)| Node {
                json,
                file: self.file,
                place: format!("{}[{index}]", self.place),
            })
            .collect())
    }

    pub fn text(&self) -> Read<&'a str> {
        self.json
            .as_str()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.wrong("a text in quotes"))
    }

    pub fn whole(&self) -> Read<i64> {
        self.json
            .as_i64()
            .ok_or_else(|| self.wrong("a whole number"))
    }

    pub fn yes_no(&self) -> Read<bool> {
        self.json
            .as_bool()
            .ok_or_else(|| self.wrong("true or false"))
    }

    pub fn texts(&self) -> Read<Vec<&'a str>> {
        let nodes = self.list()?;
        if nodes.is_empty() {
            return Err(self.error("the list is empty"));
        }
        nodes.iter().map(Node::text).collect()
    }

    fn wrong(&self, wanted: &str) -> RuleError {
        self.error(format!("must be {wanted}"))
    }
}

impl<'a> Table<'a> {
    /// The value of `key`, if there is one.
    pub fn get(&self, key: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(key);
        let json = self.map.get(key)?;
        Some(Node {
            json,
            file: self.file,
            place: join(&self.place.borrow(), key),
        })
    }

    pub fn need(&self, key: &'static str) -> Read<Node<'a>> {
        self.get(key)
            .ok_or_else(|| self.error(format!("{key} is missing")))
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The keys of a table whose keys are data themselves (codes, units, facts).
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        let place = self.place.borrow().clone();
        let file = self.file;
        self.map.iter().map(move |(key, json)| {
            let node = Node {
                json,
                file,
                place: join(&place, key),
            };
            (key.as_str(), node)
        })
    }

    pub fn error(&self, message: impl Into<String>) -> RuleError {
        RuleError {
            file: self.file.to_owned(),
            place: self.place.borrow().clone(),
            message: message.into(),
        }
    }

    /// From here on faults name this thing (`criterion h5a`) instead of its place in a list.
    pub fn rename(&self, name: String) {
        *self.place.borrow_mut() = name;
    }

    /// Every key has been asked for: others are slips.
    pub fn finish(&self) -> Read<()> {
        let asked = self.asked.borrow();
        for key in self.map.keys() {
            if asked.contains(&key.as_str()) {
                continue;
            }
            let hint = nearest(key, asked.iter().copied())
                .map(|name| format!("; did you mean {name}?"))
                .unwrap_or_default();
            return Err(self.error(format!("{key} is not known here{hint}")));
        }
        Ok(())
    }
}

/// Refuses numbers with a point or exponent: amounts and percentages are texts, so that they are exact. Nor has a whole
/// number beyond 2^53 a canonical form.
pub fn refuse_floats(json: &Json, file: &str, place: &str) -> Read<()> {
    const LARGEST: u64 = 1 << 53;
    match json {
        Json::Number(number)
            if number
                .as_i64()
                .is_some_and(|it| it.unsigned_abs() > LARGEST) =>
        {
            Err(RuleError {
                file: file.to_owned(),
                place: place.to_owned(),
                message: "is too large".to_owned(),
            })
        }
        Json::Number(number) if number.as_i64().is_none() => Err(RuleError {
            file: file.to_owned(),
            place: place.to_owned(),
            message: "write a number with decimals as text in quotes".to_owned(),
        }),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_floats(item, file, &format!("{place}[{index}]"))),
        Json::Object(map) => map
            .iter()
            .try_for_each(|(key, item)| refuse_floats(item, file, &join(place, key))),
        _ => Ok(()),
    }
}

impl RuleError {
    /// The same fault, in a part of the whole.
    pub fn within(mut self, part: &str) -> Self {
        self.place = match self.place.as_str() {
            "" => part.to_owned(),
            place => join(part, place),
        };
        self
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if !self.place.is_empty() {
            write!(f, ": {}", self.place)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for RuleError {}
