//! Copies SQLite's write-ahead log back into the file beside the writer, which would else stop for it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use super::backend::{Engine, Purpose};
use super::error::StoreError;

/// Copying more often would copy the same pages again and again.
const PAUSE: Duration = Duration::from_millis(200);

/// Ends with the writer that holds it.
pub(super) struct Checkpointer {
    poke: SyncSender<()>,
}

impl Checkpointer {
    /// `None` for an engine that does this by itself.
    pub(super) fn start(engine: &Engine) -> Result<Option<Checkpointer>, StoreError> {
        if !matches!(engine, Engine::Sqlite { .. }) {
            return Ok(None);
        }
        let mut conn = engine.connect(Purpose::Write)?;
        let (poke, pokes) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name("sanku-checkpoint".into())
            .spawn(move || {
                while pokes.recv().is_ok() {
                    // What it cannot copy, because somebody still reads the old pages, is copied next time. The writer
                    // finishes the work and starts the log anew once it has grown too long.
                    if let Err(error) = conn.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
                        tracing::warn!(%error, "the write-ahead log could not be copied back");
                    }
                    std::thread::sleep(PAUSE);
                }
            })
            .map_err(|e| StoreError::Unavailable(format!("cannot start a thread: {e}")))?;
        Ok(Some(Checkpointer { poke }))
    }

    /// Told after a commit.
    pub(super) fn committed(&self) {
        // Full: it knows already.
        let _ = self.poke.try_send(());
    }
}
