//! Files at the same time, and the tests of one file at the same time.
//!
//! Every worker takes files that nobody has taken, reads them and runs their tests; when none is
//! left it helps with the tests of the others.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::coverage::Exercised;
use super::load::Prepared;
use super::{Case, Conduct, Fault, Report, evaluate};

/// Expressions go as deep as the grammar lets them.
const STACK: usize = 64 << 20;

/// A file that is being worked on.
struct Job<'a> {
    path: &'a Path,
    stage: Mutex<Stage>,
    /// The next of the chosen tests.
    next: AtomicUsize,
    done: Mutex<Vec<(usize, Case, Exercised)>>,
}

enum Stage {
    Untouched,
    Runs(Arc<Prepared>),
    Over(Box<Report>),
}

/// Runs test files, as many tests at a time as there are processors; the reports are in the
/// order of the files.
pub fn run(files: &[PathBuf], conduct: &Conduct) -> Vec<Report> {
    let jobs: Vec<Job<'_>> = files.iter().map(|file| Job::new(file)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            job.work(conduct);
        }
        jobs.iter().for_each(|job| job.work(conduct));
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let workers: Vec<_> = (0..workers).map(start).collect();
        for worker in workers.into_iter().flatten() {
            // one that ended too early leaves its file without a report
            let _ = worker.join();
        }
    });
    jobs.into_iter().map(Job::report).collect()
}

/// Runs the tests of one file, one after the other.
pub fn run_file(path: &Path, conduct: &Conduct) -> Report {
    let job = Job::new(path);
    job.work(conduct);
    job.report()
}

impl<'a> Job<'a> {
    fn new(path: &'a Path) -> Job<'a> {
        let (stage, done) = (Mutex::new(Stage::Untouched), Mutex::default());
        Job { path, stage, next: AtomicUsize::new(0), done }
    }

    /// Runs tests of the file until each has been taken by somebody.
    fn work(&self, conduct: &Conduct) {
        let Some(prepared) = self.prepared(conduct) else { return };
        while let Some(&index) = prepared.chosen.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let (case, exercised) = run_test(&prepared, index, conduct);
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((index, case, exercised));
            if done.len() == prepared.chosen.len() {
                let report = self.conclude(&prepared, std::mem::take(&mut *done));
                self.end(report);
            }
        }
    }

    /// What the file names, read by the first who asks; the others wait for it.
    fn prepared(&self, conduct: &Conduct) -> Option<Arc<Prepared>> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stage {
            Stage::Runs(prepared) => return Some(Arc::clone(prepared)),
            Stage::Over(_) => return None,
            Stage::Untouched => {}
        }
        match Prepared::read(self.path, conduct) {
            Err(error) => {
                let report = Report { aborted: Some(error), ..self.empty() };
                *stage = Stage::Over(Box::new(report));
                None
            }
            Ok(prepared) if prepared.chosen.is_empty() => {
                *stage = Stage::Over(Box::new(self.conclude(&prepared, Vec::new())));
                None
            }
            Ok(prepared) => {
                let prepared = Arc::new(prepared);
                *stage = Stage::Runs(Arc::clone(&prepared));
                Some(prepared)
            }
        }
    }

    fn end(&self, report: Report) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Over(Box::new(report));
    }

    fn empty(&self) -> Report {
        Report { file: self.path.display().to_string(), ..Report::default() }
    }

    fn conclude(&self, prepared: &Prepared, mut done: Vec<(usize, Case, Exercised)>) -> Report {
        done.sort_by_key(|(index, ..)| *index);
        let mut report = Report { warnings: prepared.warnings.clone(), ..self.empty() };
        for (index, case, exercised) in done {
            let loaded = prepared.file.tests.get(index).and_then(|one| prepared.loaded(one).ok());
            if let (Some(map), Some(loaded)) = (&prepared.map, loaded) {
                let coverage = map.coverage(&prepared.file, index, &loaded.groups, &exercised);
                report.coverage.add(&coverage);
            }
            report.cases.push(case);
        }
        report
    }

    fn report(self) -> Report {
        let empty = self.empty();
        match self.stage.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Stage::Over(report) => *report,
            Stage::Untouched | Stage::Runs(_) => {
                let why = "the tests were given up: a thread ended before its work";
                Report { aborted: Some(why.to_owned()), ..empty }
            }
        }
    }
}

fn run_test(prepared: &Prepared, index: usize, conduct: &Conduct) -> (Case, Exercised) {
    let test = &prepared.file.tests[index];
    let before = std::time::Instant::now();
    let (case, exercised) = match prepared.loaded(test) {
        Ok(loaded) => evaluate::run(test, &prepared.file, loaded, conduct),
        Err(text) => {
            let faults = vec![Fault::new(test.line, text)];
            (Case { faults, ..Case::default() }, Exercised::default())
        }
    };
    let name = match test.name.is_empty() {
        true => format!("unnamed#{index}"),
        false => test.name.clone(),
    };
    (Case { name, line: test.line, took: before.elapsed(), ..case }, exercised)
}
