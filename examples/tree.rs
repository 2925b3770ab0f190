//! Prints the tree that a file is lowered to: for whoever adds a language.
//!
//! `cargo run --example tree -- FILE`
#![allow(clippy::print_stdout, missing_docs)]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: tree FILE")?;
    let source = std::fs::read_to_string(&path)?;
    let tree = afterclick::facts::of_file(&path, &source).tree;
    for scope in &tree.scopes {
        println!(
            "{:?} {} [{}-{}]",
            scope.kind, scope.path, scope.line, scope.end_line
        );
        for attribute in &scope.attributes {
            let arguments: Vec<String> = attribute
                .arguments
                .iter()
                .map(ToString::to_string)
                .collect();
            println!("  @{}({})", attribute.name, arguments.join(", "));
        }
        for parameter in &scope.parameters {
            println!("  param {}: {}", parameter.name, parameter.type_name);
        }
        for stmt in &scope.body {
            println!("  {}: {stmt}", stmt.line);
        }
    }
    println!("broken: {:?}", tree.broken);
    for it in afterclick::facts::of_file(&path, &source).statements {
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
