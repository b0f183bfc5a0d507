//! How members move between the pools (晋级、降级、出库、毕业). The parameters stand in the rule set, see
//! `rules::moves::Moves`.
//!
//! In this order: exclusion, graduation, the end of the enterprise or its leaving the city, promotion, the stay limit, the
//! yearly evaluation. An override by hand holds against the last three, not against the first three.

use chrono::{Datelike, Months, NaiveDate};

use super::placement::{Placement, Pool};
use crate::coded::coded;
use crate::enterprise::LegalStatus;
use crate::evaluate::{KeepVerdict, Profile, Verdict, keep_verdict, verdict};
use crate::outcome::{Outcome, Outcomes};
use crate::rules::RuleSet;
use crate::rules::model::{Body, Group, PoolRules};
use crate::rules::moves::{MonthDay, Moves};

/// Where an enterprise stands before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In no pool. One that left a pool by the stay limit is admitted again to a higher pool only.
    Outside {
        timed_out_of: Option<Pool>,
    },
    Member(Member),
}

/// A membership (在库) and its counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub pool: Pool,
    pub since: NaiveDate,
    /// Yearly failures in a row.
    pub failures: u32,
    /// The year of the last yearly evaluation.
    pub last_yearly: Option<i32>,
    /// Whether the stay was extended (once, with a reason).
    pub extended: bool,
    /// Placed by hand through this day.
    pub override_until: Option<NaiveDate>,
}

coded! {
    pub enum MoveKind {
        /// 入库
        Admission = "ADMISSION",
        /// 晋级
        Promotion = "PROMOTION",
        /// 降级
        Demotion = "DEMOTION",
        /// 出库
        Exit = "EXIT",
        /// 毕业
        Graduation = "GRADUATION",
    }
}

coded! {
    pub enum ExitReason {
        /// 在库期满
        TimedOut = "TIMED_OUT",
        /// 列入异常或失信名单、发生重大事故
        Excluded = "EXCLUDED",
        /// 注销或吊销
        Deregistered = "DEREGISTERED",
        /// 迁出本市
        MovedOut = "MOVED_OUT",
        /// 从起跑库降级
        Demoted = "DEMOTED",
    }
}

/// A change of pool that a run proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement<'a> {
    pub kind: MoveKind,
    pub from: Option<Pool>,
    pub to: Option<Pool>,
    pub reason: Option<ExitReason>,
    /// The criteria that are UNMET and led to it.
    pub failed: Vec<&'a str>,
}

/// What a run finds for one enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment<'a> {
    pub verdict: Verdict,
    /// Whether a member keeps its pool; looked at in yearly evaluations only.
    pub keep: Option<KeepVerdict>,
    pub movement: Option<Movement<'a>>,
    /// A member's counters after the run, as long as no movement takes effect.
    pub member: Option<Member>,
}

/// Judges one enterprise in a run. None where the rule set is not one of pools.
pub fn assess<'a>(
    set: &'a RuleSet,
    profile: &Profile,
    standing: Standing,
    yearly: bool,
) -> Option<Assessment<'a>> {
    let Body::Pools(pools) = &set.body else {
        return None;
    };
    let verdict = verdict(set, profile);
    let Standing::Member(member) = standing else {
        return Some(Assessment {
            movement: admission(&verdict, standing),
            verdict,
            keep: None,
            member: None,
        });
    };
    let counted = yearly && member.last_yearly != Some(profile.as_of().year());
    let keep = if counted {
        keep_verdict(set, member.pool, profile)
    } else {
        None
    };
    let after = after_yearly(member, keep, profile.as_of());
    let case = Case {
        pools,
        profile,
        verdict: &verdict,
        keep,
        member: after,
    };
    Some(Assessment {
        movement: case.removed().or_else(|| case.moved()),
        verdict,
        keep,
        member: Some(after),
    })
}

/// Whether a run is the yearly evaluation (年度评价): the first of a year on or after the day the rules give.
/// `done_this_year` says whether that year has had one.
pub fn is_yearly(moves: &Moves, as_of: NaiveDate, done_this_year: bool) -> bool {
    let day = MonthDay {
        month: as_of.month(),
        day: as_of.day(),
    };
    !done_this_year && day >= moves.yearly_from
}

/// The criteria that a member no longer keeps to, by the yearly evaluation.
pub fn keep_failed<'a>(set: &'a RuleSet, assessment: &Assessment<'_>) -> Vec<&'a str> {
    let (Body::Pools(pools), Some(keep), Some(member)) =
        (&set.body, assessment.keep, assessment.member)
    else {
        return Vec::new();
    };
    let tier = pools.tier(member.pool);
    tier.map_or_else(Vec::new, |tier| unmet(&tier.keep, keep.outcomes, 0))
}

/// The last day a member may stay: the same day so many years on, or the last of that month.
pub fn last_day_of_stay(moves: &Moves, member: &Member) -> Option<NaiveDate> {
    let years = moves.stay_limit_years + i32::from(member.extended) * moves.extension_years;
    let months = Months::new(years.unsigned_abs() * 12);
    member.since.checked_add_months(months)
}

impl Member {
    /// 预警: a yearly evaluation has failed and none has been passed since.
    pub const fn at_risk(&self) -> bool {
        self.failures > 0
    }

    fn is_overridden(&self, as_of: NaiveDate) -> bool {
        self.override_until.is_some_and(|last| as_of <= last)
    }
}

fn admission<'a>(verdict: &Verdict, standing: Standing) -> Option<Movement<'a>> {
    let Some(Placement::In(pool)) = verdict.placement else {
        return None;
    };
    let barred = match standing {
        Standing::Outside { timed_out_of } => timed_out_of.is_some_and(|left| pool <= left),
        Standing::Member(_) => true,
    };
    (!barred).then(|| Movement {
        kind: MoveKind::Admission,
        from: None,
        to: Some(pool),
        reason: None,
        failed: Vec::new(),
    })
}

/// The counters after a yearly evaluation. UNKNOWN is neither pass nor failure; under an override nothing counts.
fn after_yearly(member: Member, keep: Option<KeepVerdict>, as_of: NaiveDate) -> Member {
    let Some(keep) = keep else { return member };
    let failures = match keep.outcome {
        _ if member.is_overridden(as_of) => member.failures,
        Outcome::Met => 0,
        Outcome::Unmet => member.failures + 1,
        Outcome::Unknown | Outcome::NeedsReview => member.failures,
    };
    Member {
        failures,
        last_yearly: Some(as_of.year()),
        ..member
    }
}

/// A member in a run, its counters already moved.
struct Case<'a, 'p> {
    pools: &'a PoolRules,
    profile: &'p Profile,
    verdict: &'p Verdict,
    keep: Option<KeepVerdict>,
    member: Member,
}

impl<'a> Case<'a, '_> {
    /// What leads out of the pool at once, override or not.
    fn removed(&self) -> Option<Movement<'a>> {
        match self.verdict.placement {
            Some(Placement::Excluded) => {
                let failed = self.failed_gates(Placement::Excluded);
                return Some(self.exit(ExitReason::Excluded, failed));
            }
            Some(Placement::Graduated) => {
                return Some(Movement {
                    kind: MoveKind::Graduation,
                    ..self.movement(None, self.failed_gates(Placement::Graduated))
                });
            }
            Some(Placement::In(_) | Placement::None) | None => {}
        }
        // Known whatever else is open, so that an undecided gate before them does not hold them up.
        let failed = self.failed_gates(Placement::None);
        match self.profile.legal_status() {
            LegalStatus::Deregistered | LegalStatus::LicenceRevoked => {
                Some(self.exit(ExitReason::Deregistered, failed))
            }
            LegalStatus::MovedOut => Some(self.exit(ExitReason::MovedOut, failed)),
            LegalStatus::Active if !failed.is_empty() => {
                Some(self.exit(ExitReason::MovedOut, failed))
            }
            LegalStatus::Active => None,
        }
    }

    /// Promotion, the stay limit, demotion.
    fn moved(&self) -> Option<Movement<'a>> {
        let as_of = self.profile.as_of();
        let member = &self.member;
        if member.is_overridden(as_of) {
            return None;
        }
        if let Some(Placement::In(pool)) = self.verdict.placement
            && pool > member.pool
        {
            return Some(Movement {
                kind: MoveKind::Promotion,
                ..self.movement(Some(pool), Vec::new())
            });
        }
        if last_day_of_stay(&self.pools.moves, member).is_some_and(|last| as_of > last) {
            return Some(self.exit(ExitReason::TimedOut, Vec::new()));
        }
        let keep = self.keep.filter(|keep| keep.outcome == Outcome::Unmet)?;
        if member.failures < self.pools.moves.failures_before_demotion {
            return None;
        }
        let failed = self
            .pools
            .tier(member.pool)
            .map_or_else(Vec::new, |tier| unmet(&tier.keep, keep.outcomes, 0));
        Some(match member.pool.below() {
            Some(below) => Movement {
                kind: MoveKind::Demotion,
                ..self.movement(Some(below), failed)
            },
            None => self.exit(ExitReason::Demoted, failed),
        })
    }

    fn exit(&self, reason: ExitReason, failed: Vec<&'a str>) -> Movement<'a> {
        Movement {
            reason: Some(reason),
            ..self.movement(None, failed)
        }
    }

    fn movement(&self, to: Option<Pool>, failed: Vec<&'a str>) -> Movement<'a> {
        Movement {
            kind: MoveKind::Exit,
            from: Some(self.member.pool),
            to,
            reason: None,
            failed,
        }
    }

    /// The criteria UNMET in the gates to a place.
    fn failed_gates(&self, otherwise: Placement) -> Vec<&'a str> {
        let mut start = 0;
        let mut failed = Vec::new();
        for gate in &self.pools.gates {
            if gate.otherwise == otherwise {
                failed.extend(unmet(&gate.group, self.verdict.outcomes, start));
            }
            start += gate.group.criteria.len();
        }
        failed
    }
}

fn unmet(group: &Group, outcomes: Outcomes, start: usize) -> Vec<&str> {
    let criteria = group.criteria.iter().enumerate();
    criteria
        .filter(|(place, _)| outcomes.get(start + place) == Outcome::Unmet)
        .map(|(_, criterion)| criterion.id.as_str())
        .collect()
}
