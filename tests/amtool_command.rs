//! `firebell amtool` beside a genuine amtool, against our own server and a genuine Alertmanager:
//! the same command lines print the same. What they print is kept in snapshots that a genuine
//! amtool has written, so ours is compared where there is no genuine one too.
//! `FIREBELL_AMTOOL` and `FIREBELL_ALERTMANAGER` name the genuine programs.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "amtool_command/places.rs"]
mod places;

use std::fmt::Write as _;
use std::process::Output;

use places::{Place, Server, Whose};
use regex::{Captures, Regex};

const SESSION: &str = include_str!("amtool_command/session.txt");
const OFFLINE: &str = include_str!("amtool_command/offline.txt");

/// The command lines of a script.
fn lines(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The words of a line; single quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted, mut word) = (Vec::new(), false, None);
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_with(String::new);
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_with(String::new).push(other),
        }
    }
    words.extend(word);
    words
}

/// What a script prints, line by line. Moments of today, ids and the server's address, which are
/// other ones each time, are covered; so is what is logged of matchers, in other words each.
struct Transcript {
    text: String,
    url: String,
    ids: Vec<String>,
    dates: Regex,
    id: Regex,
    log: Regex,
}

impl Transcript {
    fn new(url: &str) -> Transcript {
        Transcript {
            text: String::new(),
            url: url.to_owned(),
            ids: Vec::new(),
            dates: Regex::new(r"20([1-8]\d)-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{3})?").unwrap(),
            id: Regex::new(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f-]{16}").unwrap(),
            log: Regex::new(r"time=\S+ level=.*\n").unwrap(),
        }
    }

    /// The id that was met last.
    fn last_id(&self) -> &str {
        self.ids.last().map_or("", String::as_str)
    }

    fn add(&mut self, line: &str, output: &Output) {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let is_log = |line: &&str| line.starts_with("Warning: ") && line.contains("matcher syntax");
        let kept = |text: String| -> String {
            // the genuine one logs in the middle of lines, too
            let text = self.log.replace_all(&text, "");
            text.split_inclusive('\n').filter(|line| !is_log(line)).collect()
        };
        let (out, err) = (kept(text(&output.stdout)), kept(text(&output.stderr)));
        let _ = writeln!(self.text, "$ {line}");
        let out = self.covered(&out);
        self.text.push_str(&out);
        for line in self.covered(&err).lines() {
            let _ = writeln!(self.text, "! {line}");
        }
        let _ = writeln!(self.text, "[{}]\n", output.status.code().unwrap_or(-1));
    }

    fn covered(&mut self, text: &str) -> String {
        let text = self.dates.replace_all(text, |found: &Captures<'_>| {
            let digit = |c: char| if c.is_ascii_digit() { '#' } else { c };
            found[0].chars().map(digit).collect::<String>()
        });
        let ids = &mut self.ids;
        let text = self.id.replace_all(&text, |found: &Captures<'_>| {
            let known = ids.iter().position(|id| *id == found[0]);
            let index = known.unwrap_or_else(|| {
                ids.push(found[0].to_owned());
                ids.len() - 1
            });
            format!("<id {index}>")
        });
        match self.url.as_str() {
            "" => text.into_owned(),
            url => text.replace(url, "<url>"),
        }
    }
}

/// Runs a script with one amtool against one server.
fn play(script: &str, place: &Place, amtool: Whose, url: &str) -> Option<String> {
    let mut transcript = Transcript::new(url);
    for line in lines(script) {
        let divided = |mark| line.split_once(mark).map_or((line, None), |(a, b)| (a, Some(b)));
        let (line_proper, kept) = divided(" > ");
        let (line_proper, fed) = if kept.is_some() { (line_proper, None) } else { divided(" < ") };
        let mut command = place.amtool(amtool)?;
        command.arg("--no-version-check");
        if !url.is_empty() {
            command.arg(format!("--alertmanager.url={url}"));
        }
        let id = transcript.last_id().to_owned();
        command.args(words(line_proper).iter().map(|word| word.replace("$ID", &id)));
        if let Some(file) = fed {
            command.stdin(place.open(file));
        }
        let output = command.output().unwrap();
        if let Some(file) = kept {
            place.keep(file, &String::from_utf8_lossy(&output.stdout));
        }
        transcript.add(line, &output);
    }
    Some(transcript.text)
}

/// A script's outcome with this amtool and this server, each fresh.
fn session(amtool: Whose, server: Whose) -> Option<String> {
    let server = Server::start(server)?;
    play(SESSION, &Place::new(), amtool, &server.url)
}

#[test]
fn our_amtool_speaks_with_our_server() {
    insta::assert_snapshot!("session", session(Whose::Ours, Whose::Ours).unwrap());
}

#[test]
fn our_amtool_speaks_with_a_genuine_alertmanager() {
    let Some(text) = session(Whose::Ours, Whose::Genuine) else { return };
    insta::assert_snapshot!("session", text);
}

#[test]
fn a_genuine_amtool_speaks_with_our_server() {
    let Some(text) = session(Whose::Genuine, Whose::Ours) else { return };
    insta::assert_snapshot!("session", text);
}

#[test]
fn a_genuine_amtool_speaks_with_a_genuine_alertmanager() {
    let Some(text) = session(Whose::Genuine, Whose::Genuine) else { return };
    insta::assert_snapshot!("session", text);
}

#[test]
fn command_lines_without_a_server_print_what_amtool_prints() {
    let ours = play(OFFLINE, &Place::new(), Whose::Ours, "").unwrap();
    insta::assert_snapshot!("offline", ours);
}

/// The genuine one is Debian's, which has an address by default and warns that a file overrides
/// it.
#[test]
fn a_genuine_amtool_prints_the_same_without_a_server() {
    let Some(genuine) = play(OFFLINE, &Place::new(), Whose::Genuine, "") else { return };
    let default = "! Warning: --config.file flag overrides the --alertmanager.url.\n";
    insta::assert_snapshot!("offline", genuine.replace(default, ""));
}

/// What depends on the server, so that only the amtools are compared; offsets of dates, too.
#[test]
fn both_amtools_show_a_servers_configuration_alike() {
    let lines = "config\nconfig show\nconfig show -o json\nconfig routes show --config.file=deep.yml\n\
                 alert add foo --start=2001-01-02T00:00:00+02:00 --end=2099-01-03T00:00:00-03:30\n\
                 alert\nalert -o json\nalert -o extended\n";
    for server in [Whose::Ours, Whose::Genuine] {
        let Some(server) = Server::start(server) else { continue };
        let Some(genuine) = play(lines, &Place::new(), Whose::Genuine, &server.url) else { return };
        let ours = play(lines, &Place::new(), Whose::Ours, &server.url).unwrap();
        assert_eq!(ours, genuine);
    }
}

#[test]
fn both_amtools_take_settings_from_files_and_know_their_user() {
    let lines = "alert\nsilence add foo -d 1h\nsilence query\nsilence query -o simple\n\
                 silence add bar --author=me --require-comment\n";
    let play = |amtool, settings| {
        let server = Server::start(Whose::Ours).unwrap();
        let place = Place::new();
        let place = if settings { place.with_settings() } else { place };
        play(lines, &place, amtool, &server.url)
    };
    let ours = play(Whose::Ours, true).unwrap();
    assert!(
        ours.contains("\"createdBy\":\"somebody\"") && ours.contains("comment required by config")
    );
    for settings in [true, false] {
        let Some(genuine) = play(Whose::Genuine, settings) else { return };
        assert_eq!(play(Whose::Ours, settings).unwrap(), genuine);
    }
}

#[test]
fn settings_may_name_the_server_and_bad_ones_are_told_of() {
    let server = Server::start(Whose::Ours).unwrap();
    let place = Place::new().with_settings();
    let text = format!("alertmanager.url: {}\n", server.url);
    place.keep("home/.config/amtool/config.yml", &text);
    let ours = play("cluster\n", &place, Whose::Ours, "").unwrap();
    assert!(ours.contains("Cluster Status:  disabled"), "{ours}");
    place.keep("home/.config/amtool/config.yml", "alertmanager.url: [a]\n");
    let ours = play("cluster\n", &place, Whose::Ours, "").unwrap();
    let told = "! amtool: error: could not load config file: yaml: unmarshal errors:\n!   line 1: ";
    assert!(ours.contains(told), "{ours}");
    let none = play("alert\n", &Place::new(), Whose::Ours, "").unwrap();
    assert!(
        none.contains("! amtool: error: required flag --alertmanager.url not provided\n[1]"),
        "{none}"
    );
}

/// Where a genuine amtool prints addresses in memory, ours prints what stands there.
#[test]
fn values_are_shown_where_amtool_shows_pointers() {
    let server = Server::start(Whose::Ours).unwrap();
    let lines = "silence add foo -c x\nsilence update -q -d 2h $ID\nconfig show -o extended\n";
    let text = play(lines, &Place::new(), Whose::Ours, &server.url).unwrap();
    assert!(text.contains("$ silence update -q -d 2h $ID\n<id 0>\n[0]"), "{text}");
    assert!(text.contains("\nversion 0.34.0\n") && text.contains("global:\n"), "{text}");
}

#[test]
fn the_binary_is_amtool_by_its_name_too_and_has_help() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("amtool");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_firebell"), &link).unwrap();
    let said = |words: &[&str]| {
        let output = std::process::Command::new(&link).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said(&["--version"]).starts_with("amtool, version 0.34.0 (branch: "));
    let help = said(&["--help"]);
    assert_eq!(said(&[]), help);
    for part in
        ["silence update", "config routes test", "--alertmanager.url=", "-o, --output=simple"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert_eq!(said(&["silence", "add", "-h"]), said(&["help", "silence", "add"]));
}

/// Every flag and command that a genuine amtool tells of is told of.
#[test]
fn help_lists_what_a_genuine_amtool_lists() {
    let place = Place::new();
    let Some(mut genuine) = place.amtool(Whose::Genuine) else { return };
    let long = String::from_utf8(genuine.arg("--help-long").output().unwrap().stdout).unwrap();
    let flag = Regex::new(r"--(\[no-\])?[a-z-]+(\.[a-z-]+)*").unwrap();
    let command = Regex::new(r"(?m)^([a-z-]+( [a-z]+)*)( \[| --template|$)").unwrap();
    let (_, commands) = long.split_once("\nCommands:\n").unwrap();
    let mut path: Vec<String> = Vec::new();
    let mut seen = 0;
    for line in commands.lines() {
        if let Some(found) = command.captures(line) {
            path = found[1].split(' ').map(str::to_owned).collect();
        }
        if !line.trim_start().starts_with('-') || path.is_empty() {
            continue;
        }
        let mut ours = place.amtool(Whose::Ours).unwrap();
        let ours = ours.args(&path).arg("--help").output().unwrap();
        let ours = String::from_utf8(ours.stdout).unwrap();
        // help texts have lists too
        let Some(name) = flag.find(line).map(|it| it.as_str()) else { continue };
        assert!(ours.contains(name), "{path:?} {name}: {ours}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
