use crate::facts::tree::ExprKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{each_expr, slots, touched};
use std::collections::HashSet;

check! {
    /// A key or password stands in the code, or a secret one in what browsers load.
    ///
    /// ## What it does
    /// Looks at fixed texts and settings that are new. It speaks when one has the form in which a
    /// provider hands out secret keys, and when a variable that is built into pages
    /// (`NEXT_PUBLIC_…`, `VITE_…`) is named after a secret. Texts that only look random are recorded;
    /// examples and placeholders stay silent.
    ///
    /// ## Why it matters
    /// Once it is pushed, everyone who can read the code, now or later, has the key.
    ///
    /// ## Example
    /// ```ts
    /// const stripe = new Stripe("sk_live_…");
    /// ```
    ///
    /// ## Instead
    /// Replace the key with a new one now, and read it from the deployment's secrets.
    "production/secret-in-code", Production, SPEAKS, run
}

/// The beginnings of secret keys, how many characters follow at least, and whose they are.
const FORMS: &[(&str, usize, &str)] = &[
    ("sk_live_", 16, "Stripe"),
    ("rk_live_", 16, "Stripe"),
    ("whsec_", 24, "Stripe"),
    ("AKIA", 16, "AWS"),
    ("ASIA", 16, "AWS"),
    ("ghp_", 36, "GitHub"),
    ("gho_", 36, "GitHub"),
    ("ghs_", 36, "GitHub"),
    ("github_pat_", 50, "GitHub"),
    ("glpat-", 20, "GitLab"),
    ("xoxb-", 30, "Slack"),
    ("xoxp-", 30, "Slack"),
    ("SG.", 60, "SendGrid"),
    ("npm_", 36, "npm"),
    ("sk-ant-", 40, "Anthropic"),
    ("sk-proj-", 40, "OpenAI"),
    ("shpat_", 32, "Shopify"),
    ("dop_v1_", 60, "DigitalOcean"),
    ("key-", 32, "Mailgun"),
    ("EAACEdEose0cBA", 20, "Facebook"),
];

/// Whose secret a text is, by its form.
fn provider(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") && text.len() > 200 {
        return Some("private");
    }
    FORMS.iter().find_map(|(start, length, whose)| {
        let rest = text.strip_prefix(start)?;
        let plain = rest
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.'));
        let upper = !start.starts_with("AK") && !start.starts_with("AS")
            || rest.len() == 16
                && rest
                    .chars()
                    .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
        (plain && upper && rest.len() >= *length && rest.len() < 200 && varied(rest))
            .then_some(*whose)
    })
}

/// Whether a text has as many different characters as a random one, and is no placeholder.
fn varied(text: &str) -> bool {
    let lower = text.to_lowercase();
    let placeholder = [
        "example",
        "xxxx",
        "test",
        "dummy",
        "placeholder",
        "your",
        "0000",
        "1234",
        "changeme",
        "fake",
        "sample",
        "redacted",
        "abcdef",
        "secret",
        "token",
        "insert",
        "aaaa",
    ]
    .iter()
    .any(|it| lower.contains(it));
    let different: HashSet<char> = text.chars().collect();
    let digits = text.chars().any(|it| it.is_ascii_digit());
    let letters = text.chars().any(|it| it.is_ascii_alphabetic());
    !placeholder
        && digits
        && letters
        && different.len() * 10 >= text.len().min(30) * 4
        && different.len() >= 8
}

/// A variable that is built into pages and named after a secret.
fn shown_secret(name: &str) -> bool {
    let public = [
        "NEXT_PUBLIC_",
        "VITE_",
        "REACT_APP_",
        "EXPO_PUBLIC_",
        "NUXT_PUBLIC_",
        "PUBLIC_",
        "GATSBY_",
    ]
    .iter()
    .any(|it| name.starts_with(it));
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    public
        && ((has("secret") && !has("public"))
            || (has("service") && has("role"))
            || (has("private") && has("key"))
            || has("password"))
}

fn is_sample(path: &str) -> bool {
    let path = path.to_lowercase();
    [
        "example", "sample", "template", "test", "spec", "fixture", "mock", "docs/", "e2e", "seed",
        "cassette", "snap",
    ]
    .iter()
    .any(|it| path.contains(it))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let mut known: HashSet<&str> = HashSet::new();
    for file in context.files {
        for scope in &file.before.tree.scopes {
            each_expr(&scope.body, &mut |it| match &it.kind {
                ExprKind::Text(text) => {
                    known.insert(text);
                }
                ExprKind::Name(name) | ExprKind::Member(_, name) => {
                    known.insert(name);
                }
                _ => {}
            });
        }
        known.extend(file.before.settings.iter().map(|it| it.value.as_str()));
        known.extend(file.before.settings.iter().map(|it| it.key()));
    }
    for scope in touched(context) {
        let path = &scope.file.path;
        each_expr(&scope.after.body, &mut |it| {
            let (ExprKind::Text(text) | ExprKind::Name(text) | ExprKind::Member(_, text)) =
                &it.kind
            else {
                return;
            };
            if known.contains(text.as_str()) {
                return;
            }
            if let (ExprKind::Text(_), Some(whose)) = (&it.kind, provider(text)) {
                out.push(
                    secret(scope.file, &scope.after.path, it.line, whose)
                        .speaks_if(!is_sample(path)),
                );
            } else if shown_secret(text) {
                out.push(
                    public(scope.file, &scope.after.path, it.line, text)
                        .speaks_if(!is_sample(path)),
                );
            }
        });
        for slot in slots(scope.after) {
            let named = words(&slot.name).iter().any(|it| {
                matches!(
                    it.as_str(),
                    "secret" | "password" | "apikey" | "token" | "credential"
                )
            });
            if let ExprKind::Text(text) = &slot.value.kind
                && named
                && provider(text).is_none()
                && (20..120).contains(&text.len())
                && !text.contains([' ', '/', '.', ':', '{', '<'])
                && varied(text)
                && !known.contains(text.as_str())
            {
                out.push(
                    secret(scope.file, &scope.after.path, slot.line, "random-looking")
                        .speaks_if(false),
                );
            }
        }
    }
    for file in context.files {
        for setting in &file.after.settings {
            if known.contains(setting.value.as_str()) && known.contains(setting.key()) {
                continue;
            }
            let name = setting.dotted();
            if let Some(whose) = provider(&setting.value) {
                out.push(
                    secret(file, &name, setting.line, whose).speaks_if(!is_sample(&file.path)),
                );
            } else if shown_secret(setting.key())
                && !setting.value.is_empty()
                && !known.contains(setting.key())
            {
                out.push(
                    public(file, &name, setting.line, setting.key())
                        .speaks_if(!is_sample(&file.path)),
                );
            }
        }
    }
}

fn secret(
    file: &crate::review::compare::FilePair<'_>,
    symbol: &str,
    line: u32,
    whose: &str,
) -> Finding {
    let article = match whose {
        "private" => "a private key".to_owned(),
        "random-looking" => "what looks like a key or password".to_owned(),
        _ => format!("what looks like a secret key of {whose}"),
    };
    Finding::new(file, symbol, format!("secret {whose}"))
        .near(line)
        .says(
            format!(
                "{} now holds {article}. Everyone who can read the code, now or later, can use it.",
                name_of(symbol)
            ),
            "Replace the key with a new one now, even if this is never merged, and read it from the deployment's secrets.",
        )
}

fn public(
    file: &crate::review::compare::FilePair<'_>,
    symbol: &str,
    line: u32,
    name: &str,
) -> Finding {
    Finding::new(file, symbol, format!("public {name}"))
        .near(line)
        .says(
            format!("`{name}` is built into the pages that every visitor loads, and is named after a secret. Visitors could read it."),
            "Read the secret on the server only, under a name that is not public.",
        )
}

#[cfg(test)]
mod tests {
    use super::{provider, shown_secret};

    // Put together here, so that no scanner takes this file for a leak.
    fn key(start: &str, rest: &str) -> String {
        format!("{start}{rest}")
    }

    #[test]
    fn forms_of_secret_keys_are_known() {
        let rest = "9fK2mQ7xR4tB8vZ1cN6wL3pH5sD0gJ2y";
        assert_eq!(provider(&key("sk_live_", rest)), Some("Stripe"));
        assert_eq!(provider(&key("AKIA", "Q7XR4TB8VZ1CN6WL")), Some("AWS"));
        assert_eq!(provider(&key("ghp_", &key(rest, "k3Wa"))), Some("GitHub"));
    }

    #[test]
    fn placeholders_and_public_keys_are_not() {
        assert_eq!(provider(&key("sk_live_", "xxxxxxxxxxxxxxxxxxxxxxxx")), None);
        assert_eq!(provider(&key("pk_live_", "9fK2mQ7xR4tB8vZ1cN6wL3pH")), None);
        assert_eq!(provider(&key("AKIA", "IOSFODNN7EXAMPLE")), None);
        assert_eq!(
            provider("key-value store with many words in it, and some more"),
            None
        );
    }

    #[test]
    fn names_that_pages_carry_are_read() {
        assert!(shown_secret("NEXT_PUBLIC_SERVICE_ROLE_KEY"));
        assert!(shown_secret("VITE_CLIENT_SECRET"));
        assert!(!shown_secret("NEXT_PUBLIC_ANON_KEY"));
        assert!(!shown_secret("CLIENT_SECRET"));
    }
}
