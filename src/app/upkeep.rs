//! Upkeep: who of several processes does the clocked work, and the deletion of what was kept long enough.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::domain::clock::legal_day;
use crate::domain::event::Event;
use crate::domain::event::office::Forgotten;
use crate::store::{Changed, Conn, Hold, Job, Stamp, StoreError, idempotency, sessions};

use super::App;
use super::error::AppError;

/// The clocked work of a register is this process's until this is dropped.
pub struct Duty(Hold);

/// Answers are kept this long: whoever repeats a request does it within days.
const KEYS_KEPT: Duration = Duration::days(7);

/// Where somebody logged in from is personal (个保法 art. 19: as short as the purpose allows). Six months are what
/// 网络安全法 art. 21 asks of logs; the ledger keeps who and when, without the address.
const SESSIONS_KEPT: Duration = Duration::days(180);

/// So many rows in one change keep others waiting only shortly.
const AT_ONCE: i64 = 20_000;

/// `None` while another process has it.
pub fn take_duty(app: &App) -> Result<Option<Duty>, AppError> {
    Ok(app.store.hold("jobs")?.map(Duty))
}

impl Duty {
    /// Whether it is still this process's: a restarted PostgreSQL has forgotten it.
    pub fn stands(&mut self) -> bool {
        self.0.stands()
    }
}

/// The legal day of an instant.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    legal_day(at)
}

/// Deletes the answers kept under idempotency keys long enough; tells how many.
pub fn forget_keys(app: &App, at: DateTime<Utc>) -> Result<usize, AppError> {
    let told = Event::KeysForgotten;
    forget(app, at - KEYS_KEPT, told, idempotency::forget)
}

/// Deletes sessions that ended long enough ago; tells how many.
pub fn forget_sessions(app: &App, at: DateTime<Utc>) -> Result<usize, AppError> {
    let told = Event::SessionsForgotten;
    forget(app, at - SESSIONS_KEPT, told, sessions::forget)
}

/// Deletes a part at a time what was kept to an instant, each part with its event.
fn forget(
    app: &App,
    before: DateTime<Utc>,
    told: fn(Forgotten) -> Event,
    some: fn(&mut Conn, DateTime<Utc>, i64) -> Result<usize, StoreError>,
) -> Result<usize, AppError> {
    let mut forgotten = 0;
    loop {
        let stamp = Stamp::job(Job::Clockwork);
        let done = app.store.write(&stamp, move |tx| -> Result<_, AppError> {
            let count = some(tx.conn, before, AT_ONCE)?;
            if count == 0 {
                return Ok(Changed::unchanged(0));
            }
            let seq = tx.tell(told(Forgotten {
                whose: "all".into(),
                before,
                count,
            }))?;
            Ok(Changed::new(count, seq))
        })?;
        forgotten += done.value;
        if (done.value as i64) < AT_ONCE {
            return Ok(forgotten);
        }
    }
}
