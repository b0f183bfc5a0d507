//! A proposed change of pool (移库) on its way: proposed, endorsed by the district, approved by the city, in effect.
//! Whoever made a step never makes the next one.

use chrono::{Months, NaiveDate};

use super::access::{DecideMovement, EndorseMovement, Permission};
use super::coded::coded;
use super::field_error::Fault;
use super::matter::{Hand, Procedure, Step, Who};
use super::pool::MoveKind;

coded! {
    pub enum State {
        Proposed = "PROPOSED",
        /// 区级初审通过
        Endorsed = "ENDORSED",
        /// 市级审核通过, takes effect on its day
        Approved = "APPROVED",
        Effective = "EFFECTIVE",
        Rejected = "REJECTED",
        /// A later assessment came to another result before this one was decided.
        Superseded = "SUPERSEDED",
    }
}

coded! {
    pub enum Kind {
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
        /// 留库: kept where it is by hand, until a day.
        Retention = "RETENTION",
    }
}

coded! {
    /// What a person decides.
    pub enum Verdict {
        Endorse = "ENDORSE",
        Approve = "APPROVE",
        Reject = "REJECT",
        /// 撤回: the own endorsement or approval, before anything has followed from it.
        TakeBack = "TAKE_BACK",
    }
}

/// District first, then the city; and the city may turn down what a district has not looked at yet. What was rejected is
/// proposed anew by the next assessment, so that there is nothing to take back.
pub const PROCEDURE: Procedure<State, Verdict> = Procedure {
    not_now: "movement.not_now",
    maker_is_checker: "movement.maker_is_checker",
    steps: &[
        Step {
            action: Verdict::Endorse,
            from: &[State::Proposed],
            to: State::Endorsed,
            by: &[EndorseMovement::GRANT],
            who: Who::But(EARLIER),
        },
        Step {
            action: Verdict::Approve,
            from: &[State::Endorsed],
            to: State::Approved,
            by: &[DecideMovement::GRANT],
            who: Who::But(EARLIER),
        },
        Step {
            action: Verdict::Reject,
            from: &[State::Proposed],
            to: State::Rejected,
            by: &[EndorseMovement::GRANT, DecideMovement::GRANT],
            who: Who::But(EARLIER),
        },
        Step {
            action: Verdict::Reject,
            from: &[State::Endorsed],
            to: State::Rejected,
            by: &[DecideMovement::GRANT],
            who: Who::But(EARLIER),
        },
        Step {
            action: Verdict::TakeBack,
            from: &[State::Endorsed],
            to: State::Proposed,
            by: &[EndorseMovement::GRANT],
            who: Who::Only(Hand::Endorser),
        },
        Step {
            action: Verdict::TakeBack,
            from: &[State::Approved],
            to: State::Endorsed,
            by: &[DecideMovement::GRANT],
            who: Who::Only(Hand::Decider),
        },
    ],
};

/// Whoever made a step does not make the next.
const EARLIER: &[Hand] = &[Hand::Maker, Hand::Endorser];

/// A membership's day may be fixed this far ahead.
const FURTHEST: Months = Months::new(12);

/// What the day of a movement must not precede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub registered_on: NaiveDate,
    /// Since when it is in the pool that it leaves.
    pub member_since: Option<NaiveDate>,
    /// The first day after the last membership that has ended.
    pub last_ended_on: Option<NaiveDate>,
}

impl Bounds {
    /// Nothing takes effect before it.
    pub fn first_day(&self) -> NaiveDate {
        let others = [self.member_since, self.last_ended_on];
        let others = others.into_iter().flatten();
        others.fold(self.registered_on, NaiveDate::max)
    }

    /// A firm is in no pool before it exists, and in one at a time.
    pub fn admit(&self, day: NaiveDate) -> Result<(), Fault> {
        if day < self.registered_on {
            let fault = Fault::new("movement.day_before_registered");
            return Err(fault.with("registered_on", self.registered_on));
        }
        if self.member_since.is_some_and(|start| day < start) {
            return Err(Fault::new("movement.day_impossible"));
        }
        match self.last_ended_on {
            Some(end) if day < end => {
                Err(Fault::new("movement.day_in_membership").with("ended_on", end))
            }
            _ => Ok(()),
        }
    }
}

/// A day is fixed no further ahead than a year.
pub fn day_is_possible(day: NaiveDate, bounds: &Bounds, today: NaiveDate) -> Result<(), Fault> {
    let last = today.checked_add_months(FURTHEST).unwrap_or(NaiveDate::MAX);
    if day > last {
        return Err(Fault::new("movement.day_impossible"));
    }
    bounds.admit(day)
}

impl State {
    /// From which a movement still goes on.
    pub const OPEN: [Self; 3] = [Self::Proposed, Self::Endorsed, Self::Approved];
}

impl From<MoveKind> for Kind {
    fn from(kind: MoveKind) -> Self {
        match kind {
            MoveKind::Admission => Kind::Admission,
            MoveKind::Promotion => Kind::Promotion,
            MoveKind::Demotion => Kind::Demotion,
            MoveKind::Exit => Kind::Exit,
            MoveKind::Graduation => Kind::Graduation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Grant;
    use crate::matter::{Hands, Refusal};

    const PROPOSED: &Hands<'_> = &[(Hand::Maker, "run")];
    const ENDORSED: &Hands<'_> = &[(Hand::Maker, "run"), (Hand::Endorser, "district")];
    const APPROVED: &Hands<'_> = &[
        (Hand::Maker, "run"),
        (Hand::Endorser, "district"),
        (Hand::Decider, "city"),
    ];

    /// What somebody with one permission comes to.
    fn go(
        state: State,
        verdict: Verdict,
        by: &Grant,
        who: &str,
        hands: &Hands<'_>,
    ) -> Result<State, Refusal> {
        PROCEDURE.take(state, verdict, who, |it| it.name == by.name, hands)
    }

    const DISTRICT: &Grant = &EndorseMovement::GRANT;
    const CITY: &Grant = &DecideMovement::GRANT;

    #[test]
    fn each_level_makes_its_own_step() {
        use State::{Approved, Endorsed, Proposed, Rejected};
        let endorse = |state, by| go(state, Verdict::Endorse, by, "somebody", PROPOSED);
        let approve = |state, by| go(state, Verdict::Approve, by, "somebody", ENDORSED);
        let reject = |state, by| go(state, Verdict::Reject, by, "somebody", ENDORSED);
        assert_eq!(endorse(Proposed, DISTRICT), Ok(Endorsed));
        assert_eq!(endorse(Proposed, CITY), Err(Refusal::NotYours));
        assert_eq!(approve(Endorsed, CITY), Ok(Approved));
        assert_eq!(approve(Endorsed, DISTRICT), Err(Refusal::NotYours));
        assert_eq!(reject(Proposed, DISTRICT), Ok(Rejected));
        assert_eq!(reject(Proposed, CITY), Ok(Rejected));
        assert_eq!(reject(Endorsed, CITY), Ok(Rejected));
        assert_eq!(reject(Endorsed, DISTRICT), Err(Refusal::NotYours));
        let not_now =
            |allowed: &[&'static str]| Err(Refusal::NotNow("movement.not_now", allowed.to_vec()));
        assert_eq!(approve(Proposed, CITY), not_now(&["ENDORSE", "REJECT"]));
        assert_eq!(approve(Approved, CITY), not_now(&["TAKE_BACK"]));
        for over in [State::Effective, Rejected, State::Superseded] {
            for verdict in Verdict::ALL {
                assert_eq!(go(over, verdict, CITY, "city", APPROVED), not_now(&[]));
            }
        }
    }

    #[test]
    fn nobody_checks_the_own_work() {
        let own = Err(Refusal::Another("movement.maker_is_checker"));
        let endorse = go(State::Proposed, Verdict::Endorse, DISTRICT, "run", PROPOSED);
        assert_eq!(endorse, own);
        for who in ["run", "district"] {
            let approve = go(State::Endorsed, Verdict::Approve, CITY, who, ENDORSED);
            assert_eq!(approve, own);
        }
    }

    #[test]
    fn a_step_is_taken_back_by_who_took_it() {
        let back = |state, by, who, hands| go(state, Verdict::TakeBack, by, who, hands);
        let proposed = back(State::Endorsed, DISTRICT, "district", ENDORSED);
        assert_eq!(proposed, Ok(State::Proposed));
        let endorsed = back(State::Approved, CITY, "city", APPROVED);
        assert_eq!(endorsed, Ok(State::Endorsed));
        let another = Err(Refusal::Another("matter.not_your_step"));
        let colleague = back(State::Endorsed, DISTRICT, "colleague", ENDORSED);
        assert_eq!(colleague, another);
        let endorser = back(State::Approved, CITY, "district", APPROVED);
        assert_eq!(endorser, another);
    }

    #[test]
    fn the_day_precedes_neither_the_firm_nor_a_membership_and_is_near() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-06-15");
        let new = Bounds {
            registered_on: day("2018-03-01"),
            member_since: None,
            last_ended_on: None,
        };
        let member = Bounds {
            member_since: Some(day("2026-06-14")),
            last_ended_on: Some(day("2026-06-10")),
            ..new
        };
        let left = Bounds {
            member_since: None,
            ..member
        };
        for (bounds, first, code) in [
            (new, "2018-03-01", "movement.day_before_registered"),
            (member, "2026-06-14", "movement.day_impossible"),
            (left, "2026-06-10", "movement.day_in_membership"),
        ] {
            let first = day(first);
            assert_eq!(bounds.first_day(), first);
            assert_eq!(day_is_possible(first, &bounds, today), Ok(()));
            let early = day_is_possible(first.pred_opt().unwrap(), &bounds, today);
            assert_eq!(early.unwrap_err().code, code);
            assert_eq!(day_is_possible(day("2027-06-15"), &bounds, today), Ok(()));
            let far = day_is_possible(day("2027-06-16"), &bounds, today);
            assert_eq!(far.unwrap_err().code, "movement.day_impossible");
        }
    }
}
