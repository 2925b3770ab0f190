//! Patterns of the websites that may call, and what else fits them.

use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind};
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::local;
use crate::review::record::finding::Finding;

/// A pattern for websites that others fit as well: what it is, and the part that anything may stand
/// before.
struct Loose {
    symbol: String,
    line: u32,
    host: String,
}

/// A pattern that fits the addresses of others, where the file had none.
pub(crate) fn loosely(file: &FilePair<'_>) -> Option<Finding> {
    if file.class != Class::Source || local(&file.path) || !file.before.exists {
        return None;
    }
    let known: Vec<String> = patterns(&file.before)
        .into_iter()
        .map(|it| it.host)
        .collect();
    let found = patterns(&file.after)
        .into_iter()
        .find(|it| !known.contains(&it.host))?;
    Some(
        Finding::new(file, &found.symbol, format!("pattern {}", found.host))
            .after(found.line, file.after.line(found.line))
            .says(
                format!(
                    "Which other websites may call this one is decided by a pattern, and `evil-{0}` fits it as well as `{0}`. Whoever registers such an address could act with the login of a customer who opens it.",
                    found.host
                ),
                "List the websites, or let the pattern have a dot before the name (`\\.`) and end after it.",
            ),
    )
}

fn patterns(side: &SideFacts<'_>) -> Vec<Loose> {
    let about = |name: &str| {
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|it| it.to_ascii_lowercase())
            .collect();
        name.contains("origin") && (name.contains("regex") || name.contains("pattern"))
    };
    let mut out = Vec::new();
    let mut add = |scope: usize, value: &Expr| {
        value.walk(&mut |it| {
            if let ExprKind::Text(text) = &it.kind
                && let Some(host) = any_before(text)
            {
                out.push(Loose {
                    symbol: side
                        .tree
                        .scopes
                        .get(scope)
                        .map_or_else(String::new, |it| it.path.clone()),
                    line: it.line,
                    host,
                });
            }
        });
    };
    for call in &side.facts.calls {
        for argument in &call.arguments {
            if argument.name.as_deref().is_some_and(about) {
                add(call.place.scope, &argument.value);
            }
        }
    }
    for it in &side.facts.assignments {
        if about(it.target.last_name()) {
            add(it.place.scope, &it.value);
        }
    }
    out
}

/// The name in a pattern that anything may stand right before: `shop.example` of
/// `https://.*shop\\.example`.
fn any_before(pattern: &str) -> Option<String> {
    for any in [".*", ".+"] {
        for (at, _) in pattern.match_indices(any) {
            let rest = pattern.get(at + any.len()..).unwrap_or_default();
            let rest = rest.trim_start_matches('?');
            let name: String = rest
                .chars()
                .take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '\\'))
                .filter(|it| *it != '\\')
                .collect();
            let plain = rest.starts_with(|it: char| it.is_ascii_alphanumeric());
            if plain && name.contains('.') {
                return Some(name.trim_end_matches('.').to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::any_before;

    #[test]
    fn what_stands_before_a_name_needs_a_dot() {
        assert_eq!(
            any_before(r"https://.*shop\.example").as_deref(),
            Some("shop.example")
        );
        assert_eq!(
            any_before(r"https://.*shop.example$").as_deref(),
            Some("shop.example")
        );
        assert_eq!(any_before(r"https://.*\.shop\.example"), None);
        assert_eq!(any_before(r"https://(.*\.)?shop\.example"), None);
        assert_eq!(any_before(r"https://app\.shop\.example"), None);
    }
}
