//! Connections, and who may ask: TLS, logins, headers and the rate of requests, as the web
//! configuration says at that moment. (Source: Prometheus' exporter-toolkit, "web-configuration".)
//!
//! ```text
//! socket --accept--> Connection (greets: TLS by the file as it is now; heads in time) --HTTP--> router
//!                                      rate --> headers --> login (file as it is now) --'
//! ```
//!
//! Whether TLS is spoken is decided once, at the start: an edit never turns it off.

mod caller;
mod connection;
mod gate;
mod head;
pub mod identity;
mod login;
mod names;
mod rate;
mod tls;
mod verify;
mod web;

pub use caller::Caller;
pub use names::{NAMES_LIMIT, alternative_names};
pub use web::{Web, WebError};

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::middleware;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

use connection::Connection;

/// How long a client may take to greet.
pub const GREETING: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request; it may rest between requests.
pub const HEAD_TIME: Duration = Duration::from_secs(30);

/// Serves on a listener until `stopped` says so; requests under way may end.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    web: Option<Arc<Web>>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(HEAD_TIME, listener, router, web, stopped).await
}

/// Serves clients that take no longer than that for a head.
async fn serve_within(
    patience: Duration,
    listener: TcpListener,
    router: Router,
    web: Option<Arc<Web>>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = router.layer(middleware::from_fn_with_state(web.clone(), gate::pass));
    let service = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(Door { listener, web, patience }, service).with_graceful_shutdown(stopped).await
}

/// Who is at the other end of a connection.
#[derive(Copy, Clone, Debug)]
struct Peer(SocketAddr);

/// Takes connections.
struct Door {
    listener: TcpListener,
    web: Option<Arc<Web>>,
    patience: Duration,
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // it mends what can be mended, and says so
        let (stream, address): (TcpStream, SocketAddr) = Listener::accept(&mut self.listener).await;
        // the end of a long answer must not wait until the client has acknowledged the rest; where
        // that cannot be had, the answer comes later
        let _ = stream.set_nodelay(true);
        let connection = match &self.web {
            Some(web) if web.speaks_tls() => {
                Connection::secured(stream, Arc::clone(web), self.patience)
            }
            _ => Connection::plain(stream, self.patience),
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        TcpListener::local_addr(&self.listener)
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

#[cfg(test)]
mod tests;
