//! A whole review of one file: the first byte picks the path, a NUL parts the two sides.
#![no_main]

use afterclick::change::{Change, ChangedFile, Content, RepoPath, Side};
use afterclick::policy::{Date, Policy};
use afterclick::render::{github, json, limits, markdown, sarif, text};
use afterclick::review::{Terms, checks, review};
use libfuzzer_sys::fuzz_target;

include!("../paths.rs");

fuzz_target!(|bytes: &[u8]| {
    let Some((path, both)) = path_and_text(bytes) else {
        return;
    };
    let (before, after) = both.split_once('\0').unwrap_or((&both, ""));
    let side = |text: &str| {
        Some(Side {
            mode: 0o100_644,
            content: Content::Text(text.to_owned()),
        })
    };
    let change = Change {
        base: "before".to_owned(),
        head: "after".to_owned(),
        files: vec![ChangedFile {
            path: RepoPath::from(path),
            base_path: None,
            before: side(before),
            after: side(after),
        }],
    };
    let terms = Terms {
        policy: &Policy::default(),
        incidents: &[],
        today: Date::from_days_since_1970(20_000),
    };
    let record = review(&change, &terms);
    if before == after {
        assert!(record.concerns.is_empty(), "{:#?}", record.concerns);
    }

    let style = text::Style {
        color: true,
        width: 60,
    };
    let known: Vec<_> = checks::all().collect();
    let _ = text::render(&record, style, true);
    let _ = markdown::render(&record, limits::COMMENT, true);
    let _ = github::render(&record);
    assert!(json::render(&record).is_ok());
    assert!(sarif::render(&record, &known, true).is_ok());
});
