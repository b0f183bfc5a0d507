//! The query string as a `T`; an unknown, repeated or unreadable parameter is refused by name.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::app::error::AppError;
use crate::domain::field_error::FieldError;
use crate::domain::nearest::nearest;

use super::describe::{Describe, Operation};
use super::json::{self, Tree};
use super::problem::{Part, Problem};

/// More than any operation takes; what comes beyond is not worth reading.
const MOST_PARAMETERS: usize = 64;

/// Lists give at most this many items a page.
pub const MOST_ITEMS: u32 = 200;
const USUAL_ITEMS: u32 = 50;

pub struct Query<T> {
    raw: String,
    wanted: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Query<T> {
    pub fn read(self) -> Result<T, Problem> {
        parse(&self.raw)
    }
}

impl<T: 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Query {
            raw: request.query_string().to_string(),
            wanted: PhantomData,
        }))
    }
}

impl<T: IntoParams> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        operation
            .parameters
            .extend(T::into_params(|| Some(ParameterIn::Query)));
        operation.problems(&[400]);
    }
}

/// What an operation without parameters makes of a query string.
pub fn none(raw: &str) -> Result<(), Problem> {
    #[derive(Deserialize)]
    struct Nothing {}
    parse::<Nothing>(raw).map(|Nothing {}| ())
}

/// What every list takes that has no filters of its own.
#[derive(Deserialize, IntoParams)]
pub struct Paging {
    /// At most 200; 50 if not given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The `limit` of a list.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(USUAL_ITEMS),
        Some(limit @ 1..=MOST_ITEMS) => Ok(limit),
        Some(_) => Err(Problem::bad_query("limit", "request.limit")),
    }
}

/// Parameters that were read and mean nothing here.
pub fn refused(errors: Vec<FieldError>) -> Problem {
    Problem::BadParameters {
        place: Part::Query,
        errors,
    }
}

/// What a use case refused is a parameter's fault if every place it names is one.
pub fn names(error: AppError, parameters: &[&str]) -> Problem {
    let theirs = |errors: &[FieldError]| {
        errors
            .iter()
            .all(|it| parameters.contains(&it.pointer.as_str()))
    };
    match error {
        AppError::Invalid { errors } if theirs(&errors) => refused(errors),
        other => other.into(),
    }
}

/// How far and which, where the filters of a list stand in a type of their own.
pub fn listing<F: DeserializeOwned>(raw: &str) -> Result<(Paging, F), Problem> {
    let (paging, filter) = entries(raw)?
        .into_iter()
        .partition(|(name, _)| PAGING.contains(&name.as_str()));
    match (read(paging), read(filter)) {
        (Ok(paging), Ok(filter)) => Ok((paging, filter)),
        (paging, filter) => {
            let faults = [filter.err(), paging.err()].into_iter().flatten();
            Err(refused(faults.flatten().map(near_paging).collect()))
        }
    }
}

const PAGING: [&str; 2] = ["limit", "cursor"];

/// A slip in the name of what the filters do not know.
fn near_paging(error: FieldError) -> FieldError {
    let name = error.pointer.trim_start_matches('/');
    match nearest(name, PAGING.into_iter()) {
        Some(near) if error.code == "field.unknown" => FieldError {
            code: "field.unknown_near",
            params: vec![("nearest", near.to_string())],
            ..error
        },
        _ => error,
    }
}

fn parse<T: DeserializeOwned>(raw: &str) -> Result<T, Problem> {
    read(entries(raw)?).map_err(refused)
}

fn read<T: DeserializeOwned>(entries: Vec<(String, Tree)>) -> Result<T, Vec<FieldError>> {
    json::read_tree(Tree::Map(entries))
}

fn entries(raw: &str) -> Result<Vec<(String, Tree)>, Problem> {
    if !well_escaped(raw) {
        return Err(Problem::unreadable("request.query_unreadable"));
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(raw)
        .map_err(|_| Problem::unreadable("request.query_unreadable"))?
        .into_inner();
    let mut entries: Vec<(String, Tree)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        // What was not UTF-8 has become U+FFFD.
        if entries.len() == MOST_PARAMETERS
            || name.contains('\u{fffd}')
            || value.contains('\u{fffd}')
        {
            return Err(Problem::unreadable("request.query_unreadable"));
        }
        // No parameter means one, and not every database takes them (PostgreSQL refuses a NUL).
        if name.contains(char::is_control) {
            return Err(Problem::unreadable("request.query_unreadable"));
        }
        if value.contains(char::is_control) {
            return Err(Problem::bad_query(&name, "request.parameter_character"));
        }
        if entries.iter().any(|(known, _)| *known == name) {
            return Err(Problem::bad_query(&name, "request.parameter_repeated"));
        }
        entries.push((name, Tree::Param(value)));
    }
    Ok(entries)
}

/// The URL standard lets a stray `%` stand for itself; here it is a slip, or an escape of another dialect (`%u4e2d`).
fn well_escaped(raw: &str) -> bool {
    let mut after_percent = raw.split('%').skip(1);
    after_percent.all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Search {
        q: Option<String>,
        limit: Option<u32>,
        exact: Option<bool>,
    }

    fn refused(raw: &str) -> (String, &'static str) {
        match parse::<Search>(raw) {
            Err(Problem::BadParameters { errors, .. }) => {
                (errors[0].pointer.clone(), errors[0].code)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parameters_are_read_by_type() {
        let search: Search = parse("q=%E7%BB%8D%E5%85%B4+a&limit=20&exact=true").unwrap();
        assert_eq!(
            search,
            Search {
                q: Some("绍兴 a".into()),
                limit: Some(20),
                exact: Some(true)
            }
        );
        assert_eq!(parse::<Search>("").unwrap().limit, None);
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        assert_eq!(refused("limt=1"), ("/limt".into(), "field.unknown_near"));
        assert_eq!(refused("limit=x"), ("/limit".into(), "field.type_integer"));
        for beyond in ["limit=-1", "limit=99999999999999999999"] {
            assert_eq!(refused(beyond), ("/limit".into(), "field.out_of_range"));
        }
        assert_eq!(
            refused("exact=yes"),
            ("/exact".into(), "field.type_boolean")
        );
        assert_eq!(
            refused("q=a&q=b"),
            ("/q".into(), "request.parameter_repeated")
        );
        for control in ["q=%00", "q=a%0ab", "q=%7F", "q=%C2%85"] {
            let told = ("/q".into(), "request.parameter_character");
            assert_eq!(refused(control), told, "{control}");
        }
        for broken in ["q%00=a", "q=%ff", "q=%", "q=%2", "q=%u4e2d", "q=%%41"] {
            let refused = parse::<Search>(broken);
            assert!(
                matches!(refused, Err(Problem::Unreadable { .. })),
                "{broken}"
            );
        }
    }

    #[test]
    fn an_operation_without_parameters_takes_none() {
        assert_eq!(none(""), Ok(()));
        assert!(matches!(
            none("dry_run=true"),
            Err(Problem::BadParameters { .. })
        ));
    }

    #[test]
    fn a_page_has_a_limit() {
        assert_eq!(limit(None), Ok(50));
        assert_eq!(limit(Some(200)), Ok(200));
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
    }
}
