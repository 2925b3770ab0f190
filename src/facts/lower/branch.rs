//! Statements that take one of several ways.

use super::{Lowering, MAX_DEPTH, Role, field, last_named, named};
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};

impl Lowering<'_> {
    /// The statement that the initializer of Go's `if` and `switch` is, if there is one.
    pub(super) fn initializer(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        if let Some(initializer) = node.field("initializer") {
            self.statement(initializer, out);
        }
    }

    pub(super) fn conditional_statement(&mut self, node: Node<'_>) -> StmtKind {
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
        let alternatives: Vec<Node<'_>> = node
            .fields("alternative")
            .filter(|it| it.is_named())
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

    pub(super) fn switch(&mut self, node: Node<'_>) -> StmtKind {
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
        for child in node.named_children() {
            match self.role(child) {
                Role::Case => {
                    let mut values = Vec::new();
                    let mut body = Vec::new();
                    for part in child.named_children() {
                        let name = part.field_name();
                        if name == "guard" || part.kind() == "guard" {
                            let guard = self.expr(part);
                            values = vec![self.joined(values.pop(), guard)];
                            continue;
                        }
                        let is_value = matches!(name, "pattern" | "type" | "communication")
                            || (name == "value" && child.kind() != "match_arm")
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

    pub(super) fn attempt(&mut self, node: Node<'_>) -> StmtKind {
        let body_node = field(node, &["body"]);
        let mut body = self.body(body_node);
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for child in node.named_children() {
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
                    for part in child.named_children() {
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
