//! Every route there is. The router, the OpenAPI document, the metrics and the access test read this one table.
//!
//! To add a route: write its handler in `api/`, then its row below. The row's permission and the handler's
//! [`Ticket`] are compared by the compiler; parameters, body and answers are documented from the handler's types.
//! The word before the permission is how requests are counted and how long they may take ([`Class`]).

use actix_web::guard::fn_guard;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, Route, web};
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::app::error::AppError;
use crate::domain::access::{self, Grant, Permission};

use super::describe::{Describe, Operation};
use super::guard::{Open, Ticket};
use super::limits::Class;
use super::problem::Problem;
use super::{api, envelope, query};

pub use super::row::{Audience, Row};

/// Stands in the permission's column where everybody may come.
pub struct Public;

macro_rules! table {
    ($($method:ident $path:literal $operation:ident: $class:ident $permission:path => $handler:path, $summary:literal;)+) => {
        pub static TABLE: &[Row] = &[$(Row {
            method: stringify!($method),
            path: $path,
            permission: <$permission as Access>::GRANT,
            audience: <$permission as Access>::AUDIENCE,
            class: Class::$class,
            operation: stringify!($operation),
            summary: $summary,
            route: |place| endpoint::<$permission, _, _>(place, $handler),
            describe: |operation| described::<$permission, _, _>($handler, operation),
        }),+];
    };
}

table! {
    GET    "/livez"                                     get_liveness:            Plain    Public                     => api::service::livez,                   "Whether the process runs";
    GET    "/readyz"                                    get_readiness:           Plain    Public                     => api::service::readyz,                  "Whether requests can be served";
    GET    "/metrics"                                   get_metrics:             Plain    Public                     => api::service::metrics,                 "Measurements for Prometheus";
    GET    "/openapi.json"                              get_openapi:             Plain    Public                     => api::service::openapi,                 "This document";
    GET    "/docs/{file:.*}"                            get_docs:                Plain    Public                     => api::service::docs,                    "This document to read and try";
    GET    "/.well-known/jwks.json"                     get_jwks:                Plain    Public                     => api::keys::jwks,                       "The keys that sign access tokens";
    POST   "/v1/tokens"                                 create_token:            LogIn    Public                     => api::session::log_in,                  "Log in";
    POST   "/v1/token-refreshes"                        refresh_token:           LogIn    Public                     => api::session::refresh,                 "Trade the latest refresh token for a new pair";
    DELETE "/v1/tokens/current"                         delete_token:            Plain    access::OwnAccount         => api::session::log_out,                 "Log out";
    GET    "/v1/me"                                     get_me:                  Plain    access::OwnAccount         => api::session::me,                      "The account behind the token";
    PUT    "/v1/me/password"                            put_password:            Password access::OwnAccount         => api::session::password,                "Change the own password; every session ends";
    GET    "/v1/me/second-factor"                       get_second_factor:       Plain    access::OwnAccount         => api::second_factor::get,               "How the own second factor stands";
    POST   "/v1/me/second-factor"                       enrol_second_factor:     Password access::OwnAccount         => api::second_factor::enrol,             "Begin to enrol a second factor";
    POST   "/v1/me/second-factor/confirmations"         confirm_second_factor:   Plain    access::OwnAccount         => api::second_factor::activate,          "Put it into force with its first code; answers the recovery codes";
    POST   "/v1/me/second-factor/removals"              remove_second_factor:    Password access::OwnAccount         => api::second_factor::remove,            "Give it up; every session ends";
    POST   "/v1/me/recovery-codes"                      renew_recovery_codes:    Password access::OwnAccount         => api::second_factor::renew_recovery_codes, "New recovery codes in the place of those before";
    GET    "/v1/sessions"                               list_sessions:           Plain    access::OwnAccount         => api::sessions::own,                    "The own log-ins that run";
    DELETE "/v1/sessions/{id}"                          delete_session:          Plain    access::OwnAccount         => api::sessions::end_own,                "End an own log-in";
    POST   "/v1/account-setups"                         create_account_setup:    LogIn    Public                     => api::account_setups::create,           "Set the first password with a one-time token";
    GET    "/v1/users"                                  list_users:              Plain    access::ManageUsers        => api::users::list,                      "Accounts in the order of their names";
    POST   "/v1/users"                                  create_user:             Plain    access::ManageUsers        => api::users::create,                    "Make an account and propose its role";
    GET    "/v1/users/{id}"                             get_user:                Plain    access::ManageUsers        => api::users::get,                       "One account";
    PATCH  "/v1/users/{id}"                             amend_user:              Plain    access::ManageUsers        => api::users::amend,                     "Disable it, or let it log in again; its sessions end";
    GET    "/v1/users/{id}/sessions"                    list_user_sessions:      Plain    access::ManageSessions     => api::sessions::of_user,                "The log-ins of a user that run";
    DELETE "/v1/users/{id}/sessions"                    delete_user_sessions:    Plain    access::ManageSessions     => api::sessions::end_all,                "End all of them";
    DELETE "/v1/users/{id}/sessions/{session}"          delete_user_session:     Plain    access::ManageSessions     => api::sessions::end_one,                "End one of them";
    DELETE "/v1/users/{id}/second-factor"               delete_second_factor:    Plain    access::ResetSecondFactor  => api::second_factor::reset,             "Take away a second factor whose device is lost";
    POST   "/v1/users/{id}/account-setups"              invite_user:             Plain    access::ManageUsers        => api::account_setups::invite,           "A one-time token with which a user sets a password";
    GET    "/v1/users/{id}/role-assignments"            list_user_roles:         Plain    access::ReadRoleAssignments => api::role_assignments::of_user,      "Roles it has, had or shall have";
    POST   "/v1/users/{id}/role-assignments"            create_role_assignment:  Plain    access::ManageUsers        => api::role_assignments::propose,       "Propose a role for it; somebody else decides";
    GET    "/v1/role-assignments"                       list_role_assignments:   Plain    access::ReadRoleAssignments => api::role_assignments::list,         "Roles proposed, in force and before, oldest first";
    GET    "/v1/role-assignments/{id}"                  get_role_assignment:     Plain    access::ReadRoleAssignments => api::role_assignments::get,          "One assignment of a role";
    POST   "/v1/role-assignments/{id}/decisions"        decide_role_assignment:  Plain    access::ActOnRoleAssignment => api::role_assignments::decide,       "Approve or reject what somebody else has proposed; or take back what one has proposed oneself";
    GET    "/v1/agencies"                               list_agencies:           Plain    access::ReadAgencies       => api::agencies::list,                   "Agencies that act for enterprises";
    POST   "/v1/agencies"                               create_agency:           Plain    access::ManageAgencies     => api::agencies::create,                 "Put an agency on record";
    GET    "/v1/agencies/{uscc}"                        get_agency:              Plain    access::ReadAgencies       => api::agencies::get,                    "One agency";
    PATCH  "/v1/agencies/{uscc}"                        amend_agency:            Plain    access::ManageAgencies     => api::agencies::amend,                  "Change its name, disable it or let it in again";
    GET    "/v1/api-clients"                            list_api_clients:        Plain    access::ReadApiClients     => api::api_clients::list,                "Programs of enterprises and agencies";
    POST   "/v1/api-clients"                            create_api_client:       Plain    access::ManageApiClients   => api::api_clients::create,              "Make an API client; it gets its keys afterwards";
    GET    "/v1/api-clients/{id}"                       get_api_client:          Plain    access::ReadApiClients     => api::api_clients::get,                 "One API client with its keys";
    PATCH  "/v1/api-clients/{id}"                       amend_api_client:        Plain    access::RevokeApiClients   => api::api_clients::amend,               "Change name, scopes, addresses or state";
    POST   "/v1/api-clients/{id}/keys"                  create_api_key:          Plain    access::ManageApiClients   => api::api_clients::create_key,          "Make a key; it is shown once";
    DELETE "/v1/api-clients/{id}/keys/{key}"            delete_api_key:          Plain    access::RevokeApiClients   => api::api_clients::revoke_key,          "Revoke a key";
    GET    "/v1/enterprises"                            list_enterprises:        Plain    access::ReadRegister       => api::enterprises::list,                "Enterprises, filtered, sorted and found by a piece of the name";
    POST   "/v1/enterprises"                            create_enterprise:       Plain    access::WriteRegister      => api::enterprises::create,              "Put an enterprise on the register";
    GET    "/v1/enterprises/{uscc}"                     get_enterprise:          Plain    access::ReadRegister       => api::enterprises::get,                 "One enterprise, on both time axes";
    PATCH  "/v1/enterprises/{uscc}"                     amend_enterprise:        Plain    access::AmendEnterprise    => api::enterprises::amend,               "Change what a merge patch names, from a day on";
    GET    "/v1/enterprises/{uscc}/contact"             get_contact:             Plain    access::ReadPersonal       => api::enterprises::get_contact,       "Its contact in full; each reading is recorded";
    GET    "/v1/enterprises/{uscc}/former-names"        list_former_names:       Plain    access::ReadRegister       => api::enterprises::former_names,        "Names it had before";
    GET    "/v1/enterprises/{uscc}/history"             list_history:            Plain    access::ReadRegister       => api::history::of_enterprise,           "What happened to it: its ledger entries, oldest first";
    GET    "/v1/enterprises/{uscc}/annual-facts"        list_annual_facts:       Plain    access::ReadRegister       => api::facts::years,                     "The figures of every fiscal year";
    GET    "/v1/enterprises/{uscc}/annual-facts/{year}" get_annual_facts:        Plain    access::ReadRegister       => api::facts::year,                      "The figures of one fiscal year";
    PUT    "/v1/enterprises/{uscc}/annual-facts/{year}" put_annual_facts:        Plain    access::RecordFacts        => api::facts::put_year,                  "State figures of a fiscal year; what is not named stays";
    GET    "/v1/enterprises/{uscc}/facts"               get_facts:               Plain    access::ReadRegister       => api::facts::dated,                     "The facts that hold on a day";
    PUT    "/v1/enterprises/{uscc}/facts"               put_facts:               Plain    access::RecordFacts        => api::facts::put_dated,                 "State facts that hold from a day on";
    GET    "/v1/enterprises/{uscc}/certifications"      list_certifications:     Plain    access::ReadRegister       => api::certifications::list,             "Titles it holds or held";
    POST   "/v1/enterprises/{uscc}/certifications"      create_certification:    Plain    access::WriteRegister      => api::certifications::create,           "Record a title";
    GET    "/v1/enterprises/{uscc}/certifications/{id}" get_certification:       Plain    access::ReadRegister       => api::certifications::get,              "One title";
    PUT    "/v1/enterprises/{uscc}/certifications/{id}" put_certification:       Plain    access::WriteRegister      => api::certifications::correct,          "Correct a title; the earlier state stays readable by known_at";
    GET    "/v1/enterprises/{uscc}/memberships"         list_memberships:        Plain    access::ReadRegister       => api::memberships::of_enterprise,       "Pools it is or was in";
    GET    "/v1/enterprises/{uscc}/delegations"         list_delegations:        Plain    access::ReadDelegations    => api::delegations::list,                "What it has delegated to agencies, oldest first";
    POST   "/v1/enterprises/{uscc}/delegations"         create_delegation:       Plain    access::Delegate           => api::delegations::create,              "Let an agency act for it, within rights and until a day";
    GET    "/v1/enterprises/{uscc}/delegations/{id}"    get_delegation:          Plain    access::ReadDelegations    => api::delegations::get,                 "One delegation";
    DELETE "/v1/enterprises/{uscc}/delegations/{id}"    delete_delegation:       Plain    access::RevokeDelegations  => api::delegations::revoke,              "Revoke a delegation";
    GET    "/v1/ledger-entries"                         list_ledger_entries:     Plain    access::ReadLedger         => api::history::list,                    "Everything that happened, oldest first";
    GET    "/v1/ledger-entries/{seq}"                   get_ledger_entry:        Plain    access::ReadLedger         => api::history::get,                     "One entry, as it was hashed";
    GET    "/v1/enumerations/{name}"                    get_enumeration:         Plain    Public                     => api::enumerations::get,                "A code list, or the catalogue of facts";
    GET    "/v1/enterprises/{uscc}/eligibility"         get_eligibility:         Plain    access::ReadEligibility    => api::eligibility::get,                 "What a rule set says of it, criterion by criterion";
    GET    "/v1/enterprises/{uscc}/forecast"            get_forecast:            Plain    access::ReadEligibility    => api::forecast::get,                    "What the passing of time brings, and what falls due";
    GET    "/v1/enterprises/{uscc}/tasks"               list_tasks:              Plain    access::ReadEligibility    => api::forecast::tasks,                  "Duties that are open, and facts that keep answers open";
    GET    "/v1/rule-sets"                              list_rule_sets:          Plain    access::ReadRules          => api::rule_sets::list,                  "Rule sets in the version in force on a day";
    GET    "/v1/rule-sets/{code}/versions"              list_rule_versions:      Plain    access::ReadRules          => api::rule_sets::versions,              "All versions of a rule set";
    GET    "/v1/rule-sets/{code}/versions/{n}"          get_rule_version:        Plain    access::ReadRules          => api::rule_sets::version,               "One version with its document";
    POST   "/v1/rule-sets/{code}/versions"              create_rule_version:     Plain    access::DraftRules         => api::rule_sets::create,                 "Draft a version; of a new code the first";
    PUT    "/v1/rule-sets/{code}/versions/{n}"          put_rule_version:        Plain    access::DraftRules         => api::rule_sets::put,                    "Put another document in the place of a draft";
    GET    "/v1/rule-sets/{code}/versions/{n}/differences" list_rule_differences:   Plain    access::ReadRules          => api::rule_sets::differences::list,      "What changed from an earlier version, in words";
    GET    "/v1/rule-sets/{code}/versions/{n}/test-cases" list_rule_cases:         Plain    access::ReadRuleDrafts     => api::rule_sets::cases::list,            "The test cases of a version";
    POST   "/v1/rule-sets/{code}/versions/{n}/test-cases" create_rule_cases:       Plain    access::DraftRules         => api::rule_sets::cases::add,             "Add test cases, or put others in their place";
    DELETE "/v1/rule-sets/{code}/versions/{n}/test-cases/{id}" delete_rule_case:        Plain    access::DraftRules         => api::rule_sets::cases::remove,          "Take a test case away";
    GET    "/v1/rule-sets/{code}/versions/{n}/waivers"  list_rule_waivers:       Plain    access::ReadRuleDrafts     => api::rule_sets::waivers::list,          "Boundaries that a person has waived, each with the reason";
    POST   "/v1/rule-sets/{code}/versions/{n}/waivers"  create_rule_waiver:      Plain    access::DraftRules         => api::rule_sets::waivers::create,        "Waive a boundary that no case can show";
    DELETE "/v1/rule-sets/{code}/versions/{n}/waivers/{id}" delete_rule_waiver:      Plain    access::DraftRules         => api::rule_sets::waivers::remove,        "Take a waiver back";
    GET    "/v1/rule-sets/{code}/versions/{n}/test-runs" list_rule_test_runs:     Plain    access::ReadRuleDrafts     => api::rule_sets::cases::runs,            "Runs of the test cases, latest first";
    POST   "/v1/rule-sets/{code}/versions/{n}/test-runs" create_rule_test_run:    Costly   access::DraftRules         => api::rule_sets::cases::run,             "Run the test cases; static check and missing boundary tests";
    GET    "/v1/rule-sets/{code}/versions/{n}/test-runs/{id}" get_rule_test_run:       Plain    access::ReadRuleDrafts     => api::rule_sets::cases::one_run,         "One run with the result of each case";
    POST   "/v1/rule-sets/{code}/versions/{n}/approvals" create_rule_approval:    Plain    access::ApproveRules       => api::rule_sets::steps::approve,         "Approve what somebody else has drafted";
    DELETE "/v1/rule-sets/{code}/versions/{n}/approvals" delete_rule_approval:    Plain    access::ApproveRules       => api::rule_sets::steps::take_back,       "Take the own approval back before the version is published";
    POST   "/v1/rule-sets/{code}/versions/{n}/publications" create_rule_publication: Plain    access::PublishRules       => api::rule_sets::steps::publish,         "Publish an approved version from its day on";
    POST   "/v1/rule-sets/{code}/versions/{n}/withdrawals" create_rule_withdrawal:  Plain    access::DraftRules         => api::rule_sets::steps::withdraw,        "Take a version out that is not published";
    GET    "/v1/rule-sets/{code}/retirements"           list_rule_retirements:   Plain    access::ReadRuleDrafts     => api::rule_sets::retirements::list,      "Retirements of a rule set, proposed and decided";
    POST   "/v1/rule-sets/{code}/retirements"           create_rule_retirement:  Plain    access::PublishRules       => api::rule_sets::retirements::propose,   "Propose that from the day after no version is in force";
    POST   "/v1/rule-sets/{code}/retirements/{id}/decisions" decide_rule_retirement:  Plain    access::ApproveRules       => api::rule_sets::retirements::decide,    "Approve or reject what somebody else has proposed; or take back what one has proposed oneself";
    GET    "/v1/simulations"                            list_simulations:        Plain    access::ReadSimulations    => api::simulations::list,                "What-ifs, newest first";
    POST   "/v1/simulations"                            create_simulation:       Costly   access::RunSimulation      => api::simulations::create,              "Try proposed rules on everybody, or a part, in the background";
    GET    "/v1/simulations/{id}"                       get_simulation:          Plain    access::ReadSimulations    => api::simulations::get,                 "What a what-if came to";
    GET    "/v1/simulations/{id}/movements"             list_simulation_movers:  Plain    access::ReadSimulations    => api::simulations::movements,           "Who would move, with the criteria that move them";
    GET    "/v1/pools"                                  list_pools:              Plain    access::ReadRegister       => api::pools::list,                      "How many are in each pool, by district";
    GET    "/v1/pools/{code}/memberships"               list_pool_members:       Plain    access::ReadRegister       => api::pools::memberships,               "Who is in a pool";
    POST   "/v1/memberships/{id}/overrides"             create_override:         Plain    access::OverrideMembership => api::pool_movements::propose_override, "Propose to keep or move a member by hand, until a day and for a reason";
    GET    "/v1/assessment-runs"                        list_assessment_runs:    Plain    access::ReadAssessments    => api::assessment_runs::list,            "Assessment runs, newest first";
    POST   "/v1/assessment-runs"                        create_assessment_run:   Costly   access::RunAssessment      => api::assessment_runs::create,          "Judge everybody, or a district, in the background";
    GET    "/v1/assessment-runs/{id}"                   get_assessment_run:      Plain    access::ReadAssessments    => api::assessment_runs::get,             "One run with what it came to";
    GET    "/v1/assessment-runs/{id}/results"           list_assessment_results: Plain    access::ReadAssessments    => api::assessment_runs::results,         "What a run came to for each enterprise, explained";
    GET    "/v1/decisions/{id}"                         get_decision:            Plain    access::ReadAssessments    => api::decisions::get,                   "The receipt of a decision";
    POST   "/v1/decisions/{id}/replays"                 create_replay:           Plain    access::ReadAssessments    => api::decisions::replay,                "Make a decision again and compare: nothing is kept of it";
    GET    "/v1/late-findings"                          list_late_findings:      Plain    access::ReadLateFindings   => api::late_findings::list,              "Past decisions that would be others by what is known now";
    GET    "/v1/late-findings/{id}"                     get_late_finding:        Plain    access::ReadLateFindings   => api::late_findings::get,               "One finding with every place that differs";
    POST   "/v1/late-findings/{id}/decisions"           settle_late_finding:     Plain    access::SettleLateFindings => api::late_findings::settle,            "Dismiss a finding, or note that it was acted on; or take the own word back";
    GET    "/v1/pool-movements"                         list_movements:          Plain    access::ReadAssessments    => api::pool_movements::list,             "Proposed and decided changes of pool, oldest first";
    GET    "/v1/pool-movements/{id}"                    get_movement:            Plain    access::ReadAssessments    => api::pool_movements::get,              "One change of pool";
    POST   "/v1/pool-movements/{id}/decisions"          decide_movement:         Plain    access::ActOnMovement      => api::pool_movements::decide,           "Endorse, approve or reject; or take the own step back";
    POST   "/v1/pool-movement-decisions"                create_movement_decisions: Plain    access::ActOnMovement    => api::pool_movements::decide_all,      "Endorse, approve or reject many at once, all or none; or take back the own steps";
    POST   "/v1/exports"                                create_export:           Costly   access::Export             => api::exports::create,                  "Make a list into a file, in the background";
    GET    "/v1/exports/{id}/content"                   get_export_content:      Plain    access::Export             => api::exports::content,                 "The file, for who made it and for a day";
    GET    "/v1/operations/{id}"                        get_operation:           Plain    access::OwnAccount         => api::operations::get,                  "How far work in the background has come";
    POST   "/v1/imports"                                create_import:           Costly   access::Import             => api::imports::create,                  "Bring in tables, all or nothing";
    GET    "/v1/imports/{id}"                           get_import:              Plain    access::Import             => api::imports::get,                     "What an import did";
}

/// Gives the application every row, a 405 for other methods of a known path and a 404 for everything else.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut paths: Vec<&str> = Vec::new();
    for row in TABLE {
        if !paths.contains(&row.path) {
            paths.push(row.path);
        }
    }
    // The router compares one path after the other: those that most requests ask for come first.
    paths.sort_by_key(|path| !path.starts_with("/v1/enterprises"));
    for path in paths {
        let mut resource = web::resource(path);
        for (place, row) in TABLE.iter().enumerate().filter(|(_, row)| row.path == path) {
            resource =
                resource.route((row.route)(place).guard(fn_guard(|context| row.takes(context))));
        }
        let allow = allowed(path);
        resource = resource.default_service(web::to(move |request: HttpRequest| {
            let problem = Problem::WrongMethod {
                allow: allow.clone(),
            };
            envelope::run(TABLE.len(), request, async move {
                HttpResponse::from_error(problem)
            })
        }));
        config.service(resource);
    }
    config.default_service(web::to(|request: HttpRequest| {
        envelope::run(TABLE.len(), request, async {
            HttpResponse::from_error(Problem::UnknownRoute)
        })
    }));
}

fn allowed(path: &str) -> String {
    let methods = TABLE
        .iter()
        .filter(|row| row.path == path)
        .map(|row| row.method);
    let methods: Vec<&str> = methods
        .flat_map(|method| {
            if method == "GET" {
                vec!["GET", "HEAD"]
            } else {
                vec![method]
            }
        })
        .collect();
    methods.join(", ")
}

/// What may stand in the permission's column, and what the handler then gets.
pub trait Access {
    type Pass: FromRequest + Describe;
    const GRANT: Option<Grant>;
    const AUDIENCE: Audience;
}

impl<P: Permission> Access for P {
    type Pass = Ticket<P>;
    const GRANT: Option<Grant> = Some(P::GRANT);
    const AUDIENCE: Audience = Audience::Account;
}

impl Access for Public {
    type Pass = Open;
    const GRANT: Option<Grant> = None;
    const AUDIENCE: Audience = Audience::Public;
}

/// A handler whose first argument is the pass of `P`.
pub trait Endpoint<P, Args>: actix_web::Handler<Args> {
    fn describe(operation: &mut Operation);
}

macro_rules! endpoints {
    ($(($($argument:ident)*))+) => {$(
        impl<P, F, Fut, $($argument,)*> Endpoint<P, (P::Pass, $($argument,)*)> for F
        where
            P: Access,
            F: Fn(P::Pass, $($argument),*) -> Fut + Clone + 'static,
            Fut: Future<Output: Describe>,
            $($argument: Describe,)*
        {
            fn describe(operation: &mut Operation) {
                P::Pass::describe(operation);
                $($argument::describe(operation);)*
                Fut::Output::describe(operation);
            }
        }
    )+};
}

endpoints! { () (A) (A B) (A B C) (A B C D) }

fn endpoint<P, H, Args>(place: usize, handler: H) -> Route
where
    H: Endpoint<P, Args, Output: Responder>,
    Args: FromRequest + 'static,
{
    let parameters = Parameters::of::<P, H, Args>();
    web::to(move |request: HttpRequest, payload: web::Payload| {
        let handler = handler.clone();
        let inner = request.clone();
        envelope::run(place, request, async move {
            let arguments = match Args::from_request(&inner, &mut payload.into_inner()).await {
                Ok(arguments) => arguments,
                Err(error) => return HttpResponse::from_error(error),
            };
            if let Err(problem) = parameters.check(&inner) {
                return HttpResponse::from_error(problem);
            }
            let answer = handler.call(arguments).await;
            answer.respond_to(&inner).map_into_boxed_body()
        })
    })
}

/// Who looks at the query string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameters {
    Handler,
    /// The operation has none: whoever sends one meant another operation, and would take its answer for what was asked.
    Nobody,
}

impl Parameters {
    fn of<P, H: Endpoint<P, Args>, Args>() -> Parameters {
        let mut operation = Operation::default();
        H::describe(&mut operation);
        let in_query = |it: &Parameter| it.parameter_in == ParameterIn::Query;
        match operation.parameters.iter().any(in_query) {
            true => Parameters::Handler,
            false => Parameters::Nobody,
        }
    }

    fn check(self, request: &HttpRequest) -> Result<(), Problem> {
        // A control character stands in no name of ours, and in some places would be an error (PostgreSQL takes no NUL).
        let mut segments = request.match_info().iter();
        if segments.any(|(_, value)| value.contains(char::is_control)) {
            return Err(AppError::NotFound.into());
        }
        match self {
            Parameters::Handler => Ok(()),
            Parameters::Nobody => query::none(request.query_string()),
        }
    }
}

fn described<P, H: Endpoint<P, Args>, Args>(_: H, operation: &mut Operation) {
    H::describe(operation);
    // Any operation may be sent a parameter it does not have.
    operation.problems(&[400]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes something without a token may be guessing at a password, and is counted.
    #[test]
    fn what_everybody_may_change_is_counted_as_a_log_in() {
        for row in TABLE {
            let open = row.audience == Audience::Public && row.method != "GET";
            assert_eq!(
                row.class == Class::LogIn,
                open,
                "{} {}",
                row.method,
                row.path
            );
        }
    }
}
