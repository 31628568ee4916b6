//! How long a client may make its connection wait: for the first request, and to take what it is answered.
//!
//! A connection is looked at in rounds. What waits for its client holds a [`Wait`] of the round in which it began; of one
//! that is left at the end of the next round, the client took nothing for a whole round at least, and the connection is
//! dropped with all that is on it. Nothing is timed for single answers.
//!
//! An answer waits in two places. With HTTP/2 the client says how much it takes of each, and may say nothing for ever;
//! so the pieces of an answer wait until they are sent ([`Awaited`]). And the system's buffer of the connection may be full,
//! whatever the version; or, with TLS, the buffer before that ([`Watched`]).
//!
//! A connection on which no request is open, and none came in a whole round, is asked to end: a client that has one on its
//! way is told that it was not looked at. One that stays for another such round is dropped.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use bytes::Buf;
use http_body::{Frame, SizeHint};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What one connection waits for. Clones are of the same connection.
#[derive(Clone, Default)]
pub(crate) struct Patience(Arc<Mutex<Rounds>>);

#[derive(Default)]
struct Rounds {
    /// Whether a request ever came, and whether one came in this round.
    asked: bool,
    asked_now: bool,
    /// Whether it was asked to end.
    leaving: bool,
    /// Of requests, until their answers are complete.
    open: Wait,
    now: Wait,
    before: Wait,
}

/// Something that waits for the client; no longer, when it is dropped.
#[derive(Clone, Default)]
struct Wait(Arc<()>);

/// A request, until its answer is complete.
pub(crate) struct Open(#[expect(dead_code, reason = "it counts for as long as it is there")] Wait);

impl Wait {
    fn is_waited_for(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

/// Why a connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Unasked,
    Untaken,
    Idle,
}

impl Ended {
    /// For the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "no request came on it",
            Self::Untaken => "its client does not take what it is answered",
            Self::Idle => "its client stays without asking",
        }
    }
}

impl Patience {
    /// Notes that a request came.
    pub(crate) fn asked(&self) -> Open {
        let mut rounds = self.rounds();
        (rounds.asked, rounds.asked_now) = (true, true);
        Open(rounds.open.clone())
    }

    fn wait(&self) -> Wait {
        self.rounds().now.clone()
    }

    /// Ends a round; says whether the connection is to be asked to end.
    fn next_round(&self) -> Result<bool, Ended> {
        let mut rounds = self.rounds();
        if !rounds.asked {
            return Err(Ended::Unasked);
        }
        if rounds.before.is_waited_for() {
            return Err(Ended::Untaken);
        }
        let asked_now = std::mem::take(&mut rounds.asked_now);
        let is_idle = !asked_now && !rounds.open.is_waited_for() && !rounds.now.is_waited_for();
        if is_idle && rounds.leaving {
            return Err(Ended::Idle);
        }
        rounds.leaving |= is_idle;
        rounds.before = std::mem::take(&mut rounds.now);
        Ok(is_idle)
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a connection to its end, which it is asked for at `stop`, or drops it at the end of a round that its client did not
/// use.
pub(crate) async fn attend<C: GracefulConnection, F: Future<Output = ()>>(
    connection: C,
    patience: &Patience,
    stop: impl Future<Output = ()>,
    round: impl Fn() -> F,
) -> Result<C::Output, Ended> {
    let (mut connection, mut stop, mut stopping) = (pin!(connection), pin!(stop), false);
    loop {
        let leave = tokio::select! {
            biased;
            ended = &mut connection => return Ok(ended),
            () = &mut stop, if !stopping => {
                stopping = true;
                true
            }
            () = round() => patience.next_round()?,
        };
        if leave {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// The body of an answer.
pub(crate) struct Awaited {
    body: Body,
    wait: Wait,
    _open: Open,
}

/// A piece of it, which is dropped when it is sent.
pub(crate) struct Piece {
    bytes: Bytes,
    _wait: Wait,
}

impl Awaited {
    pub(crate) fn new(body: Body, patience: &Patience, open: Open) -> Self {
        Self { body, wait: patience.wait(), _open: open }
    }
}

impl HttpBody for Awaited {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        frame.map_ok(|frame| frame.map_data(|bytes| Piece { bytes, _wait: self.wait.clone() }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

/// The stream of a connection.
pub(crate) struct Watched<S> {
    stream: S,
    patience: Patience,
    /// Since nothing more could be written.
    blocked: Option<Wait>,
    /// Since what was written could not be sent. With TLS that is apart: it takes more than it can send.
    unsent: Option<Wait>,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, patience: &Patience) -> Self {
        Self { stream, patience: patience.clone(), blocked: None, unsent: None }
    }

    fn written<T>(&mut self, written: Poll<T>) -> Poll<T> {
        note(&mut self.blocked, &self.patience, written)
    }

    fn sent<T>(&mut self, sent: Poll<T>) -> Poll<T> {
        note(&mut self.unsent, &self.patience, sent)
    }
}

/// Begins a wait with the first try that comes to nothing, and ends it with one that does.
fn note<T>(wait: &mut Option<Wait>, patience: &Patience, done: Poll<T>) -> Poll<T> {
    if done.is_ready() {
        *wait = None;
    } else if wait.is_none() {
        *wait = Some(patience.wait());
    }
    done
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_flush(cx);
        self.sent(sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.sent(sent)
    }
}
