//! The tables as the ledger tells them: folding every event into the rows it makes.
//!
//! Each row belongs to one subject, and the events of that subject alone make it, in their order. So the ledger can be
//! folded subject by subject in little memory, and what comes out be compared with what stands.

mod access;
mod account;
mod documents;
mod hashed;
mod office;
mod pools;
mod register;
mod row;
mod rows;
pub mod sworn;

use crate::event::{Event, Unreadable};
use crate::ledger::Told;

use rows::EntryAt;

pub use hashed::{Together, sha256};
pub use row::{Key, Row, instant};
pub use rows::Rows;

impl Rows {
    /// Brings in the next entry of its subject.
    pub fn take(&mut self, told: &Told) -> Result<(), Unreadable> {
        let place = EntryAt::of(told);
        match Event::read(told)? {
            Event::EnterpriseRegistered(body) => register::registered(self, place, body),
            Event::EnterpriseAmended(body) => register::amended(self, place, body),
            Event::FactsStated(body) => register::stated(self, place, body),
            Event::CertificationRecorded(it) | Event::CertificationCorrected(it) => {
                register::titled(self, place, it);
            }
            Event::SimulationListed(body)
            | Event::SimulationCompleted(body)
            | Event::SimulationFailed(body) => office::simulation(self, place, body),
            Event::ImportCompleted(body) => office::imported(self, place, body),
            Event::ExportMade(body) => office::exported(self, place, body),
            Event::ExportDeleted(body) => office::export_deleted(self, &body),
            Event::PersonalDataRead(_)
            | Event::OperationBegun(_)
            | Event::OperationEnded(_)
            | Event::KeysForgotten(_)
            | Event::SessionsForgotten(_) => {}
            Event::AssessmentBegun(body) | Event::AssessmentEnded(body) => {
                pools::run(self, place, &body);
            }
            Event::DecisionMade(body) => pools::decided(self, place, &body),
            Event::MovementProposed(body)
            | Event::OverrideProposed(body)
            | Event::MovementDecided(body) => {
                pools::movement(self, place, &body.enterprise_id, &body);
            }
            Event::MovementSuperseded(body) => {
                pools::movement(self, place, &body.enterprise_id, &body.movement);
            }
            Event::MovementTakenBack(body) => {
                pools::movement(self, place, &body.enterprise_id, &body.movement);
            }
            Event::MembershipChanged(body) => pools::changed(self, place, &body),
            Event::MembershipEvaluated(body) => {
                pools::membership(self, place, &body.enterprise_id, &body.membership);
            }
            Event::LateFactsSought(body) => pools::sought(self, &body),
            Event::LateFindingOpened(body)
            | Event::LateFindingChanged(body)
            | Event::LateFindingResolved(body)
            | Event::LateFindingSettled(body) => {
                pools::finding(self, place, &body.enterprise_id, &body);
            }
            Event::LateSettlementTakenBack(body) => {
                pools::finding(self, place, &body.enterprise_id, &body.finding);
            }
            event => match told.subject.kind.as_str() {
                "account" => account::take(self, place, event),
                "document" => documents::take(self, place, event),
                _ => access::take(self, place, event),
            },
        }
        Ok(())
    }

    /// What follows from all that is told of a subject, once it is.
    pub fn complete(&mut self) {
        register::all_stated(self);
    }
}
