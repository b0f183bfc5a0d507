//! What one version of the rules says of a firm, and how it is asked.

use super::place::{self, Place};
use crate::evaluate::{KeepVerdict, Profile, Verdict, verdict};
use crate::pool::{Member, Pool, Standing, assess};
use crate::rules::RuleSet;

/// What one version of the rules says of a firm.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub place: Place,
    pub(super) verdict: Verdict,
    /// Whether a member keeps the pool it is in.
    pub(super) keep: Option<(Pool, KeepVerdict)>,
}

/// Where the firm belongs. Pool rules judge members as the next yearly evaluation would: entry tests, exits and the stay
/// limit, and the keep conditions, counted on from the failures there are.
pub fn find(set: &RuleSet, profile: &Profile, standing: Standing) -> Found {
    let standing = before_yearly(standing);
    match assess(set, profile, standing, true) {
        Some(assessment) => Found {
            place: place::of_assessment(&assessment, standing),
            verdict: assessment.verdict,
            keep: member_of(standing).zip(assessment.keep),
        },
        None => {
            let verdict = verdict(set, profile);
            Found {
                place: place::of_verdict(set, &verdict),
                verdict,
                keep: None,
            }
        }
    }
}

fn member_of(standing: Standing) -> Option<Pool> {
    match standing {
        Standing::Member(member) => Some(member.pool),
        Standing::Outside { .. } => None,
    }
}

/// This year's evaluation, if it was made, does not stand in the way of the one that is tried here.
fn before_yearly(standing: Standing) -> Standing {
    match standing {
        Standing::Member(member) => Standing::Member(Member {
            last_yearly: None,
            ..member
        }),
        outside @ Standing::Outside { .. } => outside,
    }
}
