//! Parses sources, and gives up where that would take too long.

use super::syntax::{Lexicon, Node, Syntax};
use tree_sitter::{InputEdit, Parser, Point, Tree};

/// Parses, giving up on input that keeps the parser busy far beyond its length.
pub(super) fn parse<'l>(lexicon: &'l Lexicon, source: &str) -> Option<Syntax<'l>> {
    let tree = fresh(&mut parser(lexicon)?, source)?;
    Some(Syntax::new(lexicon, &tree))
}

/// Parses two sources that have much in common: of the second one, only what is not in the first.
pub(super) fn parse_both<'l>(lexicon: &'l Lexicon, sources: [&str; 2]) -> [Option<Syntax<'l>>; 2] {
    let Some(mut parser) = parser(lexicon) else {
        return [None, None];
    };
    let [one, other] = sources;
    let first = fresh(&mut parser, one);
    let grown = first.clone();
    let grown = grown.and_then(|tree| again(&mut parser, tree, sources));
    if let (Some(first), Some(second)) = (&first, grown) {
        return Syntax::both(lexicon, [first, &second], sources.map(str::len)).map(Some);
    }
    let second = fresh(&mut parser, other);
    [first, second].map(|tree| tree.map(|tree| Syntax::new(lexicon, &tree)))
}

/// A parser of a language.
pub(super) fn parser(lexicon: &Lexicon) -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&lexicon.grammar).ok()?;
    Some(parser)
}

fn fresh(parser: &mut Parser, source: &str) -> Option<Tree> {
    bounded(parser, source.len(), source.as_bytes(), b"", None)
}

/// Parses a source with the tree of another one at hand. None where one of them cannot be read in
/// full: how a parser goes on after a mistake depends on what it knows.
fn again(parser: &mut Parser, mut tree: Tree, [old, new]: [&str; 2]) -> Option<Tree> {
    if tree.root_node().has_error() {
        return None;
    }
    tree.edit(&edit(old.as_bytes(), new.as_bytes()));
    let found = bounded(parser, new.len(), new.as_bytes(), b"", Some(&tree))?;
    (!found.root_node().has_error()).then_some(found)
}

/// What lies between the beginning and the end that two sources share.
fn edit(old: &[u8], new: &[u8]) -> InputEdit {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let start_byte = old.iter().zip(new).take_while(same).count();
    let (rest, other) = (&old[start_byte..], &new[start_byte..]);
    let shared = rest.iter().rev().zip(other.iter().rev());
    let shared = shared.take_while(same).count();
    let (old_end_byte, new_end_byte) = (old.len() - shared, new.len() - shared);
    InputEdit {
        start_byte,
        old_end_byte,
        new_end_byte,
        start_position: point(old, start_byte),
        old_end_position: point(old, old_end_byte),
        new_end_position: point(new, new_end_byte),
    }
}

/// The row and the column of a byte, as the parser counts them.
fn point(source: &[u8], byte: usize) -> Point {
    let before = &source[..byte];
    let row = before.iter().filter(|it| **it == b'\n').count();
    let line = before.iter().rposition(|it| *it == b'\n');
    Point::new(row, line.map_or(byte, |it| byte - it - 1))
}

/// How much the parser is given at a time, in bytes.
const CHUNK: usize = 4096;

/// Parses `length` bytes of a source, which `end` is put behind.
///
/// The parser calls back about every hundred operations: real code needs a call for a hundred
/// bytes, minified code one for fifty. It reads real code once or twice; what makes it look for an
/// end that is not there, it reads from every place again. An earlier tree has to be told of
/// every edit since.
pub(super) fn bounded(
    parser: &mut Parser,
    length: usize,
    source: &[u8],
    end: &[u8],
    earlier: Option<&Tree>,
) -> Option<Tree> {
    let most_calls = 1_000 + length / 16;
    let reads_left = std::cell::Cell::new(64 + 16 * (length / CHUNK));
    let mut calls = 0;
    let mut progress = |state: &tree_sitter::ParseState| {
        calls += 1;
        let done = state.current_byte_offset().min(length);
        // Broken at thousands of levels: mending it at the end is one step that cannot be left.
        let mends = calls * 48 > done + 12_000 && calls.saturating_mul(done) > 5_000_000;
        if calls > most_calls || mends || reads_left.get() == 0 {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut progress);
    let mut next = 0;
    let mut read = |offset: usize, _| {
        if offset == next {
            reads_left.set(reads_left.get().saturating_sub(1));
        }
        next = offset.saturating_add(CHUNK).min(source.len());
        if reads_left.get() == 0 {
            return &[][..];
        }
        match source.get(offset..next) {
            Some([]) => end,
            rest => rest.unwrap_or_default(),
        }
    };
    let syntax = parser.parse_with_options(&mut read, earlier, Some(options));
    // A parser that gave up would go on where it was.
    parser.reset();
    syntax.filter(|_| reads_left.get() > 0)
}

/// The lines of error and missing nodes, outermost only.
pub(super) fn broken(root: Node<'_>) -> Vec<std::ops::RangeInclusive<u32>> {
    let mut ranges = Vec::new();
    if !root.has_error() {
        return ranges;
    }
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_error() || node.is_missing() {
            ranges.push(node.line()..=node.end_line());
        } else if node.has_error() {
            open.extend(node.children());
        }
    }
    ranges.sort_by_key(|range| *range.start());
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Language;

    const SAMPLES: [(&str, &str); 8] = [
        (
            "a.cs",
            include_str!("../../tests/properties/samples/OrderController.cs"),
        ),
        (
            "a.java",
            include_str!("../../tests/properties/samples/OrderController.java"),
        ),
        (
            "a.php",
            include_str!("../../tests/properties/samples/OrderController.php"),
        ),
        (
            "a.go",
            include_str!("../../tests/properties/samples/orders.go"),
        ),
        (
            "a.py",
            include_str!("../../tests/properties/samples/orders.py"),
        ),
        (
            "a.rs",
            include_str!("../../tests/properties/samples/orders.rs"),
        ),
        (
            "a.ts",
            include_str!("../../tests/properties/samples/orders.ts"),
        ),
        (
            "a.rb",
            include_str!("../../tests/properties/samples/orders_controller.rb"),
        ),
    ];

    /// What a source that follows another one is read as must not depend on the other one.
    #[test]
    fn the_second_source_is_read_as_if_it_stood_alone() {
        let mut read = 0;
        for (path, source) in SAMPLES {
            let lexicon = &Language::of(path).unwrap().grammar().1.lexicon;
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            for at in 0..lines.len() {
                let (before, after) = (lines[..at].concat(), lines[at + 1..].concat());
                let line = lines[at];
                let indented = format!("{before}    {line}{after}");
                let others = [
                    format!("{before}{after}"),
                    format!("{before}{line}{line}{after}"),
                    format!("{before}{}{after}", line.replace(['(', ')'], "")),
                    format!("{before}{}{after}", line.replace('"', "'")),
                    indented,
                    after,
                ];
                for other in others {
                    let [_, found] = parse_both(lexicon, [source, &other]);
                    let alone = parse(lexicon, &other);
                    assert!(found == alone, "{path}, line {}:\n{other}", at + 1);
                    read += usize::from(found.is_some());
                }
            }
        }
        assert!(read > 500, "{read}");
    }
}
