//! The course of a simulation: each thread takes the next chunk, reads and judges it; what comes out is put together in
//! the order of the chunks.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

use serde_json::{Map, Value as Json, json};

use super::keep::Keeper;
use super::request::SimulationRequest;
use super::request::{Plan, plan};
use super::tally::{Compared, Tally};
use super::view::SimulationView;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::operation::{self, OperationView};
use crate::app::population::{self, Block, Firm, Reading};
use crate::app::recorded::{Memberships, standing};
use crate::app::{App, Done};
use crate::domain::access::{ReadSimulations, RunSimulation};
use crate::domain::evaluate::{Profile, verdict};
use crate::domain::operation::OperationKind;
use crate::domain::pool::Standing;
use crate::domain::simulate::{Cause, Direction, Kind, Side, causes, find};
use crate::store::assessments;
use crate::store::profile::Of;
use crate::store::simulations::MoverRow;
use crate::store::{Conn, Stamp, StoreError, Tx};

/// Makes a simulation and waits until it is through; `progress` hears of (done, total).
pub fn run(
    app: &App,
    caller: &Caller<RunSimulation>,
    request: &SimulationRequest,
    progress: impl FnMut(usize, usize),
) -> Result<SimulationView, AppError> {
    execute(app, &caller.stamp(), &plan(app, request)?, progress)
}

/// Begins a simulation that goes on in the background, and gives the operation by which it is followed.
pub fn begin(
    app: &App,
    caller: &Caller<RunSimulation>,
    request: &SimulationRequest,
) -> Result<Done<OperationView>, AppError> {
    let plan = plan(app, request)?;
    let stamp = caller.stamp();
    let nothing_yet = |_: &mut Tx<'_>| Ok(None);
    operation::launch(
        app,
        &caller.stamp(),
        OperationKind::Simulation,
        nothing_yet,
        move |app, progress| {
            let heard = |done, total| progress.set(done, total);
            let made = execute(app, &stamp, &plan, heard)?;
            Ok(format!("/v1/simulations/{}", made.id))
        },
    )
}

/// Firms as they stand today, in memory: what measurements judge.
pub fn profiles(
    app: &App,
    _: &Caller<ReadSimulations>,
    most: usize,
) -> Result<Vec<Profile>, AppError> {
    let reading = Reading {
        part: assessments::Part::default(),
        as_of: app.env.clock.today(),
        known_at: app.env.clock.now(),
        known_seq: i64::MAX,
        is_today: true,
    };
    let mut profiles = Vec::new();
    let mut after = String::new();
    while profiles.len() < most {
        let read = |conn: &mut Conn| {
            let Some(block) = population::block(conn, &reading, &after)? else {
                return Ok(None);
            };
            let last = block.last().to_owned();
            Ok(Some((population::firms(conn, &reading, block)?, last)))
        };
        let Some((firms, last)) = app.store.read::<_, StoreError, _>(read)? else {
            break;
        };
        profiles.extend(firms.into_iter().map(|firm| firm.profile));
        after = last;
    }
    profiles.truncate(most);
    Ok(profiles)
}

fn execute(
    app: &App,
    stamp: &Stamp,
    plan: &Plan,
    mut progress: impl FnMut(usize, usize),
) -> Result<SimulationView, AppError> {
    let mut keeper = Keeper::new(app, stamp, plan);
    let total = usize::try_from(plan.total).unwrap_or(0);
    let walked = walk(app, plan, &mut keeper, |done| {
        progress(done, total.max(done))
    });
    let ended = walked.and_then(|tally| keeper.finish(tally.firms, &tally.summary(plan)));
    if ended.is_err() {
        keeper.give_up()?;
    }
    ended
}

/// Each reads through a connection of its own, and other readers need some too.
const MOST_THREADS: usize = 4;

fn walk(
    app: &App,
    plan: &Plan,
    keeper: &mut Keeper<'_>,
    mut progress: impl FnMut(usize),
) -> Result<Tally, AppError> {
    let queue = Queue::new(app, plan);
    let threads = available_parallelism().map_or(2, |it| it.get().min(MOST_THREADS));
    std::thread::scope(|scope| {
        let (send, parts) = sync_channel(threads);
        for _ in 0..threads {
            let (send, queue) = (send.clone(), &queue);
            scope.spawn(move || work(app, plan, queue, &send));
        }
        drop(send);
        let mut all = Tally::default();
        let mut early: BTreeMap<usize, Part> = BTreeMap::new();
        let mut next = 0;
        for part in received(&parts) {
            let (place, part) = part?;
            early.insert(place, part);
            while let Some(part) = early.remove(&next) {
                keeper.add(part.movers)?;
                all.add(part.tally);
                next += 1;
                progress(usize::try_from(all.firms).unwrap_or(0));
            }
        }
        Ok(all)
    })
}

/// A chunk with its place among the chunks, or why it could not be had.
type Message = Result<(usize, Part), AppError>;

fn received(parts: &Receiver<Message>) -> impl Iterator<Item = Message> + '_ {
    parts.iter()
}

/// What one chunk came to.
struct Part {
    tally: Tally,
    movers: Vec<MoverRow>,
}

/// Where the next chunk begins. Taking a chunk is a short read; all else is done by whoever took it.
struct Queue {
    reading: Reading,
    /// How many were taken, and the last id of the last one; None at the end.
    at: Mutex<Option<(usize, String)>>,
}

impl Queue {
    fn new(app: &App, plan: &Plan) -> Self {
        Queue {
            reading: Reading {
                part: plan.part.clone(),
                as_of: plan.as_of,
                known_at: plan.known_at,
                known_seq: plan.known_seq,
                is_today: plan.as_of >= app.env.clock.today(),
            },
            at: Mutex::new(Some((0, String::new()))),
        }
    }

    fn take(&self, conn: &mut Conn) -> Result<Option<(usize, Block)>, StoreError> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((place, after)) = at.take() else {
            return Ok(None);
        };
        let Some(block) = population::block(conn, &self.reading, &after)? else {
            return Ok(None);
        };
        *at = Some((place + 1, block.last().to_owned()));
        Ok(Some((place, block)))
    }
}

fn work(app: &App, plan: &Plan, queue: &Queue, send: &SyncSender<Message>) {
    loop {
        let read = app.store.read(|conn| match queue.take(conn)? {
            None => Ok(None),
            Some((place, block)) => {
                let loaded = load(conn, plan, &queue.reading, block)?;
                Ok::<_, StoreError>(Some((place, loaded)))
            }
        });
        let message = match read {
            Ok(None) => return,
            Ok(Some((place, loaded))) => Ok((place, judge(plan, loaded))),
            Err(error) => Err(AppError::from(error)),
        };
        let failed = message.is_err();
        // Nobody receives any more once another thread has failed.
        if send.send(message).is_err() || failed {
            return;
        }
    }
}

struct Loaded {
    firms: Vec<Firm>,
    /// Only pool rules ask who is a member.
    memberships: Option<Memberships>,
}

fn load(
    conn: &mut Conn,
    plan: &Plan,
    reading: &Reading,
    block: Block,
) -> Result<Loaded, StoreError> {
    let (from, to) = (block.first().to_owned(), block.last().to_owned());
    let load = |conn| Memberships::load(conn, Of::Range(&from, &to), reading.seen());
    Ok(Loaded {
        firms: population::firms(conn, reading, block)?,
        memberships: (plan.kind == Kind::Pools).then(|| load(conn)).transpose()?,
    })
}

fn judge(plan: &Plan, loaded: Loaded) -> Part {
    let mut part = Part {
        tally: Tally::default(),
        movers: Vec::new(),
    };
    for firm in loaded.firms {
        let memberships = loaded.memberships.iter();
        let standing = standing(memberships.flat_map(|it| it.of(&firm.id, plan.known_seq)));
        compare(plan, firm, standing, &mut part);
    }
    part
}

fn compare(plan: &Plan, firm: Firm, standing: Standing, part: &mut Part) {
    let Plan { base, proposed, .. } = plan;
    let profile = &firm.profile;
    let before = find(&base.set, profile, standing);
    let after = find(proposed, profile, standing);
    let direction = Direction::between(plan.kind, before.place, after.place);
    let class = plan.size.as_ref().and_then(|it| verdict(it, profile).class);
    let size_class = class.map_or("UNKNOWN", |it| it.as_str());
    part.tally.count_titles(plan, profile);
    part.tally.count(&Compared {
        district_code: &firm.district_code,
        industry_code: &firm.industry_code,
        size_class,
        base: &before,
        proposed: &after,
        direction,
    });
    if !before.place.differs(after.place) {
        return;
    }
    let found = causes((&base.set, &before), (proposed, &after), profile);
    part.tally.count_causes(&found);
    part.movers.push(MoverRow {
        criteria: told(&found),
        simulation_id: String::new(),
        place: 0,
        enterprise_id: firm.id,
        district_code: firm.district_code,
        industry_code: firm.industry_code,
        size_class: size_class.into(),
        stood: before.place.code.into(),
        stands: after.place.code.into(),
        direction: direction.into(),
    });
}

fn told(causes: &[Cause<'_>]) -> String {
    let list: Vec<Json> = causes
        .iter()
        .map(|cause| {
            json!({
                "id": cause.criterion.id,
                "keep": cause.keep,
                "base": cause.base.as_ref().map(side),
                "proposed": cause.proposed.as_ref().map(side),
            })
        })
        .collect();
    Json::Array(list).to_string()
}

fn side(side: &Side) -> Json {
    let mut told = Map::new();
    told.insert("outcome".into(), side.outcome.as_str().into());
    told.insert("actual".into(), json!(side.actual));
    told.insert("required".into(), json!(side.required));
    Json::Object(told)
}
