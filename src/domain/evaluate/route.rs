//! The cheapest route (最省的办法): what to do so that a rule set, or a pool, is reached, step by step.
//!
//! Every route told here was walked: after its steps no criterion on the way is UNMET. Of several the cheapest is told:
//! first the one that can be walked at all, then the one with the fewest titles to be won beforehand, then the fewest
//! changes, then the least effort by the rule set's own `[effort]`. A route is built criterion by criterion, each with
//! its cheapest way, and what a later step makes needless is left out; that no shorter one exists is not proved.

mod approach;

use super::judge;
use super::profile::{Figure, HeldTitle, Profile};
use super::scoring::score;
use super::ways::{Goal, Subject, Trial, Way};
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group, Need};
use crate::rules::test::Operand;

/// What is done in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed<'a> {
    /// A figure is raised or lowered, a yes or no is answered the other way, or days pass.
    Change(Way),
    /// Another code is recorded: the least demanding of those that will do.
    Code {
        operand: Operand,
        place: i64,
        cost: i128,
    },
    /// One of these titles is won.
    Title(&'a [String]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// The criteria it serves.
    pub criteria: Vec<&'a str>,
    pub deed: Deed<'a>,
}

#[derive(Debug, Clone, Default)]
pub struct Route<'a> {
    /// The name of the alternative it takes, where the rule set has several (直通 …).
    pub name: Option<&'a str>,
    pub steps: Vec<Step<'a>>,
    /// The criteria that are UNMET.
    pub short: Vec<&'a Criterion>,
    /// Of these, the ones that no change of recorded figures meets.
    pub blocked: Vec<&'a Criterion>,
    /// The criteria that are undecided, after the steps too.
    pub open: Vec<&'a Criterion>,
}

/// How dear a route is: less is cheaper.
pub type Price = (usize, usize, usize, usize, i128);

impl Route<'_> {
    pub fn price(&self) -> Price {
        let titles = self
            .steps
            .iter()
            .filter(|it| matches!(it.deed, Deed::Title(_)));
        (
            self.blocked.len(),
            titles.count(),
            self.steps.len(),
            self.open.len(),
            self.steps.iter().map(|it| it.deed.cost()).sum(),
        )
    }
}

impl Deed<'_> {
    fn cost(&self) -> i128 {
        match self {
            Self::Change(way) => way.cost,
            Self::Code { cost, .. } => *cost,
            Self::Title(_) => 0,
        }
    }
}

/// The cheapest route to a rule set of conditions; `None` where all is met, or it has no conditions.
pub fn to_conditions<'a>(set: &'a RuleSet, profile: &Profile) -> Option<Route<'a>> {
    let Body::Conditions(group) = &set.body else {
        return None;
    };
    let walk = Walk { set, profile };
    walk.to_group(group).filter(Route::has_something)
}

/// The cheapest route to a group of pool rules, a gate or a tier; `None` where all is met.
pub fn to_group<'a>(set: &'a RuleSet, group: &'a Group, profile: &Profile) -> Option<Route<'a>> {
    Walk { set, profile }
        .to_group(group)
        .filter(Route::has_something)
}

/// The cheapest way to meet one criterion, where one change alone does not or more than figures is asked.
pub fn to_criterion<'a>(
    set: &'a RuleSet,
    criterion: &'a Criterion,
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    approach::approach(set, Goal::of(criterion), profile)
}

impl Route<'_> {
    fn has_something(&self) -> bool {
        !(self.short.is_empty() && self.open.is_empty())
    }
}

/// Criteria are met twice over at the most: a step may undo what an earlier one reached.
const ROUNDS: usize = 4;

struct Walk<'a, 'p> {
    set: &'a RuleSet,
    profile: &'p Profile,
}

impl<'a> Walk<'a, '_> {
    fn to_group(&self, group: &'a Group) -> Option<Route<'a>> {
        let of = |bits: u64| -> Vec<&'a Criterion> {
            let criteria = group.criteria.iter().enumerate();
            criteria
                .filter(|(place, _)| bits >> place & 1 == 1)
                .map(|it| it.1)
                .collect()
        };
        match group.need {
            Need::AtLeast(count) => Some(self.to_some(count, &of(group.common))),
            Need::All if group.routes.is_empty() => Some(self.to_all(&of(group.common))),
            Need::All => {
                let routes = group.routes.iter().map(|route| Route {
                    name: Some(&route.name),
                    ..self.to_all(&of(group.common | route.criteria))
                });
                routes.min_by_key(Route::price)
            }
        }
    }

    /// So many of the criteria: those that are met, and the cheapest of the others.
    fn to_some(&self, count: usize, criteria: &[&'a Criterion]) -> Route<'a> {
        let outcome = |criterion: &Criterion| judged(self.set, criterion, self.profile);
        let met = criteria.iter().filter(|it| outcome(it) == Outcome::Met);
        let lacking = count.saturating_sub(met.count());
        let mut others: Vec<(Price, &'a Criterion)> = criteria
            .iter()
            .filter(|it| outcome(it) != Outcome::Met)
            .map(|criterion| (self.to_all(&[criterion]).price(), *criterion))
            .collect();
        others.sort_by_key(|it| it.0);
        let chosen: Vec<_> = others.iter().take(lacking).map(|it| it.1).collect();
        self.to_all(&chosen)
    }

    fn to_all(&self, criteria: &[&'a Criterion]) -> Route<'a> {
        let mut route = Route::default();
        let mut work = self.profile.clone();
        // What only waiting meets is not looked at again: the day stays the day.
        let mut left: Vec<&'a Criterion> = Vec::new();
        for criterion in criteria {
            match judged(self.set, criterion, self.profile) {
                Outcome::Unmet => route.short.push(criterion),
                Outcome::Unknown | Outcome::NeedsReview => route.open.push(criterion),
                Outcome::Met => {}
            }
        }
        for _ in 0..ROUNDS {
            let mut moved = false;
            for criterion in criteria {
                let settled = left.iter().any(|it| it.id == criterion.id);
                if settled || judged(self.set, criterion, &work) != Outcome::Unmet {
                    continue;
                }
                match to_criterion(self.set, criterion, &work) {
                    Some(deeds) => {
                        moved = true;
                        let waits = deeds.iter().any(Deed::is_wait);
                        for deed in deeds {
                            deed.done(&mut work);
                            route.note(&criterion.id, deed);
                        }
                        if waits {
                            left.push(criterion);
                        }
                    }
                    None => {
                        left.push(criterion);
                        route.blocked.push(criterion);
                    }
                }
            }
            if !moved {
                break;
            }
        }
        let still = |it: &&&Criterion| {
            !left.iter().any(|known| known.id == it.id)
                && judged(self.set, it, &work) == Outcome::Unmet
        };
        let unmet: Vec<_> = criteria.iter().filter(still).copied().collect();
        route.blocked.extend(unmet);
        self.shortened(criteria, &left, &mut route);
        route
    }

    /// Leaves out every step without which the rest still leads there.
    fn shortened(&self, criteria: &[&'a Criterion], left: &[&Criterion], route: &mut Route<'a>) {
        let mut place = route.steps.len();
        while place > 0 {
            place -= 1;
            if route.steps.len() < 2 || route.steps[place].deed.is_wait() {
                continue;
            }
            let mut work = self.profile.clone();
            for (index, step) in route.steps.iter().enumerate() {
                if index != place {
                    step.deed.done(&mut work);
                }
            }
            let needed = criteria.iter().any(|criterion| {
                let skipped = |list: &[&Criterion]| list.iter().any(|it| it.id == criterion.id);
                !skipped(left)
                    && !skipped(&route.blocked)
                    && judged(self.set, criterion, &work) == Outcome::Unmet
            });
            if !needed {
                route.steps.remove(place);
            }
        }
    }
}

impl<'a> Route<'a> {
    /// Two changes of one figure are one change.
    fn note(&mut self, criterion: &'a str, deed: Deed<'a>) {
        let known = self.steps.iter_mut().find(|it| it.deed.is_of(&deed));
        match known {
            Some(step) => {
                step.deed = step.deed.and(deed);
                if !step.criteria.contains(&criterion) {
                    step.criteria.push(criterion);
                }
            }
            None => self.steps.push(Step {
                criteria: vec![criterion],
                deed,
            }),
        }
    }
}

impl<'a> Deed<'a> {
    fn is_wait(&self) -> bool {
        matches!(
            self,
            Self::Change(Way {
                subject: Subject::Age,
                ..
            })
        )
    }

    /// Whether both change the same thing.
    fn is_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Change(a), Self::Change(b)) => a.subject == b.subject,
            (Self::Code { operand: a, .. }, Self::Code { operand: b, .. }) => a == b,
            (Self::Title(a), Self::Title(b)) => a == b,
            _ => false,
        }
    }

    fn and(self, later: Self) -> Self {
        match (self, later) {
            (Self::Change(first), Self::Change(then)) => match first.subject {
                Subject::Fact(_) => Self::Change(Way {
                    change: first.change + then.change,
                    cost: first.cost + then.cost,
                    ..first
                }),
                Subject::Age => Self::Change(if then.change > first.change {
                    then
                } else {
                    first
                }),
                Subject::Answer(_) => later,
            },
            _ => later,
        }
    }

    /// Does it to the profile.
    pub(super) fn done(&self, work: &mut Profile) {
        let replace = |work: &mut Profile, operand: Operand, value: i64| {
            let evidence = work.figure(operand).and_then(|it| it.evidence);
            work.replace(operand, Some(Figure { value, evidence }));
        };
        match self {
            Self::Change(way) => match way.subject {
                Subject::Fact(operand) => {
                    let value = work.value_or_zero(operand) + way.change;
                    replace(work, operand, value);
                }
                Subject::Answer(operand) => replace(work, operand, way.change),
                Subject::Age => {}
            },
            Self::Code { operand, place, .. } => replace(work, *operand, *place),
            Self::Title(schemes) => {
                if let Some(scheme) = schemes.first() {
                    work.add_title(HeldTitle {
                        scheme: scheme.clone(),
                        valid_from: work.as_of(),
                        valid_through: None,
                    });
                }
            }
        }
    }
}

/// The outcome of a criterion on a profile that may differ from the real one.
pub fn judged(set: &RuleSet, criterion: &Criterion, profile: &Profile) -> Outcome {
    judge::with_source(&set.points, profile, |source| {
        judge::criterion(criterion, source)
    })
}

/// The single changes that meet a criterion, the cheapest first.
pub fn ways(set: &RuleSet, criterion: &Criterion, profile: &Profile) -> Vec<Way> {
    ways_to(set, Goal::of(criterion), profile)
}

fn ways_to(set: &RuleSet, goal: Goal<'_>, profile: &Profile) -> Vec<Way> {
    let scored = score(&set.points, profile);
    let mut trial = Trial {
        set,
        profile: profile.clone(),
        scored: &scored,
    };
    trial.ways(goal)
}
