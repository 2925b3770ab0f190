//! Schedules with faults, over real git: processes that are killed, replies that are lost, pushes
//! that are rejected, a remote that is slow.
//!
//! The test command runs a few; `AFTERCLICK_SCHEDULES=10000 cargo test --test ship schedules --
//! --nocapture` runs more of them, `AFTERCLICK_SEED=…` the one with that number.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::Repository;
use crate::{Shop, arguments, hook, land, read, spawn, state};

/// How many are run by default.
const SCHEDULES: u64 = 200;

/// How many run at the same time.
const LANES: usize = 4;

#[test]
fn no_schedule_has_two_holders_and_none_loses_anything() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let (first, last) = match number("AFTERCLICK_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("AFTERCLICK_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= last {
                        break;
                    }
                    play(seed);
                }
            });
        }
    });
    println!("{} schedules, from seed {first}", last - first);
}

/// A small generator: the same seed is the same schedule.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn play(seed: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let shop = Shop::new();
    let ada = land(shop.member(), "basket");
    let grace = land(shop.member(), "search");
    let faults = shop.deploys().with_file_name("faults");
    std::fs::create_dir(&faults).unwrap();
    // The push with this number is rejected, or its reply is lost, or it takes long.
    for fault in ["reject", "lose", "slow"] {
        let at = chance.below(12);
        std::fs::write(faults.join(format!("{fault}.{at}")), "").unwrap();
    }
    let count = format!(
        "cd {}; n=$(ls | grep -c count); : > count.$n",
        faults.display()
    );
    hook(
        &shop.remote,
        "pre-receive",
        &format!("{count}; [ -e slow.$n ] && sleep 0.1; [ ! -e reject.$n ]"),
    );
    hook(
        &shop.remote,
        "post-receive",
        &format!(
            "cd {}; n=$(($(ls | grep -c count) - 1)); [ -e lose.$n ] && kill -9 $PPID; true",
            faults.display()
        ),
    );
    let deploys = shop.deploys();
    let script = format!(
        "echo begin $AFTERCLICK_EPOCH >> {0}; echo end $AFTERCLICK_EPOCH >> {0}",
        deploys.display()
    );
    let mut children: Vec<_> = [&ada, &grace]
        .iter()
        .map(|clone| spawn(clone, &arguments(&["--wait", "20"], &script)))
        .collect();
    let mut killed = false;
    if chance.below(2) == 0 {
        let victim = usize::try_from(chance.below(2)).unwrap();
        // The moment is drawn by lot; whatever it hits has to be survived.
        let moment = Duration::from_millis(chance.below(600));
        std::thread::park_timeout(moment);
        children[victim].kill().unwrap();
        killed = true;
    }
    let mut said = String::new();
    let mut lived = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        lived += u32::from(output.status.code() == Some(0));
    }
    // From here on nothing goes wrong: what is left behind is cleared away, and somebody ships.
    for name in ["pre-receive", "post-receive"] {
        std::fs::remove_file(shop.remote.path().join(".git/hooks").join(name)).unwrap();
    }
    let mira = shop.member();
    let _ = shop.ship_with(&mira, &["--wait", "20"], &script);
    clear(&mira);
    let _ = shop
        .ship_with(&mira, &["--wait", "20"], &script)
        .ends_with(0);
    let text = read(&deploys);
    let what = format!("seed {seed}, killed {killed}\n{said}\n{text}");
    // No deploy begins while another is under way, and no token is used twice.
    let mut open: Option<&str> = None;
    let mut used = BTreeSet::new();
    for line in text.lines() {
        let (word, epoch) = line.split_once(' ').unwrap();
        match word {
            "begin" => {
                assert!(open.is_none() || killed, "two holders: {what}");
                assert!(used.insert(epoch), "a token twice: {what}");
                open = Some(epoch);
            }
            _ => {
                assert_eq!(open.take(), Some(epoch), "{what}");
            }
        }
    }
    let now = state(&mira);
    assert_eq!(now["live"]["sha"], mira.id("HEAD"), "{what}");
    assert!(now["lock"].is_null(), "{what}");
    let past = now["past"].as_array().unwrap().iter();
    let ended = past.filter(|it| it["end"] == "live" || it["end"] == "superseded");
    assert!(ended.count() as u32 >= lived, "a ship was lost: {what}");
    let _ = mira.afterclick(&["verify"]).succeeds();
}

/// Says what is live, where a ship that broke off left that open.
fn clear(clone: &Repository) {
    let now = state(clone);
    if now["uncertain"].is_null() {
        return;
    }
    let sha = match now["live"]["sha"].as_str() {
        Some(sha) => sha.to_owned(),
        None => clone.id("HEAD~2"),
    };
    let say = [
        "rebaseline",
        "-e",
        "production",
        "--sha",
        &sha,
        "--reason",
        "looked",
    ];
    let _ = clone.afterclick(&say).succeeds();
}
