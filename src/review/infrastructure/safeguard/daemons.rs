//! Servers that keep data or let people in, by their own files and by how they are started.

use super::{name, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, example, holds, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// A line of a server's file that lets in more than another.
struct Line {
    /// What the name of the file holds.
    file: &'static str,
    /// The directive, in small letters.
    key: &'static str,
    /// Values that are lax.
    lax: &'static [&'static str],
    /// Whether it is lax where the line is not there.
    absent: bool,
    lost: &'static str,
}

const LINES: &[Line] = &[
    Line {
        file: "redis",
        key: "protected-mode",
        lax: &["no"],
        absent: false,
        lost: "answered its own machine only where no password is set, and now answers everybody",
    },
    Line {
        file: "redis",
        key: "requirepass",
        lax: &["\"\"", ""],
        absent: true,
        lost: "asked for a password, and no longer does",
    },
    Line {
        file: "sshd_config",
        key: "permitrootlogin",
        lax: &["yes"],
        absent: false,
        lost: "let nobody sign in as root with a password, and now does",
    },
    Line {
        file: "sshd_config",
        key: "passwordauthentication",
        lax: &["yes"],
        absent: true,
        lost: "let people in by their key only, and now by a password as well",
    },
    Line {
        file: "sshd_config",
        key: "permitemptypasswords",
        lax: &["yes"],
        absent: false,
        lost: "let nobody in without a password, and now does",
    },
    Line {
        file: "mosquitto",
        key: "allow_anonymous",
        lax: &["true"],
        absent: false,
        lost: "asked who it is, and now lets in everybody",
    },
    Line {
        file: "postgresql",
        key: "ssl",
        lax: &["off", "no", "false"],
        absent: true,
        lost: "took encrypted connections, and now all of them are in the clear",
    },
];

/// Looks at files of servers, and at what starts them.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        if file.before.exists
            && file.after.exists
            && !local(&file.path)
            && !example(&file.path)
            && file.before.text != file.after.text
        {
            lines(file, out);
            trusts(file, out);
            headers(context, file, out);
        }
    }
    let wanted = |it| matches!(it, Purpose::Compose | Purpose::Manifest);
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if !local(&file.path) {
            started(file, purpose, &deltas, out);
        }
    }
}

fn called<'f>(file: &'f FilePair<'_>) -> &'f str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

/// The last value of a directive, and its line.
fn last<'a>(text: &'a str, key: &str) -> Option<(&'a str, u32)> {
    let mut found = None;
    for (line, number) in text.lines().zip(1..) {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let (first, rest) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
        if first.trim().eq_ignore_ascii_case(key) {
            found = Some((rest.trim_matches([' ', '\t', '=']), number));
        }
    }
    found
}

fn lines(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let called = called(file);
    // Programs may have such names as well.
    let own = called.contains(".conf") || called.starts_with("sshd_config");
    for rule in LINES.iter().filter(|it| own && file.path.contains(it.file)) {
        let was = last(file.before.text, rule.key);
        let is = last(file.after.text, rule.key);
        let lax = |it: Option<(&str, u32)>| {
            it.map_or(rule.absent, |it| {
                rule.lax.contains(&it.0.to_ascii_lowercase().as_str())
            })
        };
        let included = file.after.text.matches("include").count()
            > file.before.text.matches("include").count();
        if lax(was) || !lax(is) || included {
            continue;
        }
        let mut finding = Finding::new(file, rule.key, format!("{} weaker", rule.key)).says(
            format!(
                "{called} {} (`{}`). Whatever reaches the server can try to get in.",
                rule.lost, rule.key
            ),
            "Keep it as it was, or say in this change what keeps people out instead.",
        );
        if let Some((_, line)) = was {
            finding = finding.before(line, file.before.line(line));
        }
        finding = match is {
            Some((_, line)) => finding.after(line, file.after.line(line)),
            None => finding.near(1),
        };
        out.push(finding);
    }
}

/// Headers that Apache and Caddy send, and that tell browsers to protect the visitor.
const HEADERS: &[&str] = &[
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
];

/// Those that no line sends any more. What nginx sends goes by blocks, and is looked at there.
fn headers(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let server = settings::purpose(file) == Some(Purpose::WebServer);
    if !server || file.before.text.contains("add_header") {
        return;
    }
    let sends = |text: &str, header: &str| -> Option<u32> {
        let found = text.lines().zip(1..).find(|(line, _)| {
            let line = line.trim().to_ascii_lowercase();
            !line.starts_with('#') && line.starts_with("header") && line.contains(header)
                || line.starts_with(header)
        });
        found.map(|it| it.1)
    };
    for header in HEADERS {
        let mentioned = |text: &str| text.to_ascii_lowercase().contains(header);
        let moved = context.files.iter().any(|it| mentioned(it.after.text));
        let imports = |text: &str| {
            let lines = text.lines().map(str::trim);
            let named = |it: &&str| {
                it.to_ascii_lowercase().starts_with("import ")
                    || it.to_ascii_lowercase().starts_with("include")
            };
            lines.filter(named).count()
        };
        let Some(line) = sends(file.before.text, header).filter(|_| !moved) else {
            continue;
        };
        if imports(file.after.text) > imports(file.before.text) || file.after.text.trim().is_empty()
        {
            continue;
        }
        let which = called(file);
        out.push(
            Finding::new(file, which, format!("no {header}"))
                .before(line, file.before.line(line))
                .near(line)
                .says(
                    format!("Answers no longer carry `{header}`. Browsers stop protecting the visitor: pages can be framed, scripts run, or the connection be led to where others read along."),
                    "Keep the header, or say what sends it now.",
                ),
        );
        return;
    }
}

/// Lines by which PostgreSQL lets people in from other machines without asking for anything.
fn trusts(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    if !called(file).starts_with("pg_hba") {
        return;
    }
    let open = |text: &str| -> Vec<(String, u32)> {
        let lines = text.lines().zip(1..);
        let words = lines.map(|(line, at)| (line.split_whitespace().collect::<Vec<_>>(), at));
        words
            .filter(|(it, _)| {
                it.first().is_some_and(|it| it.starts_with("host"))
                    && it.last() == Some(&"trust")
                    && !it.iter().any(|it| {
                        it.starts_with("127.") || it.starts_with("::1") || *it == "localhost"
                    })
            })
            .map(|(it, at)| (it.join(" "), at))
            .collect()
    };
    let before = open(file.before.text);
    if let Some((line, at)) = open(file.after.text)
        .into_iter()
        .find(|it| !before.iter().any(|was| was.0 == it.0))
    {
        out.push(Finding::new(file, "pg_hba", format!("trust {line}")).after(at, file.after.line(at)).says(
            "The database lets people in from other machines without a password (`trust`). Whatever reaches it can read and change everything in it.",
            "Ask for a password (`scram-sha-256`), or allow the socket of the machine alone.",
        ));
    }
}

/// The service or container whose command a setting is a part of.
fn command(setting: &Setting) -> Option<&[SmolStr]> {
    let at = setting
        .path
        .iter()
        .position(|it| it == "command" || it == "args")?;
    setting.path.get(..at).filter(|it| it.len() > 1)
}

/// Options that ask for a password, gone from the command that starts a store.
fn started(file: &FilePair<'_>, purpose: Purpose, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let said = |side: &[Setting], of: &[SmolStr]| -> String {
        let own = side.iter().filter(|it| command(it) == Some(of));
        own.map(|it| it.value.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let gone = deltas.removed.iter().copied().map(|it| (it, None));
    let changed = deltas.changed.iter().map(|(was, is)| (*was, Some(*is)));
    for (was, is) in gone.chain(changed) {
        let Some(of) = command(was) else { continue };
        let after = &file.after.settings;
        let (old, new) = (said(&file.before.settings, of), said(after, of));
        let lost = ["--requirepass", "--auth", "--aclfile"]
            .iter()
            .find(|it| old.split_whitespace().any(|word| word == **it) && !new.contains(**it));
        let store = ["redis", "valkey", "mongo", "keydb"]
            .iter()
            .any(|it| old.contains(it));
        // A file of its own may say so now.
        let other = new.contains(".conf") && !old.contains(".conf") || new.contains("--config");
        let (Some(option), true, false, true) = (lost, store, other, holds(after, of)) else {
            continue;
        };
        let passed = after
            .iter()
            .any(|it| it.path.starts_with(of) && it.path.iter().any(|it| it.contains("PASSWORD")));
        if passed {
            continue;
        }
        let which = match purpose {
            Purpose::Compose => name(purpose, was),
            _ => of.last().map_or_else(String::new, ToString::to_string),
        };
        out.push(shown(file, &which, format!("{option} gone"), Some(was), is).says(
            format!("{which} was started so that it asks for a password (`{option}`), and no longer is. Whatever reaches it can read and change everything in it."),
            "Put the password back, or say in this change what keeps people out instead.",
        ));
        return;
    }
}
