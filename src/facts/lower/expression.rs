//! Expressions.

use super::statement::bare_value;
use super::{
    Lowering, MAX_DEPTH, Role, core, field, first_named, last_named, named, span, unquote, wrapped,
};
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};
use tree_sitter::Node;

impl Lowering<'_> {
    pub(super) fn field_expr(&mut self, node: Node<'_>, names: &[&str]) -> Expr {
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

    /// A value that statements give: a choice where they are one, else a function of nothing.
    pub fn branch(&mut self, node: Node<'_>, mut body: Vec<Stmt>) -> Expr {
        if let [stmt] = body.as_mut_slice() {
            match &mut stmt.kind {
                StmtKind::Expr(value) => return bare_value(value.clone()),
                StmtKind::Assign {
                    target,
                    operator: None,
                    value,
                } => {
                    let (target, value) = (Box::new(target.clone()), Box::new(value.clone()));
                    return self.at(node, ExprKind::Assign(target, value));
                }
                StmtKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    if let ([yes], [no]) = (then.as_slice(), otherwise.as_slice())
                        && let (StmtKind::Expr(yes), StmtKind::Expr(no)) = (&yes.kind, &no.kind)
                    {
                        let kind = ExprKind::Conditional(
                            Box::new(condition.clone()),
                            Box::new(bare_value(yes.clone())),
                            Box::new(bare_value(no.clone())),
                        );
                        return self.at(node, kind);
                    }
                }
                _ => {}
            }
        }
        self.branch = Some(span(node));
        self.at(node, ExprKind::Function(Vec::new(), body))
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

    fn pairs(&mut self, node: Node<'_>) -> Vec<(Expr, Expr)> {
        let mut out = Vec::new();
        if self.depth >= MAX_DEPTH {
            return out;
        }
        self.depth += 1;
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

    /// Lowers a value whose anonymous functions take `name`.
    pub fn named_value(&mut self, name: &str, value: Node<'_>) -> Expr {
        self.naming.push(name.trim_start_matches('$').to_owned());
        self.value = Some(core(self.roles, value).id());
        let expr = self.expr(value);
        self.naming.pop();
        expr
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

/// A quote says the same with and without a backslash before it.
fn unescape(text: &str) -> String {
    if text.contains('\\') {
        text.replace("\\'", "'").replace("\\\"", "\"")
    } else {
        text.to_owned()
    }
}
