//! The columns of each list, and its rows page by page.

use chrono::{DateTime, NaiveDate, Utc};

use super::sheet::Cell;
use super::{MembershipQuery, MoversQuery, Readers, Selection};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::enterprise::{self, ListQuery, Record};
use crate::app::error::AppError;
use crate::app::membership::{self, PoolMember};
use crate::app::movement::{self, MovementView};
use crate::app::simulation::{self, MoverView, MovingCriterion};
use crate::domain::access::ReadSimulations;
use crate::domain::clock::legal_day;
use crate::domain::field_error::Fault;
use crate::domain::pool::Pool;
use crate::domain::{codes, words};

/// Rows in memory at a time.
const PAGE: usize = 2_000;

type Column<T> = (&'static str, fn(&T) -> Cell);
type Sink<'a> = &'a mut dyn FnMut(Vec<Cell>) -> Result<(), AppError>;

/// The first seven have the headers of the import, so that an exported list can be imported again.
const ENTERPRISES: &[Column<Record>] = &[
    ("统一社会信用代码", |it| text(&it.uscc)),
    ("企业名称", |it| text(&it.name)),
    ("所属区县", |it| district(&it.district_code)),
    ("园区", |it| maybe(&it.park)),
    ("成立日期", |it| day(it.registered_on)),
    ("行业代码", |it| text(&it.industry_code)),
    ("登记状态", |it| status(&it.legal_status)),
    ("行业名称", |it| {
        text(codes::industry_name(&it.industry_code).unwrap_or_default())
    }),
    ("培育库", |it| worded("pools", &it.pool)),
    ("更新日期", |it| day(legal_day(it.updated_at))),
];

const MEMBERSHIPS: &[Column<PoolMember>] = &[
    ("统一社会信用代码", |it| text(&it.uscc)),
    ("企业名称", |it| text(&it.name)),
    ("所属区县", |it| district(&it.district_code)),
    ("培育库", |it| word("pools", &it.membership.pool)),
    ("入库日期", |it| day(it.membership.started_on)),
    ("预警起始日", |it| {
        maybe_day(it.membership.at_risk_since)
    }),
    ("连续未通过年度评价次数", |it| {
        Cell::Count(it.membership.failures)
    }),
    ("延期至", |it| maybe_day(it.membership.extended_until)),
    ("延期理由", |it| maybe(&it.membership.extension_reason)),
    ("人工调整有效期至", |it| {
        maybe_day(it.membership.override_until)
    }),
    ("人工调整理由", |it| {
        maybe(&it.membership.override_reason)
    }),
];

const MOVEMENTS: &[Column<MovementView>] = &[
    ("统一社会信用代码", |it| text(&it.uscc)),
    ("企业名称", |it| text(&it.name)),
    ("所属区县", |it| district(&it.district_code)),
    ("移库类型", |it| word("movement_kinds", &it.kind)),
    ("原培育库", |it| worded("pools", &it.from_pool)),
    ("目标培育库", |it| worded("pools", &it.to_pool)),
    ("出库原因", |it| worded("exit_reasons", &it.exit_reason)),
    ("状态", |it| word("movement_states", &it.state)),
    ("未达标条件", |it| text(&it.failed_criteria.join("、"))),
    ("提出日期", |it| day(legal_day(it.proposed_at))),
    ("初审日期", |it| maybe_instant(it.endorsed_at)),
    ("审核日期", |it| maybe_instant(it.decided_at)),
    ("理由", |it| maybe(&it.reason)),
    ("生效日期", |it| maybe_day(it.effective_on)),
    ("人工调整有效期至", |it| maybe_day(it.until)),
];

const MOVERS: &[Column<MoverView>] = &[
    ("统一社会信用代码", |it| text(&it.uscc)),
    ("企业名称", |it| text(&it.name)),
    ("所属区县", |it| district(&it.district_code)),
    ("行业代码", |it| text(&it.industry_code)),
    ("行业名称", |it| {
        text(codes::industry_name(&it.industry_code).unwrap_or_default())
    }),
    ("企业规模", |it| place(&it.size_class)),
    ("现行规则", |it| place(&it.from)),
    ("拟议规则", |it| place(&it.to)),
    ("方向", |it| word("directions", &it.direction)),
    ("引起变动的条件", |it| {
        let told = it.criteria.iter().map(MovingCriterion::in_words);
        text(&told.collect::<Vec<_>>().join("；"))
    }),
];

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
            Selection::Enterprises(_) => headers(ENTERPRISES),
            Selection::Memberships(_) => headers(MEMBERSHIPS),
            Selection::Movements(_) => headers(MOVEMENTS),
            Selection::Movers(_) => headers(MOVERS),
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

/// Every row in its turn. A change that comes between two pages may show or not.
pub fn rows(
    app: &App,
    readers: &Readers,
    selection: &Selection,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    match selection {
        Selection::Enterprises(query) => enterprises(app, readers, query.clone(), sink),
        Selection::Memberships(query) => members(app, readers, query, sink),
        Selection::Movers(query) => movers(app, readers, query, sink),
        Selection::Movements(query) => {
            let mut after: Option<String> = None;
            loop {
                let page =
                    movement::list(app, &readers.assessments, query, after.as_deref(), PAGE)?;
                for row in &page {
                    sink(cells(MOVEMENTS, row))?;
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                    _ => return Ok(()),
                }
            }
        }
    }
}

fn enterprises(
    app: &App,
    readers: &Readers,
    mut query: ListQuery,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    query.limit = PAGE;
    loop {
        let page = enterprise::list(app, &readers.register, &query)?;
        for row in &page.items {
            sink(cells(ENTERPRISES, row))?;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn members(
    app: &App,
    readers: &Readers,
    query: &MembershipQuery,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    let wanted = |pool: &Pool| {
        query
            .pool
            .as_deref()
            .is_none_or(|code| code == pool.as_str())
    };
    for pool in Pool::ALL.into_iter().filter(wanted) {
        let mut after: Option<String> = None;
        loop {
            let (reader, after_id) = (&readers.register, after.as_deref());
            let page =
                membership::of_pool(app, reader, pool, &query.filter, query.at, after_id, PAGE)?;
            for row in &page {
                sink(cells(MEMBERSHIPS, row))?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.membership.id.clone()),
                _ => break,
            }
        }
    }
    Ok(())
}

fn movers(
    app: &App,
    readers: &Readers,
    query: &MoversQuery,
    sink: Sink<'_>,
) -> Result<(), AppError> {
    let id = query.simulation_id.as_deref().unwrap_or_default();
    let mut after = None;
    loop {
        let reader = readers.simulations()?;
        let page = simulation::movers(app, reader, id, &query.filter, after, PAGE)?;
        for row in &page {
            sink(cells(MOVERS, row))?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.place),
            _ => return Ok(()),
        }
    }
}

fn headers<T>(columns: &[Column<T>]) -> Vec<&'static str> {
    columns.iter().map(|(header, _)| *header).collect()
}

fn cells<T>(columns: &[Column<T>], row: &T) -> Vec<Cell> {
    columns.iter().map(|(_, cell)| cell(row)).collect()
}

fn text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Blank
    } else {
        Cell::Text(text.to_owned())
    }
}

fn maybe(given: &Option<String>) -> Cell {
    given.as_deref().map_or(Cell::Blank, text)
}

/// Days are text: a spreadsheet would show a date in its own way.
fn day(day: NaiveDate) -> Cell {
    Cell::Text(day.to_string())
}

fn maybe_day(given: Option<NaiveDate>) -> Cell {
    given.map_or(Cell::Blank, day)
}

fn maybe_instant(given: Option<DateTime<Utc>>) -> Cell {
    maybe_day(given.map(legal_day))
}

/// A pool or another placement, an outcome, a size class.
fn place(code: &str) -> Cell {
    let lists = ["pools", "placements", "outcomes", "size_classes"];
    let found = lists.into_iter().find_map(|list| {
        let known = words::zh(list, code);
        (known != code).then_some(known)
    });
    text(found.unwrap_or(code))
}

fn district(code: &str) -> Cell {
    text(codes::district(code).map_or(code, |it| &it.zh))
}

fn status(code: &str) -> Cell {
    let known = codes::legal_statuses().iter().find(|it| it.code == code);
    text(known.map_or(code, |it| &it.zh))
}

fn word(list: &str, code: &str) -> Cell {
    text(words::zh(list, code))
}

fn worded(list: &str, code: &Option<String>) -> Cell {
    code.as_deref().map_or(Cell::Blank, |code| word(list, code))
}
