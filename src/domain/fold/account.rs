//! Accounts with their passwords, roles, second factors and set-up tokens.

use serde_json::Value as Json;

use super::row::{Row, instant, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::access::{AssignmentState, FactorState, Role};
use crate::account_policy::PASSWORDS_KEPT;
use crate::event::Event;
use crate::event::account::{
    AccountGiven, AccountSetupBegun, AccountState, AccountTold, PasswordRehashed,
    RecoveryCodesRenewed, RoleAssigned, RoleProposed, RoleRefused, RoleSuspended,
    SecondFactorEnrolled, SecondFactorSealed, SessionStarted,
};
use crate::event::hashed::Hashed;

pub(super) fn take(rows: &mut Rows, place: EntryAt<'_>, event: Event) {
    match event {
        Event::AccountCreated(body) => created(rows, place, body),
        Event::AccountChanged(body) => given(rows, place, &body),
        Event::AccountSetupBegun(body) => setup_begun(rows, place, &body),
        Event::AccountSetUp(body) | Event::PasswordChanged(body) | Event::PasswordReset(body) => {
            password_given(rows, place, &body)
        }
        Event::PasswordRehashed(body) => rehashed(rows, &body),
        Event::RoleProposed(body) => proposed(rows, place, &body),
        Event::RoleAssigned(body) => assigned(rows, place, &body),
        Event::RoleRefused(body) => refused(rows, place, &body, AssignmentState::Rejected),
        Event::RoleProposalTakenBack(body) => {
            refused(rows, place, &body, AssignmentState::Withdrawn);
        }
        Event::RoleSuspended(body) => suspended(rows, place, &body),
        Event::SecondFactorBegun(body) => factor_begun(rows, place, &body),
        Event::SecondFactorEnrolled(body) => factor_enrolled(rows, place, &body),
        Event::SecondFactorResealed(body) => factor_resealed(rows, &body),
        Event::SecondFactorRemoved(body) | Event::SecondFactorReset(body) => {
            factor_ended(rows, place, &body);
        }
        Event::RecoveryCodesRenewed(body) => recovery_renewed(rows, &body),
        Event::SessionStarted(body) => session_started(rows, &body),
        // Log-ins make no sworn rows.
        _ => {}
    }
}

fn created(rows: &mut Rows, place: EntryAt<'_>, body: AccountGiven) {
    given(rows, place, &body);
    password(rows, place, &body.user_id, &body.account.password_hash);
}

fn given(rows: &mut Rows, place: EntryAt<'_>, body: &AccountGiven) {
    let (id, account) = (&body.user_id, &body.account);
    if let (Some(assignment), Some(role)) = (&body.assignment_id, account.role) {
        out_of_force(rows, place, id);
        let bounds = (&account.district_code, &account.enterprise_id);
        proposed_one(rows, place, id, assignment, role, bounds);
        decided(rows, place, assignment, AssignmentState::Approved, None);
    }
    stand(rows, place, id, account);
}

fn told(rows: &mut Rows, place: EntryAt<'_>, body: &AccountTold) {
    stand(rows, place, &body.user_id, &body.account);
}

fn password_given(rows: &mut Rows, place: EntryAt<'_>, body: &AccountTold) {
    told(rows, place, body);
    password(rows, place, &body.user_id, &body.account.password_hash);
}

/// The account as it is now. Whatever begins a new epoch ends the token to set it up.
fn stand(rows: &mut Rows, place: EntryAt<'_>, id: &str, account: &AccountState) {
    let before = rows.find("users", |row| row["id"] == id);
    let made_at = match before {
        Some(row) => row["created_at"].clone(),
        None => instant(place.recorded_at),
    };
    if before.is_some_and(|row| row["epoch"] != account.epoch) {
        rows.remove_all("account_setups", |row| row["user_id"] == id);
    }
    let mut row = row_of(account);
    set(&mut row, "id", id);
    set(
        &mut row,
        "password_changed_at",
        instant(account.password_changed_at),
    );
    set(&mut row, "created_at", made_at);
    set(&mut row, "updated_at", instant(place.recorded_at));
    set(&mut row, "seq", place.seq);
    rows.put("users", row);
}

/// A new password takes its place among the latest ones.
fn password(rows: &mut Rows, place: EntryAt<'_>, id: &str, hash: &Hashed) {
    let mut row = Row::new();
    set(&mut row, "user_id", id);
    set(&mut row, "seq", place.seq);
    set(&mut row, "password_hash", hash.as_str());
    rows.put("password_history", row);
    let kept = rows.all("password_history");
    let mut places: Vec<i64> = kept
        .filter(|row| row["user_id"] == id)
        .filter_map(|row| row["seq"].as_i64())
        .collect();
    places.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(last) = places.get(PASSWORDS_KEPT) {
        rows.remove_all("password_history", |row| {
            row["user_id"] == id && row["seq"].as_i64() <= Some(*last)
        });
    }
}

/// The row version stays: nothing has changed for anybody who looks at the account.
fn rehashed(rows: &mut Rows, body: &PasswordRehashed) {
    let id = body.user_id.as_str();
    let Some(user) = rows.find("users", |row| row["id"] == id) else {
        return;
    };
    let before = user["password_hash"].clone();
    for (table, column) in [("users", "id"), ("password_history", "user_id")] {
        rows.change(
            table,
            |row| row[column] == id && row["password_hash"] == before,
            |row| set(row, "password_hash", body.password_hash.as_str()),
        );
    }
}

fn proposed(rows: &mut Rows, place: EntryAt<'_>, body: &RoleProposed) {
    let bounds = (&body.district_code, &body.enterprise_id);
    let id = &body.assignment_id;
    proposed_one(rows, place, &body.user_id, id, body.role, bounds);
}

fn assigned(rows: &mut Rows, place: EntryAt<'_>, body: &RoleAssigned) {
    out_of_force(rows, place, &body.user_id);
    let (id, reason) = (&body.assignment_id, body.reason.as_deref());
    decided(rows, place, id, AssignmentState::Approved, reason);
    stand(rows, place, &body.user_id, &body.account);
}

fn refused(rows: &mut Rows, place: EntryAt<'_>, body: &RoleRefused, state: AssignmentState) {
    let (id, reason) = (&body.assignment_id, body.reason.as_deref());
    decided(rows, place, id, state, reason);
}

fn suspended(rows: &mut Rows, place: EntryAt<'_>, body: &RoleSuspended) {
    out_of_force(rows, place, &body.user_id);
    stand(rows, place, &body.user_id, &body.account);
}

fn proposed_one(
    rows: &mut Rows,
    place: EntryAt<'_>,
    user: &str,
    id: &str,
    role: Role,
    (district, enterprise): (&Option<String>, &Option<String>),
) {
    let mut row = Row::new();
    set(&mut row, "id", id);
    set(&mut row, "user_id", user);
    set(&mut row, "role", role.as_str());
    set(&mut row, "district_code", district.clone());
    set(&mut row, "enterprise_id", enterprise.clone());
    set(&mut row, "state", AssignmentState::Proposed.as_str());
    set(&mut row, "proposed_by", place.actor);
    set(&mut row, "proposed_at", instant(place.recorded_at));
    for column in ["decided_by", "decided_at", "reason"] {
        set(&mut row, column, Json::Null);
    }
    set(&mut row, "seq", place.seq);
    rows.put("role_assignments", row);
}

fn decided(
    rows: &mut Rows,
    place: EntryAt<'_>,
    id: &str,
    state: AssignmentState,
    reason: Option<&str>,
) {
    rows.change(
        "role_assignments",
        |row| row["id"] == id,
        |row| {
            set(row, "state", state.as_str());
            set(row, "decided_by", place.actor);
            set(row, "decided_at", instant(place.recorded_at));
            set(row, "reason", reason);
            set(row, "seq", place.seq);
        },
    );
}

fn out_of_force(rows: &mut Rows, place: EntryAt<'_>, user: &str) {
    rows.change(
        "role_assignments",
        |row| row["user_id"] == user && row["state"] == AssignmentState::Approved.as_str(),
        |row| {
            set(row, "state", AssignmentState::Superseded.as_str());
            set(row, "seq", place.seq);
        },
    );
}

/// The only token of its account.
fn setup_begun(rows: &mut Rows, place: EntryAt<'_>, body: &AccountSetupBegun) {
    let id = body.user_id.as_str();
    rows.remove_all("account_setups", |row| row["user_id"] == id);
    let mut row = Row::new();
    set(&mut row, "token_hash", body.token_hash.as_str());
    set(&mut row, "user_id", id);
    set(&mut row, "created_at", instant(place.recorded_at));
    set(&mut row, "expires_at", instant(body.expires_at));
    rows.put("account_setups", row);
}

fn factor_begun(rows: &mut Rows, place: EntryAt<'_>, body: &SecondFactorSealed) {
    let mut row = Row::new();
    set(&mut row, "user_id", body.user_id.as_str());
    set(&mut row, "sealed_secret", body.sealed_secret.as_str());
    set(&mut row, "state", FactorState::Pending.as_str());
    set(&mut row, "last_step", 0);
    set(&mut row, "created_at", instant(place.recorded_at));
    rows.put("second_factors", row);
}

fn factor_enrolled(rows: &mut Rows, place: EntryAt<'_>, body: &SecondFactorEnrolled) {
    let id = body.user_id.as_str();
    rows.change(
        "second_factors",
        |row| row["user_id"] == id,
        |row| {
            set(row, "state", FactorState::Active.as_str());
            set(row, "last_step", body.last_step);
        },
    );
    recovery(rows, id, &body.recovery_codes);
    stand(rows, place, id, &body.account);
}

fn factor_resealed(rows: &mut Rows, body: &SecondFactorSealed) {
    rows.change(
        "second_factors",
        |row| row["user_id"] == body.user_id.as_str(),
        |row| set(row, "sealed_secret", body.sealed_secret.as_str()),
    );
}

fn factor_ended(rows: &mut Rows, place: EntryAt<'_>, body: &AccountTold) {
    for table in ["second_factors", "recovery_codes"] {
        rows.remove_all(table, |row| row["user_id"] == body.user_id.as_str());
    }
    told(rows, place, body);
}

fn recovery_renewed(rows: &mut Rows, body: &RecoveryCodesRenewed) {
    recovery(rows, &body.user_id, &body.recovery_codes);
}

fn recovery(rows: &mut Rows, id: &str, codes: &[Hashed]) {
    rows.remove_all("recovery_codes", |row| row["user_id"] == id);
    for code in codes {
        let mut row = Row::new();
        set(&mut row, "user_id", id);
        set(&mut row, "code_hash", code.as_str());
        rows.put("recovery_codes", row);
    }
}

/// Each code is good once.
fn session_started(rows: &mut Rows, body: &SessionStarted) {
    let id = body.user_id.as_str();
    if let Some(step) = body.last_step {
        rows.change(
            "second_factors",
            |row| row["user_id"] == id,
            |row| set(row, "last_step", step),
        );
    }
    if let Some(code) = &body.recovery_code {
        rows.remove_all("recovery_codes", |row| {
            row["user_id"] == id && row["code_hash"] == code.as_str()
        });
    }
}
