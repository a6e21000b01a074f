//! The flags of an Alertmanager. (Source: Alertmanager 0.34, `alertmanager --help`.)

use crate::cli::kingpin::{Command, Flag, Kind, PLAIN};

/// The program.
pub(super) static PROGRAM: Command = Command {
    name: "alertmanager",
    help: "Take alerts, group them, and tell the right people: Alertmanager's own command line.",
    examples: &[
        "firebell alertmanager --config.file=alertmanager.yml --storage.path=data/",
        "ln -s firebell alertmanager && ./alertmanager --config.file=alertmanager.yml",
    ],
    flags: FLAGS,
    ..PLAIN
};

/// Flags that are taken and change nothing here, with the reason.
pub(super) const WITHOUT_MEANING: &[(&str, &str)] = &[
    ("cluster.", "there are no peers: one instance keeps its state on disk"),
    ("dispatch.maintenance-interval", "empty groups are removed at once"),
    ("auto-gomemlimit.ratio", "there is no garbage collector to tell"),
    ("web.ui-path", "the pages are part of the program"),
];

const fn text(name: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag::new(name, Kind::Text, help).default(default)
}

const fn duration(name: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag::new(name, Kind::Duration, help).default(default)
}

const fn switch(name: &'static str, help: &'static str) -> Flag {
    Flag::new(name, Kind::Switch, help)
}

const FLAGS: &[Flag] = &[
    switch("version", "Say which version this is."),
    switch("help-long", "As --help.").hidden(),
    switch("help-man", "As --help.").hidden(),
    switch("completion-bash", "Every flag, one a line.").hidden(),
    switch("completion-script-bash", "What bash needs to complete flags.").hidden(),
    switch("completion-script-zsh", "What zsh needs to complete flags.").hidden(),
    text(
        "config.file",
        "alertmanager.yml",
        "The configuration: a file, or a directory of several.",
    ),
    text("storage.path", "data/", "Where silences, notification log and alerts are kept."),
    duration(
        "data.retention",
        "120h",
        "How long ended silences and notification log entries are kept.",
    ),
    duration("data.maintenance-interval", "15m", "How often those past it are forgotten."),
    text("silences.max-silences", "0", "How many silences there may be, ended ones too."),
    text("silences.max-silence-size-bytes", "0", "How many bytes a silence may have."),
    switch("log.silences", "Log silences that are made, changed or ended."),
    duration("alerts.gc-interval", "30m", "How often resolved alerts are forgotten."),
    text("alerts.per-alertname-limit", "0", "How many alerts of one name may fire at a time."),
    duration("dispatch.maintenance-interval", "30s", "Without effect: empty groups go at once."),
    duration("dispatch.start-delay", "0s", "How long nobody is notified after the start."),
    switch("web.systemd-socket", "Take the sockets that systemd has opened."),
    Flag::new("web.listen-address", Kind::Texts, "Where to listen.").default(":9093"),
    text("web.config.file", "", "TLS, client certificates, logins and headers."),
    text("web.external-url", "", "The URL under which others reach us."),
    text("web.route-prefix", "", "What all paths begin with; else the path of the external URL."),
    text(
        "web.get-concurrency",
        "0",
        "How many GET requests are answered at a time; 0 for as many as processors, at least 8.",
    ),
    duration("web.timeout", "0", "After which time a request is given up; 0 for never."),
    text("web.ui-path", "", "Without effect: the pages are part of the program.").hidden(),
    text("auto-gomemlimit.ratio", "0.9", "Without effect: there is no garbage collector."),
    text("cluster.listen-address", "0.0.0.0:9094", "Without effect, as all of cluster.*."),
    text("cluster.advertise-address", "", "Without effect."),
    text("cluster.peer-name", "", "Without effect."),
    Flag::new("cluster.peer", Kind::Texts, "Without effect."),
    duration("cluster.peer-timeout", "15s", "Without effect."),
    duration("cluster.peers-resolve-timeout", "15s", "Without effect."),
    duration("cluster.gossip-interval", "200ms", "Without effect."),
    duration("cluster.pushpull-interval", "1m", "Without effect."),
    duration("cluster.tcp-timeout", "10s", "Without effect."),
    duration("cluster.probe-timeout", "500ms", "Without effect."),
    duration("cluster.probe-interval", "1s", "Without effect."),
    duration("cluster.settle-timeout", "1m", "Without effect."),
    duration("cluster.reconnect-interval", "10s", "Without effect."),
    duration("cluster.reconnect-timeout", "6h", "Without effect."),
    text("cluster.tls-config", "", "Without effect."),
    switch("cluster.allow-insecure-public-advertise-address-discovery", "Without effect."),
    text("cluster.label", "", "Without effect."),
    text(
        "enable-feature",
        "",
        "Features by Alertmanager's names, separated by commas: alert-names-in-metrics, \
         receiver-name-in-metrics, group-key-in-metrics, classic-mode, utf8-strict-mode, \
         auto-gomemlimit, event-recorder.",
    ),
    text("audit.file", "", "Write every change to this file; see firebell audit verify."),
    text("log.level", "info", "How much is said: debug, info, warn or error."),
    text("log.format", "logfmt", "The form of the lines: logfmt or json."),
];
