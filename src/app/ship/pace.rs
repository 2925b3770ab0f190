//! How long a ship waits: until the next look at the ledger, and, by experience, in all.

use std::time::Duration;

use crate::app::ledger::now;
use crate::ship::{End, State};

/// The shortest and the longest pause between two looks at the ledger.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// No ship makes way for the next one faster: it asks the gate, and pushes at least twice.
const FASTEST_SHIP: Duration = Duration::from_millis(400);

/// How long the ships ahead will take, from how long the last ones did.
pub(super) fn expected(state: &State, ahead: usize) -> Option<Duration> {
    let mut took: Vec<u64> = state
        .past
        .iter()
        .filter(|past| past.end == End::Live)
        .filter_map(|past| Some(past.at.since(past.acquired?)))
        .collect();
    took.sort_unstable();
    let usual = *took.get(took.len() / 2)?;
    let running = state.lock.as_ref().map_or(0, |lock| now().since(lock.at));
    let all = usual.saturating_mul(u64::try_from(ahead).unwrap_or(u64::MAX));
    Some(Duration::from_millis(
        all.saturating_sub(running.min(usual)),
    ))
}

/// Longer the longer it has been, and the more are ahead, but not beyond half of what is to be waited
/// for, where that is known. Never the same for two.
pub(super) fn pause(expected: Option<Duration>, elapsed: Duration, ahead: usize) -> Duration {
    let ahead = u32::try_from(ahead.max(1)).unwrap_or(u32::MAX);
    let pause = (elapsed / 20).max(SHORTEST_PAUSE.saturating_mul(ahead));
    let least = FASTEST_SHIP.saturating_mul(ahead);
    let pause = expected.map_or(pause, |expected| pause.min(expected.max(least) / 2));
    let pause = pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    pause.mul_f64(0.5 + fastrand::f64())
}
