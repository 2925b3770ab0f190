//! Values by the name they are given to: assignments, keyword arguments, entries of maps, results.

mod value;
mod walk;

pub use value::{canonical, is_off, is_on, number, plain_number, unless_set};
pub use walk::{each_expr, each_stmt};

use crate::facts::tree::{
    Argument, Expr, ExprKind, Operator, Scope, ScopeKind, Span, Stmt, StmtKind,
};
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::key::{Renames, renamed};
use walk::{each_block, each_expression};

/// A value and the name it is given to.
#[derive(Debug, Clone)]
pub struct Slot<'a> {
    /// The name: the last part of a target, a key, the function for a result.
    pub name: &'a str,
    /// The call that the value is passed to, by its last name; empty where there is none.
    pub owner: &'a str,
    /// The value.
    pub value: &'a Expr,
    /// The operator of `+=` and its like.
    pub operator: Option<Operator>,
    /// How it is given.
    pub kind: SlotKind,
    /// The line, from 1.
    pub line: u32,
    /// The bytes that show name and value.
    pub span: Span,
}

/// How a value gets its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// `name = value`, a plain name.
    Local,
    /// `object.name = value`, `object[name] = value`.
    Assigned,
    /// `name: value` in an argument list or a map.
    Named,
    /// The result of the function that the slot is named after.
    Returned,
}

/// The slots of two sides of a scope, compared.
#[derive(Debug, Default)]
pub struct SlotChanges<'a> {
    /// The same name with another value.
    pub changed: Vec<(Slot<'a>, Slot<'a>)>,
    /// Names that are gone.
    pub lost: Vec<Slot<'a>>,
    /// Names that are new.
    pub gained: Vec<Slot<'a>>,
}

/// A scope of the head side that is new or differs from its counterpart.
pub struct Touched<'a> {
    /// The file of the base side, where the scope was there before.
    pub base_file: Option<&'a FilePair<'a>>,
    /// The scope before, where it was there.
    pub before: Option<&'a Scope>,
    /// The file.
    pub file: &'a FilePair<'a>,
    /// The scope.
    pub after: &'a Scope,
    /// Its index in the file.
    pub index: usize,
}

/// Every scope of the head side that is new or differs.
pub fn touched<'a>(context: &Context<'a>) -> Vec<Touched<'a>> {
    let mut out = Vec::new();
    for (number, file) in context.files.iter().enumerate() {
        if !file.after.exists || file.class != crate::change::Class::Source {
            continue;
        }
        for (index, after) in file.after.touched() {
            let matched = context
                .matching
                .before((number, index))
                .map(|(base, scope)| {
                    let base = &context.files[base];
                    (base, &base.before.tree.scopes[scope])
                });
            if let Some((base, before)) = matched
                && base.before.code(&before.span) == file.after.code(&after.span)
            {
                continue;
            }
            out.push(Touched {
                base_file: matched.map(|it| it.0),
                before: matched.map(|it| it.1),
                file,
                after,
                index,
            });
        }
    }
    out
}

impl Touched<'_> {
    /// Whether the parser could not read part of the scope, on the head side.
    pub fn broken(&self) -> bool {
        self.file
            .after
            .tree
            .broken
            .iter()
            .any(|lines| *lines.start() <= self.after.end_line && self.after.line <= *lines.end())
    }
}

/// The slots of a scope, in source order.
pub fn slots(scope: &Scope) -> Vec<Slot<'_>> {
    let mut out = Vec::new();
    each_stmt(&scope.body, &mut |stmt| match &stmt.kind {
        StmtKind::Assign {
            target,
            operator,
            value,
        } => assigned(target, *operator, value, stmt, &mut out),
        _ => each_expression(stmt, &mut |expr| named(expr, "", &mut out)),
    });
    if scope.kind == ScopeKind::Function {
        returned(scope, &scope.body, &mut out);
    }
    out
}

fn assigned<'a>(
    target: &'a Expr,
    operator: Option<Operator>,
    value: &'a Expr,
    stmt: &'a Stmt,
    out: &mut Vec<Slot<'a>>,
) {
    named(value, "", out);
    if let (ExprKind::List(targets), ExprKind::List(values)) = (&target.kind, &value.kind)
        && targets.len() == values.len()
    {
        for (target, value) in targets.iter().zip(values) {
            out.push(Slot {
                kind: kind_of(target),
                ..slot(
                    target_name(target),
                    "",
                    value,
                    operator,
                    stmt.line,
                    &stmt.span,
                )
            });
        }
        return;
    }
    let name = target_name(target);
    if !name.is_empty() {
        out.push(Slot {
            kind: kind_of(target),
            ..slot(name, "", value, operator, stmt.line, &stmt.span)
        });
    }
}

fn kind_of(target: &Expr) -> SlotKind {
    match &target.kind {
        ExprKind::Name(name) if !name.starts_with('@') => SlotKind::Local,
        _ => SlotKind::Assigned,
    }
}

fn slot<'a>(
    name: &'a str,
    owner: &'a str,
    value: &'a Expr,
    operator: Option<Operator>,
    line: u32,
    span: &Span,
) -> Slot<'a> {
    Slot {
        name,
        owner,
        value,
        operator,
        kind: SlotKind::Assigned,
        line,
        span: span.clone(),
    }
}

/// The name that a target, key or index is known by.
pub fn target_name(target: &Expr) -> &str {
    match &target.kind {
        ExprKind::Index(object, index) => match &index.kind {
            ExprKind::Text(text) => text,
            _ => object.last_name(),
        },
        ExprKind::Text(text) => text,
        ExprKind::List(_) | ExprKind::Map(_) => "",
        _ => target.last_name(),
    }
}

fn named<'a>(expr: &'a Expr, owner: &'a str, out: &mut Vec<Slot<'a>>) {
    match &expr.kind {
        ExprKind::Call(callee, arguments) => {
            named(callee, owner, out);
            let owner = callee.last_name();
            for Argument { name, value } in arguments {
                if let Some(name) = name {
                    entry(name, owner, value, value, out);
                } else {
                    named(value, owner, out);
                }
            }
        }
        ExprKind::Map(pairs) => {
            for (key, value) in pairs {
                entry(target_name(key), owner, key, value, out);
            }
        }
        // Bodies are reached as statements.
        ExprKind::Function(..) => {}
        ExprKind::Assign(target, value) => {
            named(value, owner, out);
            let name = target_name(target);
            if !name.is_empty() {
                out.push(slot(name, "", value, None, expr.line, &expr.span));
            }
        }
        _ => expr.each_child(&mut |child| named(child, owner, out)),
    }
}

fn entry<'a>(
    name: &'a str,
    owner: &'a str,
    key: &'a Expr,
    value: &'a Expr,
    out: &mut Vec<Slot<'a>>,
) {
    named(value, owner, out);
    if !name.is_empty() {
        let span = key.span.start.min(value.span.start)..value.span.end;
        out.push(Slot {
            kind: SlotKind::Named,
            ..slot(name, owner, value, None, value.line, &span)
        });
    }
}

fn returned<'a>(scope: &'a Scope, body: &'a [Stmt], out: &mut Vec<Slot<'a>>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Return(Some(value)) => {
                let value = match &value.kind {
                    ExprKind::List(parts) if !parts.is_empty() => &parts[0],
                    _ => value,
                };
                out.push(Slot {
                    kind: SlotKind::Returned,
                    ..slot(&scope.name, "", value, None, stmt.line, &stmt.span)
                });
            }
            _ => each_block(stmt, &mut |inner| returned(scope, inner, out)),
        }
    }
}

/// A slot and the form by which its value is compared.
type Printed<'a> = (Slot<'a>, String);
/// Whether two slots belong together.
type Same<'f, 'a> = &'f dyn Fn(&Printed<'a>, &Printed<'a>) -> bool;

/// Compares the slots of a scope that `wanted` picks.
pub fn changes<'a>(
    before: &'a Scope,
    after: &'a Scope,
    renames: &Renames,
    wanted: &dyn Fn(&Slot<'_>) -> bool,
) -> SlotChanges<'a> {
    let none = Renames::default();
    let prepare = |scope: &'a Scope, renames: &Renames| -> Vec<Option<Printed<'a>>> {
        slots(scope)
            .into_iter()
            .filter(|it| wanted(it))
            .map(|it| {
                let value = canonical(&renamed(it.value, renames));
                let operator = it.operator.map_or("", Operator::symbol);
                Some((it, format!("{operator}= {value}")))
            })
            .collect()
    };
    let mut left = prepare(before, renames);
    let mut right = prepare(after, &none);
    let mut out = SlotChanges::default();
    let same: [Same<'_, 'a>; 4] = [
        &|a, b| a.0.owner == b.0.owner && a.1 == b.1,
        &|a, b| a.1 == b.1,
        &|a, b| a.0.owner == b.0.owner && a.0.kind == b.0.kind,
        &|a, b| a.0.kind == b.0.kind,
    ];
    for (stage, same) in same.iter().enumerate() {
        for place in &mut left {
            let Some(old) = place else { continue };
            let name = renames.get(old.0.name).map_or(old.0.name, |it| it);
            let found = right.iter_mut().find(|it| {
                it.as_ref()
                    .is_some_and(|new| new.0.name == name && same(old, new))
            });
            if let Some(new) = found.and_then(Option::take)
                && let Some(old) = place.take()
                && stage > 1
            {
                out.changed.push((old.0, new.0));
            }
        }
    }
    out.lost = left.into_iter().flatten().map(|it| it.0).collect();
    out.gained = right.into_iter().flatten().map(|it| it.0).collect();
    out
}

/// The slots of a touched scope that `bad` picks, as far as there are more of them than before.
pub fn risen<'a>(scope: &Touched<'a>, bad: &dyn Fn(&Slot<'_>) -> bool) -> Vec<Slot<'a>> {
    let mut known: Vec<&str> = scope
        .before
        .map(|it| {
            slots(it)
                .iter()
                .filter(|it| bad(it))
                .map(|it| it.name)
                .collect()
        })
        .unwrap_or_default();
    slots(scope.after)
        .into_iter()
        .filter(|it| bad(it))
        .filter(|it| match known.iter().position(|name| *name == it.name) {
            Some(index) => {
                known.remove(index);
                false
            }
            None => true,
        })
        .collect()
}

/// The slot of the side before that has this name and owner, or only this name.
pub fn earlier<'a>(scope: &Touched<'a>, slot: &Slot<'_>) -> Option<Slot<'a>> {
    let found = slots(scope.before?);
    let same = |owner: bool| {
        found
            .iter()
            .find(|it| it.name == slot.name && (!owner || it.owner == slot.owner))
            .cloned()
    };
    same(true).or_else(|| same(false))
}

/// Whether the whole change has more slots that `bad` picks after than before: nothing was only
/// moved from one place to another.
pub fn more_than_before(context: &Context<'_>, bad: &dyn Fn(&Slot<'_>) -> bool) -> bool {
    let count = |scopes: &[Scope]| -> usize {
        scopes
            .iter()
            .map(|it| slots(it).iter().filter(|it| bad(it)).count())
            .sum()
    };
    let before: usize = context
        .files
        .iter()
        .map(|it| count(&it.before.tree.scopes))
        .sum();
    let after: usize = context
        .files
        .iter()
        .map(|it| count(&it.after.tree.scopes))
        .sum();
    after > before
}
