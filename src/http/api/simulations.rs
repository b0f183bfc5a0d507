//! `/v1/simulations`: proposed rules tried on the whole register, and who would move.

mod view;

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::{IntoParams, ToSchema};

use crate::app::simulation::{self, MoverQuery, MoverView, SimulationRequest, SimulationView};
use crate::domain::access::{ReadSimulations, RunSimulation};
use crate::http::answer::{Accepted, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};

use super::operations::{self, Operation};
use view::{Mover, Simulation, SimulationItem};

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

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    #[param(example = "330602")]
    district_code: Option<String>,
    /// Pools: `PROMOTED`, `DEMOTED`, `WARNED`, `RELIEVED`; conditions: `GAINED`, `LOST`; sizes: `LARGER`, `SMALLER`;
    /// all: `UNKNOWN`.
    #[param(example = "DEMOTED")]
    direction: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
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
    const LIST: &str = "simulations";
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let before: Option<String> = state.cursors.start(LIST, asked.cursor.as_deref())?;
        let more = limit as usize + 1;
        let found = simulation::list(app, &caller, before.as_deref(), more)?;
        let place = |it: &SimulationView| it.id.clone();
        let page = state.cursors.page(LIST, limit, found, place)?;
        Ok(page.map(SimulationItem::from))
    });
    Ok(Shown::new(page.await?))
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
    query: Query<Listing>,
) -> Result<Shown<Page<Mover>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let (cursor, query) = asked.split();
        query.check().map_err(query::refused)?;
        let name = Etag::content(format!("{} {query:?}", *id).as_bytes());
        let list = format!("simulation-movements {name}");
        let after: Option<i64> = state.cursors.start(&list, cursor.as_deref())?;
        let more = limit as usize + 1;
        let found = simulation::movers(app, &caller, &id, &query, after, more)?;
        let place = |it: &MoverView| it.place;
        let page = state.cursors.page(&list, limit, found, place)?;
        let lang = caller.lang();
        Ok(page.map(|it| Mover::of(it, lang)))
    });
    Ok(Shown::new(page.await?))
}

impl Listing {
    fn split(self) -> (Option<String>, MoverQuery) {
        let query = MoverQuery {
            district_code: self.district_code,
            direction: self.direction,
        };
        (self.cursor, query)
    }
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
