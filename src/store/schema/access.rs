//! Tables of who may do what: agencies, delegations, API clients and their keys, assignments of roles.

diesel::table! {
    agencies (id) {
        id -> Text,
        uscc -> Text,
        name -> Text,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        seq -> BigInt,
    }
}

diesel::table! {
    delegations (id) {
        id -> Text,
        enterprise_id -> Text,
        agency_id -> Text,
        valid_from -> Date,
        valid_through -> Date,
        made_by -> Text,
        made_at -> Timestamp,
        revoked_by -> Nullable<Text>,
        revoked_at -> Nullable<Timestamp>,
        seq -> BigInt,
    }
}

diesel::table! {
    delegation_scopes (delegation_id, scope) {
        delegation_id -> Text,
        scope -> Text,
    }
}

diesel::table! {
    api_clients (id) {
        id -> Text,
        name -> Text,
        enterprise_id -> Nullable<Text>,
        agency_id -> Nullable<Text>,
        scopes -> Text,
        addresses -> Text,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        seq -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        client_id -> Text,
        place -> Integer,
        kind -> Text,
        hint -> Text,
        hash -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        seq -> BigInt,
    }
}

diesel::table! {
    role_assignments (id) {
        id -> Text,
        user_id -> Text,
        role -> Text,
        district_code -> Nullable<Text>,
        enterprise_id -> Nullable<Text>,
        state -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
        seq -> BigInt,
    }
}
