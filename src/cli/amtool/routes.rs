//! `config routes show` and `config routes test`.

use std::path::Path;

use anyhow::{Result, anyhow};

use crate::cli::ExitStatus;
use crate::cli::check::input::opened;
use crate::cli::check::web_config::told;
use crate::config::{Expansion, alertmanager};
use crate::label::{Labels, MatchOp};
use crate::route::{Route, Tree};

use super::Bare;
use super::print;
use super::session::Session;

/// Draws the whole tree.
pub(super) async fn show(session: &Session) -> Result<ExitStatus> {
    let root = load(session).await.map_err(|error| Bare(format!("{error:#}")))?;
    print(&format!("Routing tree:\n{}\n", drawn(&whole(&root))))
}

/// Says who gets an alert.
pub(super) async fn test(session: &Session) -> Result<ExitStatus> {
    let root = load(session).await?;
    let labels = labels(session)?;
    let tree = Tree::new(&root);
    let receivers: Vec<&str> =
        tree.matching(&labels).into_iter().map(|id| &*tree.node(id).options.receiver).collect();
    let receivers = receivers.join(",");
    let mut text = String::new();
    if session.values.is_on("tree") {
        text = format!("Matching routes:\n{}\n\n", drawn(&matching(&root, &labels)));
    }
    text.push_str(&receivers);
    text.push('\n');
    let expected = session.values.text("verify.receivers");
    if expected.is_empty() || expected == receivers {
        return print(&text);
    }
    text.push_str("WARNING: Expected receivers did not match resolved receivers.\n");
    print(&text)?;
    Ok(ExitStatus::Failure)
}

/// The root of the tree, of a file or of the server.
async fn load(session: &Session) -> Result<Route> {
    let (file, text) = match session.values.text("config.file") {
        "" => {
            if session.address.is_none() {
                return Err(anyhow!("failed to get Alertmanager configuration"));
            }
            (String::new(), session.api().await?.status().await?.config.original)
        }
        file => {
            if session.address.is_some() {
                eprintln!("Warning: --config.file flag overrides the --alertmanager.url.");
            }
            (file.to_owned(), opened(Path::new(file)).map_err(anyhow::Error::msg)?)
        }
    };
    let raw = alertmanager::parse(&file, &text, Expansion::Off, session.mode);
    let raw = raw.map_err(|errors| anyhow!(told(&errors)))?;
    Ok(raw.compile(&[]).map_err(|errors| anyhow!(told(&errors)))?.route)
}

fn labels(session: &Session) -> Result<Labels> {
    let mut pairs = Vec::new();
    for text in &session.values.arguments {
        let matcher = session.matcher(text);
        let matcher = matcher.map_err(|error| anyhow!("Failed to parse labels: {error}"))?;
        if matcher.op != MatchOp::Equal {
            return Err(anyhow!("Labels must be specified as key=value pairs"));
        }
        pairs.push((matcher.name, matcher.value));
    }
    let mut labels = Labels::empty().edit();
    for (name, value) in &pairs {
        labels.set(name, value);
    }
    Ok(labels.build())
}

/// A thing to draw: its text, and what hangs below it.
struct Branch {
    text: String,
    branches: Vec<Branch>,
}

/// The matchers of a route; without any it takes everything.
fn matchers(route: &Route) -> String {
    match route.matchers.0.is_empty() {
        true => "default-route".to_owned(),
        false => route.matchers.to_string(),
    }
}

fn whole(route: &Route) -> Branch {
    let continues = if route.continues { "  continue: true" } else { "" };
    let text = format!("{}{continues}  receiver: {}", matchers(route), route.options.receiver);
    Branch { text, branches: route.routes.iter().map(whole).collect() }
}

/// The part of the tree that an alert goes through; where it ends is the receiver.
fn matching(route: &Route, labels: &Labels) -> Branch {
    let mut branches = Vec::new();
    for child in route.routes.iter().filter(|child| child.matchers.matches(labels)) {
        branches.push(matching(child, labels));
        if !child.continues {
            break;
        }
    }
    let mut text = matchers(route);
    if branches.is_empty() {
        text.push_str("  receiver: ");
        text.push_str(&route.options.receiver);
    }
    Branch { text, branches }
}

fn drawn(branch: &Branch) -> String {
    let mut out = String::from(".\n");
    draw(&mut out, branch, "", true);
    out
}

fn draw(out: &mut String, branch: &Branch, indent: &str, last: bool) {
    let (edge, below) = if last { ("└── ", "    ") } else { ("├── ", "│   ") };
    for part in [indent, edge, &branch.text, "\n"] {
        out.push_str(part);
    }
    let indent = format!("{indent}{below}");
    for (index, inner) in branch.branches.iter().enumerate() {
        draw(out, inner, &indent, index + 1 == branch.branches.len());
    }
}
