//! How a role comes to be assigned (授权): one proposes it, another decides, and neither about the own account.

use crate::access::{AssignmentState, DecideRoles, ManageUsers, Permission};
use crate::matter::{Hand, Procedure, Ruling, Step, Who};

pub const PROCEDURE: Procedure<AssignmentState, Ruling> = Procedure {
    not_now: "role_assignment.not_now",
    maker_is_checker: "role_assignment.maker_is_checker",
    steps: &[
        Step {
            action: Ruling::Approve,
            from: &[AssignmentState::Proposed],
            to: AssignmentState::Approved,
            by: &[DecideRoles::GRANT],
            who: Who::But(&[Hand::Maker, Hand::Concerned]),
        },
        Step {
            action: Ruling::Reject,
            from: &[AssignmentState::Proposed],
            to: AssignmentState::Rejected,
            by: &[DecideRoles::GRANT],
            who: Who::But(&[Hand::Maker, Hand::Concerned]),
        },
        Step {
            action: Ruling::TakeBack,
            from: &[AssignmentState::Proposed],
            to: AssignmentState::Withdrawn,
            by: &[ManageUsers::GRANT],
            who: Who::Only(Hand::Maker),
        },
    ],
};
