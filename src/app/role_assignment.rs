//! Assigning roles (授权): the system administrator proposes, a security administrator decides. Until then the account has
//! the role it had before, at first none; and none while somebody other than its owner could set its password.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{
    ActOnRoleAssignment, AssignmentState, ManageUsers, ReadRoleAssignments, Role, SessionEnd,
};
use crate::domain::clock::is_id;
use crate::domain::event::Event;
use crate::domain::event::account::{RoleAssigned, RoleProposed, RoleRefused, RoleSuspended};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::matter::{Hand, Ruling};
use crate::domain::role_assignment::PROCEDURE;
use crate::store::role_assignments::{self as assignments, AssignmentRow};
use crate::store::users::{self, User};
use crate::store::{Changed, Conn, Seq, Tx, enterprises};

use super::account::held::{self, HeldRole};
use super::caller::Caller;
use super::error::AppError;
use super::list::{self, List};
use super::matter::{Turn, ruling};
use super::shown::{Instant, Versioned};
use super::{App, Done};

/// Names the list in its cursors.
/// A role for an account, on its way or in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleAssignment {
    pub id: String,
    pub user_id: String,
    pub username: String,
    pub role: String,
    pub district_code: Option<String>,
    pub uscc: Option<String>,
    /// `PROPOSED`, `APPROVED` (in force), `REJECTED`, `WITHDRAWN` (by who proposed it) or `SUPERSEDED` (by a later one).
    pub state: String,
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewRoleAssignment {
    #[schema(example = "DISTRICT_OFFICER")]
    pub role: String,
    /// Of a `DISTRICT_OFFICER`.
    pub district_code: Option<String>,
    /// Of an `ENTERPRISE`.
    pub uscc: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RoleDecision {
    /// `APPROVE` or `REJECT`; or, by who proposed it, `TAKE_BACK` (撤回).
    pub verdict: String,
    /// Needed to reject.
    pub reason: Option<String>,
}

pub fn propose(
    app: &App,
    caller: &Caller<ManageUsers>,
    user_id: &str,
    input: NewRoleAssignment,
) -> Result<Done<Versioned<RoleAssignment>>, AppError> {
    if caller.actor() == user_id {
        return Err(AppError::conflict("account.own"));
    }
    let user_id = user_id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let user = find_user(tx.conn, &user_id)?;
        let place = held::place(tx.conn, &input.role, input.district_code, input.uscc)?;
        let place = place.map_err(|errors| AppError::Invalid { errors })?;
        if open_of(tx.conn, &user.id)?.is_some() {
            return Err(AppError::conflict("role_assignment.open"));
        }
        let (row, seq) = open(tx, &user.id, place)?;
        Ok(Changed::new(one(tx.conn, row)?, seq))
    })
}

/// By another person than the one who proposed, and about another one; who proposed takes it back. The account's sessions
/// end when its role changes.
pub fn decide(
    app: &App,
    caller: &Caller<ActOnRoleAssignment>,
    id: &str,
    input: &RoleDecision,
) -> Result<Done<Versioned<RoleAssignment>>, AppError> {
    let (verdict, reason) = ruling::read(&input.verdict, input.reason.as_deref())?;
    let turn = Turn::of(&PROCEDURE, caller, verdict)?;
    let id = id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &id)?;
        let hands = [
            (Hand::Maker, row.proposed_by.as_str()),
            (Hand::Concerned, row.user_id.as_str()),
        ];
        let state = turn.take(*row.state, &hands)?;
        let (row, seq) = match verdict {
            Ruling::Approve => approve(tx, row, reason)?,
            Ruling::Reject => come_to_nothing(tx, row, state, reason, Event::RoleRefused)?,
            Ruling::TakeBack => {
                come_to_nothing(tx, row, state, reason, Event::RoleProposalTakenBack)?
            }
        };
        Ok(Changed::new(one(tx.conn, row)?, seq))
    })
}

/// Oldest first; of one account if it is named.
pub struct RoleAssignments;

impl List for RoleAssignments {
    const NAME: &'static str = "role-assignments";
    type Reader = ReadRoleAssignments;
    type Filter = AssignmentFilter;
    type Row = RoleAssignment;
    type Position = String;

    fn page(
        app: &App,
        _: &Caller<ReadRoleAssignments>,
        filter: &AssignmentFilter,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<RoleAssignment>, AppError> {
        let after = after.map_or("", String::as_str);
        app.store.read(|conn| {
            if let Some(id) = &filter.user_id {
                find_user(conn, id)?;
            }
            let state = filter.state.as_deref().and_then(AssignmentState::parse);
            let of = filter.user_id.as_deref();
            let rows = assignments::page(conn, of, state, after, limit as i64)?;
            let found = shown(conn, rows)?;
            Ok(found.into_iter().map(|it| it.record).collect())
        })
    }

    fn position(row: &RoleAssignment) -> String {
        row.id.clone()
    }
}

#[derive(Debug, Clone, Default)]
pub struct AssignmentFilter {
    pub user_id: Option<String>,
    pub state: Option<String>,
}

impl list::Filter for AssignmentFilter {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        match self.state.as_deref() {
            Some(state) if AssignmentState::parse(state).is_none() => {
                let choices = AssignmentState::ALL.map(AssignmentState::as_str);
                let fault = Fault::new("state.unknown").with("choices", choices.join(", "));
                Err(vec![fault.at("/state")])
            }
            _ => Ok(()),
        }
    }
}

pub fn get(
    app: &App,
    _: &Caller<ReadRoleAssignments>,
    id: &str,
) -> Result<Versioned<RoleAssignment>, AppError> {
    app.store.read(|conn| {
        let row = find(conn, id)?;
        one(conn, row)
    })
}

/// Whoever has the machine in hand needs nobody else: so a city begins.
pub(super) fn acts_alone(caller: &Caller<ManageUsers>) -> bool {
    caller.role().is_none()
}

/// A role given at once: told with the account, and then put into its place.
pub(super) struct Granted {
    pub assignment_id: String,
    place: HeldRole,
}

/// Gives a role at once. The account is yet to be told of and written.
pub(super) fn grant(
    tx: &mut Tx<'_>,
    user: &mut User,
    place: HeldRole,
) -> Result<Granted, AppError> {
    check_kind(tx.conn, &user.id, place.role)?;
    take_on(user, place.clone());
    Ok(Granted {
        assignment_id: tx.new_id(),
        place,
    })
}

impl Granted {
    pub(super) fn put(self, tx: &mut Tx<'_>, user_id: &str, seq: Seq) -> Result<(), AppError> {
        let mut row = row(tx, self.assignment_id, user_id, self.place, seq);
        row.state = AssignmentState::Approved.into();
        row.decided_by = Some(tx.actor.into());
        row.decided_at = Some(tx.now.naive_utc());
        assignments::supersede(tx.conn, user_id, seq)?;
        assignments::insert(tx.conn, &row)?;
        Ok(())
    }
}

/// Proposes a role.
pub(super) fn open(
    tx: &mut Tx<'_>,
    user_id: &str,
    place: HeldRole,
) -> Result<(AssignmentRow, Seq), AppError> {
    check_kind(tx.conn, user_id, place.role)?;
    let id = tx.new_id();
    let seq = tx.tell(Event::RoleProposed(RoleProposed {
        user_id: user_id.into(),
        assignment_id: id.clone(),
        role: place.role,
        district_code: place.district_code.clone(),
        enterprise_id: place.enterprise_id.clone(),
    }))?;
    let row = row(tx, id, user_id, place, seq);
    assignments::insert(tx.conn, &row)?;
    Ok((row, seq))
}

/// Takes a role out of force and proposes the same one again: whoever writes this gives the account into other hands,
/// perhaps their own. Writes the account.
pub(super) fn decide_again(tx: &mut Tx<'_>, user: &mut User) -> Result<(), AppError> {
    let Some(role) = user.role else {
        return Ok(());
    };
    let in_force = assignments::in_force(tx.conn, &user.id)?;
    let maker = in_force.as_ref().map(|row| row.proposed_by.as_str());
    // The password is still the one that who proposed the role has chosen: it opens no more than it did.
    if user.password_provisional && maker == Some(tx.actor) {
        return Ok(());
    }
    if open_of(tx.conn, &user.id)?.is_some() {
        return Err(AppError::conflict("role_assignment.open"));
    }
    if !users::another_has(tx.conn, Role::SecurityAdmin, &user.id)? {
        return Err(AppError::conflict("account_setup.nobody_decides"));
    }
    user.role = None;
    let place = HeldRole {
        role,
        district_code: user.district_code.take(),
        enterprise_id: user.enterprise_id.take(),
    };
    let seq = held::tell_new_epoch(tx, user, |it| {
        Event::RoleSuspended(RoleSuspended {
            user_id: it.user_id,
            assignment_id: in_force.map(|row| row.id),
            account: it.account,
        })
    })?;
    assignments::supersede(tx.conn, &user.id, seq)?;
    held::store_and_end_sessions(tx, user, SessionEnd::RoleSuspended)?;
    open(tx, &user.id, place)?;
    Ok(())
}

pub(super) fn open_of(conn: &mut Conn, user_id: &str) -> Result<Option<RoleAssignment>, AppError> {
    let proposed = Some(AssignmentState::Proposed);
    let rows = assignments::page(conn, Some(user_id), proposed, "", 1)?;
    Ok(shown(conn, rows)?.pop().map(|it| it.record))
}

/// The role comes into force in the place of the one before.
fn approve(
    tx: &mut Tx<'_>,
    row: AssignmentRow,
    reason: Option<String>,
) -> Result<(AssignmentRow, Seq), AppError> {
    let mut user = find_user(tx.conn, &row.user_id)?;
    let place = HeldRole {
        role: *row.role,
        district_code: row.district_code.clone(),
        enterprise_id: row.enterprise_id.clone(),
    };
    take_on(&mut user, place);
    let seq = held::tell_new_epoch(tx, &mut user, |it| {
        Event::RoleAssigned(RoleAssigned {
            user_id: it.user_id,
            assignment_id: row.id.clone(),
            proposed_by: row.proposed_by.clone(),
            reason: reason.clone(),
            account: it.account,
        })
    })?;
    assignments::supersede(tx.conn, &user.id, seq)?;
    let row = decided(tx, row, AssignmentState::Approved, reason, seq)?;
    held::store_and_end_sessions(tx, &user, SessionEnd::RoleChanged)?;
    Ok((row, seq))
}

fn come_to_nothing(
    tx: &mut Tx<'_>,
    row: AssignmentRow,
    state: AssignmentState,
    reason: Option<String>,
    event: fn(RoleRefused) -> Event,
) -> Result<(AssignmentRow, Seq), AppError> {
    let seq = tx.tell(event(RoleRefused {
        user_id: row.user_id.clone(),
        assignment_id: row.id.clone(),
        role: *row.role,
        district_code: row.district_code.clone(),
        enterprise_id: row.enterprise_id.clone(),
        proposed_by: row.proposed_by.clone(),
        reason: reason.clone(),
    }))?;
    let row = decided(tx, row, state, reason, seq)?;
    Ok((row, seq))
}

fn decided(
    tx: &mut Tx<'_>,
    row: AssignmentRow,
    state: AssignmentState,
    reason: Option<String>,
    seq: Seq,
) -> Result<AssignmentRow, AppError> {
    let row = AssignmentRow {
        state: state.into(),
        decided_by: Some(tx.actor.into()),
        decided_at: Some(tx.now.naive_utc()),
        reason,
        seq: seq.get(),
        ..row
    };
    assignments::update(tx.conn, &row)?;
    Ok(row)
}

/// 三员分立: what an account has been decides what it may become.
fn check_kind(conn: &mut Conn, user_id: &str, role: Role) -> Result<(), AppError> {
    let roles = assignments::roles_held(conn, user_id)?;
    match roles.iter().all(|it| it.kind() == role.kind()) {
        true => Ok(()),
        false => Err(AppError::conflict("role_assignment.exclusive")),
    }
}

fn row(tx: &Tx<'_>, id: String, user_id: &str, place: HeldRole, seq: Seq) -> AssignmentRow {
    AssignmentRow {
        id,
        user_id: user_id.into(),
        role: place.role.into(),
        district_code: place.district_code,
        enterprise_id: place.enterprise_id,
        state: AssignmentState::Proposed.into(),
        proposed_by: tx.actor.into(),
        proposed_at: tx.now.naive_utc(),
        decided_by: None,
        decided_at: None,
        reason: None,
        seq: seq.get(),
    }
}

fn take_on(user: &mut User, place: HeldRole) {
    user.role = Some(place.role);
    user.district_code = place.district_code;
    user.enterprise_id = place.enterprise_id;
}

fn find(conn: &mut Conn, id: &str) -> Result<AssignmentRow, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    assignments::by_id(conn, id)?.ok_or(AppError::NotFound)
}

fn find_user(conn: &mut Conn, id: &str) -> Result<User, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    users::by_id(conn, id)?.ok_or(AppError::NotFound)
}

fn one(conn: &mut Conn, row: AssignmentRow) -> Result<Versioned<RoleAssignment>, AppError> {
    shown(conn, vec![row])?
        .pop()
        .ok_or_else(|| AppError::internal("an assignment vanished"))
}

fn shown(
    conn: &mut Conn,
    rows: Vec<AssignmentRow>,
) -> Result<Vec<Versioned<RoleAssignment>>, AppError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<String> = rows.iter().map(|row| row.user_id.clone()).collect();
    let firms: Vec<String> = rows
        .iter()
        .filter_map(|row| row.enterprise_id.clone())
        .collect();
    let names: HashMap<String, String> = users::names_of(conn, &users)?.into_iter().collect();
    let usccs: HashMap<String, String> = enterprises::usccs_of(conn, &firms)?.into_iter().collect();
    let view = |row: AssignmentRow| Versioned {
        version: row.seq,
        record: RoleAssignment {
            username: names.get(&row.user_id).cloned().unwrap_or_default(),
            uscc: row.enterprise_id.and_then(|id| usccs.get(&id).cloned()),
            id: row.id,
            user_id: row.user_id,
            role: row.role.to_string(),
            district_code: row.district_code,
            state: row.state.to_string(),
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at.into(),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(Instant::from),
            reason: row.reason,
        },
    };
    Ok(rows.into_iter().map(view).collect())
}
