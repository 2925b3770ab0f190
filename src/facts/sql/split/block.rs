//! What stands inside `DO $$ … $$`.

use super::{Chunk, Cutter};

/// The statements of a `DO` block, what leads into them left out.
pub(super) fn statements(inside: &str, offset: usize, line: u32, down: bool) -> Vec<Chunk> {
    let mut cutter = Cutter::new(inside);
    cutter.opens = false;
    cutter.cut();
    let mut found = Vec::new();
    for chunk in cutter.chunks {
        let code = &inside[chunk.span.clone()];
        let Some(skip) = lead(code) else { continue };
        let mut inner = Cutter::new(&code[skip..]);
        inner.opens = false;
        inner.cut();
        let Some(mut first) = inner.chunks.into_iter().next() else {
            continue;
        };
        let before = code[..skip].matches('\n').count() as u32;
        first.line += line - 1 + chunk.line - 1 + before;
        first.end_line += line - 1 + chunk.line - 1 + before;
        let start = offset + chunk.span.start + skip;
        first.span = start + first.span.start..start + first.span.end;
        first.down = down;
        found.push(first);
    }
    found
}

/// Where the statement begins after `BEGIN`, `THEN`, `ELSE` or `LOOP`.
fn lead(code: &str) -> Option<usize> {
    let mut at = 0;
    let mut begins = true;
    for word in code.split_inclusive(char::is_whitespace) {
        let plain = word.trim().to_ascii_lowercase();
        if begins
            && matches!(
                plain.as_str(),
                "alter" | "drop" | "create" | "truncate" | "delete" | "update"
            )
        {
            return Some(at);
        }
        if !plain.is_empty() {
            begins = matches!(plain.as_str(), "begin" | "then" | "else" | "loop");
        }
        at += word.len();
    }
    None
}
