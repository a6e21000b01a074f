//! A connection: plain, or secured once client and server have greeted each other. The greeting
//! is made by the connection's own task, so that a slow client holds up nobody.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, warn};

use super::head::Head;
use super::{GREETING, Web};

/// The first byte of every TLS connection: a record of the handshake.
const HANDSHAKE: u8 = 0x16;
/// What a client reads that speaks plain HTTP. (Source: Go's `net/http`.)
const PLAIN: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// See the module.
pub(super) struct Connection {
    stage: Stage,
    head: Head,
}

enum Stage {
    Plain(TcpStream),
    Greeting(Pin<Box<dyn Future<Output = io::Result<TlsStream<TcpStream>>> + Send>>),
    Secured(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// A connection whose heads may take so long.
    pub(super) fn plain(stream: TcpStream, patience: Duration) -> Connection {
        Connection { stage: Stage::Plain(stream), head: Head::new(patience) }
    }

    /// A connection that greets when it is first read from.
    pub(super) fn secured(stream: TcpStream, web: Arc<Web>, patience: Duration) -> Connection {
        let greeting = Box::pin(async move {
            let greeted = tokio::time::timeout(GREETING, greet(stream, &web));
            let late = || io::Error::new(io::ErrorKind::TimedOut, "the client did not greet");
            greeted.await.unwrap_or_else(|_| Err(late()))
        });
        Connection { stage: Stage::Greeting(greeting), head: Head::new(patience) }
    }

    /// The stream under it, once there is one.
    fn poll_stream(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut dyn Stream>>> {
        if let Stage::Greeting(greeting) = &mut self.stage {
            let stream = ready!(greeting.as_mut().poll(context))?;
            self.stage = Stage::Secured(Box::new(stream));
        }
        match &mut self.stage {
            Stage::Plain(stream) => Poll::Ready(Ok(Pin::new(stream))),
            Stage::Secured(stream) => Poll::Ready(Ok(Pin::new(&mut **stream))),
            Stage::Greeting(_) => Poll::Pending,
        }
    }
}

/// What is read from and written to.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Greets by the web configuration as it is now.
async fn greet(mut stream: TcpStream, web: &Web) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE && first[0].is_ascii_uppercase()
    {
        stream.write_all(PLAIN).await?;
        stream.shutdown().await?;
        return Err(io::Error::other("the client speaks plain HTTP"));
    }
    let config = web.tls().map_err(|error| {
        warn!(%error, "a connection is refused");
        io::Error::other(error)
    })?;
    TlsAcceptor::from(config).accept(stream).await.inspect_err(|error| {
        debug!(%error, "a client could not be greeted");
    })
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.head.give(buffer) {
            return Poll::Ready(Ok(()));
        }
        let from = buffer.filled().len();
        let read = match self.poll_stream(context)? {
            Poll::Ready(stream) => stream.poll_read(context, buffer)?,
            Poll::Pending => Poll::Pending,
        };
        match read {
            Poll::Ready(()) => {
                self.head.look(buffer, from);
                Poll::Ready(Ok(()))
            }
            Poll::Pending => self.head.wait(context),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.head.answered();
        ready!(self.poll_stream(context))?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.head.answered();
        ready!(self.poll_stream(context))?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stage {
            Stage::Plain(stream) => stream.is_write_vectored(),
            // it gathers what is written into records
            Stage::Greeting(_) | Stage::Secured(_) => true,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.stage {
            Stage::Greeting(_) => Poll::Ready(Ok(())),
            _ => ready!(self.poll_stream(context))?.poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.stage {
            Stage::Greeting(_) => Poll::Ready(Ok(())),
            _ => ready!(self.poll_stream(context))?.poll_shutdown(context),
        }
    }
}
