//! Amending an enterprise by a merge patch (RFC 7396), holding from a day on.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::{EnterpriseView, Record, in_own_district, personal, state_of};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::{App, Done};
use crate::domain::access::{AmendEnterprise, Role};
use crate::domain::contact::Contact;
use crate::domain::enterprise::{ContactInput, Enterprise, EnterpriseInput};
use crate::domain::field_error::FieldError;
use crate::domain::ledger::{Event, Subject};
use crate::domain::search_key;
use crate::store::enterprises::{self, EnterpriseRow};
use crate::store::{Changed, StoreError, Tx};

/// Changes the members a patch names. Without `effective_from` the change holds from today on; a back-dated one
/// holds until the next recorded state.
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
    let (before, contact) = app.store.read(|conn| {
        let row = super::find(conn, caller.scope(), uscc)?;
        let contact = personal::open(conn, &row.id, row.contact_commitment.as_deref())?;
        Ok::<_, AppError>((row, contact))
    })?;
    let patched = patched(&before, contact.as_ref(), patch)?;
    let enterprise =
        Enterprise::check(&patched, today).map_err(|errors| AppError::Invalid { errors })?;
    in_own_district(caller.scope(), enterprise.district_code)?;
    let new_contact = (contact.clone().unwrap_or_default() != enterprise.contact)
        .then(|| personal::commit(&app.env, &enterprise.contact));
    let expected = expected.clone();
    let done = app.store.write(&caller.stamp(), move |tx| {
        // Read again: what was patched above must still be what stands.
        let now = enterprises::by_ids(tx.conn, &crate::domain::access::Scope::All, &[&before.id])?;
        let current = now.into_iter().next().ok_or(AppError::NotFound)?;
        expected.check(current.seq)?;
        if current.seq != before.seq {
            return Err(AppError::PreconditionFailed);
        }
        let mut row = shown(&current, &enterprise, tx);
        if let Some(contact) = new_contact {
            row.contact_commitment = contact.as_ref().map(|it| it.commitment.clone());
            if let Some(contact) = contact {
                enterprises::insert_personal(tx.conn, &contact.row(&row.id, tx.now))?;
            }
        }
        match carry_out(tx, &current, &mut row, effective_from, today)? {
            None => Ok(Changed::unchanged(Record::from(current))),
            Some(event) => Ok(Changed::new(Record::from(row), event)),
        }
    })?;
    let (record, replayed) = (done.value, done.replayed);
    let commitment = record.contact_commitment.as_deref();
    let contact = app
        .store
        .read(|conn| personal::open(conn, &record.id, commitment))?;
    let contact = super::shown_to(caller, contact);
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
        "legal_status": row.legal_status,
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

fn shown(current: &EnterpriseRow, enterprise: &Enterprise, tx: &Tx<'_>) -> EnterpriseRow {
    EnterpriseRow {
        name: enterprise.name.clone(),
        name_sort: search_key::sort_key(&enterprise.name),
        district_code: enterprise.district_code.into(),
        park: enterprise.park.clone(),
        registered_on: enterprise.registered_on,
        industry_code: enterprise.industry_code.into(),
        legal_status: enterprise.legal_status.as_str().into(),
        seq: tx.seq,
        updated_at: tx.now.naive_utc(),
        ..current.clone()
    }
}

/// Each changed member with what it was and what it is; of the contact only the commitments.
fn changes(before: &EnterpriseRow, after: &EnterpriseRow) -> Map<String, Json> {
    let (old, new) = (super::told(before), super::told(after));
    let mut changes = Map::new();
    if let (Json::Object(old), Json::Object(new)) = (old, new) {
        for (name, value) in new {
            let was = old.get(&name).cloned().unwrap_or(Json::Null);
            if was != value {
                changes.insert(name, json!({ "from": was, "to": value }));
            }
        }
    }
    changes
}

/// Records what differs and tells of it; nothing where nothing does. The import amends through the same door.
pub(in crate::app) fn carry_out(
    tx: &mut Tx<'_>,
    before: &EnterpriseRow,
    after: &mut EnterpriseRow,
    effective_from: NaiveDate,
    today: NaiveDate,
) -> Result<Option<Event>, AppError> {
    let changes = changes(before, after);
    if changes.is_empty() {
        return Ok(None);
    }
    record(tx, after, effective_from, today)?;
    let body = json!({ "effective_from": effective_from.to_string(), "changes": changes });
    let event = Event::new("ENTERPRISE_AMENDED", Subject::enterprise(&after.id), body);
    Ok(Some(event))
}

/// Records the new state; the row shows the state that holds today, which a later one may decide.
fn record(
    tx: &mut Tx<'_>,
    row: &mut EnterpriseRow,
    effective_from: NaiveDate,
    today: NaiveDate,
) -> Result<(), AppError> {
    enterprises::insert_state(tx.conn, &state_of(row, effective_from))?;
    let state = enterprises::state_at(tx.conn, &row.id, today, tx.now)?
        .ok_or_else(|| StoreError::corrupt("an enterprise without a state"))?;
    row.name_sort = search_key::sort_key(&state.name);
    row.name = state.name;
    row.district_code = state.district_code;
    row.park = state.park;
    row.registered_on = state.registered_on;
    row.industry_code = state.industry_code;
    row.legal_status = state.legal_status;
    row.contact_commitment = state.contact_commitment;
    Ok(enterprises::update(tx.conn, row)?)
}
