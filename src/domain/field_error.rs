//! How a refused value is told: a stable code and the numbers its text needs, never the value itself.

use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// Named numbers (and only such: limits, places, code points) that fill the text of a code.
pub type Params = Vec<(&'static str, String)>;

/// Why one value is refused. The place is not known yet: see [`Fault::at`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub params: Params,
}

/// One fault of one field: JSON pointer (RFC 6901), code and params.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    pub code: &'static str,
    pub params: Params,
}

impl Fault {
    pub const fn new(code: &'static str) -> Self {
        Self {
            code,
            params: Vec::new(),
        }
    }

    /// The same fault with one more number for its text.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        FieldError {
            pointer: pointer.into(),
            code: self.code,
            params: self.params,
        }
    }
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: &'static str) -> Self {
        Fault::new(code).at(pointer)
    }
}

/// Takes the value out of `result`, or notes its fault at `pointer`: so that all faults of a body are told at once.
pub fn keep<T>(result: Result<T, Fault>, pointer: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(fault) => {
            errors.push(fault.at(pointer));
            None
        }
    }
}

/// The faults `validator` found, sorted by pointer. Its own JSON would echo the rejected value, so only
/// the code and the known params are taken over.
pub fn from_validator(found: &ValidationErrors) -> Vec<FieldError> {
    let mut errors = Vec::new();
    collect(found, "", &mut errors);
    errors.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    errors
}

fn collect(found: &ValidationErrors, prefix: &str, errors: &mut Vec<FieldError>) {
    for (field, kind) in found.errors() {
        let pointer = format!("{prefix}/{field}");
        match kind {
            ValidationErrorsKind::Field(list) => {
                errors.extend(list.iter().map(|error| mapped(error, &pointer)));
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, errors),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), errors);
                }
            }
        }
    }
}

fn mapped(error: &ValidationError, pointer: &str) -> FieldError {
    let limit = |name: &str| error.params.get(name).and_then(|value| value.as_u64());
    let fault = match (error.code.as_ref(), limit("min"), limit("max")) {
        ("email", ..) => Fault::new("contact.email.form"),
        ("length", None, Some(max)) => Fault::new("field.too_long").with("max", max),
        ("length", Some(min), Some(max)) => {
            Fault::new("field.length").with("min", min).with("max", max)
        }
        _ => Fault::new("field.invalid"),
    };
    fault.at(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use validator::Validate;

    #[derive(Validate)]
    struct Inner {
        #[validate(email)]
        email: String,
    }

    #[derive(Validate)]
    struct Outer {
        #[validate(length(min = 2, max = 4))]
        name: String,
        #[validate(nested)]
        inner: Inner,
    }

    #[test]
    fn validators_faults_lose_the_rejected_value() {
        let outer = Outer {
            name: "secret-name".into(),
            inner: Inner {
                email: "secret-mail".into(),
            },
        };
        let errors = from_validator(&outer.validate().unwrap_err());
        assert_eq!(
            errors,
            vec![
                FieldError::new("/inner/email", "contact.email.form"),
                Fault::new("field.length")
                    .with("min", 2)
                    .with("max", 4)
                    .at("/name"),
            ]
        );
        assert!(!format!("{errors:?}").contains("secret"));
    }

    #[test]
    fn keep_notes_the_fault_and_goes_on() {
        let mut errors = Vec::new();
        assert_eq!(keep(Ok(1), "/a", &mut errors), Some(1));
        assert_eq!(keep::<u8>(Err(Fault::new("x.y")), "/b", &mut errors), None);
        assert_eq!(errors, vec![FieldError::new("/b", "x.y")]);
    }
}
