//! A proposed change of pool (移库) on its way: proposed, endorsed by the district, approved by the city, in effect.
//! Whoever made a step never makes the next one.

use chrono::{Months, NaiveDate};

use super::coded::coded;
use super::field_error::Fault;
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
    }
}

/// On whose part a decision is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    District,
    City,
}

/// Who made the steps before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Makers<'a> {
    pub proposed_by: &'a str,
    pub endorsed_by: Option<&'a str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The state does not allow it; these verdicts it would allow.
    NotNow(Vec<&'static str>),
    /// 经办 and 审核 are never the same person.
    MakerIsChecker,
    /// The verdict belongs to the other level.
    NotYours,
}

/// A membership's day may be fixed this far ahead.
const FURTHEST: Months = Months::new(12);

/// The state a verdict leads to. An approved movement waits for its day.
pub fn decide(
    state: State,
    verdict: Verdict,
    level: Level,
    who: &str,
    makers: Makers<'_>,
) -> Result<State, Refusal> {
    let (needs, leads_to) = match (verdict, state) {
        (Verdict::Endorse, State::Proposed) => (Level::District, State::Endorsed),
        (Verdict::Approve, State::Endorsed) => (Level::City, State::Approved),
        (Verdict::Reject, State::Proposed) => (Level::District, State::Rejected),
        (Verdict::Reject, State::Endorsed) => (Level::City, State::Rejected),
        _ => return Err(Refusal::NotNow(allowed(state))),
    };
    // The city may turn down what a district has not looked at yet.
    let city_rejects = verdict == Verdict::Reject && level == Level::City;
    if needs != level && !city_rejects {
        return Err(Refusal::NotYours);
    }
    if who == makers.proposed_by || makers.endorsed_by == Some(who) {
        return Err(Refusal::MakerIsChecker);
    }
    Ok(leads_to)
}

/// The verdicts a state allows.
pub fn allowed(state: State) -> Vec<&'static str> {
    match state {
        State::Proposed => vec!["ENDORSE", "REJECT"],
        State::Endorsed => vec!["APPROVE", "REJECT"],
        State::Approved | State::Effective | State::Rejected | State::Superseded => Vec::new(),
    }
}

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

    const MAKERS: Makers<'_> = Makers {
        proposed_by: "run",
        endorsed_by: None,
    };
    const ENDORSED: Makers<'_> = Makers {
        proposed_by: "run",
        endorsed_by: Some("district"),
    };

    #[test]
    fn each_level_makes_its_own_step() {
        use Level::{City, District};
        use State::{Approved, Endorsed, Proposed, Rejected};
        let go = |state, verdict, level, makers| decide(state, verdict, level, "somebody", makers);
        assert_eq!(
            go(Proposed, Verdict::Endorse, District, MAKERS),
            Ok(Endorsed)
        );
        assert_eq!(go(Endorsed, Verdict::Approve, City, ENDORSED), Ok(Approved));
        assert_eq!(
            go(Proposed, Verdict::Reject, District, MAKERS),
            Ok(Rejected)
        );
        assert_eq!(go(Proposed, Verdict::Reject, City, MAKERS), Ok(Rejected));
        assert_eq!(go(Endorsed, Verdict::Reject, City, ENDORSED), Ok(Rejected));
        assert_eq!(
            go(Proposed, Verdict::Endorse, City, MAKERS),
            Err(Refusal::NotYours)
        );
        assert_eq!(
            go(Endorsed, Verdict::Approve, District, ENDORSED),
            Err(Refusal::NotYours)
        );
        assert_eq!(
            go(Endorsed, Verdict::Reject, District, ENDORSED),
            Err(Refusal::NotYours)
        );
        let early = Refusal::NotNow(vec!["ENDORSE", "REJECT"]);
        assert_eq!(go(Proposed, Verdict::Approve, City, MAKERS), Err(early));
        for over in [Approved, State::Effective, Rejected, State::Superseded] {
            for verdict in [Verdict::Endorse, Verdict::Approve, Verdict::Reject] {
                assert_eq!(
                    go(over, verdict, City, ENDORSED),
                    Err(Refusal::NotNow(vec![]))
                );
            }
        }
    }

    #[test]
    fn nobody_checks_the_own_work() {
        let endorse = decide(
            State::Proposed,
            Verdict::Endorse,
            Level::District,
            "run",
            MAKERS,
        );
        assert_eq!(endorse, Err(Refusal::MakerIsChecker));
        for who in ["run", "district"] {
            let approve = decide(
                State::Endorsed,
                Verdict::Approve,
                Level::City,
                who,
                ENDORSED,
            );
            assert_eq!(approve, Err(Refusal::MakerIsChecker));
        }
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
