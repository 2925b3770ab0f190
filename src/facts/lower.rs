//! Lowers a syntax tree to a [`Tree`], driven by a table of roles that each language gives.
//!
//! A language names the kinds of its grammar that play a [`Role`]; what is peculiar to it goes
//! into its own hook. Everything else is the same for all of them and stands here.

use super::tree::{
    Argument, Attribute, Expr, ExprKind, Operator, Parameter, Scope, ScopeKind, Span, Stmt,
    StmtKind, Tree,
};
use tree_sitter::{Language, Node, Parser};

/// Nested deeper than this, code is kept as text: no input may exhaust the stack.
const MAX_DEPTH: usize = 150;

/// What a kind of node means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Means nothing: comments, types, imports.
    Skip,
    /// Means what its one child means: parentheses, casts, `await`.
    Wrapper,
    /// A list of statements.
    Block,
    /// A statement that is one expression.
    Statement,
    /// A name.
    Name,
    /// `this`, `self`.
    Receiver,
    /// A string, perhaps with values in it.
    Text,
    /// A value inside a string.
    Interpolation,
    /// A number.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// `object.name`.
    Member,
    /// `object[index]`.
    Index,
    /// A call, or `new`.
    Call,
    /// `not x`, `-x`.
    Unary,
    /// `a + b`.
    Binary,
    /// `a ? b : c`.
    Conditional,
    /// A list.
    List,
    /// A map.
    Map,
    /// One entry of a map, or a keyword argument.
    Pair,
    /// `...x`.
    Spread,
    /// An anonymous function.
    Lambda,
    /// A named function.
    Function,
    /// A class, or what encloses functions like one.
    Class,
    /// A decorator, annotation or attribute.
    Attribute,
    /// What encloses attributes.
    AttributeList,
    /// `if`.
    If,
    /// `unless`.
    Unless,
    /// `else`, which encloses statements.
    Else,
    /// `switch`, `case`, `match`.
    Switch,
    /// One way of a switch.
    Case,
    /// `for`, `while`.
    Loop,
    /// `until`.
    Until,
    /// `try`.
    Try,
    /// `catch`.
    Catch,
    /// `finally`.
    Finally,
    /// `with`, `synchronized`.
    With,
    /// `return`.
    Return,
    /// `throw`.
    Throw,
    /// `continue`.
    Continue,
    /// `break`.
    Break,
    /// `a = b`, `a += b`, `let a = b`.
    Assign,
    /// Nothing in particular: kept with its parts.
    Other,
}

/// A language, as the lowering sees it.
pub struct Grammar {
    /// The grammar.
    pub language: fn() -> Language,
    /// The kinds that play each role; the rest is [`Role::Other`].
    pub roles: &'static [(Role, &'static [&'static str])],
    /// What is peculiar to the language, asked first. `true` means it was lowered.
    pub statement: fn(&mut Lowering<'_>, Node<'_>, &mut Vec<Stmt>) -> bool,
    /// The same for expressions.
    pub expression: fn(&mut Lowering<'_>, Node<'_>) -> Option<Expr>,
    /// Whether the last expression of a function is its result, and a bare name a call.
    pub expressions_return: bool,
}

/// The roles of a grammar by kind id, made once.
pub struct Roles(Vec<Role>);

impl Roles {
    /// Looks every kind up.
    pub fn new(grammar: &Grammar) -> Self {
        let language = (grammar.language)();
        let count = language.node_kind_count();
        let mut roles = vec![Role::Other; count];
        for id in 0..count {
            let id = u16::try_from(id).unwrap_or(u16::MAX);
            let Some(kind) = language.node_kind_for_id(id) else {
                continue;
            };
            if !language.node_kind_is_named(id) {
                continue;
            }
            for (role, kinds) in grammar.roles {
                if kinds.contains(&kind) {
                    roles[usize::from(id)] = *role;
                }
            }
        }
        Self(roles)
    }

    fn of(&self, node: Node<'_>) -> Role {
        if !node.is_named() {
            return Role::Skip;
        }
        self.0
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Role::Other)
    }
}

/// Parses and lowers. None where the parser gave up.
pub fn lower(grammar: &Grammar, roles: &Roles, source: &str) -> Option<Tree> {
    let syntax = parse(&(grammar.language)(), source)?;
    let root = syntax.root_node();
    let mut lowering = Lowering {
        grammar,
        roles,
        source,
        tree: Tree::default(),
        current: 0,
        depth: 0,
        naming: Vec::new(),
        attributes: Vec::new(),
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
        span: span(root),
        line: 1,
        end_line: line(root.end_position()),
    });
    let body = lowering.statements(root);
    lowering.tree.scopes[0].body = body;
    lowering.tree.broken = broken(root);
    Some(lowering.tree)
}

/// Parses, giving up on input that keeps the parser busy far beyond its length.
pub fn parse(language: &Language, source: &str) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    let bytes = source.as_bytes();
    // The parser calls back about every hundred operations; real code needs far fewer than this.
    let budget = 2_000 + source.len();
    let mut calls = 0;
    let mut progress = |_: &tree_sitter::ParseState| {
        calls += 1;
        if calls > budget {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(
        &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
        None,
        Some(options),
    )
}

/// The lines of error and missing nodes, outermost only.
pub fn broken(root: Node<'_>) -> Vec<std::ops::RangeInclusive<u32>> {
    let mut ranges = Vec::new();
    if !root.has_error() {
        return ranges;
    }
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_error() || node.is_missing() {
            ranges.push(line(node.start_position())..=line(node.end_position()));
        } else if node.has_error() {
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor));
        }
    }
    ranges.sort_by_key(|range| *range.start());
    ranges
}

fn line(point: tree_sitter::Point) -> u32 {
    u32::try_from(point.row).map_or(u32::MAX, |row| row.saturating_add(1))
}

/// The bytes of a node.
pub fn span(node: Node<'_>) -> Span {
    let end = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    end(node.start_byte())..end(node.end_byte())
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
    /// Attributes that stand before the declaration that they belong to.
    attributes: Vec<Attribute>,
}

impl<'a> Lowering<'a> {
    /// The source of a node.
    pub fn text(&self, node: Node<'_>) -> &'a str {
        self.source
            .get(node.start_byte()..node.end_byte())
            .unwrap_or_default()
    }

    /// The role of a node.
    pub fn role(&self, node: Node<'_>) -> Role {
        self.roles.of(node)
    }

    /// An expression at a node.
    pub fn at(&self, node: Node<'_>, kind: ExprKind) -> Expr {
        Expr::new(kind, line(node.start_position()), span(node))
    }

    /// A statement at a node.
    pub fn stmt(&self, node: Node<'_>, kind: StmtKind) -> Stmt {
        Stmt {
            kind,
            line: line(node.start_position()),
            span: span(node),
        }
    }

    /// Whether the current scope is a function, or inside one.
    fn in_function(&self) -> bool {
        let mut scope = Some(self.current);
        while let Some(index) = scope {
            if self.tree.scopes[index].kind == ScopeKind::Function {
                return true;
            }
            scope = self.tree.scopes[index].parent;
        }
        false
    }

    /// The statements among the children of a node.
    pub fn statements(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut out = Vec::new();
        for child in named(node) {
            self.statement(child, &mut out);
        }
        out
    }

    /// The statements that a node stands for, be it a block or a single one.
    pub fn body(&mut self, node: Option<Node<'_>>) -> Vec<Stmt> {
        let mut out = Vec::new();
        if let Some(node) = node {
            self.statement(node, &mut out);
        }
        out
    }

    /// Lowers a node that stands where a statement may stand.
    pub fn statement(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        if self.depth >= MAX_DEPTH {
            let text = self.at(node, ExprKind::Text(self.text(node).to_owned()));
            out.push(self.stmt(node, StmtKind::Expr(text)));
            return;
        }
        self.depth += 1;
        if !(self.grammar.statement)(self, node, out) {
            self.plain_statement(node, out);
        }
        self.depth -= 1;
    }

    fn plain_statement(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        let kind = match self.role(node) {
            Role::Skip => return,
            Role::Block | Role::Else => {
                let outer = std::mem::take(&mut self.attributes);
                for child in named(node) {
                    self.statement(child, out);
                }
                self.attributes = outer;
                return;
            }
            Role::Statement => {
                for child in named(node) {
                    self.statement(child, out);
                }
                return;
            }
            Role::Attribute => {
                let attribute = self.attribute(node);
                self.attributes.push(attribute);
                return;
            }
            Role::AttributeList => {
                for child in named(node) {
                    if matches!(self.role(child), Role::Attribute | Role::AttributeList) {
                        self.plain_statement(child, out);
                    }
                }
                return;
            }
            Role::Function => {
                let name = field(node, &["name", "declarator"])
                    .map_or("", |name| self.text(name))
                    .to_owned();
                self.function(node, &name);
                return;
            }
            Role::Class => {
                self.class(node);
                return;
            }
            Role::If | Role::Unless => self.conditional_statement(node),
            Role::Switch => self.switch(node),
            Role::Loop | Role::Until => self.repeat(node),
            Role::Try => self.attempt(node),
            Role::With => self.with(node),
            Role::Return => {
                let value = self.only_value(node);
                StmtKind::Return(value)
            }
            Role::Throw => {
                let value = self.only_value(node);
                StmtKind::Throw(value)
            }
            Role::Continue => StmtKind::Continue,
            Role::Break => StmtKind::Break,
            Role::Assign => self.assign(node),
            Role::Wrapper => {
                if let Some(inner) = wrapped(node) {
                    self.statement(inner, out);
                }
                return;
            }
            _ => {
                let expr = self.expr(node);
                StmtKind::Expr(if self.grammar.expressions_return {
                    bare_call(expr)
                } else {
                    expr
                })
            }
        };
        let stmt = self.stmt(node, kind);
        out.push(stmt);
    }

    fn only_value(&mut self, node: Node<'_>) -> Option<Expr> {
        let values = self.parts(node);
        match values.len() {
            0 => None,
            1 => values.into_iter().next(),
            _ => Some(self.at(node, ExprKind::List(values))),
        }
    }

    /// The statement that the initializer of Go's `if` and `switch` is, if there is one.
    fn initializer(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        if let Some(initializer) = node.child_by_field_name("initializer") {
            self.statement(initializer, out);
        }
    }

    fn conditional_statement(&mut self, node: Node<'_>) -> StmtKind {
        let negate = self.role(node) == Role::Unless;
        let mut before = Vec::new();
        self.initializer(node, &mut before);
        let condition = self.field_expr(node, &["condition"]);
        let condition = if negate {
            condition.negate()
        } else {
            condition
        };
        let then_node = field(node, &["consequence", "body"]);
        let then = self.body(then_node);
        let mut cursor = node.walk();
        let alternatives: Vec<Node<'_>> = node
            .children_by_field_name("alternative", &mut cursor)
            .filter(Node::is_named)
            .collect();
        let otherwise = self.alternatives(&alternatives);
        let branch = StmtKind::If {
            condition,
            then,
            otherwise,
        };
        if before.is_empty() {
            branch
        } else {
            before.push(self.stmt(node, branch));
            StmtKind::Block(before)
        }
    }

    fn alternatives(&mut self, nodes: &[Node<'_>]) -> Vec<Stmt> {
        let Some((first, rest)) = nodes.split_first() else {
            return Vec::new();
        };
        if self.role(*first) == Role::If && !rest.is_empty() {
            // `elif`: the ways after it are its own alternatives.
            let condition = self.field_expr(*first, &["condition"]);
            let then = self.body(field(*first, &["consequence", "body"]));
            let otherwise = self.alternatives(rest);
            let kind = StmtKind::If {
                condition,
                then,
                otherwise,
            };
            return vec![self.stmt(*first, kind)];
        }
        self.body(Some(*first))
    }

    fn switch(&mut self, node: Node<'_>) -> StmtKind {
        let mut before = Vec::new();
        self.initializer(node, &mut before);
        let subject = field(node, &["value", "condition", "subject"]).map(|it| self.expr(it));
        let mut cases = Vec::new();
        self.cases(node, &mut cases);
        let kind = StmtKind::Switch { subject, cases };
        if before.is_empty() {
            kind
        } else {
            before.push(self.stmt(node, kind));
            StmtKind::Block(before)
        }
    }

    fn cases(&mut self, node: Node<'_>, out: &mut Vec<(Vec<Expr>, Vec<Stmt>)>) {
        for child in named(node) {
            match self.role(child) {
                Role::Case => {
                    let mut values = Vec::new();
                    let mut body = Vec::new();
                    let mut cursor = child.walk();
                    for (index, part) in child.children(&mut cursor).enumerate() {
                        if !part.is_named() {
                            continue;
                        }
                        let name = u32::try_from(index)
                            .ok()
                            .and_then(|index| child.field_name_for_child(index));
                        let is_value = matches!(name, Some("pattern" | "type"))
                            || (name == Some("value") && child.kind() != "match_arm")
                            || matches!(
                                part.kind(),
                                "switch_label" | "case_pattern" | "match_condition_list"
                            );
                        if is_value {
                            for value in unlist(part) {
                                values.push(self.expr(value));
                            }
                        } else {
                            self.statement(part, &mut body);
                        }
                    }
                    out.push((values, body));
                }
                Role::Else => {
                    let body = self.body(Some(child));
                    out.push((Vec::new(), body));
                }
                Role::Block | Role::Other => self.cases(child, out),
                _ => {}
            }
        }
    }

    fn repeat(&mut self, node: Node<'_>) -> StmtKind {
        let over = field(node, &["condition", "right", "value"])
            .or_else(|| {
                named(node)
                    .into_iter()
                    .find(|it| it.kind().ends_with("_clause"))
            })
            .map(|it| self.expr(it));
        let over = match over {
            Some(over) if self.role(node) == Role::Until => Some(over.negate()),
            over => over,
        };
        let body_node = field(node, &["body"]);
        let body = self.body(body_node);
        StmtKind::Loop { over, body }
    }

    fn attempt(&mut self, node: Node<'_>) -> StmtKind {
        let body_node = field(node, &["body"]);
        let mut body = self.body(body_node);
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for child in named(node) {
            if Some(child) == body_node {
                continue;
            }
            match self.role(child) {
                Role::Catch => {
                    let handler = field(child, &["body"]).or_else(|| last_named(child));
                    let until = handler.map_or(child.end_byte(), |it| it.start_byte());
                    let what = self
                        .source
                        .get(child.start_byte()..until)
                        .unwrap_or_default()
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ");
                    let handler = self.body(handler);
                    catches.push((what, handler));
                }
                Role::Finally => {
                    for part in named(child) {
                        self.statement(part, &mut finally);
                    }
                }
                Role::Skip => {}
                _ => self.statement(child, &mut body),
            }
        }
        StmtKind::Try {
            body,
            catches,
            finally,
        }
    }

    fn with(&mut self, node: Node<'_>) -> StmtKind {
        let body_node = field(node, &["body"]).or_else(|| last_named(node));
        let mut contexts = Vec::new();
        for child in named(node) {
            if Some(child) != body_node && self.role(child) != Role::Skip {
                contexts.push(self.expr(child));
            }
        }
        let body = self.body(body_node);
        StmtKind::With { contexts, body }
    }

    /// Lowers an assignment or a declaration with a value.
    pub fn assign(&mut self, node: Node<'_>) -> StmtKind {
        let target_node = field(node, &["left", "name", "pattern", "target", "declarator"]);
        let value_node = field(node, &["right", "value"]);
        let operator = field(node, &["operator"])
            .map(|it| self.text(it).trim_end_matches('=').to_owned())
            .filter(|it| !it.is_empty() && it != ":")
            .map(|it| Operator::parse(&it));
        let Some(target_node) = target_node else {
            let parts = self.parts(node);
            return StmtKind::Expr(self.at(node, ExprKind::Other(node.kind().to_owned(), parts)));
        };
        let name = self.text(target_node).to_owned();
        let simple = name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '@'));
        let target = self.expr(target_node);
        let value = match value_node {
            None => return StmtKind::Expr(target),
            Some(value) if simple => self.named_value(&name, value),
            Some(value) => self.expr(value),
        };
        StmtKind::Assign {
            target,
            operator,
            value,
        }
    }

    /// Lowers a value whose anonymous functions take `name`.
    pub fn named_value(&mut self, name: &str, value: Node<'_>) -> Expr {
        self.naming.push(name.to_owned());
        let expr = self.expr(value);
        self.naming.pop();
        expr
    }

    /// Adds a scope for a function and lowers it.
    pub fn function(&mut self, node: Node<'_>, name: &str) {
        let parameters = field(node, &["parameters", "parameter"])
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let index = self.open_scope(node, name, ScopeKind::Function);
        self.tree.scopes[index].parameters = parameters;
        let outer = std::mem::replace(&mut self.current, index);
        let naming = std::mem::take(&mut self.naming);
        let body_node = field(node, &["body"]);
        let mut body = self.body(body_node);
        let is_expression = body_node.is_some_and(|it| self.role(it) != Role::Block);
        if (self.grammar.expressions_return || is_expression)
            && let Some(last) = body.last_mut()
            && let StmtKind::Expr(value) = &last.kind
        {
            last.kind = StmtKind::Return(Some(value.clone()));
        }
        self.tree.scopes[index].body = body;
        self.current = outer;
        self.naming = naming;
    }

    /// Adds a scope for a class and lowers it.
    pub fn class(&mut self, node: Node<'_>) {
        let name = field(node, &["name", "type"])
            .map_or("", |name| self.text(name))
            .to_owned();
        let index = self.open_scope(node, &name, ScopeKind::Class);
        for base in ["superclass", "superclasses", "interfaces", "bases", "trait"] {
            if let Some(base) = node.child_by_field_name(base) {
                let base = self.text(base).to_owned();
                self.tree.scopes[index].bases.push(base);
            }
        }
        let outer = std::mem::replace(&mut self.current, index);
        let naming = std::mem::take(&mut self.naming);
        let body_node = field(node, &["body", "declaration_list"]);
        let body = match body_node {
            Some(body_node) => self.body(Some(body_node)),
            None => self.statements(node),
        };
        self.tree.scopes[index].body = body;
        self.current = outer;
        self.naming = naming;
    }

    fn open_scope(&mut self, node: Node<'_>, name: &str, kind: ScopeKind) -> usize {
        let mut attributes = std::mem::take(&mut self.attributes);
        for child in named(node) {
            if matches!(self.role(child), Role::Attribute | Role::AttributeList) {
                let mut ignored = Vec::new();
                self.plain_statement(child, &mut ignored);
                attributes.append(&mut self.attributes);
            }
        }
        let parent = &self.tree.scopes[self.current].path;
        let path = if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        };
        self.tree.scopes.push(Scope {
            path,
            name: name.rsplit('.').next().unwrap_or(name).to_owned(),
            kind,
            parent: Some(self.current),
            parameters: Vec::new(),
            attributes,
            bases: Vec::new(),
            body: Vec::new(),
            span: span(node),
            line: line(node.start_position()),
            end_line: line(node.end_position()),
        });
        self.tree.scopes.len() - 1
    }

    /// The scope that is being lowered, to be completed by a language.
    pub fn scope_mut(&mut self) -> &mut Scope {
        &mut self.tree.scopes[self.current]
    }

    /// Adds an attribute for the declaration that follows.
    pub fn add_attribute(&mut self, attribute: Attribute) {
        self.attributes.push(attribute);
    }

    /// Sets the path of the last added scope's symbol, such as `Receiver.method` in Go.
    pub fn rename_last_scope(&mut self, from: usize, path: &str) {
        if let Some(scope) = self.tree.scopes.get_mut(from) {
            path.clone_into(&mut scope.path);
        }
    }

    /// How many scopes there are.
    pub fn scope_count(&self) -> usize {
        self.tree.scopes.len()
    }

    fn parameters(&mut self, node: Node<'_>) -> Vec<Parameter> {
        if matches!(self.role(node), Role::Name) {
            return vec![Parameter {
                name: self.text(node).to_owned(),
                type_name: String::new(),
                default: None,
            }];
        }
        let mut out = Vec::new();
        for child in named(node) {
            if self.role(child) == Role::Skip && !child.kind().contains("param") {
                continue;
            }
            let type_name = field(child, &["type"])
                .map_or("", |it| self.text(it))
                .trim_start_matches(':')
                .split_whitespace()
                .collect::<String>();
            let default = field(child, &["value", "default_value"]).map(|it| self.expr(it));
            let mut cursor = child.walk();
            let names: Vec<Node<'_>> = child.children_by_field_name("name", &mut cursor).collect();
            if names.is_empty() {
                let name = field(child, &["pattern", "left"])
                    .or_else(|| {
                        named(child)
                            .into_iter()
                            .find(|it| self.role(*it) == Role::Name)
                    })
                    .unwrap_or(child);
                out.push(Parameter {
                    name: self.name_text(name),
                    type_name,
                    default,
                });
            } else {
                for name in names {
                    out.push(Parameter {
                        name: self.name_text(name),
                        type_name: type_name.clone(),
                        default: default.clone(),
                    });
                }
            }
        }
        out
    }

    fn name_text(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        text.trim_start_matches(['$', '*', '&', ':']).to_owned()
    }

    fn attribute(&mut self, node: Node<'_>) -> Attribute {
        let (name, arguments) = match field(node, &["name"]) {
            Some(name) => {
                let arguments = field(node, &["arguments", "parameters"])
                    .or_else(|| {
                        named(node)
                            .into_iter()
                            .find(|it| it.kind().contains("argument"))
                    })
                    .map(|it| self.arguments(it))
                    .unwrap_or_default();
                (self.text(name).to_owned(), arguments)
            }
            None => match wrapped(node).map(|it| self.expr(it)) {
                Some(Expr {
                    kind: ExprKind::Call(callee, arguments),
                    ..
                }) => (callee.to_string(), arguments),
                Some(other) => (other.to_string(), Vec::new()),
                None => (self.text(node).to_owned(), Vec::new()),
            },
        };
        Attribute {
            name,
            arguments,
            line: line(node.start_position()),
            span: span(node),
        }
    }

    fn field_expr(&mut self, node: Node<'_>, names: &[&str]) -> Expr {
        match field(node, names) {
            Some(child) => self.expr(child),
            None => self.at(node, ExprKind::Other(String::new(), Vec::new())),
        }
    }

    /// Lowers the named children of a node as expressions.
    pub fn parts(&mut self, node: Node<'_>) -> Vec<Expr> {
        let mut out = Vec::new();
        for child in named(node) {
            if self.role(child) != Role::Skip {
                out.push(self.expr(child));
            }
        }
        out
    }

    /// Lowers a node that stands where an expression may stand.
    pub fn expr(&mut self, node: Node<'_>) -> Expr {
        if self.depth >= MAX_DEPTH {
            return self.at(node, ExprKind::Text(self.text(node).to_owned()));
        }
        self.depth += 1;
        let expr = match (self.grammar.expression)(self, node) {
            Some(expr) => expr,
            None => self.plain_expr(node),
        };
        self.depth -= 1;
        expr
    }

    fn plain_expr(&mut self, node: Node<'_>) -> Expr {
        let kind = match self.role(node) {
            Role::Wrapper | Role::Interpolation => match wrapped(node) {
                Some(inner) => return self.expr(inner),
                None => ExprKind::Other(node.kind().to_owned(), Vec::new()),
            },
            Role::Name => ExprKind::Name(self.text(node).trim_start_matches('$').to_owned()),
            Role::Receiver => ExprKind::Name("self".to_owned()),
            Role::Text => self.string(node),
            Role::Number => ExprKind::Number(self.text(node).replace('_', "")),
            Role::True => ExprKind::Bool(true),
            Role::False => ExprKind::Bool(false),
            Role::Null => ExprKind::Null,
            Role::Member => {
                let object = field(
                    node,
                    &[
                        "object",
                        "operand",
                        "value",
                        "expression",
                        "receiver",
                        "scope",
                        "path",
                    ],
                )
                .or_else(|| first_named(node));
                let name = field(node, &["property", "attribute", "field", "name", "method"])
                    .or_else(|| last_named(node))
                    .map_or("", |it| self.text(it))
                    .trim_start_matches('$')
                    .to_owned();
                match object {
                    Some(object) => ExprKind::Member(Box::new(self.expr(object)), name),
                    None => ExprKind::Name(name),
                }
            }
            Role::Index => {
                let children = named(node);
                let object = field(node, &["object", "operand", "value", "array", "expression"])
                    .or_else(|| children.first().copied());
                let index = field(node, &["index", "subscript", "key"])
                    .or_else(|| children.get(1).copied());
                match (object, index) {
                    (Some(object), Some(index)) => {
                        ExprKind::Index(Box::new(self.expr(object)), Box::new(self.expr(index)))
                    }
                    _ => ExprKind::Other(node.kind().to_owned(), self.parts(node)),
                }
            }
            Role::Call => self.call(node),
            Role::Unary => {
                let operand = field(node, &["operand", "argument", "expression"])
                    .or_else(|| last_named(node));
                let operator = field(node, &["operator"])
                    .or_else(|| node.child(0).filter(|it| !it.is_named()))
                    .map_or("", |it| self.text(it));
                match operand.map(|it| self.expr(it)) {
                    Some(inner) => match operator {
                        "!" | "not" => return inner.negate(),
                        // References, dereferences and waiting do not change what is said.
                        "&" | "*" | "await" | "@" | "void" | "mut" | "&mut" => return inner,
                        operator => ExprKind::Unary(operator.to_owned(), Box::new(inner)),
                    },
                    None => ExprKind::Other(node.kind().to_owned(), Vec::new()),
                }
            }
            Role::Binary => {
                let children = named(node);
                let left = field(node, &["left"]).or_else(|| children.first().copied());
                let right = field(node, &["right"]).or_else(|| children.last().copied());
                let operator = field(node, &["operator", "operators"])
                    .or_else(|| node.child(1))
                    .map_or("", |it| self.text(it));
                match (left, right) {
                    (Some(left), Some(right)) => ExprKind::Binary(
                        Operator::parse(operator),
                        Box::new(self.expr(left)),
                        Box::new(self.expr(right)),
                    ),
                    _ => ExprKind::Other(node.kind().to_owned(), self.parts(node)),
                }
            }
            Role::Conditional => {
                let children = named(node);
                let pick = |names: &[&str], index: usize| {
                    field(node, names).or_else(|| children.get(index).copied())
                };
                match (
                    pick(&["condition"], 0),
                    pick(&["consequence", "body"], 1),
                    pick(&["alternative"], 2),
                ) {
                    (Some(condition), Some(yes), Some(no)) => ExprKind::Conditional(
                        Box::new(self.expr(condition)),
                        Box::new(self.expr(yes)),
                        Box::new(self.expr(no)),
                    ),
                    _ => ExprKind::Other(node.kind().to_owned(), self.parts(node)),
                }
            }
            Role::List => ExprKind::List(self.parts(node)),
            Role::Map => ExprKind::Map(self.pairs(node)),
            Role::Pair => {
                let (key, value) = self.pair(node);
                ExprKind::Map(vec![(key, value)])
            }
            Role::Spread => match wrapped(node) {
                Some(inner) => ExprKind::Spread(Box::new(self.expr(inner))),
                None => ExprKind::Other(node.kind().to_owned(), Vec::new()),
            },
            Role::Lambda => return self.lambda(node),
            Role::Function | Role::Class => {
                let mut ignored = Vec::new();
                self.plain_statement(node, &mut ignored);
                ExprKind::Name(
                    field(node, &["name"])
                        .map_or("", |it| self.text(it))
                        .to_owned(),
                )
            }
            Role::Assign => match self.assign(node) {
                StmtKind::Assign { target, value, .. } => {
                    ExprKind::Assign(Box::new(target), Box::new(value))
                }
                StmtKind::Expr(expr) => return expr,
                _ => ExprKind::Null,
            },
            Role::Statement if named(node).len() == 1 => match first_named(node) {
                Some(inner) => return self.expr(inner),
                None => ExprKind::Null,
            },
            Role::Block
            | Role::Statement
            | Role::If
            | Role::Unless
            | Role::Else
            | Role::Switch
            | Role::Loop
            | Role::Until
            | Role::Try
            | Role::With
            | Role::Return
            | Role::Throw
            | Role::Continue
            | Role::Break => {
                let mut body = Vec::new();
                self.plain_statement(node, &mut body);
                ExprKind::Function(Vec::new(), body)
            }
            Role::Skip
            | Role::Case
            | Role::Catch
            | Role::Finally
            | Role::Attribute
            | Role::AttributeList
            | Role::Other => {
                if node.named_child_count() == 0 {
                    ExprKind::Name(self.text(node).to_owned())
                } else {
                    ExprKind::Other(node.kind().to_owned(), self.parts(node))
                }
            }
        };
        self.at(node, kind)
    }

    fn string(&mut self, node: Node<'_>) -> ExprKind {
        let children = named(node);
        if children
            .iter()
            .any(|it| self.role(*it) == Role::Interpolation)
        {
            let parts = children
                .into_iter()
                .filter(|child| !matches!(child.kind(), "string_start" | "string_end"))
                .map(|child| {
                    if self.role(child) == Role::Interpolation {
                        self.expr(child)
                    } else {
                        self.at(child, ExprKind::Text(self.text(child).to_owned()))
                    }
                })
                .collect();
            return ExprKind::Template(parts);
        }
        ExprKind::Text(unquote(self.text(node)).to_owned())
    }

    fn pairs(&mut self, node: Node<'_>) -> Vec<(Expr, Expr)> {
        let mut out = Vec::new();
        for child in named(node) {
            match self.role(child) {
                Role::Skip => {}
                Role::Pair => out.push(self.pair(child)),
                Role::Function => {
                    // A method in an object literal.
                    let name = field(child, &["name"])
                        .map_or("", |it| self.text(it))
                        .to_owned();
                    let path = self.naming_path(&name);
                    self.function(child, &path);
                    let key = self.at(child, ExprKind::Name(name.clone()));
                    let value = self.at(child, ExprKind::Name(name));
                    out.push((key, value));
                }
                Role::Name => {
                    let name = self.expr(child);
                    out.push((name.clone(), name));
                }
                Role::Block | Role::Other => out.append(&mut self.pairs(child)),
                _ => {
                    let value = self.expr(child);
                    let key = self.at(child, ExprKind::Null);
                    out.push((key, value));
                }
            }
        }
        out
    }

    /// The key and value of a pair.
    pub fn pair(&mut self, node: Node<'_>) -> (Expr, Expr) {
        let children = named(node);
        let key_node = field(node, &["key", "name", "left"]).or_else(|| children.first().copied());
        let value_node = field(node, &["value", "right"]).or_else(|| {
            children
                .last()
                .copied()
                .filter(|last| Some(*last) != key_node)
        });
        let key = match key_node {
            Some(key_node) => {
                let name = unquote(self.text(key_node))
                    .trim_matches(':')
                    .trim_start_matches('$')
                    .to_owned();
                if matches!(self.role(key_node), Role::Name | Role::Text | Role::Skip)
                    || key_node.named_child_count() == 0
                {
                    self.at(key_node, ExprKind::Name(name))
                } else {
                    self.expr(key_node)
                }
            }
            None => self.at(node, ExprKind::Null),
        };
        let value = match value_node {
            Some(value_node) => {
                let name = key.to_string();
                self.named_value(&name, value_node)
            }
            None => key.clone(),
        };
        (key, value)
    }

    fn call(&mut self, node: Node<'_>) -> ExprKind {
        let receiver = field(node, &["receiver", "object", "scope"]);
        let callee_node = field(
            node,
            &["function", "method", "name", "constructor", "type", "macro"],
        )
        .or_else(|| first_named(node));
        let arguments_node = field(node, &["arguments"]).or_else(|| {
            named(node)
                .into_iter()
                .find(|it| it.kind().contains("argument"))
        });
        let Some(callee_node) = callee_node else {
            return ExprKind::Other(node.kind().to_owned(), Vec::new());
        };
        let callee = match receiver.filter(|it| *it != callee_node) {
            Some(receiver) => {
                let object = self.expr(receiver);
                let name = self.text(callee_node).trim_start_matches('$').to_owned();
                self.at(callee_node, ExprKind::Member(Box::new(object), name))
            }
            None => self.expr(callee_node),
        };
        // Anonymous functions inside a call take a name only outside of functions.
        let arguments = arguments_node
            .map(|it| self.arguments(it))
            .unwrap_or_default();
        ExprKind::Call(Box::new(callee), arguments)
    }

    /// Lowers an argument list.
    pub fn arguments(&mut self, node: Node<'_>) -> Vec<Argument> {
        let mut out = Vec::new();
        for child in named(node) {
            match self.role(child) {
                Role::Skip => {}
                Role::Pair => {
                    let (key, value) = self.pair(child);
                    out.push(Argument {
                        name: Some(key.to_string()),
                        value,
                    });
                }
                _ if matches!(child.kind(), "argument" | "attribute_argument") => {
                    let name = field(child, &["name"]);
                    let value = last_named(child)
                        .filter(|last| Some(*last) != name)
                        .unwrap_or(child);
                    let value = if value == child {
                        self.at(child, ExprKind::Name(self.text(child).to_owned()))
                    } else {
                        self.expr(value)
                    };
                    out.push(Argument {
                        name: name.map(|it| self.text(it).to_owned()),
                        value,
                    });
                }
                _ => {
                    let value = self.expr(child);
                    out.push(Argument { name: None, value });
                }
            }
        }
        out
    }

    fn naming_path(&self, name: &str) -> String {
        let mut path = self.naming.join(".");
        if !name.is_empty() {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        path
    }

    /// An anonymous function: a scope of its own where it is given a name, else where it stands.
    pub fn lambda(&mut self, node: Node<'_>) -> Expr {
        let parent_is_value = node.parent().is_some_and(|parent| {
            matches!(self.role(parent), Role::Assign | Role::Pair)
                || matches!(
                    parent.kind(),
                    "expression_list" | "parenthesized_expression"
                )
        });
        let name = self.naming_path("");
        if !name.is_empty() && (parent_is_value || !self.in_function()) {
            let index = self.tree.scopes.len();
            self.function(node, &name);
            let path = self.tree.scopes[index].path.clone();
            return self.at(node, ExprKind::Name(path));
        }
        if let Some(name) = self.handler_name(node) {
            let index = self.tree.scopes.len();
            self.function(node, &name);
            let path = self.tree.scopes[index].path.clone();
            return self.at(node, ExprKind::Name(path));
        }
        let parameters = field(node, &["parameters", "parameter"])
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let naming = std::mem::take(&mut self.naming);
        let body_node = field(node, &["body"]).or_else(|| last_named(node));
        let mut body = self.body(body_node);
        if body_node.is_some_and(|it| self.role(it) != Role::Block)
            && let Some(last) = body.last_mut()
            && let StmtKind::Expr(value) = &last.kind
        {
            last.kind = StmtKind::Return(Some(value.clone()));
        }
        self.naming = naming;
        let names = parameters.into_iter().map(|it| it.name).collect();
        self.at(node, ExprKind::Function(names, body))
    }

    /// `router.post("/x", …, handler)` outside of functions names its handler `post /x`.
    fn handler_name(&self, node: Node<'_>) -> Option<String> {
        if self.in_function() {
            return None;
        }
        let arguments = node.parent()?;
        let call = arguments.parent()?;
        if self.role(call) != Role::Call {
            return None;
        }
        let callee = field(call, &["function", "method", "name"])?;
        let verb = self.text(callee).rsplit(['.', '>', ':']).next()?;
        let first = first_named(arguments)?;
        if self.role(first) != Role::Text {
            return None;
        }
        Some(format!("{verb} {}", unquote(self.text(first))))
    }
}

/// In languages where a bare name is a call, a statement that is one is a call.
fn bare_call(expr: Expr) -> Expr {
    let Expr { kind, line, span } = expr;
    let kind = match kind {
        kind @ (ExprKind::Name(_) | ExprKind::Member(..)) => {
            let callee = Expr::new(kind, line, span.clone());
            ExprKind::Call(Box::new(callee), Vec::new())
        }
        kind => kind,
    };
    Expr::new(kind, line, span)
}

/// The first child that is in one of the fields.
pub fn field<'t>(node: Node<'t>, names: &[&str]) -> Option<Node<'t>> {
    names.iter().find_map(|name| node.child_by_field_name(name))
}

/// The named children, comments and all.
pub fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn first_named(node: Node<'_>) -> Option<Node<'_>> {
    named(node).into_iter().find(|it| !it.is_extra())
}

fn last_named(node: Node<'_>) -> Option<Node<'_>> {
    named(node).into_iter().rev().find(|it| !it.is_extra())
}

/// The child that a wrapper is about.
fn wrapped(node: Node<'_>) -> Option<Node<'_>> {
    field(
        node,
        &[
            "expression",
            "value",
            "argument",
            "definition",
            "declaration",
        ],
    )
    .or_else(|| first_named(node))
}

fn unlist(node: Node<'_>) -> Vec<Node<'_>> {
    if matches!(
        node.kind(),
        "expression_list" | "switch_label" | "match_condition_list"
    ) {
        named(node)
    } else {
        vec![node]
    }
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
