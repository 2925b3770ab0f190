//! Go.

use super::lower::{Grammar, Last, Lowering, Role, field};
use super::syntax::Node;
use super::tree::{Expr, ExprKind, Stmt, StmtKind};

/// Go, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_go::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "package_clause",
                "import_declaration",
                "type_arguments",
                "empty_statement",
                "type_identifier_list",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_expression",
                "type_conversion_expression",
                "receive_statement",
                "type_assertion_expression",
                "literal_element",
                "variadic_argument",
                "go_statement",
                "defer_statement",
            ],
        ),
        (
            Role::Block,
            &[
                "source_file",
                "block",
                "statement_list",
                "var_declaration",
                "var_spec_list",
                "const_declaration",
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
                "field_identifier",
                "type_identifier",
                "package_identifier",
                "blank_identifier",
                "iota",
            ],
        ),
        (
            Role::Text,
            &[
                "interpreted_string_literal",
                "raw_string_literal",
                "rune_literal",
            ],
        ),
        (Role::Number, &["int_literal", "float_literal"]),
        (Role::True, &["true"]),
        (Role::False, &["false"]),
        (Role::Null, &["nil"]),
        (Role::Member, &["selector_expression", "qualified_type"]),
        (Role::Index, &["index_expression"]),
        (Role::Call, &["call_expression"]),
        (Role::Unary, &["unary_expression"]),
        (Role::Binary, &["binary_expression"]),
        (Role::Map, &["literal_value"]),
        (Role::Pair, &["keyed_element"]),
        (Role::Lambda, &["func_literal"]),
        (Role::Function, &["function_declaration"]),
        (Role::If, &["if_statement"]),
        (
            Role::Switch,
            &[
                "expression_switch_statement",
                "type_switch_statement",
                "select_statement",
            ],
        ),
        (
            Role::Case,
            &[
                "expression_case",
                "type_case",
                "communication_case",
                "default_case",
            ],
        ),
        (Role::Loop, &["for_statement"]),
        (Role::Return, &["return_statement"]),
        (Role::Continue, &["continue_statement", "goto_statement"]),
        (Role::Break, &["break_statement"]),
        (
            Role::Assign,
            &[
                "assignment_statement",
                "short_var_declaration",
                "var_spec",
                "const_spec",
            ],
        ),
    ],
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        "method_declaration" => {
            let name = field(node, &["name"]).map_or("", |it| lowering.text(it));
            let receiver = field(node, &["receiver"])
                .map_or("", |it| lowering.text(it))
                .trim_matches(['(', ')'])
                .split_whitespace()
                .next_back()
                .unwrap_or_default()
                .trim_start_matches('*')
                .split('[')
                .next()
                .unwrap_or_default();
            let path = format!("{receiver}.{name}");
            lowering.function(node, &path);
            true
        }
        "inc_statement" | "dec_statement" => {
            let mut parts = lowering.parts(node);
            if let Some(target) = parts.pop() {
                let one = lowering.at(node, ExprKind::Number("1".to_owned()));
                let operator = if node.kind() == "inc_statement" {
                    "+"
                } else {
                    "-"
                };
                let kind = StmtKind::Assign {
                    target,
                    operator: Some(super::tree::Operator::parse(operator)),
                    value: one,
                };
                out.push(lowering.stmt(node, kind));
            }
            true
        }
        "type_declaration" => {
            let mut fields = Vec::new();
            struct_tags(lowering, node, "", &mut fields, 0);
            out.extend(fields);
            true
        }
        _ => false,
    }
}

/// Struct tags say what is stored and sent: each becomes `Type.Field = "tag"`.
fn struct_tags(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    path: &str,
    out: &mut Vec<Stmt>,
    depth: usize,
) {
    if depth > 8 {
        return;
    }
    for child in node.named_children() {
        if child.kind() == "field_declaration" {
            let (Some(name), Some(tag)) = (field(child, &["name"]), field(child, &["tag"])) else {
                continue;
            };
            let object = lowering.at(name, ExprKind::Name(path.to_owned()));
            let member = lowering.text(name).to_owned();
            let target = lowering.at(name, ExprKind::Member(Box::new(object), member));
            let value = lowering.expr(tag);
            let kind = StmtKind::Assign {
                target,
                operator: None,
                value,
            };
            out.push(lowering.stmt(child, kind));
        } else {
            let path = match child.kind() {
                "type_spec" => field(child, &["name"]).map_or(path, |it| lowering.text(it)),
                _ => path,
            };
            struct_tags(lowering, child, path, out, depth + 1);
        }
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        // A list of one is that one.
        "expression_list" if node.named_child_count() == 1 => {
            let inner = node.named_children().next()?;
            Some(lowering.expr(inner))
        }
        "expression_list" => {
            let parts = lowering.parts(node);
            Some(lowering.at(node, ExprKind::List(parts)))
        }
        // A type that stands where a value may.
        "slice_type"
        | "map_type"
        | "pointer_type"
        | "struct_type"
        | "channel_type"
        | "array_type"
        | "interface_type"
        | "function_type"
        | "generic_type"
        | "implicit_length_array_type" => {
            let name = lowering.text(node).split_whitespace().collect();
            Some(lowering.at(node, ExprKind::Name(name)))
        }
        "slice_expression" => {
            let mut parts = lowering.parts(node);
            if parts.is_empty() {
                return None;
            }
            let object = Box::new(parts.remove(0));
            let bounds = Box::new(lowering.at(node, ExprKind::List(parts)));
            Some(lowering.at(node, ExprKind::Index(object, bounds)))
        }
        "send_statement" => {
            let channel = field(node, &["channel"]).map(|it| lowering.expr(it))?;
            let value = field(node, &["value"]).map(|it| lowering.expr(it))?;
            let callee = ExprKind::Member(Box::new(channel), "send".to_owned());
            let callee = lowering.at(node, callee);
            let arguments = vec![super::tree::Argument { name: None, value }];
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "composite_literal" => {
            let name = field(node, &["type"])
                .map_or("", |it| lowering.text(it))
                .split_whitespace()
                .collect();
            let body = field(node, &["body"])?;
            let body = lowering.expr(body);
            let callee = lowering.at(node, ExprKind::Name(name));
            let arguments = vec![super::tree::Argument {
                name: None,
                value: body,
            }];
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        _ => None,
    }
}
