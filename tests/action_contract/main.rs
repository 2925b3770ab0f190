//! Holds `action.yml` to its scripts, its page and the release that it names.
//!
//! `UPDATE_DOCS=1 cargo test --test action_contract` writes the tables of `docs/action.md` anew.

mod release;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterclick::action::Mode;
use afterclick::setup::{ActionReference, Shipping, Wish, files};
use serde_yaml::Value;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository, with its line endings.
pub(crate) fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    text.replace("\r\n", "\n")
}

fn action() -> Value {
    serde_yaml::from_str(&text("action.yml")).unwrap()
}

/// The entries of a mapping, in the order of the file.
fn entries<'a>(value: &'a Value, key: &str) -> Vec<(&'a str, &'a Value)> {
    let mapping = value[key].as_mapping().unwrap();
    let entries = mapping
        .iter()
        .map(|(key, value)| (key.as_str().unwrap(), value));
    entries.collect()
}

fn steps(action: &Value) -> &Vec<Value> {
    action["runs"]["steps"].as_sequence().unwrap()
}

/// The names behind `prefix` in expressions, such as `mode` in `${{ inputs.mode }}`.
fn named<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let rest = text.split(prefix).skip(1);
    rest.map(|rest| {
        let end = rest.find(|it: char| !(it.is_alphanumeric() || "-_".contains(it)));
        &rest[..end.unwrap_or(rest.len())]
    })
    .collect()
}

#[test]
fn every_input_reaches_a_script_and_every_script_knows_its_variables() {
    let action = action();
    let text_of_action = text("action.yml");
    let inputs: BTreeSet<&str> = entries(&action, "inputs").iter().map(|it| it.0).collect();
    assert_eq!(
        named(&text_of_action, "inputs."),
        inputs,
        "inputs and their use"
    );
    for (name, input) in entries(&action, "inputs") {
        assert!(input["description"].is_string(), "{name} is not described");
        assert!(input["default"].is_string(), "{name} has no default");
    }
    let scripts = text("action/install.sh");
    let code = code_of_the_action();
    for step in steps(&action) {
        for (name, _) in entries(step, "env") {
            let known = ["BASH_ENV", "AFTERCLICK_BINARY"].contains(&name)
                || scripts.contains(name)
                || code.contains(&format!("\"{name}\""));
            assert!(known, "nothing reads {name}");
        }
    }
}

/// What `afterclick action` is made of.
fn code_of_the_action() -> String {
    fn read(folder: &Path, out: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => read(&path, out),
                false => out.push_str(&fs::read_to_string(&path).unwrap()),
            }
        }
    }
    let mut code = String::new();
    read(&root().join("src/app"), &mut code);
    read(&root().join("src/cli"), &mut code);
    code
}

#[test]
fn the_modes_and_the_outputs_are_those_of_the_code() {
    let action = action();
    let modes = action["inputs"]["mode"]["description"].as_str().unwrap();
    for mode in Mode::ALL {
        assert!(modes.contains(&format!("`{}`", mode.name())), "{modes}");
    }
    let code = code_of_the_action();
    for (name, output) in entries(&action, "outputs") {
        let is_of_the_run = output["value"].as_str().unwrap().contains("steps.run.");
        let is_given = code.contains(&format!(".output(\"{name}\""));
        assert_eq!(is_of_the_run, is_given, "{name}");
    }
}

#[test]
fn nothing_that_a_person_typed_becomes_a_part_of_a_script() {
    for step in steps(&action()) {
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "an expression in a script: {run}");
        assert_eq!(step["shell"], "bash");
        assert_eq!(
            step["env"]["BASH_ENV"], "",
            "BASH_ENV would run first: {run}"
        );
        assert!(
            run.contains("\"$GITHUB_ACTION_PATH/"),
            "not the action's own: {run}"
        );
    }
}

#[test]
fn every_output_comes_from_a_step() {
    let action = action();
    let ids: BTreeSet<&str> = steps(&action)
        .iter()
        .filter_map(|it| it["id"].as_str())
        .collect();
    for (name, output) in entries(&action, "outputs") {
        assert!(output["description"].is_string(), "{name} is not described");
        let value = output["value"].as_str().unwrap();
        let step = named(value, "steps.");
        assert!(step.is_subset(&ids), "{name} comes from no step: {value}");
        assert_eq!(named(value, "outputs."), BTreeSet::from([name]));
    }
    let install = text("action/install.sh");
    assert!(install.contains("output binary ") && install.contains("output version "));
}

#[test]
fn the_page_lists_the_inputs_and_the_outputs() {
    let action = action();
    let row = |name: &str, cells: &[&str]| format!("| `{name}` | {} |\n", cells.join(" | "));
    let mut inputs = "| input | means | without it |\n| --- | --- | --- |\n".to_owned();
    for (name, input) in entries(&action, "inputs") {
        let default = match input["default"].as_str().unwrap() {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        inputs += &row(name, &[input["description"].as_str().unwrap(), &default]);
    }
    let mut outputs = "| output | means |\n| --- | --- |\n".to_owned();
    for (name, output) in entries(&action, "outputs") {
        outputs += &row(name, &[output["description"].as_str().unwrap()]);
    }
    hold("docs/action.md", "inputs", &inputs);
    hold("docs/action.md", "outputs", &outputs);
}

#[test]
fn the_page_shows_the_workflows_that_init_writes() {
    let wish = Wish {
        branch: "main".to_owned(),
        action: ActionReference::default(),
        shipping: Some(Shipping {
            environment: "production".parse().unwrap(),
            approval: Some("production-approval".parse().unwrap()),
            command: "./deploy.sh".to_owned(),
        }),
    };
    let files = files(&wish);
    for (name, path) in [
        ("review", ".github/workflows/afterclick.yml"),
        ("ship", ".github/workflows/afterclick-ship.yml"),
    ] {
        let file = files.iter().find(|it| it.path == path).unwrap();
        // Without the mark: its hash is for `uninstall`.
        let body: Vec<&str> = file.text.lines().skip(2).collect();
        hold(
            "docs/action.md",
            name,
            &format!("```yaml\n{}\n```\n", body.join("\n")),
        );
    }
}

/// Compares what stands between two marks of a page with what it should be, or writes it.
fn hold(page: &str, name: &str, wanted: &str) {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let whole = text(page);
    let (before, rest) = whole
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {begin}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(
            root().join(page),
            [before, &begin, wanted, &end, after].concat(),
        )
        .unwrap();
    } else {
        let how = "run `UPDATE_DOCS=1 cargo test --test action_contract`";
        assert!(found == wanted, "{page} is out of date: {how}");
    }
}

#[test]
fn the_release_that_the_action_names_is_this_version() {
    let release = text("action/release.env");
    let of = |key: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{key}=")))
    };
    assert_eq!(of("VERSION"), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(
        of("REPOSITORY"),
        env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/")
    );
    let hashes = release
        .lines()
        .filter_map(|line| line.strip_prefix("SHA256_"));
    let targets: BTreeSet<&str> = hashes
        .filter_map(|it| it.split_once('='))
        .map(|it| it.0)
        .collect();
    let workflow = text(".github/workflows/release.yml");
    assert_eq!(targets.len(), 5);
    for target in targets {
        assert!(
            workflow.contains(&format!("target: {target}\n")),
            "{target} is not released"
        );
    }
}
