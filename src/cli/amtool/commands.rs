//! amtool's commands and flags. (Source: Alertmanager docs, "amtool".)

use crate::cli::kingpin::{Argument, Command, Count, Flag, Kind, PLAIN};

/// What amtool has.
pub(super) static AMTOOL: Command = Command {
    name: "amtool",
    help: "Look at an Alertmanager, and change its silences and alerts.\n\n\
           Every flag may also stand in $HOME/.config/amtool/config.yml or /etc/amtool/config.yml,\n\
           by its name, for instance `alertmanager.url: http://localhost:9093`; `author`, `output`,\n\
           `date.format`, `http.config.file` and `comment_required` are worth it.",
    examples: &[
        "amtool --alertmanager.url=http://localhost:9093 alert",
        "amtool silence add --comment='disk swap' --duration=2h instance=db1",
        "amtool config routes test --config.file=alertmanager.yml severity=critical",
    ],
    flags: &[
        Flag::new("date.format", Kind::Text, "How dates are written, as Go's reference time.")
            .default("2006-01-02 15:04:05 MST"),
        Flag::new("verbose", Kind::Switch, "Tell of requests.").short('v'),
        Flag::new("alertmanager.url", Kind::Url, "Where the Alertmanager is."),
        Flag::new("output", Kind::Choice(&["simple", "extended", "json"]), "How much is printed.")
            .short('o')
            .default("simple"),
        Flag::new("timeout", Kind::Duration, "How long a command may take.").default("30s"),
        Flag::new(
            "http.config.file",
            Kind::File,
            "How requests are made: login, TLS, proxy, headers, as http_config has it.",
        ),
        Flag::new("version-check", Kind::Switch, "Warn when the Alertmanager is another version.")
            .default("true"),
        Flag::new(
            "enable-feature",
            Kind::Text,
            "Features by Alertmanager's names, separated by commas: classic-mode and \
             utf8-strict-mode choose the syntax of matchers.",
        )
        .default(""),
        Flag::new("version", Kind::Switch, "Print the version."),
    ],
    commands: &[
        Command {
            name: "alert",
            help: "List alerts, or add one.",
            examples: &["amtool alert severity=critical", "amtool alert add DiskFull instance=db1"],
            commands: &[ALERT_QUERY, ALERT_ADD],
            default: Some("query"),
            ..PLAIN
        },
        Command {
            name: "silence",
            help: "List silences, or make, change and end them.",
            examples: &["amtool silence query --within=8h"],
            commands: &[SILENCE_ADD, SILENCE_EXPIRE, SILENCE_IMPORT, SILENCE_QUERY, SILENCE_UPDATE],
            default: Some("query"),
            ..PLAIN
        },
        CHECK_CONFIG,
        Command {
            name: "cluster",
            help: "Look at the cluster.",
            examples: &["amtool cluster show --output=extended"],
            commands: &[CLUSTER_SHOW],
            default: Some("show"),
            ..PLAIN
        },
        CONFIG,
        Command {
            name: "template",
            help: "Try templates of notifications.",
            examples: TEMPLATE_EXAMPLES,
            commands: &[TEMPLATE_RENDER],
            ..PLAIN
        },
    ],
    ..PLAIN
};

const fn texts(name: &'static str) -> Option<Argument> {
    Some(Argument { name, kind: Kind::Text, count: Count::Any })
}

const START: Flag = Flag::new("start", Kind::Text, "When it begins: 2006-01-02T15:04:05-07:00.");
const END: Flag = Flag::new("end", Kind::Text, "When it ends: 2006-01-02T15:04:05-07:00.");
const ANNOTATION: Flag = Flag::new("annotation", Kind::Texts, "An annotation, name=value.");
const QUIET: Flag = Flag::new("quiet", Kind::Switch, "Print ids only.").short('q');

const ALERT_QUERY: Command = Command {
    name: "query",
    help: "List alerts.\n\nMatchers choose them: name=value, !=, =~ and !~. A first word that is no \
           matcher is the\nalert's name. Without a flag for a state, active alerts are listed.",
    examples: &["amtool alert query 'alertname=~Disk.*' instance=db1", "amtool alert -s DiskFull"],
    flags: &[
        Flag::new("inhibited", Kind::Switch, "List inhibited alerts.").short('i'),
        Flag::new("silenced", Kind::Switch, "List silenced alerts.").short('s'),
        Flag::new("active", Kind::Switch, "List active alerts.").short('a'),
        Flag::new("unprocessed", Kind::Switch, "List alerts not looked at yet.").short('u'),
        Flag::new("receiver", Kind::Text, "Only alerts for receivers that match this.").short('r'),
    ],
    argument: texts("matcher-groups"),
    ..PLAIN
};

const ALERT_ADD: Command = Command {
    name: "add",
    help: "Add an alert.\n\nIts labels are given as name=value; a first word without `=` is its name.",
    examples: &["amtool alert add DiskFull instance=db1 --annotation=summary='97 % used'"],
    flags: &[
        Flag::new("generator-url", Kind::Text, "Where it comes from."),
        START,
        END,
        ANNOTATION,
    ],
    argument: texts("labels"),
    ..PLAIN
};

const SILENCE_ADD: Command = Command {
    name: "add",
    help: "Make a silence, and print its id.\n\nIt quiets alerts that match all matchers: name=value, \
           !=, =~ and !~. A first word that is no\nmatcher is the alert's name.",
    examples: &["amtool silence add DiskFull instance=~'db.*' --duration=2h --comment='disk swap'"],
    flags: &[
        Flag::new("author", Kind::Text, "Who makes it; else the user that you are.").short('a'),
        Flag::new("require-comment", Kind::Switch, "Refuse to go without a comment.")
            .default("true")
            .hidden(),
        Flag::new("duration", Kind::Text, "How long it lasts, as 1d2h.").short('d').default("1h"),
        START,
        Flag::new(
            "end",
            Kind::Text,
            "When it ends, in place of a duration: 2006-01-02T15:04:05-07:00.",
        ),
        Flag::new("comment", Kind::Text, "Why it is made.").short('c'),
        ANNOTATION,
    ],
    argument: texts("matcher-groups"),
    ..PLAIN
};

const SILENCE_EXPIRE: Command = Command {
    name: "expire",
    help: "End silences now.",
    examples: &["amtool silence expire $(amtool silence query -q DiskFull)"],
    argument: texts("silence-ids"),
    ..PLAIN
};

const SILENCE_IMPORT: Command = Command {
    name: "import",
    help: "Make the silences of a JSON file, as `silence query --output=json` writes it, or of stdin.",
    examples: &["amtool silence query -o json > all.json && amtool silence import all.json"],
    flags: &[
        Flag::new("force", Kind::Switch, "Make new silences, whatever their ids.").short('f'),
        Flag::new("worker", Kind::Number, "How many requests are under way.")
            .short('w')
            .default("8"),
    ],
    argument: Some(Argument { name: "input-file", kind: Kind::File, count: Count::AtMostOne }),
    ..PLAIN
};

const SILENCE_QUERY: Command = Command {
    name: "query",
    help: "List silences.\n\nMatchers choose those that have them all, word by word; a first word that \
           is no matcher\nstands for alertname=word.",
    examples: &["amtool silence query --within=8h", "amtool silence query --expired --within=2h"],
    flags: &[
        Flag::new("expired", Kind::Switch, "List those that have ended instead."),
        QUIET,
        Flag::new("created-by", Kind::Text, "Only those of this author."),
        Flag::new("id", Kind::Text, "Only this one."),
        Flag::new("within", Kind::Duration, "Only those that end, or ended, in this time."),
    ],
    argument: texts("matcher-groups"),
    ..PLAIN
};

const SILENCE_UPDATE: Command = Command {
    name: "update",
    help: "Change silences.",
    examples: &["amtool silence update --duration=4h --comment='takes longer' ID"],
    flags: &[
        QUIET,
        Flag::new("duration", Kind::Text, "How long it lasts from its start, as 1d2h.").short('d'),
        START,
        END,
        Flag::new("comment", Kind::Text, "Why it is made.").short('c'),
    ],
    argument: texts("update-ids"),
    ..PLAIN
};

const CHECK_CONFIG: Command = Command {
    name: "check-config",
    help: "Check configurations and the templates that they name; without files, stdin.",
    examples: &["amtool check-config alertmanager.yml"],
    argument: Some(Argument { name: "check-files", kind: Kind::File, count: Count::Any }),
    ..PLAIN
};

const CLUSTER_SHOW: Command = Command {
    name: "show",
    help: "Print the state of the cluster, and with --output=extended its peers.",
    examples: &["amtool cluster show --output=extended"],
    ..PLAIN
};

const CONFIG: Command = Command {
    name: "config",
    help: "Look at the configuration.",
    examples: &["amtool config show", "amtool config routes --config.file=alertmanager.yml"],
    commands: &[
        Command {
            name: "show",
            help: "Print the configuration that runs.\n\nWith --output=extended its age and the \
                   version too; with --output=json the whole status.",
            examples: &["amtool config show --output=json"],
            ..PLAIN
        },
        Command {
            name: "routes",
            help: "Look at the routing tree.",
            examples: &["amtool config routes --config.file=alertmanager.yml"],
            flags: &[Flag::new(
                "config.file",
                Kind::File,
                "A configuration file, in place of the one that runs.",
            )],
            commands: &[ROUTES_SHOW, ROUTES_TEST],
            default: Some("show"),
            ..PLAIN
        },
    ],
    default: Some("show"),
    ..PLAIN
};

const ROUTES_SHOW: Command = Command {
    name: "show",
    help: "Draw the routing tree.",
    examples: &["amtool config routes show --config.file=alertmanager.yml"],
    ..PLAIN
};

const ROUTES_TEST: Command = Command {
    name: "test",
    help: "Say which receivers get an alert with these labels, in the order of the tree.",
    examples: &[
        "amtool config routes test --config.file=alertmanager.yml --verify.receivers=pager severity=critical",
    ],
    flags: &[
        Flag::new("verify.receivers", Kind::Text, "Fail unless it is these, separated by commas."),
        Flag::new("tree", Kind::Switch, "Draw the routes that match."),
    ],
    argument: texts("labels"),
    ..PLAIN
};

const TEMPLATE_EXAMPLES: &[&str] = &[
    "amtool template render --template.glob='*.tmpl' --template.text='{{ template \"slack.title\" . }}'",
];

const TEMPLATE_RENDER: Command = Command {
    name: "render",
    help: "Expand a template and print it.",
    examples: TEMPLATE_EXAMPLES,
    flags: &[
        Flag::new("template.glob", Kind::Texts, "Files with definitions.").required(),
        Flag::new("template.text", Kind::Text, "What is expanded.").required(),
        Flag::new("template.type", Kind::Choice(&["html", "text"]), "Which kind it is.")
            .default("text"),
        Flag::new(
            "template.data",
            Kind::Text,
            "A JSON file with the notification's data; else two made-up alerts.",
        ),
    ],
    ..PLAIN
};
