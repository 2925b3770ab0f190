use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::{self, Purpose, example, unreadable};
use crate::review::infrastructure::environment::reads;
use crate::review::record::finding::Finding;
use std::collections::HashSet;

check! {
    /// A password or key that works is written into the repository, or into what browsers get.
    ///
    /// ## What it does
    /// Speaks when a new text has the shape of a provider's secret key, and when a variable whose
    /// name says that it is secret gets a prefix that puts it into the code sent to browsers.
    /// Tests, examples, encrypted files and obvious placeholders stay silent.
    ///
    /// ## Why it matters
    /// What was pushed once is known: others find it in the history within minutes, also after it is
    /// deleted.
    ///
    /// ## Example
    /// ```ts
    /// const key = "sk_live_…";
    /// ```
    ///
    /// ## Instead
    /// Change the key at the provider now, and keep the new one in the environment.
    "production/secret-in-code", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut before: HashSet<&str> = HashSet::new();
    for file in context.files {
        before.extend(tokens(file.before.text).map(|(token, _)| token));
    }
    for file in context.files {
        if !file.after.exists
            || file.class != crate::change::Class::Source
            || example(&file.path)
            || settings::purpose(file) == Some(Purpose::Secrets)
            || about_secrets(&file.path)
        {
            continue;
        }
        let mut told = Vec::new();
        let fresh: Vec<(&str, &'static str)> = tokens(file.after.text)
            .filter(|(token, _)| !before.contains(token))
            .collect();
        // A file with many of them is about such keys.
        let kinds: HashSet<&str> = fresh.iter().map(|(_, kind)| *kind).collect();
        if kinds.len() > 2 || fresh.len() > 5 {
            continue;
        }
        for (token, kind) in fresh {
            if told.contains(&token) {
                continue;
            }
            told.push(token);
            found.push(tell(file, token, kind));
        }
        in_browser(file, found);
    }
}

/// Tools about secrets hold the shapes of all of them.
fn about_secrets(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [
        "rules/", "detect", "scanner", "leak", "redact", "pattern", "wordlist",
    ]
    .iter()
    .any(|it| path.contains(it))
}

/// Shapes of keys that open something: how they begin, how many characters follow, what they are.
const SHAPES: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 60, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("sk_live_", 24, "a live Stripe key"),
    ("rk_live_", 24, "a live Stripe key"),
    ("whsec_", 30, "a Stripe webhook secret"),
    ("xoxb-", 40, "a Slack token"),
    ("xoxp-", 40, "a Slack token"),
    ("SG.", 60, "a SendGrid key"),
    ("sk-ant-", 80, "an Anthropic key"),
    ("sk-proj-", 40, "an OpenAI key"),
    ("npm_", 36, "an npm token"),
    ("pypi-", 80, "a PyPI token"),
    ("shpat_", 32, "a Shopify token"),
    ("dop_v1_", 64, "a DigitalOcean token"),
    ("AIza", 35, "a Google API key"),
];

/// The keys in a text, and what each is.
fn tokens(text: &str) -> impl Iterator<Item = (&str, &'static str)> {
    let any = SHAPES.iter().any(|(prefix, _, _)| text.contains(prefix));
    let searched = if any { text } else { "" };
    let word = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    let keys = searched.split(move |it| !word(it)).filter_map(|token| {
        let (prefix, length, kind) = SHAPES
            .iter()
            .find(|(prefix, _, _)| token.starts_with(prefix))?;
        let rest = &token[prefix.len()..];
        let exact = *prefix == "AKIA";
        let long = if exact {
            rest.len() == *length
        } else {
            rest.len() >= *length
        };
        (long && token.len() < 200 && random(rest)).then_some((token, *kind))
    });
    let private = text
        .contains("PRIVATE KEY-----")
        .then(|| private_key(text))
        .flatten()
        .map(|line| (line, "a private key"));
    keys.chain(private)
}

/// The first line of a private key that is really there.
fn private_key(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("PRIVATE KEY-----")?;
    let line = rest
        .trim_start_matches("\\n")
        .trim_start()
        .split(['\n', '\\', '"'])
        .next()?
        .trim();
    (line.len() >= 40
        && line
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(&it))
        && random(line))
    .then_some(line)
}

/// Whether a text looks drawn at random, not written by somebody.
fn random(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if [
        "example",
        "xxxx",
        "0000",
        "1234",
        "abcd",
        "test",
        "fake",
        "dummy",
        "your",
        "placeholder",
        "redacted",
    ]
    .iter()
    .any(|it| lower.contains(it))
    {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|it| **it > 0)
        .map(|it| {
            let share = f64::from(*it) / total;
            -share * share.log2()
        })
        .sum();
    let digits = text.bytes().any(|it| it.is_ascii_digit());
    entropy > 3.2 && digits
}

fn tell(file: &FilePair<'_>, token: &str, kind: &str) -> Finding {
    let at = file.after.text.find(token).unwrap_or(0);
    let lines = file.after.text.as_bytes()[..at]
        .iter()
        .filter(|it| **it == b'\n')
        .count();
    let line = u32::try_from(lines + 1).unwrap_or(u32::MAX);
    // The key itself is not repeated: the record is kept.
    let shown: String = token.chars().take(6).collect();
    let print = blake3::hash(token.as_bytes()).to_hex();
    Finding::new(file, kind, format!("{kind} {}", &print[..16]))
        .after(line, &format!("{shown}…"))
        .says(
            format!(
                "The text `{shown}…` has the shape of {kind}. Once pushed it counts as known, and \
                 whoever finds it can use it."
            ),
            "Change it at the provider now, and keep the new one out of the code.",
        )
}

/// Prefixes of variables that are built into the code for browsers.
const PUBLIC: &[&str] = &[
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "EXPO_PUBLIC_",
    "NUXT_PUBLIC_",
    "PUBLIC_",
];

fn in_browser(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    if unreadable(file) {
        return;
    }
    let names = |side: &SideFacts<'_>| -> Vec<(String, u32)> {
        let mut names: Vec<(String, u32)> = side
            .settings
            .iter()
            .map(|it| (it.key().to_owned(), it.line))
            .collect();
        if PUBLIC.iter().any(|prefix| side.text.contains(prefix)) {
            names.extend(reads(side).iter().map(|it| (it.name.clone(), it.line)));
        }
        names.retain(|(name, _)| {
            PUBLIC.iter().any(|prefix| name.starts_with(prefix))
                && [
                    "SERVICE_ROLE",
                    "SERVICE_ROLE_KEY",
                    "_SECRET",
                    "SECRET_KEY",
                    "PRIVATE_KEY",
                    "_PASSWORD",
                ]
                .iter()
                .any(|word| name.ends_with(word))
        });
        names
    };
    let old = names(&file.before);
    for (name, line) in names(&file.after) {
        if !old.iter().any(|(known, _)| *known == name) {
            found.push(
                Finding::new(file, &name, format!("{name} in the browser")).after(line, &name).says(
                    format!(
                        "{name} is named like a secret, and its prefix puts it into the code that every \
                         visitor's browser gets. Anyone can read it there."
                    ),
                    "Read it on the server, under a name without that prefix, and change the key if it was ever out.",
                ),
            );
        }
    }
}
