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
        let Some((skip, end)) = lead(code)
            .map(|it| (it, code.len()))
            .or_else(|| written(code))
        else {
            continue;
        };
        let mut inner = Cutter::new(&code[skip..end]);
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

/// Where the text of a statement stands that a block puts together: `EXECUTE format($p$…$p$, name)`.
fn written(code: &str) -> Option<(usize, usize)> {
    let execute = code.to_ascii_lowercase().find("execute")?;
    let rest = code.get(execute..)?;
    let quote = execute + rest.find(['\'', '$'])?;
    let tail = code.get(quote..)?;
    let mark = match tail.strip_prefix('$') {
        Some(tag) => tail.get(..tag.find('$')? + 2)?,
        None => "'",
    };
    let start = quote + mark.len();
    let inside = code.get(start..)?;
    let end = start + inside.find(mark)?;
    let text = code.get(start..end)?;
    let begin = start + (text.len() - text.trim_start().len());
    let plain = text.trim_start().to_ascii_lowercase();
    let known = ["create policy", "alter policy", "grant "];
    known
        .iter()
        .any(|it| plain.starts_with(it))
        .then_some((begin, end))
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
