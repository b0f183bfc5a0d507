//! Secrets the program made for itself because the configuration gave none.

use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::secrets;

pub fn find(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    Ok(secrets::table
        .find(name)
        .select(secrets::value)
        .first(conn)
        .optional()?)
}

pub fn insert(conn: &mut Conn, name: &str, value: &str) -> Result<(), StoreError> {
    diesel::insert_into(secrets::table)
        .values((secrets::name.eq(name), secrets::value.eq(value)))
        .execute(conn)?;
    Ok(())
}
