//! How long it takes to read a file: `cargo bench --bench facts`.

mod synthetic;

use afterclick::facts::{extract, of_file};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// The tree, the settings and the statements of a file of 50 functions.
#[divan::bench(args = synthetic::paths())]
fn read(bencher: Bencher<'_, '_>, path: &str) {
    let source = synthetic::source(path, 50, 0);
    bencher
        .counter(BytesCount::of_str(&source))
        .bench_local(|| of_file(path, &source));
}

/// The facts of a tree that is already there.
#[divan::bench(args = synthetic::paths())]
fn extract(bencher: Bencher<'_, '_>, path: &str) {
    let source = synthetic::source(path, 50, 0);
    let tree = of_file(path, &source).tree;
    bencher
        .counter(BytesCount::of_str(&source))
        .bench_local(|| extract::facts(&tree));
}
