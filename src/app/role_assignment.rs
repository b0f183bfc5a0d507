//! Assigning roles (授权): the system administrator proposes, a security administrator decides. Until then the account has
//! the role it had before, at first none; and none while somebody other than its owner could set its password.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::access::{DecideRoles, ManageUsers, ReadRoleAssignments, Role};
use crate::domain::clock::is_id;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::ledger::Event;
use crate::store::role_assignments::{self as assignments, AssignmentRow, Filter};
use crate::store::users::{self, User};
use crate::store::{Changed, Conn, StoreError, Tx, enterprises};

use super::account::held::{Place, place, store_and_end_sessions, subject};
use super::caller::Caller;
use super::error::AppError;
use super::list::{self, List};
use super::shown::{Instant, Versioned};
use super::{App, Done, verdict};

pub use crate::store::role_assignments::Filter as AssignmentFilter;

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
    /// `PROPOSED`, `APPROVED` (in force), `REJECTED` or `SUPERSEDED` (by a later one).
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
    /// `APPROVE` or `REJECT`.
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
        let place = place(tx.conn, &input.role, input.district_code, input.uscc)?;
        let place = place.map_err(|errors| AppError::Invalid { errors })?;
        if open_of(tx.conn, &user.id)?.is_some() {
            return Err(AppError::conflict("role_assignment.open"));
        }
        let (row, event) = open(tx, &user.id, place, 0)?;
        Ok(Changed::new(one(tx.conn, row)?, event))
    })
}

/// By another person than the one who proposed, and about another one. Its sessions end when the role changes.
pub fn decide(
    app: &App,
    caller: &Caller<DecideRoles>,
    id: &str,
    input: &RoleDecision,
) -> Result<Done<Versioned<RoleAssignment>>, AppError> {
    let (approved, reason) = verdict::read(&input.verdict, input.reason.as_deref())?;
    let id = id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let mut row = find(tx.conn, &id)?;
        if row.state != "PROPOSED" {
            return Err(AppError::Conflict {
                code: "role_assignment.not_now",
                allowed_transitions: Vec::new(),
            });
        }
        if row.proposed_by == tx.actor {
            return Err(AppError::conflict("role_assignment.maker_is_checker"));
        }
        if row.user_id == tx.actor {
            return Err(AppError::conflict("account.own"));
        }
        row.state = if approved { "APPROVED" } else { "REJECTED" }.into();
        row.decided_by = Some(tx.actor.into());
        row.decided_at = Some(tx.now.naive_utc());
        row.reason = reason;
        row.seq = tx.seq;
        if approved {
            assignments::supersede(tx.conn, &row.user_id, tx.seq)?;
        }
        assignments::update(tx.conn, &row)?;
        if approved {
            put_in_force(tx, &row)?;
        }
        let kind = if approved {
            "ROLE_ASSIGNED"
        } else {
            "ROLE_REFUSED"
        };
        let event = told(kind, &row);
        Ok(Changed::new(one(tx.conn, row)?, event))
    })
}

/// Oldest first; of one account if it is named.
pub struct RoleAssignments;

impl List for RoleAssignments {
    const NAME: &'static str = "role-assignments";
    type Reader = ReadRoleAssignments;
    type Filter = Filter;
    type Row = RoleAssignment;
    type Place = String;

    fn page(
        app: &App,
        _: &Caller<ReadRoleAssignments>,
        filter: &Filter,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<RoleAssignment>, AppError> {
        let after = after.map_or("", String::as_str);
        app.store.read(|conn| {
            if let Some(id) = &filter.user_id {
                find_user(conn, id)?;
            }
            let rows = assignments::page(conn, filter, after, limit as i64)?;
            let found = shown(conn, rows)?;
            Ok(found.into_iter().map(|it| it.record).collect())
        })
    }

    fn place(row: &RoleAssignment) -> String {
        row.id.clone()
    }
}

impl list::Filter for Filter {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        match self.state.as_deref() {
            Some(state) if !STATES.contains(&state) => {
                let fault = Fault::new("state.unknown").with("choices", STATES.join(", "));
                Err(vec![fault.at("/state")])
            }
            _ => Ok(()),
        }
    }
}

const STATES: [&str; 4] = ["PROPOSED", "APPROVED", "REJECTED", "SUPERSEDED"];

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

/// Gives a role at once. The account is yet to be written.
pub(super) fn grant(tx: &mut Tx<'_>, user: &mut User, place: Place) -> Result<(), AppError> {
    let mut row = row(tx, &user.id, place)?;
    row.state = "APPROVED".into();
    row.decided_by = Some(tx.actor.into());
    row.decided_at = Some(tx.now.naive_utc());
    assignments::supersede(tx.conn, &user.id, tx.seq)?;
    assignments::insert(tx.conn, &row)?;
    take_on(user, &row)
}

/// Proposes a role; `place_in_change` is that of its event among those of the change.
pub(super) fn open(
    tx: &mut Tx<'_>,
    user_id: &str,
    place: Place,
    place_in_change: i64,
) -> Result<(AssignmentRow, Event), AppError> {
    let mut row = row(tx, user_id, place)?;
    row.seq = tx.seq + place_in_change;
    assignments::insert(tx.conn, &row)?;
    let event = told("ROLE_PROPOSED", &row);
    Ok((row, event))
}

/// Takes a role out of force and proposes the same one again: whoever writes this gives the account into other hands,
/// perhaps their own. Writes the account; `place_in_change` is that of the first event among those of the change.
pub(super) fn decide_again(
    tx: &mut Tx<'_>,
    user: &mut User,
    place_in_change: i64,
) -> Result<Vec<Event>, AppError> {
    let Some(role) = user.role else {
        return Ok(Vec::new());
    };
    let held = assignments::in_force(tx.conn, &user.id)?;
    let maker = held.as_ref().map(|row| row.proposed_by.as_str());
    // The password is still the one that who proposed the role has chosen: it opens no more than it did.
    if user.password_provisional && maker == Some(tx.actor) {
        return Ok(Vec::new());
    }
    if open_of(tx.conn, &user.id)?.is_some() {
        return Err(AppError::conflict("role_assignment.open"));
    }
    if !users::another_has(tx.conn, Role::SecurityAdmin, &user.id)? {
        return Err(AppError::conflict("account_setup.nobody_decides"));
    }
    assignments::supersede(tx.conn, &user.id, tx.seq)?;
    user.role = None;
    let place = Place {
        role,
        district_code: user.district_code.take(),
        enterprise_id: user.enterprise_id.take(),
    };
    let body = json!({"role": role.as_str(), "assignment_id": held.map(|row| row.id)});
    let suspended = Event::new("ROLE_SUSPENDED", subject(&user.id), body);
    let (_, proposed) = open(tx, &user.id, place, place_in_change + 1)?;
    store_and_end_sessions(tx, user, "ROLE_SUSPENDED")?;
    Ok(vec![suspended, proposed])
}

pub(super) fn open_of(conn: &mut Conn, user_id: &str) -> Result<Option<RoleAssignment>, AppError> {
    let filter = Filter {
        user_id: Some(user_id.into()),
        state: Some("PROPOSED".into()),
    };
    let rows = assignments::page(conn, &filter, "", 1)?;
    Ok(shown(conn, rows)?.pop().map(|it| it.record))
}

/// 三员分立: what an account has been decides what it may become.
fn row(tx: &mut Tx<'_>, user_id: &str, place: Place) -> Result<AssignmentRow, AppError> {
    for held in assignments::roles_held(tx.conn, user_id)? {
        let held = Role::parse(&held).ok_or_else(|| StoreError::corrupt("an unknown role"))?;
        if held.kind() != place.role.kind() {
            return Err(AppError::conflict("role_assignment.exclusive"));
        }
    }
    Ok(AssignmentRow {
        id: tx.new_id(),
        user_id: user_id.into(),
        role: place.role.to_string(),
        district_code: place.district_code,
        enterprise_id: place.enterprise_id,
        state: "PROPOSED".into(),
        proposed_by: tx.actor.into(),
        proposed_at: tx.now.naive_utc(),
        decided_by: None,
        decided_at: None,
        reason: None,
        seq: tx.seq,
    })
}

fn put_in_force(tx: &mut Tx<'_>, row: &AssignmentRow) -> Result<(), AppError> {
    let mut user = find_user(tx.conn, &row.user_id)?;
    take_on(&mut user, row)?;
    store_and_end_sessions(tx, &mut user, "ROLE_CHANGED")
}

fn take_on(user: &mut User, row: &AssignmentRow) -> Result<(), AppError> {
    let role = Role::parse(&row.role).ok_or_else(|| StoreError::corrupt("an unknown role"))?;
    user.role = Some(role);
    user.district_code = row.district_code.clone();
    user.enterprise_id = row.enterprise_id.clone();
    Ok(())
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

fn told(kind: &'static str, row: &AssignmentRow) -> Event {
    let body = json!({
        "assignment_id": row.id,
        "role": row.role,
        "district_code": row.district_code,
        "enterprise_id": row.enterprise_id,
        "proposed_by": row.proposed_by,
        "reason": row.reason,
    });
    Event::new(kind, subject(&row.user_id), body)
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
            role: row.role,
            district_code: row.district_code,
            state: row.state,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at.into(),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(Instant::from),
            reason: row.reason,
        },
    };
    Ok(rows.into_iter().map(view).collect())
}
