//! Requests in clear text, without a proxy: HTTP/1.1 over connections that are kept.
//!
//! ```text
//! courier --- take a connection, or open one --> request, answer --> give the connection back
//!                 ^                                                        |
//!               idle [ oldest ... newest ]  <------------------------------'
//! ```
//!
//! Whoever makes a request drives its connection meanwhile, so an answer needs no other task. Of
//! idle connections the newest is taken first, the others end of age.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::Service;

use super::clients::IDLE_TIMEOUT;
use super::way::Posted;

/// How many idle connections are kept to one server.
const IDLE_LIMIT: usize = 256;
/// To how many servers idle connections are kept; all are dropped when one more is needed.
const ORIGIN_LIMIT: usize = 256;
/// How often idle connections that ended or are old are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(15);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlainError {
    /// There is no connection: nothing was sent.
    #[error("{}", super::chain(.0.as_ref()))]
    Connect(Box<dyn std::error::Error + Send + Sync>),
    /// The request cannot be written: nothing was sent.
    #[error("the request cannot be written: {0}")]
    Request(#[from] http::Error),
    /// The connection failed while it was asked.
    #[error("error sending request: {}", super::chain(.0))]
    Exchange(#[from] hyper::Error),
    /// The connection ended before the answer came.
    #[error("error sending request: the connection ended before the answer came")]
    Ended,
}

/// Idle connections by the server that they lead to.
#[derive(Default)]
pub(super) struct Plain(Arc<Pool>);

#[derive(Default)]
struct Pool(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    /// By host and port as they stand in the URL; the newest connection last.
    origins: HashMap<Box<str>, Vec<(Instant, Box<Line>)>>,
    swept: bool,
}

/// A connection with its end for requests.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    connection: http1::Connection<TokioIo<TcpStream>, Full<Bytes>>,
}

/// An answer whose body is still to be read.
pub(super) struct Answering {
    response: Response<Incoming>,
    line: Box<Line>,
    origin: Box<str>,
    pool: Arc<Pool>,
}

impl Plain {
    /// Posts a body to an `http` URL with a host. The answer has come as far as its head.
    pub(super) async fn post(&self, url: &Url, posted: Posted) -> Result<Answering, PlainError> {
        let target: Uri = url.as_str().parse().map_err(http::Error::from)?;
        let origin = target.authority().map_or("", |authority| authority.as_str());
        let request = request(&target, origin, posted)?;
        let mut line = match self.0.take(origin) {
            Some(line) => line,
            None => Line::open(target.clone()).await?,
        };
        let sent = line.sender.send_request(request);
        let response = line.drive(sent).await??;
        Ok(Answering { response, line, origin: origin.into(), pool: Arc::clone(&self.0) })
    }
}

fn request(
    target: &Uri,
    origin: &str,
    Posted { headers, body }: Posted,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let path = target.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).body(Full::new(body))?;
    *request.headers_mut() = headers;
    let host = http::HeaderValue::from_str(origin).map_err(http::Error::from)?;
    let headers = request.headers_mut();
    headers.entry(http::header::HOST).or_insert(host);
    headers.entry(http::header::ACCEPT).or_insert(http::HeaderValue::from_static("*/*"));
    let agent = http::HeaderValue::from_static(super::USER_AGENT);
    headers.entry(http::header::USER_AGENT).or_insert(agent);
    Ok(request)
}

impl Answering {
    /// The head of the answer.
    pub(super) fn head(&self) -> &Response<Incoming> {
        &self.response
    }

    /// The next part of the body; nothing when it ended, well or not.
    pub(super) async fn chunk(&mut self) -> Option<Bytes> {
        loop {
            let frame = self.line.drive(self.response.body_mut().frame()).await.ok()??.ok()?;
            if let Ok(data) = frame.into_data() {
                return Some(data);
            }
        }
    }

    /// Keeps the connection for the next request, if the answer was read to its end.
    pub(super) fn finish(self) {
        if hyper::body::Body::is_end_stream(self.response.body()) {
            self.pool.give_back(self.origin, self.line);
        }
    }
}

impl Line {
    async fn open(target: Uri) -> Result<Box<Line>, PlainError> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let stream = connector.call(target).await;
        let stream = stream.map_err(|error| PlainError::Connect(Box::new(error)))?;
        let (sender, connection) = http1::handshake(stream).await?;
        Ok(Box::new(Line { sender, connection }))
    }

    /// Waits for something that comes over the connection.
    async fn drive<F: Future>(&mut self, awaited: F) -> Result<F::Output, PlainError> {
        let mut awaited = std::pin::pin!(awaited);
        poll_fn(|context| {
            let ended = Pin::new(&mut self.connection).poll(context);
            match (awaited.as_mut().poll(context), ended) {
                (Poll::Ready(output), _) => Poll::Ready(Ok(output)),
                (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(error.into())),
                (Poll::Pending, Poll::Ready(Ok(()))) => Poll::Ready(Err(PlainError::Ended)),
                (Poll::Pending, Poll::Pending) => Poll::Pending,
            }
        })
        .await
    }

    /// Whether it can be used for another request now.
    fn is_open(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut self.connection).poll(&mut context).is_pending()
            && matches!(self.sender.poll_ready(&mut context), Poll::Ready(Ok(())))
    }
}

impl Pool {
    fn take(&self, origin: &str) -> Option<Box<Line>> {
        let mut idle = self.lock();
        let lines = idle.origins.get_mut(origin)?;
        std::iter::from_fn(|| lines.pop()).map(|(_, line)| line).find_map(|mut line| {
            let open = line.is_open();
            open.then_some(line)
        })
    }

    fn give_back(self: &Arc<Pool>, origin: Box<str>, line: Box<Line>) {
        let mut idle = self.lock();
        if idle.origins.len() >= ORIGIN_LIMIT && !idle.origins.contains_key(&origin) {
            idle.origins.clear();
        }
        let lines = idle.origins.entry(origin).or_default();
        if lines.len() < IDLE_LIMIT {
            lines.push((Instant::now(), line));
        }
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Drops connections that ended or are old; whether any is left.
    fn sweep(&self) -> bool {
        let mut idle = self.lock();
        idle.origins.retain(|_, lines| {
            lines.retain_mut(|(since, line)| since.elapsed() < IDLE_TIMEOUT && line.is_open());
            !lines.is_empty()
        });
        idle.swept = !idle.origins.is_empty();
        idle.swept
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after idle connections as long as there are some.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
