//! An HTTP server that records whole requests and answers by a script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Recording;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: String,
    /// The body as it came.
    pub bytes: Bytes,
}

/// What a request is answered with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Status, headers, body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// Nothing, ever.
    Silence,
}

/// The sink. Without a script every request is answered with 200 and `ok`.
#[derive(Clone)]
pub struct HttpSink {
    pub address: SocketAddr,
    pub requests: Recording<Request>,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

impl Request {
    /// A header's value; several are joined by `, `, none is the empty string.
    pub fn header(&self, name: &str) -> String {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }

    /// The body read as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Answer {
    /// Status and body as plain text.
    pub fn text(status: u16, body: &str) -> Answer {
        Answer::Status(status, vec![("content-type", "text/plain".to_owned())], body.to_owned())
    }

    /// Status and body as JSON.
    pub fn json(status: u16, body: &str) -> Answer {
        let kind = ("content-type", "application/json".to_owned());
        Answer::Status(status, vec![kind], body.to_owned())
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Answer {
        Answer::Status(status, vec![("location", to.to_owned())], String::new())
    }
}

impl HttpSink {
    /// A sink on a free port.
    pub async fn start() -> HttpSink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = HttpSink::new(listener.local_addr().unwrap());
        let router = sink.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        sink
    }

    /// A sink that speaks TLS.
    pub async fn start_tls(acceptor: TlsAcceptor) -> HttpSink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = HttpSink::new(listener.local_addr().unwrap());
        let router = sink.router();
        let listener = TlsListener { listener, acceptor };
        tokio::spawn(async move { axum::serve(listener, router).await });
        sink
    }

    /// What the next requests are answered with, in order.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().extend(answers);
    }

    /// An http URL of the sink.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn new(address: SocketAddr) -> HttpSink {
        HttpSink { address, requests: Recording::new(), script: Arc::default() }
    }

    fn router(&self) -> Router {
        Router::new().fallback(record).with_state(self.clone())
    }
}

async fn record(
    State(sink): State<HttpSink>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (bytes, body) = (body.clone(), String::from_utf8_lossy(&body).into_owned());
    let answer = sink.script.lock().unwrap().pop_front();
    sink.requests.push(Request { method, uri, headers, body, bytes });
    match answer {
        None => "ok".into_response(),
        Some(Answer::Silence) => std::future::pending().await,
        Some(Answer::Status(status, headers, body)) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
    }
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
