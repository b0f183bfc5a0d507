//! Explanations in sentences (说明): what was found, what is required, what is short and how it is made up, in Chinese
//! and English. Made when an explanation is read; what decisions keep has no sentences.
//!
//! Nothing is rounded away: money is told to the fen, and a share that is cut off says so.

mod about;
mod amount;
mod answer;
mod compare;
mod deed;
mod measure;
mod missing;
mod sentence;
mod summary;

use super::evaluate::{Explained, ExplainedCriteria, ExplainedUnknown, Profile};
use super::messages::Lang;
use super::pool::Placement;
use super::rules::RuleSet;
use super::rules::model::Body;

use about::About;

pub use amount::money;

/// Puts the sentences into an explanation of `set` for the same enterprise.
pub fn tell<'a>(set: &'a RuleSet, profile: &Profile, explained: &mut Explained<'a>, lang: Lang) {
    let about = About { set, profile, lang };
    let mut prices = Vec::new();
    match (&set.body, &mut explained.criteria) {
        (Body::Conditions(group), ExplainedCriteria::List(list)) => {
            about.criteria(group, list, true);
        }
        (Body::Pools(pools), ExplainedCriteria::Groups(groups)) => {
            for (group, told) in pools.groups().zip(groups.iter_mut()) {
                // Nobody is told how not to graduate.
                let may_fail = told.pool == Placement::Graduated.as_str();
                about.criteria(group, &mut told.criteria, !may_fail);
                prices.push(summary::group(about, group, told));
            }
        }
        _ => {}
    }
    explained.unknown = missing::of_set(about);
    summary::whole(about, explained, &prices);
}

/// What is unknown of all that a rule set looks at and has not settled.
pub fn unknown_of<'a>(
    set: &'a RuleSet,
    profile: &Profile,
    lang: Lang,
) -> Vec<ExplainedUnknown<'a>> {
    missing::of_set(About { set, profile, lang })
}
