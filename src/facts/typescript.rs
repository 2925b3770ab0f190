//! TypeScript, TSX and JavaScript.

use super::lower::{Grammar, Last, Lowering, Role, field, named};
use super::syntax::Node;
use super::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};

const ROLES: &[(Role, &[&str])] = &[
    (
        Role::Skip,
        &[
            "comment",
            "html_comment",
            "hash_bang_line",
            "import_statement",
            "type_annotation",
            "type_arguments",
            "type_parameters",
            "interface_declaration",
            "type_alias_declaration",
            "empty_statement",
            "accessibility_modifier",
            "override_modifier",
            "optional_chain",
            "debugger_statement",
            "export_clause",
            "ambient_declaration",
            "jsx_text",
            "function_signature",
            "method_signature",
            "call_signature",
            "index_signature",
            "import_alias",
        ],
    ),
    (
        Role::Wrapper,
        &[
            "parenthesized_expression",
            "await_expression",
            "as_expression",
            "satisfies_expression",
            "non_null_expression",
            "type_assertion",
            "yield_expression",
            "jsx_expression",
            "instantiation_expression",
        ],
    ),
    (
        Role::Block,
        &[
            "program",
            "statement_block",
            "export_statement",
            "lexical_declaration",
            "variable_declaration",
            "class_body",
            "class_static_block",
        ],
    ),
    (
        Role::Statement,
        &["expression_statement", "labeled_statement"],
    ),
    (
        Role::Name,
        &[
            "identifier",
            "property_identifier",
            "private_property_identifier",
            "shorthand_property_identifier",
            "shorthand_property_identifier_pattern",
            "type_identifier",
            "statement_identifier",
            "super",
        ],
    ),
    (Role::Receiver, &["this"]),
    (Role::Text, &["string", "template_string", "regex"]),
    (Role::Interpolation, &["template_substitution"]),
    (Role::Number, &["number"]),
    (Role::True, &["true"]),
    (Role::False, &["false"]),
    (Role::Null, &["null", "undefined"]),
    (Role::Member, &["member_expression", "nested_identifier"]),
    (Role::Index, &["subscript_expression"]),
    (Role::Call, &["call_expression", "new_expression"]),
    (Role::Unary, &["unary_expression"]),
    (Role::Binary, &["binary_expression"]),
    (Role::Conditional, &["ternary_expression"]),
    (Role::List, &["array", "array_pattern"]),
    (Role::Map, &["object", "object_pattern"]),
    (Role::Pair, &["pair", "pair_pattern"]),
    (Role::Spread, &["spread_element", "rest_pattern"]),
    (
        Role::Lambda,
        &[
            "arrow_function",
            "function_expression",
            "generator_function",
        ],
    ),
    (
        Role::Function,
        &[
            "function_declaration",
            "generator_function_declaration",
            "method_definition",
            "abstract_method_signature",
        ],
    ),
    (
        Role::Class,
        &[
            "class_declaration",
            "abstract_class_declaration",
            "class",
            "internal_module",
            "enum_declaration",
            "module",
        ],
    ),
    (Role::Attribute, &["decorator"]),
    (Role::If, &["if_statement"]),
    (Role::Else, &["else_clause"]),
    (Role::Switch, &["switch_statement"]),
    (Role::Case, &["switch_case", "switch_default"]),
    (
        Role::Loop,
        &[
            "for_statement",
            "for_in_statement",
            "while_statement",
            "do_statement",
        ],
    ),
    (Role::Try, &["try_statement"]),
    (Role::Catch, &["catch_clause"]),
    (Role::Finally, &["finally_clause"]),
    (Role::With, &["with_statement"]),
    (Role::Return, &["return_statement"]),
    (Role::Throw, &["throw_statement"]),
    (Role::Continue, &["continue_statement"]),
    (Role::Break, &["break_statement"]),
    (
        Role::Assign,
        &[
            "assignment_expression",
            "augmented_assignment_expression",
            "variable_declarator",
            "public_field_definition",
            "field_definition",
            "enum_assignment",
            "assignment_pattern",
        ],
    ),
];

/// TypeScript.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    roles: ROLES,
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

/// TypeScript with markup; plain JavaScript with markup is read by it as well.
pub(super) const TSX: Grammar = Grammar {
    language: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    roles: ROLES,
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

/// JavaScript.
pub(super) const JAVASCRIPT: Grammar = Grammar {
    language: || tree_sitter_javascript::LANGUAGE.into(),
    roles: ROLES,
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        // `for` keeps its condition; `if` conditions are parenthesised and need nothing.
        "update_expression" => {
            let mut parts = lowering.parts(node);
            if let Some(target) = parts.pop() {
                let one = lowering.at(node, ExprKind::Number("1".to_owned()));
                let kind = StmtKind::Assign {
                    target,
                    operator: Some(Operator::parse(if lowering.text(node).contains("++") {
                        "+"
                    } else {
                        "-"
                    })),
                    value: one,
                };
                out.push(lowering.stmt(node, kind));
            }
            true
        }
        "call_expression" if asserts(lowering, node) => lowering.asserted(node, out),
        // `a(), b()`.
        "sequence_expression" => {
            for child in node.named_children() {
                lowering.statement(child, out);
            }
            true
        }
        "enum_body" => {
            for child in node.named_children() {
                if child.kind() == "enum_assignment" {
                    lowering.statement(child, out);
                }
            }
            true
        }
        // The default export of an anonymous function or object.
        // What another file says.
        "export_statement" if field(node, &["source"]).is_some() => true,
        "export_statement" => {
            let Some(value) = field(node, &["value"]) else {
                return false;
            };
            let value = lowering.named_value("default", value);
            let target = lowering.at(node, ExprKind::Name("default".to_owned()));
            let kind = StmtKind::Assign {
                target,
                operator: None,
                value,
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        _ => false,
    }
}

/// `assert(condition, "…")`, `invariant(condition, "…")`, Koa's `ctx.assert(condition, 403)`.
fn asserts(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    let called = field(node, &["function"]).map_or("", |it| lowering.text(it));
    matches!(called, "assert" | "assert.ok" | "invariant" | "ctx.assert")
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        "template_string" if !has_substitution(node) => {
            let text = super::lower::unquote(lowering.text(node)).to_owned();
            Some(lowering.at(node, ExprKind::Text(text)))
        }
        "update_expression" => {
            let operator = if lowering.text(node).contains("++") {
                "++"
            } else {
                "--"
            };
            let inner = Box::new(lowering.parts(node).pop()?);
            Some(lowering.at(node, ExprKind::Unary(operator.to_owned(), inner)))
        }
        "regex" => {
            let text = lowering.text(node).to_owned();
            Some(lowering.at(node, ExprKind::Text(text)))
        }
        // A tagged template is a call with one template.
        "call_expression"
            if field(node, &["arguments"]).is_some_and(|it| it.kind() == "template_string") =>
        {
            let callee = lowering.expr(field(node, &["function"])?);
            let value = lowering.expr(field(node, &["arguments"])?);
            let arguments = vec![super::tree::Argument { name: None, value }];
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        // `<Tag a={b}>` says `Tag(a: b, …children)`.
        "jsx_element" | "jsx_self_closing_element" => Some(markup(lowering, node)),
        _ => None,
    }
}

fn has_substitution(node: Node<'_>) -> bool {
    named(node)
        .iter()
        .any(|it| it.kind() == "template_substitution")
}

fn markup(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let opening = field(node, &["open_tag"])
        .or_else(|| {
            node.named_children()
                .find(|it| it.kind() == "jsx_opening_element")
        })
        .unwrap_or(node);
    let name = field(opening, &["name"])
        .map_or("", |it| lowering.text(it))
        .to_owned();
    let mut arguments = Vec::new();
    for child in opening.named_children() {
        if child.kind() == "jsx_attribute" {
            let parts = named(child);
            let key = parts.first().map_or("", |it| lowering.text(*it)).to_owned();
            let value = match parts.get(1) {
                Some(value) => lowering.expr(*value),
                None => lowering.at(child, ExprKind::Bool(true)),
            };
            arguments.push(super::tree::Argument {
                name: Some(key),
                value,
            });
        }
    }
    if opening != node {
        for child in node.named_children() {
            let empty = || child.named_children().all(Node::is_extra);
            if matches!(child.kind(), "jsx_element" | "jsx_self_closing_element")
                || (child.kind() == "jsx_expression" && !empty())
            {
                let value = lowering.expr(child);
                arguments.push(super::tree::Argument { name: None, value });
            }
        }
    }
    let callee = lowering.at(opening, ExprKind::Name(name));
    lowering.at(node, ExprKind::Call(Box::new(callee), arguments))
}
