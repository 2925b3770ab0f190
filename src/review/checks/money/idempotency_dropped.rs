use super::Words;
use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::key::{Renames, renamed};
use crate::review::deltas::slots::{self, Slot};
use crate::review::infrastructure::repeated;
use crate::review::money::tries::{self, is_key, random};
use crate::review::money::{definitions, expand};
use crate::review::queries::isolation;
use crate::review::record::Tier;
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeSet;

check! {
    /// A repeated request, message or job is no longer recognised as one.
    ///
    /// ## What it does
    /// Looks for idempotency keys, unique-job options and tests whether an event was processed. It
    /// speaks when one is gone and the call is still made, and when a key now holds something that
    /// is different every time, or that depends on who calls.
    ///
    /// ## Why it matters
    /// Networks and queues repeat themselves. Without the key a retry charges the customer twice, or
    /// sets up a second subscription.
    ///
    /// ## Example
    /// ```ts
    /// gateway.charge({ amount }, { idempotencyKey: `charge-${order.id}` });       // before
    /// gateway.charge({ amount }, { idempotencyKey: `charge-${crypto.randomUUID()}` }); // after
    /// ```
    ///
    /// ## Instead
    /// Build the key from what is done, such as the order, and from nothing else.
    "money/idempotency-dropped", Money, SPEAKS, run
}

const ADVICE: &str = "Keep a key that is the same for every try of the same thing, such as one built from the order, and test that two tries do it once.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    repeated::keys(context, out);
    for delta in &context.deltas.scopes {
        let from = out.len();
        keys(context, delta, out);
        let told = out.iter().skip(from).any(|it| it.tier == Tier::Speaks);
        if let Some((was, is)) = tries::anew(context, delta).filter(|_| !told) {
            let found = Finding::new(delta.file, delta.symbol(), "key anew at each try");
            out.push(
                found
                    .before(was.line, delta.base_file.before.line(was.line))
                    .after(is.line, delta.file.after.line(is.line))
                    .says(
                        format!(
                            "In {}, the key that marks a repeated request as the same one is different every time. Two tries of the same thing could both go through, and a customer be charged twice.",
                            name_of(delta.symbol())
                        ),
                        ADVICE,
                    ),
            );
        }
        unique_jobs(context, delta, out);
        processed(context, delta, out);
        if let Some(line) = isolation::unasked_insert(delta) {
            push(
                out,
                delta,
                line,
                delta.base_file.before.line(line),
                Words {
                    concern: format!(
                        "{} stopped where this was stored before, and no longer asks. A message that comes twice is acted on twice.",
                        name_of(delta.symbol())
                    ),
                    advice: "Ask whether the row is new, and stop where it is not.",
                    speaks: true,
                },
            );
        }
    }
}

fn push(out: &mut Vec<Finding>, delta: &ScopeDelta<'_>, line: u32, code: &str, words: Words) {
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("idempotency {code}"))
            .before(line, code)
            .near(delta.line_after(line))
            .says(words.concern, words.advice)
            .speaks_if(words.speaks),
    );
}

fn keys(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let wanted = |slot: &Slot<'_>| is_key(slot.name);
    // A parameter under another name may hold something else.
    let changes = slots::changes(delta.before, delta.after, &Renames::default(), &wanted);
    let moved = changes.gained.len() >= changes.lost.len();
    for slot in &changes.lost {
        let called = |calls: &[&Call]| calls.iter().filter(|it| it.name == slot.owner).count();
        let still = !slot.owner.is_empty() && called(&delta.calls_after) > 0;
        let nothing = matches!(slot.value.kind, ExprKind::Null);
        let mut calls = delta.calls_after.iter().filter(|it| it.name == slot.owner);
        let elsewhere = calls.any(|it| context.says_elsewhere(it, slot.name));
        let code = delta.base_file.before.code(&slot.span);
        push(
            out,
            delta,
            slot.line,
            code,
            Words {
                concern: format!(
                    "{} no longer sends a key that marks a repeated request as the same one. A retry could charge a customer twice.",
                    name_of(delta.symbol())
                ),
                advice: ADVICE,
                speaks: still
                    && !moved
                    && !nothing
                    && !elsewhere
                    && !takes_away(slot.owner)
                    && !context.deltas.extracted(delta),
            },
        );
    }
    let (old, new) = (definitions(delta.before), definitions(delta.after));
    // `params.SetIdempotencyKey(key)`.
    for (before, after) in &delta.calls_changed {
        let ([was], [is]) = (&before.arguments[..], &after.arguments[..]) else {
            continue;
        };
        let (was, is) = (expand(&was.value, &old, 0), expand(&is.value, &new, 0));
        if is_key(&before.name) && random(&is) && !random(&was) {
            let code = delta.base_file.before.code(&before.place.span);
            push(
                out,
                delta,
                before.place.line,
                code,
                Words {
                    concern: format!(
                        "In {}, the key that marks a repeated request as the same one is different every time. Two tries of the same thing could both go through, and a customer be charged twice.",
                        name_of(delta.symbol())
                    ),
                    advice: ADVICE,
                    speaks: true,
                },
            );
        }
    }
    for (before, after) in &changes.changed {
        let was = expand(before.value, &old, 0);
        let is = expand(after.value, &new, 0);
        let random = random(&is) && !random(&was);
        let names = |it: &Expr| -> BTreeSet<String> {
            let mut found = BTreeSet::new();
            it.walk(&mut |it| {
                if let ExprKind::Name(name) = &it.kind {
                    found.insert(name.clone());
                }
            });
            found
        };
        let caller = names(&is)
            .difference(&names(&was))
            .any(|name| says_who_calls(context, delta.after, name, true, 0))
            && !names(&was)
                .difference(&names(&is))
                .any(|name| says_who_calls(context, delta.before, name, false, 0));
        let parts = |it: &Expr| -> BTreeSet<String> {
            let mut found = BTreeSet::new();
            it.walk(&mut |it| {
                if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                    found.insert(name.clone());
                }
            });
            found
        };
        let (made, makes) = (parts(&was), parts(&is));
        let fewer = !makes.is_empty() && makes.len() < made.len() && makes.is_subset(&made);
        let same = slots::canonical(&renamed(&was, &delta.renames)) == slots::canonical(&is);
        if same && !caller {
            continue;
        }
        let what = if random {
            "is different every time"
        } else if caller {
            "depends on who calls"
        } else if fewer {
            "is built from fewer parts than before"
        } else {
            "is built from something else than before"
        };
        push(
            out,
            delta,
            before.line,
            delta.base_file.before.code(&before.span),
            Words {
                concern: format!(
                    "In {}, the key that marks a repeated request as the same one {what}. {}",
                    name_of(delta.symbol()),
                    if fewer && !random && !caller {
                        "Two different things could count as one, and the second be left out."
                    } else {
                        "Two tries of the same thing could both go through, and a customer be charged twice."
                    }
                ),
                advice: ADVICE,
                speaks: random || caller || fewer,
            },
        );
        if let Some(last) = out.last_mut() {
            last.line = Some(after.line);
            last.after = Some(crate::review::record::finding::snippet(
                delta.file.after.code(&after.span),
            ));
        }
    }
}

/// Whether a parameter is given another fixed text by each caller, through the functions of the
/// change.
fn says_who_calls(
    context: &Context<'_>,
    scope: &Scope,
    name: &str,
    after: bool,
    depth: usize,
) -> bool {
    let Some(index) = scope.parameters.iter().position(|it| it.name == name) else {
        return false;
    };
    if depth > 3 {
        return false;
    }
    let text = |it: &Expr| matches!(it.kind, ExprKind::Text(_));
    let mut fixed = scope.parameters[index]
        .default
        .iter()
        .filter(|it| text(it))
        .count();
    for file in context.files {
        if file.class != Class::Source {
            continue;
        }
        let side = if after { &file.after } else { &file.before };
        for call in &side.facts.calls {
            if call.name != scope.name {
                continue;
            }
            let given = call
                .arguments
                .iter()
                .find(|it| it.name.as_deref() == Some(name))
                .or_else(|| call.arguments.get(index).filter(|it| it.name.is_none()));
            let Some(given) = given else { continue };
            fixed += usize::from(text(&given.value));
            if let ExprKind::Name(outer) = &given.value.kind {
                let caller = &side.tree.scopes[call.place.scope];
                if caller.name != scope.name
                    && says_who_calls(context, caller, outer, after, depth + 1)
                {
                    return true;
                }
            }
        }
    }
    fixed > 0
}

/// `unique :until_executed`, `sidekiq_options lock: …`, `jobId`, a singleton key.
fn unique_jobs(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let job = words(&delta.after.path)
        .last()
        .is_some_and(|last| matches!(last.as_str(), "job" | "worker" | "task"))
        || words(&delta.file.path)
            .iter()
            .any(|it| it == "jobs" || it == "workers" || it == "tasks");
    addressed(delta, out);
    if !job {
        return;
    }
    let option = |name: &str| {
        matches!(
            name,
            "unique"
                | "unique_for"
                | "uniqueId"
                | "jobId"
                | "singletonKey"
                | "lock_ttl"
                | "on_conflict"
                | "limits_concurrency"
                | "unique_until"
                | "uniqueFor"
                | "ShouldBeUnique"
                | "Unique"
        )
    };
    let lost = delta.calls_lost.iter().find(|it| {
        option(&it.name)
            && it.callee.first_name() == it.name
            && delta.before.kind == ScopeKind::Class
    });
    if let Some(call) = lost {
        let [was, is] = context.deltas.call_counts(&call.name);
        let replaced = delta.calls_gained.iter().any(|it| option(&it.name));
        let code = delta.base_file.before.code(&call.place.span);
        push(
            out,
            delta,
            call.place.line,
            code,
            twice(delta, is < was && !replaced),
        );
        return;
    }
    let wanted = |slot: &Slot<'_>| option(slot.name) && !slot.owner.is_empty();
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    if let (Some(slot), true) = (changes.lost.first(), changes.gained.is_empty()) {
        let still = delta.calls_after.iter().any(|it| it.name == slot.owner);
        let code = delta.base_file.before.code(&slot.span);
        push(
            out,
            delta,
            slot.line,
            code,
            twice(delta, still && slot.name != "on_conflict"),
        );
    }
}

/// `queue.add(name, data, { jobId })` that is handed no key of its own any more.
fn addressed(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let wanted = |slot: &Slot<'_>| {
        matches!(
            slot.name,
            "jobId"
                | "singletonKey"
                | "MessageDeduplicationId"
                | "deduplicationId"
                | "unique_key"
                | "job_id"
        ) && matches!(
            slot.owner,
            "add"
                | "addBulk"
                | "enqueue"
                | "send"
                | "publish"
                | "schedule"
                | "apply_async"
                | "sendMessage"
        )
    };
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    let Some(slot) = changes.lost.first().filter(|_| changes.gained.is_empty()) else {
        return;
    };
    let still = delta.calls_after.iter().any(|it| it.name == slot.owner);
    let code = delta.base_file.before.code(&slot.span);
    push(out, delta, slot.line, code, twice(delta, still));
}

fn twice(delta: &ScopeDelta<'_>, speaks: bool) -> Words {
    Words {
        concern: format!(
            "The job {} may now run twice at the same time for the same thing. What it charges, books or sends could be done twice.",
            name_of(delta.symbol())
        ),
        advice: "Keep the job unique, or make a second run find that everything is done.",
        speaks,
    }
}

/// A file that is removed twice is gone all the same: `deleteAsync(path, { idempotent: true })`.
fn takes_away(call: &str) -> bool {
    words(call)
        .first()
        .is_some_and(|it| matches!(it.as_str(), "delete" | "remove" | "unlink"))
}

/// `return if event.processed?`
fn processed(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for lost in &delta.lost {
        let found = crate::review::conditions::subject::spoken_words(&lost.condition);
        let known = [
            "processed",
            "idempotent",
            "idempotency",
            "duplicate",
            "duplicated",
            "deduplicated",
            "handled",
            "replayed",
            "already",
        ]
        .iter()
        .any(|it| found.contains(*it));
        // Where the code is about money, the check on lost states says it.
        if !known || crate::review::money::about_money(delta) {
            continue;
        }
        let near: BTreeSet<String> = words(&format!("{} {}", delta.file.path, delta.after.path))
            .into_iter()
            .collect();
        let events = [
            "webhook",
            "webhooks",
            "event",
            "events",
            "job",
            "jobs",
            "consumer",
            "worker",
            "notification",
        ]
        .iter()
        .any(|it| near.contains(*it));
        let code = delta.base_file.before.code(&lost.place.span);
        push(
            out,
            delta,
            lost.place.line,
            code,
            Words {
                concern: format!(
                    "{} no longer tests whether this was processed before. A message that comes twice could be acted on twice.",
                    name_of(delta.symbol())
                ),
                advice: "Put the test back, or say where it is done now, and test a message that comes twice.",
                speaks: (events || lost.inside.iter().any(|it| writes(it)))
                    && lost.protects
                    && !context.deltas.moved(&lost.condition)
                    && delta.still_does(lost.place.order)
                    && delta.gained.is_empty(),
            },
        );
    }
}
