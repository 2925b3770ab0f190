//! Python.

use super::lower::{Grammar, Last, Lowering, Role, field, named};
use super::syntax::Node;
use super::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};

/// Python, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_python::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "import_statement",
                "import_from_statement",
                "future_import_statement",
                "pass_statement",
                "global_statement",
                "nonlocal_statement",
                "type",
                "line_continuation",
                "keyword_separator",
                "positional_separator",
            ],
        ),
        (
            Role::Wrapper,
            &[
                "parenthesized_expression",
                "await",
                "yield",
                "as_pattern",
                "format_expression",
                "with_item",
                "case_pattern",
                "if_clause",
            ],
        ),
        (Role::Block, &["module", "block", "decorated_definition"]),
        (Role::Statement, &["expression_statement", "with_clause"]),
        (Role::Name, &["identifier", "dotted_name", "ellipsis"]),
        (Role::Text, &["string"]),
        (Role::Interpolation, &["interpolation"]),
        (Role::Number, &["integer", "float"]),
        (Role::True, &["true"]),
        (Role::False, &["false"]),
        (Role::Null, &["none"]),
        (Role::Member, &["attribute"]),
        (Role::Index, &["subscript"]),
        (Role::Call, &["call"]),
        (Role::Unary, &["not_operator", "unary_operator"]),
        (
            Role::Binary,
            &["boolean_operator", "binary_operator", "comparison_operator"],
        ),
        (
            Role::List,
            &[
                "list",
                "tuple",
                "set",
                "expression_list",
                "pattern_list",
                "tuple_pattern",
            ],
        ),
        (Role::Map, &["dictionary", "dict_pattern"]),
        (Role::Pair, &["pair", "keyword_argument"]),
        (
            Role::Spread,
            &[
                "list_splat",
                "dictionary_splat",
                "list_splat_pattern",
                "dictionary_splat_pattern",
            ],
        ),
        (Role::Lambda, &["lambda"]),
        (Role::Function, &["function_definition"]),
        (Role::Class, &["class_definition"]),
        (Role::Attribute, &["decorator"]),
        (Role::If, &["if_statement", "elif_clause"]),
        (Role::Else, &["else_clause"]),
        (Role::Switch, &["match_statement"]),
        (Role::Case, &["case_clause"]),
        (Role::Loop, &["for_statement", "while_statement"]),
        (Role::Try, &["try_statement"]),
        (Role::Catch, &["except_clause", "except_group_clause"]),
        (Role::Finally, &["finally_clause"]),
        (Role::With, &["with_statement"]),
        (Role::Return, &["return_statement"]),
        (Role::Throw, &["raise_statement"]),
        (Role::Continue, &["continue_statement"]),
        (Role::Break, &["break_statement"]),
        (
            Role::Assign,
            &["assignment", "augmented_assignment", "named_expression"],
        ),
    ],
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        // `assert x` is `if not x: raise`.
        "assert_statement" => {
            let Some(condition) = node.named_children().next() else {
                return true;
            };
            let condition = lowering.expr(condition).negate();
            out.push(lowering.leaves_if(node, condition, None));
            true
        }
        // `quantity: Annotated[int, Field(gt=0)]` says what `quantity: int = Field(gt=0)` does.
        "assignment" => {
            let annotated = field(node, &["type"]).and_then(called);
            let (Some(rule), Some(target), None) =
                (annotated, field(node, &["left"]), field(node, &["right"]))
            else {
                return false;
            };
            let kind = StmtKind::Assign {
                target: lowering.expr(target),
                operator: None,
                value: lowering.expr(rule),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        // A string alone is prose.
        "expression_statement" => {
            node.named_child_count() == 1
                && named(node)
                    .first()
                    .is_some_and(|it| matches!(it.kind(), "string" | "ellipsis"))
        }
        // `raise X from e` raises `X`.
        "raise_statement" => {
            let value = node
                .named_children()
                .find(|it| !it.is_extra())
                .map(|it| lowering.expr(it));
            out.push(lowering.stmt(node, StmtKind::Throw(value)));
            true
        }
        _ => false,
    }
}

/// The first call inside a type.
fn called(node: Node<'_>) -> Option<Node<'_>> {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.kind() == "call" {
            return Some(node);
        }
        let mut inner = named(node);
        inner.reverse();
        open.extend(inner);
    }
    None
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    match node.kind() {
        "conditional_expression" => {
            let parts = named(node);
            let [yes, condition, no] = parts.as_slice() else {
                return None;
            };
            let condition = lowering.expr(*condition);
            let yes = lowering.expr(*yes);
            let no = lowering.expr(*no);
            Some(lowering.at(
                node,
                ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no)),
            ))
        }
        // `a < b < c` is two comparisons.
        "comparison_operator" if node.named_child_count() > 2 => {
            let parts = lowering.parts(node);
            let operators: Vec<Operator> = node
                .fields("operators")
                .map(|it| Operator::parse(lowering.text(it)))
                .collect();
            let mut joined: Option<Expr> = None;
            for (pair, operator) in parts.windows(2).zip(operators) {
                let [left, right] = pair else { continue };
                let next = lowering.at(
                    node,
                    ExprKind::Binary(operator, Box::new(left.clone()), Box::new(right.clone())),
                );
                joined = Some(match joined {
                    None => next,
                    Some(before) => lowering.at(
                        node,
                        ExprKind::Binary(Operator::And, Box::new(before), Box::new(next)),
                    ),
                });
            }
            joined
        }
        // Strings side by side are one.
        "concatenated_string" => {
            let mut parts: Vec<Expr> = Vec::new();
            for child in node.named_children() {
                if child.is_extra() {
                    continue;
                }
                let part = lowering.expr(child);
                let inner = match part.kind {
                    ExprKind::Template(inner) => inner,
                    kind => vec![Expr { kind, ..part }],
                };
                for part in inner {
                    match (parts.last_mut().map(|it| &mut it.kind), part.kind) {
                        (Some(ExprKind::Text(before)), ExprKind::Text(text)) => {
                            before.push_str(&text);
                        }
                        (_, kind) => parts.push(Expr { kind, ..part }),
                    }
                }
            }
            let kind = match parts.as_slice() {
                [only] => only.kind.clone(),
                _ => ExprKind::Template(parts),
            };
            Some(lowering.at(node, kind))
        }
        "list_comprehension"
        | "set_comprehension"
        | "generator_expression"
        | "dictionary_comprehension" => Some(comprehension(lowering, node)),
        "delete_statement" => {
            let arguments = lowering
                .parts(node)
                .into_iter()
                .map(|value| Argument { name: None, value })
                .collect();
            let callee = lowering.at(node, ExprKind::Name("del".to_owned()));
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "case_pattern" if node.named_child_count() == 0 => {
            let name = lowering.text(node).to_owned();
            Some(lowering.at(node, ExprKind::Name(name)))
        }
        "class_pattern" => {
            let mut parts = lowering.parts(node).into_iter();
            let callee = parts.next()?;
            let arguments = parts.map(|value| Argument { name: None, value }).collect();
            Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
        }
        "identifier" if matches!(lowering.text(node), "self" | "cls") => {
            Some(lowering.at(node, ExprKind::Name("self".to_owned())))
        }
        _ => None,
    }
}

/// `[f(x) for x in xs if c]`: what is gone through, and what each becomes.
fn comprehension(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let mut parts = Vec::new();
    let mut names = Vec::new();
    let mut condition = None;
    for child in node.named_children() {
        match child.kind() {
            "for_in_clause" => {
                if let Some(left) = field(child, &["left"]) {
                    names.push(lowering.text(left).to_owned());
                }
                parts.extend(field(child, &["right"]).map(|it| lowering.expr(it)));
            }
            "if_clause" => {
                let next = lowering.expr(child);
                condition = Some(lowering.joined(condition, next));
            }
            _ => {}
        }
    }
    let value = field(node, &["body"]).map(|it| lowering.expr(it));
    let mut body = vec![lowering.stmt(node, StmtKind::Return(value))];
    if let Some(condition) = condition {
        let kind = StmtKind::If {
            condition,
            then: body,
            otherwise: Vec::new(),
        };
        body = vec![lowering.stmt(node, kind)];
    }
    parts.push(lowering.at(node, ExprKind::Function(names, body)));
    lowering.at(node, ExprKind::Other("comprehension".to_owned(), parts))
}
