//! What is told of whom, and in which language.

use crate::evaluate::Profile;
use crate::messages::{self, Lang};
use crate::rules::RuleSet;

/// What is told of whom, and in which language.
#[derive(Clone, Copy)]
pub(super) struct About<'a, 'p> {
    pub set: &'a RuleSet,
    pub profile: &'p Profile,
    pub lang: Lang,
}

impl About<'_, '_> {
    /// A text of the catalogue.
    pub fn say(self, code: &'static str, params: &[(&'static str, &str)]) -> String {
        let params: Vec<(&'static str, String)> = params
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        messages::text(code, self.lang, &params)
    }

    /// 甲、乙和丙 all alike: with a mark between them.
    pub fn list(self, parts: &[String]) -> String {
        parts.join(self.lang.pick("、", ", "))
    }
}

/// A sentence without its full stop, to go on from.
pub(super) fn open_ended(sentence: &str) -> &str {
    sentence.trim_end_matches(['。', '.'])
}
