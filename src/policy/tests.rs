use proptest::prelude::{Strategy, any, prop, proptest};

use super::*;

const CHECKS: &[&str] = &[
    "auth/guard-removed",
    "auth/guard-inverted",
    "money/rounding-changed",
    "data/drop-table",
];

fn policy(text: &str) -> Policy {
    Policy::parse(text, CHECKS).unwrap()
}

/// All mistakes, one a line.
fn mistakes(text: &str) -> String {
    let diagnostics = Policy::parse(text, CHECKS).unwrap_err();
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const FULL: &str = "\
version: 1
care: strict
modes:
  auth: enforce
  data: off
paths:
  include: [app, billing/**]
  exclude:
    - app/vendor/
  surfaces:
    money: ['billing/**']
words:
  guards: [require_member]
  public: [/health]
suppress:
  - check: auth/guard-removed
    paths: [app/legacy]
    symbol: Orders.show
    reason: the proxy
      checks it
    until: 2026-12-31
override:
  by_author: refuse
";

#[test]
fn a_full_file_says_what_it_says() {
    let policy = policy(FULL);
    assert_eq!(policy.care(), Care::Strict);
    assert_eq!(policy.mode(Surface::Auth), Mode::Enforce);
    assert_eq!(policy.mode(Surface::Data), Mode::Off);
    assert_eq!(policy.mode(Surface::Money), Mode::Advise);
    assert_eq!(policy.by_author(), ByAuthor::Refuse);
    assert_eq!(policy.words().guards, ["require_member"]);
    assert_eq!(policy.surface_of("billing/a.rb"), Some(Surface::Money));
    assert_eq!(policy.surface_of("app/a.rb"), None);
    assert!(!policy.is_excluded("app/a.rb"));
    assert_eq!(
        policy.exclusion("app/vendor/x.rb").unwrap(),
        "excluded by `app/vendor/` in .afterclick.yml"
    );
    assert_eq!(
        policy.exclusion("docs/a.rb").unwrap(),
        "not in `paths.include` of .afterclick.yml"
    );
}

#[test]
fn a_suppression_holds_for_its_check_place_and_time_only() {
    let policy = policy(FULL);
    let ask =
        |check, path, symbol, today: &str| policy.suppression(check, path, symbol, day(today));
    let check = "auth/guard-removed";
    let path = "app/legacy/orders.rb";
    assert_eq!(
        ask(check, path, "Orders.show", "2026-12-31"),
        Some("the proxy checks it")
    );
    assert_eq!(ask(check, path, "Orders.show", "2027-01-01"), None);
    assert_eq!(ask(check, path, "Orders.index", "2026-12-31"), None);
    assert_eq!(
        ask(check, "app/orders.rb", "Orders.show", "2026-12-31"),
        None
    );
    assert_eq!(
        ask("auth/guard-inverted", path, "Orders.show", "2026-12-31"),
        None
    );
}

#[test]
fn without_a_file_everything_is_reviewed_and_advised() {
    let policy = Policy::default();
    assert!(!policy.is_from_file());
    assert_eq!(policy.mode(Surface::Auth), Mode::Advise);
    assert_eq!(policy.care(), Care::Balanced);
    assert!(!policy.is_excluded("any/path"));
    let settings = policy.settings(day("2026-01-01"));
    assert!(settings.iter().all(|setting| setting.line.is_none()));
}

#[test]
fn an_empty_file_and_empty_keys_are_the_defaults() {
    for text in [
        "",
        "# later\n",
        "---\n",
        "modes:\npaths:\nsuppress:\n",
        "{}",
    ] {
        assert_eq!(policy(text).mode(Surface::Auth), Mode::Advise, "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_mistakes() {
    let policy = policy("\u{feff}care: strict\r\nmodes:\r\n  auth: off\r\n");
    assert_eq!(policy.mode(Surface::Auth), Mode::Off);
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place_and_the_right_name() {
    let text = "\
vresion: 1
care: strickt
modes:
  auht: enforce
  auth: enforced
  money: true
paths:
  exclude: vendor/**
  include: [/src, 'a[']
  surfaces:
    mony: [a]
words: [x]
suppress:
  - check: auth/guard-remvoed
    reason: ' '
  - check: auth/guard-inverted
  - check: data/drop-table
    reason: fine
    until: 31.12.2026
  - nonsense
";
    insta::assert_snapshot!(mistakes(text), @r#"
    1:1: unknown key `vresion` (did you mean `version`?)
    2:7: `care` is `strickt`; it can be relaxed, balanced or strict (did you mean `strict`?)
    4:3: unknown key `auht` in `modes` (did you mean `auth`?)
    5:9: `modes.auth` is `enforced`; it can be off, advise or enforce (did you mean `enforce`?)
    6:10: `modes.money` is true or false; it can be off, advise or enforce
    8:12: `paths.exclude` is a text, not a list (write it as a list: ["vendor/**"])
    9:13: `/src` would match nothing; patterns start at the root of the repository (write `src`)
    9:19: `a[` is not a pattern: unclosed character class; missing ']'
    11:5: unknown key `mony` in `paths.surfaces` (did you mean `money`?)
    12:8: `words` is a list, not keys with values
    14:12: there is no check `auth/guard-remvoed` (did you mean `auth/guard-removed`?)
    15:13: `reason` of a suppression is empty
    16:5: an entry of `suppress` has no `reason`
    19:12: `until` is `31.12.2026`, which is no day (write a day as YYYY-MM-DD)
    20:5: an entry of `suppress` is a text, not keys with values
    "#);
}

#[test]
fn duplicate_keys_are_mistakes_beside_others() {
    insta::assert_snapshot!(mistakes("care: strict\ncare: relaxed\nmodes:\n  auth: on\n"), @r#"
    2:1: `care` is written twice (keep one of them)
    4:9: `modes.auth` is `on`; it can be off, advise or enforce
    "#);
}

#[test]
fn a_version_from_the_future_is_refused() {
    insta::assert_snapshot!(mistakes("version: 2"), @r#"1:10: version 2 is not known to this afterclick (write `version: 1`, or update afterclick)"#);
    insta::assert_snapshot!(mistakes("version: '1'"), @r#"1:10: `version` is a text, not a whole number"#);
}

#[test]
fn a_file_that_is_no_mapping_is_refused() {
    insta::assert_snapshot!(mistakes("- care: strict"), @r#"1:1: the file is a list, not keys with values"#);
    insta::assert_snapshot!(mistakes("just words"), @r#"1:1: the file is a text, not keys with values"#);
    insta::assert_snapshot!(mistakes("1: 2\n? [a]\n: b\n"), @r#"
    1:1: a key is a list; keys are words
    1:1: a key is a number; keys are words
    "#);
}

#[test]
fn no_text_of_a_policy_can_steer_a_terminal() {
    let said =
        mistakes("\"a\\e[31m\": 1\nwords: {guards: [\"\\e[31m\"]}\npaths: {exclude: [\"\\e\"]}");
    assert!(!said.contains('\u{1b}'), "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn settings_say_where_each_value_comes_from() {
    let settings = policy(FULL).settings(day("2027-01-01"));
    let line = |key: &str| settings.iter().find(|one| one.key == key).unwrap().line;
    assert_eq!(line("care"), Some(2));
    assert_eq!(line("modes.auth"), Some(4));
    assert_eq!(line("modes.money"), None);
    assert_eq!(line("paths.exclude"), Some(8));
    assert_eq!(line("paths.surfaces.money"), Some(11));
    assert_eq!(line("words.public"), Some(14));
    assert_eq!(line("override.by_author"), Some(23));
    assert_eq!(line("suppress"), Some(16));
    let ended = settings
        .iter()
        .any(|one| matches!(one.value, SettingValue::Suppression { ended: true, .. }));
    assert!(ended);
}

/// What `head` weakens, one a line.
fn weakened(base: &str, head: &str) -> String {
    listed(&compare(&policy(base), &policy(head)))
}

fn listed(weakenings: &[Weakening]) -> String {
    let lines = weakenings.iter().map(|one| {
        let line = one.line.map_or("gone".to_owned(), |line| line.to_string());
        format!("{} [{line}] {}", one.key, one.what)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_way_to_weaken_a_policy_is_named() {
    let base = "\
care: strict
modes: {auth: enforce, money: advise}
paths:
  surfaces: {money: [billing, shop]}
words: {guards: [require_member, require_owner]}
override: {by_author: refuse}
";
    let head = "\
care: balanced
modes:
  auth: advise
  money: off
paths:
  include: [app]
  exclude: [app/admin]
  surfaces: {money: [shop]}
words:
  guards: [require_member]
  public: [Orders.show]
suppress:
  - check: auth/guard-removed
    paths: [app]
    reason: fine
";
    insta::assert_snapshot!(weakened(base, head), @r#"
    care [1] After this change, reviews would say less.
    modes.auth [3] After this change, concerns about auth would be shown as advice instead of held.
    modes.money [4] After this change, concerns about money would be hidden instead of shown as advice.
    override.by_author [gone] After this change, the author of a change could override its concerns.
    paths.exclude app/admin [7] After this change, `app/admin` would no longer be reviewed.
    paths.include app [6] After this change, nothing but `app` would be reviewed.
    paths.surfaces.money billing [gone] After this change, `billing` would no longer count as money.
    words.guards require_owner [gone] After this change, reviews would no longer look for `require_owner`.
    words.public Orders.show [11] After this change, reviews would expect that anyone may call `Orders.show`.
    suppress auth/guard-removed in `app` [13] After this change, reviews would no longer show `auth/guard-removed` in `app`. The reason given: fine
    "#);
}

#[test]
fn strengthening_or_rewording_a_policy_is_no_weakening() {
    let base = FULL;
    let head = FULL
        .replace("data: off", "data: enforce")
        .replace("  exclude:\n    - app/vendor/\n", "")
        .replace("the proxy\n      checks it", "other words")
        .replace("2026-12-31", "2026-06-30")
        .replace("public: [/health]", "public: []")
        .replace("[require_member]", "[require_member, require_owner]");
    assert_eq!(weakened(base, &head), "");
    assert_eq!(weakened("", "care: strict\nmodes: {auth: enforce}"), "");
}

#[test]
fn a_suppression_that_reaches_further_is_a_weakening() {
    for (from, to) in [
        ("    symbol: Orders.show\n", ""),
        ("paths: [app/legacy]", "paths: [app/legacy, app/orders]"),
        ("    paths: [app/legacy]\n", ""),
        ("2026-12-31", "2027-12-31"),
        ("    until: 2026-12-31\n", ""),
    ] {
        let head = FULL.replace(from, to);
        assert!(
            weakened(FULL, &head).starts_with("suppress auth/guard-removed"),
            "{to}"
        );
    }
}

#[test]
fn deleting_the_file_is_one_weakening() {
    let found = compare(&policy(FULL), &Policy::default());
    insta::assert_snapshot!(listed(&found), @r#".afterclick.yml [gone] This change deletes .afterclick.yml. After it, reviews follow the defaults and hold nothing."#);
    assert!(
        found[0]
            .before
            .as_deref()
            .unwrap()
            .contains("modes.auth: enforce")
    );
}

#[test]
fn a_head_that_breaks_the_file_is_told() {
    let diagnostics = Policy::parse("cair: strict", CHECKS).unwrap_err();
    let told = invalid_head(&diagnostics);
    insta::assert_snapshot!(format!("{}\n{}", told.what, told.advice), @r#"
    This change makes .afterclick.yml invalid. Once it is merged, no change can be reviewed until the file is mended.
    Mend .afterclick.yml:1:1: unknown key `cair` (did you mean `care`?).
    "#);
}

/// Text that is often nearly a policy: its own words, with YAML's signs between them.
fn almost_policies() -> impl Strategy<Value = String> {
    let pieces = vec![
        "care",
        "strict",
        "modes",
        "auth",
        "money",
        "off",
        "enforce",
        "paths",
        "include",
        "exclude",
        "surfaces",
        "words",
        "guards",
        "suppress",
        "check",
        "reason",
        "until",
        "2026-01-01",
        "auth/guard-removed",
        "version",
        "1",
        "override",
        "by_author",
        "refuse",
        ": ",
        ":\n  ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "\n- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "'",
        "\"",
        "!x ",
        "|\n  ",
        ">\n  ",
        "# ",
        "? ",
        "~",
        "null",
        "**/",
        "<<: ",
        "---\n",
        "\t",
        "\u{feff}",
        "é",
        "\r\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

fn judge(text: &str) {
    match Policy::parse(text, CHECKS) {
        Ok(policy) => {
            // A valid policy can be asked anything, and is no weaker than itself.
            let _ = policy.exclusion("a/b");
            let _ = policy.settings(day("2026-01-01"));
            assert!(compare(&policy, &policy).is_empty());
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            let lines = u32::try_from(text.lines().count()).unwrap() + 1;
            for diagnostic in diagnostics {
                assert!(
                    (1..=lines).contains(&diagnostic.line),
                    "{diagnostic} in {text:?}"
                );
                assert!(diagnostic.column >= 1);
                assert!(!diagnostic.to_string().contains(char::is_control));
                // The schema and the types agree, so nothing is left for the types to refuse.
                assert!(!diagnostic.message.contains("invalid type") || text.contains('!'));
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_policy_or_mistakes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        judge(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_near_policy_is_a_policy_or_mistakes(text in almost_policies()) {
        judge(&text);
    }

    #[test]
    fn a_damaged_policy_is_a_policy_or_mistakes(
        at in 0..FULL.len(),
        length in 0..20usize,
        with in "[a-z:\\[\\]{}*&! \n-]{0,4}",
    ) {
        let end = (at + length).min(FULL.len());
        judge(&format!("{}{with}{}", &FULL[..at], &FULL[end..]));
    }
}
