//! The paths of pushes: what is taken has a job, and its labels win over those of a series.

use firebell::ingest::pushgateway::GroupKey;
use firebell::label::Labels;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for path in [text.to_owned(), format!("/metrics/job/{text}")] {
        let Ok(key) = GroupKey::from_path(&path) else { continue };
        assert!(!key.job().is_empty(), "{path:?}");
        let series = Labels::from_pairs([("__name__", "up"), ("job", "another")]);
        let laid = key.laid_over(&series);
        assert_eq!((laid.value("__name__"), laid.value("job")), ("up", key.job()), "{path:?}");
        for (name, value) in key.identity().iter() {
            assert_eq!(laid.value(name), value, "{path:?}");
        }
    }
}
