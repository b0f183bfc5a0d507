//! The rows of each list that is exported, page by page.

use super::filter::{MembershipQuery, MoversQuery, Selection};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::enterprise::{self, ListQuery, Record};
use crate::app::error::AppError;
use crate::app::list;
use crate::app::membership::{Members, MembersOf, PoolMembership};
use crate::app::movement::{Movements, PoolMovement};
use crate::app::simulation::{self, MoverView, Movers, MoversOf};
use crate::app::table::{Cell, cells, headers};
use crate::domain::access::{ReadAssessments, ReadRegister, ReadSimulations};
use crate::domain::field_error::Fault;
use crate::domain::pool::Pool;

type Sink<'a> = &'a mut dyn FnMut(Vec<Cell>) -> Result<(), AppError>;

/// The proofs of what the rows are read with.
pub(super) struct Readers {
    pub register: Caller<ReadRegister>,
    pub assessments: Caller<ReadAssessments>,
    /// Not everybody who exports may read what-ifs.
    pub simulations: Option<Caller<ReadSimulations>>,
}

impl Readers {
    fn simulations(&self) -> Result<&Caller<ReadSimulations>, AppError> {
        let forbidden = || AppError::Forbidden {
            code: "auth.forbidden",
        };
        self.simulations.as_ref().ok_or_else(forbidden)
    }
}

impl Selection {
    pub fn headers(&self) -> Vec<&'static str> {
        match self {
            Selection::Enterprises(_) => headers::<Record>(),
            Selection::Memberships(_) => headers::<PoolMembership>(),
            Selection::Movements(_) => headers::<PoolMovement>(),
            Selection::Movers(_) => headers::<MoverView>(),
        }
    }
}

/// What the list belongs to must be there.
pub fn find(app: &App, readers: &Readers, selection: &Selection) -> Result<(), AppError> {
    let Selection::Movers(MoversQuery {
        simulation_id: Some(id),
        ..
    }) = selection
    else {
        return Ok(());
    };
    match simulation::get(app, readers.simulations()?, id) {
        Err(AppError::NotFound) => {
            let fault = Fault::new("simulation.unknown");
            Err(AppError::invalid(fault.at("/filter/simulation_id")))
        }
        found => found.map(|_| ()),
    }
}

/// How many rows there will be; 0 where counting would cost as much as reading.
pub fn total(app: &App, readers: &Readers, selection: &Selection) -> Result<usize, AppError> {
    let Selection::Enterprises(query) = selection else {
        return Ok(0);
    };
    let query = ListQuery {
        limit: 1,
        count: true,
        ..query.clone()
    };
    let counted = enterprise::list(app, &readers.register, &query)?.count;
    Ok(usize::try_from(counted.unwrap_or_default()).unwrap_or_default())
}

/// Every row in its turn.
pub fn rows(
    app: &App,
    readers: &Readers,
    selection: &Selection,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    let register = &readers.register;
    match selection {
        Selection::Enterprises(query) => enterprises(app, readers, query.clone(), sink),
        Selection::Memberships(query) => {
            let MembershipQuery { pool, filter, at } = query;
            let wanted = |it: &Pool| pool.as_deref().is_none_or(|code| code == it.as_str());
            Pool::ALL.into_iter().filter(wanted).try_for_each(|pool| {
                let (filter, at) = (filter.clone(), *at);
                let members = MembersOf { pool, filter, at };
                list::each::<Members>(app, register, &members, |row| sink(cells(&row)))
            })
        }
        Selection::Movements(query) => {
            let reader = &readers.assessments;
            list::each::<Movements>(app, reader, query, |row| sink(cells(&row)))
        }
        Selection::Movers(query) => {
            let movers = MoversOf {
                simulation_id: query.simulation_id.clone().unwrap_or_default(),
                filter: query.filter.clone(),
            };
            let reader = readers.simulations()?;
            list::each::<Movers>(app, reader, &movers, |row| sink(cells(&row)))
        }
    }
}

/// By the order of their names, and found by a piece of one.
fn enterprises(
    app: &App,
    readers: &Readers,
    mut query: ListQuery,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    query.limit = list::AT_A_TIME;
    loop {
        let page = enterprise::list(app, &readers.register, &query)?;
        page.items.iter().try_for_each(|row| sink(cells(row)))?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}
