//! Reading what a client sends, no more than so much of it and no slower than so: who sends a byte a minute would hold
//! memory and a connection for nothing.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::places::{Places, Taken};
use super::problem::Problem;

/// How slowly a body may come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The longest silence.
    pub silence: Duration,
    pub whole: Duration,
}

pub const JSON: Pace = Pace {
    silence: Duration::from_secs(10),
    whole: Duration::from_secs(20),
};

pub const FILES: Pace = Pace {
    silence: Duration::from_secs(10),
    whole: Duration::from_secs(300),
};

/// A body read whole, and the memory it was granted.
pub struct Whole {
    pub bytes: Bytes,
    _held: Taken,
}

/// Waits for the next piece of a body, but not for ever.
pub struct Pieces<S> {
    stream: S,
    pace: Pace,
    until: Instant,
}

impl<S: Stream + Unpin> Pieces<S> {
    pub fn new(stream: S, pace: Pace) -> Self {
        Pieces {
            stream,
            pace,
            until: Instant::now() + pace.whole,
        }
    }

    pub async fn next(&mut self) -> Result<Option<S::Item>, Problem> {
        let until = self.until.min(Instant::now() + self.pace.silence);
        let piece = timeout_at(until, self.stream.next()).await;
        piece.map_err(|_| Problem::SlowBody)
    }
}

/// All of a body, or why not. Its memory is counted as it comes: what a client says about its length is only said.
pub async fn whole<E>(
    stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    pace: Pace,
    limit: usize,
    room: &Arc<Places>,
) -> Result<Whole, Problem> {
    let mut pieces = Pieces::new(stream, pace);
    let mut held = room.take(0)?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = pieces.next().await? {
        // The client went away or sent a broken chunk; nobody will read this answer.
        let piece = piece.map_err(|_| Problem::unreadable("request.body_broken"))?;
        if bytes.len() + piece.len() > limit {
            return Err(Problem::BodyTooLarge { limit });
        }
        held.grow(piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    Ok(Whole {
        bytes: bytes.freeze(),
        _held: held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::error::AppError;
    use futures_util::stream::{iter, pending};

    const QUICK: Pace = Pace {
        silence: Duration::from_millis(20),
        whole: Duration::from_millis(60),
    };

    fn pieces(count: usize) -> impl Stream<Item = Result<Bytes, ()>> + Unpin {
        iter((0..count).map(|_| Ok(Bytes::from_static(b"0123456789"))))
    }

    async fn read(
        stream: impl Stream<Item = Result<Bytes, ()>> + Unpin,
        room: &Arc<Places>,
    ) -> Result<usize, Problem> {
        let read = whole(stream, QUICK, 30, room).await?;
        Ok(read.bytes.len())
    }

    #[actix_web::test]
    async fn a_body_is_read_whole_or_refused() {
        let room = Places::new(100);
        assert_eq!(read(pieces(3), &room).await, Ok(30));
        let large = Problem::BodyTooLarge { limit: 30 };
        assert_eq!(read(pieces(4), &room).await, Err(large));
        let broken = iter([Ok(Bytes::from_static(b"1")), Err(())]);
        let refused = Problem::unreadable("request.body_broken");
        assert_eq!(read(broken, &room).await, Err(refused));
        let busy = Problem::App(AppError::Busy);
        assert_eq!(read(pieces(3), &Places::new(29)).await, Err(busy));
        assert!(room.take(100).is_ok(), "all memory is given back");
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let room = Places::new(100);
        let silent = pieces(1).chain(pending());
        assert_eq!(read(silent, &room).await, Err(Problem::SlowBody));
        // Never silent for long, and yet never done.
        let drip = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(8)).await;
            Some((Ok(Bytes::from_static(b"1")), ()))
        });
        assert_eq!(read(Box::pin(drip), &room).await, Err(Problem::SlowBody));
    }
}
