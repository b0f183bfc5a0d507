//! What several people must say yes to (事项): a procedure (办理程序) of steps, as data.
//!
//! A step says from which states it leads to which, who may take it, and whose hand is kept from it: 经办 and 审核 are never
//! the same person. Taking back (撤回) is a step as well, of whoever took the one that it undoes and of nobody else; it is
//! possible as long as no further step has been taken, since only the state that step led to allows it.
//!
//! To let something new be decided by several: its states, its actions and its table of steps in the file of its noun; what
//! follows from a step stands in `app`.

use std::fmt;

use crate::access::Grant;
use crate::coded::{Coded, coded};

/// Whoever has had a hand in a matter, by what they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// 经办: proposed or drafted it, or recorded what it rests on.
    Maker,
    /// 初审
    Endorser,
    /// 审核
    Decider,
    /// 当事人: it is about this person.
    Concerned,
}

/// Hands and whose they are; several people may have been the maker.
pub type Hands<'a> = [(Hand, &'a str)];

coded! {
    /// What is said of a proposal where one word of another person decides it.
    pub enum Ruling {
        Approve = "APPROVE",
        Reject = "REJECT",
        /// 撤回 by who proposed it
        TakeBack = "TAKE_BACK",
    }
}

/// One line of a procedure.
#[derive(Debug)]
pub struct Step<S: 'static, A> {
    pub action: A,
    pub from: &'static [S],
    pub to: S,
    /// Whoever has one of these permissions may take it.
    pub by: &'static [Grant],
    pub who: Who,
}

/// Who of those that may take a step takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anyone,
    /// None of those with these hands in it.
    But(&'static [Hand]),
    /// Only the one with this hand in it.
    Only(Hand),
}

/// All steps of one kind of matter, and the codes by which it refuses.
#[derive(Debug)]
pub struct Procedure<S: 'static, A: 'static> {
    pub steps: &'static [Step<S, A>],
    pub not_now: &'static str,
    pub maker_is_checker: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The state does not allow it; these actions it would allow.
    NotNow(&'static str, Vec<&'static str>),
    /// The step belongs to somebody with another permission.
    NotYours,
    /// Another person has to take it: the code says why.
    Another(&'static str),
}

impl<S: Coded + PartialEq, A: Coded + PartialEq + fmt::Debug> Procedure<S, A> {
    /// The actions a state allows, whoever takes them.
    pub fn allowed(&self, state: S) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = Vec::new();
        for step in self.steps.iter().filter(|it| it.from.contains(&state)) {
            if !all.contains(&step.action.code()) {
                all.push(step.action.code());
            }
        }
        all
    }

    /// Whether somebody may take an action in any state at all.
    pub fn is_open_to(&self, action: A, may: impl Fn(&Grant) -> bool) -> bool {
        let mut steps = self.steps.iter().filter(|it| it.action == action);
        steps.any(|it| it.by.iter().any(&may))
    }

    /// The state that an action leads to; who takes it and by which permission is not asked here.
    pub fn leads_to(&self, state: S, action: A) -> Result<S, Refusal> {
        self.step(state, action).map(|step| step.to)
    }

    /// The state that an action leads to, if this person may take it now.
    pub fn take(
        &self,
        state: S,
        action: A,
        who: &str,
        may: impl Fn(&Grant) -> bool,
        hands: &Hands<'_>,
    ) -> Result<S, Refusal> {
        let step = self.step(state, action)?;
        if !step.by.iter().any(may) {
            return Err(Refusal::NotYours);
        }
        let has = |hand: Hand| hands.contains(&(hand, who));
        match step.who {
            Who::But(kept) => match kept.iter().find(|hand| has(**hand)) {
                Some(Hand::Concerned) => Err(Refusal::Another("account.own")),
                Some(_) => Err(Refusal::Another(self.maker_is_checker)),
                None => Ok(step.to),
            },
            Who::Only(hand) if !has(hand) => Err(Refusal::Another("matter.not_your_step")),
            Who::Only(_) | Who::Anyone => Ok(step.to),
        }
    }

    fn step(&self, state: S, action: A) -> Result<&'static Step<S, A>, Refusal> {
        let mut steps = self.steps.iter();
        let found = steps.find(|it| it.action == action && it.from.contains(&state));
        found.ok_or_else(|| Refusal::NotNow(self.not_now, self.allowed(state)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::life;
    use crate::{late, movement, role_assignment};

    /// Nobody is asked twice or not at all; a step leads on, unless it only looks; and what is taken back is a step there is,
    /// by who had taken it and with the same permission.
    fn is_sound<S, A>(procedure: &'static Procedure<S, A>, hands: &[(A, Hand)], only_look: &[A])
    where
        S: Coded + PartialEq + fmt::Debug,
        A: Coded + PartialEq + fmt::Debug,
    {
        for step in procedure.steps {
            assert!(!step.by.is_empty(), "nobody may take {:?}", step.action);
            let looks = only_look.contains(&step.action);
            assert!(looks || !step.from.contains(&step.to), "{:?}", step.action);
            for state in step.from {
                let steps = procedure.steps.iter();
                let same = |it: &&Step<S, A>| it.action == step.action && it.from.contains(state);
                assert_eq!(steps.filter(same).count(), 1, "{state:?} {:?}", step.action);
            }
            let Who::Only(hand) = step.who else {
                continue;
            };
            for state in step.from {
                let undone = procedure.steps.iter().filter(|it| {
                    it.to == *state && it.from.contains(&step.to) && !only_look.contains(&it.action)
                });
                let mut undone = undone.peekable();
                // A proposal has no step before it: it is its maker's.
                assert!(undone.peek().is_some() || hand == Hand::Maker, "{state:?}");
                for it in undone {
                    let leaves = hands.iter().find(|(action, _)| *action == it.action);
                    assert_eq!(leaves.map(|it| it.1), Some(hand), "{:?}", it.action);
                    let names = |by: &[Grant]| by.iter().map(|it| it.name).collect::<Vec<_>>();
                    assert_eq!(names(it.by), names(step.by), "{:?}", it.action);
                }
            }
        }
    }

    #[test]
    fn every_procedure_is_sound() {
        use life::Act;
        use movement::Verdict;
        let hands = [
            (Verdict::Endorse, Hand::Endorser),
            (Verdict::Approve, Hand::Decider),
        ];
        is_sound(&movement::PROCEDURE, &hands, &[]);
        let settled = [
            (late::Verdict::Dismiss, Hand::Decider),
            (late::Verdict::Act, Hand::Decider),
        ];
        is_sound(&late::PROCEDURE, &settled, &[]);
        is_sound(&role_assignment::PROCEDURE, &[], &[]);
        is_sound(&life::RETIREMENT, &[], &[]);
        let approved = [(Act::Approve, Hand::Decider)];
        is_sound(&life::PROCEDURE, &approved, &[Act::Edit, Act::Test]);
    }
}
