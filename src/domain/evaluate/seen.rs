//! What a criterion found and asks for, without the ways to meet it.

use super::describe;
use super::judge;
use super::profile::Profile;
use crate::messages::Lang;
use crate::rules::RuleSet;
use crate::rules::model::Criterion;

/// None where a criterion joins several tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub actual: Option<String>,
    pub required: Option<String>,
}

pub fn seen(set: &RuleSet, criterion: &Criterion, profile: &Profile) -> Seen {
    judge::with_source(&set.points, profile, |source| {
        // Titles are not among what is asked for, so that the language does not matter.
        let (shown, ..) = describe::shown(&criterion.test, source, Lang::Zh);
        Seen {
            actual: shown.actual.map(|it| it.into_owned()),
            required: shown.required.map(|it| it.into_owned()),
        }
    })
}
