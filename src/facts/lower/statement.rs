//! Statements.

use super::{Lowering, MAX_DEPTH, Role, field, last_named, named, wrapped};
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, Stmt, StmtKind};
use tree_sitter::Node;

/// What becomes of a value.
#[derive(Debug, Clone)]
pub enum Use {
    /// It is the result of the function.
    Return,
    /// Something gets it.
    Assign(Expr, Option<Operator>),
}

impl Use {
    fn of(&self, value: Expr) -> StmtKind {
        let value = bare_value(value);
        match self {
            Self::Return => StmtKind::Return(Some(value)),
            Self::Assign(target, operator) => StmtKind::Assign {
                target: target.clone(),
                operator: *operator,
                value,
            },
        }
    }

    /// Uses the last value of each way.
    pub fn last(&self, body: &mut [Stmt]) {
        let Some(last) = body.last_mut() else { return };
        match &mut last.kind {
            StmtKind::Expr(value) => last.kind = self.of(value.clone()),
            StmtKind::If {
                then, otherwise, ..
            } if !otherwise.is_empty() => {
                self.last(then);
                self.last(otherwise);
            }
            StmtKind::Switch { cases, .. } => {
                for (_, body) in cases {
                    self.last(body);
                }
            }
            StmtKind::Try { body, catches, .. } => {
                self.last(body);
                for (_, handler) in catches {
                    self.last(handler);
                }
            }
            StmtKind::With { body, .. } | StmtKind::Block(body) => self.last(body),
            _ => {}
        }
    }
}

impl Lowering<'_> {
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
        // An attribute belongs to what comes right after it.
        if !node.is_extra() && !matches!(self.role(node), Role::Attribute | Role::AttributeList) {
            self.attributes.clear();
        }
        self.depth -= 1;
    }

    pub(super) fn plain_statement(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
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
            Role::Return => match self.only_value(node) {
                Some(value) => {
                    self.give(node, value, &Use::Return, out);
                    return;
                }
                None => StmtKind::Return(None),
            },
            Role::Throw => {
                let value = self.only_value(node);
                StmtKind::Throw(value)
            }
            Role::Continue => StmtKind::Continue,
            Role::Break => StmtKind::Break,
            Role::Assign => {
                if self.scope_mut().kind == ScopeKind::Class {
                    let name = target(node).map_or("", |it| self.text(it));
                    self.field_attributes(node, name, out);
                }
                match self.assign(node) {
                    StmtKind::Assign {
                        target,
                        operator,
                        value,
                    } => {
                        self.give(node, value, &Use::Assign(target, operator), out);
                        return;
                    }
                    // A declaration without a value says nothing.
                    StmtKind::Expr(Expr {
                        kind: ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::List(_),
                        ..
                    }) => return,
                    kind => kind,
                }
            }
            Role::Wrapper => {
                if let Some(inner) = wrapped(self.roles, node) {
                    self.statement(inner, out);
                }
                return;
            }
            _ => {
                let expr = self.expr(node);
                let before = out.len();
                let expr = self.guarded(node, expr, out);
                if out.len() > before {
                    return;
                }
                StmtKind::Expr(if self.grammar.bare_names_call {
                    bare_call(expr)
                } else {
                    expr
                })
            }
        };
        let stmt = self.stmt(node, kind);
        out.push(stmt);
    }

    /// `value ?? throw …` is a guard before the value: the guard goes out, the value is left.
    fn guarded(&mut self, node: Node<'_>, value: Expr, out: &mut Vec<Stmt>) -> Expr {
        let Expr { kind, line, span } = value;
        let kind = match kind {
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right)
                if self.branch.as_ref() == Some(&right.span) =>
            {
                match right.kind {
                    ExprKind::Function(_, then) if then.last().is_some_and(leaves) => {
                        let between = left.span.end as usize..right.span.start as usize;
                        let null = self.source.get(between).is_some_and(|it| it.contains("??"));
                        let condition = match operator {
                            Operator::Or if null => {
                                let null = Box::new(self.at(node, ExprKind::Null));
                                self.at(node, ExprKind::Binary(Operator::Equal, left.clone(), null))
                            }
                            Operator::Or => left.clone().negate(),
                            _ => (*left).clone(),
                        };
                        let kind = StmtKind::If {
                            condition,
                            then,
                            otherwise: Vec::new(),
                        };
                        out.push(self.stmt(node, kind));
                        return *left;
                    }
                    kind => ExprKind::Binary(operator, left, Box::new(Expr { kind, ..*right })),
                }
            }
            kind => kind,
        };
        Expr { kind, line, span }
    }

    /// Uses a value; one that takes several ways is used in each of them.
    pub fn give(&mut self, node: Node<'_>, value: Expr, how: &Use, out: &mut Vec<Stmt>) {
        let value = self.guarded(node, value, out);
        match value.kind {
            ExprKind::Function(_, mut body) if self.branch.as_ref() == Some(&value.span) => {
                how.last(&mut body);
                out.append(&mut body);
            }
            kind => {
                let kind = how.of(Expr { kind, ..value });
                let stmt = self.stmt(node, kind);
                out.push(stmt);
            }
        }
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
        let subject = field(node, &["value", "condition", "subject"])
            .map(|it| self.expr(it))
            .filter(|it| it.kind != ExprKind::Bool(true));
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
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for child in named(node) {
            match self.role(child) {
                Role::Case => {
                    let mut values = Vec::new();
                    let mut body = Vec::new();
                    let mut cursor = child.walk();
                    let mut more = cursor.goto_first_child();
                    while more {
                        let (part, name) = (cursor.node(), cursor.field_name());
                        more = cursor.goto_next_sibling();
                        if !part.is_named() {
                            continue;
                        }
                        if name == Some("guard") || part.kind() == "guard" {
                            let guard = self.expr(part);
                            values = vec![self.joined(values.pop(), guard)];
                            continue;
                        }
                        let is_value = matches!(name, Some("pattern" | "type" | "communication"))
                            || (name == Some("value") && child.kind() != "match_arm")
                            || matches!(
                                part.kind(),
                                "switch_label" | "case_pattern" | "match_condition_list"
                            );
                        if is_value {
                            for value in unlist(part) {
                                let expr = self.expr(value);
                                if value.kind() == "guard" {
                                    values = vec![self.joined(values.pop(), expr)];
                                } else if expr.kind != ExprKind::Name("_".to_owned()) {
                                    values.push(expr);
                                }
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
        self.depth -= 1;
    }

    /// Both conditions.
    pub fn joined(&self, before: Option<Expr>, next: Expr) -> Expr {
        let Some(before) = before else { return next };
        let (line, span) = (next.line, next.span.clone());
        let kind = ExprKind::Binary(Operator::And, Box::new(before), Box::new(next));
        Expr::new(kind, line, span)
    }

    fn repeat(&mut self, node: Node<'_>) -> StmtKind {
        let over = field(node, &["condition", "right", "value"])
            .or_else(|| {
                named(node)
                    .into_iter()
                    .find(|it| matches!(it.kind(), "range_clause" | "for_clause"))
                    .and_then(|it| field(it, &["condition", "right"]))
            })
            .map(|it| self.expr(it));
        let over = match over {
            Some(over) if self.role(node) == Role::Until => Some(over.negate()),
            over => over,
        };
        let body = self.body(field(node, &["body"]));
        let repeated = StmtKind::Loop { over, body };
        // What Python runs after a loop that was not left.
        match field(node, &["alternative"]) {
            Some(alternative) => {
                let mut both = vec![self.stmt(node, repeated)];
                both.append(&mut self.body(Some(alternative)));
                StmtKind::Block(both)
            }
            None => repeated,
        }
    }

    fn attempt(&mut self, node: Node<'_>) -> StmtKind {
        let body_node = field(node, &["body"]);
        let mut body = self.body(body_node);
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for child in named(node) {
            if Some(child) == body_node || child.kind() == "resource_specification" {
                continue;
            }
            match self.role(child) {
                Role::Catch => {
                    let handler = field(child, &["body"]).or_else(|| last_named(child));
                    let until = handler.map_or(child.end_byte(), |it| it.start_byte());
                    let what = self.source.get(child.start_byte()..until);
                    let what = what
                        .unwrap_or_default()
                        .trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '*')
                        .trim()
                        .trim_end_matches(':')
                        .replace(['(', ')'], "")
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

    /// `try` inside of contexts, which are closed at its end.
    pub fn attempt_with(&mut self, node: Node<'_>, contexts: Vec<Expr>) -> StmtKind {
        let StmtKind::Try {
            body,
            catches,
            finally,
        } = self.attempt(node)
        else {
            return StmtKind::Block(Vec::new());
        };
        let body = vec![self.stmt(node, StmtKind::With { contexts, body })];
        if catches.is_empty() && finally.is_empty() {
            return StmtKind::Block(body);
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
            if Some(child) == body_node || self.role(child) == Role::Skip {
                continue;
            }
            if child.kind() == "with_clause" {
                contexts.append(&mut self.parts(child));
            } else {
                contexts.push(self.expr(child));
            }
        }
        let body = self.body(body_node);
        StmtKind::With { contexts, body }
    }

    /// Lowers an assignment or a declaration with a value.
    pub fn assign(&mut self, node: Node<'_>) -> StmtKind {
        let target_node = target(node);
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
}

/// What an assignment gives a value to.
fn target(node: Node<'_>) -> Option<Node<'_>> {
    field(
        node,
        &[
            "left",
            "name",
            "pattern",
            "target",
            "declarator",
            "property",
        ],
    )
}

/// Whether nothing after a statement runs.
fn leaves(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break
    )
}

/// In languages where a bare name is a call, a statement that is one is a call.
fn bare_call(expr: Expr) -> Expr {
    let calls = match &expr.kind {
        ExprKind::Name(name) => name.starts_with(|c: char| c.is_lowercase() || c == '_'),
        ExprKind::Member(..) => true,
        _ => false,
    };
    if !calls {
        return expr;
    }
    let (line, span) = (expr.line, expr.span.clone());
    Expr::new(ExprKind::Call(Box::new(expr), Vec::new()), line, span)
}

/// The same the other way: where it is a value, it reads like a property.
pub(super) fn bare_value(expr: Expr) -> Expr {
    match expr.kind {
        ExprKind::Call(callee, arguments) if arguments.is_empty() && callee.span == expr.span => {
            *callee
        }
        kind => Expr { kind, ..expr },
    }
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
