use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Attribute, ExprKind, Operator, Scope, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::noted::notes;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, each_expr, each_stmt, is_off, is_on};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Work of a queue that fails is no longer tried again.
    ///
    /// ## What it does
    /// Looks at jobs, workers, consumers and listeners. Speaks when an error that used to come out
    /// of one is caught and only written down, when a message is acknowledged before the work is
    /// done or by itself (`noAck: true`, no more `ack`), and when `acks_late` is gone. An error that
    /// is answered by putting the work back, or by marking it as failed, is silent.
    ///
    /// ## Why it matters
    /// A queue takes work that ends without an error for done. A payment service that is away for a
    /// minute then loses every invoice of that minute, and nothing shows it.
    ///
    /// ## Example
    /// ```ts
    /// try { await mailer.send(invoice) } catch (error) { logger.warn(error) } // was without the try
    /// ```
    ///
    /// ## Instead
    /// Let the error out, and acknowledge a message when its work is done.
    "production/failed-work-lost", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source || delta.broken() {
            continue;
        }
        if works(delta)
            && let Some(stmt) = swallowed(delta).or_else(|| noted(delta))
        {
            out.push(
                Finding::new(delta.file, delta.symbol(), "swallows")
                    .after(stmt.line, delta.file.after.line(stmt.line))
                    .says(
                        format!(
                            "When something goes wrong in {}, the error no longer comes out of it. The queue takes the work for done, it is not tried again, and nobody is told.",
                            name_of(delta.symbol())
                        ),
                        "Let the error out, or put the work back so that it is tried again.",
                    ),
            );
        }
        if let Some((line, code)) = acknowledged_early(context, delta) {
            let finding = early(delta.file, delta.symbol(), line, code);
            out.push(finding.near(delta.line_after(line)));
        }
    }
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base, file) = (&context.files[base], &context.files[head]);
        let was = acks_late(&base.before.tree.scopes[before]);
        let is = &file.after.tree.scopes[after];
        if let Some(was) = was
            && acks_late(is).is_none()
            && !is.attributes.is_empty()
            && file.class == Class::Source
        {
            let code = base.before.code(&was.span);
            out.push(early(file, &is.path, was.line, code).near(is.line));
        }
    }
}

fn early(file: &FilePair<'_>, symbol: &str, line: u32, code: &str) -> Finding {
    Finding::new(file, symbol, "acknowledged early")
        .before(line, code)
        .says(
            format!(
                "{} told the queue that a message is done after its work, and no longer does. A message whose work fails, or that is in hand when the process stops, is lost.",
                name_of(symbol)
            ),
            "Acknowledge a message when its work is done, and give it back when it fails.",
        )
}

/// `@shared_task(acks_late=True)`.
fn acks_late(scope: &Scope) -> Option<&Attribute> {
    scope.attributes.iter().find(|it| {
        it.arguments.iter().any(|it| {
            let late = it.name.as_deref().and_then(by_itself) == Some(false);
            late && is_on(&it.value)
        })
    })
}

/// Whether a queue calls the function: by its folder, its class, or what stands around it.
fn works(delta: &ScopeDelta<'_>) -> bool {
    let scopes = &delta.file.after.tree.scopes;
    let class = delta.after.parent.and_then(|it| scopes.get(it));
    let bases = class.map_or(&[][..], |it| &it.bases);
    let attributes = delta.after.attributes.iter().map(|it| it.name.as_str());
    let about = bases.iter().map(|it| it.as_str()).chain(attributes);
    let about = about.flat_map(words).any(|it| queued(&it) || it == "task");
    let path = delta.file.path.rsplit_once('.').map_or("", |it| it.0);
    let script = delta.file.path.ends_with(".rake");
    // What something is stands last in its name: a `JobService` is a service.
    let mut names = path.split('/').chain(delta.after.path.split('.'));
    let named = names.any(|name| {
        let found = words(name);
        let last = found.last().map(String::as_str).unwrap_or_default();
        queued(last) || found.ends_with(&["message".to_owned(), "handler".to_owned()])
    });
    !script && (about || named)
}

/// Whether a word names what a queue calls.
fn queued(word: &str) -> bool {
    matches!(
        word,
        "job"
            | "jobs"
            | "worker"
            | "workers"
            | "consumer"
            | "consumers"
            | "processor"
            | "processors"
            | "subscriber"
            | "subscribers"
            | "listener"
            | "listeners"
            | "sidekiq"
            | "celery"
            | "tasks"
            | "outbox"
            | "queue"
            | "queues"
            | "relay"
    )
}

/// A handler of errors that is new, or no longer lets them out, around what was done before without
/// one.
fn swallowed<'a>(delta: &ScopeDelta<'a>) -> Option<&'a Stmt> {
    let (before, after) = (handlers(delta.before), handlers(delta.after));
    if after.len() <= before.len() {
        return None;
    }
    let tried = |stmt: &Stmt, call: &Call| {
        stmt.span.start <= call.place.span.start && call.place.span.end <= stmt.span.end
    };
    let open = |handlers: &[&Stmt], calls: &[&Call], name: &str| {
        let out = |it: &&&Call| it.name == name && !handlers.iter().any(|stmt| tried(stmt, it));
        calls.iter().filter(out).count()
    };
    after.iter().copied().find(|stmt| {
        let mut calls = delta.calls_after.iter().filter(|it| tried(stmt, it));
        calls.any(|it| {
            let was = open(&before, &delta.calls_before, &it.name);
            !logs(it) && was > open(&after, &delta.calls_after, &it.name)
        })
    })
}

/// Go's `if err != nil { return err }` that only writes the error down now and goes on.
fn noted<'a>(delta: &ScopeDelta<'a>) -> Option<&'a Stmt> {
    let failed = |scope: &'a Scope, leaves: bool| -> Vec<&'a Stmt> {
        let mut out = Vec::new();
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::If {
                condition, then, ..
            } = &it.kind
                && let ExprKind::Binary(Operator::NotEqual, left, right) = &condition.kind
                && right.kind == ExprKind::Null
                && words(left.last_name())
                    .first()
                    .is_some_and(|it| it == "err")
            {
                let mut out_of_it = false;
                let mut only_notes = !then.is_empty();
                each_stmt(then, &mut |it| match &it.kind {
                    StmtKind::Return(value) => {
                        out_of_it |= value.as_ref().is_some_and(|it| it.kind != ExprKind::Null);
                        only_notes = false;
                    }
                    StmtKind::Continue | StmtKind::Break | StmtKind::Assign { .. } => {
                        only_notes = false
                    }
                    StmtKind::Expr(it) => only_notes &= notes(it),
                    _ => {}
                });
                if leaves && out_of_it || !leaves && only_notes {
                    out.push(it);
                }
            }
        });
        out
    };
    let (left, leaves) = (failed(delta.before, true), failed(delta.after, true));
    let (noted, notes) = (failed(delta.before, false), failed(delta.after, false));
    let fewer = leaves.len() < left.len() && notes.len() > noted.len();
    notes.into_iter().last().filter(|_| fewer)
}

fn logs(call: &Call) -> bool {
    words(&call.callee.to_string()).iter().any(|it| {
        matches!(
            it.as_str(),
            "log" | "logger" | "logging" | "console" | "error" | "warn" | "info" | "debug"
        )
    })
}

/// The `try` statements of a scope whose handlers keep any error to themselves.
fn handlers(scope: &Scope) -> Vec<&Stmt> {
    let mut out = Vec::new();
    each_stmt(&scope.body, &mut |it| {
        if let StmtKind::Try { catches, .. } = &it.kind
            && catches
                .iter()
                .any(|(what, body)| broad(what) && keeps(body))
        {
            out.push(it);
        }
    });
    out
}

/// Whether what is caught may be any error: in JavaScript only a name stands there.
fn broad(what: &str) -> bool {
    let kind = what
        .split([' ', '|', ',', '$', '('])
        .next()
        .unwrap_or_default();
    let kind = kind.rsplit(['.', '\\', ':']).next().unwrap_or(kind);
    kind.is_empty()
        || kind.starts_with(char::is_lowercase)
        || matches!(
            kind,
            "Exception"
                | "StandardError"
                | "BaseException"
                | "Throwable"
                | "Error"
                | "RuntimeException"
                | "RuntimeError"
        )
}

/// Whether a handler neither lets the error out, nor puts the work back, nor says that it failed.
fn keeps(body: &[Stmt]) -> bool {
    let answers = |name: &str| {
        words(name).iter().any(|it| {
            matches!(
                it.as_str(),
                "retry"
                    | "retries"
                    | "requeue"
                    | "enqueue"
                    | "nack"
                    | "reject"
                    | "fail"
                    | "failed"
                    | "failure"
                    | "dead"
                    | "dlq"
                    | "release"
                    | "abandon"
                    | "raise"
                    | "abort"
                    | "exit"
                    | "publish"
                    | "status"
                    | "state"
            )
        })
    };
    let mut kept = true;
    each_stmt(body, &mut |it| match &it.kind {
        StmtKind::Throw(_) => kept = false,
        StmtKind::Assign { target, .. } => kept &= !answers(target.last_name()),
        StmtKind::Return(Some(value)) => {
            kept &= matches!(value.kind, ExprKind::Null | ExprKind::Bool(_));
        }
        _ => {}
    });
    each_expr(body, &mut |it| match &it.kind {
        ExprKind::Call(callee, arguments) => {
            kept &= !answers(callee.last_name());
            kept &= !arguments
                .iter()
                .any(|it| it.name.as_deref().is_some_and(answers));
        }
        ExprKind::Map(entries) => {
            kept &= !entries.iter().any(|it| answers(slots::target_name(&it.0)));
        }
        ExprKind::Propagate(_) => kept = false,
        _ => {}
    });
    kept
}

/// Where a message was acknowledged after its work, or not by itself.
fn acknowledged_early<'a>(context: &Context<'_>, delta: &ScopeDelta<'a>) -> Option<(u32, &'a str)> {
    let option = |it: &Slot<'_>| by_itself(it.name).is_some();
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &option);
    let bad = |it: &Slot<'_>| match by_itself(it.name) {
        Some(true) => is_on(it.value),
        _ => is_off(it.value),
    };
    let good = |it: &Slot<'_>| match by_itself(it.name) {
        Some(true) => is_off(it.value),
        _ => is_on(it.value),
    };
    let base = &delta.base_file.before;
    if let Some((was, _)) = changes
        .changed
        .iter()
        .find(|(was, is)| good(was) && bad(is))
    {
        return Some((was.line, base.code(&was.span)));
    }
    let late = |it: &&Slot<'_>| by_itself(it.name) == Some(false) && good(it);
    if let Some(was) = changes
        .lost
        .iter()
        .find(late)
        .filter(|_| changes.gained.is_empty())
    {
        return Some((was.line, base.code(&was.span)));
    }
    let settles = |it: &Call| {
        let name = it.name.to_ascii_lowercase().replace('_', "");
        matches!(
            name.as_str(),
            "ack"
                | "nack"
                | "basicack"
                | "basicnack"
                | "acknowledge"
                | "ackasync"
                | "deletemessage"
        )
    };
    let acks = |calls: &[&Call]| calls.iter().filter(|it| settles(it)).count();
    let first = delta.calls_before.iter().find(|it| settles(it))?;
    let consumes = delta.calls_after.iter().any(|it| {
        let found = words(&it.callee.to_string());
        found.iter().any(|it| {
            matches!(
                it.as_str(),
                "consume" | "consumer" | "receive" | "subscribe" | "poll" | "messages"
            )
        })
    });
    let gone = acks(&delta.calls_after) == 0 && context.deltas.call_counts(&first.name)[1] == 0;
    if gone && consumes && !context.deltas.extracted(delta) {
        return Some((first.place.line, base.code(&first.place.span)));
    }
    // The first acknowledgement comes before the work now, and came after it.
    let does = |it: &&&Call| {
        let found = words(&it.name);
        let begins = found.first().map_or("", String::as_str);
        matches!(
            begins,
            "handle" | "process" | "perform" | "dispatch" | "execute"
        ) || writes(&it.name)
    };
    let work = delta
        .calls_before
        .iter()
        .find(|it| does(it) && !settles(it))?;
    let at = |calls: &[&Call], wanted: &dyn Fn(&Call) -> bool| {
        calls.iter().find(|it| wanted(it)).map(|it| it.place.order)
    };
    let same = |it: &Call| it.name == work.name;
    let positive = |it: &Call| settles(it) && !it.name.to_ascii_lowercase().contains("nack");
    let (was_work, was_ack) = (work.place.order, at(&delta.calls_before, &positive)?);
    let (is_work, is_ack) = (
        at(&delta.calls_after, &same)?,
        at(&delta.calls_after, &positive)?,
    );
    let early = was_work < was_ack && is_ack < is_work;
    early.then(|| (first.place.line, base.code(&first.place.span)))
}

/// Options by which a queue takes messages for done: by itself (`true`), or after the work.
fn by_itself(name: &str) -> Option<bool> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match name.to_ascii_lowercase().as_str() {
        "autoack" | "noack" | "enableautocommit" | "autocommit" | "autocomplete" => true,
        "ackslate" | "taskackslate" => false,
        _ => return None,
    })
}
