#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
fn main() {
    for path in std::env::args().skip(1) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let t = std::time::Instant::now();
        let facts = afterclick::facts::of_file(&path, &text);
        println!(
            "# {path} broken {:?} {:?} n={}",
            facts.tree.broken,
            t.elapsed(),
            facts.settings.len()
        );
        if std::env::var("Q").is_err() {
            for s in facts.settings {
                println!(
                    "{}: {} = {:?} {:?}",
                    s.line,
                    s.path.join(" / "),
                    s.value,
                    s.kind
                );
            }
        }
    }
}
