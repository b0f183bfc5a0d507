//! Many rows in one statement: what the query builder cannot say for both engines at once.
//!
//! PostgreSQL takes whole columns as arrays (`unnest`), so that the text stays the same for any number of rows and is
//! prepared once. SQLite takes many-row VALUES up to its limit of bound values.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, BoxedSqlQuery, QueryFragment, QueryId, SqlQuery};
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::backend::Conn;
use super::error::StoreError;

/// One column of the rows, by its name.
pub type NamedColumn = (&'static str, Column);

/// The values of one column, one for each row.
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

/// The columns of rows, each named as the field that holds it, or `field = "column"`.
macro_rules! columns {
    ($rows:expr; $($field:ident $(= $name:literal)?)+) => {
        [$((
            $crate::store::bulk::columns!(@name $field $($name)?),
            $crate::store::bulk::Column::from($rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()),
        )),+]
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
}
pub(super) use columns;

macro_rules! kinds {
    ($($kind:ident($value:ty))+) => {$(
        impl From<Vec<$value>> for Column {
            fn from(values: Vec<$value>) -> Self {
                Column::$kind(values)
            }
        }
    )+};
}
kinds! {
    Text(String) OptText(Option<String>) Big(i64) Int(i32) OptInt(Option<i32>) Date(NaiveDate) OptDate(Option<NaiveDate>)
    Instant(NaiveDateTime) OptInstant(Option<NaiveDateTime>) Bytes(Vec<u8>) Bool(bool)
}

/// SQLite binds at most 32,766 values a statement; half of that keeps statements short enough to prepare fast.
const VALUES_A_STATEMENT: usize = 8_000;

/// Inserts rows given as columns of equal length; names are constants of the caller, never input.
pub fn insert(
    conn: &mut Conn,
    table: &'static str,
    columns: &[NamedColumn],
) -> Result<(), StoreError> {
    insert_with(conn, table, columns, "")
}

/// Inserts rows, or overwrites those that stand under the same key.
pub fn upsert(
    conn: &mut Conn,
    table: &'static str,
    columns: &[NamedColumn],
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
    insert_with(conn, table, columns, &tail)
}

fn insert_with(
    conn: &mut Conn,
    table: &'static str,
    columns: &[NamedColumn],
    tail: &str,
) -> Result<(), StoreError> {
    if rows_of(table, columns)? == 0 {
        return Ok(());
    }
    let names = names_of(columns);
    match conn {
        Conn::Postgres(c) => {
            let parts = vec![Part {
                before: format!("INSERT INTO {table} ({names}) SELECT * FROM unnest("),
                columns,
            }];
            let after = format!("){tail}");
            Whole { parts, after }.execute(c)?;
            Ok(())
        }
        Conn::Sqlite(c) => in_parts(c, columns, |lists| {
            format!("INSERT INTO {table} ({names}) VALUES {lists}{tail}")
        }),
    }
}

/// Sets the columns of the rows that are found by the first one, their key.
pub fn update(
    conn: &mut Conn,
    table: &'static str,
    columns: &[NamedColumn],
) -> Result<(), StoreError> {
    let Some((_, rest)) = columns.split_first() else {
        return Ok(());
    };
    let set = rest.iter().map(|(name, _)| format!("{name} = v.{name}"));
    let set = set.collect::<Vec<_>>().join(", ");
    set_where(conn, table, columns, 1, &set)
}

/// Sets the same in all rows that are found by a key of several columns.
pub fn set(
    conn: &mut Conn,
    table: &'static str,
    key: &[NamedColumn],
    set: &'static str,
) -> Result<(), StoreError> {
    set_where(conn, table, key, key.len(), set)
}

/// The first so many columns are the key.
fn set_where(
    conn: &mut Conn,
    table: &'static str,
    columns: &[NamedColumn],
    keys: usize,
    set: &str,
) -> Result<(), StoreError> {
    if rows_of(table, columns)? == 0 {
        return Ok(());
    }
    let found = columns.iter().take(keys);
    let found = found.map(|(key, _)| format!("t.{key} = v.{key}"));
    let found = found.collect::<Vec<_>>().join(" AND ");
    let names = names_of(columns);
    match conn {
        Conn::Postgres(c) => {
            let parts = vec![Part {
                before: format!("UPDATE {table} AS t SET {set} FROM unnest("),
                columns,
            }];
            let after = format!(") AS v ({names}) WHERE {found}");
            Whole { parts, after }.execute(c)?;
            Ok(())
        }
        Conn::Sqlite(c) => in_parts(c, columns, |lists| {
            format!(
                "WITH v ({names}) AS (VALUES {lists}) UPDATE {table} AS t SET {set} FROM v WHERE {found}"
            )
        }),
    }
}

/// A table and one row for it.
pub type NewRow<'a> = (&'static str, &'a [NamedColumn]);

/// Inserts a row, and others into further tables with it, by one statement; whether it did: where its `key` is taken, none is
/// inserted. To PostgreSQL each statement is a journey there and back, and one that fails spoils the transaction.
pub fn insert_if_free(
    conn: &mut diesel::PgConnection,
    (table, row): NewRow<'_>,
    key: &'static str,
    others: &[NewRow<'_>],
) -> QueryResult<bool> {
    const IF_MADE: &str = ") WHERE EXISTS (SELECT 1 FROM made)";
    let insert = |table: &str, columns: &[NamedColumn]| {
        let names = names_of(columns);
        format!("INSERT INTO {table} ({names}) SELECT * FROM unnest(")
    };
    let mut parts = vec![Part {
        before: format!("WITH made AS ({}", insert(table, row)),
        columns: row,
    }];
    let mut after = format!(") ON CONFLICT ({key}) DO NOTHING RETURNING 1)");
    for (place, (table, columns)) in others.iter().enumerate() {
        let before = format!("{after}, other{place} AS ({}", insert(table, columns));
        parts.push(Part { before, columns });
        after = format!("{IF_MADE})");
    }
    after.push_str(" SELECT count(*) FROM made");
    let whole = Whole { parts, after };
    Ok(whole.get_result::<i64>(conn)? > 0)
}

fn rows_of(table: &str, columns: &[NamedColumn]) -> Result<usize, StoreError> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    match columns.iter().all(|(_, column)| column.len() == rows) {
        true => Ok(rows),
        false => Err(StoreError::Db(format!(
            "columns of {table} differ in length"
        ))),
    }
}

fn names_of(columns: &[NamedColumn]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A statement that takes whole columns: its text is the same for any number of rows.
struct Whole<'a> {
    parts: Vec<Part<'a>>,
    after: String,
}

/// Some text, and the columns that stand behind it.
struct Part<'a> {
    before: String,
    columns: &'a [NamedColumn],
}

/// Known by its text.
impl QueryId for Whole<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Whole<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in &self.parts {
            out.push_sql(&part.before);
            for (place, (_, column)) in part.columns.iter().enumerate() {
                if place > 0 {
                    out.push_sql(", ");
                }
                column.push_array(&mut out)?;
            }
        }
        out.push_sql(&self.after);
        Ok(())
    }
}

/// What it counts, where it counts.
impl diesel::query_builder::Query for Whole<'_> {
    type SqlType = BigInt;
}

impl<Conn> RunQueryDsl<Conn> for Whole<'_> {}

/// Runs the statement with as many rows at a time as it takes; `sql` gets their places in it: `(?, …), …`.
fn in_parts(
    conn: &mut diesel::SqliteConnection,
    columns: &[NamedColumn],
    sql: impl Fn(&str) -> String,
) -> Result<(), StoreError> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    let chunk = (VALUES_A_STATEMENT / columns.len()).max(1);
    for from in (0..rows).step_by(chunk) {
        let to = (from + chunk).min(rows);
        let sql = sql(&value_lists(to - from, columns.len()));
        let mut query = diesel::sql_query(sql).into_boxed::<Sqlite>();
        for row in from..to {
            for (_, column) in columns {
                query = column.bind_one(query, row);
            }
        }
        query.execute(conn)?;
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

type SqliteQuery<'q> = BoxedSqlQuery<'q, Sqlite, SqlQuery>;

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

    /// As an array, with its type.
    fn push_array<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let kind = match self {
            Column::Text(v) => out.push_bind_param::<Array<Text>, _>(v).map(|()| "text"),
            Column::OptText(v) => out
                .push_bind_param::<Array<Nullable<Text>>, _>(v)
                .map(|()| "text"),
            Column::Big(v) => out
                .push_bind_param::<Array<BigInt>, _>(v)
                .map(|()| "bigint"),
            Column::Int(v) => out
                .push_bind_param::<Array<Integer>, _>(v)
                .map(|()| "integer"),
            Column::OptInt(v) => out
                .push_bind_param::<Array<Nullable<Integer>>, _>(v)
                .map(|()| "integer"),
            Column::Date(v) => out.push_bind_param::<Array<Date>, _>(v).map(|()| "date"),
            Column::OptDate(v) => out
                .push_bind_param::<Array<Nullable<Date>>, _>(v)
                .map(|()| "date"),
            Column::Instant(v) => out
                .push_bind_param::<Array<Timestamp>, _>(v)
                .map(|()| "timestamp"),
            Column::OptInstant(v) => out
                .push_bind_param::<Array<Nullable<Timestamp>>, _>(v)
                .map(|()| "timestamp"),
            Column::Bytes(v) => out.push_bind_param::<Array<Binary>, _>(v).map(|()| "bytea"),
            Column::Bool(v) => out.push_bind_param::<Array<Bool>, _>(v).map(|()| "boolean"),
        }?;
        out.push_sql("::");
        out.push_sql(kind);
        out.push_sql("[]");
        Ok(())
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
