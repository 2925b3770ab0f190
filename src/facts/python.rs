//! Python.

use super::lower::{Grammar, Last, Lowering, Role, named};
use super::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};
use tree_sitter::Node;

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
            ],
        ),
        (Role::Block, &["module", "block", "decorated_definition"]),
        (Role::Statement, &["expression_statement", "with_clause"]),
        (Role::Name, &["identifier", "dotted_name", "ellipsis"]),
        (Role::Text, &["string", "concatenated_string"]),
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
        (Role::Map, &["dictionary"]),
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
            let Some(condition) = named(node).into_iter().next() else {
                return true;
            };
            let condition = lowering.expr(condition).negate();
            let then = vec![lowering.stmt(node, StmtKind::Throw(None))];
            let kind = StmtKind::If {
                condition,
                then,
                otherwise: Vec::new(),
            };
            out.push(lowering.stmt(node, kind));
            true
        }
        // A string alone is prose.
        "expression_statement" => {
            node.named_child_count() == 1
                && named(node).first().is_some_and(|it| it.kind() == "string")
        }
        _ => false,
    }
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
            let mut cursor = node.walk();
            let operators: Vec<Operator> = node
                .children_by_field_name("operators", &mut cursor)
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
        "identifier" if matches!(lowering.text(node), "self" | "cls") => {
            Some(lowering.at(node, ExprKind::Name("self".to_owned())))
        }
        _ => None,
    }
}
