//! Holds the documentation to what the program says of itself.
//!
//! `UPDATE_DOCS=1 cargo test --test generated_docs` writes the pages anew.

#[path = "output/samples.rs"]
#[allow(dead_code)]
mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterclick::cli;
use afterclick::render::checks::{doc_file, doc_index, doc_page};
use afterclick::render::json;
use afterclick::review::checks::{self, Check};
use serde_json::Value;

const HOW: &str = "run `UPDATE_DOCS=1 cargo test --test generated_docs`";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// The text of a page, with the line endings of the repository.
fn read(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap_or_default();
    text.replace("\r\n", "\n")
}

/// Compares a page with what it should be, or writes it.
fn hold(page: &str, text: &str) {
    let page = docs().join(page);
    if updating() {
        fs::create_dir_all(page.parent().unwrap()).unwrap();
        fs::write(&page, text).unwrap();
    }
    assert!(
        read(&page) == text,
        "{} is out of date: {HOW}",
        page.display()
    );
}

#[test]
fn every_check_has_its_page() {
    let checks: Vec<&Check> = checks::all().collect();
    hold("checks/README.md", &doc_index(&checks));
    for check in &checks {
        hold(&format!("checks/{}", doc_file(check)), &doc_page(check));
    }

    let mut expected: BTreeSet<String> = checks.iter().map(|check| doc_file(check)).collect();
    expected.insert("README.md".into());
    for page in fs::read_dir(docs().join("checks")).unwrap() {
        let page = page.unwrap();
        let is_left_over = !expected.contains(page.file_name().to_str().unwrap());
        if is_left_over && updating() {
            fs::remove_file(page.path()).unwrap();
        }
        assert!(
            !is_left_over || updating(),
            "{:?} explains no check: {HOW}",
            page.path()
        );
    }
}

#[test]
fn every_page_says_why_and_what_to_do() {
    for check in checks::all() {
        let page = doc_page(check);
        for title in ["What it does", "Why it matters", "Example", "Instead"] {
            let titles = page
                .lines()
                .filter(|line| *line == format!("## {title}"))
                .count();
            assert_eq!(titles, 1, "{}: `## {title}`", check.id);
        }
        assert!(!check.summary().is_empty(), "{} has no summary", check.id);
    }
}

#[test]
fn every_command_and_option_is_documented() {
    let mut text = String::from(
        "# The command line\n\nWhat `afterclick help` and `afterclick help <command>` print.\n",
    );
    let mut command = cli::command().term_width(88);
    command.build();
    section(&mut text, "afterclick", &mut command);
    hold("cli.md", &text);
}

fn section(text: &mut String, name: &str, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!(
        "\n## `{name}`\n\n```text\n{}\n```\n",
        lines.join("\n").trim()
    ));
    for command in command.get_subcommands_mut() {
        if command.get_name() != "help" {
            let name = format!("{name} {}", command.get_name());
            section(text, &name, command);
        }
    }
}

#[test]
fn the_json_contract_is_documented_with_an_example() {
    let mut review = samples::many();
    review.concerns.truncate(1);
    review.not_reviewed.truncate(1);
    review.surfaces.truncate(2);
    let example = json::render(&review).unwrap();

    let page = read(&docs().join("json.md"));
    let (words, _) = page.split_once("```json\n").unwrap_or((&page, ""));
    hold("json.md", &format!("{words}```json\n{example}```\n"));

    let mut keys = BTreeSet::new();
    keys_of(&serde_json::from_str(&example).unwrap(), &mut keys);
    for key in keys {
        assert!(
            words.contains(&format!("`{key}`")),
            "docs/json.md does not explain `{key}`"
        );
    }
}

fn keys_of(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            keys.insert(key.clone());
            keys_of(value, keys);
        }),
        Value::Array(values) => values.iter().for_each(|value| keys_of(value, keys)),
        _ => {}
    }
}
