use crate::change::Class;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{compare_in, local, on, unreadable};
use crate::review::record::finding::Finding;

check! {
    /// Work that waited in a queue now waits in the memory of the process, or does not wait at all.
    ///
    /// ## What it does
    /// Speaks when the setting of a queue names a store no longer, but the process itself: Rails'
    /// `queue_adapter = :async` or `:inline`, Laravel's `sync`, Symfony's `sync://` and
    /// `in-memory://`, Celery's `task_always_eager`.
    ///
    /// ## Why it matters
    /// Each deploy and each crash loses what was still to do, and what fails is not tried again.
    /// Nothing shows that mails, invoices or payments are missing.
    ///
    /// ## Example
    /// ```ruby
    /// config.active_job.queue_adapter = :async # was: :sidekiq
    /// ```
    ///
    /// ## Instead
    /// Keep the queue in a store that outlives the process, and use this for development and tests.
    "production/queue-in-memory", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    const MENTIONS: &[&str] = &[
        "queue_adapter",
        "QUEUE_CONNECTION",
        "QUEUE_DRIVER",
        "MESSENGER_TRANSPORT_DSN",
        "transports",
        "always_eager",
        "ALWAYS_EAGER",
    ];
    for file in context.files {
        let read = file.class == Class::Source && file.before.exists && file.after.exists;
        if !read || unreadable(file) || local(&file.path) || !mentions(file, MENTIONS) {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            for (was, is) in compare_in(file, before, after).changed {
                if !forgets(is) || forgets(was) || was.value.is_empty() {
                    continue;
                }
                let name = is.dotted();
                let name = name.trim_start_matches('.');
                found.push(
                    Finding::new(file, name, format!("{name} {}", is.value))
                        .before(was.line, file.before.line(was.line))
                        .after(is.line, file.after.line(is.line))
                        .says(
                            format!(
                                "Work that is put off was kept in a store (`{name}`: `{}`), and now only in the process itself (`{}`). A deploy or a crash loses what was still to do, and nothing is tried again.",
                                was.value, is.value
                            ),
                            "Keep the queue in a store that outlives the process.",
                        ),
                );
            }
        }
    }
}

/// Whether a setting says that work is kept in no store.
fn forgets(setting: &Setting) -> bool {
    let path = setting.dotted().to_ascii_lowercase();
    let value = setting
        .value
        .trim_matches(['"', '\'', ':'])
        .to_ascii_lowercase();
    let key = path.rsplit('.').next().unwrap_or_default();
    match key {
        "queue_adapter" => matches!(value.as_str(), "async" | "inline"),
        "queue_connection" | "queue_driver" => value == "sync",
        "task_always_eager" | "celery_task_always_eager" | "celery_always_eager" => on(&value),
        _ => {
            let transport = path.contains("messenger") && path.contains("transport");
            transport && (value.starts_with("sync://") || value.starts_with("in-memory://"))
        }
    }
}
