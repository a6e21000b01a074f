//! `--enable-feature` by Alertmanager's names.

use anyhow::{Result, bail};

use crate::api::{MetricLabels, Presence};
use crate::cli::features::choose;
use crate::drivers::load::Recording;
use crate::label::matcher::Mode;

/// What the names come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Features {
    /// How matchers and label names are read.
    pub(super) mode: Mode,
    /// Whether events are recorded.
    pub(super) recording: Recording,
    /// Which labels metrics have.
    pub(super) labels: MetricLabels,
    /// What is worth saying, one line each.
    pub(super) said: Vec<&'static str>,
}

impl Features {
    /// Reads the names, separated by commas.
    ///
    /// # Errors
    /// Names that there are not, and two that exclude each other.
    pub(super) fn read(names: &str) -> Result<Features> {
        let mut features = Features::default();
        for name in names.split(',').filter(|name| !name.is_empty()) {
            features.said.push(match name {
                "alert-names-in-metrics" => {
                    features.labels.alert_name = Presence::Present;
                    "names of alerts are labels of metrics"
                }
                "receiver-name-in-metrics" => {
                    features.labels.receiver_name = Presence::Present;
                    "names of receivers are labels of metrics"
                }
                "group-key-in-metrics" => {
                    features.labels.group_key = Presence::Present;
                    "keys of groups are labels of metrics"
                }
                _ if choose(name, &mut features.mode)? => match features.mode {
                    Mode::Classic => "Classic mode enabled: matchers are read by its rules only",
                    _ => "UTF-8 strict mode enabled: matchers are read by its rules only",
                },
                "auto-gomemlimit" => "auto-gomemlimit has no effect: there is no garbage collector",
                "event-recorder" => {
                    features.recording = Recording::On;
                    "events are recorded where the configuration says"
                }
                _ => bail!("unknown option '{name}' for --enable-feature"),
            });
        }
        Ok(features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_or_refused_in_the_peers_words() {
        let read = |names| Features::read(names).map_err(|error| error.to_string());
        assert_eq!(read("").unwrap(), Features::default());
        let features = read("classic-mode,receiver-name-in-metrics,auto-gomemlimit").unwrap();
        assert_eq!(features.mode, Mode::Classic);
        assert_eq!(features.labels.receiver_name, Presence::Present);
        assert_eq!((features.said.len(), features.recording), (3, Recording::Off));
        assert_eq!(read("event-recorder").unwrap().recording, Recording::On);
        let unknown = "unknown option 'auto-gomaxprocs' for --enable-feature";
        assert_eq!(read("auto-gomaxprocs"), Err(unknown.to_owned()));
        let both = "cannot have both classic and UTF-8 modes enabled".to_owned();
        assert_eq!(read("classic-mode,utf8-strict-mode"), Err(both.clone()));
        assert_eq!(read("utf8-strict-mode,classic-mode"), Err(both));
    }
}
