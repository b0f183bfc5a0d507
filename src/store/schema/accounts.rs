//! Tables of migration 0004: accounts, sessions and keys.

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        password_hash -> Text,
        password_changed_at -> Timestamp,
        password_provisional -> Bool,
        second_factor -> Bool,
        role -> Nullable<Text>,
        district_code -> Nullable<Text>,
        enterprise_id -> Nullable<Text>,
        state -> Text,
        epoch -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        seq -> BigInt,
    }
}

diesel::table! {
    password_history (user_id, seq) {
        user_id -> Text,
        seq -> BigInt,
        password_hash -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        refresh_hash -> Text,
        address -> Nullable<Text>,
        created_at -> Timestamp,
        refreshed_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Text,
        sealed_secret -> Text,
        state -> Text,
        last_step -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Text,
        code_hash -> Text,
    }
}

diesel::table! {
    account_setups (token_hash) {
        token_hash -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        sealed_key -> Text,
        created_at -> Timestamp,
        signs_from -> Timestamp,
        good_until -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}
