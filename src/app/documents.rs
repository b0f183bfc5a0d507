//! The life of the bureau's documents (规则集管理): a version is drafted, tested, approved by somebody else and published from a day;
//! a document is retired. Staff own them; nothing here asks for a programmer.
//!
//! A further kind of document implements [`Kind`] and [`Sound`]: how it is read, what its tests and its static check are, how a
//! difference is told. Its life is this one.

mod approval;
mod cases;
mod differences;
mod draft;
mod kind;
mod publication;
mod register;
mod report;
mod retirement;
mod stage;
mod testing;
mod versions;
mod waiver;
mod waivers;

pub use approval::{Seen, approve, take_back_approval};
pub(super) use cases::keep_shipped;
pub use cases::{CaseChange, CaseView, add_cases, list_cases, remove_case};
pub use differences::{DifferenceView, differences};
pub use draft::{draft, edit, withdraw};
pub use kind::Document;
pub(super) use kind::{Case, Kind, Required, Sound};
pub use publication::{publish, publish_at_once};
pub use register::{DocumentVersion, Making};
pub use report::{FindingView, MissingView, Report, WaivedView};
pub use retirement::{Retirement, decide_retirement, retire, retirements};
pub use testing::{TestRunItem, TestRunView, test, test_run, test_runs};
pub use versions::{every_version, get, in_force_on, list, versions};
pub use waiver::{Waiver, WaiverView, Waivers};
pub(super) use waivers::keep_shipped_waivers;
pub use waivers::{list_waivers, take_back_waiver, waive};
