//! Ledgers that somebody edited, cut, removed or pushed over: everything stops, says which and since
//! when, and names the command that puts it right.

use afterclick::ledger::{Event, Milestone};

use crate::support::Repository;
use crate::{Team, incident, incidents};

const BRANCH: &str = "afterclick/ledger";
const SEGMENT: &str = "record/0-0-0-1.jsonl";

/// A remote whose ledger has three incidents, and a clone that wrote them.
fn three() -> (Team, Repository) {
    let team = Team::new();
    let ada = team.member();
    for id in ["INC-1", "INC-2", "INC-3"] {
        let _ = incident(&ada, id).succeeds();
    }
    (team, ada)
}

/// Mallory edits a file of the ledger with an editor, and pushes it as an ordinary commit.
fn edit(team: &Team, path: &str, change: impl FnOnce(String) -> Option<String>) {
    let mallory = team.member().checkout(BRANCH);
    let file = mallory.path().join(path);
    match change(std::fs::read_to_string(&file).unwrap()) {
        Some(text) => std::fs::write(file, text).unwrap(),
        None => std::fs::remove_file(file).unwrap(),
    }
    mallory
        .stage()
        .git(&[
            "commit",
            "--quiet",
            "--author=Mallory <m@example.com>",
            "-m",
            "Tidy up",
        ])
        .git(&["push", "--quiet", "origin", BRANCH]);
}

/// What `verify` says, with every commit as `[COMMIT]`.
fn verify(clone: &Repository) -> String {
    let outcome = clone.afterclick(&["verify"]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    let mut text = outcome.stdout;
    for commit in clone.ask(&["log", "--format=%H", "--all"]).lines() {
        text = text
            .replace(commit, "[COMMIT]")
            .replace(&commit[..12], "[COMMIT]");
    }
    text
}

/// Runs the command that `verify` names.
fn mend(clone: &Repository) {
    let said = clone.afterclick(&["verify"]).stdout;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("$ "));
    let line = line
        .unwrap_or_else(|| panic!("{said}"))
        .replace("git ", "git -c user.name=Ada -c user.email=a@b ");
    let shell = std::process::Command::new("sh")
        .args(["-c", &line])
        .current_dir(clone.path())
        .output()
        .unwrap();
    assert!(shell.status.success(), "{line}: {shell:?}");
}

#[test]
fn an_edited_event_is_found_with_whose_it_is_and_what_holds() {
    let (team, ada) = three();
    edit(&team, SEGMENT, |text| {
        let (first, rest) = text.split_once('\n').unwrap();
        let rest = rest.replacen("Charged twice", "Nothing happened", 1);
        Some(format!("{first}\n{rest}"))
    });
    insta::assert_snapshot!(verify(&ada), @r"
    The ledger does not hold.

      record/0-0-0-1.jsonl, line 2: it was changed after it was written.
      Since commit [COMMIT] by Mallory at 2026-01-02T03:04:05Z.
      The last good one is commit [COMMIT].
      $ git push --force-with-lease=afterclick/ledger:[COMMIT] origin [COMMIT]:refs/heads/afterclick/ledger

    What holds:
      record: at most its first event
    ");
    // Nobody goes on from there, and a review does not keep quiet about it.
    incident(&ada, "INC-4")
        .ends_with(5)
        .complains("record/0-0-0-1.jsonl, line 2: it was changed after it was written");
    let record = ada.review(&["HEAD^!"]).json();
    let reason = record["not_reviewed"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("it was changed after it was written"),
        "{reason}"
    );
    mend(&ada);
    let ada = ada.git(&["update-ref", "-d", "refs/afterclick/ledger"]);
    let _ = incident(&ada, "INC-5").succeeds();
    assert_eq!(
        incidents(&ada),
        ["INC-1", "INC-2", "INC-3", "INC-4", "INC-5"]
    );
    let _ = ada.afterclick(&["verify"]).succeeds();
}

#[test]
fn an_event_that_was_cut_off_is_missed() {
    let (team, ada) = three();
    edit(&team, SEGMENT, |text| {
        let lines: Vec<&str> = text.lines().take(2).collect();
        Some(lines.join("\n") + "\n")
    });
    insta::assert_snapshot!(verify(&ada), @r"
    The ledger does not hold.

      record/0-0-0-1.jsonl: event 3, which commit [COMMIT] recorded, is gone.
      Since commit [COMMIT] by Mallory at 2026-01-02T03:04:05Z.
      The last good one is commit [COMMIT].
      $ git push --force-with-lease=afterclick/ledger:[COMMIT] origin [COMMIT]:refs/heads/afterclick/ledger

    What holds:
      record: at most its first 2 events
    ");
}

#[test]
fn a_file_that_was_cut_in_the_middle_is_seen() {
    let (team, ada) = three();
    edit(&team, SEGMENT, |text| {
        Some(text[..text.len() - 40].to_owned())
    });
    let said = verify(&ada);
    assert!(
        said.contains("line 3: the file ends in the middle of it"),
        "{said}"
    );
    assert!(
        said.contains("record: at most its first 2 events"),
        "{said}"
    );
}

#[test]
fn a_past_that_was_written_anew_with_right_hashes_is_seen_too() {
    let (team, ada) = three();
    edit(&team, SEGMENT, |text| {
        let mut before = None;
        let mut out = String::new();
        for (at, line) in text.lines().enumerate() {
            let mut event = Event::parse(line).unwrap();
            if at == 1 {
                event
                    .fields
                    .insert("title".to_owned(), "Nothing happened".into());
            }
            let draft = afterclick::ledger::Draft {
                id: event.id,
                kind: event.kind,
                at: event.at,
                stream: event.stream,
                actor: event.actor,
                session: event.session,
                repo: event.repo,
                dedupe: event.dedupe,
                fields: event.fields,
            };
            let event = draft.after(&before.unwrap_or_default());
            out.push_str(&(event.line() + "\n"));
            before = Some(event.link());
        }
        Some(out)
    });
    let said = verify(&ada).replace("\n  ", " ");
    assert!(
        said.contains("event 2 is not the one that commit [COMMIT] recorded"),
        "{said}"
    );
    assert!(said.contains("by Mallory"), "{said}");
    let subject = ada.ask(&["log", "-1", "--format=%s", "refs/afterclick/ledger~1"]);
    assert_eq!(Milestone::read(&subject).unwrap().seq, 3);
    mend(&ada);
    let ada = ada.git(&["update-ref", "-d", "refs/afterclick/ledger"]);
    let _ = ada.afterclick(&["verify"]).succeeds();
}

#[test]
fn an_edit_that_others_have_built_on_is_taken_back_and_nothing_else() {
    let (team, ada) = three();
    edit(&team, "README.md", |_| Some("mine\n".to_owned()));
    let _ = incident(&ada, "INC-4").succeeds();
    let _ = ada.afterclick(&["verify"]).succeeds();
}

#[test]
fn a_ledger_that_is_gone_is_not_begun_anew() {
    let (team, ada) = three();
    let remote = team.remote.git(&["branch", "-D", BRANCH]);
    incident(&ada, "INC-4")
        .ends_with(5)
        .complains("The ledger is gone: origin had a branch afterclick/ledger");
    let gone = ada.afterclick(&["verify"]).ends_with(1);
    let command = "git push origin refs/afterclick/ledger:refs/heads/afterclick/ledger";
    assert!(gone.stderr.contains(command), "{gone:#?}");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let ada = ada.git(&[&words[..1], &["--quiet"], &words[1..]].concat());
    let _ = incident(&ada, "INC-5").succeeds();
    assert_eq!(
        incidents(&ada),
        ["INC-1", "INC-2", "INC-3", "INC-4", "INC-5"]
    );
    drop(remote);
}

#[test]
fn a_ledger_that_was_pushed_over_is_not_followed() {
    let (team, ada) = three();
    let mallory = team.member().checkout(BRANCH);
    mallory
        .git(&["reset", "--quiet", "--hard", "HEAD~1"])
        .git(&["push", "--quiet", "--force", "origin", BRANCH]);
    incident(&ada, "INC-4")
        .ends_with(5)
        .complains("The ledger was rewritten");
    let said = ada.afterclick(&["verify"]).ends_with(1);
    let command = "git push --force origin refs/afterclick/ledger:refs/heads/afterclick/ledger";
    assert!(said.stderr.contains(command), "{said:#?}");
    let ada = ada.git(&[
        "push",
        "--quiet",
        "--force",
        "origin",
        "refs/afterclick/ledger:refs/heads/afterclick/ledger",
    ]);
    let _ = incident(&ada, "INC-5").succeeds();
    assert_eq!(
        incidents(&ada),
        ["INC-1", "INC-2", "INC-3", "INC-4", "INC-5"]
    );
}
