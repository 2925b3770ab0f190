//! Work that was part of a transaction and is handed to a function that knows nothing of it.

use super::isolation::transaction;
use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use std::collections::BTreeSet;

/// A call that was made on a transaction, or was handed it, and the call of a function that does the
/// same on a connection of its own: before, after, and the name of the transaction, which is still
/// there for the rest.
pub(crate) fn by_helper<'d>(
    context: &Context<'_>,
    delta: &'d ScopeDelta<'_>,
) -> Option<(&'d Call, &'d Call, &'d str)> {
    let lost = delta.calls_lost.iter();
    let before = lost.chain(delta.calls_changed.iter().map(|it| &it.0));
    let gained = delta.calls_gained.iter();
    let after: Vec<&Call> = gained
        .chain(delta.calls_changed.iter().map(|it| &it.1))
        .filter(|it| transaction(it).is_none())
        .collect();
    before.into_iter().find_map(|before| {
        let name = transaction(before)?;
        let remains = delta
            .calls_after
            .iter()
            .any(|it| transaction(it) == Some(name));
        let was = done(context, before, &delta.base_file.before, false);
        let changes = !was.changed.is_empty() || was.locks;
        if !remains || !changes {
            return None;
        }
        let beside = after.iter().find(|call| {
            let is = done(context, call, &delta.file.after, true);
            let same = |it: &String| is.changed.contains(it) || was.locks && is.read.contains(it);
            is.own_connection && was.tables().any(same)
        })?;
        Some((before, *beside, name))
    })
}

/// What a call does to the database, itself and in the function that it calls.
#[derive(Default)]
struct Done {
    /// The tables that it changes.
    changed: BTreeSet<String>,
    /// The tables that it reads.
    read: BTreeSet<String>,
    /// Whether it locks what it reads.
    locks: bool,
    /// Whether it is done on a connection that no transaction holds.
    own_connection: bool,
}

impl Done {
    fn tables(&self) -> impl Iterator<Item = &String> {
        self.changed.iter().chain(&self.read)
    }

    fn add(&mut self, text: &str) {
        let text = text.to_ascii_lowercase();
        self.locks |= text.contains("for update");
        let mut last = "";
        for word in text.split(|it: char| !it.is_alphanumeric() && !matches!(it, '_' | '.')) {
            if word.is_empty() {
                continue;
            }
            let table = || word.rsplit('.').next().unwrap_or(word).to_owned();
            match last {
                "into" | "update" if word != "set" => drop(self.changed.insert(table())),
                "from" if text.contains("delete") => drop(self.changed.insert(table())),
                "from" | "join" => drop(self.read.insert(table())),
                _ => {}
            }
            last = word;
        }
    }
}

fn done(context: &Context<'_>, call: &Call, side: &SideFacts<'_>, after: bool) -> Done {
    let mut out = Done::default();
    for argument in &call.arguments {
        argument.value.walk(&mut |it| {
            if let ExprKind::Text(text) = &it.kind {
                out.add(text);
            }
        });
    }
    for scope in called(context, call, side, after) {
        let mut holds = false;
        each_expr(&scope.body, &mut |it| match &it.kind {
            ExprKind::Text(text) => out.add(text),
            ExprKind::Name(name) | ExprKind::Member(_, name) => holds |= transacts(name),
            ExprKind::Call(callee, arguments) => {
                let plain = arguments.iter().any(|it| is_connection(&it.value));
                out.own_connection |= plain || on_connection(callee);
            }
            _ => {}
        });
        let handed = scope.parameters.iter().any(|it| transacts(&it.name));
        out.own_connection &= !holds && !handed;
    }
    out
}

/// The functions of the change that a call is to.
fn called<'c>(
    context: &Context<'c>,
    call: &Call,
    side: &SideFacts<'_>,
    after: bool,
) -> Vec<&'c Scope> {
    // A function of another receiver is another function: `self.book` and `repo.book`.
    let near = match &call.callee.kind {
        ExprKind::Member(object, _) => matches!(object.kind, ExprKind::Name(_)),
        _ => true,
    };
    let sources = context.files.iter().filter(|it| it.class == Class::Source);
    let of = |file: &'c FilePair<'c>| if after { &file.after } else { &file.before };
    let mut found = Vec::new();
    for file in sources.filter(|_| near) {
        let it = of(file);
        if it.language != side.language {
            continue;
        }
        found.extend(it.tree.scopes.iter().filter(|it| it.name == call.name));
    }
    found
}

/// `self.pool`, `s.db`, `pool`.
fn is_connection(expr: &Expr) -> bool {
    let (ExprKind::Name(name) | ExprKind::Member(_, name)) = &expr.kind else {
        return false;
    };
    let found = words(name);
    found.last().is_some_and(|it| {
        matches!(
            it.as_str(),
            "pool" | "db" | "conn" | "connection" | "database" | "datasource"
        )
    })
}

fn on_connection(callee: &Expr) -> bool {
    match &callee.kind {
        ExprKind::Member(object, _) => is_connection(object),
        _ => false,
    }
}

fn transacts(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "tx" | "txn" | "trx" | "transaction" | "executor"
        )
    })
}
