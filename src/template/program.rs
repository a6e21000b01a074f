//! Parsed templates, ready to run: the trees of [`super::compile`] in gotmpl's engines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gotmpl::Value;
use gotmpl::parse::{BranchNode, ListNode, Node, Parser};

use super::TemplateError;
use super::balance;
use super::compile::{Language, Pass};
use super::error::plain;
use super::run::{Output, Place, Run, execute};

/// The longest template that is parsed, in bytes.
pub(super) const MAX_TEMPLATE: usize = 1 << 20;

/// The name of the tree that a program starts with; no template can spell it.
const MAIN: &str = "\0main";
/// The text that starts it: HTML is escaped from an entry on.
const ENTRY: &str = "{{template \"\0main\" .}}";

/// What gotmpl puts between a template's name and the place it derived it for.
const DERIVED: &str = "$htmltemplate_";
/// The most aliases a program gets; see [`missing_alias`].
const MAX_ALIASES: usize = 256;

/// Rewritten trees by name.
pub(super) type Trees = BTreeMap<String, Arc<ListNode>>;

/// The trees of one source: its own body, and what it defines.
pub(super) struct Source {
    /// What stands outside of definitions.
    pub(super) body: ListNode,
    /// What it defines.
    pub(super) defines: Trees,
}

/// Parses one source, which has this number among the sources of its set.
pub(super) fn parse(
    language: &dyn Language,
    name: &str,
    text: &str,
    number: usize,
) -> Result<Source, TemplateError> {
    if text.len() > MAX_TEMPLATE {
        let message = format!("is {} bytes long, more than {MAX_TEMPLATE}", text.len());
        return Err(TemplateError::new(name, message));
    }
    let (mut body, defines) = Parser::new(text, "{{", "}}")
        .and_then(Parser::parse)
        .map_err(|error| TemplateError::syntax(name, error))?;
    let fault = |(place, message): (Place, String)| TemplateError::at(name, place, message);
    balance::check(text).map_err(fault)?;
    let mut pass = Pass::new(language, text, number);
    pass.body(&mut body).map_err(fault)?;
    let mut trees = Trees::new();
    for mut define in defines {
        let place = balance::place(text, define.pos.offset);
        pass.body(&mut define.body).map_err(fault)?;
        let tree = Arc::new(define.body);
        match trees.get(define.name.as_str()) {
            Some(earlier) if !earlier.is_empty_tree() && !tree.is_empty_tree() => {
                let message = format!("multiple definition of template {:?}", define.name.as_str());
                return Err(fault((place, message)));
            }
            Some(earlier) if !earlier.is_empty_tree() => {}
            _ => drop(trees.insert(define.name.to_string(), tree)),
        }
    }
    Ok(Source { body, defines: trees })
}

/// Lays the definitions of one source over those of earlier ones: a later one wins, unless it
/// is empty. (Source: Go, `parse.IsEmptyTree` and `Template.associate`.)
pub(super) fn overlay(trees: &mut Trees, defines: Trees) {
    for (name, tree) in defines {
        if !tree.is_empty_tree() || !trees.contains_key(&name) {
            trees.insert(name, tree);
        }
    }
}

/// What a program runs in.
enum Engine {
    Text(gotmpl::Template),
    Html(gotmpl::html::Template),
}

/// A template with everything it can reach.
pub(super) struct Program {
    engine: Engine,
    /// The names of the sources, for messages.
    names: Vec<Arc<str>>,
}

impl Program {
    /// A program that writes text. `prototype` brings the functions.
    pub(super) fn text(
        prototype: &gotmpl::Template,
        source: Source,
        trees: &Trees,
        names: Vec<Arc<str>>,
    ) -> Result<Program, TemplateError> {
        let mut template = prototype.clone().parse(ENTRY).map_err(internal)?;
        for (name, tree) in reachable(source, trees) {
            template = template.add_parse_tree(&name, tree);
        }
        Ok(Program { engine: Engine::Text(template), names })
    }

    /// A program that writes HTML and escapes what it inserts.
    pub(super) fn html(
        prototype: &gotmpl::html::Template,
        source: Source,
        trees: &Trees,
        names: Vec<Arc<str>>,
    ) -> Result<Program, TemplateError> {
        let mut template = prototype.clone().parse(ENTRY).map_err(internal)?;
        let reached = reachable(source, trees);
        for (name, tree) in reached.clone() {
            template = template.add_parse_tree(&name, tree).map_err(internal)?;
        }
        for _ in 0..MAX_ALIASES {
            let Some(alias) = missing_alias(&template) else { break };
            let base = alias.split(DERIVED).next().unwrap_or_default();
            let Some(tree) = reached.get(base) else { break };
            template = template.add_parse_tree(&alias, tree.clone()).map_err(internal)?;
        }
        Ok(Program { engine: Engine::Html(template), names })
    }

    /// Runs the program. The run comes back whatever happens.
    pub(super) fn execute(&self, data: &Value, run: Run) -> (Result<String, TemplateError>, Run) {
        let (result, run) = execute(run, || {
            let mut output = Output::default();
            match &self.engine {
                Engine::Text(template) => template.execute_fmt(&mut output, data),
                Engine::Html(template) => template.execute_fmt(&mut output, data),
            }
            .map(|()| output.text)
        });
        (result.map_err(|error| self.fault(run.place, error)), run)
    }

    fn fault(&self, place: Place, error: gotmpl::TemplateError) -> TemplateError {
        if let gotmpl::TemplateError::Escape { name, line, description, .. } = error {
            let name = name.filter(|name| name != MAIN).unwrap_or_default();
            return TemplateError::at(&name, Place { line, ..Place::default() }, description);
        }
        let name = self.names.get(place.source).map_or("", |name| name);
        TemplateError::at(name, place, plain(error))
    }
}

/// The name under which gotmpl looks in vain for a template that it derived itself for the
/// place of a call inside of a `range`: it walks the loop's body twice and has renamed the call
/// by then. The same tree under that name satisfies the second walk and is never executed.
fn missing_alias(template: &gotmpl::html::Template) -> Option<String> {
    // Escaping comes before the template is looked up, which is not there.
    let nowhere = template.execute_template_to_string("\0nowhere", &Value::Nil);
    let Err(gotmpl::TemplateError::Escape { description, .. }) = nowhere else { return None };
    let (_, quoted) = description.split_once("no such template \"")?;
    let name = quoted.strip_suffix('"')?;
    name.contains(DERIVED).then(|| name.to_owned())
}

fn internal(error: gotmpl::TemplateError) -> TemplateError {
    TemplateError::new("", plain(error))
}

/// The body of a source as [`MAIN`], and all trees it can reach, by name.
fn reachable(source: Source, trees: &Trees) -> BTreeMap<String, ListNode> {
    let mut reached = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    calls(&source.body, &mut wanted);
    reached.insert(MAIN.to_owned(), source.body);
    while let Some(name) = wanted.pop_first() {
        let own = source.defines.get(&name).filter(|tree| !tree.is_empty_tree());
        let tree = own.or_else(|| trees.get(&name)).or_else(|| source.defines.get(&name));
        if let Some(tree) = tree
            && !reached.contains_key(&name)
        {
            calls(tree, &mut wanted);
            reached.insert(name, ListNode::clone(tree));
        }
    }
    reached
}

/// Notes the names of the templates that a tree calls.
fn calls(list: &ListNode, names: &mut BTreeSet<String>) {
    for node in &list.nodes {
        match node {
            Node::Template(call) => drop(names.insert(call.name.to_string())),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                branch_calls(branch, names);
            }
            Node::List(inner) => calls(inner, names),
            _ => {}
        }
    }
}

fn branch_calls(branch: &BranchNode, names: &mut BTreeSet<String>) {
    calls(&branch.body, names);
    if let Some(otherwise) = &branch.else_body {
        calls(otherwise, names);
    }
}
