//! Prints the tree that a file is lowered to: for whoever adds a language.
//!
//! `cargo run --example tree -- FILE`
#![allow(clippy::print_stdout, missing_docs)]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: tree FILE")?;
    let source = std::fs::read_to_string(&path)?;
    let language = afterclick::facts::Language::of(&path).ok_or("not a language that is read")?;
    let tree = afterclick::facts::read(language, &source).ok_or("the parser gave up")?;
    print!("{tree}");
    println!("broken: {:?}", tree.broken);
    Ok(())
}
