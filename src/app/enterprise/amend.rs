//! Amending an enterprise by a merge patch (RFC 7396), holding from a day on.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::personal;
use super::record::{
    EnterpriseView, Record, find, in_own_district, shown_to, state_of, state_told, told,
};
use super::timeline::{self, Carried};
use crate::app::caller::Caller;
use crate::app::env::Env;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::{App, Done};
use crate::domain::access::{AmendEnterprise, Role};
use crate::domain::contact::Contact;
use crate::domain::enterprise::{ContactInput, Enterprise, EnterpriseInput};
use crate::domain::event::Event;
use crate::domain::event::register::{CarriedOn, EnterpriseAmended};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::search_key;
use crate::store::enterprises::{self, EnterpriseRow, VersionRow};
use crate::store::{Changed, Seq, StoreError, Tx};

/// Changes the members a patch names. Without `effective_from` the change holds from today on; a back-dated one is laid
/// over the state in force on that day, and each member holds on until a later state that itself changed it.
pub fn amend(
    app: &App,
    caller: &Caller<AmendEnterprise>,
    uscc: &str,
    expected: &Expected,
    patch: &Map<String, Json>,
    effective_from: Option<NaiveDate>,
) -> Result<Done<EnterpriseView>, AppError> {
    may_change(caller, patch)?;
    let today = app.env.clock.today();
    let effective_from = effective_from.unwrap_or(today);
    if effective_from > today {
        return Err(AppError::invalid(FieldError::new(
            "/effective_from",
            "fact.effective_in_the_future",
        )));
    }
    let (uscc, scope) = (uscc.to_owned(), caller.scope().clone());
    let (env, expected, patch) = (app.env.clone(), expected.clone(), patch.clone());
    let done = app
        .store
        .write(&caller.stamp(), move |tx| -> Result<_, AppError> {
            let current = find(tx.conn, &scope, &uscc)?;
            expected.check(current.seq)?;
            let states = timeline::standing(enterprises::states(tx.conn, &current.id, tx.now)?);
            let (base, later) = timeline::split(&states, effective_from)
                .ok_or_else(|| StoreError::corrupt("an enterprise without a state"))?;
            let span = Span {
                from: effective_from,
                today,
                later,
            };
            let base = as_it_was(&current, base);
            let mut row = amended(tx, &env, &base, &patch, &span)?;
            if patch.contains_key("district_code") {
                in_own_district(&scope, &row.district_code)?;
            }
            match carry_out(tx, &base, &mut row, &span)? {
                None => Ok(Changed::unchanged(Record::from(current))),
                Some(seq) => Ok(Changed::new(Record::from(row), seq)),
            }
        })?;
    let (record, replayed) = (done.value, done.replayed);
    let commitment = record.contact_commitment.as_deref();
    let contact = app
        .store
        .read(|conn| personal::open(conn, &record.id, commitment))?;
    let contact = shown_to(caller, contact);
    let value = EnterpriseView { record, contact };
    Ok(Done { value, replayed })
}

/// An enterprise changes its own contact and nothing else; only the city moves one between districts.
fn may_change(caller: &Caller<AmendEnterprise>, patch: &Map<String, Json>) -> Result<(), AppError> {
    let mut errors = Vec::new();
    for member in patch.keys() {
        let refused = match (member.as_str(), caller.role()) {
            ("uscc" | "uscc_override_reason", _) => Some("enterprise.uscc.fixed"),
            ("contact", _) => None,
            (_, Some(Role::Enterprise)) => Some("enterprise.contact_only"),
            ("district_code", Some(Role::DistrictOfficer)) => Some("enterprise.district.city_only"),
            _ => None,
        };
        errors.extend(refused.map(|code| FieldError::new(format!("/{member}"), code)));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid { errors })
    }
}

/// What the patch makes of the state in force on the day. A new contact is kept under its commitment.
fn amended(
    tx: &mut Tx<'_>,
    env: &Env,
    base: &EnterpriseRow,
    patch: &Map<String, Json>,
    span: &Span<'_>,
) -> Result<EnterpriseRow, AppError> {
    let contact = personal::open(tx.conn, &base.id, base.contact_commitment.as_deref())?;
    let patched = patched(base, contact.as_ref(), patch)?;
    let enterprise =
        Enterprise::check(&patched, span.today).map_err(|errors| AppError::Invalid { errors })?;
    if span.from < enterprise.registered_on {
        let fault = Fault::new("enterprise.effective_before_registered")
            .with("registered_on", enterprise.registered_on);
        return Err(AppError::invalid(fault.at("/effective_from")));
    }
    let mut contact_commitment = base.contact_commitment.clone();
    if contact.unwrap_or_default() != enterprise.contact {
        let contact = personal::commit(env, &enterprise.contact);
        contact_commitment = contact.as_ref().map(|it| it.commitment.clone());
        if let Some(contact) = contact {
            enterprises::insert_personal(tx.conn, &contact.row(&base.id, tx.now))?;
        }
    }
    Ok(EnterpriseRow {
        name_sort: enterprise.name_sort,
        name: enterprise.name,
        district_code: enterprise.district_code.into(),
        park: enterprise.park,
        registered_on: enterprise.registered_on,
        industry_code: enterprise.industry_code.into(),
        legal_status: enterprise.legal_status.into(),
        contact_commitment,
        updated_at: tx.now.naive_utc(),
        ..base.clone()
    })
}

fn patched(
    row: &EnterpriseRow,
    contact: Option<&Contact>,
    patch: &Map<String, Json>,
) -> Result<EnterpriseInput, AppError> {
    let mut whole = json!({
        "uscc": row.uscc,
        // A code once accepted is not questioned again.
        "uscc_override_reason": row.uscc_override_reason,
        "name": row.name,
        "district_code": row.district_code,
        "park": row.park,
        "registered_on": row.registered_on.to_string(),
        "industry_code": row.industry_code,
        "legal_status": row.legal_status.as_str(),
        "contact": contact.map(|it| json!({ "name": it.name, "phone": it.phone, "email": it.email })),
    });
    merge(&mut whole, &Json::Object(patch.clone()));
    // The shape was checked when the patch was read: what fails here is a member of the wrong type.
    let input: Result<EnterpriseInput, _> = serde_json::from_value(whole);
    let mut input = input.map_err(|_| AppError::invalid(FieldError::new("", "body.shape")))?;
    if input.contact == Some(ContactInput::default()) {
        input.contact = None;
    }
    Ok(input)
}

/// RFC 7396.
fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    if let Json::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Json::Null), value);
            }
        }
    }
}

/// The row with the members of an earlier state.
fn as_it_was(current: &EnterpriseRow, state: &VersionRow) -> EnterpriseRow {
    let mut row = current.clone();
    show(&mut row, state);
    row
}

fn show(row: &mut EnterpriseRow, state: &VersionRow) {
    let state = state.clone();
    row.name_sort = search_key::sort_key(&state.name);
    row.name = state.name;
    row.district_code = state.district_code;
    row.park = state.park;
    row.registered_on = state.registered_on;
    row.industry_code = state.industry_code;
    row.legal_status = state.legal_status;
    row.contact_commitment = state.contact_commitment;
}

/// Each changed member with what it was and what it is; of the contact only the commitments.
fn changes(before: &EnterpriseRow, after: &EnterpriseRow) -> Result<Map<String, Json>, AppError> {
    let members = |row| serde_json::to_value(told(row)).map_err(AppError::internal);
    let (old, new) = (members(before)?, members(after)?);
    let mut changes = Map::new();
    if let (Json::Object(mut old), Json::Object(new)) = (old, new) {
        for (name, value) in new {
            let was = old.remove(&name).unwrap_or_default();
            if was != value {
                changes.insert(name, json!({ "from": was, "to": value }));
            }
        }
    }
    Ok(changes)
}

/// From when an amendment holds, and what was recorded for the days after that.
pub(in crate::app) struct Span<'a> {
    pub from: NaiveDate,
    pub today: NaiveDate,
    pub later: &'a [VersionRow],
}

/// Tells what differs from the state in force on the day, and records it; nothing where nothing does. The import amends
/// through the same door.
pub(in crate::app) fn carry_out(
    tx: &mut Tx<'_>,
    base: &EnterpriseRow,
    after: &mut EnterpriseRow,
    span: &Span<'_>,
) -> Result<Option<Seq>, AppError> {
    let changes = changes(base, after)?;
    if changes.is_empty() {
        return Ok(None);
    }
    let mut amended = state_of(after, span.from);
    let mut carried = timeline::carried(&state_of(base, span.from), &amended, span.later);
    let seq = tx.tell(Event::EnterpriseAmended(EnterpriseAmended {
        enterprise_id: after.id.clone(),
        effective_from: span.from,
        changes,
        state: told(after),
        carried_on: carried.iter().map(carried_on).collect(),
    }))?;
    let states = carried.iter_mut().map(|(state, _)| state);
    for state in states.chain([&mut amended]) {
        (state.seq, state.recorded_at) = (seq.get(), tx.now.naive_utc());
        enterprises::insert_state(tx.conn, state)?;
    }
    // The row shows the state that holds today.
    let state = enterprises::state_at(tx.conn, &after.id, span.today, tx.now)?
        .ok_or_else(|| StoreError::corrupt("an enterprise without a state"))?;
    show(after, &state);
    (after.seq, after.updated_at) = (seq.get(), tx.now.naive_utc());
    enterprises::update(tx.conn, after)?;
    Ok(Some(seq))
}

fn carried_on((state, members): &Carried) -> CarriedOn {
    CarriedOn {
        effective_from: state.effective_from,
        members: members.iter().map(|it| it.to_string()).collect(),
        state: state_told(state),
    }
}
