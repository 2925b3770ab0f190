//! Names that the change gave to the same things.

use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind, StmtKind};
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::matching::Matching;
use std::collections::{HashMap, HashSet};

/// Functions and classes of the change that got another name.
pub(in crate::review) fn renamed_symbols(
    files: &[FilePair<'_>],
    matching: &Matching,
) -> HashMap<String, String> {
    let mut renames = HashMap::new();
    for ((base, before), (head, after)) in matching.pairs() {
        let old = &files[base].before.tree.scopes[before].name;
        let new = &files[head].after.tree.scopes[after].name;
        if old != new && !old.contains(' ') {
            renames.insert(old.clone(), new.clone());
        }
    }
    renames
}

/// Local names that are gone, matched to local names that are new, in order of appearance.
pub(in crate::review) fn local_renames(before: &Scope, after: &Scope) -> HashMap<String, String> {
    let (old, new) = (locals(before), locals(after));
    let gone: Vec<&String> = old.iter().filter(|it| !new.contains(*it)).collect();
    let born: Vec<&String> = new.iter().filter(|it| !old.contains(*it)).collect();
    if gone.len() != born.len() {
        return HashMap::new();
    }
    gone.into_iter()
        .cloned()
        .zip(born.into_iter().cloned())
        .collect()
}

fn locals(scope: &Scope) -> Vec<String> {
    let mut out: Vec<String> = scope
        .parameters
        .iter()
        .map(|it| it.name.clone())
        .filter(|it| !it.is_empty())
        .collect();
    if scope.kind == ScopeKind::Function {
        targets(&scope.body, &mut out, 0);
    }
    let mut seen = HashSet::new();
    out.retain(|it| seen.insert(it.clone()));
    out
}

fn targets(body: &[crate::facts::tree::Stmt], out: &mut Vec<String>, depth: usize) {
    if depth > 40 {
        return;
    }
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign { target, value, .. } => {
                target.walk(&mut |it| {
                    if let ExprKind::Name(name) = &it.kind {
                        out.push(name.clone());
                    }
                });
                lambdas(value, out, depth);
            }
            StmtKind::If {
                then, otherwise, ..
            } => {
                targets(then, out, depth + 1);
                targets(otherwise, out, depth + 1);
            }
            StmtKind::Switch { cases, .. } => {
                for (_, body) in cases {
                    targets(body, out, depth + 1);
                }
            }
            StmtKind::Loop { over, body } => {
                if let Some(over) = over {
                    lambdas(over, out, depth);
                }
                targets(body, out, depth + 1);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                targets(body, out, depth + 1);
                for (_, handler) in catches {
                    targets(handler, out, depth + 1);
                }
                targets(finally, out, depth + 1);
            }
            StmtKind::With { body, .. } | StmtKind::Block(body) => targets(body, out, depth + 1),
            StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => lambdas(expr, out, depth),
            _ => {}
        }
    }
}

fn lambdas(expr: &Expr, out: &mut Vec<String>, depth: usize) {
    expr.walk(&mut |it| {
        if let ExprKind::Function(parameters, body) = &it.kind {
            out.extend(parameters.iter().filter(|it| !it.is_empty()).cloned());
            targets(body, out, depth + 1);
        }
    });
}
