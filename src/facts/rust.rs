//! Rust.

use super::lower::{Grammar, Last, Lowering, Role, Use, field, named};
use super::tree::{Argument, Attribute, Expr, ExprKind, Operator, Stmt, StmtKind};
use tree_sitter::Node;

/// Rust, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_rust::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "line_comment",
                "block_comment",
                "shebang",
                "use_declaration",
                "extern_crate_declaration",
                "inner_attribute_item",
                "type_item",
                "associated_type",
                "struct_item",
                "enum_item",
                "union_item",
                "macro_definition",
                "foreign_mod_item",
                "empty_statement",
                "visibility_modifier",
                "mutable_specifier",
                "type_arguments",
                "type_parameters",
                "where_clause",
                "label",
                "lifetime",
                "remaining_field_pattern",
                "trait_bounds",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_expression",
                "await_expression",
                "reference_expression",
                "type_cast_expression",
                "mut_pattern",
                "ref_pattern",
                "reference_pattern",
                "base_field_initializer",
            ],
        ),
        (
            Role::Block,
            &[
                "source_file",
                "block",
                "declaration_list",
                "unsafe_block",
                "async_block",
                "try_block",
                "const_block",
                "gen_block",
            ],
        ),
        (Role::Statement, &["expression_statement"]),
        (
            Role::Name,
            &[
                "identifier",
                "field_identifier",
                "type_identifier",
                "shorthand_field_identifier",
                "primitive_type",
                "crate",
                "super",
                "metavariable",
            ],
        ),
        (Role::Receiver, &["self"]),
        (
            Role::Text,
            &["string_literal", "raw_string_literal", "char_literal"],
        ),
        (
            Role::Number,
            &["integer_literal", "float_literal", "negative_literal"],
        ),
        (
            Role::Member,
            &[
                "field_expression",
                "scoped_identifier",
                "scoped_type_identifier",
            ],
        ),
        (Role::Index, &["index_expression"]),
        (Role::Call, &["call_expression"]),
        (Role::Unary, &["unary_expression"]),
        (Role::Binary, &["binary_expression"]),
        (
            Role::List,
            &[
                "array_expression",
                "tuple_expression",
                "tuple_pattern",
                "slice_pattern",
            ],
        ),
        (Role::Map, &["field_initializer_list"]),
        (Role::Pair, &["field_initializer"]),
        (Role::Lambda, &["closure_expression"]),
        (
            Role::Function,
            &["function_item", "function_signature_item"],
        ),
        (Role::Class, &["trait_item", "mod_item"]),
        (Role::Attribute, &["attribute"]),
        (Role::AttributeList, &["attribute_item"]),
        (Role::If, &["if_expression"]),
        (Role::Else, &["else_clause"]),
        (Role::Switch, &["match_expression"]),
        (Role::Case, &["match_arm"]),
        (
            Role::Loop,
            &["for_expression", "while_expression", "loop_expression"],
        ),
        (Role::Return, &["return_expression"]),
        (Role::Continue, &["continue_expression"]),
        (Role::Break, &["break_expression"]),
        (
            Role::Assign,
            &[
                "assignment_expression",
                "compound_assignment_expr",
                "const_item",
                "static_item",
            ],
        ),
    ],
    statement,
    expression,
    last: Last::ResultOfEachWay,
    bare_names_call: false,
};

/// Attributes that say nothing about what the code does.
const QUIET: &[&str] = &[
    "allow",
    "cfg",
    "cfg_attr",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "inline",
    "must_use",
    "non_exhaustive",
    "repr",
    "track_caller",
    "warn",
];

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        "attribute_item" => {
            if let Some(attribute) = attribute(lowering, node) {
                lowering.add_attribute(attribute);
            }
            true
        }
        "function_item" | "mod_item" | "impl_item" | "const_item" | "static_item"
            if lowering.attributes().iter().any(tests) =>
        {
            true
        }
        "impl_item" => {
            let name = field(node, &["type"])
                .map_or("", |it| lowering.text(it))
                .split(['<', '('])
                .next()
                .unwrap_or_default();
            let name = name.rsplit("::").next().unwrap_or_default().trim();
            let base = field(node, &["trait"]).map(|it| lowering.text(it).to_owned());
            lowering.class_named(node, name, base);
            true
        }
        "let_declaration" => {
            declaration(lowering, node, out);
            true
        }
        "if_expression" => {
            out.extend(choice(lowering, node));
            true
        }
        "expression_statement" | "macro_invocation" => macro_statement(lowering, node, out),
        "while_expression" => {
            let (condition, mut bound) = condition(lowering, field(node, &["condition"]));
            bound.append(&mut lowering.body(field(node, &["body"])));
            let kind = StmtKind::Loop {
                over: condition,
                body: bound,
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        "match_expression" => {
            let kind = choices(lowering, node);
            out.push(lowering.stmt(node, kind));
            true
        }
        "function_signature_item"
        | "enum_item"
        | "struct_item"
        | "trait_item"
        | "function_item"
        | "mod_item" => false,
        _ => false,
    }
}

fn tests(attribute: &Attribute) -> bool {
    let test = attribute.name.rsplit('.').next() == Some("test");
    test || (attribute.name == "cfg"
        && attribute
            .arguments
            .iter()
            .any(|it| it.value.to_string().contains("test")))
}

fn attribute(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Attribute> {
    let inner = named(node)
        .into_iter()
        .find(|it| it.kind() == "attribute")?;
    let name = named(inner)
        .first()
        .map_or("", |it| lowering.text(*it))
        .replace("::", ".");
    let arguments = field(inner, &["arguments"])
        .map(|it| lowering.tokens(it))
        .unwrap_or_default();
    let attribute = lowering.attribute_at(node, name, arguments);
    (!QUIET.contains(&attribute.name.as_str()) || tests(&attribute)).then_some(attribute)
}

/// `let x = value`, `let Some(x) = value else { … }`, and a value that takes several ways.
fn declaration(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let Some(pattern) = field(node, &["pattern"]) else {
        return;
    };
    let Some(value_node) = field(node, &["value"]) else {
        return;
    };
    if let Some(alternative) = field(node, &["alternative"]) {
        let value = lowering.expr(value_node);
        let then = lowering.body(Some(alternative));
        let kind = StmtKind::If {
            condition: matches(lowering, pattern, value.clone()).negate(),
            then,
            otherwise: Vec::new(),
        };
        out.push(lowering.stmt(node, kind));
        bind(lowering, pattern, &value, out);
        return;
    }
    if value_node.kind() == "match_expression" && guarded(lowering, value_node, pattern, out) {
        return;
    }
    let name = lowering.text(pattern).to_owned();
    let simple = pattern.kind() == "identifier";
    let value = if simple {
        lowering.named_value(&name, value_node)
    } else {
        lowering.expr(value_node)
    };
    let target = lowering.expr(pattern);
    lowering.give(node, value, &Use::Assign(target, None), out);
}

/// `let x = match y { Some(x) => x, None => return … }` says what `let … else` says.
fn guarded(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    target: Node<'_>,
    out: &mut Vec<Stmt>,
) -> bool {
    let arms = arms(node);
    let [first, second] = arms.as_slice() else {
        return false;
    };
    let leaves = |arm: &Node<'_>| field(*arm, &["value"]).is_some_and(|it| leaves(lowering, it));
    let (keeps, exits) = match (leaves(first), leaves(second)) {
        (false, true) => (*first, *second),
        (true, false) => (*second, *first),
        _ => return false,
    };
    let (Some(subject), Some(pattern), Some(value), Some(exit)) = (
        field(node, &["value"]),
        field(keeps, &["pattern"]),
        field(keeps, &["value"]),
        field(exits, &["value"]),
    ) else {
        return false;
    };
    let subject = lowering.expr(subject);
    let condition = pattern_condition(lowering, pattern, &subject);
    let kind = StmtKind::If {
        condition: condition.negate(),
        then: lowering.body(Some(exit)),
        otherwise: Vec::new(),
    };
    out.push(lowering.stmt(node, kind));
    // `Some(x) => x` gives what is matched.
    let bound = named(pattern).first().and_then(|it| bound_name(*it));
    let target = lowering.expr(target);
    if bound.is_some_and(|it| lowering.text(it) == lowering.text(value)) {
        lowering.give(node, subject, &Use::Assign(target, None), out);
        return true;
    }
    if let Some(inner) = named(pattern).first() {
        bind(lowering, *inner, &subject, out);
    }
    let value = lowering.expr(value);
    lowering.give(node, value, &Use::Assign(target, None), out);
    true
}

fn arms(node: Node<'_>) -> Vec<Node<'_>> {
    let body = field(node, &["body"]).map(named).unwrap_or_default();
    body.into_iter()
        .filter(|it| it.kind() == "match_arm")
        .collect()
}

/// Whether a value never comes to be.
fn leaves(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    match node.kind() {
        "return_expression" | "continue_expression" | "break_expression" => true,
        "macro_invocation" => field(node, &["macro"]).is_some_and(|it| diverges(lowering.text(it))),
        "block" | "expression_statement" => named(node)
            .into_iter()
            .rev()
            .find(|it| !it.is_extra())
            .is_some_and(|it| leaves(lowering, it)),
        _ => false,
    }
}

fn diverges(name: &str) -> bool {
    let name = name.rsplit("::").next().unwrap_or(name);
    matches!(
        name,
        "panic" | "bail" | "unreachable" | "todo" | "unimplemented" | "err" | "compile_error"
    ) || name.starts_with("err_")
}

/// Macros that leave are statements of their own.
fn macro_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    let call = match node.kind() {
        "macro_invocation" => node,
        _ => match named(node).into_iter().find(|it| !it.is_extra()) {
            Some(inner) if inner.kind() == "macro_invocation" => inner,
            _ => return false,
        },
    };
    let name = field(call, &["macro"]).map_or("", |it| lowering.text(it));
    let name = name.rsplit("::").next().unwrap_or(name);
    if diverges(name) {
        let value = lowering.expr(call);
        out.push(lowering.stmt(node, StmtKind::Throw(Some(value))));
        return true;
    }
    let fails = match name {
        "ensure" | "assert" | "assert_eq" | "assert_ne" => name,
        _ => return false,
    };
    let ExprKind::Call(_, arguments) = lowering.expr(call).kind else {
        return false;
    };
    let mut values = arguments.into_iter().map(|it| it.value);
    let condition = match (fails, values.next()) {
        (_, None) => return false,
        ("ensure" | "assert", Some(condition)) => condition,
        (_, Some(left)) => {
            let Some(right) = values.next() else {
                return false;
            };
            let operator = if fails == "assert_eq" {
                Operator::Equal
            } else {
                Operator::NotEqual
            };
            lowering.at(
                call,
                ExprKind::Binary(operator, Box::new(left), Box::new(right)),
            )
        }
    };
    let then = vec![lowering.stmt(node, StmtKind::Throw(values.next()))];
    let kind = StmtKind::If {
        condition: condition.negate(),
        then,
        otherwise: Vec::new(),
    };
    out.push(lowering.stmt(node, kind));
    true
}

/// `if`, with the names that its condition binds.
fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Stmt> {
    let (condition, mut then) = condition(lowering, field(node, &["condition"]));
    then.append(&mut lowering.body(field(node, &["consequence"])));
    let otherwise = lowering.body(field(node, &["alternative"]));
    let condition = condition.unwrap_or_else(|| lowering.at(node, ExprKind::Bool(true)));
    let kind = StmtKind::If {
        condition,
        then,
        otherwise,
    };
    vec![lowering.stmt(node, kind)]
}

/// A condition, and the assignments that `let` makes where it holds.
fn condition(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> (Option<Expr>, Vec<Stmt>) {
    let mut bound = Vec::new();
    let Some(node) = node else {
        return (None, bound);
    };
    let parts = match node.kind() {
        "let_chain" => named(node),
        _ => vec![node],
    };
    let mut joined: Option<Expr> = None;
    for part in parts {
        if part.is_extra() {
            continue;
        }
        let next = match (
            part.kind(),
            field(part, &["pattern"]),
            field(part, &["value"]),
        ) {
            ("let_condition", Some(pattern), Some(value)) => {
                let value = lowering.expr(value);
                bind(lowering, pattern, &value, &mut bound);
                matches(lowering, pattern, value)
            }
            _ => lowering.expr(part),
        };
        joined = Some(match joined {
            None => next,
            Some(before) => lowering.at(
                node,
                ExprKind::Binary(Operator::And, Box::new(before), Box::new(next)),
            ),
        });
    }
    (joined, bound)
}

/// `matches(value, Pattern)`; `None` is said as not `Some`, `Err` as not `Ok`.
fn matches(lowering: &Lowering<'_>, pattern: Node<'_>, value: Expr) -> Expr {
    let (shape, negated) = match shape(lowering, pattern, 0).as_str() {
        "None" => ("Some".to_owned(), true),
        "Err" => ("Ok".to_owned(), true),
        shape => (shape.to_owned(), false),
    };
    let callee = lowering.at(pattern, ExprKind::Name("matches".to_owned()));
    let shape = lowering.at(pattern, ExprKind::Name(shape));
    let arguments = [value, shape]
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    let call = lowering.at(pattern, ExprKind::Call(Box::new(callee), arguments));
    if negated { call.negate() } else { call }
}

/// A pattern without the names that it binds.
fn shape(lowering: &Lowering<'_>, pattern: Node<'_>, depth: usize) -> String {
    let inner = |nodes: Vec<Node<'_>>| {
        let shapes: Vec<String> = nodes
            .into_iter()
            .filter(|it| !it.is_extra())
            .map(|it| shape(lowering, it, depth + 1))
            .collect();
        if shapes.iter().all(|it| it == "_") {
            String::new()
        } else {
            format!("({})", shapes.join(", "))
        }
    };
    if depth > 8 {
        return "_".to_owned();
    }
    match pattern.kind() {
        "match_pattern" => match pattern.named_child(0) {
            Some(inner) => shape(lowering, inner, depth),
            None => "_".to_owned(),
        },
        "tuple_struct_pattern" => {
            let name = field(pattern, &["type"]);
            let rest = named(pattern)
                .into_iter()
                .filter(|it| Some(*it) != name)
                .collect();
            let name = name.map_or("", |it| lowering.text(it));
            format!("{}{}", name.replace("::", "."), inner(rest))
        }
        "struct_pattern" => field(pattern, &["type"])
            .map_or("", |it| lowering.text(it))
            .replace("::", "."),
        "tuple_pattern" | "slice_pattern" => inner(named(pattern)),
        "or_pattern" => {
            let shapes: Vec<String> = named(pattern)
                .into_iter()
                .map(|it| shape(lowering, it, depth + 1))
                .collect();
            shapes.join(" | ")
        }
        "mut_pattern" | "ref_pattern" | "reference_pattern" | "captured_pattern" => {
            match named(pattern).last() {
                Some(inner) => shape(lowering, *inner, depth + 1),
                None => "_".to_owned(),
            }
        }
        "remaining_field_pattern" => "_".to_owned(),
        "identifier" => {
            let text = lowering.text(pattern);
            // A name in capitals is a constant or a variant; another binds.
            if text.starts_with(char::is_uppercase) {
                text.to_owned()
            } else {
                "_".to_owned()
            }
        }
        _ => {
            let text: String = lowering.text(pattern).split_whitespace().collect();
            text.replace("::", ".")
        }
    }
}

/// `Some(x)` binds `x` to the value.
fn bind(lowering: &mut Lowering<'_>, pattern: Node<'_>, value: &Expr, out: &mut Vec<Stmt>) {
    if let Some(name) = bound_name(pattern)
        && !lowering.text(name).starts_with(char::is_uppercase)
    {
        let target = lowering.expr(name);
        let kind = StmtKind::Assign {
            target,
            operator: None,
            value: value.clone(),
        };
        out.push(lowering.stmt(pattern, kind));
    }
}

/// The one name that a pattern binds, if it is one.
fn bound_name(pattern: Node<'_>) -> Option<Node<'_>> {
    let mut pattern = pattern;
    for _ in 0..8 {
        match pattern.kind() {
            "identifier" => return Some(pattern),
            "tuple_struct_pattern" if pattern.named_child_count() == 2 => {
                pattern = named(pattern).pop()?;
            }
            "match_pattern" if pattern.named_child_count() == 1 => {
                pattern = named(pattern).pop()?;
            }
            "mut_pattern" | "ref_pattern" | "reference_pattern" => {
                pattern = named(pattern).pop()?;
            }
            _ => return None,
        }
    }
    None
}

/// The condition under which an arm is taken.
fn pattern_condition(lowering: &mut Lowering<'_>, pattern: Node<'_>, subject: &Expr) -> Expr {
    let matched = matches(lowering, pattern, subject.clone());
    let Some(guard) = field(pattern, &["condition"]) else {
        return matched;
    };
    let (Some(guard), _) = condition(lowering, Some(guard)) else {
        return matched;
    };
    let kind = ExprKind::Binary(Operator::And, Box::new(matched), Box::new(guard));
    lowering.at(pattern, kind)
}

/// `match`: patterns without the names that they bind; `_` is the default.
fn choices(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let subject = field(node, &["value"]).map(|it| lowering.expr(it));
    let mut cases = Vec::new();
    for arm in arms(node) {
        let mut values = Vec::new();
        let mut body = Vec::new();
        if let Some(pattern) = field(arm, &["pattern"]) {
            let alternatives = match pattern.named_child(0) {
                Some(inner) if inner.kind() == "or_pattern" => named(inner),
                _ => vec![pattern],
            };
            for alternative in alternatives {
                let literal = alternative
                    .named_child(0)
                    .filter(|_| alternative.kind() == "match_pattern")
                    .unwrap_or(alternative);
                if literal.kind().ends_with("_literal") {
                    values.push(lowering.expr(literal));
                    continue;
                }
                let shape = shape(lowering, alternative, 0);
                if shape != "_" {
                    values.push(lowering.at(alternative, ExprKind::Name(shape)));
                }
            }
            let inner = pattern
                .named_child(0)
                .filter(|it| it.kind() != "identifier");
            if let (Some(inner), Some(subject)) = (inner, &subject) {
                bind(lowering, inner, subject, &mut body);
            }
            if let Some(guard) = field(pattern, &["condition"]) {
                let (guard, mut bound) = condition(lowering, Some(guard));
                body.append(&mut bound);
                values = match (values.pop(), guard) {
                    (Some(value), Some(guard)) => {
                        let kind =
                            ExprKind::Binary(Operator::And, Box::new(value), Box::new(guard));
                        vec![lowering.at(pattern, kind)]
                    }
                    (value, guard) => value.or(guard).into_iter().collect(),
                };
            }
        }
        if let Some(value) = field(arm, &["value"]) {
            lowering.statement(value, &mut body);
        }
        cases.push((values, body));
    }
    StmtKind::Switch { subject, cases }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        "macro_invocation" => {
            let name = field(node, &["macro"])?;
            let callee = format!("{}!", lowering.text(name).replace("::", "."));
            let callee = lowering.at(name, ExprKind::Name(callee));
            let tokens = named(node)
                .into_iter()
                .find(|it| it.kind() == "token_tree")?;
            let arguments = lowering.tokens(tokens);
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "try_expression" => {
            let inner = named(node).into_iter().find(|it| !it.is_extra())?;
            let inner = lowering.expr(inner);
            Some(lowering.at(node, ExprKind::Propagate(Box::new(inner))))
        }
        // The type of a call is not what it says.
        "generic_function" => field(node, &["function"]).map(|it| lowering.expr(it)),
        "generic_type" | "generic_type_with_turbofish" => {
            field(node, &["type"]).map(|it| lowering.expr(it))
        }
        "tuple_type" | "reference_type" | "qualified_type" | "bracketed_type" => {
            let name = lowering.text(node).split_whitespace().collect();
            Some(lowering.at(node, ExprKind::Name(name)))
        }
        "reference_expression" => field(node, &["value"]).map(|it| lowering.expr(it)),
        "mut_pattern" | "ref_pattern" | "reference_pattern" => {
            let inner = named(node).pop()?;
            Some(lowering.expr(inner))
        }
        "boolean_literal" => {
            let value = lowering.text(node) == "true";
            Some(lowering.at(node, ExprKind::Bool(value)))
        }
        "raw_string_literal" => {
            let text = lowering.text(node).trim_start_matches(['b', 'c', 'r']);
            let text = text.trim_matches('#').trim_matches('"').to_owned();
            Some(lowering.at(node, ExprKind::Text(text)))
        }
        "unit_expression" => Some(lowering.at(node, ExprKind::List(Vec::new()))),
        "identifier" if lowering.text(node) == "None" => {
            Some(lowering.at(node, ExprKind::Name("None".to_owned())))
        }
        "tuple_struct_pattern" => {
            let mut parts = lowering.parts(node);
            if parts.is_empty() {
                return None;
            }
            let callee = parts.remove(0);
            let arguments = parts
                .into_iter()
                .map(|value| Argument { name: None, value })
                .collect();
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "struct_expression" => {
            let callee = field(node, &["name"]).map(|it| lowering.expr(it))?;
            let value = field(node, &["body"]).map(|it| lowering.expr(it))?;
            let arguments = vec![Argument { name: None, value }];
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "struct_pattern" => {
            let mut pairs = Vec::new();
            for child in named(node) {
                if child.kind() == "field_pattern" {
                    pairs.push(lowering.pair(child));
                }
            }
            Some(lowering.at(node, ExprKind::Map(pairs)))
        }
        "shorthand_field_initializer" => {
            let inner = named(node).pop()?;
            Some(lowering.expr(inner))
        }
        // `x is Some` inside a larger condition.
        "let_condition" => {
            let value = field(node, &["value"]).map(|it| lowering.expr(it))?;
            let pattern = field(node, &["pattern"])?;
            Some(matches(lowering, pattern, value))
        }
        "if_expression" | "match_expression" | "async_block" => {
            let mut body = Vec::new();
            lowering.statement(node, &mut body);
            Some(lowering.branch(node, body))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
