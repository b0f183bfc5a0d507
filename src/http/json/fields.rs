//! Reads a tree into a type; what does not fit is a code at a JSON pointer.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::{MOST_ERRORS, step};
use super::tree::Tree;
use crate::domain::field_error::{FieldError, Params};
use crate::domain::nearest::nearest;

pub struct Reader {
    tree: Tree,
}

impl Reader {
    pub fn new(tree: Tree) -> Self {
        Reader { tree }
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Int(value) => visitor.visit_i64(value),
            Tree::Param(text) => match text.parse::<i64>() {
                Ok(value) => visitor.visit_i64(value),
                Err(_) if only_digits(&text) => Err(Fault::here("field.out_of_range")),
                Err(_) => Err(Fault::here("field.type_integer")),
            },
            _ => Err(Fault::here("field.type_integer")),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Text(text) | Tree::Param(text) => visitor.visit_string(text),
            _ => Err(Fault::here("field.type_text")),
        }
    }

    fn object<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Map(entries) => visitor.visit_map(Entries {
                entries: entries.into_iter(),
                value: None,
            }),
            _ => Err(Fault::here("field.type_object")),
        }
    }
}

/// An integer, if one that is too long for any field of ours.
fn only_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
}

macro_rules! integers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.integer(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Int(value) => visitor.visit_i64(value),
            Tree::OtherNumber => Err(Fault::here("field.type_integer")),
            Tree::Text(text) | Tree::Param(text) => visitor.visit_string(text),
            Tree::List(_) => self.deserialize_seq(visitor),
            Tree::Map(_) => self.object(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Param(text) if text == "true" => visitor.visit_bool(true),
            Tree::Param(text) if text == "false" => visitor.visit_bool(false),
            _ => Err(Fault::here("field.type_boolean")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::List(items) => visitor.visit_seq(Items {
                items: items.into_iter(),
                next: 0,
            }),
            _ => Err(Fault::here("field.type_list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.object(visitor)
    }

    /// A struct's fields are all there are, whether or not its author wrote `deny_unknown_fields`.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Tree::Map(entries) = &self.tree {
            let unknown = entries
                .iter()
                .filter(|(name, _)| !fields.contains(&name.as_str()));
            let told: Vec<FieldError> = unknown
                .take(MOST_ERRORS)
                .map(|(name, _)| unknown_field(name, fields))
                .collect();
            if !told.is_empty() {
                return Err(Fault { errors: told });
            }
        }
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Text(text) | Tree::Param(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(Fault::here("field.type_text")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Entries {
    entries: std::vec::IntoIter<(String, Tree)>,
    value: Option<(String, Tree)>,
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, tree)) = self.entries.next() else {
            return Ok(None);
        };
        let key = seed
            .deserialize(name.as_str().into_deserializer())
            .map_err(|fault: Fault| fault.under(&step(&name)))?;
        self.value = Some((name, tree));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, tree) = self
            .value
            .take()
            .ok_or_else(|| Fault::here("field.invalid"))?;
        seed.deserialize(Reader { tree })
            .map_err(|fault| fault.under(&step(&name)))
    }
}

struct Items {
    items: std::vec::IntoIter<Tree>,
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(tree) = self.items.next() else {
            return Ok(None);
        };
        let place = format!("/{}", self.next);
        self.next += 1;
        seed.deserialize(Reader { tree })
            .map(Some)
            .map_err(|fault| fault.under(&place))
    }
}

fn unknown_field(name: &str, fields: &'static [&'static str]) -> FieldError {
    let mut error = FieldError::new(step(name), "field.unknown");
    if let Some(near) = nearest(name, fields.iter().copied()) {
        error.code = "field.unknown_near";
        error.params = vec![("nearest", near.to_string())];
    }
    error
}

#[derive(Debug)]
pub struct Fault {
    errors: Vec<FieldError>,
}

impl Fault {
    fn here(code: &'static str) -> Self {
        Fault {
            errors: vec![FieldError::new("", code)],
        }
    }

    fn with(code: &'static str, params: Params) -> Self {
        Fault {
            errors: vec![FieldError {
                pointer: String::new(),
                code,
                params,
            }],
        }
    }

    fn under(mut self, place: &str) -> Self {
        for error in &mut self.errors {
            error.pointer.insert_str(0, place);
        }
        self
    }

    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not fit")
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    // serde's sentences may echo the value; only what kind of fault it is goes on.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Fault::here("field.invalid")
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        match unexpected {
            de::Unexpected::Signed(_) | de::Unexpected::Unsigned(_) => {
                Fault::here("field.out_of_range")
            }
            _ => Fault::here("field.invalid"),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Fault::here("field.required").under(&step(field))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Fault::with("field.choice", vec![("choices", expected.join(", "))])
    }
}
