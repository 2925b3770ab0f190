//! SQL in the strings of another language.

use super::{Known, Source, Statement, parse, split};
use crate::facts::tree::{Expr, ExprKind, Operator, Span};

/// Stands for a value that the string does not hold: a placeholder or an interpolation.
pub(super) const HOLE: &str = "hole__";

/// A string of code and where it stands.
#[derive(Debug, Clone)]
pub(in crate::facts) struct Literal {
    text: String,
    line: u32,
    span: Span,
}

/// Where the statements of a string belong.
pub(in crate::facts) struct Place<'a> {
    pub(in crate::facts) symbol: &'a str,
    pub(in crate::facts) down: bool,
}

/// The text of a string, of a template, or of strings that are joined. None for anything else.
pub(in crate::facts) fn literal(expr: &Expr) -> Option<Literal> {
    let mut text = String::new();
    let mut texts = 0;
    join(expr, &mut text, &mut texts);
    (texts > 0).then_some(Literal {
        text,
        line: expr.line,
        span: expr.span.clone(),
    })
}

fn join(expr: &Expr, text: &mut String, texts: &mut usize) {
    match &expr.kind {
        ExprKind::Text(part) => {
            *texts += 1;
            spaces(part, text);
        }
        ExprKind::Template(parts) => parts.iter().for_each(|part| join(part, text, texts)),
        ExprKind::Binary(Operator::Add, ..) => {
            for part in expr.parts(Operator::Add) {
                join(part, text, texts);
            }
        }
        // `"…" % values`, `"…".format(…)`, `<<~SQL.squish`, `sprintf("…")`.
        ExprKind::Binary(Operator::Remainder, left, _) => join(left, text, texts),
        ExprKind::Member(object, name) if only_formats(name) => join(object, text, texts),
        ExprKind::Call(callee, arguments) => match &callee.kind {
            ExprKind::Member(object, name) if only_formats(name) => join(object, text, texts),
            _ if matches!(
                callee.last_name(),
                "sprintf" | "Sprintf" | "text" | "sql" | "raw"
            ) =>
            {
                if let Some(first) = arguments.first() {
                    join(&first.value, text, texts);
                }
            }
            _ => text.push_str(HOLE),
        },
        _ => text.push_str(HOLE),
    }
}

/// White space that is written as an escape, and lines that go on behind a backslash.
fn spaces(part: &str, text: &mut String) {
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        rest = match after.as_bytes().first() {
            // The line ends here as well, and lines are counted.
            Some(b'\n' | b'\r') => after,
            Some(b'n' | b'r' | b't') => {
                text.push_str("  ");
                &after[1..]
            }
            _ => {
                text.push('\\');
                after
            }
        };
    }
    text.push_str(rest);
}

fn only_formats(name: &str) -> bool {
    matches!(
        name,
        "format" | "squish" | "strip" | "strip_heredoc" | "trim" | "freeze" | "chomp"
    )
}

/// The statements of a string; nothing where it does not read as SQL.
pub(in crate::facts) fn read_embedded(
    literal: &Literal,
    place: &Place<'_>,
    source: &str,
) -> Vec<Statement> {
    if !reads_as_sql(&literal.text) {
        return Vec::new();
    }
    let filled = fill_placeholders(&literal.text);
    let written = source
        .get(literal.span.start as usize..literal.span.end as usize)
        .unwrap_or_default();
    let mut found = Vec::new();
    for chunk in split::chunks(&filled) {
        let code = &filled[chunk.span.clone()];
        let Some(parsed) = parse(&chunk, code, &mut Known::new()) else {
            continue;
        };
        let span = match written.find(code) {
            Some(at) => {
                let start = literal.span.start + at as u32;
                start..start + code.len() as u32
            }
            None => literal.span.clone(),
        };
        for parsed in parsed {
            found.push(Statement {
                operation: parsed.operation,
                table: parsed.table,
                name: parsed.name,
                filter: parsed.filter,
                detail: parsed.detail,
                line: literal.line + chunk.line - 1,
                span: span.clone(),
                down: place.down || chunk.down,
                symbol: place.symbol.to_owned(),
                source: Source::Text,
            });
        }
    }
    found
}

/// Whether the first words are those of a statement.
fn reads_as_sql(text: &str) -> bool {
    let mut words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(str::split_whitespace)
        .map(str::to_ascii_lowercase);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first.as_str() {
        "delete" => second == "from",
        "drop" => matches!(
            second.as_str(),
            "table" | "index" | "schema" | "database" | "policy" | "trigger" | "rule"
        ),
        "alter" => matches!(
            second.as_str(),
            "table" | "policy" | "role" | "user" | "default"
        ),
        "create" => matches!(
            second.as_str(),
            "table"
                | "index"
                | "unique"
                | "policy"
                | "temp"
                | "temporary"
                | "unlogged"
                | "role"
                | "trigger"
                | "or"
                | "rule"
        ),
        "grant" | "revoke" => {
            let found: Vec<String> = words.take(40).collect();
            let has = |word: &str| found.iter().any(|it| it == word);
            has("on") && (has("to") || has("from"))
        }
        "disable" | "enable" => second == "trigger",
        "truncate" => !second.is_empty(),
        "update" => words.take(6).any(|word| word == "set"),
        "select" => words.any(|word| word == "from"),
        "insert" => second == "into",
        "with" => words
            .next()
            .is_some_and(|third| third == "as" || third.starts_with("as(")),
        "do" => second.starts_with('$'),
        "begin;" | "set" => true,
        _ => false,
    }
}

/// Placeholders of every kind become a name that every dialect reads.
fn fill_placeholders(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let length = match bytes[at] {
            b'\'' => {
                quoted = !quoted;
                0
            }
            _ if quoted => 0,
            b'?' => 1,
            b'%' if next == b'(' => text[at..].find(")s").map_or(0, |end| end + 2),
            b'%' if next.is_ascii_alphabetic() && !after(bytes, at + 2).is_ascii_alphanumeric() => {
                2
            }
            b':' | b'@'
                if (next.is_ascii_alphabetic() || next == b'_')
                    && (at == 0 || !matches!(bytes[at - 1], b':' | b'@')) =>
            {
                1 + name_length(&bytes[at + 1..])
            }
            b'{' => text[at..].find('}').map_or(0, |end| end + 1),
            _ => 0,
        };
        if length > 0 {
            out.push_str(&text[from..at]);
            out.push_str(HOLE);
            at += length;
            from = at;
        } else {
            at += 1;
        }
    }
    out.push_str(&text[from..]);
    out
}

fn after(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

fn name_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count()
}
