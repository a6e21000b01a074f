//! The configuration that simulations run with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::setup::LazyText;
use crate::engine::{Notification, Setup};
use crate::label::pattern::Dialect;
use crate::label::{Labels, MatchOp, Matcher, Matchers};
use crate::notify::integration::{
    HttpOptions, Integration, Receiver, SecretSource, Settings, Webhook,
};
use crate::route::{GroupBy, Route, RouteOptions};
use crate::secret::Secret;
use crate::template::Templates;
use crate::time::Span;

/// Within this time after the trouble ends everybody knows what is so: a flush under way may
/// take `group_interval`, the next one follows, and one more if the first was late.
pub const BOUND: Span = Span::from_secs(30 + 4 * 60 + 10);

const REPEAT_INTERVAL: Span = Span::from_mins(60);
/// How long the notification log knows what a receiver was told.
pub(super) const LOG_LIFETIME: Span = Span::from_mins(2 * 60);

/// Three receivers behind three routes: one with `continue`, one by pattern, and the root with
/// two integrations.
pub fn setup() -> Setup {
    let names = ["pager", "everyone", "default"];
    let receivers = names.map(|name| (Arc::from(name), Arc::new(receiver(name))));
    Setup {
        notification: Arc::new(Notification {
            resolve_timeout: Span::from_mins(5),
            route: root(),
            receiver_order: Vec::new(),
            receivers: BTreeMap::from(receivers),
            inhibit_rules: Vec::new(),
            time_intervals: BTreeMap::new(),
            templates: Arc::new(Templates::default()),
            original: LazyText::new(String::new),
            events: None,
            traces: None,
        }),
        groups: Vec::new(),
        external_labels: Labels::empty(),
        external_url: Arc::from("http://simulate.test"),
        retention: Span::from_mins(120 * 60),
        forward: Default::default(),
        upkeep: Default::default(),
    }
}

fn root() -> Route {
    let equal = Matchers(vec![Matcher::equal("team", "0")]);
    let pattern = Matcher::new("team", MatchOp::Regex, "0|1", Dialect::Alertmanager);
    let either = Matchers(pattern.into_iter().collect());
    let mut pager = route(equal, "pager", &["alertname"], Vec::new());
    pager.continues = true;
    let everyone = route(either, "everyone", &["team"], Vec::new());
    route(Matchers::default(), "default", &["alertname"], vec![pager, everyone])
}

fn route(matchers: Matchers, receiver: &str, group_by: &[&str], routes: Vec<Route>) -> Route {
    let names: BTreeSet<Arc<str>> = group_by.iter().map(|&name| Arc::from(name)).collect();
    Route {
        matchers,
        continues: false,
        options: RouteOptions {
            receiver: Arc::from(receiver),
            group_by: GroupBy::Labels(names),
            group_wait: Span::from_secs(10),
            group_interval: Span::from_secs(60),
            repeat_interval: REPEAT_INTERVAL,
            mute_time_intervals: Vec::new(),
            active_time_intervals: Vec::new(),
            labels: Labels::empty(),
        },
        routes,
    }
}

fn receiver(name: &str) -> Receiver {
    let count = if name == "default" { 2 } else { 1 };
    let integrations = (0..count).map(|index| Integration {
        index,
        send_resolved: index == 0,
        settings: Settings::Webhook(Box::new(Webhook {
            url: SecretSource::Inline(Secret::new("http://sink.test/")),
            http: HttpOptions::default(),
            max_alerts: 0,
            payload: None,
            timeout: (name == "pager").then_some(Span::from_secs(15)),
        })),
    });
    Receiver {
        name: Arc::from(name),
        labels: Labels::from_pairs([("name", name)]),
        integrations: integrations.collect(),
    }
}
