use crate::change::Class;
use crate::facts::setting::{Setting, ValueKind};
use crate::review::Context;
use crate::review::finding::Finding;
use crate::review::literals::{literals, mentions};
use crate::review::settings::{Purpose, compare_in, configures, local, purpose, unreadable};

check! {
    /// A queue hands a job to a second worker much sooner than before.
    ///
    /// ## What it does
    /// Speaks when the time after which a queue takes a job for lost, and gives it to another worker,
    /// falls to a third or less: Laravel's `retry_after`, the visibility timeout of SQS and Celery,
    /// the deadline of Pub/Sub.
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
