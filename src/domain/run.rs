//! How far a run over the register has come: an assessment or a what-if.

use crate::coded::coded;

coded! {
    pub enum RunState {
        Running = "RUNNING",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }
}
