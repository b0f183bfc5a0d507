//! The one door for writes: a thread that runs queued changes, commits many of them together and then answers.
//!
//! Each change runs in a savepoint of its own, so that one refusal does not touch its neighbours; on PostgreSQL one that
//! leaves nothing behind when it is refused (`Store::add`) goes without. Its events go into the ledger with it; the tree's
//! head is written once a commit. A caller is answered only after the commit: what was acknowledged survives a kill.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{
    Receiver, SendError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::backend::{Conn, Connector, Engine, Purpose, Step};
use super::change::{Changed, Done, Seq, Stamp};
use super::checkpoint::Checkpointer;
use super::deadline;
use super::error::StoreError;
use super::idempotency;
use super::ledger::{self, Entry, Head, Look, Mark};
use crate::domain::clock::{Clock, Ids};
use crate::domain::ledger::{Origin, Written};

/// More than this many waiting changes is a queue nobody will wait out.
const QUEUE: usize = 4096;
const MOST_JOBS_A_COMMIT: usize = 512;
/// A commit costs as much as a dozen changes: when others came along last time, it is worth waiting a moment for them.
const WAIT_FOR_OTHERS: Duration = Duration::from_micros(500);
/// The first caller of a batch shall not wait for more than this on account of those behind.
const LONGEST_GATHERING: Duration = Duration::from_millis(20);

/// Told the outcome of the commit; then it answers its caller.
type Finish = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;
/// Run in a batch, or told why there is none.
type Job = Box<dyn FnOnce(Result<&mut Batch<'_>, StoreError>) -> Option<Finish> + Send>;

/// What a change leaves behind when it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    MayHaveWritten,
    WroteNothing,
}

#[derive(Clone)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
}

/// What a change sees: the connection inside the commit's transaction, and the instant at which it is recorded.
pub struct Tx<'a> {
    pub conn: &'a mut Conn,
    /// Never earlier than the entry before: what was known at an instant is a prefix of the ledger.
    pub now: DateTime<Utc>,
    pub actor: &'a str,
    origin: &'a Origin,
    ids: &'a dyn Ids,
    head: &'a mut Head,
    /// Nothing can be inserted: what would be told is only counted.
    only_looks: bool,
}

impl<'a> Tx<'a> {
    fn new(
        conn: &'a mut Conn,
        head: &'a mut Head,
        origin: &'a Origin,
        clock: &dyn Clock,
        ids: &'a dyn Ids,
    ) -> Tx<'a> {
        Tx {
            conn,
            now: clock.now().max(head.recorded_at()),
            actor: &origin.actor,
            origin,
            ids,
            head,
            only_looks: false,
        }
    }

    pub fn new_id(&self) -> String {
        self.ids.new_id()
    }

    /// Tells what happened: appends it to the ledger and returns its place there. What was told stays told even if the
    /// change then says that it changed nothing.
    pub fn tell(&mut self, event: impl Into<Written>) -> Result<Seq, StoreError> {
        let event = event.into();
        let seq = match self.only_looks {
            true => self.head.pretend(self.now, self.origin, &event)?,
            false => self.head.append(self.conn, self.now, self.origin, &event)?,
        };
        Ok(Seq(seq))
    }

    /// What of some kinds was told of some subjects up to now, oldest first; also what waits to be inserted with this commit.
    pub fn told(&mut self, subject_ids: &[&str], kinds: &[&str]) -> Result<Vec<Entry>, StoreError> {
        let mut all = ledger::of_kinds(self.conn, subject_ids, kinds, self.now)?;
        all.extend(self.head.waiting_of(subject_ids, kinds));
        // Of a change that tells very many, some are inserted before those of others that wait.
        all.sort_by_key(|entry| entry.seq);
        Ok(all)
    }

    /// The last entry there was when this was asked.
    pub fn known_seq(&self) -> i64 {
        self.head.next_seq() - 1
    }
}

impl Writer {
    pub(super) fn start(
        connector: Connector,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Writer, StoreError> {
        let conn = connector.open(Purpose::Write)?;
        let checkpointer = Checkpointer::start(connector.engine())?;
        let (queue, jobs) = sync_channel(QUEUE);
        // Waking whoever waits costs a fifteenth of the writer's time: another thread does it, beside the next batch.
        // Nothing piles up there: each answer has a caller that waits for it, and those the queue bounds.
        let (committed, to_answer) = channel();
        let work = Work {
            jobs,
            committed,
            clock,
            ids,
        };
        let cannot =
            |e: std::io::Error| StoreError::Unavailable(format!("cannot start the writer: {e}"));
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        thread("sanku-answers")
            .spawn(move || to_answer.into_iter().for_each(answer))
            .map_err(cannot)?;
        thread("sanku-writer")
            .spawn(move || run(&connector, conn, checkpointer, &work))
            .map_err(cannot)?;
        Ok(Writer { queue })
    }

    /// Queues the change, waits until it is durable and returns what it made.
    pub(super) fn write<T, E, F>(
        &self,
        by: &Stamp,
        refused: Refused,
        change: F,
    ) -> Result<Done<T>, E>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<Changed<T>, E> + Send + 'static,
    {
        let (answer, answered) = sync_channel::<Result<Done<T>, E>>(1);
        let by = by.clone();
        let deadline = deadline::current();
        let job: Job = Box::new(move |batch| {
            // Whoever asked has been told by now that it took too long.
            let in_time = match deadline {
                Some(deadline) if deadline.left().is_none() => Err(StoreError::TooSlow),
                _ => Ok(()),
            };
            match in_time
                .and(batch)
                .map_err(E::from)
                .and_then(|batch| batch.attempt(&by, refused, change))
            {
                Err(refusal) => {
                    // Nobody listens any more only if the caller's thread died.
                    let _ = answer.send(Err(refusal));
                    None
                }
                Ok(done) => Some(Box::new(move |committed| {
                    let _ = answer.send(match committed {
                        Ok(()) => Ok(done),
                        Err(e) => Err(E::from(StoreError::Unavailable(e.to_string()))),
                    });
                })),
            }
        });
        self.queue.try_send(job).map_err(|e| {
            E::from(StoreError::Unavailable(match e {
                TrySendError::Full(_) => "too many changes are waiting".into(),
                TrySendError::Disconnected(_) => "the writer has stopped".into(),
            }))
        })?;
        answered.recv().map_err(|_| {
            E::from(StoreError::Db(
                "a change ended without an answer; see the log".into(),
            ))
        })?
    }
}

/// What a change would find now, beside the writer, so that no change waits for it. It sees one state of the register
/// however long it takes, and can write nothing.
pub(super) fn look<T, E, F>(
    conn: &mut Conn,
    origin: &Origin,
    clock: &dyn Clock,
    ids: &dyn Ids,
    look: F,
) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut Tx<'_>) -> Result<T, E>,
{
    conn.steadily(|conn| {
        let mut head = Head::load(conn)?;
        let mut tx = Tx::new(conn, &mut head, origin, clock, ids);
        tx.only_looks = true;
        look(&mut tx)
    })
}

/// What the writer's thread has to do, and what it needs for it.
struct Work {
    jobs: Receiver<Job>,
    committed: Sender<Vec<Finish>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

fn run(connector: &Connector, conn: Conn, checkpointer: Option<Checkpointer>, work: &Work) {
    let mut conn = Some(conn);
    let (mut usual, mut looked) = (1, false);
    while let Ok(first) = work.jobs.recv() {
        let begun = begin(connector, &mut conn, &mut looked);
        let (connection, head) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(%error, "no change can begin");
                first(Err(error.for_others()));
                conn = None;
                continue;
            }
        };
        match commit_together(connection, head, first, usual, work) {
            Ok(count) => {
                usual = count;
                if let Some(it) = &checkpointer {
                    it.committed();
                }
            }
            Err(error) => {
                tracing::error!(%error, "commit failed");
                conn = None;
            }
        }
    }
}

/// Begins a transaction. A PostgreSQL that was restarted has ended the connection: nothing has been written yet, so that a
/// new one is tried at once.
fn begin<'c>(
    connector: &Connector,
    conn: &'c mut Option<Conn>,
    looked: &mut bool,
) -> Result<(&'c mut Conn, Head), StoreError> {
    let head = |conn: &mut Conn| {
        conn.begin_write()?;
        Head::load(conn)
    };
    let mut begun = conn.as_mut().map(head);
    let may_be_ended = matches!(connector.engine(), Engine::Postgres { .. });
    if begun.as_ref().is_none_or(|it| it.is_err() && may_be_ended) {
        *looked = false;
        begun = Some(head(conn.insert(connector.open(Purpose::Write)?)));
    }
    // Once a connection: the last entries, too, are those of the head.
    if let (false, Some(conn), Some(Ok(_))) = (*looked, conn.as_mut(), &begun) {
        *looked = true;
        if let Some(fault) = ledger::out_of_step(conn, Look::Head)? {
            return Err(fault.into());
        }
    }
    match (conn.as_mut(), begun) {
        (Some(conn), Some(head)) => Ok((conn, head?)),
        _ => Err(StoreError::Unavailable("no connection".into())),
    }
}

/// Runs and commits the first job and those that come while it is at it; tells how many there were. A quarter of the
/// `usual` number is waited for, a moment at most: the others come while those run.
fn commit_together(
    conn: &mut Conn,
    head: Head,
    first: Job,
    usual: usize,
    work: &Work,
) -> Result<usize, StoreError> {
    let mut batch = Batch {
        conn,
        head,
        clock: &*work.clock,
        ids: &*work.ids,
        holds_a_change: false,
        without_savepoint: false,
        broken: None,
    };
    let mut finishes = Vec::new();
    let began = Instant::now();
    let mut next = Some(first);
    let mut count = 0;
    while let Some(job) = next.take() {
        finishes.extend(run_job(&mut batch, job));
        count += 1;
        let room = count < MOST_JOBS_A_COMMIT && began.elapsed() < LONGEST_GATHERING;
        if room && batch.broken.is_none() {
            next = work.jobs.try_recv().ok();
            if next.is_none() && count * 4 < usual {
                let wait = WAIT_FOR_OTHERS.saturating_sub(began.elapsed());
                next = work.jobs.recv_timeout(wait).ok();
            }
        }
    }
    match batch.commit() {
        Ok(()) => {
            if let Err(SendError(finishes)) = work.committed.send(finishes) {
                answer(finishes);
            }
            Ok(count)
        }
        Err(error) => {
            finishes.into_iter().for_each(|finish| finish(Err(&error)));
            Err(error)
        }
    }
}

/// Tells those whose changes are durable.
fn answer(finishes: Vec<Finish>) {
    finishes.into_iter().for_each(|finish| finish(Ok(())));
}

/// A panic in one change must not take the writer along; its savepoint is undone by the next `ROLLBACK TO`.
fn run_job(batch: &mut Batch<'_>, job: Job) -> Option<Finish> {
    let before = batch.head.mark();
    match catch_unwind(AssertUnwindSafe(|| job(Ok(batch)))) {
        Ok(finish) => finish,
        Err(_) => {
            tracing::error!("a change panicked and was undone");
            batch.undo(before);
            None
        }
    }
}

struct Batch<'a> {
    conn: &'a mut Conn,
    head: Head,
    clock: &'a dyn Clock,
    ids: &'a dyn Ids,
    /// Whether the savepoint that stands holds a change that is kept. One that was undone serves the next change.
    holds_a_change: bool,
    /// Whether the change that runs has none of its own: going back to the one that stands would undo its neighbours.
    without_savepoint: bool,
    /// Why the transaction is lost. A full disk, say, makes SQLite roll back all of it: whatever ran after that would
    /// stand outside, without the ledger's head.
    broken: Option<StoreError>,
}

impl Batch<'_> {
    fn attempt<T, E, F>(&mut self, by: &Stamp, refused: Refused, change: F) -> Result<Done<T>, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
        F: FnOnce(&mut Tx<'_>) -> Result<Changed<T>, E>,
    {
        // To PostgreSQL a savepoint is a journey there and back; what was only tried is undone in any case.
        self.without_savepoint =
            refused == Refused::WroteNothing && !by.trial && matches!(self.conn, Conn::Postgres(_));
        if !self.without_savepoint {
            self.set_savepoint().map_err(E::from)?;
        }
        let before = self.head.mark();
        let result = self.change(by, change);
        match result {
            Ok((_, true)) => self.holds_a_change = true,
            _ if self.without_savepoint => self.wrote_nothing(before),
            _ => self.undo(before),
        }
        result.map(|(done, _)| done)
    }

    fn set_savepoint(&mut self) -> Result<(), StoreError> {
        if self.holds_a_change
            && let Err(error) = self.conn.next_savepoint()
        {
            let error = StoreError::from(error);
            self.give_up(&error);
            return Err(error);
        }
        self.holds_a_change = false;
        Ok(())
    }

    /// Runs the change and records its events; the flag says whether there is anything to keep.
    fn change<T, E, F>(&mut self, by: &Stamp, change: F) -> Result<(Done<T>, bool), E>
    where
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
        F: FnOnce(&mut Tx<'_>) -> Result<Changed<T>, E>,
    {
        let recalled = match by.trial {
            true => None,
            false => idempotency::recall(self.conn, by)?,
        };
        if let Some(value) = recalled {
            return Ok((
                Done {
                    value,
                    replayed: true,
                },
                false,
            ));
        }
        let first = self.head.next_seq();
        let mut tx = Tx::new(self.conn, &mut self.head, &by.origin, self.clock, self.ids);
        let now = tx.now;
        let Changed { value } = change(&mut tx)?;
        let keep = self.head.next_seq() > first && !by.trial;
        if keep && let Err(error) = idempotency::remember(self.conn, by, now, &value) {
            if self.without_savepoint {
                self.give_up(&error);
            }
            return Err(E::from(error));
        }
        Ok((
            Done {
                value,
                replayed: false,
            },
            keep,
        ))
    }

    fn commit(self) -> Result<(), StoreError> {
        let Batch {
            conn, head, broken, ..
        } = self;
        let outcome = match broken {
            Some(error) => Err(error),
            None => head.save(conn).and_then(|()| Ok(conn.step(Step::Commit)?)),
        };
        if outcome.is_err() {
            // The connection may be gone; the transaction then is, too.
            let _ = conn.execute_batch("ROLLBACK");
        }
        outcome
    }

    /// A refusal that came from the database has spoilt the whole transaction.
    fn wrote_nothing(&mut self, before: Mark) {
        self.head.back_to(before);
        if let Err(error) = self.conn.execute_batch("SELECT 1") {
            self.give_up(&error.into());
        }
    }

    /// Nothing of the batch is committed, and everybody in it hears so.
    fn give_up(&mut self, error: &StoreError) {
        tracing::error!(%error, "a change cannot be undone; its whole batch is given up");
        self.broken = Some(StoreError::Unavailable(error.to_string()));
    }

    fn undo(&mut self, before: Mark) {
        self.head.back_to(before);
        if self.without_savepoint {
            let why = "a change without a savepoint broke off".to_string();
            return self.give_up(&StoreError::Unavailable(why));
        }
        let undone = self.conn.step(Step::BackTo);
        if let Err(error) = undone {
            self.give_up(&error.into());
        }
    }
}
