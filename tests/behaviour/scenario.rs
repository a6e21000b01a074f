//! The scenarios: a configuration, and lines of what happens when.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// The themes, one file each.
const FILES: &[(&str, &str)] = &[
    ("grouping", include_str!("scenarios/grouping.yml")),
    ("routing", include_str!("scenarios/routing.yml")),
    ("timing", include_str!("scenarios/timing.yml")),
    ("inhibition", include_str!("scenarios/inhibition.yml")),
    ("silences", include_str!("scenarios/silences.yml")),
    ("intervals", include_str!("scenarios/intervals.yml")),
    ("alerts", include_str!("scenarios/alerts.yml")),
    ("life", include_str!("scenarios/life.yml")),
    ("answers", include_str!("scenarios/answers.yml")),
    ("amtool", include_str!("scenarios/amtool.yml")),
];

/// What is played.
#[derive(Debug)]
pub struct Scenario {
    /// The theme and a claim.
    pub name: String,
    /// The configurations: the first one, then those of the reloads. `SINK` stands for the
    /// address of what receives.
    pub configs: Vec<String>,
    /// What both are told, in order.
    pub steps: Vec<Step>,
    /// How many messages the genuine one sends, where that is the claim.
    pub messages: Option<usize>,
    /// Why ours does otherwise, where it does on purpose.
    pub differs: Option<String>,
    since: Option<Version>,
}

/// The first two numbers of a version.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

/// One line of a scenario: `AT VERB WORDS...`.
#[derive(Clone, Debug)]
pub struct Step {
    /// How long after the beginning.
    pub at: Duration,
    /// What is done; see `play.rs`.
    pub verb: String,
    /// With what.
    pub words: Vec<String>,
    /// The line, to tell of it.
    pub line: String,
}

/// A scenario as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    config: String,
    #[serde(default)]
    reloads: Vec<String>,
    steps: Vec<String>,
    messages: Option<usize>,
    differs: Option<String>,
    since: Option<String>,
}

/// A theme as it is written: what configurations begin with, and the scenarios.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Theme {
    /// Stands in place of a configuration's line `...`.
    #[serde(default)]
    base: String,
    scenarios: Vec<Written>,
}

/// All scenarios.
pub fn all() -> Vec<Scenario> {
    FILES.iter().flat_map(|(theme, text)| read(theme, text)).collect()
}

fn read(theme: &str, text: &str) -> Vec<Scenario> {
    let written: Theme =
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{theme}.yml: {error}"));
    let base = written.base;
    let scenario = |one: Written| {
        let configs = std::iter::once(one.config).chain(one.reloads);
        Scenario {
            name: format!("{theme}: {}", one.name),
            configs: configs.map(|config| config.replace("...\n", &base)).collect(),
            steps: one.steps.iter().map(|line| Step::parse(line)).collect(),
            messages: one.messages,
            differs: one.differs,
            since: one.since.as_deref().map(|since| Version::parse(since).unwrap()),
        }
    };
    written.scenarios.into_iter().map(scenario).collect()
}

impl Scenario {
    /// Whether an Alertmanager of this version can play it.
    pub fn fits(&self, version: Version) -> bool {
        self.since.is_none_or(|since| since <= version)
    }

    /// Whether a command is run.
    pub fn runs(&self, verb: &str) -> bool {
        self.steps.iter().any(|step| step.verb == verb)
    }
}

impl Step {
    fn parse(line: &str) -> Step {
        let mut words = words(line).into_iter();
        let seconds: f64 = words.next().and_then(|at| at.parse().ok()).unwrap_or_else(|| {
            panic!("a step begins with seconds: {line}");
        });
        let verb = words.next().unwrap_or_else(|| panic!("a step has a verb: {line}"));
        let at = Duration::from_secs_f64(seconds);
        Step { at, verb, words: words.collect(), line: line.to_owned() }
    }
}

/// Words between blanks; single quotes keep some together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut there) = (Vec::new(), String::new(), false, false);
    for character in line.chars() {
        match character {
            '\'' => (quoted, there) = (!quoted, true),
            ' ' if !quoted => {
                if std::mem::take(&mut there) {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => {
                word.push(other);
                there = true;
            }
        }
    }
    assert!(!quoted, "an open quote: {line}");
    if there {
        words.push(word);
    }
    words
}

impl Version {
    /// Reads `0.33` or `0.33.1`.
    pub fn parse(text: &str) -> Option<Version> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        Some(Version(numbers.next()??, numbers.next()??))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
