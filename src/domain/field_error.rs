//! How a refused value is told: a stable code and the numbers its text needs, never the value itself.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_notes_the_fault_and_goes_on() {
        let mut errors = Vec::new();
        assert_eq!(keep(Ok(1), "/a", &mut errors), Some(1));
        assert_eq!(keep::<u8>(Err(Fault::new("x.y")), "/b", &mut errors), None);
        assert_eq!(errors, vec![FieldError::new("/b", "x.y")]);
    }
}
