//! A whole server without listeners: the router over a live driver whose state is in memory.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use firebell::api::{self, Counters, State, Surface};
use firebell::config::{Expansion, alertmanager};
use firebell::drivers::live::{Clock, Live, Start, Transport};
use firebell::engine::{Setup, Upkeep};
use firebell::ingest::Intake;
use firebell::label::Labels;
use firebell::label::matcher::Mode;
use firebell::promql::syntax::Features;
use firebell::promql::{Limits, Options};
use firebell::rules::Group;
use firebell::source::embedded::Store;
use firebell::source::{Source, Sources};
use firebell::state::Committer;
use firebell::time::Span;
use serde_json::Value;
use tower::ServiceExt;

/// The server. Messages go nowhere and count as delivered.
pub struct Server {
    live: Option<Live>,
    pub state: State,
    pub store: Arc<Store>,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The body read as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and body without its last newline, as one line.
    pub fn line(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.body.trim_end()).trim_end().to_owned()
    }
}

impl Server {
    /// Starts one with an Alertmanager configuration and rule groups.
    pub async fn start(config: &str, groups: Vec<Arc<Group>>) -> Server {
        Server::in_mode(config, groups, Mode::default()).await
    }

    /// As [`Server::start`], with a matcher mode.
    pub async fn in_mode(config: &str, groups: Vec<Arc<Group>>, mode: Mode) -> Server {
        Server::shaped(config, groups, mode, Surface::default(), Upkeep::default()).await
    }

    /// One that serves so much and keeps its pipeline so.
    pub async fn shaped(
        config: &str,
        groups: Vec<Arc<Group>>,
        mode: Mode,
        surface: Surface,
        upkeep: Upkeep,
    ) -> Server {
        let raw = alertmanager::parse("test.yml", config, Expansion::Off, mode).unwrap();
        let setup = Arc::new(Setup {
            notification: Arc::new(raw.compile(&[]).unwrap()),
            groups,
            external_labels: Labels::empty(),
            external_url: "http://firebell.example".into(),
            retention: Span::from_mins(120),
            forward: Default::default(),
            upkeep,
        });
        let store = Arc::new(Store::new());
        let source: Arc<dyn Source> = Arc::clone(&store) as Arc<dyn Source>;
        let clock = Arc::new(Clock::default());
        let started_at = clock.now();
        let live = Live::start(Start {
            series_since: firebell::time::Timestamp::MIN,
            setup,
            records: Vec::new(),
            committer: Arc::new(Committer::in_memory().unwrap()),
            sources: Arc::new(Sources::only(Arc::clone(&source))),
            rules: Default::default(),
            transport: Transport::Show(Arc::new(|_, _| {})),
            options: Options::default(),
            limits: Limits::default(),
            features: Features::default(),
            tracer: Default::default(),
            clock,
        })
        .await;
        let (reloads, _) = tokio::sync::mpsc::channel(1);
        let counters = Arc::new(Counters::default());
        counters.loaded(started_at);
        let state = State {
            handle: live.handle.clone(),
            source,
            intake: Some(Arc::new(Intake::new(Arc::clone(&store), None))),
            pushes: Arc::default(),
            reloads,
            trail: Default::default(),
            counters,
            options: Options::default(),
            features: Features::default(),
            limits: Limits::default(),
            queueing: Default::default(),
            surface,
            mode,
            started_at,
            flags: Arc::new(BTreeMap::new()),
        };
        Server { live: Some(live), router: api::router(state.clone()), state, store }
    }

    /// Stops the driver; requests are still answered, somehow.
    pub async fn stop(&mut self) {
        if let Some(live) = self.live.take() {
            live.stop().await;
        }
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request without a body.
    pub async fn ask(&self, method: Method, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    /// POST of a JSON body.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }
}
