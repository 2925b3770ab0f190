use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, off, on, unreadable};
use crate::review::infrastructure::commands::aside;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::BTreeMap;

check! {
    /// Machines are set up with less care: secrets are shown, checks are off, rights are wider.
    ///
    /// ## What it does
    /// Reads lists of tasks as Ansible has them. Speaks when a task with secrets no longer hides what
    /// it does (`no_log`), when certificates, signatures, checksums or host keys are no longer
    /// checked, when a failure no longer stops it, when files with secrets may be read, or any file
    /// changed, by every user, when everybody may become root without a password, and when a rolling
    /// deployment takes all machines at once.
    ///
    /// ## Why it matters
    /// It is done on every machine in one go, and shows only when somebody uses it.
    ///
    /// ## Example
    /// ```yaml
    /// - name: Write the database password
    ///   copy: …
    ///   no_log: true   # gone
    /// ```
    ///
    /// ## Instead
    /// Keep what protects on the one task that needs it.
    "production/provisioning-weakened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.before.exists || !file.after.exists || unreadable(file) || aside(&file.path) {
            continue;
        }
        if file.path.ends_with("ansible.cfg") {
            host_keys(file, found);
            continue;
        }
        // A file that is for something else is no list of tasks.
        let other = !matches!(
            settings::purpose(file),
            None | Some(settings::Purpose::Application)
        );
        if other {
            continue;
        }
        let (old, new) = (tasks(&file.before.settings), tasks(&file.after.settings));
        if old.is_empty() || new.is_empty() {
            continue;
        }
        hidden(file, &old, &new, found);
        for (name, task) in &new {
            let was = old.get(name);
            weakened(file, name, was, task, found);
        }
        rolling(file, found);
    }
}

/// The tasks of a file by their names, each with its settings.
type Tasks<'a> = BTreeMap<&'a str, Vec<&'a Setting>>;

/// Keys that only tasks and plays have.
const MODULES: &[&str] = &[
    "template",
    "copy",
    "file",
    "shell",
    "command",
    "user",
    "apt",
    "yum",
    "dnf",
    "get_url",
    "uri",
    "service",
    "systemd",
    "lineinfile",
    "git",
    "package",
    "unarchive",
    "set_fact",
    "include_tasks",
    "import_tasks",
    "debug",
    "mysql_user",
    "postgresql_user",
    "community",
];

fn tasks(settings: &[Setting]) -> Tasks<'_> {
    let mut out: Tasks<'_> = BTreeMap::new();
    for setting in settings {
        let module = |key: &SmolStr| {
            key.starts_with("ansible.builtin.")
                || key.starts_with("community.")
                || MODULES.contains(&key.as_str())
        };
        let Some(at) = setting.path.iter().skip(1).position(module) else {
            continue;
        };
        let Some(name) = setting.path.get(at) else {
            continue;
        };
        // What a task says beside its module stands at the same depth.
        let around = setting.path.get(..=at).unwrap_or_default();
        let known = out.contains_key(name.as_str());
        if !known {
            let whole = settings
                .iter()
                .filter(|it| it.path.starts_with(around))
                .collect();
            out.insert(name, whole);
        }
    }
    out
}

/// Whether a task has to do with secrets.
fn secret(task: &[&Setting]) -> bool {
    task.iter().any(|it| {
        let words = words(&format!("{} {}", it.dotted(), it.value));
        words.iter().any(|it| {
            matches!(
                it.as_str(),
                "password"
                    | "passwords"
                    | "secret"
                    | "secrets"
                    | "token"
                    | "credential"
                    | "credentials"
                    | "vault"
                    | "passphrase"
                    | "env"
            )
        })
    })
}

fn says(task: &[&Setting], key: &str, yes: bool) -> Option<u32> {
    let value =
        |it: &&&Setting| it.key() == key && if yes { on(&it.value) } else { off(&it.value) };
    task.iter().find(value).map(|it| it.line)
}

/// Tasks that no longer hide what they do.
fn hidden(file: &FilePair<'_>, old: &Tasks<'_>, new: &Tasks<'_>, found: &mut Vec<Finding>) {
    let shut = |it: &Setting| it.key() == "no_log" && !off(&it.value);
    let hides = |task: &[&Setting]| task.iter().find(|it| shut(it)).map(|it| it.line);
    let count = |tasks: &Tasks<'_>| tasks.values().filter(|it| hides(it).is_some()).count();
    if count(new) >= count(old) {
        return;
    }
    // What a task writes or sets tells it apart under another name.
    let marks = |task: &[&Setting]| -> Vec<String> {
        let keys = |it: &&&Setting| {
            matches!(
                it.key(),
                "src" | "dest" | "path" | "name" | "url" | "content" | "loop" | "value"
            )
        };
        let values = task.iter().filter(keys).map(|it| &it.value);
        values
            .filter_map(|it| {
                let name = it.rsplit('/').next().unwrap_or(it).trim_end_matches(".j2");
                (name.len() > 3 && !name.contains("item")).then(|| name.to_owned())
            })
            .collect()
    };
    for (name, was) in old {
        let Some(line) = hides(was).filter(|_| secret(was)) else {
            continue;
        };
        let same = new.get(name).filter(|it| hides(it).is_none());
        let marked = marks(was);
        // The same file or user, in a task that does not hide what it does.
        let found_again = || {
            new.iter().find(|(other, task)| {
                !old.contains_key(*other)
                    && hides(task).is_none()
                    && task
                        .iter()
                        .any(|it| marked.iter().any(|mark| it.value.contains(mark.as_str())))
            })
        };
        let again = same.map(|task| (*name, task)).or_else(|| {
            (!new.contains_key(name))
                .then(found_again)
                .flatten()
                .map(|(name, task)| (*name, task))
        });
        let Some((now, task)) = again else { continue };
        // The play, or the block around it, hides it with the others.
        let around = |it: &Setting| {
            let first = task.first();
            shut(it) && first.is_some_and(|task| task.path.starts_with(it.around()))
        };
        if file.after.settings.iter().any(around) {
            continue;
        }
        found.push(
            Finding::new(file, now, format!("shows {name}"))
                .before(line, "no_log: true")
                .near(task.first().map_or(1, |it| it.line))
                .says(
                    format!("What the task \"{name}\" does was kept out of the log, and now is shown there with the secrets that it writes. Logs are read by more people, and kept longer, than secrets should be."),
                    "Put `no_log: true` back.",
                ),
        );
    }
}

/// A key with a value that switches a check off, and what that means.
fn unchecked(setting: &Setting) -> Option<&'static str> {
    let value = &setting.value;
    Some(match setting.key() {
        "validate_certs" | "tls_verify" if off(value) => "no longer checks whom it talks to",
        "disable_gpg_check" | "allow_unauthenticated" | "force_apt_get_unauthenticated"
            if on(value) =>
        {
            "now takes packages that nobody has signed"
        }
        "gpgcheck" if off(value) => "now takes packages that nobody has signed",
        "accept_hostkey" if on(value) => "now trusts whichever machine answers",
        _ => return None,
    })
}

/// What one task does with less care than before.
fn weakened(
    file: &FilePair<'_>,
    name: &str,
    was: Option<&Vec<&Setting>>,
    task: &[&Setting],
    found: &mut Vec<Finding>,
) {
    for setting in task {
        let before = was.and_then(|it| it.iter().find(|it| it.path == setting.path));
        let mut tell = |fact: &str, words: String, advice: &str| {
            let mut finding = Finding::new(file, name, fact)
                .after(setting.line, file.after.line(setting.line))
                .says(words, advice);
            if let Some(before) = before {
                finding = finding.before(before.line, file.before.line(before.line));
            }
            found.push(finding);
        };
        if let Some(words) = unchecked(setting)
            && before.and_then(|it| unchecked(it)).is_none()
            && was.is_some()
        {
            tell(
                setting.key(),
                format!(
                    "The task \"{name}\" {words}. Whoever is in between can put their own in its place, on every machine that is set up."
                ),
                "Check again, with the certificate or key of that place.",
            );
        } else if setting.key() == "mode"
            && let Some(old) = before.and_then(|it| mode(&it.value))
            && let Some(new) = mode(&setting.value)
        {
            let changeable = new & 0o002 != 0 && old & 0o002 == 0;
            let readable = new & 0o004 != 0 && old & 0o007 == 0 && secret(task);
            if changeable || readable {
                let what = if changeable { "change" } else { "read" };
                tell(
                    "mode",
                    format!(
                        "What the task \"{name}\" writes kept other users of the machine out (mode {old:04o}), and now lets them {what} it (mode {new:04o})."
                    ),
                    "Keep it to the user and the group that need it.",
                );
            }
        } else if all_of_it(&setting.value)
            && !file.before.settings.iter().any(|it| all_of_it(&it.value))
            && file
                .before
                .settings
                .iter()
                .any(|it| it.value.contains("NOPASSWD:"))
        {
            tell(
                "all as root",
                format!(
                    "The task \"{name}\" named the commands that may be run as root without a password, and now all of them may. Whoever gets into that account has the machine."
                ),
                "Name the commands that are needed.",
            );
        } else if setting.key() == "ignore_errors"
            && on(&setting.value)
            && was.is_some_and(|it| says(it, "ignore_errors", true).is_none())
            && matters(name)
        {
            tell(
                "ignore_errors",
                format!(
                    "Where the task \"{name}\" failed, the rest did not run, and now it goes on. What comes after it goes live all the same."
                ),
                "Let it stop, or say why it may fail and who looks at it.",
            );
        }
    }
    let checksum = |task: &[&Setting]| {
        task.iter()
            .find(|it| it.key() == "checksum" && it.path.len() > 2)
            .map(|it| it.line)
    };
    if let Some(line) = was.and_then(|it| checksum(it))
        && checksum(task).is_none()
        && task
            .iter()
            .any(|it| it.key() == "url" || it.key() == "src" && it.value.contains("://"))
    {
        found.push(
            Finding::new(file, name, "checksum gone")
                .before(line, file.before.line(line))
                .near(task.first().map_or(1, |it| it.line))
                .says(
                    format!("What the task \"{name}\" downloads had to have the right checksum, and now is taken as it comes. Something else in its place would be put on every machine."),
                    "Put `checksum:` back.",
                ),
        );
    }
}

/// Whether a task is one whose failure has to stop the rest.
fn matters(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "migrate"
                | "migration"
                | "migrations"
                | "backup"
                | "dump"
                | "snapshot"
                | "verify"
                | "check"
                | "validate"
                | "health"
                | "healthy"
                | "smoke"
                | "test"
                | "wait"
        )
    })
}

/// `0640`, `"0640"`, `u=rw,g=r`: the first two.
fn mode(value: &str) -> Option<u32> {
    let digits = value.strip_prefix("0o").unwrap_or(value);
    let plain =
        (3..=4).contains(&digits.len()) && digits.bytes().all(|it| (b'0'..=b'7').contains(&it));
    plain.then(|| u32::from_str_radix(digits, 8).ok()).flatten()
}

/// `deploy ALL=(ALL) NOPASSWD: ALL`
fn all_of_it(text: &str) -> bool {
    text.lines().any(|line| {
        line.split_once("NOPASSWD:")
            .is_some_and(|(_, rest)| rest.trim().split(',').any(|it| it.trim() == "ALL"))
    })
}

/// A deployment that took some machines at a time, and now takes all at once.
fn rolling(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let play = |settings: &'_ [Setting], key: &str| -> Option<(SmolStr, u32)> {
        let first = settings
            .iter()
            .find(|it| it.path.len() >= 2 && it.path.get(1).is_some_and(|it| it == key))?;
        Some((first.path.first()?.clone(), first.line))
    };
    let plays = |settings: &[Setting]| play(settings, "hosts").is_some();
    if !plays(&file.before.settings) || !plays(&file.after.settings) {
        return;
    }
    let Some((name, line)) = play(&file.before.settings, "serial") else {
        return;
    };
    let at = file
        .after
        .settings
        .iter()
        .find(|it| it.path.first() == Some(&name));
    if play(&file.after.settings, "serial").is_none()
        && let Some(at) = at
    {
        found.push(
            Finding::new(file, &name, "all machines at once")
                .before(line, file.before.line(line))
                .near(at.line)
                .says(
                    "This changed some machines at a time, and now changes all of them at once. Where the new release does not start, nothing is left that answers.",
                    "Put `serial:` back.",
                ),
        );
    }
}

/// `host_key_checking = False`
fn host_keys(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let unchecked = |settings: &'_ [Setting]| -> Option<u32> {
        let is = |it: &&Setting| it.key() == "host_key_checking" && off(&it.value);
        settings.iter().find(is).map(|it| it.line)
    };
    if let (None, Some(line)) = (
        unchecked(&file.before.settings),
        unchecked(&file.after.settings),
    ) {
        found.push(
            Finding::new(file, "host_key_checking", "host keys unchecked")
                .after(line, file.after.line(line))
                .says(
                    "The keys of the machines that are set up are no longer checked. Another machine can take the place of one, and gets the secrets that are written there.",
                    "Write the keys of the machines into `known_hosts`.",
                ),
        );
    }
}
