//! What receives the messages: it notes when each comes and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Message {
    /// When, since the beginning.
    pub at: Duration,
    /// Method, path and content type.
    pub request: String,
    /// The body.
    pub body: Value,
    /// What it was answered with.
    pub status: u16,
}

/// What a path answers with, for so many requests.
#[derive(Copy, Clone, Debug)]
pub struct Mood {
    pub status: u16,
    pub delay: Duration,
    pub times: usize,
}

/// A sink on a free port; it ends with the runtime.
#[derive(Clone)]
pub struct Sink {
    pub address: String,
    start: Instant,
    messages: Arc<Mutex<Vec<Message>>>,
    moods: Arc<Mutex<BTreeMap<String, Mood>>>,
}

impl Sink {
    /// A sink whose time begins at `start`.
    pub async fn start(start: Instant) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Sink {
            address: listener.local_addr().unwrap().to_string(),
            start,
            messages: Arc::default(),
            moods: Arc::default(),
        };
        let router = Router::new().fallback(take).with_state(sink.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        sink
    }

    /// What a path answers with from now on.
    pub fn feel(&self, path: &str, mood: Mood) {
        self.moods.lock().unwrap().insert(path.to_owned(), mood);
    }

    /// What has come so far.
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    fn mood(&self, path: &str) -> Option<Mood> {
        let mut moods = self.moods.lock().unwrap();
        let mood = moods.get_mut(path).filter(|mood| mood.times > 0)?;
        mood.times -= 1;
        Some(*mood)
    }
}

async fn take(
    State(sink): State<Sink>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    let at = sink.start.elapsed();
    let kind = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
    let mood = sink.mood(uri.path());
    let status = mood.map_or(200, |mood| mood.status);
    let message = Message {
        at,
        request: format!("{method} {uri} {kind}"),
        body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
        status,
    };
    sink.messages.lock().unwrap().push(message);
    if let Some(mood) = mood {
        tokio::time::sleep_until(Instant::now() + mood.delay).await;
    }
    (StatusCode::from_u16(status).unwrap(), "ok")
}
