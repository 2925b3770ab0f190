//! Rust.

use super::lower::{Grammar, Last, Lowering, Role, Use, field, named};
use super::syntax::Node;
use super::tree::{Argument, Attribute, Expr, ExprKind, Stmt, StmtKind};
use leave::{guarded, macro_statement};
use pattern::{bind, choice, choices, condition, matches};

mod leave;
mod pattern;

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
    let inner = node.named_children().find(|it| it.kind() == "attribute")?;
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

fn arms(node: Node<'_>) -> Vec<Node<'_>> {
    let body = field(node, &["body"]).map(named).unwrap_or_default();
    body.into_iter()
        .filter(|it| it.kind() == "match_arm")
        .collect()
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        "macro_invocation" => {
            let name = field(node, &["macro"])?;
            let callee = format!("{}!", lowering.text(name).replace("::", "."));
            let callee = lowering.at(name, ExprKind::Name(callee));
            let tokens = node.named_children().find(|it| it.kind() == "token_tree")?;
            let arguments = lowering.tokens(tokens);
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "try_expression" => {
            let inner = node.named_children().find(|it| !it.is_extra())?;
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
            let inner = node.named_children().last()?;
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
            for child in node.named_children() {
                if child.kind() == "field_pattern" {
                    pairs.push(lowering.pair(child));
                }
            }
            Some(lowering.at(node, ExprKind::Map(pairs)))
        }
        "shorthand_field_initializer" => {
            let inner = node.named_children().last()?;
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
