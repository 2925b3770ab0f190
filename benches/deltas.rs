//! How long a review takes once the change is read from git: `cargo bench --bench deltas`.

mod synthetic;

use afterclick::change::Change;
use afterclick::policy::{Date, Policy};
use afterclick::review::deltas::compare::Comparison;
use afterclick::review::deltas::delta::Deltas;
use afterclick::review::deltas::matching::Matching;
use afterclick::review::record::Review;
use afterclick::review::{self, Terms};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

const FILES: [usize; 3] = [1, 20, 200];

fn review(change: &Change) -> Review {
    let terms = Terms {
        policy: &Policy::default(),
        incidents: &[],
        overridden: &[],
        today: Date::from_days_since_1970(20_000),
    };
    review::review(change, &terms)
}

/// Matching and deltas of a change whose facts are there.
#[divan::bench(args = FILES, sample_count = 20)]
fn deltas(bencher: Bencher<'_, '_>, files: usize) {
    let change = synthetic::change(files, 20);
    let comparison = Comparison::new(&change, &|_| false);
    let policy = Policy::default();
    bencher.counter(ItemsCount::new(files)).bench_local(|| {
        let matching = Matching::new(&comparison.files);
        Deltas::new(&comparison.files, &matching, policy.words())
            .scopes
            .len()
    });
}

/// A whole review, from texts to the record.
#[divan::bench(args = FILES, sample_count = 20)]
fn whole(bencher: Bencher<'_, '_>, files: usize) {
    let change = synthetic::change(files, 20);
    bencher
        .counter(ItemsCount::new(files))
        .bench_local(|| review(&change));
}
