//! The tables as diesel sees them; the migrations are the source, `tests/it` checks that both engines agree.

mod access;
mod accounts;

pub use access::{
    agencies, api_clients, api_keys, delegation_scopes, delegations, role_assignments,
};
pub use accounts::{
    account_setups, password_history, recovery_codes, second_factors, sessions, signing_keys, users,
};

diesel::table! {
    ledger_entries (seq) {
        seq -> BigInt,
        recorded_at -> Timestamp,
        kind -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        entry -> Text,
        leaf_hash -> Binary,
    }
}

diesel::table! {
    ledger_head (id) {
        id -> BigInt,
        size -> BigInt,
        recorded_at -> Timestamp,
        root -> Binary,
        frontier -> Binary,
    }
}

diesel::table! {
    idempotency_keys (actor, key) {
        actor -> Text,
        key -> Text,
        request_hash -> Text,
        answer -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    enterprises (id) {
        id -> Text,
        uscc -> Text,
        uscc_override_reason -> Nullable<Text>,
        name -> Text,
        name_sort -> Text,
        district_code -> Text,
        park -> Nullable<Text>,
        registered_on -> Date,
        industry_code -> Text,
        legal_status -> Text,
        contact_commitment -> Nullable<Text>,
        pool -> Nullable<Text>,
        seq -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    enterprise_versions (enterprise_id, seq, effective_from) {
        enterprise_id -> Text,
        seq -> BigInt,
        effective_from -> Date,
        recorded_at -> Timestamp,
        name -> Text,
        district_code -> Text,
        park -> Nullable<Text>,
        registered_on -> Date,
        industry_code -> Text,
        legal_status -> Text,
        contact_commitment -> Nullable<Text>,
    }
}

diesel::table! {
    personal_values (subject_id, commitment) {
        commitment -> Text,
        subject_id -> Text,
        salt -> Text,
        value -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    fact_statements (enterprise_id, stands, seq) {
        enterprise_id -> Text,
        seq -> BigInt,
        year -> Nullable<Integer>,
        effective_from -> Nullable<Date>,
        facts -> Text,
        evidence -> Text,
        source -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        stands -> Bool,
    }
}

diesel::table! {
    certifications (id, seq) {
        id -> Text,
        seq -> BigInt,
        enterprise_id -> Text,
        scheme -> Text,
        number -> Text,
        valid_from -> Date,
        valid_through -> Nullable<Date>,
        issuer -> Nullable<Text>,
        document -> Nullable<Text>,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        files_hash -> Text,
        report -> Text,
    }
}

diesel::table! {
    document_versions (name, version) {
        name -> Text,
        version -> BigInt,
        effective_from -> Date,
        hash -> Text,
        document -> Text,
        recorded_at -> Timestamp,
        seq -> BigInt,
    }
}

diesel::table! {
    document_drafts (name, version, seq) {
        name -> Text,
        version -> BigInt,
        seq -> BigInt,
        state -> Text,
        document -> Text,
        document_hash -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        edited_by -> Text,
        edited_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        published_by -> Nullable<Text>,
        reason -> Nullable<Text>,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    document_cases (name, version, id, seq) {
        name -> Text,
        version -> BigInt,
        id -> Text,
        seq -> BigInt,
        body -> Text,
        added_by -> Text,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
        superseded_by -> Nullable<Text>,
    }
}

diesel::table! {
    document_waivers (name, version, boundary, place_hash, seq) {
        name -> Text,
        version -> BigInt,
        boundary -> Text,
        place_hash -> Text,
        seq -> BigInt,
        what_zh -> Text,
        what_en -> Text,
        reason -> Text,
        document_hash -> Text,
        waived_by -> Text,
        waived_at -> Timestamp,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
        superseded_by -> Nullable<Text>,
    }
}

diesel::table! {
    document_test_runs (id) {
        id -> Text,
        name -> Text,
        version -> BigInt,
        document_hash -> Text,
        cases_hash -> Text,
        passed -> Bool,
        case_count -> BigInt,
        failed_count -> BigInt,
        missing_count -> BigInt,
        report -> Text,
        run_by -> Text,
        run_at -> Timestamp,
        seq -> BigInt,
    }
}

diesel::table! {
    document_retirements (id) {
        id -> Text,
        name -> Text,
        state -> Text,
        effective_until -> Date,
        reason -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        decision_reason -> Nullable<Text>,
        seq -> BigInt,
    }
}

diesel::table! {
    assessment_runs (id) {
        id -> Text,
        run_no -> BigInt,
        rule_set -> Text,
        rule_version -> BigInt,
        rule_hash -> Text,
        as_of -> Date,
        known_at -> Timestamp,
        filter -> Text,
        dry_run -> Bool,
        yearly -> Bool,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        summary -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        seq -> BigInt,
        known_seq -> BigInt,
    }
}

diesel::table! {
    decisions (id) {
        id -> Text,
        enterprise_id -> Text,
        rule_set -> Text,
        rule_version -> BigInt,
        rule_hash -> Text,
        run_no -> BigInt,
        as_of -> Date,
        known_at -> Timestamp,
        outcome -> Text,
        pool -> Nullable<Text>,
        digest -> Text,
        inputs -> Text,
        result -> Text,
        hash -> Text,
        seq -> BigInt,
        known_seq -> BigInt,
        engine_version -> BigInt,
        inputs_hash -> Text,
        moves_digest -> Text,
    }
}

diesel::table! {
    decision_heads (enterprise_id, rule_set) {
        enterprise_id -> Text,
        rule_set -> Text,
        decision_id -> Text,
        digest -> Text,
        moves_digest -> Text,
    }
}

diesel::table! {
    late_findings (id) {
        id -> Text,
        decision_id -> Text,
        enterprise_id -> Text,
        rule_set -> Text,
        as_of -> Date,
        effect -> Text,
        cause_seq -> BigInt,
        cause_kind -> Text,
        cause_by -> Text,
        outcome_then -> Text,
        pool_then -> Nullable<Text>,
        digest_then -> Text,
        version_now -> BigInt,
        rule_hash_now -> Text,
        outcome_now -> Text,
        pool_now -> Nullable<Text>,
        digest_now -> Text,
        found_at -> Timestamp,
        state -> Text,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        seq -> BigInt,
    }
}

diesel::table! {
    late_cursor (id) {
        id -> BigInt,
        seq -> BigInt,
        sweep_seq -> Nullable<BigInt>,
        sweep_after -> Nullable<Text>,
    }
}

diesel::table! {
    memberships (id, seq) {
        id -> Text,
        seq -> BigInt,
        enterprise_id -> Text,
        pool -> Text,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        exit_reason -> Nullable<Text>,
        failures -> Integer,
        last_yearly -> Nullable<Integer>,
        at_risk_since -> Nullable<Date>,
        extended_until -> Nullable<Date>,
        extension_reason -> Nullable<Text>,
        override_until -> Nullable<Date>,
        override_reason -> Nullable<Text>,
        movement_id -> Nullable<Text>,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    pool_movements (id) {
        id -> Text,
        enterprise_id -> Text,
        district_code -> Text,
        kind -> Text,
        from_pool -> Nullable<Text>,
        to_pool -> Nullable<Text>,
        exit_reason -> Nullable<Text>,
        state -> Text,
        decision_id -> Nullable<Text>,
        run_id -> Nullable<Text>,
        failed_criteria -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        endorsed_by -> Nullable<Text>,
        endorsed_at -> Nullable<Timestamp>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
        effective_on -> Nullable<Date>,
        until -> Nullable<Date>,
        extension -> Bool,
        seq -> BigInt,
    }
}

diesel::table! {
    operations (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        result_url -> Nullable<Text>,
        problem -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    export_files (id) {
        id -> Text,
        created_by -> Text,
        epoch -> BigInt,
        created_at -> Timestamp,
        file_name -> Text,
        media_type -> Text,
        content -> Binary,
    }
}

diesel::table! {
    simulations (id) {
        id -> Text,
        rule_set -> Text,
        base_version -> BigInt,
        base_hash -> Text,
        proposed_version -> Nullable<BigInt>,
        proposed_hash -> Text,
        change -> Text,
        document -> Text,
        as_of -> Date,
        known_at -> Timestamp,
        filter -> Text,
        state -> Text,
        total -> BigInt,
        moved -> BigInt,
        summary -> Text,
        summary_hash -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        seq -> BigInt,
    }
}

diesel::table! {
    simulation_movements (simulation_id, place) {
        simulation_id -> Text,
        place -> BigInt,
        enterprise_id -> Text,
        district_code -> Text,
        industry_code -> Text,
        size_class -> Text,
        stood -> Text,
        stands -> Text,
        direction -> Text,
        criteria -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    agencies,
    api_clients,
    api_keys,
    assessment_runs,
    certifications,
    decision_heads,
    decisions,
    delegation_scopes,
    delegations,
    enterprise_versions,
    enterprises,
    export_files,
    fact_statements,
    idempotency_keys,
    imports,
    late_cursor,
    late_findings,
    ledger_entries,
    ledger_head,
    memberships,
    operations,
    personal_values,
    pool_movements,
    role_assignments,
    document_drafts,
    document_retirements,
    document_cases,
    document_test_runs,
    document_versions,
    document_waivers,
    secrets,
    sessions,
    simulation_movements,
    simulations,
    users,
);

diesel::allow_columns_to_appear_in_same_group_by_clause!(
    memberships::pool,
    enterprises::district_code,
);
