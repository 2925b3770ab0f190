//! What must hold for every change, over generated input.

mod sample;

use std::collections::BTreeSet;

use afterclick::change::{Change, ChangedFile, Content, RepoPath, Side, raw};
use afterclick::policy::{Date, Policy};
use afterclick::review::record::{Review, Tier};
use afterclick::review::{self, Terms};
use proptest::prelude::*;
use proptest::sample::select;
use sample::{SAMPLES, Sample};

fn change(path: &str, before: &str, after: &str) -> Change {
    let side = |text: &str| {
        Some(Side {
            mode: 0o100_644,
            content: Content::Text(text.to_owned()),
        })
    };
    Change {
        base: "before".to_owned(),
        head: "after".to_owned(),
        files: vec![ChangedFile {
            path: RepoPath::from(path),
            base_path: None,
            before: side(before),
            after: side(after),
        }],
    }
}

/// Reviews without a policy of the repository and without incidents.
fn review(change: &Change) -> Review {
    let terms = Terms {
        policy: &Policy::default(),
        incidents: &[],
        overridden: &[],
        today: Date::from_days_since_1970(20_000),
    };
    review::review(change, &terms)
}

fn spoken(record: &Review) -> Vec<String> {
    let spoken = record.spoken();
    spoken
        .map(|it| format!("{} {}: {}", it.check, it.symbol, it.concern))
        .collect()
}

fn fingerprints(record: &Review) -> BTreeSet<String> {
    let concerns = record.concerns.iter();
    concerns.map(|it| it.fingerprint.clone()).collect()
}

/// Names that mean nothing here: no language keeps them for itself.
fn name() -> impl Strategy<Value = String> {
    "[b-y][a-z]{2,6}[kqvwxz][0-9]{1,2}"
}

fn any_sample() -> impl Strategy<Value = Sample> {
    select(&SAMPLES[..])
}

/// Paths of every language and format that is read, and of none.
fn path() -> impl Strategy<Value = String> {
    let known = [
        "a.go",
        "a.py",
        "a.rb",
        "a.ts",
        "a.tsx",
        "a.js",
        "a.vue",
        "A.java",
        "a.php",
        "A.cs",
        "a.rs",
        "a.sh",
        "a.erb",
        "a.sql",
        "db/migrate/1_a.rb",
        "migrations/0001_a.py",
        "a.yml",
        "a.json",
        "a.toml",
        "main.tf",
        "Dockerfile",
        ".env",
        "nginx.conf",
        ".github/workflows/a.yml",
        "charts/templates/a.yaml",
        ".afterclick.yml",
        "package-lock.json",
        "a.txt",
        "a",
        "tests/a.py",
    ];
    prop_oneof![
        8 => select(known.map(str::to_owned).to_vec()),
        1 => any::<String>(),
    ]
}

/// Something that is nearly code: pieces of samples in another order, and whatever else.
fn text() -> impl Strategy<Value = String> {
    let pieces: Vec<String> = SAMPLES
        .iter()
        .flat_map(|sample| {
            let code = sample.code();
            let lines: Vec<String> = code.lines().map(|line| format!("{line}\n")).collect();
            let words = code.split_inclusive(|it: char| !it.is_alphanumeric());
            words.map(str::to_owned).chain(lines).collect::<Vec<_>>()
        })
        .chain(
            [
                "{{ .Values.a }}",
                "<% if a %>",
                "- a: &x [*x]\n",
                "a: b\n",
                "DROP TABLE t;",
                "'''",
                "`",
                "$$",
                "\u{feff}",
                "\0",
                "\r\n",
                "é",
                "\u{202e}",
                "\t",
                "(((((((((",
                "}}}}",
                "if ",
            ]
            .map(str::to_owned),
        )
        .collect();
    prop_oneof![
        6 => prop::collection::vec(select(pieces), 0..80).prop_map(|it| it.concat()),
        1 => any::<String>(),
    ]
}

/// A sample from which something was cut, or in which something was said twice.
fn damaged() -> impl Strategy<Value = (Sample, String)> {
    (
        any_sample(),
        any::<prop::sample::Index>(),
        0_usize..120,
        any::<bool>(),
    )
        .prop_map(|(sample, at, length, twice)| {
            let code: Vec<char> = sample.code().chars().collect();
            let at = at.index(code.len());
            let end = (at + length).min(code.len());
            let middle: &[char] = if twice { &code[at..end] } else { &[] };
            let rest = if twice { &code[at..] } else { &code[end..] };
            (
                sample,
                [&code[..at], middle, rest].concat().into_iter().collect(),
            )
        })
}

#[test]
fn every_sample_would_speak_without_its_guard() {
    for sample in SAMPLES {
        let record = review(&change(sample.path, &sample.code(), &sample.weaker()));
        assert!(record.not_reviewed.is_empty(), "{record:#?}");
        assert!(!spoken(&record).is_empty(), "{} says nothing", sample.path);
    }
}

/// Settings with the keys that checks look for, at places where nobody expects them.
fn settings() -> impl Strategy<Value = serde_json::Value> {
    let words = "on jobs services resource values condition variable version kind spec permissions \
                 steps uses run env volumes ports image user enabled NetworkPolicy.a aws_s3_bucket \
                 aws_iam_policy statement statements Statement Action Effect principals scripts \
                 postinstall name push branches retention backup database rules from privileged";
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let value = prop_oneof![
        select(words.clone()).prop_map(serde_json::Value::from),
        select(vec![
            "*",
            "0",
            "true",
            "false",
            "0.0.0.0/0",
            "a:b",
            "80:80",
            ""
        ])
        .prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        (0..400_i64).prop_map(serde_json::Value::from),
    ];
    value.prop_recursive(5, 40, 5, move |inner| {
        let entries = prop::collection::btree_map(select(words.clone()), inner.clone(), 0..5);
        prop_oneof![
            3 => entries.prop_map(|it| it.into_iter().collect()),
            1 => prop::collection::vec(inner, 0..4).prop_map(serde_json::Value::from),
        ]
    })
}

/// Paths of configuration that is read, whatever stands in it.
fn configuration() -> impl Strategy<Value = &'static str> {
    select(vec![
        ".github/workflows/a.yml",
        "docker-compose.yml",
        "k8s/deployment.yaml",
        "charts/a/values.yaml",
        "main.tf.json",
        "package.json",
        "config/production.json",
        "serverless.yml",
        "policy.json",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_new_name_is_no_concern(sample in any_sample(), seed in prop::collection::vec(name(), 12)) {
        let names = sample.names();
        let unlike: BTreeSet<&String> = seed.iter().take(names.len()).collect();
        prop_assume!(unlike.len() == names.len());
        let after = sample.renamed(|old| {
            let at = names.iter().position(|name| name == old).unwrap();
            seed[at].clone()
        });
        let record = review(&change(sample.path, &sample.code(), &after));
        prop_assert!(spoken(&record).is_empty(), "{}\n{after}", spoken(&record).join("\n"));
    }

    #[test]
    fn another_layout_is_no_concern(sample in any_sample(), choices in prop::collection::vec(any::<u8>(), 40)) {
        let after = sample.reformatted(&choices);
        for (one, other) in [(sample.code(), after.clone()), (after, sample.code())] {
            let record = review(&change(sample.path, &one, &other));
            prop_assert!(record.not_reviewed.is_empty(), "{:?}\n{other}", record.not_reviewed);
            prop_assert!(spoken(&record).is_empty(), "{}\n{other}", spoken(&record).join("\n"));
        }
    }

    #[test]
    fn what_is_the_same_on_both_sides_is_no_concern(path in path(), text in text()) {
        let record = review(&change(&path, &text, &text));
        prop_assert!(record.concerns.is_empty(), "{:#?}", record.concerns);
    }

    #[test]
    fn any_text_under_any_path_has_an_outcome(path in path(), before in text(), after in text()) {
        let record = review(&change(&path, &before, &after));
        prop_assert_eq!(record.stats.files, 1);
        prop_assert!(record.concerns.iter().all(|it| !it.fingerprint.is_empty()));
    }

    #[test]
    fn settings_in_any_place_have_an_outcome(
        path in configuration(), before in settings(), after in settings(),
    ) {
        let record = review(&change(path, &before.to_string(), &after.to_string()));
        prop_assert_eq!(record.stats.files, 1);
    }

    #[test]
    fn a_document_that_is_one_value_has_an_outcome(path in configuration(), value in "[a-z ]{1,9}") {
        for (before, after) in [("", value.as_str()), (value.as_str(), ""), ("a", value.as_str())] {
            let record = review(&change(path, before, after));
            prop_assert_eq!(record.stats.files, 1);
        }
    }

    #[test]
    fn damaged_code_has_an_outcome_and_always_the_same((sample, after) in damaged()) {
        let change = change(sample.path, &sample.code(), &after);
        prop_assert_eq!(review(&change), review(&change));
    }

    #[test]
    fn a_fingerprint_knows_no_line_number(sample in any_sample(), above in 1_usize..40) {
        // The first line of PHP has to stay the first.
        let lower = |code: &str| {
            let (first, rest) = code.split_once('\n').unwrap();
            format!("{first}\n{}{rest}", "\n".repeat(above))
        };
        let here = review(&change(sample.path, &sample.code(), &sample.weaker()));
        let there = review(&change(sample.path, &lower(&sample.code()), &lower(&sample.weaker())));
        let moved = review(&change(sample.path, &sample.code(), &lower(&sample.weaker())));
        prop_assert_eq!(fingerprints(&here), fingerprints(&there));
        prop_assert_eq!(fingerprints(&here), fingerprints(&moved));
        let lines = |record: &Review| -> Vec<Option<u32>> {
            let speaks = record.concerns.iter().filter(|it| it.tier == Tier::Speaks);
            speaks.map(|it| it.base_line).collect()
        };
        prop_assert_ne!(lines(&here), lines(&there));
    }

    #[test]
    fn any_bytes_of_a_raw_diff_give_a_list_or_an_error(bytes in any::<Vec<u8>>()) {
        let _ = raw::parse(&bytes);
    }
}
