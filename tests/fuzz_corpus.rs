//! Replays the fuzz corpus: inputs that once broke something, and seeds of every grammar.
//! A new target is one module and one line in [`TARGETS`].

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::path::Path;

#[path = "../fuzz/targets/alertmanager_config.rs"]
mod alertmanager_config;
#[path = "../fuzz/targets/alertmanager_state.rs"]
mod alertmanager_state;
#[path = "../fuzz/targets/certificate_names.rs"]
mod certificate_names;
#[path = "../fuzz/targets/duration.rs"]
mod duration;
#[path = "../fuzz/targets/engine.rs"]
mod engine;
#[path = "../fuzz/targets/evaluation.rs"]
mod evaluation;
#[path = "../fuzz/targets/exposition.rs"]
mod exposition;
#[path = "../fuzz/targets/forward.rs"]
mod forward;
#[path = "../fuzz/targets/group_path.rs"]
mod group_path;
#[path = "../fuzz/targets/interval.rs"]
mod interval;
#[path = "../fuzz/targets/matcher.rs"]
mod matcher;
#[path = "../fuzz/targets/notation.rs"]
mod notation;
#[path = "../fuzz/targets/pattern.rs"]
mod pattern;
#[path = "../fuzz/targets/prometheus_config.rs"]
mod prometheus_config;
#[path = "../fuzz/targets/promql.rs"]
mod promql;
#[path = "../fuzz/targets/promql_oracle.rs"]
mod promql_oracle;
#[path = "../fuzz/targets/promqltest.rs"]
mod promqltest;
#[path = "../fuzz/targets/record.rs"]
mod record;
#[path = "../fuzz/targets/remote_write.rs"]
mod remote_write;
#[path = "../fuzz/targets/requests.rs"]
mod requests;
#[path = "../fuzz/targets/rule_file.rs"]
mod rule_file;
#[path = "../fuzz/targets/rule_test.rs"]
mod rule_test;
#[path = "../fuzz/targets/scenario.rs"]
mod scenario;
#[path = "../fuzz/targets/sources.rs"]
mod sources;
#[path = "../fuzz/targets/store.rs"]
mod store;
#[path = "../fuzz/targets/template.rs"]
mod template;
#[path = "../fuzz/targets/trace_context.rs"]
mod trace_context;
#[path = "../fuzz/targets/web_config.rs"]
mod web_config;

type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("alertmanager_config", alertmanager_config::run),
    ("alertmanager_state", alertmanager_state::run),
    ("certificate_names", certificate_names::run),
    ("requests", requests::run),
    ("duration", duration::run),
    ("engine", engine::run),
    ("evaluation", evaluation::run),
    ("exposition", exposition::run),
    ("forward", forward::run),
    ("group_path", group_path::run),
    ("interval", interval::run),
    ("matcher", matcher::run),
    ("notation", notation::run),
    ("pattern", pattern::run),
    ("prometheus_config", prometheus_config::run),
    ("promql", promql::run),
    ("promql_oracle", promql_oracle::run),
    ("promqltest", promqltest::run),
    ("record", record::run),
    ("remote_write", remote_write::run),
    ("rule_file", rule_file::run),
    ("rule_test", rule_test::run),
    ("scenario", scenario::run),
    ("sources", sources::run),
    ("store", store::run),
    ("template", template::run),
    ("trace_context", trace_context::run),
    ("web_config", web_config::run),
];

fn corpus() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

#[test]
fn every_input_of_the_corpus_passes() {
    for (name, run) in TARGETS {
        let mut inputs: Vec<_> = std::fs::read_dir(corpus().join(name))
            .unwrap_or_else(|error| panic!("fuzz/corpus/{name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "fuzz/corpus/{name} is empty");
        for input in inputs {
            println!("{}", input.display());
            run(&std::fs::read(&input).unwrap());
        }
    }
}

#[test]
fn every_corpus_has_a_target() {
    for entry in std::fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "no target for {name}");
    }
}
