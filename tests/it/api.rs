//! The resources, through the router as a client sees them; one file a resource.

mod accounts;
mod assessments;
mod certifications;
mod contacts;
mod enterprises;
mod enumerations;
mod facts;
mod forecast;
mod golden;
mod history;
mod hostile_tokens;
mod late_findings;
mod memberships;
mod movements;
mod rule_life;
mod rules;
mod second_factor;
mod setups;
mod simulations;
