//! Many rows in one statement: what the query builder cannot say for both engines at once.
//!
//! PostgreSQL takes whole columns as arrays (`unnest`), so that the text stays the same for any number of rows.
//! SQLite takes many-row VALUES up to its limit of bound values.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text, Timestamp};

use super::backend::Conn;
use super::error::StoreError;

/// One column of the rows to insert.
#[derive(Debug, Clone)]
pub enum Column {
    Text(Vec<String>),
    OptText(Vec<Option<String>>),
    Big(Vec<i64>),
    Int(Vec<i32>),
    OptInt(Vec<Option<i32>>),
    Date(Vec<NaiveDate>),
    OptDate(Vec<Option<NaiveDate>>),
    Instant(Vec<NaiveDateTime>),
    OptInstant(Vec<Option<NaiveDateTime>>),
    Bytes(Vec<Vec<u8>>),
    Bool(Vec<bool>),
}

/// SQLite binds at most 32,766 values a statement; half of that keeps statements short enough to prepare fast.
const VALUES_A_STATEMENT: usize = 8_000;

/// Inserts rows given as columns of equal length; names are constants of the caller, never input.
pub fn insert(
    conn: &mut Conn,
    table: &'static str,
    columns: &[(&'static str, Column)],
) -> Result<(), StoreError> {
    run(conn, table, columns, "")
}

/// Inserts rows, or overwrites those that stand under the same key.
pub fn upsert(
    conn: &mut Conn,
    table: &'static str,
    columns: &[(&'static str, Column)],
    key: &[&'static str],
) -> Result<(), StoreError> {
    let rest = columns
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !key.contains(name));
    let set: Vec<String> = rest
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let tail = format!(
        " ON CONFLICT ({}) DO UPDATE SET {}",
        key.join(", "),
        set.join(", ")
    );
    run(conn, table, columns, &tail)
}

/// Sets the columns of the rows that are found by the first one, their key.
pub fn update(
    conn: &mut Conn,
    table: &'static str,
    columns: &[(&'static str, Column)],
) -> Result<(), StoreError> {
    let Some(((key, _), rest)) = columns.split_first() else {
        return Ok(());
    };
    // SQLite gives the columns of a list of values names of its own.
    let of_values = |place: usize, name: &str| match conn {
        Conn::Postgres(_) => format!("v.{name}"),
        Conn::Sqlite(_) => format!("v.column{}", place + 1),
    };
    let set: Vec<String> = rest
        .iter()
        .enumerate()
        .map(|(place, (name, _))| format!("{name} = {}", of_values(place + 1, name)))
        .collect();
    let set = set.join(", ");
    let tail = format!(" WHERE t.{key} = {}", of_values(0, key));
    let names = names_of(columns);
    each_statement(conn, table, columns, |values| match values {
        Values::Arrays(arrays) => {
            format!("UPDATE {table} AS t SET {set} FROM unnest({arrays}) AS v ({names}){tail}")
        }
        Values::Lists(lists) => {
            format!("UPDATE {table} AS t SET {set} FROM (VALUES {lists}) AS v{tail}")
        }
    })
}

fn run(
    conn: &mut Conn,
    table: &'static str,
    columns: &[(&'static str, Column)],
    tail: &str,
) -> Result<(), StoreError> {
    let names = names_of(columns);
    each_statement(conn, table, columns, |values| match values {
        Values::Arrays(arrays) => {
            format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}){tail}")
        }
        Values::Lists(lists) => format!("INSERT INTO {table} ({names}) VALUES {lists}{tail}"),
    })
}

fn names_of(columns: &[(&'static str, Column)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// How the rows stand in the text of a statement.
enum Values<'a> {
    /// `$1::text[], …`
    Arrays(&'a str),
    /// `(?, …), …`
    Lists(&'a str),
}

/// Runs the statement with all rows, on SQLite in parts.
fn each_statement(
    conn: &mut Conn,
    table: &'static str,
    columns: &[(&'static str, Column)],
    sql: impl Fn(Values<'_>) -> String,
) -> Result<(), StoreError> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    if columns.iter().any(|(_, column)| column.len() != rows) {
        return Err(StoreError::Db(format!(
            "columns of {table} differ in length"
        )));
    }
    if rows == 0 {
        return Ok(());
    }
    match conn {
        Conn::Postgres(c) => {
            let arrays: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(i, (_, column))| format!("${}::{}[]", i + 1, column.pg_type()))
                .collect();
            let sql = sql(Values::Arrays(&arrays.join(", ")));
            let mut query = diesel::sql_query(sql).into_boxed::<diesel::pg::Pg>();
            for (_, column) in columns {
                query = column.bind_array(query);
            }
            query.execute(c)?;
        }
        Conn::Sqlite(c) => {
            let chunk = (VALUES_A_STATEMENT / columns.len()).max(1);
            for from in (0..rows).step_by(chunk) {
                let to = (from + chunk).min(rows);
                let sql = sql(Values::Lists(&value_lists(to - from, columns.len())));
                let mut query = diesel::sql_query(sql).into_boxed::<diesel::sqlite::Sqlite>();
                for row in from..to {
                    for (_, column) in columns {
                        query = column.bind_one(query, row);
                    }
                }
                query.execute(c)?;
            }
        }
    }
    Ok(())
}

fn value_lists(rows: usize, width: usize) -> String {
    let mut sql = String::with_capacity(rows * (width * 2 + 3));
    for row in 0..rows {
        sql.push_str(if row == 0 { "(?" } else { ",(?" });
        for _ in 1..width {
            sql.push_str(",?");
        }
        sql.push(')');
    }
    sql
}

type PgQuery<'q> = BoxedSqlQuery<'q, diesel::pg::Pg, diesel::query_builder::SqlQuery>;
type SqliteQuery<'q> = BoxedSqlQuery<'q, diesel::sqlite::Sqlite, diesel::query_builder::SqlQuery>;

impl Column {
    fn len(&self) -> usize {
        match self {
            Column::Text(v) => v.len(),
            Column::OptText(v) => v.len(),
            Column::Big(v) => v.len(),
            Column::Int(v) => v.len(),
            Column::OptInt(v) => v.len(),
            Column::Date(v) => v.len(),
            Column::OptDate(v) => v.len(),
            Column::Instant(v) => v.len(),
            Column::OptInstant(v) => v.len(),
            Column::Bytes(v) => v.len(),
            Column::Bool(v) => v.len(),
        }
    }

    fn pg_type(&self) -> &'static str {
        match self {
            Column::Text(_) | Column::OptText(_) => "text",
            Column::Big(_) => "bigint",
            Column::Int(_) | Column::OptInt(_) => "integer",
            Column::Date(_) | Column::OptDate(_) => "date",
            Column::Instant(_) | Column::OptInstant(_) => "timestamp",
            Column::Bytes(_) => "bytea",
            Column::Bool(_) => "boolean",
        }
    }

    fn bind_array<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        match self {
            Column::Text(v) => query.bind::<Array<Text>, _>(v),
            Column::OptText(v) => query.bind::<Array<Nullable<Text>>, _>(v),
            Column::Big(v) => query.bind::<Array<BigInt>, _>(v),
            Column::Int(v) => query.bind::<Array<Integer>, _>(v),
            Column::OptInt(v) => query.bind::<Array<Nullable<Integer>>, _>(v),
            Column::Date(v) => query.bind::<Array<Date>, _>(v),
            Column::OptDate(v) => query.bind::<Array<Nullable<Date>>, _>(v),
            Column::Instant(v) => query.bind::<Array<Timestamp>, _>(v),
            Column::OptInstant(v) => query.bind::<Array<Nullable<Timestamp>>, _>(v),
            Column::Bytes(v) => query.bind::<Array<Binary>, _>(v),
            Column::Bool(v) => query.bind::<Array<Bool>, _>(v),
        }
    }

    fn bind_one<'q>(&'q self, query: SqliteQuery<'q>, row: usize) -> SqliteQuery<'q> {
        match self {
            Column::Text(v) => query.bind::<Text, _>(&v[row]),
            Column::OptText(v) => query.bind::<Nullable<Text>, _>(&v[row]),
            Column::Big(v) => query.bind::<BigInt, _>(v[row]),
            Column::Int(v) => query.bind::<Integer, _>(v[row]),
            Column::OptInt(v) => query.bind::<Nullable<Integer>, _>(v[row]),
            Column::Date(v) => query.bind::<Date, _>(v[row]),
            Column::OptDate(v) => query.bind::<Nullable<Date>, _>(v[row]),
            Column::Instant(v) => query.bind::<Timestamp, _>(v[row]),
            Column::OptInstant(v) => query.bind::<Nullable<Timestamp>, _>(v[row]),
            Column::Bytes(v) => query.bind::<Binary, _>(&v[row]),
            Column::Bool(v) => query.bind::<Bool, _>(v[row]),
        }
    }
}
