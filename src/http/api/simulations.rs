//! `/v1/simulations`: proposed rules tried on the whole register, and who would move.

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::app::simulation::face::{Mover, Simulation, SimulationItem};
use crate::app::simulation::{self, MoverQuery, Movers, MoversOf, SimulationRequest, Simulations};
use crate::domain::access::{ReadSimulations, RunSimulation};
use crate::http::answer::{Accepted, Page, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::listing::{self, Listing};
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

use super::operations::{self, Operation};

/// The rules to try: at most one of `document`, `version` and `parameters`; with none the base is compared with itself.
#[derive(Deserialize, ToSchema)]
pub struct NewSimulation {
    /// The base, `CODE` (the version in force on `as_of`) or `CODE@date`.
    #[schema(example = "POOLS")]
    rule_set: String,
    /// A whole document, in the form of `…/versions/{n}`.
    #[schema(value_type = Option<Object>)]
    document: Option<Map<String, Json>>,
    /// The number of a version of the rule set.
    version: Option<i64>,
    /// Values of the base that differ, by place: `criterion/key`, or a JSON pointer into the document.
    #[schema(value_type = Option<Object>, example = json!({"a_rd/at_least": "4"}))]
    parameters: Option<Map<String, Json>>,
    /// The day on which everybody is judged; today if not given.
    #[schema(example = "2026-06-15")]
    as_of: Option<String>,
    /// Only this district.
    #[schema(example = "330602")]
    district_code: Option<String>,
    /// Only this section, division or class.
    #[schema(example = "C")]
    industry_code: Option<String>,
}

pub async fn create(
    ticket: Ticket<RunSimulation>,
    once: Once<NewSimulation>,
) -> Result<Accepted<Operation>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let request = SimulationRequest::from(body);
        let begun = simulation::begin(app, &caller, &request)?;
        Ok(operations::accepted(begun, caller.lang()))
    });
    done.await
}

pub async fn list(
    ticket: Ticket<ReadSimulations>,
    query: Query<Paging>,
) -> Result<Shown<Page<SimulationItem>>, Problem> {
    let asked = || Ok((query.read()?, ()));
    listing::told::<Simulations, _>(ticket, asked, |row, _| row.into()).await
}

pub async fn get(
    ticket: Ticket<ReadSimulations>,
    id: Path<String>,
) -> Result<Shown<Simulation>, Problem> {
    let found = ticket.call(move |app, caller| {
        let found = simulation::get(app, &caller, &id)?;
        Ok(Simulation::of(found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn movements(
    ticket: Ticket<ReadSimulations>,
    id: Path<String>,
    query: Listing<MoverQuery>,
) -> Result<Shown<Page<Mover>>, Problem> {
    let asked = move || {
        let (paging, filter) = query.read()?;
        let simulation_id = id.into_inner();
        Ok((
            paging,
            MoversOf {
                simulation_id,
                filter,
            },
        ))
    };
    listing::told::<Movers, _>(ticket, asked, Mover::of).await
}

impl From<NewSimulation> for SimulationRequest {
    fn from(body: NewSimulation) -> Self {
        SimulationRequest {
            rule_set: body.rule_set,
            document: body.document.map(Json::Object),
            version: body.version,
            parameters: body.parameters,
            as_of: body.as_of,
            district_code: body.district_code,
            industry_code: body.industry_code,
        }
    }
}
