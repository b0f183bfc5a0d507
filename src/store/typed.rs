//! Columns that hold a code: past the store it is a value of an enum, never a text.

use std::ops::Deref;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use super::bulk::Column;
use crate::domain::coded::Coded;
use crate::domain::document::{Kind, Name};

/// A value of the domain in a column of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Typed<T: Coded + std::fmt::Debug>(pub T);

impl<T: Coded + std::fmt::Debug> Deref for Typed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Coded + std::fmt::Debug> From<T> for Typed<T> {
    fn from(value: T) -> Self {
        Typed(value)
    }
}

impl<T: Coded + std::fmt::Debug + PartialEq> PartialEq<T> for Typed<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other
    }
}

impl<T: Coded + std::fmt::Debug> From<Vec<Typed<T>>> for Column {
    fn from(values: Vec<Typed<T>>) -> Self {
        Column::Text(values.iter().map(|it| it.code().to_owned()).collect())
    }
}

impl<T: Coded + std::fmt::Debug> From<Vec<Option<Typed<T>>>> for Column {
    fn from(values: Vec<Option<Typed<T>>>) -> Self {
        let code = |it: &Option<Typed<T>>| it.map(|it| it.code().to_owned());
        Column::OptText(values.iter().map(code).collect())
    }
}

impl<T: Coded + std::fmt::Debug> serde::Serialize for Typed<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<T, DB> ToSql<Text, DB> for Typed<T>
where
    T: Coded + std::fmt::Debug,
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(self.code(), out)
    }
}

impl<T, DB> FromSql<Text, DB> for Typed<T>
where
    T: Coded + std::fmt::Debug,
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        match T::of_code(&text) {
            Some(value) => Ok(Typed(value)),
            None => Err(format!("\"{text}\" is no {}", std::any::type_name::<T>()).into()),
        }
    }
}

/// The name of a document in a column of text, with its text at hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Named {
    name: Name,
    text: String,
}

impl Deref for Named {
    type Target = Name;

    fn deref(&self) -> &Name {
        &self.name
    }
}

impl From<Name> for Named {
    fn from(name: Name) -> Self {
        Named {
            text: name.to_string(),
            name,
        }
    }
}

impl From<&Name> for Named {
    fn from(name: &Name) -> Self {
        Named::from(name.clone())
    }
}

/// The names of a kind lie together: from the first text on, and before the second.
pub fn names_of(kind: Kind) -> (String, String) {
    (format!("{kind}/"), format!("{kind}0"))
}

impl From<Vec<Named>> for Column {
    fn from(values: Vec<Named>) -> Self {
        Column::Text(values.into_iter().map(|it| it.text).collect())
    }
}

impl<DB> ToSql<Text, DB> for Named
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(&self.text, out)
    }
}

impl<DB> FromSql<Text, DB> for Named
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        match Name::parse(&text) {
            Some(name) => Ok(Named { name, text }),
            None => Err(format!("\"{text}\" names no document").into()),
        }
    }
}
