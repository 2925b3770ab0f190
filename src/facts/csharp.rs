//! C#.

use super::lower::{Grammar, Last, Lowering, Role, Use, field, named};
use super::syntax::Node;
use super::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};
use creation::{creation, initializer, with};

mod creation;
mod pattern;
mod query;

/// C#, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_c_sharp::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "using_directive",
                "extern_alias_directive",
                "file_scoped_namespace_declaration",
                "global_attribute",
                "delegate_declaration",
                "event_field_declaration",
                "empty_statement",
                "modifier",
                "type_argument_list",
                "type_parameter_list",
                "type_parameter_constraints_clause",
                "base_list",
                "explicit_interface_specifier",
                "attribute_target_specifier",
                "enum_declaration",
                "preproc_region",
                "preproc_endregion",
                "preproc_nullable",
                "preproc_pragma",
                "preproc_line",
                "preproc_define",
                "preproc_undef",
                "preproc_error",
                "preproc_warning",
                "preproc_arg",
                "shebang_directive",
                "implicit_type",
                "predefined_type",
                "discard",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_expression",
                "parenthesized_pattern",
                "await_expression",
                "cast_expression",
                "checked_expression",
                "ref_expression",
                "arrow_expression_clause",
                "constant_pattern",
                "spread_element",
                "expression_element",
                "collection_element",
                "when_clause",
                "type_pattern",
            ],
        ),
        (
            Role::Block,
            &[
                "compilation_unit",
                "block",
                "declaration_list",
                "switch_body",
                "unsafe_statement",
                "checked_statement",
                "preproc_else",
                "variable_declaration",
                "local_declaration_statement",
                "namespace_declaration",
            ],
        ),
        (
            Role::Statement,
            &[
                "expression_statement",
                "global_statement",
                "labeled_statement",
                "yield_statement",
            ],
        ),
        (
            Role::Name,
            &["identifier", "implicit_parameter", "property_identifier"],
        ),
        (
            Role::Text,
            &[
                "string_literal",
                "verbatim_string_literal",
                "raw_string_literal",
                "character_literal",
            ],
        ),
        (Role::Number, &["integer_literal", "real_literal"]),
        (Role::Null, &["null_literal"]),
        (
            Role::Member,
            &[
                "member_access_expression",
                "qualified_name",
                "alias_qualified_name",
            ],
        ),
        (Role::Index, &["element_access_expression"]),
        (
            Role::Call,
            &["invocation_expression", "constructor_initializer"],
        ),
        (
            Role::Unary,
            &["prefix_unary_expression", "unary_expression"],
        ),
        (Role::Binary, &["binary_expression"]),
        (Role::Conditional, &["conditional_expression"]),
        (
            Role::List,
            &[
                "tuple_expression",
                "tuple_pattern",
                "collection_expression",
                "parenthesized_variable_designation",
            ],
        ),
        (
            Role::Lambda,
            &["lambda_expression", "anonymous_method_expression"],
        ),
        (
            Role::Function,
            &[
                "method_declaration",
                "constructor_declaration",
                "destructor_declaration",
                "local_function_statement",
                "conversion_operator_declaration",
                "operator_declaration",
            ],
        ),
        (
            Role::Class,
            &[
                "class_declaration",
                "struct_declaration",
                "record_declaration",
                "interface_declaration",
            ],
        ),
        (Role::Attribute, &["attribute"]),
        (
            Role::AttributeList,
            &["attribute_list", "preproc_if_in_attribute_list"],
        ),
        (Role::If, &["if_statement"]),
        (Role::Switch, &["switch_statement", "switch_expression"]),
        (Role::Case, &["switch_section", "switch_expression_arm"]),
        (
            Role::Loop,
            &[
                "for_statement",
                "foreach_statement",
                "while_statement",
                "do_statement",
            ],
        ),
        (Role::Try, &["try_statement"]),
        (Role::Catch, &["catch_clause"]),
        (Role::Finally, &["finally_clause"]),
        (
            Role::With,
            &["using_statement", "lock_statement", "fixed_statement"],
        ),
        (Role::Return, &["return_statement"]),
        (Role::Throw, &["throw_statement", "throw_expression"]),
        (Role::Continue, &["continue_statement", "goto_statement"]),
        (Role::Break, &["break_statement"]),
        (Role::Assign, &["assignment_expression"]),
    ],
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        // A namespace adds nothing to the symbol.
        "namespace_declaration" => {
            let mut body = lowering.body(field(node, &["body"]));
            out.append(&mut body);
            true
        }
        "field_declaration" => {
            for declaration in node.named_children() {
                if declaration.kind() == "variable_declaration" {
                    for child in declaration.named_children() {
                        if child.kind() == "variable_declarator" {
                            let name = field(child, &["name"]).map_or("", |it| lowering.text(it));
                            lowering.field_attributes(node, name, out);
                            variable(lowering, child, out);
                        }
                    }
                }
            }
            true
        }
        "variable_declaration" => {
            for child in node.named_children() {
                if child.kind() == "variable_declarator" {
                    variable(lowering, child, out);
                }
            }
            true
        }
        "property_declaration" | "indexer_declaration" | "event_declaration" => {
            property(lowering, node, out);
            true
        }
        "prefix_unary_expression" | "postfix_unary_expression" => {
            let text = lowering.text(node);
            let operator = if text.starts_with("++") || text.ends_with("++") {
                Operator::Add
            } else if text.starts_with("--") || text.ends_with("--") {
                Operator::Subtract
            } else {
                return false;
            };
            let Some(target) = lowering.parts(node).pop() else {
                return true;
            };
            let kind = StmtKind::Assign {
                target,
                operator: Some(operator),
                value: lowering.at(node, ExprKind::Number("1".to_owned())),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        "switch_statement" | "switch_expression" => {
            let kind = pattern::choices(lowering, node);
            out.push(lowering.stmt(node, kind));
            true
        }
        // What is left out under one configuration is code under another.
        "preproc_if" | "preproc_elif" => {
            let condition = field(node, &["condition"]);
            for child in node.named_children() {
                if Some(child) != condition {
                    lowering.statement(child, out);
                }
            }
            true
        }
        _ => false,
    }
}

/// The value of a declarator has no name in the grammar.
fn variable(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let name = field(node, &["name"]);
    let parts: Vec<Node<'_>> = node
        .named_children()
        .filter(|it| !it.is_extra() && Some(*it) != name && it.kind() != "bracketed_argument_list")
        .collect();
    let (target, value) = match (name, parts.as_slice()) {
        (Some(name), [.., value]) => (name, *value),
        (None, [target, .., value]) => (*target, *value),
        _ => return,
    };
    let value = lowering.named_value(lowering.text(target), value);
    let target = lowering.expr(target);
    lowering.give(node, value, &Use::Assign(target, None), out);
}

/// Accessors with a body are functions under the name of their property.
fn property(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let name = field(node, &["name"]).map_or("this", |it| lowering.text(it));
    lowering.field_attributes(node, name, out);
    for accessor in field(node, &["accessors"]).map(named).unwrap_or_default() {
        if field(accessor, &["body"]).is_some() {
            let verb = field(accessor, &["name"]).map_or("", |it| lowering.text(it));
            let path = format!("{name}.{verb}");
            lowering.function(accessor, &path);
        }
    }
    let Some(value) = field(node, &["value"]) else {
        return;
    };
    if value.kind() == "arrow_expression_clause" {
        lowering.function_of(node, name, Some(value));
        return;
    }
    let value = lowering.named_value(name, value);
    let target = lowering.at(node, ExprKind::Name(name.to_owned()));
    lowering.give(node, value, &Use::Assign(target, None), out);
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let kind = match node.kind() {
        "this" => ExprKind::Name("self".to_owned()),
        "boolean_literal" => ExprKind::Bool(lowering.text(node) == "true"),
        "generic_name" => ExprKind::Name(name(lowering, node)),
        "member_access_expression" => {
            let object = field(node, &["expression"]).map(|it| lowering.expr(it))?;
            ExprKind::Member(Box::new(object), name(lowering, field(node, &["name"])?))
        }
        // What follows `?.` starts at a mark that its object takes the place of.
        "member_binding_expression" => {
            let object = lowering.at(node, ExprKind::Name(MARK.to_owned()));
            ExprKind::Member(Box::new(object), name(lowering, field(node, &["name"])?))
        }
        "element_binding_expression" => {
            let object = lowering.at(node, ExprKind::Name(MARK.to_owned()));
            let index = indices(lowering, node);
            ExprKind::Index(Box::new(object), Box::new(index))
        }
        "conditional_access_expression" => {
            let object = field(node, &["condition"]).map(|it| lowering.expr(it))?;
            let rest = node.named_children().last().map(|it| lowering.expr(it))?;
            return Some(graft(rest, &object));
        }
        "bracketed_argument_list" => return Some(indices(lowering, node)),
        "object_creation_expression"
        | "implicit_object_creation_expression"
        | "anonymous_object_creation_expression"
        | "array_creation_expression"
        | "implicit_array_creation_expression" => return creation(lowering, node),
        "initializer_expression" => initializer(lowering, node),
        "with_expression" => with(lowering, node)?,
        "postfix_unary_expression" => {
            return node.named_children().last().map(|it| lowering.expr(it));
        }
        "as_expression" => return field(node, &["left"]).map(|it| lowering.expr(it)),
        "is_expression" => {
            let left = field(node, &["left"]).map(|it| lowering.expr(it))?;
            let right = field(node, &["right"])?;
            let right = lowering.at(right, ExprKind::Name(lowering.text(right).to_owned()));
            ExprKind::Binary(Operator::In, Box::new(left), Box::new(right))
        }
        "is_pattern_expression" => {
            let subject = field(node, &["expression"]).map(|it| lowering.expr(it))?;
            return Some(pattern::test(
                lowering,
                field(node, &["pattern"])?,
                &subject,
            ));
        }
        "switch_expression" => {
            let mut body = Vec::new();
            lowering.statement(node, &mut body);
            return Some(lowering.branch(node, body));
        }
        "query_expression" => return query::chain(lowering, node),
        "interpolated_string_expression" => template(lowering, node),
        "argument" => return node.named_children().last().map(|it| lowering.expr(it)),
        "declaration_expression" | "declaration_pattern" => ExprKind::Name(
            field(node, &["name"])
                .map_or("", |it| lowering.text(it))
                .to_owned(),
        ),
        "typeof_expression" | "default_expression" | "sizeof_expression" | "predefined_type" => {
            ExprKind::Name(lowering.text(node).to_owned())
        }
        "subpattern" => return node.named_children().last().map(|it| lowering.expr(it)),
        _ => return None,
    };
    Some(lowering.at(node, kind))
}

const MARK: &str = "?.";

/// A name without the types that it is used with.
fn name(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    let text = lowering.text(node);
    text.split('<').next().unwrap_or(text).trim().to_owned()
}

fn graft(expr: Expr, object: &Expr) -> Expr {
    let Expr { kind, line, span } = expr;
    let kind = match kind {
        ExprKind::Name(name) if name == MARK => return object.clone(),
        ExprKind::Member(inner, name) => ExprKind::Member(Box::new(graft(*inner, object)), name),
        ExprKind::Index(inner, index) => ExprKind::Index(Box::new(graft(*inner, object)), index),
        ExprKind::Call(callee, arguments) => {
            ExprKind::Call(Box::new(graft(*callee, object)), arguments)
        }
        ExprKind::Assign(target, value) => {
            ExprKind::Assign(Box::new(graft(*target, object)), value)
        }
        kind => kind,
    };
    Expr { kind, line, span }
}

fn indices(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let mut values: Vec<Expr> = lowering
        .arguments(node)
        .into_iter()
        .map(|it| it.value)
        .collect();
    match (values.pop(), values.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            values.extend(last);
            lowering.at(node, ExprKind::List(values))
        }
    }
}

fn template(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let mut parts = Vec::new();
    for child in node.named_children() {
        match child.kind() {
            "interpolation" => {
                let value = child
                    .named_children()
                    .find(|it| !it.is_extra() && !it.kind().starts_with("interpolation_"));
                parts.extend(value.map(|it| lowering.expr(it)));
            }
            "interpolation_start" | "interpolation_quote" | "interpolation_brace" => {}
            _ => {
                let text = lowering.text(child).to_owned();
                parts.push(lowering.at(child, ExprKind::Text(text)));
            }
        }
    }
    ExprKind::Template(parts)
}

#[cfg(test)]
mod tests;
