//! Calls, their arguments, and the pairs of a map.

use super::{Lowering, MAX_DEPTH, Role, core, field, first_named, last_named, unquote};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind};

impl Lowering<'_> {
    pub(super) fn pairs(&mut self, node: Node<'_>) -> Vec<(Expr, Expr)> {
        let mut out = Vec::new();
        if self.depth >= MAX_DEPTH {
            return out;
        }
        self.depth += 1;
        for child in node.named_children() {
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
                // `{ a = b }` on the left takes `a`.
                _ if child.kind() == "object_assignment_pattern" => {
                    if let Some(left) = field(child, &["left"]) {
                        let name = self.expr(left);
                        out.push((name.clone(), name));
                    }
                }
                Role::Block | Role::Other => out.append(&mut self.pairs(child)),
                _ => {
                    let value = self.expr(child);
                    let key = self.at(child, ExprKind::Null);
                    out.push((key, value));
                }
            }
        }
        self.depth -= 1;
        out
    }

    /// The key and value of a pair.
    pub fn pair(&mut self, node: Node<'_>) -> (Expr, Expr) {
        let key_node = field(node, &["key", "name", "left"]).or_else(|| node.named_child(0));
        let value_node = field(node, &["value", "right"]).or_else(|| {
            node.named_children()
                .last()
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

    /// Lowers a value whose anonymous functions take `name`.
    pub fn named_value(&mut self, name: &str, value: Node<'_>) -> Expr {
        self.naming.push(name.trim_start_matches('$').to_owned());
        self.value = Some(core(self.roles, value).id());
        let expr = self.expr(value);
        self.naming.pop();
        expr
    }

    pub(super) fn call(&mut self, node: Node<'_>) -> ExprKind {
        let receiver = field(node, &["receiver", "object", "scope"]);
        let callee_node = field(
            node,
            &["function", "method", "name", "constructor", "type", "macro"],
        )
        .or_else(|| first_named(node));
        let arguments_node = field(node, &["arguments"]).or_else(|| {
            node.named_children()
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
        let handler = arguments_node.and_then(|it| self.handler_name(callee_node, it));
        let arguments = arguments_node
            .map(|it| match it.kind() {
                // `any(x for x in xs)`.
                "generator_expression" => vec![Argument {
                    name: None,
                    value: self.expr(it),
                }],
                _ => self.arguments_of(it, handler.as_deref()),
            })
            .unwrap_or_default();
        ExprKind::Call(Box::new(callee), arguments)
    }

    /// Lowers an argument list.
    pub fn arguments(&mut self, node: Node<'_>) -> Vec<Argument> {
        self.arguments_of(node, None)
    }

    /// The same; anonymous functions right in the list are given a name.
    fn arguments_of(&mut self, node: Node<'_>, handler: Option<&str>) -> Vec<Argument> {
        // Most lists are short, and kept: room that is not used would be most of the tree.
        let mut out = Vec::with_capacity(node.named_child_count());
        for child in node.named_children() {
            match self.role(child) {
                Role::Skip => {}
                Role::Pair => {
                    let (key, value) = self.pair(child);
                    out.push(Argument {
                        name: Some(key.to_string()),
                        value,
                    });
                }
                _ => {
                    let wraps = matches!(child.kind(), "argument" | "attribute_argument");
                    let name = field(child, &["name"]).filter(|_| wraps);
                    let value = last_named(child)
                        .filter(|last| wraps && Some(*last) != name)
                        .unwrap_or(child);
                    if let Some(handler) = handler
                        && self.role(value) == Role::Lambda
                    {
                        self.handler = Some((value.id(), handler.to_owned()));
                    }
                    let value = if wraps && value == child {
                        self.at(child, ExprKind::Name(self.text(child).to_owned()))
                    } else {
                        self.expr(value)
                    };
                    out.push(Argument {
                        name: name.map(|it| self.text(it).to_owned()),
                        value,
                    });
                }
            }
        }
        out
    }
}
