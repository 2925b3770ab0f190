//! What a secret looks like, and where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use super::REDACTED;

/// How the keys of providers begin, and how many signs come after that at least.
const PREFIXES: [(&str, usize); 36] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ABIA", 16),
    ("ACCA", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("gldt-", 16),
    ("glrt-", 16),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("pk_live_", 8),
    ("whsec_", 8),
    ("sk-", 16),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxe-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("AIza", 30),
    ("ya29.", 16),
    ("npm_", 30),
    ("pypi-", 16),
    ("dop_v1_", 16),
    ("hf_", 20),
    ("dckr_pat_", 16),
    ("shpat_", 16),
    ("SG.", 30),
];

/// What names a secret, without its `-` and `_`.
const NAMES: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "credential",
    "authorization",
    "cookie",
];

/// What stands between `Authorization:` and the secret.
const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "digest"];

/// The shortest word that can look drawn by lot.
const DRAWN: usize = 20;

/// Where the secrets of a line are. They may overlap.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    private_keys(text, &mut found);
    passwords_in_addresses(text, &mut found);
    let words = words(text);
    for (at, word) in words.iter().enumerate() {
        named(text, &words, at, &mut found);
        provider_keys(text, word.clone(), &mut found);
        drawn(text, word.clone(), &mut found);
    }
    found
}

/// A private key goes on to its end mark, or to the end of the text.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text[from..].find("-----BEGIN ") {
        let start = from + at;
        let rest = &text[start..];
        let head = rest
            .char_indices()
            .nth(60)
            .map_or(rest.len(), |(end, _)| end);
        if !rest[..head].contains("PRIVATE KEY") {
            from = start + 1;
            continue;
        }
        let end = rest.find("-----END ").and_then(|at| {
            let mark = at + "-----END ".len();
            rest[mark..].find("-----").map(|end| mark + end + 5)
        });
        let end = start + end.unwrap_or(rest.len());
        found.push(start..end);
        from = end;
    }
}

/// `scheme://user:password@host`, and `scheme://token@host` where the token is long.
fn passwords_in_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let ends =
            |sign: char| sign.is_whitespace() || matches!(sign, '/' | '?' | '#' | '"' | '\'');
        let authority = &text[start..];
        let authority = &authority[..authority.find(ends).unwrap_or(authority.len())];
        let Some(user) = authority.rfind('@') else {
            continue;
        };
        let secret = match authority[..user].find(':') {
            Some(colon) => start + colon + 1..start + user,
            None if user >= DRAWN => start..start + user,
            None => continue,
        };
        push(text, secret, found);
    }
}

/// `--token …`, `token=…`, `"token": "…"`, `Authorization: Bearer …`.
fn named(text: &str, words: &[Range<usize>], at: usize, found: &mut Vec<Range<usize>>) {
    let word = &text[words[at].clone()];
    let name = word.trim_start_matches('-');
    if !names_a_secret(name) {
        return;
    }
    let Some(next) = words.get(at + 1) else {
        return;
    };
    let between = &text[words[at].end..next.start];
    let quoted = between.contains(['"', '\'']);
    let flag = word.starts_with('-') && between.chars().all(char::is_whitespace);
    let signs: String = between.chars().filter(|it| "=:".contains(*it)).collect();
    let only = between
        .chars()
        .all(|sign| sign.is_whitespace() || "=:\"'".contains(sign));
    if !(flag || only && !signs.is_empty()) {
        return;
    }
    let header = name.eq_ignore_ascii_case("authorization");
    let value = &text[next.clone()];
    if header && SCHEMES.contains(&value.to_ascii_lowercase().as_str()) {
        if let Some(secret) = words.get(at + 2) {
            push(text, to_the_end(text, secret), found);
        }
        return;
    }
    if flag && value.starts_with('-') {
        return;
    }
    // After a colon and a space there may be prose.
    let prose = signs.starts_with(':') && between.ends_with(' ') && !quoted && !header;
    if !prose || !value.chars().all(|sign| sign.is_ascii_lowercase()) {
        push(text, to_the_end(text, next), found);
    }
}

/// A value goes on to the next white space or quote, over signs that end words elsewhere.
fn to_the_end(text: &str, word: &Range<usize>) -> Range<usize> {
    let rest = &text[word.end..];
    let ends = |sign: char| sign.is_whitespace() || "\"'`,;&()[]{}<>|".contains(sign);
    word.start..word.end + rest.find(ends).unwrap_or(rest.len())
}

fn names_a_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(|sign| sign.is_ascii_alphanumeric())
        .map(|sign| sign.to_ascii_lowercase())
        .collect();
    let plural = name.ends_with("tokens");
    !plural
        && NAMES
            .iter()
            .any(|it| name.ends_with(it) || name.starts_with(it))
}

fn provider_keys(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let token = &text[word.clone()];
    for (at, _) in token.char_indices() {
        let before = token[..at].chars().next_back();
        if before.is_some_and(|sign| sign.is_ascii_alphanumeric() || sign == '_') {
            continue;
        }
        let rest = &token[at..];
        let known = PREFIXES.iter().any(|(prefix, least)| {
            rest.strip_prefix(prefix)
                .is_some_and(|key| key.bytes().take_while(|it| in_key(*it)).count() >= *least)
        });
        // The parts of a JSON web token: both are JSON, and begin with a brace.
        let web_token = rest.starts_with("eyJ") && rest.contains(".eyJ");
        if known || web_token {
            push(text, word.start + at..word.end, found);
            return;
        }
    }
}

fn in_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn drawn(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let token = &text[word.clone()];
    if token.len() < DRAWN || is_an_id(token) {
        return;
    }
    let run = token.split(|sign: char| !sign.is_ascii_alphanumeric());
    let run = run.filter(|run| run.len() >= DRAWN && !is_an_id(run));
    if run.into_iter().any(looks_drawn) || looks_mixed(token) {
        push(text, word, found);
    }
}

/// Commit ids and other digests, UUIDs, and the ids of events.
fn is_an_id(token: &str) -> bool {
    let token = token.trim_end_matches(['.', '…']);
    let hexadecimal = |text: &str| text.bytes().all(|it| it.is_ascii_hexdigit());
    let digest = matches!(token.len(), 40 | 64) && hexadecimal(token);
    let parts: Vec<&str> = token.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let uuid = lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| hexadecimal(part));
    let of_event =
        |it: u8| it.is_ascii_digit() || it.is_ascii_uppercase() && !b"ILOU".contains(&it);
    let ulid = token.len() == 26 && token.starts_with(['0', '1']) && token.bytes().all(of_event);
    digest || uuid || ulid
}

/// A run of letters and digits in which hardly anything comes again.
fn looks_drawn(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let letters = run.len() - digits;
    digits >= 2 && letters >= 2 && changes(run) * 4 >= run.len() && entropy(run) >= 3.0
}

/// A word of capitals, small letters and digits that take turns, with signs between them.
fn looks_mixed(token: &str) -> bool {
    let count = |kind: fn(&u8) -> bool| token.bytes().filter(kind).count();
    let kinds = [
        count(u8::is_ascii_digit),
        count(u8::is_ascii_lowercase),
        count(u8::is_ascii_uppercase),
    ];
    let signs = token
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"+_-=.~".contains(&it));
    signs && kinds.iter().all(|it| *it >= 2) && changes(token) * 5 >= token.len() * 2
}

/// How often a sign is of another kind than the one before it.
fn changes(token: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let kinds: Vec<u8> = token.bytes().map(kind).collect();
    kinds.windows(2).filter(|it| it[0] != it[1]).count()
}

/// Bits a sign, by how often each one comes.
fn entropy(run: &str) -> f64 {
    let mut counts: BTreeMap<u8, u32> = BTreeMap::new();
    for byte in run.bytes() {
        *counts.entry(byte).or_default() += 1;
    }
    let all = counts.values().copied().map(f64::from).sum::<f64>();
    let bits = counts.values().map(|count| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    });
    bits.sum()
}

/// The words of a line: what stands between white space, quotes, brackets and the signs that part
/// names from values.
fn words(text: &str) -> Vec<Range<usize>> {
    let ends = |sign: char| sign.is_whitespace() || "\"'`,;()<>|{}[]=:&?/@#*\\".contains(sign);
    let mut words = Vec::new();
    let mut start = None;
    for (at, sign) in text.char_indices() {
        match (ends(sign), start) {
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// Adds what is not taken out already.
fn push(text: &str, span: Range<usize>, found: &mut Vec<Range<usize>>) {
    let inner = REDACTED.trim_matches(['[', ']']);
    let before = text[..span.start].ends_with('[');
    let is_done =
        text[span.clone()] == *REDACTED || before && text[span.clone()].starts_with(inner);
    if !span.is_empty() && !is_done {
        found.push(span);
    }
}
