//! Java.

use super::lower::{Grammar, Last, Lowering, Role, field, named};
use super::syntax::Node;
use super::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};

/// Java, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_java::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "line_comment",
                "block_comment",
                "package_declaration",
                "import_declaration",
                "module_declaration",
                "type_arguments",
                "type_parameters",
                "superclass",
                "super_interfaces",
                "extends_interfaces",
                "permits",
                "throws",
                "dimensions",
                "integral_type",
                "floating_point_type",
                "boolean_type",
                "void_type",
                "array_type",
            ],
        ),
        (
            Role::Wrapper,
            &["parenthesized_expression", "cast_expression", "pattern"],
        ),
        (
            Role::Block,
            &[
                "program",
                "block",
                "class_body",
                "interface_body",
                "enum_body",
                "enum_body_declarations",
                "annotation_type_body",
                "constructor_body",
                "switch_block",
                "static_initializer",
            ],
        ),
        (
            Role::Statement,
            &[
                "expression_statement",
                "labeled_statement",
                "yield_statement",
            ],
        ),
        (
            Role::Name,
            &[
                "identifier",
                "type_identifier",
                "underscore_pattern",
                "super",
            ],
        ),
        (Role::Receiver, &["this"]),
        (Role::Text, &["string_literal", "character_literal"]),
        (Role::Interpolation, &["string_interpolation"]),
        (
            Role::Number,
            &[
                "decimal_integer_literal",
                "hex_integer_literal",
                "octal_integer_literal",
                "binary_integer_literal",
                "decimal_floating_point_literal",
                "hex_floating_point_literal",
            ],
        ),
        (Role::True, &["true"]),
        (Role::False, &["false"]),
        (Role::Null, &["null_literal"]),
        (
            Role::Member,
            &[
                "field_access",
                "scoped_identifier",
                "scoped_type_identifier",
                "method_reference",
            ],
        ),
        (Role::Index, &["array_access"]),
        (
            Role::Call,
            &[
                "method_invocation",
                "object_creation_expression",
                "explicit_constructor_invocation",
            ],
        ),
        (Role::Unary, &["unary_expression"]),
        (Role::Binary, &["binary_expression"]),
        (Role::Conditional, &["ternary_expression"]),
        (
            Role::List,
            &["array_initializer", "element_value_array_initializer"],
        ),
        (Role::Pair, &["element_value_pair"]),
        (Role::Lambda, &["lambda_expression"]),
        (
            Role::Function,
            &[
                "method_declaration",
                "constructor_declaration",
                "compact_constructor_declaration",
                "annotation_type_element_declaration",
            ],
        ),
        (
            Role::Class,
            &[
                "class_declaration",
                "interface_declaration",
                "enum_declaration",
                "record_declaration",
                "annotation_type_declaration",
            ],
        ),
        (Role::Attribute, &["annotation", "marker_annotation"]),
        (Role::AttributeList, &["modifiers"]),
        (Role::If, &["if_statement"]),
        (Role::Switch, &["switch_expression"]),
        (Role::Case, &["switch_block_statement_group", "switch_rule"]),
        (
            Role::Loop,
            &[
                "for_statement",
                "enhanced_for_statement",
                "while_statement",
                "do_statement",
            ],
        ),
        (Role::Try, &["try_statement"]),
        (Role::Catch, &["catch_clause"]),
        (Role::Finally, &["finally_clause"]),
        (Role::With, &["synchronized_statement"]),
        (Role::Return, &["return_statement"]),
        (Role::Throw, &["throw_statement"]),
        (Role::Continue, &["continue_statement"]),
        (Role::Break, &["break_statement"]),
        (
            Role::Assign,
            &["assignment_expression", "variable_declarator", "resource"],
        ),
    ],
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        "local_variable_declaration" | "field_declaration" | "constant_declaration" => {
            for child in node.named_children() {
                if child.kind() != "variable_declarator" {
                    continue;
                }
                if node.kind() == "field_declaration" {
                    let name = field(child, &["name"]).map_or("", |it| lowering.text(it));
                    lowering.field_attributes(node, name, out);
                }
                if field(child, &["value"]).is_some() {
                    lowering.statement(child, out);
                }
            }
            true
        }
        // `assert x : y` is `if not x: raise`.
        "assert_statement" => {
            let mut parts = lowering.parts(node).into_iter();
            let Some(condition) = parts.next() else {
                return true;
            };
            out.push(lowering.leaves_if(node, condition.negate(), parts.next()));
            true
        }
        "method_invocation" if asserts(lowering, node) => lowering.asserted(node, out),
        "update_expression" => {
            let Some(target) = lowering.parts(node).pop() else {
                return true;
            };
            let operator = if lowering.text(node).contains("++") {
                Operator::Add
            } else {
                Operator::Subtract
            };
            let kind = StmtKind::Assign {
                target,
                operator: Some(operator),
                value: lowering.at(node, ExprKind::Number("1".to_owned())),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        // The resources are what the rest runs in.
        "try_with_resources_statement" => {
            let mut contexts = Vec::new();
            for resource in field(node, &["resources"]).map(named).unwrap_or_default() {
                if !resource.is_extra() {
                    contexts.push(lowering.expr(resource));
                }
            }
            let kind = lowering.attempt_with(node, contexts);
            out.push(lowering.stmt(node, kind));
            true
        }
        "enum_constant" => {
            let Some(name) = field(node, &["name"]) else {
                return true;
            };
            if let Some(list) = field(node, &["arguments"]) {
                let arguments = lowering.arguments(list);
                let values = arguments.into_iter().map(|it| it.value).collect();
                let kind = StmtKind::Assign {
                    target: lowering.expr(name),
                    operator: None,
                    value: lowering.at(list, ExprKind::List(values)),
                };
                out.push(lowering.stmt(node, kind));
            }
            if let Some(body) = field(node, &["body"]) {
                lowering.statement(body, out);
            }
            true
        }
        _ => false,
    }
}

/// `Assert.isTrue(condition, "…")` of Spring and `checkArgument(condition, "…")` of Guava.
fn asserts(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    let text = |name: &str| field(node, &[name]).map(|it| lowering.text(it));
    match (text("object"), text("name").unwrap_or_default()) {
        (Some("Assert" | "Validate"), name) => matches!(name, "isTrue" | "state" | "validState"),
        (None | Some("Preconditions"), name) => matches!(name, "checkArgument" | "checkState"),
        _ => false,
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let kind = match node.kind() {
        "update_expression" => {
            let operator = if lowering.text(node).contains("++") {
                "++"
            } else {
                "--"
            };
            let inner = Box::new(lowering.parts(node).pop()?);
            ExprKind::Unary(operator.to_owned(), inner)
        }
        "instanceof_expression" => {
            let left = field(node, &["left"]).map(|it| lowering.expr(it))?;
            let right = field(node, &["right", "pattern"])?;
            let right = lowering.at(right, ExprKind::Name(lowering.text(right).to_owned()));
            ExprKind::Binary(Operator::In, Box::new(left), Box::new(right))
        }
        "resource" if field(node, &["value"]).is_none() => {
            return node.named_children().last().map(|it| lowering.expr(it));
        }
        "generic_type" => return node.named_child(0).map(|it| lowering.expr(it)),
        "class_literal" => {
            let name = lowering.text(node).trim_end_matches(".class").to_owned();
            let object = lowering.at(node, ExprKind::Name(name));
            ExprKind::Member(Box::new(object), "class".to_owned())
        }
        "array_creation_expression" => match field(node, &["value"]) {
            Some(value) => return Some(lowering.expr(value)),
            None => ExprKind::List(Vec::new()),
        },
        // An annotation as the value of another.
        "annotation" | "marker_annotation" => {
            let name = field(node, &["name"]).map(|it| lowering.expr(it))?;
            let arguments = field(node, &["arguments"]).map(|it| lowering.arguments(it));
            ExprKind::Call(Box::new(name), arguments.unwrap_or_default())
        }
        // `new X() { … }`: its methods are symbols under the name of what it makes.
        "object_creation_expression" => {
            let body = node.named_children().find(|it| it.kind() == "class_body");
            if let (Some(body), Some(name)) = (body, field(node, &["type"])) {
                let name = lowering.text(name).split('<').next().unwrap_or_default();
                lowering.class_of(node, name, None, Some(body));
            }
            return None;
        }
        _ => return None,
    };
    Some(lowering.at(node, kind))
}

#[cfg(test)]
mod tests;
