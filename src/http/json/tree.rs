//! JSON text as a tree that has no double keys and is not too deep.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::fault::{JsonFault, MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, step};

#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64`, or a number with a fraction or exponent: no field of ours takes either.
    OtherNumber,
    Text(String),
    /// A value from a query string: text that may stand for a number or a yes/no.
    Param(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Whether there are so many values in it or fewer; looks at no more than that.
    pub fn has_at_most(&self, limit: usize) -> bool {
        let mut left = limit;
        self.fits(&mut left)
    }

    fn fits(&self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        match self {
            Tree::List(items) => items.iter().all(|it| it.fits(left)),
            Tree::Map(entries) => entries.iter().all(|(_, it)| it.fits(left)),
            _ => true,
        }
    }

    /// Takes away the member of an object that a pointer names; what is no such member stays.
    pub fn remove(&mut self, pointer: &str) {
        match self {
            Tree::Map(entries) => {
                entries.retain(|(name, _)| step(name) != pointer);
                for (name, value) in entries {
                    if let Some(rest) = pointer.strip_prefix(&step(name)) {
                        value.remove(rest);
                    }
                }
            }
            Tree::List(items) => {
                let index = pointer.trim_start_matches('/');
                let (index, rest) = index.split_at(index.find('/').unwrap_or(index.len()));
                let item = index.parse().ok().and_then(|at: usize| items.get_mut(at));
                if let Some(item) = item {
                    item.remove(rest);
                }
            }
            _ => {}
        }
    }
}

pub fn parse(text: &[u8]) -> Result<Tree, JsonFault> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(unreadable("request.body_missing"));
    }
    let (refusal, values) = (Cell::new(None), Cell::new(0));
    let mut reader = serde_json::Deserializer::from_slice(text);
    let tree = Build {
        depth: 0,
        refusal: &refusal,
        values: &values,
    }
    .deserialize(&mut reader)
    .and_then(|tree| reader.end().map(|()| tree));
    tree.map_err(|error| match refusal.get() {
        Some(code) => unreadable(code),
        None => JsonFault::Unreadable {
            code: "request.json_unreadable",
            params: vec![
                ("line", error.line().to_string()),
                ("column", error.column().to_string()),
            ],
        },
    })
}

fn unreadable(code: &'static str) -> JsonFault {
    JsonFault::Unreadable {
        code,
        params: Vec::new(),
    }
}

#[derive(Clone, Copy)]
struct Build<'a> {
    depth: usize,
    /// serde's error type only carries text; the code goes past it.
    refusal: &'a Cell<Option<&'static str>>,
    /// How many were read so far: a short text may hold very many.
    values: &'a Cell<usize>,
}

impl Build<'_> {
    fn refuse<E: serde::de::Error>(&self, code: &'static str) -> E {
        self.refusal.set(Some(code));
        E::custom(code)
    }

    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse("request.json_too_deep"));
        }
        Ok(Build {
            depth: self.depth + 1,
            ..*self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Tree;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Tree, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Err(self.refuse("request.json_too_many"));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map_or(Tree::OtherNumber, Tree::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_string()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let inner = self.deeper()?;
        let mut map: Vec<(String, Tree)> = Vec::new();
        let mut seen = Seen::default();
        while let Some(key) = entries.next_key::<String>()? {
            if map.len() == MAX_MEMBERS {
                return Err(self.refuse("request.json_too_many"));
            }
            if seen.twice(&map, &key) {
                return Err(self.refuse("request.json_double_key"));
            }
            map.push((key, entries.next_value_seed(inner)?));
        }
        Ok(Tree::Map(map))
    }
}

/// Looks through a short map and keeps a set for a long one.
#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    const SHORT: usize = 24;

    fn twice(&mut self, map: &[(String, Tree)], key: &str) -> bool {
        if map.len() < Self::SHORT {
            return map.iter().any(|(known, _)| known == key);
        }
        if self.0.is_empty() {
            self.0.extend(map.iter().map(|(known, _)| known.clone()));
        }
        !self.0.insert(key.to_string())
    }
}
