use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{Slot, slots};
use crate::review::frameworks::inheritance::inherited;
use crate::review::record::finding::Finding;
use crate::review::{Alone, Context};

check! {
    /// What was only marked as deleted is now deleted for good.
    ///
    /// ## What it does
    /// Speaks when a function that marked a record as deleted, archived or disabled now deletes
    /// it, when a model or its queries no longer keep what is deleted, or when what turned a deletion
    /// into a change on its way to the database no longer does.
    ///
    /// ## Why it matters
    /// A deletion by mistake, or by an attacker, can no longer be taken back.
    ///
    /// ## Example
    /// ```ts
    /// await prisma.team.update({ where: { id }, data: { deletedAt: new Date() } });
    /// await prisma.team.delete({ where: { id } });
    /// ```
    ///
    /// ## Instead
    /// Keep the mark, and delete for good after a time in which it can be restored.
    "data/soft-hard-delete", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    if context.keeps_deleted() {
        return;
    }
    base_gone(context, out);
    method_gone(context, out);
    queries_gone(context, out);
    for delta in &context.deltas.scopes {
        if let Some(call) = delta.calls_before.iter().find(|it| keeps(it)) {
            let still = delta.calls_after.iter().any(|it| keeps(it));
            let class = delta.after.kind == ScopeKind::Class;
            if class && !still && !inherited(context, delta.file, &delta.after.path, &keeps) {
                out.push(finding(delta, call, None));
            }
            continue;
        }
        no_longer_turned(delta, out);
        if let Some((was, is)) = unscoped(delta) {
            out.push(finding(delta, was, Some(is)));
            continue;
        }
        let gone = marks_gone(delta);
        let (Some(mark), Some(hard)) = (gone, hard_gained(delta)) else {
            continue;
        };
        out.push(finding(delta, mark, Some(hard)));
    }
}

/// A delete that a model turns into a mark, and that is told to delete for good now: gorm's
/// `Unscoped()`, Sequelize's `force: true`.
fn unscoped<'d>(delta: &'d ScopeDelta<'_>) -> Option<(&'d Call, &'d Call)> {
    let for_good = |call: &Call| {
        let mut found = false;
        call.callee.walk(&mut |it| {
            found |= matches!(&it.kind, ExprKind::Call(callee, _) if matches!(callee.last_name(), "Unscoped" | "unscoped"));
        });
        for argument in &call.arguments {
            argument.value.walk(&mut |it| {
                if let ExprKind::Map(entries) = &it.kind {
                    found |= entries.iter().any(|(key, value)| {
                        key.to_string().trim_matches('"') == "force"
                            && value.kind == ExprKind::Bool(true)
                    });
                }
            });
            found |= argument.name.as_deref() == Some("force")
                && argument.value.kind == ExprKind::Bool(true);
        }
        found
    };
    let is = delta
        .calls_after
        .iter()
        .find(|it| deletes(it) && for_good(it))?;
    let was = delta
        .calls_before
        .iter()
        .find(|it| it.name == is.name && !for_good(it))?;
    let known = delta
        .calls_before
        .iter()
        .any(|it| deletes(it) && for_good(it));
    (!known).then_some((*was, *is))
}

/// A base or an annotation by which a model kept what is deleted.
fn base_gone(context: &Context<'_>, out: &mut Vec<Finding>) {
    let keeps = |it: &str| {
        let name = it.to_lowercase().replace('_', "");
        [
            "softdelet",
            "safedelet",
            "paranoi",
            "discardable",
            "sqldelete",
        ]
        .iter()
        .any(|word| name.contains(word))
    };
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        let (old, new) = (
            &base_file.before.tree.scopes[before],
            &file.after.tree.scopes[after],
        );
        if old.kind != ScopeKind::Class || file.class != Class::Source {
            continue;
        }
        let names = |it: &Scope| -> Vec<String> {
            let attributes = it.attributes.iter().map(|it| it.name.clone());
            it.bases.iter().cloned().chain(attributes).collect()
        };
        let Some(lost) = names(old).into_iter().find(|it| keeps(it)) else {
            continue;
        };
        if names(new).iter().any(|it| keeps(it)) {
            continue;
        }
        out.push(
            Finding::new(file, &new.path, format!("deletes for good: {lost}"))
                .before(old.line, base_file.before.code(&old.span).lines().next().unwrap_or_default())
                .near(new.line)
                .says(
                    format!(
                        "`{}` used to be kept when it was deleted (`{lost}`), and is now deleted for good, with what belongs to it. What is deleted by mistake can no longer be restored.",
                        new.path
                    ),
                    "Keep it, and delete for good only after a time in which it can be restored.",
                ),
        );
    }
}

/// A method by which a model kept what is deleted, and that is gone so that the framework's own
/// deletes.
fn method_gone(context: &Context<'_>, out: &mut Vec<Finding>) {
    for gone in context.vanished() {
        let deletes = words(&gone.method.name)
            .first()
            .is_some_and(|it| matches!(it.as_str(), "delete" | "destroy" | "remove"));
        let Some(mark) = gone.calls().find(|it| marks(it)) else {
            continue;
        };
        if !deletes || gone.file.class != Class::Source || !gone.falls_back() {
            continue;
        }
        out.push(
            Finding::new(gone.file, &gone.class.path, format!("deletes for good: {}", gone.method.name))
                .before(mark.place.line, gone.file.before.code(&mark.place.span))
                .says(
                    format!(
                        "`{}` only marked what is deleted (`{}`), and now deletes it for good. What is deleted by mistake can no longer be restored.",
                        gone.class.path, gone.method.name
                    ),
                    "Keep the mark, and delete for good after a time in which it can be restored.",
                ),
        );
    }
}

/// A method of queries or of a model by which they kept what is deleted, and that is gone while
/// another class of the file has one of the same name: Django's `QuerySet.delete`.
fn queries_gone(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, method, side) in context.unmatched() {
        let deletes = matches!(method.name.as_str(), "delete" | "destroy" | "remove");
        if side != Alone::Gone || !deletes || file.class != Class::Source {
            continue;
        }
        let (before, after) = (&file.before, &file.after);
        let Some(class) = method.parent.and_then(|it| before.tree.scopes.get(it)) else {
            continue;
        };
        let stays = after.tree.scopes.iter().any(|it| {
            it.kind == ScopeKind::Class && it.path == class.path && it.bases == class.bases
        });
        // One of that name in a new place may be where it went.
        let mut others = after.tree.scopes.iter().filter(|it| it.name == method.name);
        let known = |it: &Scope| before.tree.scopes.iter().any(|was| was.path == it.path);
        if !stays || class.bases.is_empty() || !others.all(known) {
            continue;
        }
        let told = context
            .vanished()
            .iter()
            .any(|it| std::ptr::eq(it.method, method));
        let here = |it: &&Call| {
            before
                .tree
                .scopes
                .get(it.place.scope)
                .is_some_and(|it| std::ptr::eq(it, method))
        };
        let mark = before.facts.calls.iter().filter(here).find(|it| marks(it));
        let Some(mark) = mark.filter(|_| !told) else {
            continue;
        };
        out.push(
            Finding::new(file, &class.path, format!("deletes for good: {}", method.name))
                .before(mark.place.line, before.code(&mark.place.span))
                .says(
                    format!(
                        "`{}` only marked what is deleted (`{}`), and now deletes it for good. What is deleted by mistake can no longer be restored.",
                        class.path, method.name
                    ),
                    "Keep the mark, and delete for good after a time in which it can be restored.",
                ),
        );
    }
}

/// What turned a deletion into a change on its way to the database, and only sets the mark now: an
/// interceptor of EF Core that no longer says `State = EntityState.Modified`.
fn no_longer_turned(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let turns = |it: &Slot<'_>| {
        it.name == "State" && matches!(it.value.last_name(), "Modified" | "Unchanged")
    };
    let marks = |it: &Slot<'_>| is_mark(it.name) && !is_off(it.value);
    let (before, after) = (slots(delta.before), slots(delta.after));
    let Some(was) = before.iter().find(|it| turns(it)) else {
        return;
    };
    let stays = delta.file.after.text.contains("EntityState.Modified")
        || delta.file.after.text.contains("EntityState.Unchanged");
    if stays || !after.iter().any(marks) {
        return;
    }
    out.push(
        Finding::new(delta.file, delta.symbol(), "deletion no longer turned into a change")
            .before(was.line, delta.base_file.before.code(&was.span))
            .near(delta.line_after(was.line))
            .says(
                format!(
                    "`{}` turned a deletion into a change that only marks the record, and now sets the mark alone: the record is deleted for good. What is deleted by mistake can no longer be restored.",
                    delta.symbol()
                ),
                "Keep turning it into a change, and test that a deleted record is still there.",
            ),
    );
}

fn finding(delta: &ScopeDelta<'_>, mark: &Call, hard: Option<&Call>) -> Finding {
    let finding = Finding::new(delta.file, delta.symbol(), format!("deletes for good: {}", mark.name))
        .before(
            mark.place.line,
            delta.base_file.before.code(&mark.place.span),
        )
        .says(
            format!(
                "`{}` used to mark a record and keep it; now it deletes it for good. What is deleted by mistake can no longer be restored.",
                delta.symbol()
            ),
            "Keep the mark, and delete for good only after a time in which it can be restored.",
        );
    match hard {
        Some(hard) => finding.after(hard.place.line, delta.file.after.code(&hard.place.span)),
        None => finding.near(delta.after.line),
    }
}

/// A call that makes a model keep what is deleted.
fn keeps(call: &Call) -> bool {
    matches!(call.name.as_str(), "acts_as_paranoid" | "acts_as_archival")
        || matches!(call.name.as_str(), "include" | "use")
            && call.arguments.iter().any(|it| {
                let what = it.value.to_string();
                what.starts_with("Discard")
                    || what.contains("SoftDelet")
                    || what.contains("Paranoi")
            })
}

/// A call before that marks, where none does after.
fn marks_gone<'a>(delta: &'a ScopeDelta<'_>) -> Option<&'a Call> {
    if delta.calls_after.iter().any(|it| marks(it)) {
        return None;
    }
    delta.calls_before.iter().copied().find(|it| marks(it))
}

fn marks(call: &Call) -> bool {
    let name = words(&call.name);
    let first = name.first().map_or("", String::as_str);
    match first {
        "discard" | "archive" | "trash" => true,
        "soft" => name
            .iter()
            .any(|it| it.starts_with("delet") || it == "remove"),
        "update" | "save" | "set" | "patch" => call.arguments.iter().any(argument_marks),
        _ => false,
    }
}

fn argument_marks(argument: &Argument) -> bool {
    let named = argument
        .name
        .as_deref()
        .is_some_and(|it| is_mark(it) && !is_off(&argument.value));
    let mut inside = false;
    argument.value.walk(&mut |it| {
        if let ExprKind::Map(pairs) = &it.kind {
            inside |= pairs
                .iter()
                .any(|(key, value)| is_mark(&key.to_string().replace('"', "")) && !is_off(value));
        }
    });
    named || inside
}

/// Taking the mark away restores.
fn is_off(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Null | ExprKind::Bool(false))
}

fn is_mark(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "deleted" | "disabled" | "archived" | "discarded" | "trashed" | "deactivated"
        )
    })
}

/// A call that deletes, more often after than before.
fn hard_gained<'a>(delta: &'a ScopeDelta<'_>) -> Option<&'a Call> {
    let before = delta.calls_before.iter().filter(|it| deletes(it)).count();
    let after: Vec<&Call> = delta
        .calls_after
        .iter()
        .copied()
        .filter(|it| deletes(it))
        .collect();
    if after.len() <= before {
        return None;
    }
    after
        .iter()
        .copied()
        .find(|it| !delta.calls_before.iter().any(|was| was.callee == it.callee))
        .or(after.first().copied())
}

fn deletes(call: &Call) -> bool {
    let name = words(&call.name);
    let first = name.first().map_or("", String::as_str);
    matches!(first, "delete" | "destroy")
        || call.name == "forceDelete"
        || call.name == "really_destroy"
        || first == "remove"
            && matches!(
                words(call.callee.first_name()).last().map(String::as_str),
                Some("repository" | "repo" | "em" | "manager")
            )
        || first == "hard" && name.iter().any(|it| it.starts_with("delet"))
}
