//! JUnit XML: a suite for each file, a case for each test.

use std::fmt::Write as _;

use crate::cli::test::escape;
use crate::drivers::ruletest::rules::{Fault, Report};

/// The outcome as JUnit XML.
pub(super) fn write(reports: &[Report]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in reports {
        let faults: usize = report.cases.iter().map(|case| case.faults.len()).sum();
        let errors = usize::from(report.aborted.is_some());
        // writing to a string does not fail
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{faults}\" errors=\"{errors}\" \
             skipped=\"0\">",
            escape(&report.file),
            report.cases.len() + errors,
        );
        if let Some(reason) = &report.aborted {
            let error = escape(reason);
            let _ = writeln!(xml, "    <testcase name=\"\"><error>{error}</error></testcase>");
        }
        for case in &report.cases {
            let _ = write!(xml, "    <testcase name=\"{}\"", escape(&case.name));
            let faults = case.faults.iter().map(|fault| located(&report.file, fault));
            let faults = faults.map(|text| format!("<failure>{}</failure>", escape(&text)));
            let _ = writeln!(xml, ">{}</testcase>", faults.collect::<String>());
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn located(file: &str, fault: &Fault) -> String {
    format!("{}\n        at {file}:{}", fault.text, fault.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::ruletest::rules::Case;

    #[test]
    fn junit_has_a_suite_for_each_file_and_a_case_for_each_test() {
        let fault = Fault {
            line: 7,
            text: "exp: <1>".to_owned(),
            headline: String::new(),
            difference: Vec::new(),
        };
        let cases = vec![
            Case { name: "good".to_owned(), ..Case::default() },
            Case { name: "bad & worse".to_owned(), faults: vec![fault], ..Case::default() },
        ];
        let report = Report { file: "t.yml".to_owned(), cases, ..Report::default() };
        let broken = Report { aborted: Some("no".to_owned()), ..Report::default() };
        let xml = write(&[report, broken]);
        for part in [
            "<testsuite name=\"t.yml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">",
            "<testcase name=\"good\"></testcase>",
            "<testcase name=\"bad &amp; worse\"><failure>exp: &lt;1&gt;&#10;        at t.yml:7<",
            "tests=\"1\" failures=\"0\" errors=\"1\"",
            "<error>no</error>",
        ] {
            assert!(xml.contains(part), "{part} in\n{xml}");
        }
    }
}
