//! The life of a version (规则版本的状态): drafted, approved by somebody else, published from a day; or withdrawn.
//!
//! What is published never changes. Whether it is in force is computed for a day, by what was known at an instant.

use chrono::NaiveDate;

use crate::access::{ApproveRules, DraftRules, Permission, PublishRules};
use crate::coded::coded;
use crate::matter::{Hand, Procedure, Ruling, Step, Who};

coded! {
    pub enum State {
        /// 草稿: may be edited and tested
        Draft = "DRAFT",
        /// 已批准: by somebody who had no hand in it
        Approved = "APPROVED",
        /// 已发布
        Published = "PUBLISHED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

coded! {
    /// What is done to a version.
    pub enum Act {
        /// Another document, fewer or other test cases, or other waivers.
        Edit = "EDIT",
        /// Its cases are run, or further ones added, which takes nothing back.
        Test = "TEST",
        Approve = "APPROVE",
        Publish = "PUBLISH",
        /// 撤回 of the own approval
        TakeBack = "TAKE_BACK",
        Withdraw = "WITHDRAW",
    }
}

coded! {
    /// What a published version is on a day.
    pub enum Status {
        /// 待生效
        Scheduled = "SCHEDULED",
        /// 现行有效
        InForce = "IN_FORCE",
        /// 已被取代
        Superseded = "SUPERSEDED",
        /// 已废止
        Retired = "RETIRED",
    }
}

coded! {
    /// Of a retirement (废止).
    pub enum RetirementState {
        Proposed = "PROPOSED",
        /// Only then it counts.
        Approved = "APPROVED",
        Rejected = "REJECTED",
        /// 已撤回 by who proposed it
        Withdrawn = "WITHDRAWN",
    }
}

/// From draft to publication. Whoever had a hand in the document or in the cases that are to prove it does not approve it.
pub const PROCEDURE: Procedure<State, Act> = Procedure {
    not_now: "rule_version.not_now",
    maker_is_checker: "rule_version.maker_is_checker",
    steps: &[
        Step {
            action: Act::Edit,
            from: &[State::Draft, State::Approved],
            to: State::Draft,
            by: &[DraftRules::GRANT],
            who: Who::Anyone,
        },
        Step {
            action: Act::Test,
            from: &[State::Draft],
            to: State::Draft,
            by: &[DraftRules::GRANT],
            who: Who::Anyone,
        },
        Step {
            action: Act::Test,
            from: &[State::Approved],
            to: State::Approved,
            by: &[DraftRules::GRANT],
            who: Who::Anyone,
        },
        Step {
            action: Act::Approve,
            from: &[State::Draft],
            to: State::Approved,
            by: &[ApproveRules::GRANT],
            who: Who::But(&[Hand::Maker]),
        },
        Step {
            action: Act::Publish,
            from: &[State::Approved],
            to: State::Published,
            by: &[PublishRules::GRANT],
            who: Who::Anyone,
        },
        Step {
            action: Act::TakeBack,
            from: &[State::Approved],
            to: State::Draft,
            by: &[ApproveRules::GRANT],
            who: Who::Only(Hand::Decider),
        },
        Step {
            action: Act::Withdraw,
            from: &[State::Draft, State::Approved],
            to: State::Withdrawn,
            by: &[DraftRules::GRANT],
            who: Who::Anyone,
        },
    ],
};

/// One proposes that a rule set ends, another decides.
pub const RETIREMENT: Procedure<RetirementState, Ruling> = Procedure {
    not_now: "rule_retirement.not_now",
    maker_is_checker: "rule_retirement.maker_is_checker",
    steps: &[
        Step {
            action: Ruling::Approve,
            from: &[RetirementState::Proposed],
            to: RetirementState::Approved,
            by: &[ApproveRules::GRANT],
            who: Who::But(&[Hand::Maker]),
        },
        Step {
            action: Ruling::Reject,
            from: &[RetirementState::Proposed],
            to: RetirementState::Rejected,
            by: &[ApproveRules::GRANT],
            who: Who::But(&[Hand::Maker]),
        },
        Step {
            action: Ruling::TakeBack,
            from: &[RetirementState::Proposed],
            to: RetirementState::Withdrawn,
            by: &[PublishRules::GRANT],
            who: Who::Only(Hand::Maker),
        },
    ],
};

/// A published version on the time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub version: i64,
    /// Its place in the ledger: numbers are given to drafts, which may be published in another order.
    pub seq: i64,
    pub effective_from: NaiveDate,
    /// From the day after no retirement lets it be in force.
    pub last_day: Option<NaiveDate>,
}

/// 废止: from the day after `effective_until` no version is in force that was recorded before, or begins by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retirement {
    /// Its place in the ledger.
    pub seq: i64,
    pub effective_until: NaiveDate,
}

/// The last day of a version that begins on a day and was recorded at a place in the ledger.
pub fn last_day(
    effective_from: NaiveDate,
    seq: i64,
    retirements: &[Retirement],
) -> Option<NaiveDate> {
    // What is published afterwards for a later day begins anew.
    let ends = |it: &&Retirement| seq < it.seq || effective_from <= it.effective_until;
    let ending = retirements.iter().filter(ends);
    ending.map(|it| it.effective_until).min()
}

/// The version in force on a day: the latest to begin, and of those for one day the last recorded.
pub fn in_force(versions: &[Span], day: NaiveDate) -> Option<&Span> {
    let begun = versions
        .iter()
        .filter(|it| it.effective_from <= day && it.lasts(day));
    begun.max_by_key(|it| it.order())
}

/// The same, or where none is in force, the last that was.
pub fn begun(versions: &[Span], day: NaiveDate) -> Option<&Span> {
    let begun = versions
        .iter()
        .filter(|it| it.effective_from <= day && it.begins());
    begun.max_by_key(|it| it.order())
}

pub fn status(of: &Span, versions: &[Span], day: NaiveDate) -> Status {
    if in_force(versions, day).is_some_and(|it| it.version == of.version) {
        return Status::InForce;
    }
    // What a retirement has ended is not superseded by what begins afterwards.
    let until = of.last_day.map_or(day, |last| last.min(day));
    let replaced = |by: &&Span| {
        let same_day = by.effective_from == of.effective_from;
        by.order() > of.order() && by.begins() && (same_day || by.effective_from <= until)
    };
    if versions.iter().any(|it| replaced(&it)) {
        return Status::Superseded;
    }
    match of.effective_from > day && of.begins() {
        true => Status::Scheduled,
        false => Status::Retired,
    }
}

/// The last day on which the version is in force, as far as is known.
pub fn ends_on(of: &Span, versions: &[Span]) -> Option<NaiveDate> {
    let later = versions
        .iter()
        .filter(|it| it.begins() && it.effective_from > of.effective_from);
    let next = later.map(|it| it.effective_from).min();
    let before_next = next.and_then(|day| day.pred_opt());
    before_next.into_iter().chain(of.last_day).min()
}

impl Span {
    fn order(&self) -> (NaiveDate, i64) {
        (self.effective_from, self.seq)
    }

    /// Whether there is a day on which it may be in force.
    fn begins(&self) -> bool {
        self.lasts(self.effective_from)
    }

    fn lasts(&self, day: NaiveDate) -> bool {
        self.last_day.is_none_or(|last| day <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn span(version: i64, from: &str, last_day: Option<&str>) -> Span {
        Span {
            version,
            seq: version,
            effective_from: day(from),
            last_day: last_day.map(day),
        }
    }

    #[test]
    fn a_version_goes_one_way() {
        let leads = |state, act| PROCEDURE.leads_to(state, act).ok();
        assert_eq!(leads(State::Draft, Act::Approve), Some(State::Approved));
        let edited = leads(State::Approved, Act::Edit);
        assert_eq!(
            edited,
            Some(State::Draft),
            "what was approved is another text"
        );
        assert_eq!(leads(State::Approved, Act::Test), Some(State::Approved));
        assert_eq!(leads(State::Approved, Act::Publish), Some(State::Published));
        assert_eq!(leads(State::Draft, Act::Publish), None);
        let allowed = PROCEDURE.allowed(State::Draft);
        assert_eq!(allowed, ["EDIT", "TEST", "APPROVE", "WITHDRAW"]);
        for act in Act::ALL {
            for end in [State::Published, State::Withdrawn] {
                assert_eq!(leads(end, act), None, "{end:?} {act:?}");
            }
        }
    }

    #[test]
    fn the_status_is_that_of_the_day() {
        // Version 3 replaces version 2 for the same day; version 4 was recorded last and begins before both.
        let all = [
            span(1, "2021-07-25", None),
            span(2, "2027-01-01", None),
            span(3, "2027-01-01", None),
            span(4, "2026-01-01", None),
        ];
        let on = |text: &str| all.map(|it| status(&it, &all, day(text)).as_str());
        assert_eq!(
            on("2021-07-24"),
            ["SCHEDULED", "SUPERSEDED", "SCHEDULED", "SCHEDULED"]
        );
        assert_eq!(
            on("2025-12-31"),
            ["IN_FORCE", "SUPERSEDED", "SCHEDULED", "SCHEDULED"]
        );
        assert_eq!(
            on("2026-12-31"),
            ["SUPERSEDED", "SUPERSEDED", "SCHEDULED", "IN_FORCE"]
        );
        assert_eq!(
            on("2027-01-01"),
            ["SUPERSEDED", "SUPERSEDED", "IN_FORCE", "SUPERSEDED"]
        );
        assert_eq!(ends_on(&all[0], &all), Some(day("2025-12-31")));
        assert_eq!(ends_on(&all[3], &all), Some(day("2026-12-31")));
        assert_eq!(ends_on(&all[2], &all), None);
    }

    #[test]
    fn a_retirement_ends_what_was_there_and_nothing_that_begins_later() {
        let retired = [Retirement {
            seq: 10,
            effective_until: day("2026-12-31"),
        }];
        let last = |from: &str, seq| last_day(day(from), seq, &retired);
        let end = Some(day("2026-12-31"));
        assert_eq!(last("2021-07-25", 5), end);
        assert_eq!(
            last("2027-06-01", 5),
            end,
            "one that was waiting for its day"
        );
        assert_eq!(
            last("2026-06-01", 11),
            end,
            "published afterwards for a day before"
        );
        assert_eq!(last("2027-06-01", 11), None, "begins anew");
        let all = [
            span(1, "2021-07-25", Some("2026-12-31")),
            span(2, "2027-03-01", Some("2026-12-31")),
            span(3, "2027-06-01", None),
        ];
        let on = |text: &str| all.map(|it| status(&it, &all, day(text)).as_str());
        assert_eq!(on("2026-12-31"), ["IN_FORCE", "RETIRED", "SCHEDULED"]);
        assert_eq!(on("2027-01-01"), ["RETIRED", "RETIRED", "SCHEDULED"]);
        assert_eq!(on("2027-06-01"), ["RETIRED", "RETIRED", "IN_FORCE"]);
        assert_eq!(in_force(&all, day("2027-05-31")), None);
        let last = |text: &str| begun(&all, day(text)).map(|it| it.version);
        assert_eq!(last("2021-07-24"), None);
        assert_eq!(last("2027-05-31"), Some(1), "the second never began");
        assert_eq!(last("2027-06-01"), Some(3));
    }
}
