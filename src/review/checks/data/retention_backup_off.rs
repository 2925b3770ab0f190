use crate::change::Class;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::checks::production::public_exposure::resource;
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::literals::{literals, mentions};
use crate::review::settings::{self, Purpose, holds, local, nearest, off, on, unreadable};

check! {
    /// Backups, snapshots or old versions are no longer kept, or for a shorter time.
    ///
    /// ## What it does
    /// Speaks when the last snapshot before a deletion is skipped, when backups or versions are
    /// switched off or no longer taken, when the list of what they hold is emptied, and when a time for
    /// which they are kept becomes zero. A shorter time is recorded.
    ///
    /// ## Why it matters
    /// If something goes wrong, there is nothing to restore, and it is noticed only then.
    ///
    /// ## Example
    /// ```hcl
    /// skip_final_snapshot = true   # was: false
    /// ```
    ///
    /// ## Instead
    /// Keep them, and delete old ones by age.
    "data/retention-backup-off", Data, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, purpose, deltas) in settings::changed(context, |it| it != Purpose::Workflow) {
        if local(&file.path) {
            continue;
        }
        for (was, is) in &deltas.changed {
            if let Some(words) = weaker(was, is) {
                let zero = !shorter(was, is);
                tell(file, purpose, was, Some(is), words, zero, found);
            }
        }
        for was in &deltas.removed {
            let around = was.around();
            let switched = kept(was);
            let still = match purpose {
                Purpose::Terraform => {
                    holds(&file.after.settings, &was.path[..was.path.len().min(3)])
                }
                _ => !around.is_empty() && holds(&file.after.settings, around),
            };
            if switched && still {
                tell(
                    file,
                    purpose,
                    was,
                    None,
                    "is no longer said to be kept",
                    true,
                    found,
                );
            }
        }
        for is in &deltas.added {
            let known = holds(&file.before.settings, &is.path[..is.path.len().min(3)]);
            if is.key() == "skip_final_snapshot" && on(&is.value) && known {
                tell(
                    file,
                    purpose,
                    is,
                    Some(is),
                    "will not be taken",
                    true,
                    found,
                );
            }
        }
    }
    for file in context.files {
        scheduled(context, file, found);
        in_code(file, found);
    }
}

/// What becomes of a backup, in words; none where it is kept as before.
fn weaker(was: &Setting, is: &Setting) -> Option<&'static str> {
    let key = is.key();
    if key == "skip_final_snapshot" || key == "delete_automated_backups" {
        return (on(&is.value) && off(&was.value)).then_some("will not be taken");
    }
    if about(is) && on(&was.value) && off(&is.value) {
        return Some("is switched off");
    }
    if key == "status" && about(is) && was.value == "Enabled" && is.value != "Enabled" {
        return Some("is switched off");
    }
    if kept_for(is) && number(is) == Some(0.0) && number(was) > Some(0.0) {
        return Some("is kept for no time at all");
    }
    shorter(was, is).then_some("is kept for a shorter time")
}

fn shorter(was: &Setting, is: &Setting) -> bool {
    kept_for(is)
        && matches!((number(was), number(is)), (Some(old), Some(new)) if new < old && new > 0.0)
}

fn number(setting: &Setting) -> Option<f64> {
    setting
        .value
        .trim_end_matches(|it: char| it.is_alphabetic())
        .parse()
        .ok()
}

/// Whether a setting switches something on that can be restored from.
fn about(setting: &Setting) -> bool {
    let path = setting.dotted().to_ascii_lowercase();
    let named = ["backup", "snapshot", "point_in_time", "pitr", "versioning"]
        .iter()
        .any(|it| path.contains(it));
    let switch = matches!(
        setting.key(),
        "enabled"
            | "status"
            | "enable"
            | "create"
            | "active"
            | "point_in_time_recovery"
            | "backup"
            | "backups"
            | "versioning"
            | "copy_tags_to_snapshot"
            | "binary_log_enabled"
    );
    named && switch
}

fn kept_for(setting: &Setting) -> bool {
    let key = setting.key().to_ascii_lowercase();
    let path = setting.dotted().to_ascii_lowercase();
    let keeps = key.starts_with("keep") && (key.contains("backup") || key.contains("snapshot"));
    (key.contains("retention") || key.contains("retain") || key == "keep_days" || keeps)
        && ["backup", "snapshot", "log", "retention_period", "pitr"]
            .iter()
            .any(|it| path.contains(it))
}

fn kept(setting: &Setting) -> bool {
    about(setting) && on(&setting.value)
        || setting.key() == "skip_final_snapshot" && off(&setting.value)
        || setting.key() == "backup_retention_period" && number(setting) > Some(0.0)
}

fn tell(
    file: &FilePair<'_>,
    purpose: Purpose,
    was: &Setting,
    is: Option<&Setting>,
    words: &str,
    speaks: bool,
    found: &mut Vec<Finding>,
) {
    let name = match purpose {
        Purpose::Terraform => resource(was),
        _ => was.around().join(".").trim_start_matches('.').to_owned(),
    };
    let mut finding = Finding::new(file, &name, format!("{} weaker", was.key()))
        .speaks_if(speaks)
        .says(
            format!(
                "A copy of {name} to fall back on (`{}`) {words}. If it is lost or broken, there may be \
                 nothing to restore.",
                was.key()
            ),
            "Keep backups and the last snapshot, and try once a restore from them.",
        );
    if !is.is_some_and(|is| std::ptr::eq(is, was)) {
        finding = finding.before(was.line, file.before.code(&was.span));
    }
    match is {
        Some(is) => finding = finding.after(is.line, file.after.code(&is.span)),
        None => finding.line = nearest(&file.after.settings, &was.path),
    }
    found.push(finding);
}

/// Backups that are set up in code: Spatie's `config/backup.php`, a gem's configuration.
fn in_code(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let about_backups = |text: &str| text.to_ascii_lowercase().contains("backup");
    if file.class != Class::Source
        || !file.before.exists
        || !file.after.exists
        || !settings::configures(&file.path) && !about_backups(&file.path)
        || !mentions(file, &["ackup", "BACKUP"])
        || unreadable(file)
        || local(&file.path)
    {
        return;
    }
    let (before, after) = (literals(&file.before), literals(&file.after));
    let deltas = settings::compare_in(file, before, after);
    let within = |it: &Setting| about_backups(&it.dotted()) || about_backups(&file.path);
    let purpose = Purpose::Application;
    for was in deltas.removed.iter().filter(|it| within(it)) {
        // `'databases' => ['mysql']` that is `[]` now.
        let list = was.around();
        let source = list.last().is_some_and(|it| {
            matches!(
                it.as_str(),
                "databases" | "database" | "tables" | "include" | "paths" | "volumes"
            )
        });
        let around = list.split_last().map_or(&[][..], |it| it.1);
        if source && was.value == *was.key() && !holds(after, list) && holds(after, around) {
            let name = list.join(".");
            let name = name.trim_start_matches('.');
            let mut finding = Finding::new(file, name, format!("{name} empty"))
                .before(was.line, &format!("{name}: {}", was.value))
                .says(
                    format!(
                        "Backups held what `{name}` lists (`{}`), and the list is empty now. If it is lost or broken, there may be nothing to restore.",
                        was.value
                    ),
                    "Keep it in the backup, or say what makes copies of it now.",
                );
            finding.line = nearest(after, list);
            found.push(finding);
        }
    }
    for (was, is) in deltas.changed.iter().filter(|(_, is)| within(is)) {
        if let Some(words) = weaker(was, is) {
            tell(
                file,
                purpose,
                was,
                Some(is),
                words,
                !shorter(was, is),
                found,
            );
        }
    }
}

/// A job that made backups, and is no more.
fn scheduled(context: &Context<'_>, file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let Some(purpose) = settings::purpose(file) else {
        return;
    };
    if local(&file.base_path) || settings::unreadable(file) {
        return;
    }
    let names = |settings: &[Setting]| -> Vec<String> {
        settings
            .iter()
            .filter_map(|it| match purpose {
                Purpose::Manifest => it.path.first().filter(|name| name.starts_with("CronJob/")),
                Purpose::Workflow => it.path.get(1).filter(|_| it.path[0] == "jobs"),
                Purpose::Compose => it.path.get(1).filter(|_| it.path[0] == "services"),
                _ => None,
            })
            .filter(|name| name.to_ascii_lowercase().contains("backup"))
            .map(ToString::to_string)
            .collect()
    };
    let mut gone = names(&file.before.settings);
    gone.dedup();
    for name in gone {
        let short = name.rsplit('/').next().unwrap_or(&name);
        if context.files.iter().any(|it| it.after.text.contains(short)) {
            continue;
        }
        found.push(
            Finding::new(file, &name, "backup job removed")
                .before(1, &name)
                .says(
                    format!("{name}, which made backups, is gone, and nothing in this change takes its place."),
                    "Say what makes the backups now, and when one was last restored.",
                ),
        );
    }
}
