//! Commands as somebody would type them, wherever they stand: scripts, workflows, images, recipes.

use crate::facts::Language;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::{self, Purpose, example, unreadable};
use smol_str::SmolStr;

mod split;

/// One command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Command {
    /// What is set for it alone, or in place of a command: `NAME=value`.
    pub(crate) assigned: Vec<String>,
    /// Its words without quotes; the first is the program.
    pub(crate) words: Vec<String>,
    /// The program that takes what it prints.
    pub(crate) into: Option<String>,
    /// What stands before it: `if`, `while`; `cmd` or `entrypoint` where an image starts with it.
    pub(crate) keyword: String,
    /// The function that it stands in; empty at the top.
    pub(crate) function: String,
    /// The job, the stage or the task that it stands in; empty in a script.
    pub(crate) place: SmolStr,
    /// The line of its file, from 1.
    pub(crate) line: u32,
}

impl Command {
    /// The program without its folder.
    pub(crate) fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    /// Whether these words stand in it, one behind the other.
    pub(crate) fn says(&self, then: &[&str]) -> bool {
        then.is_empty() || self.words.windows(then.len()).any(|it| it == then)
    }

    /// Whether it is given an option, alone or with a value: `--wait`, `--wait=true`.
    pub(crate) fn option(&self, name: &str) -> bool {
        self.words.iter().any(|it| {
            it.strip_prefix(name).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('=') && !rest.ends_with("=false")
            })
        })
    }

    /// Whether it is given an option of one letter, alone or among others: `-k`, `-fsSk`.
    pub(crate) fn letter(&self, letter: char) -> bool {
        self.words.iter().skip(1).any(|it| {
            it.strip_prefix('-').is_some_and(|rest| {
                rest.contains(letter) && rest.chars().all(char::is_alphanumeric) && rest.len() <= 6
            })
        })
    }

    /// What it is about: the words of the program and of the first arguments that are no options.
    pub(crate) fn about(&self) -> Vec<String> {
        let plain = |it: &&String| {
            !it.starts_with(['-', '$'])
                && !it.contains(char::is_whitespace)
                && !it.contains('=')
                && !it.contains("://")
        };
        let named = self.words.iter().filter(plain).take(4);
        named.flat_map(|it| words(it)).collect()
    }

    /// As it is written, on one line.
    pub(crate) fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The commands of a file on both sides.
pub(crate) struct Commands<'a> {
    /// The file.
    pub(crate) file: &'a FilePair<'a>,
    /// Those before.
    pub(crate) before: Vec<Command>,
    /// Those after.
    pub(crate) after: Vec<Command>,
}

/// The commands of every file of a change that has any.
pub(crate) fn commands<'a>(context: &Context<'a>) -> Vec<Commands<'a>> {
    let files = context
        .files
        .iter()
        .filter(|it| !aside(&it.path) && !unreadable(it));
    let read = files.map(|file| Commands {
        file,
        before: of_side(file, &file.before),
        after: of_side(file, &file.after),
    });
    read.filter(|it| !it.before.is_empty() || !it.after.is_empty())
        .collect()
}

/// Whether what stands at a path runs on a developer's machine, or in something short-lived.
pub(crate) fn aside(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let mut found = path.split(['/', '.', '-', '_']);
    example(&path)
        || found.any(|it| {
            matches!(
                it,
                "dev"
                    | "develop"
                    | "development"
                    | "local"
                    | "devcontainer"
                    | "sandbox"
                    | "preview"
                    | "playground"
                    | "debug"
                    | "benchmark"
                    | "bench"
            )
        })
}

/// The commands of one side of a file.
fn of_side(file: &FilePair<'_>, side: &SideFacts<'_>) -> Vec<Command> {
    if !side.exists {
        return Vec::new();
    }
    if side.language == Some(Language::Shell) {
        return split::commands(side.text, 1);
    }
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if matches!(name, "Makefile" | "makefile" | "GNUmakefile") || name.ends_with(".mk") {
        return recipes(side.text);
    }
    let Some(purpose) = settings::purpose(file) else {
        // What sets up machines stands in lists of tasks.
        return held(&side.settings, tasks);
    };
    match purpose {
        Purpose::Workflow | Purpose::Action => held(&side.settings, |it| it.key() == "run"),
        Purpose::Automation => held(&side.settings, |it| {
            let script = |key: &SmolStr| {
                matches!(
                    key.as_str(),
                    "script"
                        | "before_script"
                        | "after_script"
                        | "run"
                        | "command"
                        | "commands"
                        | "bash"
                )
            };
            it.path.iter().any(script) && it.kind == ValueKind::Text
        }),
        Purpose::Dockerfile => image(&side.settings),
        Purpose::Dependencies => held(&side.settings, |it| {
            let developers = words(it.key()).iter().any(|it| {
                matches!(
                    it.as_str(),
                    "dev" | "test" | "tests" | "local" | "e2e" | "storybook" | "debug"
                )
            });
            name == "package.json"
                && !developers
                && it.path.first().is_some_and(|it| it == "scripts")
        }),
        Purpose::Compose | Purpose::Manifest | Purpose::ChartValues => held(&side.settings, |it| {
            let run = |key: &SmolStr| matches!(key.as_str(), "command" | "args" | "entrypoint");
            it.path.iter().any(run) && it.value.contains(' ')
        }),
        Purpose::Application => held(&side.settings, tasks),
        _ => Vec::new(),
    }
}

/// Whether a setting is what a task runs: `ansible.builtin.shell: …`.
fn tasks(setting: &Setting) -> bool {
    let module = |key: &str| matches!(key.rsplit('.').next(), Some("shell" | "command" | "raw"));
    let around = setting.around().last().map_or("", SmolStr::as_str);
    module(setting.key()) && setting.path.len() > 1 || setting.key() == "cmd" && module(around)
}

/// The commands that some settings hold.
fn held(settings: &[Setting], wanted: impl Fn(&Setting) -> bool) -> Vec<Command> {
    let found = settings.iter().filter(|it| wanted(it));
    found
        .flat_map(|it| {
            let first = it.line + u32::from(it.value.contains('\n'));
            let place: SmolStr = match it.path.as_slice() {
                [jobs, job, ..] if jobs == "jobs" => job.clone(),
                [first, ..] => first.clone(),
                [] => SmolStr::default(),
            };
            let mut found = split::commands(&it.value, first);
            found.iter_mut().for_each(|it| it.place = place.clone());
            found
        })
        .collect()
}

/// What an image runs while it is built, and when it starts.
fn image(settings: &[Setting]) -> Vec<Command> {
    let mut out = Vec::new();
    for setting in settings {
        let keyword = setting.path.get(1).map_or("", SmolStr::as_str);
        let mut text = setting.value.trim();
        match keyword {
            "run" => {
                while let Some(rest) = text.strip_prefix("--") {
                    text = rest.split_once(' ').map_or("", |it| it.1.trim_start());
                }
            }
            "cmd" | "entrypoint" => {}
            _ => continue,
        }
        let listed = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let mut found = match listed {
            Some(listed) => {
                let given = listed
                    .split(',')
                    .map(|it| it.trim().trim_matches(['"', '\'']));
                let given: Vec<&str> = given.collect();
                split::commands(&given.join(" "), setting.line)
            }
            None => split::commands(text, setting.line),
        };
        for command in &mut found {
            command.place = setting.path.first().cloned().unwrap_or_default();
            if keyword != "run" {
                keyword.clone_into(&mut command.keyword);
            }
        }
        out.append(&mut found);
    }
    out
}

/// The recipes of a makefile: its indented lines.
fn recipes(text: &str) -> Vec<Command> {
    let mut out = Vec::new();
    let mut open = String::new();
    let mut first = 1;
    for (line, number) in text.lines().zip(1..) {
        let continues = !open.is_empty();
        let Some(recipe) = line.strip_prefix('\t').or(continues.then_some(line)) else {
            continue;
        };
        if !continues {
            first = number;
        }
        open.push_str(recipe.trim_start_matches(['@', '-', '+']));
        open.push('\n');
        if !recipe.ends_with('\\') {
            out.extend(split::commands(&open, first));
            open.clear();
        }
    }
    out
}
