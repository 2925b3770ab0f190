//! What leaves: macros that raise, and values that never come to be.

use super::arms;
use super::pattern::{bind, bound_name, pattern_condition};
use crate::facts::lower::{Lowering, Use, field, named};
use crate::facts::syntax::Node;
use crate::facts::tree::{ExprKind, Operator, Stmt, StmtKind};

/// `let x = match y { Some(x) => x, None => return … }` says what `let … else` says.
pub(super) fn guarded(
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
pub(super) fn macro_statement(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    out: &mut Vec<Stmt>,
) -> bool {
    let call = match node.kind() {
        "macro_invocation" => node,
        _ => match node.named_children().find(|it| !it.is_extra()) {
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
    out.push(lowering.leaves_if(node, condition.negate(), values.next()));
    true
}
