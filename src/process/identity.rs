//! Which process something is, in words that outlive it.
//!
//! Process ids are used again, and containers count their own: an id means something only together
//! with the machine, its start, and the moment the process started. Where one of these cannot be
//! known, nothing is shown.

use std::fs;

use super::CLAIM;
use crate::ship::{Evidence, Presence, Runner};

/// This process.
pub fn this() -> Runner {
    runner(std::process::id())
}

/// The process that started this one, such as the shell of a job.
pub fn parent() -> Runner {
    runner(parent_id())
}

/// Whether a process of this machine is there; whether the deploy that it began is, too.
pub fn presence(runner: &Runner, claim: &str) -> Presence {
    let Runner::Local {
        machine,
        boot,
        process,
        started,
    } = runner
    else {
        return Presence::Unknown;
    };
    if *machine != self::machine() {
        return Presence::Unknown;
    }
    let gone = |status: &str| {
        Presence::Gone(Evidence::Process {
            machine: machine.clone(),
            process: *process,
            status: status.to_owned(),
        })
    };
    if *boot != self::boot() {
        return gone("restarted");
    }
    let status = match start_of(*process) {
        Some(now) if now == *started => return Presence::There,
        Some(_) => "replaced",
        None if exists(*process) => return Presence::Unknown,
        None => "ended",
    };
    match carries(claim) {
        Some(true) => Presence::There,
        Some(false) | None => gone(status),
    }
}

fn runner(process: u32) -> Runner {
    Runner::Local {
        machine: machine(),
        boot: boot(),
        process,
        started: start_of(process).unwrap_or_default(),
    }
}

/// The machine, or the container on it: each counts its processes for itself.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let id = read("/etc/machine-id").trim().to_owned();
    let id = match id.len() {
        32 => id,
        // Without an id of its own, a machine is the same only until it is started anew.
        _ => boot(),
    };
    let host = read("/proc/sys/kernel/hostname");
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let all = format!("{id}\n{}\n{}", host.trim(), space.display());
    blake3::hash(all.as_bytes()).to_hex()[..16].to_owned()
}

/// Which start of the machine this is.
fn boot() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

/// When a process started, in ticks since the machine did; none where there is no such process. One
/// that has ended and is not yet buried is none.
fn start_of(process: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    let mut rest = line.rsplit_once(')')?.1.split_whitespace();
    let is_over = rest
        .next()
        .is_none_or(|state| ["Z", "X", "x"].contains(&state));
    let started = rest.nth(18)?.parse().ok()?;
    (!is_over).then_some(started)
}

/// Whether a process with this id is there at all, on a system that says no more of it.
#[cfg(unix)]
fn exists(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    if fs::metadata("/proc/self").is_ok() {
        return false;
    }
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    id.is_none_or(|id| test_kill_process(id) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn exists(_: u32) -> bool {
    true
}

#[cfg(unix)]
fn parent_id() -> u32 {
    rustix::process::getppid().map_or(0, |id| id.as_raw_nonzero().get().unsigned_abs())
}

#[cfg(not(unix))]
fn parent_id() -> u32 {
    std::process::id()
}

/// Whether a process still carries a claim in its environment: the deploy command outlives whoever
/// began it where that was killed. None where the system does not show it.
pub fn carries(claim: &str) -> Option<bool> {
    let mark = format!("{CLAIM}={claim}");
    let processes = fs::read_dir("/proc").ok()?;
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut running = numbers
        .filter_map(|name| name.parse::<u32>().ok())
        .filter(|process| start_of(*process).is_some())
        .peekable();
    // Some systems have the folder, and nothing in it.
    running.peek()?;
    Some(running.any(|process| {
        let variables = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        let mut variables = variables.split(|byte| *byte == 0);
        variables.any(|it| it == mark.as_bytes())
    }))
}
