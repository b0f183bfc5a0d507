//! The life of a rule set (规则集管理): a version is drafted, tested, approved by somebody else and published from a day; a rule
//! set is retired. Staff own the rules; nothing here asks for a programmer.

mod approval;
mod cases;
mod differences;
mod draft;
mod gate;
mod publication;
mod retirement;
mod shipped;
mod stage;
mod testing;
mod waivers;

pub use approval::approve;
pub use cases::{CaseChange, CaseView, add_cases, list_cases, remove_case};
pub use differences::{DifferenceView, differences};
pub use draft::{draft, edit, withdraw};
pub use gate::{FindingView, MissingView, Report, WaivedView};
pub use publication::publish;
pub use retirement::{Retirement, decide_retirement, retire, retirements};
pub use shipped::publish_shipped;
pub use testing::{TestRunItem, TestRunView, test, test_run, test_runs};
pub use waivers::{list_waivers, take_back_waiver, waive};
