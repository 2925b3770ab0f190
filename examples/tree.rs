//! Prints the tree that a file is lowered to: for whoever adds a language.
//!
//! `cargo run --example tree -- FILE`
#![allow(clippy::print_stdout, missing_docs)]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: tree FILE")?;
    let source = std::fs::read_to_string(&path)?;
    let facts = afterclick::facts::of_file(&path, &source);
    let tree = &facts.tree;
    print!("{tree}");
    println!("broken: {:?}", tree.broken);
    for it in &facts.settings {
        println!("{}: {} = {}", it.line, it.dotted(), it.value);
    }
    for it in &facts.statements {
        println!(
            "{}: {:?} {}.{} where {:?} {}{}",
            it.line,
            it.operation,
            it.table,
            it.name,
            it.filter,
            it.detail,
            if it.down { " (down)" } else { "" }
        );
    }
    Ok(())
}
