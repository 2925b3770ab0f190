use crate::change::Class;
use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::checks::production::public_exposure::resource;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{
    self, Purpose, compare_in, holds, local, nearest, off, on, unreadable,
};
use crate::review::infrastructure::safeguard::kept;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// Backups, snapshots or old versions are no longer kept, or for a shorter time.
    ///
    /// ## What it does
    /// Speaks when the last snapshot before a deletion is skipped, when backups or versions are
    /// switched off, put to sleep or no longer taken, when a rule that deletes what is old is about all of
    /// it where it was about a part, when the list of what they hold is emptied, and when a time for
    /// which they are kept becomes zero. A shorter time is recorded; it speaks where backups, audit
    /// logs or books are kept for a quarter of the time or less, in settings and in code.
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
        match purpose {
            Purpose::Manifest => kept::asleep(file, &deltas, found),
            Purpose::Terraform | Purpose::CloudTemplate => {
                kept::expiry(context, file, purpose, found);
            }
            _ => {}
        }
        for (was, is) in &deltas.changed {
            if let Some(words) = weaker(was, is) {
                let sure = !shorter(was, is) || much_shorter(file, was, is);
                tell(file, purpose, was, Some(is), words, sure, found);
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
        kept_in_code(file, found);
        in_code(file, found);
    }
}

/// Times for which something is kept that stand in code: `AUDIT_RETENTION = Duration.ofDays(2555)`.
fn kept_in_code(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let words = ["etention", "etain", "RETAIN", "RETENTION", "eep"];
    if local(&file.path) || unreadable(file) || !mentions(file, &words) {
        return;
    }
    for (was, is) in compare_in(file, literals(&file.before), literals(&file.after)).changed {
        let (Some(old), Some(new)) = (days(was), days(is)) else {
            continue;
        };
        if !keeps(is) || new >= old || new <= 0.0 {
            continue;
        }
        let symbol = is.path.first().map_or("", SmolStr::as_str);
        let named = name(is);
        found.push(
            Finding::new(file, symbol, format!("{named} shorter"))
                .before(was.line, file.before.line(was.line))
                .after(is.line, file.after.line(is.line))
                .says(
                    format!("`{named}` was {} and is now {}: what is kept for that time is deleted sooner, and cannot be restored.", was.value, is.value),
                    "Make sure that no law or contract asks for the longer time, and that a copy is kept elsewhere.",
                )
                .speaks_if(much_shorter(file, was, is)),
        );
    }
}

/// Whether what has to be kept, such as an audit log or the books, is kept for a quarter of the
/// time at most.
fn much_shorter(file: &FilePair<'_>, was: &Setting, is: &Setting) -> bool {
    let said = words(&format!("{} {}", file.path, is.dotted()));
    let matters = said.iter().any(|it| {
        matches!(
            it.as_str(),
            "accounting"
                | "archive"
                | "audit"
                | "audits"
                | "backup"
                | "backups"
                | "compliance"
                | "consent"
                | "evidence"
                | "invoice"
                | "invoices"
                | "journal"
                | "ledger"
                | "legal"
                | "pitr"
                | "snapshot"
                | "snapshots"
                | "tax"
        )
    });
    let far = matches!((days(was), days(is)), (Some(old), Some(new)) if new * 4.0 <= old);
    matters && far
}

/// The last part of a path that names something: a called function says only the unit.
fn name(setting: &Setting) -> &str {
    let unit = |it: &str| {
        let found = words(it);
        found.len() < 3
            && found.iter().any(|it| UNITS.iter().any(|unit| unit.0 == it))
            && !found
                .iter()
                .any(|it| it == "retention" || it == "retain" || it == "keep")
    };
    let mut names = setting.path.iter().rev().map(SmolStr::as_str);
    names.find(|it| !unit(it)).unwrap_or_default()
}

/// Whether a value in code says how long something is kept.
fn keeps(setting: &Setting) -> bool {
    let found = words(name(setting));
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let time = any(&["days", "months", "weeks", "years", "for"]);
    any(&["retention", "retain", "retained", "retains"]) || any(&["keep", "kept"]) && time
}

/// Units of time, in days.
const UNITS: &[(&str, f64)] = &[
    ("year", 365.0),
    ("years", 365.0),
    ("month", 30.0),
    ("months", 30.0),
    ("week", 7.0),
    ("weeks", 7.0),
    ("day", 1.0),
    ("days", 1.0),
    ("hour", 1.0 / 24.0),
    ("hours", 1.0 / 24.0),
];

/// The time that a value says, in days where a unit stands in it or in its name: `90d`, `P7Y`,
/// `Duration.ofDays(365 * 7)`, `7.years`.
fn days(setting: &Setting) -> Option<f64> {
    let value = setting.value.as_str();
    let mut product = None;
    for part in value.split(|it: char| !it.is_ascii_digit() && it != '_') {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse::<f64>() {
            product = Some(product.unwrap_or(1.0) * number);
        }
    }
    let said = words(value)
        .into_iter()
        .chain(setting.path.iter().rev().flat_map(|it| words(it)));
    let mut said = said.filter_map(|it| UNITS.iter().find(|unit| unit.0 == it).map(|it| it.1));
    let letter = value.trim_end().chars().last().filter(|_| value.len() < 8);
    let unit = match letter.map(|it| it.to_ascii_lowercase()) {
        Some('y') => 365.0,
        Some('w') => 7.0,
        Some('h') => 1.0 / 24.0,
        Some('m') if value.starts_with('P') => 30.0,
        _ => said.next().unwrap_or(1.0),
    };
    product.map(|it| it * unit)
}

/// What becomes of a backup, in words; none where it is kept as before.
fn weaker(was: &Setting, is: &Setting) -> Option<&'static str> {
    let key = is.key();
    if key == "skip_final_snapshot" || key == "delete_automated_backups" {
        return (on(&is.value) && off(&was.value)).then_some("will not be taken");
    }
    let key = is.key().to_ascii_lowercase();
    let copies = (key.contains("archive") || key.contains("backup") || key.contains("export"))
        && key.contains("before");
    if (about(is) || copies) && on(&was.value) && off(&is.value) {
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
        && matches!((days(was), days(is)), (Some(old), Some(new)) if new < old && new > 0.0)
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
        && [
            "archive",
            "audit",
            "backup",
            "invoice",
            "ledger",
            "log",
            "pitr",
            "record",
            "retention_period",
            "snapshot",
        ]
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
