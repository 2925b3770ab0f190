//! Whatever goes wrong on the way: nothing that was confirmed is lost, and nothing is there twice.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::atomic::Ordering;

use crate::git_http::GitHost;
use crate::support::{Repository, afterclick};
use crate::{Team, incident, incidents};

fn over_http(team: &Team, host: &GitHost) -> Repository {
    let member = team.member();
    let name = team.remote.path().file_name().unwrap().to_str().unwrap();
    member.git(&[
        "remote",
        "set-url",
        "origin",
        &host.url(&format!("{name}/.git")),
    ])
}

fn host(team: &Team) -> GitHost {
    GitHost::new(team.remote.path().parent().unwrap())
}

fn hook(remote: &Repository, name: &str, script: &str) {
    let hooks = remote.path().join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let hook = hooks.join(name);
    std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn waiting(clone: &Repository) -> usize {
    let spool = clone.path().join(".git/afterclick/spool");
    std::fs::read_dir(spool).map_or(0, |entries| entries.count())
}

#[test]
fn processes_that_race_all_get_in_once() {
    let team = Team::new();
    let host = host(&team);
    let clones = [
        team.member(),
        team.member(),
        over_http(&team, &host),
        over_http(&team, &host),
    ];
    let ids: Vec<String> = (0..8).map(|number| format!("INC-{number}")).collect();
    std::thread::scope(|scope| {
        for (at, id) in ids.iter().enumerate() {
            let clone = &clones[at % clones.len()];
            scope.spawn(move || incident(clone, id).succeeds());
        }
    });
    let mut listed = incidents(&clones[0]);
    listed.sort();
    assert_eq!(listed, ids);
    let _ = clones[0].afterclick(&["verify"]).succeeds();
    assert!(clones.iter().all(|clone| waiting(clone) == 0));
}

#[test]
fn a_lost_reply_is_settled_by_looking() {
    let team = Team::new();
    let host = host(&team);
    let ada = over_http(&team, &host);
    for (id, fault) in [
        ("INC-1", &host.faults.lost_replies),
        ("INC-2", &host.faults.lost_replies),
        ("INC-3", &host.faults.lost_requests),
    ] {
        fault.store(1, Ordering::SeqCst);
        let _ = incident(&ada, id).succeeds();
        assert_eq!(fault.load(Ordering::SeqCst), 0);
    }
    assert_eq!(incidents(&ada), ["INC-1", "INC-2", "INC-3"]);
}

#[test]
fn what_cannot_be_sent_waits_and_goes_with_the_next() {
    let team = Team::new();
    let host = host(&team);
    let ada = over_http(&team, &host);
    host.faults.lost_requests.store(100, Ordering::SeqCst);
    incident(&ada, "INC-1")
        .ends_with(5)
        .complains("It is not known whether the ledger was written");
    assert_eq!(waiting(&ada), 1);
    host.faults.lost_requests.store(0, Ordering::SeqCst);
    let _ = incident(&ada, "INC-2").succeeds();
    assert_eq!(waiting(&ada), 0);
    assert_eq!(incidents(&ada), ["INC-1", "INC-2"]);
}

#[test]
fn a_process_that_dies_after_its_push_leaves_no_second_event() {
    let team = Team::new();
    let ada = team.member();
    // The remote has the push and kills whoever sent it, before they hear of it.
    let process = team.remote.path().join("process");
    let wait = format!("while ! [ -s {0} ]; do sleep 0.01; done", process.display());
    let kill = format!("kill -9 $(cat {})", process.display());
    hook(&team.remote, "post-receive", &format!("{wait}\n{kill}"));
    let mut child = afterclick(ada.path().parent().unwrap())
        .current_dir(ada.path())
        .args([
            "incident",
            "open",
            "Charged twice",
            "--id",
            "INC-1",
            "--path",
            "billing",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::fs::write(&process, child.id().to_string()).unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    assert_eq!(waiting(&ada), 1);
    std::fs::remove_file(team.remote.path().join(".git/hooks/post-receive")).unwrap();
    let _ = incident(&ada, "INC-2").succeeds();
    assert_eq!(incidents(&ada), ["INC-1", "INC-2"]);
    let log = ada.afterclick(&["log", "--format", "json"]).succeeds();
    assert_eq!(log.stdout.lines().count(), 2);
}

#[test]
fn a_remote_that_refuses_says_why() {
    let team = Team::new();
    let ada = team.member();
    hook(
        &team.remote,
        "pre-receive",
        "echo not on Fridays >&2; exit 1",
    );
    incident(&ada, "INC-1").ends_with(5).complains(
        "origin does not take afterclick/ledger: pre-receive hook declined: not on Fridays.",
    );
    std::fs::remove_file(team.remote.path().join(".git/hooks/pre-receive")).unwrap();
    let _ = incident(&ada, "INC-2").succeeds();
    assert_eq!(incidents(&ada), ["INC-1", "INC-2"]);
}

#[test]
fn a_remote_that_is_not_there_is_no_empty_ledger() {
    let team = Team::new();
    let ada = team.member();
    let ada = ada.git(&["remote", "set-url", "origin", "/nowhere/at/all"]);
    incident(&ada, "INC-1")
        .ends_with(5)
        .complains("The ledger on origin cannot be read");
    assert_eq!(waiting(&ada), 1);
    ada.afterclick(&["log"])
        .ends_with(5)
        .complains("cannot be read");
    ada.afterclick(&["log", "--remote", "nowhere"])
        .ends_with(2)
        .complains("No remote is named \"nowhere\".");
}

#[test]
fn a_spool_that_cannot_be_written_stops_before_anything_is_sent() {
    let team = Team::new();
    let ada = team.member().write(".git/afterclick", "in the way");
    incident(&ada, "INC-1")
        .ends_with(5)
        .complains("spool cannot be written");
    assert_eq!(team.remote.ask(&["branch", "--list", "afterclick/*"]), "");
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let team = Team::new();
    let ada = team.member();
    // Enough that git needs more room for it than the spool did for a record.
    let words = (0..120).map(|at: u64| format!("{:016x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let lesson = words
        .map(|word| word[9..].to_owned())
        .collect::<Vec<_>>()
        .join(" ");
    for id in ["INC-1", "INC-2"] {
        let arguments = [
            "incident",
            "open",
            "Charged twice",
            "--id",
            id,
            "--path",
            "a",
        ];
        let arguments = [&arguments[..], &["--lesson", &lesson]].concat();
        let _ = ada.afterclick(&arguments).succeeds();
    }
    let before = team.remote.id("afterclick/ledger");
    // From here on no file can grow beyond a kilobyte.
    let binary = env!("CARGO_BIN_EXE_afterclick");
    let arguments = "incident open Again --id INC-3 --path a";
    let script = format!("trap '' XFSZ; ulimit -f 2; exec {binary} {arguments}");
    let full = ada.run_with("sh", &["-c", &script], |_| {});
    full.ends_with(5).complains("git fast-import failed");
    assert_eq!(team.remote.id("afterclick/ledger"), before);
    assert_eq!(waiting(&ada), 1);
    let _ = incident(&ada, "INC-4").succeeds();
    assert_eq!(incidents(&ada), ["INC-1", "INC-2", "INC-3", "INC-4"]);
}
