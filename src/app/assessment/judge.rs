//! Judging one candidate: the verdict, whether it differs from the decision that stands, and what should move.

use super::load::Candidate;
use crate::domain::decision::{self, Digests, Kept, Situation};
use crate::domain::pool::Assessment;
use crate::domain::rules::RuleSet;

/// A candidate with what the rules say of it.
pub(super) struct Judged<'a> {
    pub candidate: Candidate,
    pub assessment: Assessment<'a>,
    /// Only if the decision that stands does not say it.
    pub decision: Option<Kept>,
}

/// `None` if the rule set is not one of pools.
pub(super) fn judge(set: &RuleSet, candidate: Candidate, yearly: bool) -> Option<Judged<'_>> {
    let situation = Situation {
        standing: candidate.standing,
        yearly,
    };
    let judgement = decision::judge(set, &candidate.profile, situation)?;
    let stands = candidate.head.as_ref().is_some_and(|head| {
        judgement.stands_in(&Digests {
            placing: head.digest.clone(),
            moves: head.moves_digest.clone(),
        })
    });
    let decision = (!stands).then(|| judgement.keep(&candidate.profile));
    Some(Judged {
        assessment: judgement.assessment,
        candidate,
        decision,
    })
}
