//! The resources, through the router as a client sees them; one file a resource.

mod certifications;
mod enterprises;
mod enumerations;
mod facts;
mod history;
mod memberships;
