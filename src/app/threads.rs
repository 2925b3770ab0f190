//! Work shared out over the processors. The pure rooms know nothing of it.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

/// More threads than this are not started: the wait is for memory then.
const MOST: usize = 8;

/// What a thread may put on its stack, in bytes: as much as the main thread of most systems.
const STACK: usize = 8 * 1024 * 1024;

/// Does some work on every item, on as many threads as there are processors, and says how many
/// are done. What comes of it is in the order of the items.
pub(super) fn each<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        while let Some((index, item)) = take(items, &next) {
            let result = work(item);
            if let Ok(mut results) = results.lock() {
                results.push((index, result));
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let threads = available_parallelism().map_or(1, usize::from);
    scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(MOST).min(items.len()))
            .filter_map(|_| {
                Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, run)
                    .ok()
            })
            .collect();
        run();
        for helper in helpers {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does two things at a time, or one after the other where no thread can be had.
pub(super) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    scope(|scope| {
        let helper = Builder::new().stack_size(STACK);
        match helper.spawn_scoped(scope, &other) {
            Ok(helper) => {
                let one = one();
                let other = helper.join();
                (one, other.unwrap_or_else(|panic| resume_unwind(panic)))
            }
            Err(_) => (one(), other()),
        }
    })
}

/// The next item that nobody has taken yet.
fn take<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        let most = AtomicUsize::new(0);
        let twice = each(&items, |item| item * 2, &|done| {
            most.fetch_max(done, Ordering::Relaxed);
        });
        assert_eq!(twice, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(most.into_inner(), items.len());
    }

    #[test]
    fn a_panic_is_not_lost() {
        let panics = || each(&[1, 2, 3], |item| assert_ne!(*item, 2), &|_| {});
        assert!(std::panic::catch_unwind(panics).is_err());
    }
}
