use super::{Words, amounts};
use crate::change::Class;
use crate::facts::sql::{Operation, Statement};
use crate::facts::tree::{Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::slots::slots;
use crate::review::money::{Meaning, about_money, says_amount, says_money};
use crate::review::record::finding::{Finding, name_of};
use crate::review::{Alone, Context};
use std::collections::BTreeSet;

check! {
    /// An amount of money is kept as a binary fraction where it was exact.
    ///
    /// ## What it does
    /// Looks at the values, parameters and fields of amounts, and at the types and casts of functions
    /// that work amounts out, and at the types that migrations and schemas give their columns. It speaks when one goes from an exact number (`Decimal`, `BigDecimal`,
    /// cents) to a floating-point one.
    ///
    /// ## Why it matters
    /// Floating-point numbers cannot hold most prices exactly. Sums drift by cents, and comparisons
    /// with what was paid fail.
    ///
    /// ## Example
    /// ```python
    /// total = Decimal(row["total"]) # before
    /// total = float(row["total"])   # after
    /// ```
    ///
    /// ## Instead
    /// Keep whole cents or an exact decimal from end to end.
    "money/float-money", Money, SPEAKS, run
}

const ADVICE: &str = "Keep whole cents or an exact decimal number from end to end.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::Inexact], &|delta, change| Words {
        concern: concern(delta.symbol(), &change.name),
        advice: ADVICE,
        speaks: true,
    });
    for delta in &context.deltas.scopes {
        let near = crate::review::money::about_money(delta);
        for (before, after) in delta.before.parameters.iter().zip(&delta.after.parameters) {
            if before.name == after.name
                && says_amount(&after.name, near)
                && exact(&before.type_name)
                && inexact(&after.type_name)
            {
                let shown = |name: &str, kind: &str| format!("{name}: {kind}");
                out.push(
                    Finding::new(
                        delta.file,
                        delta.symbol(),
                        format!("parameter {}", after.name),
                    )
                    .before(delta.before.line, &shown(&before.name, &before.type_name))
                    .after(delta.after.line, &shown(&after.name, &after.type_name))
                    .says(concern(delta.symbol(), &after.name), ADVICE)
                    .speaks_if(!draws(delta.file)),
                );
            }
        }
    }
    fields(context, out);
    typed(context, out);
    columns(context, out);
    described(context, out);
}

/// Columns of amounts that a description of the schema says to be exact, and floating-point now: a
/// `CREATE TABLE`, a model of Prisma.
fn described(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        let describes = file.path.ends_with(".prisma") || file.path.ends_with(".sql");
        if !describes || file.class != Class::Source || !file.before.exists {
            continue;
        }
        let (was, is) = (declared(file.before.text), declared(file.after.text));
        for (table, name, kind, line) in is {
            let floats = matches!(
                kind.as_str(),
                "float" | "float4" | "float8" | "double" | "real"
            );
            let near: BTreeSet<String> = words(&table).into_iter().collect();
            let before = was.iter().find(|it| {
                it.0 == table && it.1 == name && matches!(it.2.as_str(), "decimal" | "numeric")
            });
            let Some(before) = before.filter(|_| floats && says_amount(&name, says_money(&near)))
            else {
                continue;
            };
            out.push(
                Finding::new(file, &table, format!("column {table}.{name}"))
                    .before(before.3, file.before.line(before.3))
                    .after(line, file.after.line(line))
                    .says(
                        format!(
                            "The column `{table}.{name}` becomes a floating-point number. Amounts that are stored there are no longer exact, and sums drift by cents."
                        ),
                        ADVICE,
                    ),
            );
        }
    }
}

/// The columns of a description: table, name, type and line.
fn declared(text: &str) -> Vec<(String, String, String, u32)> {
    let mut out = Vec::new();
    let mut table = String::new();
    for (line, number) in text.lines().zip(1..) {
        let plain = line.trim().to_lowercase();
        let mut parts = plain
            .split([' ', '\t', '('])
            .map(|it| it.trim_matches(['"', '`', ',', '?']))
            .filter(|it| !it.is_empty());
        let (first, second) = (parts.next(), parts.next());
        let (Some(first), Some(second)) = (first, second) else {
            continue;
        };
        if first == "create" && second == "table" || first == "model" {
            let head = plain.split(['(', '{']).next().unwrap_or_default();
            let name = head.split_whitespace().last().unwrap_or_default();
            name.trim_matches(['"', '`']).clone_into(&mut table);
        } else if first == "alter" || first == "insert" {
            table.clear();
        } else if !table.is_empty() {
            out.push((table.clone(), first.to_owned(), second.to_owned(), number));
        }
    }
    out
}

/// Columns of amounts that a migration gives a floating-point type.
fn columns(context: &Context<'_>, out: &mut Vec<Finding>) {
    let floats = |detail: &str| {
        detail
            .split(|it: char| !it.is_ascii_alphanumeric())
            .any(|it| {
                matches!(
                    it,
                    "double"
                        | "float"
                        | "float4"
                        | "float8"
                        | "floatfield"
                        | "real"
                        | "binary_double"
                )
            })
    };
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        let near: BTreeSet<String> = words(&it.table).into_iter().collect();
        if it.operation != Operation::ChangeType
            || !floats(&it.detail)
            || !says_amount(&it.name, says_money(&near))
            || statements.is_new_column(&it.table, &it.name)
            || statements.fleeting(placed)
        {
            continue;
        }
        // The way back, or what stood here before, says that it was no other.
        let known = |other: &Statement| {
            other.operation == Operation::ChangeType
                && (&other.table, &other.name) == (&it.table, &it.name)
                && floats(&other.detail)
        };
        let back = placed.file.after.statements.iter().filter(|it| it.down);
        let gone = statements.gone.iter().map(|it| it.statement);
        let code = placed.code().to_lowercase();
        let was = code
            .split("existing_type")
            .nth(1)
            .is_some_and(|it| floats(it.split(',').next().unwrap_or_default()));
        if was || back.chain(gone).any(known) {
            continue;
        }
        out.push(
            Finding::new(placed.file, &placed.symbol(), format!("column {}", placed.named()))
                .after(it.line, placed.code())
                .says(
                    format!(
                        "The column `{}` becomes a floating-point number. Amounts that are stored there are no longer exact, and sums drift by cents.",
                        placed.named()
                    ),
                    ADVICE,
                ),
        );
    }
}

/// Functions that work amounts out in exact numbers and now do in floating-point ones. Types and
/// casts are no part of the tree, and are read from the text.
fn typed(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.after.kind != ScopeKind::Function
            || !about_money(delta)
            || draws(delta.file)
            || is_tool(delta.file)
            || shows(&delta.after.name)
        {
            continue;
        }
        let old = delta.base_file.before.code(&delta.before.span);
        let own = delta.file.after.code(&delta.after.span);
        // What is worked out may stand in a function that is new in the file.
        let taken_out = context.unmatched().into_iter().find(|(file, scope, side)| {
            *side == Alone::New
                && std::ptr::eq(*file, delta.file)
                && scope.kind == ScopeKind::Function
                && !shows(&scope.name)
                && delta.calls_gained.iter().any(|it| it.name == scope.name)
                && !numbers(delta.file.after.code(&scope.span))[1].is_empty()
        });
        let ([exact, floats], [mut still, mut inexact]) = (numbers(old), numbers(own));
        let (mut new, mut scope) = (own, delta.after);
        if let Some((file, other, _)) = taken_out.filter(|_| inexact.is_empty()) {
            (new, scope) = (file.after.code(&other.span), other);
            let [exact, floats] = numbers(new);
            still.extend(exact);
            inexact = floats;
        }
        if still.len() >= exact.len() || inexact.len() <= floats.len() {
            continue;
        }
        let Some(at) = inexact.first() else { continue };
        let line = |scope: &Scope, code: &str, at: usize| {
            let lines = code.get(..at).unwrap_or_default().matches('\n').count();
            scope.line + u32::try_from(lines).unwrap_or_default()
        };
        let was = line(delta.before, old, exact[0]);
        let is = line(scope, new, *at);
        let amount = slots(delta.after)
            .into_iter()
            .find(|it| says_amount(it.name, true))
            .map_or(delta.after.name.as_str(), |it| it.name);
        out.push(
            Finding::new(delta.file, delta.symbol(), "floating-point arithmetic")
                .before(was, delta.base_file.before.line(was))
                .after(is, delta.file.after.line(is))
                .says(concern(delta.symbol(), amount), ADVICE),
        );
    }
}

/// Whether a function is there to show or measure amounts, by its name.
fn shows(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "chart"
                | "display"
                | "format"
                | "label"
                | "log"
                | "metric"
                | "metrics"
                | "print"
                | "render"
                | "string"
        )
    })
}

/// Where code says exact numbers, and where it says floating-point ones.
fn numbers(code: &str) -> [Vec<usize>; 2] {
    const EXACT: &[&str] = &[
        "Big",
        "BigDecimal",
        "Decimal",
        "Div",
        "IntPart",
        "MidpointRounding",
        "Mul",
        "RoundBank",
        "RoundingMode",
        "Sub",
        "bcadd",
        "bcdiv",
        "bcmul",
        "bcsub",
        "decimal",
        "multiply",
        "quantize",
        "setScale",
        "subtract",
        "to_d",
    ];
    const INEXACT: &[&str] = &[
        "Double",
        "InexactFloat64",
        "double",
        "doubleValue",
        "f32",
        "f64",
        "float",
        "float32",
        "float64",
        "floatValue",
        "floatval",
        "parseFloat",
        "to_f",
    ];
    let mut found = [Vec::new(), Vec::new()];
    for (at, word) in plain_words(code) {
        // C#'s `0.5m`.
        let literal = word.ends_with(['m', 'M'])
            && word.starts_with(|it: char| it.is_ascii_digit())
            && word[..word.len() - 1].bytes().all(|it| it.is_ascii_digit());
        if literal || EXACT.contains(&word) {
            found[0].push(at);
        } else if INEXACT.contains(&word) {
            found[1].push(at);
        }
    }
    found
}

/// The words of code outside of strings and comments, with their places.
fn plain_words(code: &str) -> Vec<(usize, &str)> {
    let bytes = code.as_bytes();
    let part = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &code[at..];
        match bytes[at] {
            b'#' => at += rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("//") => at += rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => at += rest.find("*/").map_or(rest.len(), |it| it + 2),
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            first if part(first) => {
                let end = bytes[at..].iter().position(|it| !part(*it));
                let end = end.map_or(bytes.len(), |it| at + it);
                out.push((at, &code[at..end]));
                at = end;
            }
            _ => at += 1,
        }
        while at < bytes.len() && !code.is_char_boundary(at) {
            at += 1;
        }
    }
    out
}

/// Fields of a model: `price = DecimalField()`, `t.decimal :price`.
fn fields(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        for (lost, gained) in pairs(delta) {
            let named = |call: &crate::facts::fact::Call| {
                call.target.clone().or_else(|| {
                    call.arguments
                        .first()
                        .map(|it| it.value.to_string().trim_matches('"').to_owned())
                })
            };
            let (Some(name), Some(other)) = (named(lost), named(gained)) else {
                continue;
            };
            if name != other
                || !says_amount(&name, true)
                || !kind(&lost.name, EXACT)
                || !kind(&gained.name, INEXACT)
            {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("field {name}"))
                    .before(
                        lost.place.line,
                        delta.base_file.before.code(&lost.place.span),
                    )
                    .after(gained.place.line, delta.file.after.code(&gained.place.span))
                    .says(concern(delta.symbol(), &name), ADVICE)
                    .speaks_if(true),
            );
        }
    }
}

fn pairs<'a>(
    delta: &'a crate::review::deltas::delta::ScopeDelta<'_>,
) -> impl Iterator<Item = (&'a crate::facts::fact::Call, &'a crate::facts::fact::Call)> {
    delta
        .calls_lost
        .iter()
        .flat_map(|lost| delta.calls_gained.iter().map(move |gained| (lost, gained)))
}

const EXACT: &[&str] = &[
    "decimal",
    "numeric",
    "money",
    "bigdecimal",
    "integer",
    "bigint",
];
const INEXACT: &[&str] = &["float", "double", "real", "float64", "float32"];

fn kind(name: &str, list: &[&str]) -> bool {
    words(name).iter().any(|it| list.contains(&it.as_str()))
}

fn exact(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    [
        "decimal",
        "money",
        "int64",
        "bigint",
        "bigdecimal",
        "numeric",
        "int",
    ]
    .iter()
    .any(|it| kind.contains(it))
}

fn inexact(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["float", "double", "f64", "f32"]
        .iter()
        .any(|it| kind.contains(it))
}

fn concern(symbol: &str, name: &str) -> String {
    format!(
        "In {}, the amount `{name}` was an exact number and is now a floating-point one. Cents could get lost, and sums could stop adding up.",
        name_of(symbol)
    )
}
