//! The version a caller believes it changes: nobody overwrites what they have not seen.

use super::error::AppError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    NotGiven,
    /// Whatever there is, as long as there is something.
    Any,
    /// One of these row versions.
    OneOf(Vec<i64>),
}

impl Expected {
    /// To be asked inside the transaction that changes the row.
    pub fn check(&self, current: i64) -> Result<(), AppError> {
        match self {
            Expected::NotGiven => Err(AppError::PreconditionRequired),
            Expected::Any => Ok(()),
            Expected::OneOf(versions) if versions.contains(&current) => Ok(()),
            Expected::OneOf(_) => Err(AppError::PreconditionFailed),
        }
    }

    /// Where nothing is there yet: the first PUT needs no version. Who has seen that there is nothing saw version 0.
    pub fn check_absent(&self) -> Result<(), AppError> {
        match self {
            Expected::NotGiven => Ok(()),
            Expected::OneOf(versions) if versions.contains(&0) => Ok(()),
            Expected::Any | Expected::OneOf(_) => Err(AppError::PreconditionFailed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_the_version_it_saw() {
        assert_eq!(
            Expected::NotGiven.check(1),
            Err(AppError::PreconditionRequired)
        );
        assert_eq!(Expected::OneOf(vec![1, 2]).check(2), Ok(()));
        assert_eq!(
            Expected::OneOf(vec![1]).check(2),
            Err(AppError::PreconditionFailed)
        );
        assert_eq!(Expected::Any.check(2), Ok(()));
        assert_eq!(Expected::NotGiven.check_absent(), Ok(()));
        assert_eq!(Expected::OneOf(vec![0]).check_absent(), Ok(()));
        assert_eq!(
            Expected::OneOf(vec![1]).check_absent(),
            Err(AppError::PreconditionFailed)
        );
        assert_eq!(
            Expected::Any.check_absent(),
            Err(AppError::PreconditionFailed)
        );
    }
}
