//! The resources, through the router as a client sees them; one file a resource.

mod enterprises;
