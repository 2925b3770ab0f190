//! Lowers a syntax tree to a [`Tree`], driven by a table of roles that each language gives.
//!
//! A language names the kinds of its grammar that play a [`Role`]; what is peculiar to it goes
//! into its own hook. Everything else is the same for all of them and stands here.

mod attribute;
mod branch;
mod call;
mod declaration;
mod expression;
mod fragment;
mod role;
mod statement;
mod value;

pub use role::{Role, Roles};
pub use value::Use;

use super::parse::{broken, parse, parse_both};
use super::syntax::{Node, Syntax};
use super::tree::{Attribute, Expr, ExprKind, Scope, ScopeKind, Span, Stmt, StmtKind, Tree};
use tree_sitter::Parser;

/// Nested deeper than this, code is kept as text: no input may exhaust the stack.
const MAX_DEPTH: usize = 150;

/// What the last expression of a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// A statement like any other.
    Statement,
    /// The result.
    Result,
    /// The result, and so is the last of each way of a branch that stands last.
    ResultOfEachWay,
}

/// A language, as the lowering sees it.
pub struct Grammar {
    /// The grammar.
    pub language: fn() -> tree_sitter::Language,
    /// The kinds that play each role; the rest is [`Role::Other`].
    pub roles: &'static [(Role, &'static [&'static str])],
    /// What is peculiar to the language, asked first. `true` means it was lowered.
    pub statement: fn(&mut Lowering<'_>, Node<'_>, &mut Vec<Stmt>) -> bool,
    /// The same for expressions.
    pub expression: fn(&mut Lowering<'_>, Node<'_>) -> Option<Expr>,
    /// What the last expression of a function is.
    pub last: Last,
    /// Whether a bare name that stands as a statement is a call.
    pub bare_names_call: bool,
}

/// Parses and lowers. None where the parser gave up.
pub fn lower(grammar: &Grammar, roles: &Roles, source: &str) -> Option<Tree> {
    let syntax = parse(&roles.lexicon, source)?;
    Some(lower_syntax(grammar, roles, source, &syntax))
}

/// The same for two sources that have much in common.
pub fn lower_both(grammar: &Grammar, roles: &Roles, sources: [&str; 2]) -> [Option<Tree>; 2] {
    let [one, other] = parse_both(&roles.lexicon, sources);
    let lower = |source, syntax: Option<Syntax<'_>>| {
        syntax.map(|it| lower_syntax(grammar, roles, source, &it))
    };
    [lower(sources[0], one), lower(sources[1], other)]
}

fn lower_syntax(grammar: &Grammar, roles: &Roles, source: &str, syntax: &Syntax<'_>) -> Tree {
    let root = syntax.root();
    let mut lowering = Lowering {
        grammar,
        roles,
        source,
        tree: Tree::default(),
        current: 0,
        depth: 0,
        naming: Vec::new(),
        value: None,
        handler: None,
        branch: None,
        attributes: Vec::new(),
        parser: None,
        fragments: 0,
        climbs: 500,
    };
    lowering.tree.scopes.push(Scope {
        path: String::new(),
        name: String::new(),
        kind: ScopeKind::File,
        parent: None,
        parameters: Vec::new(),
        attributes: Vec::new(),
        bases: Vec::new(),
        body: Vec::new(),
        span: root.span(),
        line: 1,
        end_line: root.end_line(),
    });
    let body = lowering.statements(root);
    lowering.tree.scopes[0].body = body;
    lowering.tree.broken = broken(root);
    lowering.tree
}

/// The state of lowering one file.
pub struct Lowering<'a> {
    grammar: &'a Grammar,
    roles: &'a Roles,
    source: &'a str,
    tree: Tree,
    current: usize,
    depth: usize,
    /// The names that an anonymous function gets from what it is assigned to.
    naming: Vec<String>,
    /// The node that is what a name is given to.
    value: Option<usize>,
    /// The anonymous function that handles a route, and the name that it gets from it.
    handler: Option<(usize, String)>,
    /// Where the last value that takes several ways stands.
    branch: Option<Span>,
    /// Attributes that stand before the declaration that they belong to.
    attributes: Vec<Attribute>,
    /// Parses fragments that the grammar leaves as tokens.
    parser: Option<Parser>,
    /// How many fragments enclose what is being lowered.
    fragments: usize,
    /// How often more may be looked for above a node.
    climbs: usize,
}

impl<'a> Lowering<'a> {
    /// The source of a node.
    pub fn text(&self, node: Node<'_>) -> &'a str {
        self.source
            .get(node.start_byte()..node.end_byte())
            .unwrap_or_default()
    }

    /// The node above, so long as a file does not ask for it too often: each time costs the way
    /// from the root.
    pub fn above<'t>(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        self.climbs = self.climbs.checked_sub(1)?;
        node.parent()
    }

    /// The source between two offsets.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.source.get(from..to).unwrap_or_default()
    }

    /// The role of a node.
    pub fn role(&self, node: Node<'_>) -> Role {
        self.roles.of(node)
    }

    /// An expression at a node.
    pub fn at(&self, node: Node<'_>, kind: ExprKind) -> Expr {
        Expr::new(kind, node.line(), node.span())
    }

    /// A statement at a node.
    pub fn stmt(&self, node: Node<'_>, kind: StmtKind) -> Stmt {
        Stmt {
            kind,
            line: node.line(),
            span: node.span(),
        }
    }

    /// What assertions are: code leaves where a condition holds, and says something.
    pub fn leaves_if(&self, node: Node<'_>, condition: Expr, said: Option<Expr>) -> Stmt {
        let kind = StmtKind::If {
            condition,
            then: vec![self.stmt(node, StmtKind::Throw(said))],
            otherwise: Vec::new(),
        };
        self.stmt(node, kind)
    }

    /// An assertion by a call: what must hold is its first argument, what is said its second.
    pub fn asserted(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
        let list = field(node, &["arguments"]).map(|it| self.arguments(it));
        let mut values = list.into_iter().flatten().map(|it| it.value);
        let Some(condition) = values.next() else {
            return false;
        };
        out.push(self.leaves_if(node, condition.negate(), values.next()));
        true
    }

    /// Whether the current scope is a function, or inside one.
    pub(super) fn in_function(&self) -> bool {
        let mut scope = Some(self.current);
        while let Some(index) = scope {
            if self.tree.scopes[index].kind == ScopeKind::Function {
                return true;
            }
            scope = self.tree.scopes[index].parent;
        }
        false
    }
}

/// The first child that is in one of the fields.
pub fn field<'t>(node: Node<'t>, names: &[&str]) -> Option<Node<'t>> {
    names.iter().find_map(|name| node.field(name))
}

/// The named children, comments and all.
pub fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    node.named_children().collect()
}

fn first_named(node: Node<'_>) -> Option<Node<'_>> {
    node.named_children().find(|it| !it.is_extra())
}

fn last_named(node: Node<'_>) -> Option<Node<'_>> {
    node.named_children().filter(|it| !it.is_extra()).last()
}

/// The child that a wrapper is about.
fn wrapped<'t>(roles: &Roles, node: Node<'t>) -> Option<Node<'t>> {
    field(
        node,
        &[
            "expression",
            "value",
            "argument",
            "operand",
            "definition",
            "declaration",
        ],
    )
    .or_else(|| {
        node.named_children()
            .find(|it| !it.is_extra() && roles.of(*it) != Role::Skip)
    })
    .or_else(|| first_named(node))
}

/// What is left of a node without what only wraps it.
fn core<'t>(roles: &Roles, node: Node<'t>) -> Node<'t> {
    let mut node = node;
    while roles.of(node) == Role::Wrapper
        || (matches!(
            node.kind(),
            "expression_list" | "argument" | "attribute_argument"
        ) && node.named_child_count() == 1)
    {
        match wrapped(roles, node) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// A string without its prefix and quotes.
pub fn unquote(text: &str) -> &str {
    let start = text
        .find(['"', '\'', '`'])
        .filter(|at| {
            *at <= 3
                && text[..*at]
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || c == '@' || c == '#')
        })
        .unwrap_or(0);
    let body = &text[start..];
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        if let Some(rest) = body.strip_prefix(quote) {
            return rest.strip_suffix(quote).unwrap_or(rest);
        }
    }
    body
}
