//! Expressions.

use super::{Lowering, MAX_DEPTH, Role, field, first_named, last_named, named, unquote, wrapped};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, StmtKind};

impl Lowering<'_> {
    pub(super) fn field_expr(&mut self, node: Node<'_>, names: &[&str]) -> Expr {
        match field(node, names) {
            Some(child) => self.expr(child),
            None => self.at(node, ExprKind::Other(String::new(), Vec::new())),
        }
    }

    /// Lowers the named children of a node as expressions.
    pub fn parts(&mut self, node: Node<'_>) -> Vec<Expr> {
        let mut out = Vec::with_capacity(node.named_child_count());
        for child in node.named_children() {
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
            Role::Wrapper | Role::Interpolation => match wrapped(self.roles, node) {
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
                let object = field(node, &["object", "operand", "value", "array", "expression"])
                    .or_else(|| node.named_child(0));
                let index =
                    field(node, &["index", "subscript", "key"]).or_else(|| node.named_child(1));
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
                        // `delete x`, `defined? x`.
                        operator if operator.starts_with(|c: char| c.is_alphabetic()) => {
                            let callee = self.at(node, ExprKind::Name(operator.to_owned()));
                            let argument = Argument {
                                name: None,
                                value: inner,
                            };
                            ExprKind::Call(Box::new(callee), vec![argument])
                        }
                        operator => ExprKind::Unary(operator.to_owned(), Box::new(inner)),
                    },
                    None => ExprKind::Other(node.kind().to_owned(), Vec::new()),
                }
            }
            Role::Binary => {
                let left = field(node, &["left"]).or_else(|| node.named_child(0));
                let right = field(node, &["right"]).or_else(|| node.named_children().last());
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
                let pick = |names: &[&str], index: usize| {
                    field(node, names).or_else(|| node.named_child(index))
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
            Role::Spread => match wrapped(self.roles, node) {
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
            Role::Statement if node.named_child_count() == 1 => match first_named(node) {
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
                self.statement(node, &mut body);
                return self.branch(node, body);
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
        ExprKind::Text(unescape(unquote(self.text(node))))
    }
}

/// A quote says the same with and without a backslash before it.
fn unescape(text: &str) -> String {
    if text.contains('\\') {
        text.replace("\\'", "'").replace("\\\"", "\"")
    } else {
        text.to_owned()
    }
}
