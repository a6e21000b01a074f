//! Requests to the HTTP APIs, whole: none is answered with an internal error, and what is
//! answered as JSON is JSON.
//! Input: a line with the method and the path with its query, then the body.

use std::cell::RefCell;

use axum::body::Body;
use axum::http::{Method, Request, Uri};

#[path = "../../tests/api/mod.rs"]
mod api;
use api::{Answer, Server};

const CONFIG: &str = "route: {receiver: none}\nreceivers: [{name: none}]\n";
/// After how many requests a server is replaced by an empty one.
const REQUESTS: usize = 500;

/// A server, and how many requests it may still answer.
struct Fuzzed {
    runtime: tokio::runtime::Runtime,
    server: Option<(Server, usize)>,
}

thread_local! {
    static FUZZED: RefCell<Option<Fuzzed>> = const { RefCell::new(None) };
}

/// One input.
pub fn run(data: &[u8]) {
    let Some(request) = request(data) else { return };
    let line = format!("{} {}", request.method(), request.uri());
    let answer =
        FUZZED.with_borrow_mut(|fuzzed| fuzzed.get_or_insert_with(Fuzzed::new).send(request));
    assert_ne!(answer.status.as_u16(), 500, "{line}: {answer:?}");
    if answer.header("content-type").starts_with("application/json") && !answer.body.is_empty() {
        answer.json();
    }
}

/// The request that bytes are, if they are one.
fn request(data: &[u8]) -> Option<Request<Body>> {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (method, path) = std::str::from_utf8(&data[..end]).ok()?.split_once(' ')?;
    let body = data.get(end + 1..).unwrap_or_default().to_vec();
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let form = path.starts_with("/api/v1") && !path.starts_with("/api/v1/write");
    let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
    let request = Request::builder().method(method).uri(path.parse::<Uri>().ok()?);
    request.header("content-type", kind).body(Body::from(body)).ok()
}

impl Fuzzed {
    fn new() -> Fuzzed {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Fuzzed { runtime: runtime.unwrap(), server: None }
    }

    fn send(&mut self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let (server, left) = match &mut self.server {
                Some(serving) if serving.1 > 0 => serving,
                worn => {
                    if let Some((mut old, _)) = worn.take() {
                        old.stop().await;
                    }
                    worn.insert((Server::start(CONFIG, Vec::new()).await, REQUESTS))
                }
            };
            *left -= 1;
            server.send(request).await
        })
    }
}
