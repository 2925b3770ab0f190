//! PHP.

use super::lower::{Grammar, Last, Lowering, Role, field};
use super::syntax::Node;
use super::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};

mod docblock;

/// PHP, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_php::LANGUAGE_PHP.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "text",
                "text_interpolation",
                "php_tag",
                "php_end_tag",
                "namespace_use_declaration",
                "declare_statement",
                "global_declaration",
                "empty_statement",
                "named_label_statement",
                "anonymous_function_use_clause",
                "reference_modifier",
                "visibility_modifier",
                "static_modifier",
                "property_hook_list",
                "named_type",
                "primitive_type",
                "optional_type",
                "union_type",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_expression",
                "cast_expression",
                "error_suppression_expression",
                "clone_expression",
                "by_ref",
                "yield_expression",
            ],
        ),
        (
            Role::Block,
            &[
                "program",
                "compound_statement",
                "colon_block",
                "declaration_list",
                "enum_declaration_list",
                "switch_block",
                "match_block",
                "function_static_declaration",
            ],
        ),
        (Role::Statement, &["expression_statement"]),
        (Role::Name, &["name", "variable_name"]),
        (Role::Text, &["string", "nowdoc"]),
        (Role::Number, &["integer", "float"]),
        (Role::Null, &["null"]),
        (
            Role::Member,
            &[
                "member_access_expression",
                "nullsafe_member_access_expression",
                "scoped_property_access_expression",
                "class_constant_access_expression",
            ],
        ),
        (Role::Index, &["subscript_expression"]),
        (
            Role::Call,
            &[
                "function_call_expression",
                "member_call_expression",
                "nullsafe_member_call_expression",
                "scoped_call_expression",
                "object_creation_expression",
            ],
        ),
        (Role::Unary, &["unary_op_expression"]),
        (Role::Binary, &["binary_expression"]),
        (Role::Conditional, &["conditional_expression"]),
        (Role::List, &["list_literal", "sequence_expression"]),
        (Role::Spread, &["variadic_unpacking"]),
        (Role::Lambda, &["anonymous_function", "arrow_function"]),
        (
            Role::Function,
            &["function_definition", "method_declaration"],
        ),
        (
            Role::Class,
            &[
                "class_declaration",
                "interface_declaration",
                "trait_declaration",
                "enum_declaration",
            ],
        ),
        (Role::Attribute, &["attribute"]),
        (Role::AttributeList, &["attribute_list", "attribute_group"]),
        (Role::If, &["if_statement", "else_if_clause"]),
        (Role::Else, &["else_clause"]),
        (Role::Switch, &["switch_statement", "match_expression"]),
        (
            Role::Case,
            &[
                "case_statement",
                "default_statement",
                "match_conditional_expression",
                "match_default_expression",
            ],
        ),
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
        (Role::Return, &["return_statement"]),
        (Role::Throw, &["throw_expression", "exit_statement"]),
        (Role::Continue, &["continue_statement", "goto_statement"]),
        (Role::Break, &["break_statement"]),
        (
            Role::Assign,
            &[
                "assignment_expression",
                "augmented_assignment_expression",
                "reference_assignment_expression",
                "static_variable_declaration",
                "enum_case",
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
        "comment" => {
            docblock::read(lowering, node);
            true
        }
        // A namespace adds nothing to the symbol.
        "namespace_definition" => {
            let mut body = lowering.body(field(node, &["body"]));
            out.append(&mut body);
            true
        }
        "const_declaration" | "property_declaration" => {
            for child in node.named_children() {
                if matches!(child.kind(), "const_element" | "property_element") {
                    let name = child.named_child(0).map_or("", |it| lowering.text(it));
                    lowering.field_attributes(node, name.trim_start_matches('$'), out);
                    out.extend(element(lowering, child));
                }
            }
            true
        }
        // A trait that a class uses.
        "use_declaration" => {
            let value = called(lowering, node, "use");
            out.push(lowering.stmt(node, StmtKind::Expr(value)));
            true
        }
        "exit_statement" => {
            let value = called(lowering, node, "exit");
            out.push(lowering.stmt(node, StmtKind::Throw(Some(value))));
            true
        }
        "function_call_expression" if exits(lowering, node) => {
            let arguments = field(node, &["arguments"]).map(|it| lowering.arguments(it));
            let callee = lowering.at(node, ExprKind::Name("exit".to_owned()));
            let kind = ExprKind::Call(Box::new(callee), arguments.unwrap_or_default());
            let value = lowering.at(node, kind);
            out.push(lowering.stmt(node, StmtKind::Throw(Some(value))));
            true
        }
        "function_call_expression" => leaves_where(lowering, node, out),
        "echo_statement" | "unset_statement" => {
            let name = node.kind().trim_end_matches("_statement");
            let value = called(lowering, node, name);
            out.push(lowering.stmt(node, StmtKind::Expr(value)));
            true
        }
        "update_expression" => {
            let Some(target) = field(node, &["argument"]).map(|it| lowering.expr(it)) else {
                return false;
            };
            let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
            let kind = StmtKind::Assign {
                target,
                operator: Some(Operator::parse(operator.get(..1).unwrap_or("+"))),
                value: lowering.at(node, ExprKind::Number("1".to_owned())),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        "foreach_statement" => {
            let over = node
                .named_children()
                .find(|it| !it.is_extra())
                .map(|it| lowering.expr(it));
            let body = lowering.body(field(node, &["body"]));
            out.push(lowering.stmt(node, StmtKind::Loop { over, body }));
            true
        }
        _ => false,
    }
}

/// `$fillable = […]`, `const X = 1`.
fn element(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Stmt> {
    let parts: Vec<Node<'_>> = node.named_children().filter(|it| !it.is_extra()).collect();
    let [name, .., value] = parts.as_slice() else {
        return None;
    };
    let target = lowering.expr(*name);
    let value = lowering.named_value(lowering.text(*name).trim_start_matches('$'), *value);
    let kind = StmtKind::Assign {
        target,
        operator: None,
        value,
    };
    Some(lowering.stmt(node, kind))
}

/// `die` and `exit` with an argument read like functions.
fn exits(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    field(node, &["function"]).is_some_and(|it| matches!(lowering.text(it), "die" | "exit"))
}

/// Laravel's `abort_if($condition, 403)` and `throw_unless($condition, Denied::class)`.
fn leaves_where(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    let name = field(node, &["function"]).map_or("", |it| lowering.text(it));
    let Some((leaves @ ("abort" | "throw"), when @ ("if" | "unless"))) = name.split_once('_')
    else {
        return false;
    };
    let Some(list) = field(node, &["arguments"]) else {
        return false;
    };
    let mut arguments = lowering.arguments(list).into_iter();
    let Some(condition) = arguments.next().map(|it| it.value) else {
        return false;
    };
    let said = match leaves {
        "throw" => arguments.next().map(|it| it.value),
        _ => {
            let callee = lowering.at(node, ExprKind::Name(leaves.to_owned()));
            let kind = ExprKind::Call(Box::new(callee), arguments.collect());
            Some(lowering.at(node, kind))
        }
    };
    let condition = match when {
        "unless" => condition.negate(),
        _ => condition,
    };
    out.push(lowering.leaves_if(node, condition, said));
    true
}

/// What reads like a call of a function.
fn called(lowering: &mut Lowering<'_>, node: Node<'_>, name: &str) -> Expr {
    let arguments = lowering
        .parts(node)
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    let callee = lowering.at(node, ExprKind::Name(name.to_owned()));
    lowering.at(node, ExprKind::Call(Box::new(callee), arguments))
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let kind = match node.kind() {
        "variable_name" if lowering.text(node) == "$this" => ExprKind::Name("self".to_owned()),
        "relative_scope" => ExprKind::Name(match lowering.text(node) {
            "parent" => "parent".to_owned(),
            _ => "self".to_owned(),
        }),
        "update_expression" => {
            let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
            let inner = field(node, &["argument"]).map(|it| lowering.expr(it))?;
            ExprKind::Unary(operator.to_owned(), Box::new(inner))
        }
        "qualified_name" | "relative_name" => return Some(qualified(lowering, node)),
        "boolean" => ExprKind::Bool(lowering.text(node).eq_ignore_ascii_case("true")),
        "encapsed_string" | "heredoc" | "heredoc_body" | "shell_command_expression" => {
            template(lowering, node)
        }
        "nowdoc" => {
            let text = field(node, &["value"]).map_or("", |it| lowering.text(it));
            ExprKind::Text(text.trim().to_owned())
        }
        "array_creation_expression" => array(lowering, node),
        "array_element_initializer" => {
            return node.named_children().last().map(|it| lowering.expr(it));
        }
        // `$list[] = x`.
        "subscript_expression" if node.named_child_count() == 1 => {
            let object = node.named_children().last()?;
            let object = lowering.expr(object);
            let index = lowering.at(node, ExprKind::Null);
            ExprKind::Index(Box::new(object), Box::new(index))
        }
        // `a ?: b`.
        "conditional_expression" if field(node, &["body"]).is_none() => {
            let left = field(node, &["condition"]).map(|it| lowering.expr(it))?;
            let right = field(node, &["alternative"]).map(|it| lowering.expr(it))?;
            ExprKind::Binary(Operator::Or, Box::new(left), Box::new(right))
        }
        "object_creation_expression" => {
            let class = node
                .named_children()
                .find(|it| it.kind() == "anonymous_class")?;
            let base = class
                .named_children()
                .find(|it| matches!(it.kind(), "base_clause" | "class_interface_clause"))
                .and_then(|it| it.named_children().next())
                .map_or("class", |it| lowering.text(it));
            let name = base.rsplit('\\').next().unwrap_or(base);
            lowering.class_named(class, name, None);
            let callee = lowering.at(class, ExprKind::Name(name.to_owned()));
            ExprKind::Call(Box::new(callee), Vec::new())
        }
        "function_call_expression" if exits(lowering, node) => {
            let mut body = Vec::new();
            statement(lowering, node, &mut body);
            return Some(lowering.branch(node, body));
        }
        "include_expression"
        | "include_once_expression"
        | "require_expression"
        | "require_once_expression" => {
            let name = node.kind().trim_end_matches("_expression");
            return Some(called(lowering, node, name));
        }
        "print_intrinsic" => return Some(called(lowering, node, "print")),
        _ => return None,
    };
    Some(lowering.at(node, kind))
}

/// `\App\Models\User` as a chain of names.
fn qualified(lowering: &Lowering<'_>, node: Node<'_>) -> Expr {
    let mut parts = lowering
        .text(node)
        .split('\\')
        .filter(|it| !it.is_empty())
        .take(32);
    let first = parts.next().unwrap_or_default().to_owned();
    let mut chain = lowering.at(node, ExprKind::Name(first));
    for part in parts {
        chain = lowering.at(node, ExprKind::Member(Box::new(chain), part.to_owned()));
    }
    chain
}

/// A string with values in it; without any it is plain text.
fn template(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let inner = field(node, &["value"]).unwrap_or(node);
    let mut parts: Vec<Expr> = Vec::new();
    for child in inner.named_children() {
        let plain = matches!(child.kind(), "string_content" | "escape_sequence");
        let part = if plain {
            lowering.at(child, ExprKind::Text(lowering.text(child).to_owned()))
        } else {
            lowering.expr(child)
        };
        match (parts.last_mut().map(|it| &mut it.kind), part.kind) {
            (Some(ExprKind::Text(before)), ExprKind::Text(text)) => before.push_str(&text),
            (_, kind) => parts.push(Expr { kind, ..part }),
        }
    }
    match parts.as_mut_slice() {
        [] => ExprKind::Text(String::new()),
        [only] if matches!(only.kind, ExprKind::Text(_)) => only.kind.clone(),
        _ => ExprKind::Template(parts),
    }
}

/// `[a, b]` is a list; with one `=>` in it, a map.
fn array(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let elements: Vec<Node<'_>> = node.named_children().filter(|it| !it.is_extra()).collect();
    if elements.iter().all(|it| it.named_child_count() < 2) {
        return ExprKind::List(elements.into_iter().map(|it| lowering.expr(it)).collect());
    }
    let pairs = elements
        .into_iter()
        .map(|it| {
            if it.named_child_count() < 2 {
                let value = lowering.expr(it);
                return (lowering.at(it, ExprKind::Null), value);
            }
            lowering.pair(it)
        })
        .collect();
    ExprKind::Map(pairs)
}

#[cfg(test)]
mod tests;
