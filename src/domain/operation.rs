//! Long work that a client follows: what it makes, and how far it has come.

use crate::coded::coded;

coded! {
    pub enum OperationKind {
        Assessment = "ASSESSMENT",
        Simulation = "SIMULATION",
        Export = "EXPORT",
    }
}

coded! {
    pub enum OperationState {
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}
