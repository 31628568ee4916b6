//! What a client says first. Until it has, it has cost nothing but its connection, and has no place among the handshakes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

/// The longest that a client may say first, in bytes; those with keys of today and tomorrow say two thousand.
const LONGEST: usize = 16 * 1024;

/// A stream from which no more is read than about so much.
struct Bounded<S> {
    stream: S,
    left: usize,
}

/// Waits for it.
///
/// # Errors
/// When it is no TLS, or too long.
pub(super) async fn read<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> io::Result<StartHandshake<S>> {
    let bounded = Bounded { stream, left: LONGEST };
    let StartHandshake { accepted, io, .. } = LazyConfigAcceptor::new(Acceptor::default(), bounded).await?;
    Ok(StartHandshake::from_parts(accepted, io.stream))
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the client's first message is too long")));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.left = self.left.saturating_sub(buf.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
