//! Every check against its pairs in `fixtures/<surface>/<check>/<case>/{before,after}/`.
//!
//! The name of a case says what must come of it: `speaks-…`, `recorded-…` or `silent-…` (nothing
//! speaks, whichever check it is; recording is allowed). A file `expect` in the case may hold lines
//! `path::symbol` that the check must point at.

use afterclick::change::{Change, ChangedFile, Content, RepoPath, Side};
use afterclick::policy::Policy;
use afterclick::review::deltas::compare::{Comparison, FilePair, Keep};
use afterclick::review::record::Tier;
use afterclick::review::{checks, examine, findings};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folders(of: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(of) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn files(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn change(case: &Path) -> Change {
    let before = files(&case.join("before"));
    let after = files(&case.join("after"));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let side = |text: Option<&String>| {
        text.map(|text| Side {
            mode: 0o100_644,
            content: Content::Text(text.clone()),
        })
    };
    Change {
        base: "before".to_owned(),
        head: "after".to_owned(),
        files: paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .map(|path| ChangedFile {
                path: RepoPath::from(path.as_str()),
                base_path: None,
                before: side(before.get(path)),
                after: side(after.get(path)),
            })
            .collect(),
    }
}

#[test]
fn every_pair_speaks_or_stays_silent_as_its_name_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let only = std::env::var("FIXTURE").unwrap_or_default();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for surface in checks::all()
        .map(|check| check.surface.name())
        .collect::<BTreeSet<_>>()
    {
        for check in folders(&root.join(surface)) {
            let id = format!("{surface}/{}", check.file_name().unwrap().to_str().unwrap());
            for case in folders(&check) {
                let name = case.file_name().unwrap().to_str().unwrap().to_owned();
                if !format!("{id}/{name}").contains(&only) {
                    continue;
                }
                cases += 1;
                let found = examine(&change(&case));
                let shown: Vec<String> = found
                    .iter()
                    .map(|(check, it)| {
                        format!(
                            "    {:?} {} {}::{} {}",
                            it.tier, check.id, it.path, it.symbol, it.concern
                        )
                    })
                    .collect();
                let any = |tier: Tier| {
                    found
                        .iter()
                        .any(|(check, it)| check.id == id && it.tier == tier)
                };
                let right = if name.starts_with("speaks-") {
                    any(Tier::Speaks)
                } else if name.starts_with("recorded-") {
                    any(Tier::Recorded) && found.iter().all(|(_, it)| it.tier == Tier::Recorded)
                } else if name.starts_with("silent-") {
                    found.iter().all(|(_, it)| it.tier == Tier::Recorded)
                } else {
                    false
                };
                let expected = std::fs::read_to_string(case.join("expect")).unwrap_or_default();
                let pointed = expected.lines().all(|line| {
                    found.iter().any(|(check, it)| {
                        check.id == id && format!("{}::{}", it.path, it.symbol) == line
                    })
                });
                if !right || !pointed {
                    wrong.push(format!("{id}/{name}\n{}", shown.join("\n")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases} cases are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_check_has_a_pair_that_speaks_and_one_that_stays_silent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut missing = Vec::new();
    for check in checks::all() {
        let names: Vec<String> = folders(&root.join(check.id))
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        let has = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
        let found = if check.speaks {
            has("speaks-")
        } else {
            has("recorded-")
        };
        if !found || !has("silent-") {
            missing.push(check.id);
        }
    }
    assert!(missing.is_empty(), "checks without pairs: {missing:?}");
}

/// A large change keeps only what it touches in memory: that must not change what is said.
#[test]
fn what_stands_on_both_sides_can_be_let_go() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let policy = Policy::default();
    let mut wrong = Vec::new();
    for case in checks::all().flat_map(|check| folders(&root.join(check.id))) {
        let change = change(&case);
        let [all, touched] = [Keep::All, Keep::Touched].map(|keep| {
            let files = change.files.iter();
            let comparison = Comparison {
                files: files.map(|file| FilePair::read(file, keep)).collect(),
            };
            [&comparison, &comparison.reversed()].map(|side| {
                let found = findings(side, &policy).into_iter();
                let found = found.map(|(check, it)| format!("{} {it:?}", check.id));
                found.collect::<Vec<_>>()
            })
        });
        if all != touched {
            wrong.push(case);
        }
    }
    assert!(wrong.is_empty(), "something else is said of {wrong:?}");
}
