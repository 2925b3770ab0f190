//! Statements.

use super::value::bare_call;
use super::{Lowering, MAX_DEPTH, Role, Use, field, last_named, wrapped};
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, Stmt, StmtKind};

impl Lowering<'_> {
    /// The statements among the children of a node.
    pub fn statements(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut out = Vec::with_capacity(node.named_child_count());
        for child in node.named_children() {
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
                if out.is_empty() {
                    out.reserve_exact(node.named_child_count());
                }
                for child in node.named_children() {
                    self.statement(child, out);
                }
                self.attributes = outer;
                return;
            }
            Role::Statement => {
                for child in node.named_children() {
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
                for child in node.named_children() {
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

    fn only_value(&mut self, node: Node<'_>) -> Option<Expr> {
        let values = self.parts(node);
        match values.len() {
            0 => None,
            1 => values.into_iter().next(),
            _ => Some(self.at(node, ExprKind::List(values))),
        }
    }

    fn repeat(&mut self, node: Node<'_>) -> StmtKind {
        let over = field(node, &["condition", "right", "value"])
            .or_else(|| {
                node.named_children()
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

    fn with(&mut self, node: Node<'_>) -> StmtKind {
        let body_node = field(node, &["body"]).or_else(|| last_named(node));
        let mut contexts = Vec::new();
        for child in node.named_children() {
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
