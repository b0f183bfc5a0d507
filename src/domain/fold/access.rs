//! Agencies, delegations, programs with their keys, the keys that sign, and the secrets the program made.

use serde_json::Value as Json;

use super::row::{Row, instant, rename, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::api_key::EXPIRED;
use crate::event::Event;
use crate::event::access::{
    AgencyState, ApiClientState, ApiKeyMade, ApiKeyRevoked, ApiKeysUsed, DelegationMade,
    DelegationRevoked, SecretMade, SigningKeyEnded, SigningKeyForgotten, SigningKeyKept,
    SigningKeyResealed, SigningKeyRotated,
};

pub(super) fn take(rows: &mut Rows, place: EntryAt<'_>, event: Event) {
    match event {
        Event::AgencyRegistered(body) | Event::AgencyChanged(body) => {
            agency(rows, place, &body);
        }
        Event::DelegationMade(body) => delegated(rows, place, &body),
        Event::DelegationRevoked(body) => delegation_revoked(rows, place, &body),
        Event::ApiClientCreated(body) | Event::ApiClientChanged(body) => {
            client(rows, place, &body);
        }
        Event::ApiKeyMade(body) => key_made(rows, place, &body),
        Event::ApiKeyRevoked(body) => key_revoked(rows, place, &body),
        Event::ApiKeysUsed(body) => keys_used(rows, &body),
        Event::SigningKeyKept(body) => signing_key_kept(rows, place, &body),
        Event::SigningKeyRotated(body) => signing_key_rotated(rows, place, body),
        Event::SigningKeyEnded(body) => signing_key_ended(rows, &body),
        Event::SigningKeyResealed(body) => signing_key_resealed(rows, &body),
        Event::SigningKeyForgotten(body) => signing_key_forgotten(rows, &body),
        Event::SecretMade(body) => secret_made(rows, &body),
        _ => {}
    }
}

fn agency(rows: &mut Rows, place: EntryAt<'_>, body: &AgencyState) {
    stand(rows, place, "agencies", &body.agency_id, row_of(body));
}

fn client(rows: &mut Rows, place: EntryAt<'_>, body: &ApiClientState) {
    stand(rows, place, "api_clients", &body.client_id, row_of(body));
}

/// What is made once and changed later: by whom and when it was made stays.
fn stand(rows: &mut Rows, place: EntryAt<'_>, table: &'static str, id: &str, mut row: Row) {
    let before = rows.find(table, |row| row["id"] == id);
    let (by, at) = match before {
        Some(row) => (row["created_by"].clone(), row["created_at"].clone()),
        None => (place.actor.into(), instant(place.recorded_at)),
    };
    set(&mut row, "id", id);
    set(&mut row, "created_by", by);
    set(&mut row, "created_at", at);
    set(&mut row, "updated_at", instant(place.recorded_at));
    set(&mut row, "seq", place.seq);
    rows.put(table, row);
}

fn delegated(rows: &mut Rows, place: EntryAt<'_>, body: &DelegationMade) {
    for scope in &body.scopes {
        let mut row = Row::new();
        set(&mut row, "delegation_id", body.delegation_id.as_str());
        set(&mut row, "scope", scope.as_str());
        rows.put("delegation_scopes", row);
    }
    let mut row = row_of(body);
    rename(&mut row, "delegation_id", "id");
    set(&mut row, "enterprise_id", body.enterprise_id.as_str());
    set(&mut row, "made_by", place.actor);
    set(&mut row, "made_at", instant(place.recorded_at));
    set(&mut row, "revoked_by", Json::Null);
    set(&mut row, "revoked_at", Json::Null);
    set(&mut row, "seq", place.seq);
    rows.put("delegations", row);
}

fn delegation_revoked(rows: &mut Rows, place: EntryAt<'_>, body: &DelegationRevoked) {
    rows.change(
        "delegations",
        |row| row["id"] == body.delegation_id.as_str(),
        |row| {
            set(row, "revoked_by", place.actor);
            set(row, "revoked_at", instant(place.recorded_at));
            set(row, "seq", place.seq);
        },
    );
}

fn key_made(rows: &mut Rows, place: EntryAt<'_>, body: &ApiKeyMade) {
    let now = instant(place.recorded_at);
    rows.change(
        "api_keys",
        |row| {
            row["client_id"] == body.client_id.as_str()
                && row["ended_at"].is_null()
                && row["expires_at"].as_str() <= now.as_str()
        },
        |row| {
            let end = row["expires_at"].clone();
            set(row, "ended_by", EXPIRED);
            set(row, "ended_at", end);
        },
    );
    let mut row = row_of(body);
    rename(&mut row, "key_id", "id");
    set(&mut row, "client_id", body.client_id.as_str());
    set(&mut row, "expires_at", instant(body.expires_at));
    set(&mut row, "created_by", place.actor);
    set(&mut row, "created_at", now);
    for column in ["ended_by", "ended_at", "last_used_at"] {
        set(&mut row, column, Json::Null);
    }
    set(&mut row, "seq", place.seq);
    rows.put("api_keys", row);
}

fn key_revoked(rows: &mut Rows, place: EntryAt<'_>, body: &ApiKeyRevoked) {
    rows.change(
        "api_keys",
        |row| row["id"] == body.key_id.as_str(),
        |row| {
            set(row, "ended_by", place.actor);
            set(row, "ended_at", instant(place.recorded_at));
            set(row, "seq", place.seq);
        },
    );
}

/// Another process may have noted a later use.
fn keys_used(rows: &mut Rows, body: &ApiKeysUsed) {
    for (id, at) in &body.used {
        let at = instant(*at);
        rows.change(
            "api_keys",
            |row| row["id"] == id.as_str() && row["last_used_at"].as_str() < at.as_str(),
            |row| set(row, "last_used_at", at.clone()),
        );
    }
}

fn signing_key_rotated(rows: &mut Rows, place: EntryAt<'_>, body: SigningKeyRotated) {
    let kept = SigningKeyKept {
        kid: body.kid,
        sealed_key: body.sealed_key,
        signs_from: body.signs_from,
    };
    signing_key_kept(rows, place, &kept);
}

fn signing_key_kept(rows: &mut Rows, place: EntryAt<'_>, body: &SigningKeyKept) {
    let mut row = Row::new();
    set(&mut row, "kid", body.kid.as_str());
    set(&mut row, "sealed_key", body.sealed_key.as_str());
    set(&mut row, "created_at", instant(place.recorded_at));
    set(&mut row, "signs_from", instant(body.signs_from));
    set(&mut row, "good_until", Json::Null);
    set(&mut row, "withdrawn_at", Json::Null);
    rows.put("signing_keys", row);
}

fn signing_key_ended(rows: &mut Rows, body: &SigningKeyEnded) {
    rows.change(
        "signing_keys",
        |row| row["kid"] == body.kid.as_str(),
        |row| {
            set(row, "good_until", body.good_until.map(instant));
            set(row, "withdrawn_at", body.withdrawn_at.map(instant));
        },
    );
}

fn signing_key_resealed(rows: &mut Rows, body: &SigningKeyResealed) {
    rows.change(
        "signing_keys",
        |row| row["kid"] == body.kid.as_str(),
        |row| set(row, "sealed_key", body.sealed_key.as_str()),
    );
}

fn signing_key_forgotten(rows: &mut Rows, body: &SigningKeyForgotten) {
    rows.remove_all("signing_keys", |row| row["kid"] == body.kid.as_str());
}

fn secret_made(rows: &mut Rows, body: &SecretMade) {
    let mut row = Row::new();
    set(&mut row, "name", body.name.as_str());
    set(&mut row, "value", body.value.as_str());
    rows.put("secrets", row);
}
