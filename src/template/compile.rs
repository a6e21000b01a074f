//! A pass over gotmpl's syntax tree that gives templates Go's semantics where the crate, which
//! knows neither Go's types nor methods, cannot.
//!
//! | written | becomes | why |
//! |---|---|---|
//! | `.a.b` | ``__field . "a" "b"`` | methods without arguments, zero values, typed errors |
//! | `.a.M x`, <code>x &#124; .M</code> | ``__method (__field . "a") "M" x`` | methods with arguments |
//! | `{{ pipe }}` | ``{{ pipe &#124; __show }}`` | numbers, times, label maps print as Go prints them |
//! | `{{ pipe &#124; urlquery }}` | ``{{ pipe &#124; __show &#124; urlquery }}`` | escapers must stay last |
//! | `range pipe` | ``range pipe &#124; __items`` | typed maps |
//! | `lt a b` | ``lt (__plain a) (__plain b)`` | durations compare as numbers |
//! | `{{template "x"}}` | ``{{template "x" __nil}}`` | Go passes nil, gotmpl the dot |
//!
//! Before every action, `__at <place>` notes where we are (for errors) and counts (for limits).
//! Unknown functions and variables are refused here, as Go refuses them when it parses.

use gotmpl::parse::{
    ActionNode, BranchNode, CommandNode, Expr, ListNode, Node, Number, PipeNode, Pos, SmolStr,
    TemplateNode,
};

use super::balance;
use super::run::Place;

/// The variable that swallows the result of `__at`; no template can spell it.
const NOWHERE: SmolStr = SmolStr::new_static("$-at");

/// What a set of templates may use.
pub(super) trait Language {
    /// Whether there is a function of this name.
    fn has_function(&self, name: &str) -> bool;
    /// Variables that exist from the start, `$` not counted.
    fn variables(&self) -> &'static [&'static str];
}

/// One pass over the trees of one source.
pub(super) struct Pass<'a> {
    language: &'a dyn Language,
    text: &'a str,
    source: usize,
    variables: Vec<SmolStr>,
}

/// What is wrong, and where.
pub(super) type Fault = (Place, String);

impl<'a> Pass<'a> {
    /// A pass over the trees of a text, which is the source of that number.
    pub(super) fn new(language: &'a dyn Language, text: &'a str, source: usize) -> Pass<'a> {
        Pass { language, text, source, variables: Vec::new() }
    }

    /// Rewrites the body of a template.
    pub(super) fn body(&mut self, list: &mut ListNode) -> Result<(), Fault> {
        self.variables = vec![SmolStr::new_static("$")];
        self.variables.extend(self.language.variables().iter().map(|name| SmolStr::from(*name)));
        self.list(list)
    }

    fn list(&mut self, list: &mut ListNode) -> Result<(), Fault> {
        let mut nodes = Vec::with_capacity(list.nodes.len() * 2);
        for mut node in list.nodes.drain(..) {
            if let Some(pos) = position(&node) {
                nodes.push(self.mark(pos));
            }
            self.node(&mut node)?;
            nodes.push(node);
        }
        list.nodes = nodes;
        Ok(())
    }

    fn node(&mut self, node: &mut Node) -> Result<(), Fault> {
        match node {
            Node::Action(action) => self.action(action),
            Node::If(branch) | Node::With(branch) => self.branch(branch, false),
            Node::Range(branch) => self.branch(branch, true),
            Node::Template(call) => self.template(call),
            Node::List(list) => self.list(list),
            Node::Text(_) | Node::Define(_) | Node::Break(_) | Node::Continue(_) => Ok(()),
        }
    }

    fn action(&mut self, action: &mut ActionNode) -> Result<(), Fault> {
        self.pipe(&mut action.pipe)?;
        if action.pipe.decl.is_empty() {
            show(&mut action.pipe);
        }
        Ok(())
    }

    fn branch(&mut self, branch: &mut BranchNode, is_range: bool) -> Result<(), Fault> {
        let outside = self.variables.len();
        self.pipe(&mut branch.pipe)?;
        if is_range {
            branch.pipe.commands.push(call(branch.pipe.pos, "__items", Vec::new()));
        }
        let inside = self.variables.len();
        self.list(&mut branch.body)?;
        self.variables.truncate(inside);
        if let Some(otherwise) = &mut branch.else_body {
            self.list(otherwise)?;
        }
        self.variables.truncate(outside);
        Ok(())
    }

    fn template(&mut self, node: &mut TemplateNode) -> Result<(), Fault> {
        match &mut node.pipe {
            Some(pipe) => self.pipe(pipe),
            None => {
                node.pipe = Some(pipe_of(node.pos, "__nil", Vec::new()));
                Ok(())
            }
        }
    }

    fn pipe(&mut self, pipe: &mut PipeNode) -> Result<(), Fault> {
        for index in 0..pipe.commands.len() {
            self.command(&mut pipe.commands[index], index > 0)?;
        }
        compare_plainly(&mut pipe.commands);
        for name in &pipe.decl {
            if pipe.is_assign && !self.variables.contains(name) {
                return Err(self.fault(pipe.pos, format!("undefined variable {name:?}")));
            }
            self.variables.push(name.clone());
        }
        Ok(())
    }

    fn command(&mut self, command: &mut CommandNode, piped: bool) -> Result<(), Fault> {
        for argument in command.args.iter_mut().skip(1) {
            self.argument(argument)?;
        }
        let has_arguments = piped || command.args.len() > 1;
        let Some(first) = command.args.first_mut() else { return Ok(()) };
        let (pos, receiver, mut names) = match first {
            Expr::Identifier(pos, name) => return self.function(*pos, name),
            Expr::Pipe(_, inner) => return self.pipe(inner),
            Expr::Variable(pos, name, _) if !self.variables.contains(name) => {
                return Err(self.fault(*pos, format!("undefined variable {name:?}")));
            }
            Expr::Field(pos, names) => (*pos, Expr::Dot(*pos), std::mem::take(names)),
            Expr::Variable(pos, name, names) if !names.is_empty() => {
                (*pos, Expr::Variable(*pos, name.clone(), Vec::new()), std::mem::take(names))
            }
            Expr::Chain(pos, inner, names) => {
                self.argument(inner)?;
                (*pos, (**inner).clone(), std::mem::take(names))
            }
            _ => return Ok(()),
        };
        if !has_arguments {
            command.args = field(pos, receiver, names);
            return Ok(());
        }
        let method = names.pop().unwrap_or_default();
        let receiver = if names.is_empty() { receiver } else { nested(pos, receiver, names) };
        let mut args = vec![identifier(pos, "__method"), receiver, string(pos, &method)];
        args.extend(command.args.drain(1..));
        command.args = args;
        Ok(())
    }

    fn argument(&mut self, argument: &mut Expr) -> Result<(), Fault> {
        match argument {
            Expr::Field(pos, names) => {
                *argument = nested(*pos, Expr::Dot(*pos), std::mem::take(names));
            }
            Expr::Variable(pos, name, names) => {
                if !self.variables.contains(name) {
                    return Err(self.fault(*pos, format!("undefined variable {name:?}")));
                }
                if !names.is_empty() {
                    let variable = Expr::Variable(*pos, name.clone(), Vec::new());
                    *argument = nested(*pos, variable, std::mem::take(names));
                }
            }
            Expr::Chain(pos, inner, names) => {
                self.argument(inner)?;
                *argument = nested(*pos, (**inner).clone(), std::mem::take(names));
            }
            Expr::Identifier(pos, name) => return self.function(*pos, name),
            Expr::Pipe(_, pipe) => return self.pipe(pipe),
            _ => {}
        }
        Ok(())
    }

    fn function(&self, pos: Pos, name: &str) -> Result<(), Fault> {
        if self.language.has_function(name) {
            return Ok(());
        }
        Err(self.fault(pos, format!("function {name:?} not defined")))
    }

    /// `{{ $-at := __at <place> }}`.
    fn mark(&self, pos: Pos) -> Node {
        let place = Expr::Number(pos, Number::Int(self.place(pos).pack()));
        let mut pipe = pipe_of(pos, "__at", vec![place]);
        pipe.decl = vec![NOWHERE];
        Node::Action(ActionNode { pos, pipe })
    }

    fn place(&self, pos: Pos) -> Place {
        Place { source: self.source, ..balance::place(self.text, pos.offset) }
    }

    fn fault(&self, pos: Pos, message: String) -> Fault {
        (self.place(pos), message)
    }
}

/// Where a node that does something begins.
fn position(node: &Node) -> Option<Pos> {
    match node {
        Node::Action(action) => Some(action.pos),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => Some(branch.pos),
        Node::Template(call) => Some(call.pos),
        _ => None,
    }
}

/// Appends `__show`, before an escaper that must stay the last command.
fn show(pipe: &mut PipeNode) {
    let command = call(pipe.pos, "__show", Vec::new());
    match pipe.commands.last() {
        Some(last) if is_escaper(last) && last.args.len() == 1 && pipe.commands.len() > 1 => {
            pipe.commands.insert(pipe.commands.len() - 1, command);
        }
        Some(last) if is_escaper(last) => {
            if let Some(last) = pipe.commands.last_mut() {
                wrap_arguments(last, "__show");
            }
        }
        _ => pipe.commands.push(command),
    }
}

fn is_escaper(command: &CommandNode) -> bool {
    matches!(command.args.first(), Some(Expr::Identifier(_, name)) if name == "html" || name == "urlquery")
}

/// Makes the comparisons of a pipeline see durations as numbers.
fn compare_plainly(commands: &mut Vec<CommandNode>) {
    let mut index = 0;
    while index < commands.len() {
        if is_comparison(&commands[index]) {
            wrap_arguments(&mut commands[index], "__plain");
            if index > 0 {
                commands.insert(index, call(commands[index].pos, "__plain", Vec::new()));
                index += 1;
            }
        }
        index += 1;
    }
}

fn is_comparison(command: &CommandNode) -> bool {
    matches!(command.args.first(), Some(Expr::Identifier(_, name))
        if matches!(name.as_str(), "eq" | "ne" | "lt" | "le" | "gt" | "ge"))
}

fn wrap_arguments(command: &mut CommandNode, function: &'static str) {
    for argument in command.args.iter_mut().skip(1) {
        if !matches!(argument, Expr::String(..) | Expr::Number(..) | Expr::Bool(..)) {
            let pos = argument.pos();
            let inner = std::mem::replace(argument, Expr::Nil(pos));
            *argument = Expr::Pipe(pos, pipe_of(pos, function, vec![inner]));
        }
    }
}

/// `__field receiver "a" "b"`, as the parts of a command.
fn field(pos: Pos, receiver: Expr, names: Vec<SmolStr>) -> Vec<Expr> {
    let mut args = vec![identifier(pos, "__field"), receiver];
    args.extend(names.iter().map(|name| string(pos, name)));
    args
}

/// The same as an argument of something else.
fn nested(pos: Pos, receiver: Expr, names: Vec<SmolStr>) -> Expr {
    let command = CommandNode { pos, args: field(pos, receiver, names) };
    Expr::Pipe(pos, pipe_with(pos, command))
}

fn identifier(pos: Pos, name: &'static str) -> Expr {
    Expr::Identifier(pos, SmolStr::new_static(name))
}

fn string(pos: Pos, text: &str) -> Expr {
    Expr::String(pos, text.into())
}

fn call(pos: Pos, function: &'static str, arguments: Vec<Expr>) -> CommandNode {
    let mut args = vec![identifier(pos, function)];
    args.extend(arguments);
    CommandNode { pos, args }
}

fn pipe_of(pos: Pos, function: &'static str, arguments: Vec<Expr>) -> PipeNode {
    pipe_with(pos, call(pos, function, arguments))
}

fn pipe_with(pos: Pos, command: CommandNode) -> PipeNode {
    PipeNode { pos, decl: Vec::new(), commands: vec![command], is_assign: false }
}
