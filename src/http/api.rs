//! Handlers by resource: each reads what came, runs one use case and shows the answer.

pub mod agencies;
pub mod api_clients;
pub mod assessment_runs;
pub mod certifications;
pub mod decisions;
pub mod delegations;
pub mod eligibility;
pub mod enterprises;
pub mod enumerations;
pub mod exports;
pub mod facts;
pub mod forecast;
pub mod history;
pub mod imports;
pub mod late_findings;
pub mod memberships;
pub mod operations;
pub mod pool_movements;
pub mod pools;
pub mod rule_sets;
pub mod service;
pub mod session;
pub mod simulations;
pub mod users;
