//! `from x in xs where a select b` says `xs.Where(x => a).Select(x => b)`.

use crate::facts::lower::{Lowering, field};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind, StmtKind};

/// The chain of calls that a query stands for.
pub(super) fn chain(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let mut name = String::new();
    let mut chain: Option<Expr> = None;
    for clause in node.named_children() {
        let method = match clause.kind() {
            "from_clause" => {
                let variable = field(clause, &["name"])?;
                let source = clause.named_children().last().map(|it| lowering.expr(it))?;
                if chain.is_none() {
                    name = lowering.text(variable).to_owned();
                    chain = Some(source);
                    continue;
                }
                chain = Some(call(
                    lowering,
                    clause,
                    chain?,
                    "SelectMany",
                    &name,
                    vec![source],
                ));
                continue;
            }
            "where_clause" => "Where",
            "select_clause" => "Select",
            "order_by_clause" => "OrderBy",
            "group_clause" => "GroupBy",
            "join_clause" => "Join",
            "let_clause" => "Let",
            _ => continue,
        };
        let values = lowering.parts(clause);
        chain = Some(call(lowering, clause, chain?, method, &name, values));
    }
    chain
}

fn call(
    lowering: &Lowering<'_>,
    node: Node<'_>,
    object: Expr,
    method: &str,
    name: &str,
    values: Vec<Expr>,
) -> Expr {
    let callee = ExprKind::Member(Box::new(object), method.to_owned());
    let callee = lowering.at(node, callee);
    let arguments = values
        .into_iter()
        .map(|value| {
            let body = vec![lowering.stmt(node, StmtKind::Return(Some(value)))];
            let kind = ExprKind::Function(vec![name.to_owned()], body);
            Argument {
                name: None,
                value: lowering.at(node, kind),
            }
        })
        .collect();
    lowering.at(node, ExprKind::Call(Box::new(callee), arguments))
}
