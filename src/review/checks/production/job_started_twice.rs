use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Attribute, ExprKind, Scope};
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{
    Purpose, compare_in, configures, local, purpose, unreadable,
};
use crate::review::infrastructure::safeguard::value;
use crate::review::record::finding::Finding;

check! {
    /// A job may run twice at the same time, where something kept it from that.
    ///
    /// ## What it does
    /// Speaks when the time after which a queue takes a job for lost, and gives it to another worker,
    /// falls to a third or less: Laravel's `retry_after`, the visibility timeout of SQS and Celery,
    /// the deadline of Pub/Sub. Also when work that is started by the clock was kept from running twice
    /// at once, and no longer is: Laravel's `onOneServer` and `withoutOverlapping`, `@SchedulerLock`,
    /// Quartz' and Hangfire's attributes.
    ///
    /// ## Why it matters
    /// A job that takes longer than that runs twice at the same time: the mail is sent twice, the
    /// payment is made twice.
    ///
    /// ## Example
    /// ```php
    /// 'retry_after' => 30, // was: 300
    /// ```
    ///
    /// ## Instead
    /// Keep it longer than the longest job may take, by the timeout of the workers.
    "production/job-started-twice", Production, SPEAKS, run
}

/// At this part of what it was, jobs that were done in time are not any more.
const PART: f64 = 3.0;

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        found.extend(scheduled(delta));
    }
    unlocked(context, found);
    for file in context.files {
        let read = file.class == Class::Source && file.before.exists && file.after.exists;
        if !read
            || unreadable(file)
            || local(&file.path)
            || !mentions(
                file,
                &[
                    "retry_after",
                    "isibility",
                    "VISIBILITY",
                    "ck_deadline",
                    "ckDeadline",
                ],
            )
        {
            continue;
        }
        let settings = purpose(file).is_some_and(|it| it != Purpose::Dependencies);
        let code = (literals(&file.before), literals(&file.after));
        let sides = [
            (code, configures(&file.path)),
            ((&file.before.settings, &file.after.settings), settings),
        ];
        for ((before, after), counts) in sides {
            for (was, is) in compare_in(file, before, after).changed {
                // A variable is what it is where nobody sets it.
                let given = Setting {
                    value: value(context, true, is),
                    ..is.clone()
                };
                let (was, is) = (was, &given);
                let (Some(old), Some(new)) = (seconds(was), seconds(is)) else {
                    continue;
                };
                if !waits(is, counts) || new <= 0.0 || new * PART > old {
                    continue;
                }
                let name = is.dotted();
                let name = name.trim_start_matches('.');
                found.push(
                    Finding::new(file, name, format!("{} {} -> {}", is.key(), was.value, is.value))
                        .before(was.line, &format!("{}: {}", was.key(), was.value))
                        .after(is.line, &format!("{}: {}", is.key(), is.value))
                        .says(
                            format!(
                                "A job that was not done after {} (`{name}`) was given to another worker, and now after {}. A job that takes longer than that runs twice at the same time.",
                                was.value, is.value
                            ),
                            "Keep it longer than the longest job may take, by the timeout of the workers.",
                        ),
                );
            }
        }
    }
}

/// Steps of a schedule that keep a task from running twice at once.
fn once(name: &str) -> bool {
    matches!(name, "onOneServer" | "withoutOverlapping")
}

/// What a schedule starts, and the steps that are said about it: `Schedule::command("x")->daily()`.
fn started(call: &Call) -> Option<String> {
    let mut open = &call.callee;
    loop {
        let ExprKind::Member(object, _) = &open.kind else {
            return None;
        };
        let ExprKind::Call(callee, arguments) = &object.kind else {
            return None;
        };
        if matches!(callee.last_name(), "command" | "job" | "call" | "exec") {
            // The same task may be told something else.
            let task = arguments.first().map(ToString::to_string);
            return Some(format!("{callee}({})", task.unwrap_or_default()));
        }
        open = callee;
    }
}

/// A scheduled task that every server starts now, or that starts while it is still running.
fn scheduled(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let lost = delta.calls_before.iter().filter(|it| once(&it.name));
    let (lost, task) = lost
        .filter_map(|it| Some((it, started(it)?)))
        .find(|(_, task)| {
            let same = |it: &&&Call| started(it).as_ref() == Some(task);
            let mut steps = delta.calls_after.iter().filter(same).peekable();
            steps.peek().is_some() && !steps.any(|it| once(&it.name))
        })?;
    Some(twice(
        Finding::new(delta.file, delta.symbol(), format!("{task} {}", lost.name))
            .before(lost.place.line, &lost.name)
            .near(delta.line_after(lost.place.line)),
        &task,
        &lost.name,
    ))
}

/// Annotations that keep a method from running twice at once.
fn locks(attribute: &Attribute) -> bool {
    let name = attribute.name.rsplit('.').next().unwrap_or_default();
    matches!(
        name,
        "SchedulerLock" | "DisallowConcurrentExecution" | "DisableConcurrentExecution"
    )
}

fn unlocked(context: &Context<'_>, found: &mut Vec<Finding>) {
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base, file) = (&context.files[base], &context.files[head]);
        let was = &base.before.tree.scopes[before];
        let is = &file.after.tree.scopes[after];
        let Some(lock) = was.attributes.iter().find(|it| locks(it)) else {
            continue;
        };
        let locked = |it: &Scope| it.attributes.iter().any(locks);
        // What the clock no longer starts needs no lock.
        let starts = |it: &Scope| {
            let mut names = it.attributes.iter().map(|it| it.name.as_str());
            names.any(|it| it.ends_with("Scheduled") || it.ends_with("Schedules"))
        };
        if starts(was) && !starts(is) {
            continue;
        }
        let around = is.parent.and_then(|it| file.after.tree.scopes.get(it));
        if file.class == Class::Source && !locked(is) && !around.is_some_and(locked) {
            let code = base.before.code(&lock.span);
            found.push(twice(
                Finding::new(file, &is.path, &*lock.name)
                    .before(lock.line, code)
                    .near(is.line),
                &is.path,
                &lock.name,
            ));
        }
    }
}

fn twice(finding: Finding, task: &str, kept: &str) -> Finding {
    finding.says(
        format!(
            "`{task}` was kept from running twice at the same time (`{kept}`), and no longer is. With more than one server, or when it takes longer than usual, everything that it does is done twice."
        ),
        "Keep it, or make sure in another way that it runs once.",
    )
}

/// Whether a setting is how long a queue waits for a job. `retry_after` alone is so only among the
/// settings of a queue; elsewhere it tells a caller when to come back.
fn waits(setting: &Setting, configures: bool) -> bool {
    let key: String = setting
        .key()
        .chars()
        .filter(|it| it.is_alphanumeric())
        .collect::<String>()
        .to_ascii_lowercase();
    let path = setting.dotted().to_ascii_lowercase();
    let queue = ["connections", "queue", "worker", "job"]
        .iter()
        .any(|it| path.contains(it));
    key.ends_with("visibilitytimeout")
        || key.ends_with("visibilitytimeoutseconds")
        || key.starts_with("ackdeadline")
        || key.ends_with("retryafter") && configures && queue
}

fn seconds(setting: &Setting) -> Option<f64> {
    match setting.kind {
        ValueKind::Expression => None,
        _ => setting.value.replace('_', "").parse().ok(),
    }
}
