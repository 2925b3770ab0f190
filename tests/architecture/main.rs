//! The laws of the house, read from `src/`; ARCHITECTURE.md says why each of them is there.

mod code;

use std::collections::BTreeSet;
use std::path::Path;

use afterclick::review::checks;
use code::{SourceFile, source_files, tokens};

/// The rooms that touch nothing.
const PURE: [&str; 10] = [
    "change", "facts", "policy", "review", "ledger", "ship", "action", "doctor", "setup", "render",
];

/// What each room may use of the others.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("change", &[]),
    ("facts", &["change"]),
    ("policy", &["change", "ledger", "review"]),
    ("review", &["change", "facts", "ledger", "policy"]),
    ("ledger", &["policy"]),
    ("ship", &["change", "ledger", "policy", "review"]),
    ("action", &["change", "ledger", "policy", "review", "ship"]),
    ("setup", &["policy", "ship"]),
    ("doctor", &["policy", "ship"]),
    (
        "render",
        &[
            "action", "change", "doctor", "ledger", "policy", "review", "setup", "ship",
        ],
    ),
    ("git", &["change", "ledger"]),
    // Every size limit stands in one place.
    ("github", &["render"]),
    ("process", &["ship"]),
    (
        "app",
        &[
            "action", "change", "doctor", "facts", "git", "github", "ledger", "policy", "process",
            "render", "review", "setup", "ship",
        ],
    ),
    (
        "cli",
        &[
            "app", "change", "doctor", "ledger", "policy", "render", "review", "setup", "ship",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// What a pure room must not name. What is left of `std` has no effect.
const EFFECTS: [&str; 12] = [
    "std::fs",
    "std::process",
    "std::net",
    "std::env",
    "std::os",
    "std::io",
    "std::thread",
    "std::sync::mpsc",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::hash::RandomState",
];

/// Crates that values can be made with: none of them opens, asks, prints or waits.
const PURE_CRATES: [&str; 14] = [
    "blake3",
    "globset",
    "owo_colors",
    "schemars",
    "serde",
    "serde_json",
    "serde_yaml",
    "similar",
    "smol_str",
    "sqlparser",
    "squawk_syntax",
    "strsim",
    "tree_sitter",
    "unicode_width",
];

/// Words that wait for others, or draw lots.
const FORBIDDEN_WORDS: [&str; 4] = ["async", "await", "RandomState", "thread_rng"];

/// Macros that print.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// The longest file, in lines without its tests: what can be read in one go.
const LONGEST: usize = 500;

fn under(path: &[String], prefix: &str) -> bool {
    let prefix: Vec<&str> = prefix.split("::").collect();
    path.len() >= prefix.len() && path.iter().zip(&prefix).all(|(one, other)| one == other)
}

/// Asks every file, and fails with all that was found.
fn law(name: &str, broken: impl Fn(&SourceFile) -> Vec<String>) {
    let files = source_files();
    assert!(files.len() > 50, "src/ was not found");
    let found: BTreeSet<String> = files
        .iter()
        .flat_map(|file| {
            let broken = broken(file).into_iter();
            broken.map(|what| format!("  {}: {what}", file.path))
        })
        .collect();
    let list: Vec<String> = found.into_iter().collect();
    assert!(list.is_empty(), "{name}\n{}", list.join("\n"));
}

fn pure(file: &SourceFile) -> bool {
    PURE.contains(&file.room()) && !file.is_tests
}

#[test]
fn pure_rooms_touch_nothing() {
    law("A pure room has an effect:", |file| {
        if !pure(file) {
            return Vec::new();
        }
        let paths = file.paths();
        let effects = paths.iter().filter(|path| {
            let broad =
                path.len() == 1 && path[0] == "std" || path.last().is_some_and(|it| it == "*");
            let of_std = under(path, "std") || under(path, "core") || under(path, "alloc");
            of_std && (broad || *path == &["std", "time"] || *path == &["std", "sync"])
                || EFFECTS.iter().any(|effect| under(path, effect))
        });
        let effects = effects.map(|path| path.join("::"));
        let words = file.tokens.windows(2).filter(|it| {
            FORBIDDEN_WORDS.contains(&it[0].as_str())
                || PRINTING.contains(&it[0].as_str()) && it[1] == "!"
        });
        let words = words.map(|it| it[0].clone());
        effects.chain(words).collect()
    });
}

#[test]
fn pure_rooms_use_only_crates_without_effects() {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let crates: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    assert!(crates.contains("clap"), "the dependencies were not found");
    law("A pure room uses a crate that may have effects:", |file| {
        if !pure(file) {
            return Vec::new();
        }
        let paths = file.paths().into_iter().filter(|it| it.len() > 1);
        let foreign = paths.filter(|path| {
            let grammar = path[0].starts_with("tree_sitter_");
            crates.contains(&path[0]) && !PURE_CRATES.contains(&path[0].as_str()) && !grammar
        });
        foreign.map(|path| path.join("::")).collect()
    });
}

#[test]
fn rooms_use_each_other_in_one_direction() {
    let rooms: Vec<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    law("A room uses one that it must not know:", |file| {
        let Some((room, allowed)) = MAY_USE.iter().find(|(room, _)| *room == file.room()) else {
            return vec!["a room without a place in the house".to_owned()];
        };
        let paths = file.paths().into_iter();
        let own = paths.filter(|path| ["crate", "afterclick"].contains(&path[0].as_str()));
        let wrong = own.filter(|path| {
            path.get(1).is_some_and(|other| {
                other != room
                    && rooms.contains(&other.as_str())
                    && !allowed.contains(&other.as_str())
            })
        });
        wrong.map(|path| path.join("::")).collect()
    });
}

#[test]
fn only_git_and_process_start_processes() {
    law(
        "A process is started outside src/git and src/process:",
        |file| {
            let paths = file.paths().into_iter();
            let may = ["git", "process"].contains(&file.room());
            let starts = paths.filter(|path| under(path, "std::process") && !may);
            let other = starts.filter(|path| {
                path.get(2)
                    .is_none_or(|it| !["ExitCode", "id"].contains(&it.as_str()))
            });
            other.map(|path| path.join("::")).collect()
        },
    );
}

#[test]
fn effects_are_allowed_in_the_rooms_at_the_rim_only() {
    law("A lint is switched off:", |file| {
        let code = file.tokens.join(" ");
        let mut found = Vec::new();
        for lint in [
            "dead_code",
            "unused",
            "clippy :: unwrap_used",
            "clippy :: print_stdout",
        ] {
            if code.contains(&format!("allow ( {lint}")) {
                found.push(lint.to_owned());
            }
        }
        let methods = code.contains("allow ( clippy :: disallowed_methods");
        let rim = ["git", "github", "process", "app", "cli"];
        let rim = rim.map(|room| format!("src/{room}/mod.rs"));
        if methods != rim.contains(&file.path) {
            found.push("clippy::disallowed_methods".to_owned());
        }
        found
    });
}

#[test]
fn every_module_is_declared() {
    let files = source_files();
    let declared: BTreeSet<_> = files.iter().flat_map(SourceFile::declares).collect();
    law("A file that no module declares:", |file| {
        if ["src/lib.rs", "src/main.rs"].contains(&file.path.as_str()) {
            return Vec::new();
        }
        let stem = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        match declared.contains(Path::new(stem)) {
            true => Vec::new(),
            false => vec!["not declared".to_owned()],
        }
    });
}

#[test]
fn every_check_is_registered_under_the_name_of_its_file() {
    let registered: BTreeSet<&str> = checks::all().map(|check| check.id).collect();
    let count = checks::all().count();
    assert_eq!(registered.len(), count, "two checks share an id");
    let mut files = BTreeSet::new();
    for file in source_files() {
        let Some(name) = file.path.strip_prefix("src/review/checks/") else {
            continue;
        };
        let id = name.trim_end_matches(".rs").replace('_', "-");
        let is_check = file
            .tokens
            .windows(2)
            .any(|it| it[0] == "check" && it[1] == "!");
        if is_check && !file.is_tests {
            assert!(
                registered.contains(id.as_str()),
                "{} is not in the registry as {id}",
                file.path
            );
            files.insert(id);
        }
    }
    let without: Vec<&&str> = registered
        .iter()
        .filter(|id| !files.contains(**id))
        .collect();
    assert!(
        without.is_empty(),
        "checks whose id is not the name of their file: {without:?}"
    );
    for check in checks::all() {
        let surface = check.id.split('/').next().unwrap();
        assert_eq!(
            surface,
            check.surface.name(),
            "{} stands on another surface",
            check.id
        );
    }
}

#[test]
fn every_language_is_registered() {
    let files = source_files();
    let registry = files
        .iter()
        .find(|it| it.path == "src/facts/mod.rs")
        .unwrap();
    let registry = registry.tokens.join(" ");
    law("A grammar that no language is read with:", |file| {
        let Some(name) = file
            .path
            .strip_prefix("src/facts/")
            .and_then(|it| it.strip_suffix(".rs"))
        else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for it in file.tokens.windows(4) {
            if it[0] == "const" && it[2] == ":" && it[3] == "Grammar" {
                let used = format!("{name} :: {}", it[1]);
                if !registry.contains(&used) {
                    out.push(it[1].clone());
                }
            }
        }
        out
    });
}

#[test]
fn files_can_be_read_in_one_go() {
    law(
        "A file has grown too long; give a part of it its own file:",
        |file| match file.is_tests || file.lines() <= LONGEST {
            true => Vec::new(),
            false => vec![format!("{} lines without its tests", file.lines())],
        },
    );
}

#[test]
fn the_laws_see_through_comments_texts_and_imports() {
    let text = r##"
        // std::fs::read
        const A: &str = "std::env"; const B: &str = r#"std::net"#; const C: char = '"';
        /* std::process /* nested */ */
        fn f<'a>(it: &'a str) { g::<'a'>(it) }
    "##;
    let code = tokens(text).join(" ");
    assert!(!code.contains("std"), "{code}");
    assert!(code.contains("fn f"), "{code}");
    let found = source_files();
    let main = found.iter().find(|it| it.path == "src/main.rs").unwrap();
    let paths: Vec<String> = main.paths().iter().map(|it| it.join("::")).collect();
    assert!(
        paths.contains(&"std::process::ExitCode".to_owned()),
        "{paths:?}"
    );
}
