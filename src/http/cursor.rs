//! Where the next page of a list begins, sealed: a client can neither read meaning into it nor move it to another list.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::answer::Page;
use super::problem::Problem;

const LONGEST: usize = 2048;

pub struct Cursors {
    seal: EncodingKey,
    open: DecodingKey,
    rules: Validation,
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    list: String,
    at: T,
}

impl Cursors {
    pub fn new(key: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        // A cursor is no credential: it neither expires nor names an audience.
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        Cursors {
            seal: EncodingKey::from_secret(key),
            open: DecodingKey::from_secret(key),
            rules,
        }
    }

    /// `list` names the list with its filters and order; the cursor opens for that list only.
    pub fn seal<T: Serialize>(&self, list: &str, at: T) -> Result<String, Problem> {
        jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &Sealed {
                list: list.to_string(),
                at,
            },
            &self.seal,
        )
        .map_err(|error| crate::app::error::AppError::internal(error).into())
    }

    /// Cuts off the one item more than asked for, which tells whether there is another page, and seals where that begins.
    pub fn page<I, T: Serialize>(
        &self,
        list: &str,
        limit: u32,
        mut found: Vec<I>,
        place: impl FnOnce(&I) -> T,
    ) -> Result<Page<I>, Problem> {
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = match found.last() {
            Some(last) if more => Some(self.seal(list, place(last))?),
            _ => None,
        };
        Ok(Page {
            items: found,
            next_cursor,
        })
    }

    /// Where a page begins; `None` is the beginning.
    pub fn start<T: DeserializeOwned>(
        &self,
        list: &str,
        cursor: Option<&str>,
    ) -> Result<Option<T>, Problem> {
        cursor.map(|cursor| self.open(list, cursor)).transpose()
    }

    pub fn open<T: DeserializeOwned>(&self, list: &str, cursor: &str) -> Result<T, Problem> {
        let refused = || Problem::bad_query("cursor", "request.cursor");
        if cursor.len() > LONGEST {
            return Err(refused());
        }
        let opened = jsonwebtoken::decode::<Sealed<T>>(cursor, &self.open, &self.rules)
            .map_err(|_| refused())?;
        if opened.claims.list != list {
            return Err(refused());
        }
        Ok(opened.claims.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_list_and_nothing_else() {
        let cursors = Cursors::new(b"0123456789abcdef0123456789abcdef");
        let sealed = cursors.seal("enterprises?sort=name", ("绍兴", 7)).unwrap();
        assert_eq!(
            cursors.open("enterprises?sort=name", &sealed),
            Ok(("绍兴".to_string(), 7))
        );
        assert!(
            cursors
                .open::<(String, i64)>("enterprises", &sealed)
                .is_err()
        );
        let other = Cursors::new(b"another key, another key, another");
        assert!(
            other
                .open::<(String, i64)>("enterprises?sort=name", &sealed)
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(
                cursors
                    .open::<(String, i64)>("enterprises?sort=name", &forged)
                    .is_err(),
                "{at}"
            );
        }
        assert!(
            cursors
                .open::<(String, i64)>("x", &"a".repeat(5000))
                .is_err()
        );
    }
}
