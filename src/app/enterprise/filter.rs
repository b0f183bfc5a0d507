//! What a list of enterprises may be filtered by: an unknown code is refused, since an empty list would hide the slip.

use super::ListQuery;
use crate::domain::codes;
use crate::domain::enterprise::LegalStatus;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::pool::Pool;
use crate::domain::{search_key, text};

/// Longer than any name.
const LONGEST_PIECE: usize = 200;

impl ListQuery {
    /// Tells every filter that names nothing there is.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        type Check = fn(&str) -> Result<(), Fault>;
        let filters: [(&str, &Option<String>, Check); 6] = [
            ("/district_code", &self.district_code, district),
            ("/pool", &self.pool, pool),
            ("/scheme", &self.scheme, scheme),
            ("/industry_code", &self.industry_code, industry),
            ("/status", &self.status, status),
            ("/q", &self.q, piece),
        ];
        let mut errors = Vec::new();
        for (pointer, given, check) in filters {
            if let Some(given) = given {
                keep(check(given), pointer, &mut errors);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

fn district(code: &str) -> Result<(), Fault> {
    codes::district(code).map(|_| ())
}

fn pool(code: &str) -> Result<(), Fault> {
    let choices = || Pool::ALL.map(Pool::as_str).join(", ");
    match Pool::parse(code) {
        Some(_) => Ok(()),
        None => Err(Fault::new("field.choice").with("choices", choices())),
    }
}

fn scheme(code: &str) -> Result<(), Fault> {
    codes::scheme(code).map(|_| ())
}

/// A section, a division or a class.
fn industry(code: &str) -> Result<(), Fault> {
    codes::industry_name(code)
        .map(|_| ())
        .ok_or(Fault::new("industry.unknown"))
}

fn status(code: &str) -> Result<(), Fault> {
    LegalStatus::parse(code)
        .map(|_| ())
        .ok_or(Fault::new("legal_status.unknown"))
}

fn piece(given: &str) -> Result<(), Fault> {
    // A hostile text may be long before it is folded and longer after.
    if given.chars().count() > LONGEST_PIECE {
        return Err(Fault::new("field.too_long").with("max", LONGEST_PIECE));
    }
    text::may_be_searched(given)?;
    match search_key::folded(given).chars().count() {
        0 => Err(Fault::new("text.required")),
        1..=LONGEST_PIECE => Ok(()),
        _ => Err(Fault::new("field.too_long").with("max", LONGEST_PIECE)),
    }
}
