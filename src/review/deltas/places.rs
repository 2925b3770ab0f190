//! What a file is there for, by where it stands.

/// Samples, tests and what runs on a developer's own machine only.
pub(crate) fn example(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let words: Vec<&str> = path.split(['/', '.', '-', '_']).collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    any(&[
        "example", "examples", "sample", "samples", "test", "tests", "testing", "spec", "specs",
        "e2e", "fixture", "fixtures", "docs", "doc", "demo", "testdata", "mock", "mocks",
    ])
}

/// Runs on a developer's own machine, or in something short-lived.
pub(crate) fn local(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let words: Vec<&str> = path.split(['/', '.', '-', '_']).collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    example(&path)
        || any(&[
            "dev",
            "develop",
            "development",
            "local",
            "devcontainer",
            "sandbox",
            "preview",
            "playground",
            "override",
            "debug",
            "ci",
            "benchmark",
            "bench",
        ])
}

/// Whether code at this path sets things up, by what its folders and it are called.
pub(crate) fn configures(path: &str) -> bool {
    let words = ["config", "settings", "initializers"];
    words
        .iter()
        .any(|it| path.to_ascii_lowercase().contains(it))
}
