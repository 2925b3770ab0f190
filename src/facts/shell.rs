//! Shell scripts, as bash reads them.

use super::lower::{Grammar, Last, Lowering, Role, field, named};
use super::syntax::Node;
use super::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};
use branch::{chain, choice, choices, condition, operator};

mod branch;

/// Shell, as the lowering sees it.
pub(super) const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_bash::LANGUAGE.into(),
    roles: &[
        (
            Role::Skip,
            &[
                "comment",
                "heredoc_redirect",
                "heredoc_body",
                "heredoc_start",
                "heredoc_end",
                "file_redirect",
                "herestring_redirect",
                "file_descriptor",
                "special_variable_name",
            ],
        ),
        (
            Role::Wrapper,
            &["parenthesized_expression", "translated_string"],
        ),
        (
            Role::Block,
            &[
                "program",
                "compound_statement",
                "subshell",
                "do_group",
                "declaration_command",
                "variable_assignments",
            ],
        ),
        (Role::Name, &["variable_name"]),
        (
            Role::Text,
            &[
                "word",
                "raw_string",
                "ansi_c_string",
                "regex",
                "extglob_pattern",
                "test_operator",
            ],
        ),
        (Role::Number, &["number"]),
        (Role::Index, &["subscript"]),
        (Role::Conditional, &["ternary_expression"]),
        (Role::List, &["array"]),
        (Role::Function, &["function_definition"]),
        (Role::If, &["if_statement", "elif_clause"]),
        (Role::Else, &["else_clause"]),
        (Role::Switch, &["case_statement"]),
        (Role::Case, &["case_item"]),
        (
            Role::Loop,
            &["for_statement", "c_style_for_statement", "while_statement"],
        ),
        (Role::Assign, &["variable_assignment"]),
    ],
    statement,
    expression,
    last: Last::Statement,
    bare_names_call: false,
};

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    match node.kind() {
        "declaration_command" => {
            for child in node.named_children() {
                if child.kind() == "variable_assignment" {
                    lowering.statement(child, out);
                }
            }
            true
        }
        "command" => {
            if let Some(kind) = leave(lowering, node) {
                out.push(lowering.stmt(node, kind));
                return true;
            }
            false
        }
        "redirected_statement" => {
            if let Some(body) = field(node, &["body"]) {
                lowering.statement(body, out);
            }
            true
        }
        "list" => chain(lowering, node, out),
        "if_statement" | "elif_clause" => {
            let kind = choice(lowering, node);
            out.push(lowering.stmt(node, kind));
            true
        }
        "case_statement" => {
            let kind = choices(lowering, node);
            out.push(lowering.stmt(node, kind));
            true
        }
        "while_statement" => {
            let until = lowering.text(node).starts_with("until");
            let over = condition(lowering, node);
            let over = if until { over.map(Expr::negate) } else { over };
            let body = lowering.body(field(node, &["body"]));
            out.push(lowering.stmt(node, StmtKind::Loop { over, body }));
            true
        }
        "for_statement" => {
            let values: Vec<Node<'_>> = node.fields("value").collect();
            let values = values.into_iter().map(|it| lowering.expr(it)).collect();
            let over = Some(lowering.at(node, ExprKind::List(values)));
            let body = lowering.body(field(node, &["body"]));
            out.push(lowering.stmt(node, StmtKind::Loop { over, body }));
            true
        }
        _ => false,
    }
}

/// `exit`, `return` and what leaves a loop.
fn leave(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<StmtKind> {
    let name = field(node, &["name"]).map_or("", |it| lowering.text(it));
    match name {
        "exit" => {
            let call = lowering.expr(node);
            let well = matches!(&call.kind, ExprKind::Call(_, arguments)
                if arguments.first().is_some_and(|it| it.value.to_string() == "0"));
            Some(if well {
                StmtKind::Return(Some(call))
            } else {
                StmtKind::Throw(Some(call))
            })
        }
        "return" => {
            let value = field(node, &["argument"]).map(|it| lowering.expr(it));
            Some(StmtKind::Return(value))
        }
        "continue" => Some(StmtKind::Continue),
        "break" => Some(StmtKind::Break),
        _ => None,
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let kind = match node.kind() {
        "command" => command(lowering, node),
        "string" | "concatenation" => template(lowering, node),
        "simple_expansion" => {
            let name = lowering.text(node).trim().trim_start_matches('$');
            ExprKind::Name(name.to_owned())
        }
        "expansion" => expansion(lowering, node),
        "command_substitution" | "process_substitution" => {
            let mut parts = lowering.parts(node);
            match (parts.pop(), parts.is_empty()) {
                (Some(only), true) => return Some(only),
                (last, _) => {
                    parts.extend(last);
                    ExprKind::Other("commands".to_owned(), parts)
                }
            }
        }
        "redirected_statement" => return field(node, &["body"]).map(|it| lowering.expr(it)),
        "pipeline" => ExprKind::Other("pipe".to_owned(), lowering.parts(node)),
        "list" => {
            let mut parts = lowering.parts(node).into_iter();
            let (left, right) = (parts.next()?, parts.next()?);
            let operator = Operator::parse(operator(node));
            ExprKind::Binary(operator, Box::new(left), Box::new(right))
        }
        "negated_command" => {
            let inner = node.named_children().last()?;
            return Some(lowering.expr(inner).negate());
        }
        "test_command" => {
            let inner = node.named_children().find(|it| !it.is_extra())?;
            return Some(lowering.expr(inner));
        }
        "unary_expression" => return unary(lowering, node),
        "binary_expression" => {
            let left = field(node, &["left"]).map(|it| lowering.expr(it))?;
            let right = field(node, &["right"]).map(|it| lowering.expr(it))?;
            let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
            let operator = match operator {
                "=" | "-eq" => Operator::Equal,
                "-ne" => Operator::NotEqual,
                "-lt" => Operator::Less,
                "-le" => Operator::LessEqual,
                "-gt" => Operator::Greater,
                "-ge" => Operator::GreaterEqual,
                "-a" => Operator::And,
                "-o" => Operator::Or,
                operator => Operator::parse(operator),
            };
            ExprKind::Binary(operator, Box::new(left), Box::new(right))
        }
        _ => return None,
    };
    Some(lowering.at(node, kind))
}

/// `-n x` is the opposite of `-z x`.
fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
    let inner = named(node)
        .into_iter()
        .rev()
        .find(|it| it.kind() != "test_operator")?;
    let value = lowering.expr(inner);
    let name = match operator {
        "!" => return Some(value.negate()),
        "-z" => "-n",
        operator => operator,
    };
    let callee = lowering.at(node, ExprKind::Name(name.to_owned()));
    let arguments = vec![Argument { name: None, value }];
    let call = lowering.at(node, ExprKind::Call(Box::new(callee), arguments));
    Some(if operator == "-z" {
        call.negate()
    } else {
        call
    })
}

/// A command is a call: what is set for it alone are its named arguments.
fn command(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let name_node = field(node, &["name"]);
    let name = name_node.and_then(|it| it.named_children().next());
    let callee = match name.map(|it| lowering.expr(it)) {
        Some(Expr {
            kind: ExprKind::Text(text),
            line,
            span,
        }) => Expr::new(ExprKind::Name(text), line, span),
        Some(callee) => callee,
        None => lowering.at(node, ExprKind::Name(String::new())),
    };
    let mut arguments = Vec::new();
    for child in node.named_children() {
        if Some(child) == name_node || child.is_extra() || lowering.role(child) == Role::Skip {
            continue;
        }
        arguments.push(match (child.kind(), field(child, &["name"])) {
            ("variable_assignment", Some(name)) => Argument {
                name: Some(lowering.text(name).to_owned()),
                value: match field(child, &["value"]) {
                    Some(value) => lowering.expr(value),
                    None => lowering.at(child, ExprKind::Text(String::new())),
                },
            },
            _ => Argument {
                name: None,
                value: lowering.expr(child),
            },
        });
    }
    ExprKind::Call(Box::new(callee), arguments)
}

/// `${x}` is `x`, `${x:-y}` is `x || y`.
fn expansion(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let operator = field(node, &["operator"]).map_or("", |it| lowering.text(it));
    let mut parts = lowering.parts(node);
    if parts.is_empty() {
        let text = lowering.text(node).trim_matches(['$', '{', '}']);
        return ExprKind::Name(text.to_owned());
    }
    match (parts.len(), operator) {
        (1, "") => parts.remove(0).kind,
        (1, ":-" | "-" | ":=" | "=" | "+" | ":+") => parts.remove(0).kind,
        (2, ":-" | "-" | ":=" | "=") => {
            let right = parts.remove(1);
            ExprKind::Binary(Operator::Or, Box::new(parts.remove(0)), Box::new(right))
        }
        _ => ExprKind::Other(format!("${operator}"), parts),
    }
}

fn template(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let mut parts: Vec<Expr> = Vec::new();
    let whole = node.start_byte();
    let mut at = whole + usize::from(node.kind() == "string");
    // White space before a value is no node of its own.
    let mut gap = |lowering: &Lowering<'_>, to: usize, next: usize, parts: &mut Vec<Expr>| {
        let text = lowering.slice(at, to);
        at = next;
        if !text.is_empty() {
            parts.push(lowering.at(node, ExprKind::Text(text.to_owned())));
        }
    };
    for child in node.named_children() {
        let text = lowering.text(child);
        let space = if child.kind() == "string_content" {
            0
        } else {
            text.len() - text.trim_start().len()
        };
        let start = child.start_byte() + space;
        gap(lowering, start, child.end_byte(), &mut parts);
        let part = if child.kind() == "string_content" {
            lowering.at(child, ExprKind::Text(lowering.text(child).to_owned()))
        } else {
            lowering.expr(child)
        };
        parts.push(part);
    }
    let end = node.end_byte() - usize::from(node.kind() == "string");
    gap(lowering, end, end, &mut parts);
    let mut joined: Vec<Expr> = Vec::new();
    for part in parts {
        match (joined.last_mut().map(|it| &mut it.kind), part.kind) {
            (Some(ExprKind::Text(before)), ExprKind::Text(text)) => before.push_str(&text),
            (_, kind) => joined.push(Expr { kind, ..part }),
        }
    }
    match joined.as_slice() {
        [] => ExprKind::Text(String::new()),
        [only] => only.kind.clone(),
        _ => ExprKind::Template(joined),
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::{Language, read};

    fn lowered(source: &str) -> String {
        read(Language::Shell, source).unwrap().to_string()
    }

    #[test]
    fn guards_in_every_writing() {
        let guard = "  if !-n(TOKEN) {throw exit(1)}\n";
        assert_eq!(lowered("if [ -z \"$TOKEN\" ]; then exit 1; fi"), guard);
        assert_eq!(lowered("[ -n \"$TOKEN\" ] || exit 1"), guard);
        assert_eq!(lowered("[[ -z $TOKEN ]] && exit 1"), guard);
        assert_eq!(
            lowered("verify \"$1\" || { echo no >&2; exit 2; }"),
            "  if !verify(1) {echo(\"no\"), throw exit(2)}\n"
        );
    }

    #[test]
    fn commands_and_values() {
        assert_eq!(
            lowered(
                "set -euo pipefail\nexport A=1\nB=\"x-${C:-d} $(whoami)\"\nENV=p kubectl apply -f \"$F\" | tee log || true"
            ),
            "  set(\"-euo\", \"pipefail\")\n  A = 1\n  B = `x-${\"d\" || C} ${whoami()}`\n  pipe<kubectl(ENV: \"p\", \"apply\", \"-f\", F), tee(\"log\")> || true()\n"
        );
    }

    #[test]
    fn ways_loops_and_functions() {
        assert_eq!(
            lowered("if a; then b; elif [ $x -eq 1 ]; then c; else d; fi"),
            "  if a() {b()} else {if 1 == x {c()} else {d()}}\n"
        );
        assert_eq!(
            lowered("case $1 in a|b) c ;; *) exit 1 ;; esac"),
            "  switch 1 case \"a\", \"b\": {c()} case : {throw exit(1)}\n"
        );
        assert_eq!(
            lowered(
                "f() { local x=1; for i in a b; do g $i; done; while ! h; do sleep 1; done; return 1; }"
            ),
            "Function f\n  x = 1\n  loop [\"a\", \"b\"] {g(i)}\n  loop !h() {sleep(1)}\n  return 1\n"
        );
        assert_eq!(lowered("cat <<EOF\nrm -rf x\nEOF\nb"), "  cat()\n  b()\n");
    }
}
