//! Ruby.

use super::lower::{Grammar, Last, Lowering, Role, field, named};
use super::syntax::Node;
use super::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};

/// Ruby, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_ruby::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "uninterpreted",
                "heredoc_body",
                "heredoc_beginning_marker",
                "alias",
                "undef",
                "empty_statement",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_statements",
                "argument",
                "exception_variable",
                "exceptions",
                "block_argument",
                "pattern",
            ],
        ),
        (
            Role::Block,
            &[
                "program",
                "body_statement",
                "then",
                "do",
                "block_body",
                "begin_block",
                "end_block",
            ],
        ),
        (
            Role::Name,
            &[
                "identifier",
                "constant",
                "instance_variable",
                "class_variable",
                "global_variable",
                "hash_key_symbol",
                "super",
                "setter",
                "operator",
            ],
        ),
        (Role::Receiver, &["self"]),
        (
            Role::Text,
            &[
                "string",
                "simple_symbol",
                "delimited_symbol",
                "regex",
                "subshell",
                "bare_string",
                "bare_symbol",
                "chained_string",
                "character",
            ],
        ),
        (Role::Interpolation, &["interpolation"]),
        (Role::Number, &["integer", "float", "rational", "complex"]),
        (Role::True, &["true"]),
        (Role::False, &["false"]),
        (Role::Null, &["nil"]),
        (Role::Member, &["scope_resolution"]),
        (Role::Index, &["element_reference"]),
        (Role::Unary, &["unary"]),
        (Role::Binary, &["binary"]),
        (Role::Conditional, &["conditional"]),
        (
            Role::List,
            &[
                "array",
                "string_array",
                "symbol_array",
                "left_assignment_list",
                "right_assignment_list",
            ],
        ),
        (Role::Map, &["hash"]),
        (Role::Pair, &["pair"]),
        (
            Role::Spread,
            &["splat_argument", "hash_splat_argument", "rest_assignment"],
        ),
        (Role::Function, &["method", "singleton_method"]),
        (Role::Class, &["class", "module"]),
        (Role::If, &["if", "if_modifier", "elsif"]),
        (Role::Unless, &["unless", "unless_modifier"]),
        (Role::Else, &["else"]),
        (Role::Switch, &["case", "case_match"]),
        (Role::Case, &["when", "in_clause"]),
        (Role::Loop, &["while", "while_modifier", "for"]),
        (Role::Until, &["until", "until_modifier"]),
        (Role::Catch, &["rescue"]),
        (Role::Finally, &["ensure"]),
        (Role::Continue, &["next", "redo", "retry"]),
        (Role::Break, &["break"]),
        (Role::Assign, &["assignment", "operator_assignment"]),
    ],
    statement,
    expression,
    last: Last::Result,
    bare_names_call: true,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        // `class << self` adds nothing to the symbol.
        "singleton_class" => {
            if let Some(body) = field(node, &["body"]) {
                lowering.statement(body, out);
            }
            true
        }
        "return" => {
            let value = returned(lowering, node);
            out.push(lowering.stmt(node, StmtKind::Return(value)));
            true
        }
        "next" => {
            // In a block, `next` leaves this round; what it gives back does not matter.
            out.push(lowering.stmt(node, StmtKind::Continue));
            true
        }
        "call" => {
            let method = field(node, &["method"]).map_or("", |it| lowering.text(it));
            if method == "raise" && field(node, &["receiver"]).is_none() {
                let value = field(node, &["arguments"])
                    .and_then(|it| it.named_children().next())
                    .map(|it| lowering.expr(it));
                out.push(lowering.stmt(node, StmtKind::Throw(value)));
                true
            } else {
                false
            }
        }
        "identifier" if lowering.text(node) == "raise" => {
            out.push(lowering.stmt(node, StmtKind::Throw(None)));
            true
        }
        // `x or return`, `x and raise …`.
        "binary" => {
            let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
            let (Some(left), Some(right)) = (field(node, &["left"]), field(node, &["right"]))
            else {
                return false;
            };
            let leaves = matches!(right.kind(), "return" | "next" | "break")
                || lowering.text(right).starts_with("raise");
            if !leaves || !matches!(operator, "and" | "&&" | "or" | "||") {
                return false;
            }
            let condition = lowering.expr(left);
            let condition = if matches!(operator, "or" | "||") {
                condition.negate()
            } else {
                condition
            };
            let then = lowering.body(Some(right));
            let kind = StmtKind::If {
                condition,
                then,
                otherwise: Vec::new(),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        // `begin … rescue … end`, and bodies with a `rescue` of their own.
        "begin" | "body_statement" | "do_block" | "block"
            if named(node)
                .iter()
                .any(|it| matches!(it.kind(), "rescue" | "ensure")) =>
        {
            let kind = attempt(lowering, node);
            out.push(lowering.stmt(node, kind));
            true
        }
        "begin" => {
            let body = lowering.statements(node);
            out.extend(body);
            true
        }
        _ => false,
    }
}

fn returned(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let list = node.named_children().next()?;
    let mut values: Vec<Expr> = lowering
        .arguments(list)
        .into_iter()
        .map(|it| it.value)
        .collect();
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(lowering.at(node, ExprKind::List(values))),
    }
}

fn attempt(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let mut body = Vec::new();
    let mut catches = Vec::new();
    let mut finally = Vec::new();
    for child in node.named_children() {
        match child.kind() {
            "rescue" => {
                let what = field(child, &["exceptions"])
                    .map_or("", |it| lowering.text(it))
                    .to_owned();
                let handler = lowering.body(field(child, &["body"]));
                catches.push((what, handler));
            }
            "ensure" => finally = lowering.statements(child),
            _ => lowering.statement(child, &mut body),
        }
    }
    StmtKind::Try {
        body,
        catches,
        finally,
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        "call" => Some(call(lowering, node)),
        "lambda" => {
            let function = block(lowering, node);
            // The body is a block of its own.
            match function.kind {
                ExprKind::Function(parameters, mut body) => {
                    if let [
                        Stmt {
                            kind: StmtKind::Expr(inner),
                            ..
                        },
                    ] = body.as_slice()
                        && let ExprKind::Function(_, inner) = &inner.kind
                        && field(node, &["body"])
                            .is_some_and(|it| matches!(it.kind(), "block" | "do_block"))
                    {
                        body = inner.clone();
                    }
                    Some(lowering.at(node, ExprKind::Function(parameters, body)))
                }
                _ => None,
            }
        }
        "heredoc_beginning" => Some(heredoc(lowering, node)),
        "yield" => {
            let arguments = named(node)
                .first()
                .map(|it| lowering.arguments(*it))
                .unwrap_or_default();
            let callee = lowering.at(node, ExprKind::Name("yield".to_owned()));
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "do_block" | "block" => Some(block(lowering, node)),
        // `:admin` and `"admin"` say the same.
        "simple_symbol" => {
            let text = lowering.text(node).trim_start_matches(':').to_owned();
            Some(lowering.at(node, ExprKind::Text(text)))
        }
        "begin" => {
            let body = lowering.body(Some(node));
            Some(lowering.branch(node, body))
        }
        "rescue_modifier" => {
            let parts = lowering.parts(node);
            Some(lowering.at(node, ExprKind::Other("rescue".to_owned(), parts)))
        }
        _ => None,
    }
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let method_node = field(node, &["method"]);
    let method = method_node
        .map_or("call", |it| lowering.text(it))
        .to_owned();
    let at = method_node.unwrap_or(node);
    let callee = match field(node, &["receiver"]) {
        Some(receiver) => {
            let object = lowering.expr(receiver);
            lowering.at(at, ExprKind::Member(Box::new(object), method))
        }
        None => lowering.at(at, ExprKind::Name(method)),
    };
    let arguments_node = field(node, &["arguments"]);
    let block_node = field(node, &["block"]);
    if arguments_node.is_none() && block_node.is_none() {
        // Without arguments a call reads like a property.
        return callee;
    }
    let mut arguments = arguments_node
        .map(|it| lowering.arguments(it))
        .unwrap_or_default();
    if matches!(callee.last_name(), "each" | "find_each")
        && let Some(node) = arguments_node
        && let [only] = named(node).as_slice()
        && only.kind() == "block_argument"
        && let [argument] = arguments.as_mut_slice()
        && let ExprKind::Text(method) = &argument.value.kind
    {
        argument.value = applied(lowering, *only, method.clone());
    }
    if let (ExprKind::Member(value, method), [least, most]) = (&callee.kind, arguments.as_slice())
        && method == "between?"
        && least.name.is_none()
        && most.name.is_none()
    {
        return between(lowering, node, value, [&least.value, &most.value]);
    }
    if let Some(block_node) = block_node {
        let value = block(lowering, block_node);
        arguments.push(Argument { name: None, value });
    }
    lowering.at(node, ExprKind::Call(Box::new(callee), arguments))
}

/// `amount.between?(1, most)` says `amount >= 1 && amount <= most`.
fn between(lowering: &Lowering<'_>, node: Node<'_>, value: &Expr, bounds: [&Expr; 2]) -> Expr {
    let [least, most] = bounds;
    let compared = |operator, bound: &Expr| {
        let sides = (Box::new(value.clone()), Box::new(bound.clone()));
        lowering.at(node, ExprKind::Binary(operator, sides.0, sides.1))
    };
    let at_least = compared(Operator::GreaterEqual, least);
    let at_most = compared(Operator::LessEqual, most);
    let both = ExprKind::Binary(Operator::And, Box::new(at_least), Box::new(at_most));
    lowering.at(node, both)
}

/// `each(&:cancel!)` says `each { |it| it.cancel! }`.
fn applied(lowering: &Lowering<'_>, node: Node<'_>, method: String) -> Expr {
    let element = lowering.at(node, ExprKind::Name("it".to_owned()));
    let callee = lowering.at(node, ExprKind::Member(Box::new(element), method));
    let call = lowering.at(node, ExprKind::Call(Box::new(callee), Vec::new()));
    let body = vec![lowering.stmt(node, StmtKind::Expr(call))];
    lowering.at(node, ExprKind::Function(vec!["it".to_owned()], body))
}

fn block(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let parameters = field(node, &["parameters"])
        .map(|it| {
            it.named_children()
                .map(|it| lowering.text(it).to_owned())
                .collect()
        })
        .unwrap_or_default();
    let body_node = field(node, &["body"]);
    let body = lowering.body(body_node);
    lowering.at(node, ExprKind::Function(parameters, body))
}

/// The text of a heredoc stands behind the line that it begins on.
fn heredoc(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let start = node.start_byte();
    let line = lowering.slice(start.saturating_sub(node.column()), start);
    let earlier = line
        .match_indices("<<")
        .take(8)
        .filter(|(at, _)| {
            let rest = line[at + 2..].trim_start_matches(['~', '-', '"', '\'', '`']);
            rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        })
        .count();
    // More on one line than anybody writes.
    if earlier == 8 {
        return lowering.at(node, ExprKind::Text(String::new()));
    }
    let mut above = lowering.above(node);
    while let Some(parent) = above {
        let bodies: Vec<Node<'_>> = parent
            .named_children()
            .filter(|it| it.kind() == "heredoc_body" && it.start_byte() >= node.end_byte())
            .take(earlier + 1)
            .collect();
        if let Some(body) = bodies.get(earlier).or(bodies.last()) {
            return heredoc_text(lowering, *body);
        }
        above = lowering.above(parent);
    }
    lowering.at(node, ExprKind::Text(String::new()))
}

fn heredoc_text(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let mut parts: Vec<Expr> = Vec::new();
    for child in node.named_children() {
        let part = match child.kind() {
            "heredoc_end" => continue,
            "interpolation" => lowering.expr(child),
            _ => {
                // Indentation is layout.
                let text = lowering.text(child);
                let mut lines = text.split('\n');
                let mut joined = lines.next().unwrap_or_default().to_owned();
                for line in lines {
                    joined.push('\n');
                    joined.push_str(line.trim_start());
                }
                lowering.at(child, ExprKind::Text(joined))
            }
        };
        parts.push(part);
    }
    let kind = match parts.as_slice() {
        [] => ExprKind::Text(String::new()),
        [
            Expr {
                kind: ExprKind::Text(text),
                ..
            },
        ] => ExprKind::Text(text.trim().to_owned()),
        _ => ExprKind::Template(parts),
    };
    lowering.at(node, kind)
}
