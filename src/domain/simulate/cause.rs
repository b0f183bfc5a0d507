//! Which criteria make the difference between two versions for one firm.

use super::found::Found;
use super::place::Place;
use crate::evaluate::{Profile, Seen, seen};
use crate::outcome::{Outcome, Outcomes};
use crate::pool::Pool;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group};

/// A criterion that the two versions answer differently.
#[derive(Debug, Clone)]
pub struct Cause<'a> {
    /// As the proposed rules have it; as the base does where they lack it.
    pub criterion: &'a Criterion,
    /// A keep condition (保持条件) of the pool the firm is in, not an entry condition.
    pub keep: bool,
    /// None where that version has no such criterion.
    pub base: Option<Side>,
    pub proposed: Option<Side>,
}

/// What one version finds and asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub outcome: Outcome,
    /// None where the criterion joins several tests.
    pub actual: Option<String>,
    pub required: Option<String>,
}

/// The criteria answered differently in the gates and pools that decide between the two places; all that are, where
/// none of those is (a pool asks for one sign fewer, say).
pub fn causes<'a>(
    base: (&'a RuleSet, &Found),
    proposed: (&'a RuleSet, &Found),
    profile: &Profile,
) -> Vec<Cause<'a>> {
    let (before, after) = (judged(base), judged(proposed));
    let member = proposed.1.keep.map(|(pool, _)| pool);
    let between = Between::of(base.1.place, proposed.1.place, member);
    let decisive = |it: &Judged| between.has(it);
    let told = differences(&before, &after, decisive, profile);
    match told.is_empty() && base.1.place.differs(proposed.1.place) {
        true => differences(&before, &after, |_| true, profile),
        false => told,
    }
}

/// A group with the outcomes of its criteria from `start` on.
struct Judged<'a> {
    set: &'a RuleSet,
    group: &'a Group,
    pool: Option<Pool>,
    keep: bool,
    outcomes: Outcomes,
    start: usize,
}

fn judged<'a>((set, found): (&'a RuleSet, &Found)) -> Vec<Judged<'a>> {
    let mut start = 0;
    let mut all: Vec<Judged> = Vec::new();
    let pool_of = |group: &Group| match &set.body {
        Body::Pools(pools) => {
            let tier = pools.tiers.iter().find(|tier| tier.entry.id == group.id);
            tier.map(|tier| tier.pool)
        }
        Body::Conditions(_) | Body::Size(_) => None,
    };
    for group in set.groups() {
        all.push(Judged {
            set,
            group,
            pool: pool_of(group),
            keep: false,
            outcomes: found.verdict.outcomes,
            start,
        });
        start += group.criteria.len();
    }
    if let (Body::Pools(pools), Some((pool, keep))) = (&set.body, found.keep)
        && let Some(tier) = pools.tier(pool)
    {
        all.push(Judged {
            set,
            group: &tier.keep,
            pool: Some(pool),
            keep: true,
            outcomes: keep.outcomes,
            start: 0,
        });
    }
    all
}

/// The pools whose entry conditions decide: above the lower of two places, up to the higher.
struct Between {
    above: u8,
    up_to: u8,
}

impl Between {
    /// What admits to a member's own pool and those below does not decide where it goes: its keep conditions do.
    fn of(base: Place, proposed: Place, member: Option<Pool>) -> Self {
        let own = member.and_then(|pool| Place::in_pool(pool).rank());
        let (lower, higher) = match (base.rank(), proposed.rank()) {
            (Some(from), Some(to)) => (from.min(to), from.max(to)),
            _ => (0, u8::MAX),
        };
        Self {
            above: own.map_or(lower, |own| own.max(lower)),
            up_to: higher,
        }
    }

    fn has(&self, it: &Judged) -> bool {
        match it.pool {
            Some(pool) if !it.keep => {
                let rank = Place::in_pool(pool).rank().unwrap_or(0);
                self.above < rank && rank <= self.up_to
            }
            // Gates, conditions, and what keeps a member.
            _ => true,
        }
    }
}

fn differences<'a>(
    before: &[Judged<'a>],
    after: &[Judged<'a>],
    wanted: impl Fn(&Judged) -> bool,
    profile: &Profile,
) -> Vec<Cause<'a>> {
    let same = |it: &Judged, other: &Judged| it.keep == other.keep && it.group.id == other.group.id;
    let mut found = Vec::new();
    for now in after.iter().filter(|it| wanted(it)) {
        let then = before.iter().find(|it| same(it, now));
        for (place, criterion) in now.group.criteria.iter().enumerate() {
            let old = then.and_then(|it| Some((it, it.find(&criterion.id)?)));
            let (base, proposed) = (old.map(|(it, place)| it.outcome(place)), now.outcome(place));
            if base != Some(proposed) {
                found.push(Cause {
                    criterion,
                    keep: now.keep,
                    base: old.map(|(it, place)| it.side(place, profile)),
                    proposed: Some(now.side(place, profile)),
                });
            }
        }
    }
    // What the proposed rules have dropped made a difference where it stood in the way.
    for then in before.iter().filter(|it| wanted(it)) {
        let now = after.iter().find(|it| same(it, then));
        for (place, criterion) in then.group.criteria.iter().enumerate() {
            let gone = now.is_none_or(|it| it.find(&criterion.id).is_none());
            if gone && then.outcome(place) != Outcome::Met {
                found.push(Cause {
                    criterion,
                    keep: then.keep,
                    base: Some(then.side(place, profile)),
                    proposed: None,
                });
            }
        }
    }
    found
}

impl Judged<'_> {
    fn find(&self, id: &str) -> Option<usize> {
        self.group.criteria.iter().position(|it| it.id == id)
    }

    fn outcome(&self, place: usize) -> Outcome {
        self.outcomes.get(self.start + place)
    }

    fn side(&self, place: usize, profile: &Profile) -> Side {
        let shown = self.group.criteria.get(place);
        let Seen { actual, required } = shown
            .map(|criterion| seen(self.set, criterion, profile))
            .unwrap_or_default();
        Side {
            outcome: self.outcome(place),
            actual,
            required,
        }
    }
}
