//! The course of time: each day that may be otherwise is judged, and what it changes is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::breaks::{Breaks, breakpoints};
use super::history::History;
use super::outlook::{Asked, Cause, Change, Forecast, Moved, Movement, Placed, Turned};
use crate::evaluate::{Profile, Verdict, verdict};
use crate::pool::{self, Member, Pool, Standing, assess, is_yearly, last_day_of_stay};
use crate::rules::model::Body;
use crate::rules::{Library, RuleSet};

/// What time brings from `as_of` to `until`; `None` if the enterprise does not exist on the first day.
///
/// Movements are taken to take effect on the day on which an assessment could first propose them, and the yearly
/// evaluation to be made on the first day the rules allow: it tells where things lead when nobody does anything else.
pub fn forecast(history: &History, library: &Library, asked: Asked<'_>) -> Option<Forecast> {
    let mut course = Course {
        library,
        asked,
        breaks: breakpoints(history, library, asked),
        standing: history.standing,
        judged: Vec::new(),
    };
    let profile = history.profile(asked.as_of)?;
    course.judged = course.judge(&profile);
    let now = course.judged.iter().map(|it| it.place()).collect();
    let pool = course.pool();
    let mut changes = Vec::new();
    let first = course.moves(&profile, &[]);
    if first.movement.is_some() {
        changes.push(Change {
            day: asked.as_of,
            causes: Vec::new(),
            places: Vec::new(),
            ..first
        });
    }
    course.watch_stay();
    while let Some((day, causes)) = course.breaks.pop_first() {
        let profile = history.profile(day)?;
        let change = course.on(day, causes, &profile);
        let alone = change.causes.iter().any(Cause::is_told_alone);
        if alone || change.warned || change.movement.is_some() || !change.places.is_empty() {
            changes.push(change);
        }
    }
    Some(Forecast {
        now,
        pool,
        pool_then: course.pool(),
        changes,
    })
}

/// A rule set in force, with what it says.
struct Judged {
    set: Arc<RuleSet>,
    verdict: Verdict,
}

struct Course<'a> {
    library: &'a Library,
    asked: Asked<'a>,
    breaks: Breaks,
    standing: Standing,
    judged: Vec<Judged>,
}

impl Course<'_> {
    fn on(&mut self, day: NaiveDate, causes: Vec<Cause>, profile: &Profile) -> Change {
        let now = self.judge(profile);
        let before = std::mem::replace(&mut self.judged, now);
        let codes: BTreeSet<&str> = before
            .iter()
            .chain(&self.judged)
            .map(|it| it.set.code.as_str())
            .collect();
        let of = |judged: &[Judged], code: &str| {
            let found = judged.iter().position(|it| it.set.code == code);
            found.and_then(|place| judged.get(place).map(|it| (it.set.clone(), it.verdict)))
        };
        let places = codes
            .into_iter()
            .filter_map(|code| moved(code, of(&before, code), of(&self.judged, code)))
            .collect();
        let change = self.moves(profile, &causes);
        if change.movement.is_some() {
            self.watch_stay();
        }
        Change {
            day,
            causes,
            places,
            ..change
        }
    }

    fn judge(&self, profile: &Profile) -> Vec<Judged> {
        let in_force = self.library.all_in_force(profile.as_of());
        in_force
            .filter(|set| self.asked.wants(&set.code))
            .map(|set| Judged {
                set: set.clone(),
                verdict: verdict(set, profile),
            })
            .collect()
    }

    /// What an assessment on the day would propose, taken as done.
    fn moves(&mut self, profile: &Profile, causes: &[Cause]) -> Change {
        let day = profile.as_of();
        let none = Change {
            day,
            causes: Vec::new(),
            places: Vec::new(),
            movement: None,
            warned: false,
        };
        let judged = self
            .judged
            .iter()
            .find(|it| it.set.code == self.asked.policy);
        let Some(set) = judged.map(|it| it.set.clone()) else {
            return none;
        };
        let Body::Pools(pools) = &set.body else {
            return none;
        };
        let yearly =
            causes.contains(&Cause::YearlyEvaluation) && is_yearly(&pools.moves, day, false);
        let failures = |standing: Standing| match standing {
            Standing::Member(member) => member.failures,
            Standing::Outside { .. } => 0,
        };
        let failed_before = failures(self.standing);
        let Some(assessment) = assess(&set, profile, self.standing, yearly) else {
            return none;
        };
        if let Some(member) = assessment.member {
            self.standing = Standing::Member(member);
        }
        let movement = assessment.movement.as_ref().map(|it| Movement {
            kind: it.kind,
            from: it.from,
            to: it.to,
            reason: it.reason,
        });
        let warned = movement.is_none() && failures(self.standing) > failed_before;
        if let Some(movement) = movement {
            self.standing = after(movement, day, yearly);
        }
        Change {
            movement,
            warned,
            ..none
        }
    }

    /// The days on which the present membership meets its limits.
    fn watch_stay(&mut self) {
        let Standing::Member(member) = self.standing else {
            return;
        };
        let judged = self
            .judged
            .iter()
            .find(|it| it.set.code == self.asked.policy);
        let Some(Body::Pools(pools)) = judged.map(|it| &it.set.body) else {
            return;
        };
        let last = last_day_of_stay(&pools.moves, &member);
        let days = [
            (last, Cause::StayEnded),
            (member.override_until, Cause::OverrideEnded),
        ];
        for (last, cause) in days {
            let day = last.and_then(|it| it.succ_opt());
            let ahead = day.filter(|it| self.asked.as_of < *it && *it <= self.asked.until);
            if let Some(day) = ahead {
                let causes = self.breaks.entry(day).or_default();
                if !causes.contains(&cause) {
                    causes.push(cause);
                }
            }
        }
    }

    fn pool(&self) -> Option<Pool> {
        match self.standing {
            Standing::Member(member) => Some(member.pool),
            Standing::Outside { .. } => None,
        }
    }
}

impl Judged {
    fn place(&self) -> Placed {
        place(self.set.clone(), self.verdict)
    }
}

fn place(set: Arc<RuleSet>, verdict: Verdict) -> Placed {
    Placed {
        set,
        outcome: verdict.outcome,
        pool: verdict.placement.map(|it| it.as_str()),
        class: verdict.class.map(|it| it.as_str()),
        score: verdict.score,
    }
}

fn after(movement: Movement, day: NaiveDate, yearly: bool) -> Standing {
    match movement.to {
        Some(pool) => Standing::Member(Member {
            pool,
            since: day,
            failures: 0,
            last_yearly: yearly.then(|| day.year()),
            extended: false,
            override_until: None,
        }),
        None => Standing::Outside {
            timed_out_of: movement
                .from
                .filter(|_| movement.reason == Some(pool::ExitReason::TimedOut)),
        },
    }
}

type Found = (Arc<RuleSet>, Verdict);

/// What a rule set says otherwise than before; `None` where it says the same.
fn moved(code: &str, before: Option<Found>, after: Option<Found>) -> Option<Moved> {
    let outcome = |found: &Option<Found>, id: &str| {
        let (set, verdict) = found.as_ref()?;
        let place = set.criteria().position(|it| it.id == id)?;
        Some(verdict.outcomes.get(place))
    };
    let mut criteria = Vec::new();
    if let Some((set, verdict)) = &after {
        for (place, criterion) in set.criteria().enumerate() {
            let (was, is) = (outcome(&before, &criterion.id), verdict.outcomes.get(place));
            if was != Some(is) && before.is_some() {
                criteria.push(Turned {
                    place,
                    before: was,
                    after: is,
                });
            }
        }
    }
    let said = |found: &Option<Found>| {
        found
            .as_ref()
            .map(|(_, it)| (it.outcome, it.placement, it.class, it.score))
    };
    if said(&before) == said(&after) && criteria.is_empty() {
        return None;
    }
    Some(Moved {
        code: code.to_owned(),
        before: before.map(|(set, verdict)| place(set, verdict)),
        after: after.map(|(set, verdict)| place(set, verdict)),
        criteria,
    })
}
