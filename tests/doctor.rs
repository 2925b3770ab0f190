//! What `doctor` says of workflows, and what it mends.

#[path = "support/github/mod.rs"]
mod github;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterclick::doctor::RULES;
use serde_json::Value;
use support::{Outcome, Repository};

/// Rules about what GitHub was told: they need its answers, and have their own tests.
const REMOTE: [&str; 6] = [
    "approval-inside-lock",
    "deployment-false-with-rules",
    "approval-without-reviewers",
    "main-unprotected",
    "ledger-unprotected",
    "ledger-blocked",
];

/// Rules that `--fix` mends.
const FIXABLE: [&str; 6] = [
    "queue-single",
    "cancels-deploy",
    "queue-and-cancel",
    "no-timeout",
    "matrix-fail-fast",
    "shallow-gate",
];

/// A case of a rule: one workflow, or a folder of them.
struct Case {
    rule: String,
    name: String,
    files: Vec<(String, String)>,
}

impl Case {
    fn speaks(&self) -> bool {
        self.name.starts_with("speaks")
    }

    /// Where the rule has to point at: the lines with a mark.
    fn expected(&self) -> Vec<String> {
        let marked = |(path, text): &(String, String)| {
            let lines = text
                .lines()
                .enumerate()
                .filter(|(_, line)| line.ends_with("# HERE"));
            let lines = lines.map(|(at, _)| format!("{path}:{}", at + 1));
            lines.collect::<Vec<_>>()
        };
        self.files.iter().flat_map(marked).collect()
    }

    fn repository(&self) -> Repository {
        let files = self.files.iter();
        files.fold(Repository::new(), |it, (path, text)| it.write(path, text))
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut entries: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/doctor");
    let mut cases = Vec::new();
    for rule in entries(&root) {
        for case in entries(&rule) {
            let files = match case.is_dir() {
                true => entries(&case),
                false => vec![case.clone()],
            };
            let read = |file: &PathBuf| {
                let text = fs::read_to_string(file).unwrap().replace("\r\n", "\n");
                (format!(".github/workflows/{}", name(file)), text)
            };
            cases.push(Case {
                rule: name(&rule),
                name: name(&case),
                files: files.iter().map(read).collect(),
            });
        }
    }
    cases
}

fn findings(outcome: &Outcome) -> Vec<Value> {
    let report: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
    report["findings"].as_array().unwrap().clone()
}

fn places(findings: &[Value], rule: &str) -> Vec<String> {
    let of_rule = findings.iter().filter(|it| it["rule"] == rule);
    of_rule
        .map(|it| format!("{}:{}", it["path"].as_str().unwrap(), it["line"]))
        .collect()
}

#[test]
fn every_rule_speaks_where_it_has_to_and_is_silent_elsewhere() {
    let mut seen: BTreeSet<(String, bool)> = BTreeSet::new();
    for case in cases() {
        let repository = case.repository();
        let outcome = repository.afterclick(&["doctor", "--format", "json"]);
        let found = findings(&outcome);
        let at = format!("{}/{}: {found:#?}", case.rule, case.name);
        assert_eq!(places(&found, &case.rule), case.expected(), "{at}");
        assert_eq!(case.speaks(), !case.expected().is_empty(), "{at}");
        let errors = found.iter().filter(|it| it["level"] == "error").count();
        assert_eq!(outcome.code, i32::from(errors > 0), "{at}");
        // A silent case is silent altogether: nobody is sent from one rule to the next.
        if !case.speaks() {
            assert!(found.is_empty(), "{at}");
        }
        seen.insert((case.rule.clone(), case.speaks()));
    }
    for rule in RULES.iter().filter(|it| !REMOTE.contains(&it.id)) {
        for speaks in [true, false] {
            assert!(
                seen.contains(&(rule.id.to_owned(), speaks)),
                "{} {speaks}",
                rule.id
            );
        }
    }
}

#[test]
fn what_can_be_mended_is_mended_once_and_keeps_every_comment() {
    for case in cases().into_iter().filter(Case::speaks) {
        let repository = case.repository();
        let read = |repository: &Repository| -> Vec<String> {
            let files = case.files.iter();
            files
                .map(|(path, _)| fs::read_to_string(repository.path().join(path)).unwrap())
                .collect()
        };
        let at = format!("{}/{}", case.rule, case.name);
        let before = read(&repository);
        let outcome = repository.afterclick(&["doctor", "--fix", "--yes"]);
        assert!(outcome.code <= 1, "{at}: {outcome:#?}");
        let once = read(&repository);
        let left = findings(&repository.afterclick(&["doctor", "--format", "json"]));
        let is_fixable = FIXABLE.contains(&case.rule.as_str());
        assert_eq!(
            places(&left, &case.rule).is_empty(),
            is_fixable,
            "{at}: {once:#?}"
        );
        let comments = |texts: &[String]| -> Vec<String> {
            let lines = texts.iter().flat_map(|it| it.lines());
            lines
                .filter_map(|it| Some(it.split_once('#')?.1.to_owned()))
                .collect()
        };
        assert_eq!(comments(&once), comments(&before), "{at}");
        let outcome = repository.afterclick(&["doctor", "--fix", "--yes"]);
        assert!(
            outcome.stdout.contains("nothing that a small change mends"),
            "{at}: {outcome:#?}"
        );
        assert_eq!(read(&repository), once, "{at}");
    }
}

/// A workflow with a little of everything.
const SHOP: &str = "\
name: deploy

on:
  push:
  workflow_dispatch:

jobs:
  deploy: # to the shop
    runs-on: ubuntu-latest
    environment: production
    # One at a time.
    concurrency: deploy-${{ github.ref }} # by branch
    steps:
      - uses: actions/checkout@v7
      - uses: afterclick/afterclick@v1
        with: {mode: ship, environment: production, run: ./deploy.sh}
";

fn shop() -> Repository {
    Repository::new().write(".github/workflows/deploy.yml", SHOP)
}

#[test]
fn findings_are_words_for_people() {
    let outcome = shop().afterclick(&["doctor"]).ends_with(1);
    insta::assert_snapshot!(outcome.stdout);
}

#[test]
fn a_fix_is_shown_before_it_is_made() {
    let repository = shop();
    let path = repository.path().join(".github/workflows/deploy.yml");
    let shown = repository
        .afterclick(&["doctor", "--fix", "--dry-run"])
        .ends_with(1);
    assert_eq!(fs::read_to_string(&path).unwrap(), SHOP);
    let diff = shown.stdout.split_once("--- a/").unwrap().1;
    insta::assert_snapshot!(diff);
    let unasked = repository.afterclick(&["doctor", "--fix"]).ends_with(2);
    assert!(unasked.stderr.contains("nobody agreed"), "{unasked:#?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), SHOP);
    // What no small change mends is left, and still says so.
    let outcome = repository
        .afterclick(&["doctor", "--fix", "--yes"])
        .ends_with(1);
    assert!(outcome.stdout.contains("Mended 3, left 1."), "{outcome:#?}");
}

#[test]
fn carriage_returns_stay() {
    let text = SHOP.replace('\n', "\r\n");
    let repository = Repository::new().write(".github/workflows/deploy.yml", &text);
    repository
        .afterclick(&["doctor", "--fix", "--yes"])
        .ends_with(1);
    let path = repository.path().join(".github/workflows/deploy.yml");
    let mended = fs::read_to_string(path).unwrap();
    assert_eq!(mended.matches('\n').count(), mended.matches("\r\n").count());
    assert!(mended.contains("queue: max"), "{mended}");
}

#[test]
fn sarif_names_rules_lines_and_what_was_not_examined() {
    let outcome = shop()
        .afterclick(&["doctor", "--format", "sarif"])
        .ends_with(1);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&outcome.stdout).unwrap();
    let run = &log.runs[0];
    let results = run.results.as_ref().unwrap();
    assert_eq!(results.len(), 4);
    let rules = run.tool.driver.rules.as_ref().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result.rule_index.unwrap()).unwrap()];
        assert_eq!(Some(&rule.id), result.rule_id.as_ref());
    }
    assert!(
        outcome
            .stdout
            .contains("Not examined: The rules of the branch"),
        "{outcome:#?}"
    );
}

#[test]
fn what_init_writes_has_nothing_wrong() {
    for arguments in [
        &["init", "--yes"][..],
        &["init", "--yes", "--ship", "production"],
        &[
            "init",
            "--yes",
            "--ship",
            "production",
            "--approval",
            "production-approval",
        ],
    ] {
        let repository = Repository::new();
        repository.afterclick(arguments).succeeds();
        let outcome = repository.afterclick(&["doctor"]).succeeds();
        assert!(
            outcome.stdout.starts_with("Nothing is wrong with "),
            "{outcome:#?}"
        );
    }
}

#[test]
fn what_could_not_be_read_is_listed_and_not_claimed() {
    let repository = Repository::new();
    let outcome = repository.afterclick(&["doctor"]).succeeds();
    let words = "Nothing is wrong with 0 workflows, as far as could be read.";
    assert!(outcome.stdout.contains(words), "{outcome:#?}");
    assert!(outcome.stdout.contains("Not examined:\n"), "{outcome:#?}");
    let outcome = shop().afterclick(&["doctor"]).ends_with(1);
    assert!(
        outcome
            .stdout
            .contains("custom rules of `production`: GitHub was not asked."),
        "{outcome:#?}"
    );
}

#[test]
fn rulesets_are_what_github_imports() {
    for (branch, includes) in [
        ("main", "~DEFAULT_BRANCH"),
        ("ledger", "refs/heads/afterclick/ledger"),
    ] {
        let outcome = Repository::new()
            .afterclick(&["doctor", "--ruleset", branch])
            .succeeds();
        let ruleset: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(ruleset["conditions"]["ref_name"]["include"][0], includes);
        assert_eq!(
            (&ruleset["target"], &ruleset["enforcement"]),
            (&"branch".into(), &"active".into())
        );
        let kinds: Vec<&str> = ruleset["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["type"].as_str().unwrap())
            .collect();
        assert!(
            kinds.contains(&"non_fast_forward") && kinds.contains(&"deletion"),
            "{kinds:?}"
        );
        assert_eq!(kinds.contains(&"pull_request"), branch == "main");
    }
}

#[test]
fn names_in_a_workflow_cannot_act_on_a_terminal() {
    let hostile = SHOP.replace("deploy: #", "\"de\\e[2Jploy\": #");
    let repository = Repository::new().write(".github/workflows/a\u{202e}b.yml", hostile);
    for format in ["text", "json", "sarif"] {
        let outcome = repository
            .afterclick(&["doctor", "--format", format])
            .ends_with(1);
        assert!(!outcome.stdout.contains(['\u{1b}', '\u{202e}']), "{format}");
    }
}

mod told {
    //! What GitHub was told, and what follows from it.

    use super::github::state::{Environment, Settings};
    use super::github::{GitHub, story};
    use super::{Outcome, Repository, findings};

    /// Everything that `--ruleset` asks for.
    const RULES: [(&str, &str); 6] = [
        ("main", "non_fast_forward"),
        ("main", "deletion"),
        ("main", "pull_request"),
        ("main", "required_status_checks"),
        ("afterclick/ledger", "non_fast_forward"),
        ("afterclick/ledger", "deletion"),
    ];

    fn sound() -> Settings {
        Settings {
            environments: vec![
                Environment {
                    name: "production",
                    ..Environment::default()
                },
                Environment {
                    name: "Sign-off",
                    reviewers: true,
                    ..Environment::default()
                },
            ],
            rules: RULES.to_vec(),
        }
    }

    fn ask(github: &GitHub, settings: Settings, format: &str) -> Outcome {
        github.state().settings = settings;
        let repository = Repository::new();
        let wish = ["--ship", "production", "--approval", "sign-off"];
        repository
            .afterclick(&[&["init", "--yes"][..], &wish].concat())
            .succeeds();
        let arguments = ["doctor", "--repository", "octo/shop", "--format", format];
        let outcome = repository.afterclick_with(&arguments, |command| {
            command
                .env("GITHUB_TOKEN", github.token())
                .envs(github.addresses());
        });
        assert!(!outcome.stdout.contains(github.token()));
        outcome
    }

    fn rules(outcome: &Outcome) -> Vec<String> {
        let found = findings(outcome);
        let mut rules: Vec<String> = found
            .iter()
            .map(|it| it["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_repository_that_is_set_up_has_nothing_wrong() {
        story(|github| {
            let outcome = ask(github, sound(), "text").succeeds();
            assert_eq!(
                outcome.stdout,
                "Nothing is wrong with 2 workflows, as far as could be read.\n"
            );
        });
    }

    #[test]
    fn an_approval_inside_of_the_lock_is_found() {
        story(|github| {
            let mut settings = sound();
            settings.environments[0].wait = 5;
            settings.environments[1].reviewers = false;
            settings.environments[1].custom = true;
            let outcome = ask(github, settings, "json").ends_with(1);
            let expected = [
                "approval-without-reviewers",
                "deployment-false-with-rules",
                "approval-inside-lock",
            ];
            assert_eq!(rules(&outcome), expected);
        });
    }

    #[test]
    fn branches_without_rules_are_found_and_say_what_to_import() {
        story(|github| {
            let mut settings = sound();
            settings.rules = vec![("afterclick/ledger", "pull_request")];
            let outcome = ask(github, settings, "json").ends_with(1);
            assert_eq!(
                rules(&outcome),
                ["ledger-blocked", "ledger-unprotected", "main-unprotected"]
            );
            assert!(
                outcome.stdout.contains("afterclick doctor --ruleset main"),
                "{outcome:#?}"
            );
        });
    }

    #[test]
    fn what_the_token_may_not_read_is_said() {
        story(|github| {
            github.state().permissions.remove("actions");
            let outcome = ask(github, sound(), "text").succeeds();
            let [_, unread] = outcome.stdout.split("Not examined:\n").collect::<Vec<_>>()[..]
            else {
                panic!("{outcome:#?}");
            };
            assert!(
                unread.contains("The environments: ") && unread.contains("actions: read"),
                "{unread}"
            );
        });
    }
}
