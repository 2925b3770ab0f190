//! The policy in force, for people and for programs.

use serde::Serialize;

use crate::policy::{Date, Policy, Setting, SettingValue};

/// The version of the JSON. It grows only when a reader would break.
const SCHEMA: u32 = 1;

/// Values up to this width keep the column of sources straight.
const VALUE_WIDTH: usize = 32;

/// Where a policy was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: String,
    /// The full id of its commit; none for a file that was named.
    pub commit: Option<String>,
    /// Whether that commit is the base of the current branch, so that reviews of it follow this.
    pub is_base: bool,
}

/// Every key, its value, and where that comes from.
pub fn text(policy: &Policy, origin: &Origin, today: Date) -> String {
    let Origin { file, is_base, .. } = origin;
    let place = match &origin.commit {
        Some(id) => {
            let id: String = id.chars().take(12).collect();
            format!(" at {}{id}", if *is_base { "base " } else { "" })
        }
        None => String::new(),
    };
    let mut out = match policy.is_from_file() {
        true => format!("The policy of {file}{place}.\n\n"),
        false => format!("There is no {file}{place}; the defaults are in force.\n\n"),
    };
    let settings = policy.settings(today);
    let key_width = settings.iter().map(|one| one.key.len()).max().unwrap_or(0);
    for setting in &settings {
        let source = match setting.line {
            Some(line) => format!("{file}:{line}"),
            None => "default".to_owned(),
        };
        let (first, rest) = lines(setting);
        out.push_str(&format!(
            "{:key_width$}  {first:VALUE_WIDTH$}  {source}\n",
            setting.key
        ));
        for line in rest {
            out.push_str(&format!("{:key_width$}  {line}\n", ""));
        }
    }
    out
}

/// The same as JSON: `schema`, `file` (none without one), `commit` and `settings`; it ends in a
/// line break.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn json(policy: &Policy, origin: &Origin, today: Date) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct InForce<'a> {
        schema: u32,
        file: Option<&'a str>,
        commit: Option<&'a str>,
        settings: Vec<Setting>,
    }
    let in_force = InForce {
        schema: SCHEMA,
        file: policy.is_from_file().then_some(&origin.file),
        commit: origin.commit.as_deref(),
        settings: policy.settings(today),
    };
    Ok(serde_json::to_string_pretty(&in_force)? + "\n")
}

/// The first line of a value, which stands beside its key, and those under it.
fn lines(setting: &Setting) -> (&str, Vec<String>) {
    match &setting.value {
        SettingValue::Word(word) => (word, Vec::new()),
        SettingValue::List(list) => match list.split_first() {
            Some((first, rest)) => (first, rest.to_vec()),
            None if setting.key == "paths.include" => ("everything", Vec::new()),
            None => ("none", Vec::new()),
        },
        SettingValue::Suppression {
            check,
            paths,
            symbol,
            reason,
            until,
            ended,
        } => {
            let mut rest: Vec<String> = paths.iter().map(|path| format!("  in {path}")).collect();
            rest.extend(symbol.iter().map(|symbol| format!("  in {symbol}")));
            rest.extend(until.iter().map(|day| match ended {
                true => format!("  until {day}, which is over"),
                false => format!("  until {day}"),
            }));
            rest.push(format!("  because: {reason}"));
            (check, rest)
        }
    }
}
