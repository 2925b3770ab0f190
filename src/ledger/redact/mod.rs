//! Takes secrets out of titles, reasons and command lines before they are written.
//!
//! What is written to a ledger stays there, so this errs on the side of taking out: known forms of
//! keys, what stands where a secret stands (`--token …`, `password=…`, `user:…@host`), and words
//! that look drawn by lot. Commit ids, UUIDs, paths and prose stay.

mod forms;

use std::ops::Range;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// The longest title, in bytes.
pub const TITLE_BYTES: usize = 200;

/// The longest reason, lesson or command line, in bytes.
pub const REASON_BYTES: usize = 1_000;

/// What is left of a text that was cut.
const CUT: char = '…';

/// How often a text is gone over: what a cut leaves may look like something else.
const ROUNDS: usize = 8;

/// How much of a text is looked at, in bytes: what comes after is cut off in any case.
const MOST_BYTES: usize = 64 * 1024;

/// A text as one line without secrets, of at most `limit` bytes. Doing it twice changes nothing.
pub fn redact(text: &str, limit: usize) -> String {
    let mut line = one_line(shortened(text, MOST_BYTES));
    for _ in 0..ROUNDS {
        let next = cut(&replaced(&line), limit);
        if next == line {
            break;
        }
        line = next;
    }
    line
}

/// A command line as one line without secrets, of at most `limit` bytes.
pub fn redact_command(words: &[String], limit: usize) -> String {
    let plain = |word: &str| {
        let sign = |sign: char| sign.is_alphanumeric() || "-_=./:@%+,[]".contains(sign);
        !word.is_empty() && word.chars().all(sign)
    };
    let quoted = words.iter().map(|word| match plain(word) {
        true => word.clone(),
        false => format!("'{word}'"),
    });
    redact(&quoted.collect::<Vec<_>>().join(" "), limit)
}

/// Line breaks and other control characters become spaces, and there is one space at a time.
fn one_line(text: &str) -> String {
    let spaced = text.replace(|sign: char| sign.is_control(), " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text up to a number of bytes, and no part of a character.
fn shortened(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let kept = shortened(text, limit.saturating_sub(CUT.len_utf8())).trim_end();
    match limit < CUT.len_utf8() {
        true => String::new(),
        false => format!("{kept}{CUT}"),
    }
}

fn replaced(text: &str) -> String {
    let mut spans = forms::secrets(text);
    spans.sort_by_key(|span| span.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Range { start, end } in spans {
        if end <= done {
            continue;
        }
        // Two that overlap are one.
        if start >= done {
            out.push_str(&text[done..start]);
            out.push_str(REDACTED);
        }
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn gone(text: &str, secret: &str) {
        let line = redact(text, REASON_BYTES);
        assert!(!line.contains(secret), "{line}");
        assert!(line.contains(REDACTED), "{line}");
    }

    fn stays(text: &str) {
        assert_eq!(redact(text, REASON_BYTES), text);
    }

    // The keys are put together here so that no scanner takes this file for a leak.
    fn key(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn the_keys_of_providers_are_taken_out() {
        for secret in [
            key(&["AKIA", "IOSFODNN7EXAMPLE"]),
            key(&["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"]),
            key(&["github", "_pat_11ABCDEFG0abcdefghijklmnop"]),
            key(&["glpat", "-abcdefghij0123456789"]),
            key(&["sk_live", "_4eC39HqLyjWDarjtT1zdp7dc"]),
            key(&["whsec", "_abcdefgh12345678"]),
            key(&["sk-ant", "-api03-abcdefghijklmnop"]),
            key(&["xoxb", "-123456789012-abcdefghij"]),
            key(&["AIza", "SyA1234567890abcdefghijklmnopqrstuv"]),
            key(&["eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxIn0", ".c2lnbmF0dXJl"]),
            key(&["npm", "_abcdefghijklmnopqrstuvwxyz0123456789"]),
            key(&["SG", ".abcdefghijklmnopqrstuv.0123456789abcdefghij"]),
        ] {
            gone(&format!("use {secret} now"), &secret);
            gone(&format!("KEY={secret}"), &secret);
            gone(&format!("(\"{secret}\")"), &secret);
            gone(&format!("https://example.com/{secret}"), &secret);
        }
        let begin = key(&["-----BEGIN RSA PRIVATE", " KEY-----"]);
        gone(&format!("{begin}\nMIIEpAIBAAKC\nabc"), "MIIEpAIBAAKC");
    }

    #[test]
    fn what_stands_where_a_secret_stands_is_taken_out() {
        for text in [
            "postgres://app:hunter2@db/orders",
            "https://hunter2hunter2hunter@github.com/a/b",
            "deploy --token hunter2 --env production",
            "deploy --api-key=hunter2",
            "mysql -u root --password hunter2",
            "DB_PASSWORD=hunter2 ./deploy.sh",
            "curl -H 'Authorization: Bearer hunter2' https://example.com",
            "Authorization: hunter2",
            "{\"client_secret\": \"hunter2\"}",
            "https://example.com/?a=b&access_token=hunter2&c=d",
            "token: hunter2",
        ] {
            gone(text, "hunter2");
        }
    }

    #[test]
    fn words_that_look_drawn_by_lot_are_taken_out() {
        for secret in [
            "wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY",
            "9f86d081884c7d659a2feaa0c55ad015",
            "dGhpcyBpcy1hIHNlY3JldA0K3f_Zq8",
        ] {
            gone(&format!("it was {secret} all along"), secret);
        }
    }

    #[test]
    fn prose_paths_and_ids_stay() {
        for text in [
            "Revert \"Charge the card once\" (#1234)",
            "This reverts commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904.",
            "Fix password: reset flow of the bearer of a token",
            "Rotate the secret, token and API key of billing",
            "src/review/checks/auth/guard_removed.rs and OrderControllerShowActionTest2",
            "release-2026-11-21-hotfix-3 of tree-sitter-typescript-0.23.2-x86_64",
            "550e8400-e29b-41d4-a716-446655440000",
            "01KB3V5Z8Q4XW7T2M9N6RJHCDE",
            "see https://github.com/afterclick/afterclick/pull/12#discussion_r1234",
            "git@github.com:afterclick/afterclick.git",
            "kubectl apply -f deploy.yml --namespace production",
            "Ümläuts und 漢字, ein Gedankenstrich — und …",
        ] {
            stays(text);
        }
    }

    #[test]
    fn a_command_line_keeps_its_words() {
        let words = ["./deploy.sh", "--password", "hunter2", "two words", ""];
        let line = redact_command(&words.map(str::to_owned), REASON_BYTES);
        assert_eq!(line, "./deploy.sh --password [redacted] 'two words' ''");
    }

    proptest! {
        #[test]
        fn it_is_one_line_within_its_limit_and_done_once(
            text in "(?s).{0,300}",
            limit in 0usize..200,
        ) {
            let once = redact(&text, limit);
            assert!(once.len() <= limit);
            assert!(!once.contains(char::is_control));
            assert_eq!(redact(&once, limit), once);
        }

        #[test]
        fn it_is_done_once_for_what_looks_like_secrets(
            text in "((--)?(token|password|Authorization|key|Bearer|https://a:b@|AKIA|eyJ|=|:|[\"' ,\\[\\]])|[A-Za-z0-9]{1,30}){0,12}",
            limit in 0usize..120,
        ) {
            let once = redact(&text, limit);
            assert_eq!(redact(&once, limit), once);
        }

        #[test]
        fn plain_words_stay(words in proptest::collection::vec("[a-z]{1,14}", 0..20)) {
            let text = words.join(" ");
            let keys = ["token", "secret", "password", "bearer", "authorization", "passwd", "pwd"];
            if !keys.iter().any(|key| text.contains(key)) {
                assert_eq!(redact(&text, 1_000), text);
            }
        }

        #[test]
        fn a_secret_after_its_name_never_stays(
            secret in "[A-Za-z0-9]{6,40}",
            form in 0usize..4,
            before in any::<bool>(),
        ) {
            let line = match form {
                0 => format!("password={secret}"),
                1 => format!("--token {secret}"),
                2 => format!("https://me:{secret}@host/x"),
                _ => format!("Authorization: Bearer {secret}"),
            };
            let line = if before { format!("run {line}") } else { line };
            // A secret that is itself a part of what stands around it proves nothing.
            if !["passwordhttpsmehosttokenrunAuthorizationBearer", "redacted"].iter().any(|it| it.contains(&secret)) {
                assert!(!redact(&line, 1_000).contains(&secret));
            }
        }
    }
}
