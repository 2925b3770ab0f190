use afterclick::render::limits;
use afterclick::render::markdown::{MIN_BYTES, render};
use afterclick::review::record::{Review, Strengthened};
use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use insta::assert_snapshot;
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, proptest};

use crate::samples;

fn comment(review: &Review) -> String {
    render(review, limits::COMMENT, false)
}

#[test]
fn silence_is_a_sentence() {
    assert_snapshot!(comment(&samples::silence()), @"
    ### afterclick

    **Nothing to say.**

    <sub>12 files, 18 ms</sub>
    ");
}

#[test]
fn one_concern_carries_its_incident() {
    assert_snapshot!(comment(&samples::one()), @r#"
    ### afterclick

    **1 concern. Advice only: this does not block.**

    #### money · `app/payments/charge.ts` (was line 41) · `ChargeService.charge`

    A retry may charge the customer twice. ChargeService\.charge no longer asks whether this order was already paid before it charges the card.

    ```diff
    - if (await this.charges.seen(order.idempotencyKey)) return previous;
    ```

    → Keep one key per order and look it up before the charge, or say where that is done now.

    > **It happened before, on 2026-03-14 (double-charge)**: A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored.

    <sub>`3f9a2c1b` · `afterclick explain money/idempotency-dropped`</sub>

    <sub>12 files, 18 ms</sub>
    "#);
}

#[test]
fn three_concerns_are_in_sight_and_the_others_fold() {
    assert_snapshot!(comment(&samples::many()), @r#"
    ### afterclick

    **5 concerns. Advice only: this does not block.**

    #### money · `app/payments/charge.ts` (was line 41) · `ChargeService.charge`

    A retry may charge the customer twice. ChargeService\.charge no longer asks whether this order was already paid before it charges the card.

    ```diff
    - if (await this.charges.seen(order.idempotencyKey)) return previous;
    ```

    → Keep one key per order and look it up before the charge, or say where that is done now.

    > **It happened before, on 2026-03-14 (double-charge)**: A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored.

    <sub>`3f9a2c1b` · `afterclick explain money/idempotency-dropped`</sub>

    #### auth · `app/controllers/orders_controller.rb:23` · `OrdersController#show`

    One customer can open another customer's order. OrdersController\#show looked among the user's own orders and now looks among all of them.

    ```diff
    - current_user.orders.find(params[:id])
    + Order.find(params[:id])
    ```

    → Look the order up through its owner, and add a test that a stranger is refused.

    <sub>`b80c44aa` · `afterclick explain auth/owner-scope-dropped`</sub>

    #### data · `db/migrate/20261120170000_drop_legacy_iban_from_payout_accounts.rb:3` · `DropLegacyIbanFromPayoutAccounts.change`

    The values in payout\_accounts\.legacy\_iban are deleted for good.

    ```diff
    + remove_column :payout_accounts, :legacy_iban, :string
    ```

    → Stop reading the column in one release and drop it in the next. Name the backup.

    <sub>`0d11f2e3` · `afterclick explain data/drop-table-column-schema`</sub>

    <details><summary>2 more concerns</summary>

    #### production · `.github/workflows/ci.yml:9` · `permissions`

    The CI job can now change the repository. Anything that runs in it can too.

    ```diff
    - contents: read
    + contents: write
    ```

    → Give this power to the one job that needs it.

    <sub>`77aa0c3b` · `afterclick explain production/workflow-power`</sub>

    #### money · `app/models/payment.rb:88` · `Payment#refund!`

    A second refund replaces the first. The books then show less refunded than was.

    ```diff
    - update!(amount_refunded: amount_refunded + amount)
    + update!(amount_refunded: amount)
    ```

    → Add to what was refunded before, and test two partial refunds.

    <sub>`c2d9e85f` · `afterclick explain money/overwrite-vs-accumulate`</sub>


    </details>

    <details><summary>Not reviewed: 2 files</summary>

    - `public/logo.png`: binary file
    - `vendor/stripe`: submodule; review the commit in its own repository

    </details>

    <sub>12 files, 18 ms · recorded 1 auth · suppressed 1 auth · strengthened 1 auth</sub>
    "#);
}

#[test]
fn all_lists_the_record_too() {
    let text = render(&samples::many(), limits::JOB_SUMMARY, true);
    let start = text.find("<details><summary>Not reviewed").unwrap();
    assert_snapshot!(text[start..], @"
    <details><summary>Not reviewed: 2 files</summary>

    - `public/logo.png`: binary file
    - `vendor/stripe`: submodule; review the commit in its own repository

    </details>

    <details><summary>Recorded</summary>

    - `config/session.ts:4` · `auth/session-token-lifetime`: A stolen session lives longer: 30 days instead of 15 minutes.

    </details>

    <details><summary>Suppressed</summary>

    - `app/controllers/webhooks_controller.rb:2` · `auth/csrf-off`: Webhooks carry a signature and no cookie.

    </details>

    <sub>12 files, 18 ms · recorded 1 auth · suppressed 1 auth · strengthened 1 auth</sub>
    ");
}

#[test]
fn what_holds_the_change_comes_first() {
    let text = comment(&samples::held());
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(['#', '*']))
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    ### afterclick
    **Held: auth is enforced here. Fix the concern marked enforced, or have an owner accept it with a reason.**
    #### auth, enforced · `app/controllers/orders_controller.rb:23` · `OrdersController#show`
    #### money · `app/payments/charge.ts` (was line 41) · `ChargeService.charge`
    ");
}

#[test]
fn what_was_not_read_is_never_a_clean_bill() {
    assert_snapshot!(comment(&samples::unreviewed()), @"
    ### afterclick

    **Nothing to say about what was read.**

    <details><summary>Not reviewed: 12 files</summary>

    - `assets/1.bin`: binary file
    - `assets/2.bin`: binary file
    - `assets/3.bin`: binary file
    - `assets/4.bin`: binary file
    - `assets/5.bin`: binary file
    - `assets/6.bin`: binary file
    - `assets/7.bin`: binary file
    - `assets/8.bin`: binary file
    - `assets/9.bin`: binary file
    - `assets/10.bin`: binary file
    - and 2 more

    </details>

    <sub>12 files, 18 ms</sub>
    ");
}

#[test]
fn hostile_text_stays_text() {
    let text = comment(&samples::hostile());
    assert_eq!(harm(&text), Vec::<String>::new());
    assert_snapshot!(text, @r#"
    ### afterclick

    **1 concern. Advice only: this does not block.**

    #### auth · `app/\u{1b}[2J\u{202e}st.redro\r\n::error::owned/[x](http://evil)<img>%.ts:23` · ```show\u{200b}``@admin` <!-- --> ![i](http://evil/p.png)```

    Anyone can call @&#8203;everyone &lt;script&gt;x&lt;/script&gt; \[click\](https\:&#8203;//evil\.example) \`code\` \#&#8203;1 \| www\.evil\.example <span>\$</span>x<span>\$</span> \!\[i\](p) \\u{202e} \# not a heading ::error::no

    ````diff
    - if x == "```" { @admin }\u{1b}[31m\n::warning::no
    + </code></pre>```\n@admin
    ````

    → Look the order up through its owner, and add a test that a stranger is refused.

    > **It happened before, on 2026-03-14 (INC-1\\u{1b}\]8;;http\:&#8203;//evil\\u{7})**: @&#8203;team: &lt;b&gt;never&lt;/b&gt; {0} again.

    <sub>`b80c44aa` · `afterclick explain auth/owner-scope-dropped`</sub>

    <details><summary>Not reviewed: 1 file</summary>

    - `a\nb, c:d%\u{2028}@admin.png`: binary\\u{1b}\[0m file

    </details>

    <sub>12 files, 18 ms</sub>
    "#);
}

#[test]
fn a_small_limit_is_kept_and_what_is_left_out_is_counted() {
    let mut review = samples::many();
    let concerns = review.concerns.clone();
    review
        .concerns
        .extend((0..40).flat_map(|_| concerns.clone()));
    let text = render(&review, MIN_BYTES, true);
    assert!(text.len() <= MIN_BYTES);
    assert!(text.contains("**205 concerns."));
    assert!(text.contains(" more\n\n</details>"));
}

/// What GitHub's reading of Markdown makes of a comment that is not ours to say: links, pictures,
/// HTML, mentions, references, hidden characters.
fn harm(markdown: &str) -> Vec<String> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options);
    root.descendants().filter_map(harm_of).collect()
}

fn harm_of<'a>(node: &'a AstNode<'a>) -> Option<String> {
    const OUR_HTML: [&str; 4] = ["<sub>", "</sub>", "<span>", "</span>"];
    match &node.data.borrow().value {
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::Heading(_)
        | NodeValue::List(_)
        | NodeValue::Item(_)
        | NodeValue::BlockQuote
        | NodeValue::Strong
        | NodeValue::Code(_)
        | NodeValue::CodeBlock(_) => None,
        NodeValue::HtmlInline(html) if OUR_HTML.contains(&html.as_str()) => None,
        NodeValue::HtmlBlock(block) if our_fold(block.literal.trim()) => None,
        NodeValue::Text(text) => harm_of_text(text),
        other => Some(format!("{other:?}")),
    }
}

fn our_fold(html: &str) -> bool {
    let title = html.strip_prefix("<details><summary>");
    let title = title.and_then(|rest| rest.strip_suffix("</summary>"));
    html == "</details>" || title.is_some_and(|title| !title.contains(['<', '>', '&', '@']))
}

/// A mention or a reference is a sign right before a name or a number.
fn harm_of_text(text: &str) -> Option<String> {
    let pairs = text.chars().zip(text.chars().skip(1));
    let mut pairs = pairs.filter(|(sign, next)| match sign {
        '@' => next.is_alphanumeric() || *next == '_' || *next == '-',
        '#' => next.is_ascii_digit(),
        _ => ('\u{202a}'..='\u{202e}').contains(sign),
    });
    pairs.next().map(|pair| format!("{pair:?} in {text:?}"))
}

/// Texts that lean on what Markdown, HTML and GitHub read as more than text.
fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = [
        "@",
        "@admin",
        "@org/team",
        "#1",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "<!--",
        "-->",
        "<img src=x>",
        "`",
        "```",
        "~~~",
        "\n",
        "\n\n",
        "\r",
        "\t",
        " ",
        "    ",
        "*",
        "**",
        "_",
        "|",
        "|-|",
        "\\",
        "$",
        "$$",
        "&",
        "&#64;",
        "&lt;",
        "http://a.b",
        "https://",
        "www.a.b",
        "a@b.c",
        "mailto:a@b.c",
        "xmpp:",
        "# ",
        "- ",
        "1. ",
        "2) ",
        "> ",
        "===",
        "---",
        "[^1]",
        "[^1]: ",
        "[a]: b",
        ":",
        "::",
        "</details>",
        "<details>",
        "\u{202e}",
        "\u{200b}",
        "\u{2066}",
        "\u{1b}[31m",
        "é",
        "支",
        "word",
        "- [ ] ",
        "ftp://a.b",
        "<http://a>",
        "{",
        "}",
        "%",
        "^",
        "~",
        "!",
        "+",
        "=",
    ];
    let piece = prop::sample::select(pieces.to_vec()).prop_map(str::to_owned);
    let piece = proptest::prop_oneof![8 => piece, 1 => any::<String>()];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_that_a_change_says_is_obeyed(
        texts in prop::collection::vec(hostile_text(), 8),
    ) {
        let text = comment(&spoken_by(&texts, 5));
        prop_assert!(harm(&text).is_empty(), "{:?} in:\n{}", harm(&text), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_comment_is_over_the_limit(
        texts in prop::collection::vec(hostile_text().prop_map(|text| text.repeat(400)), 8),
        concerns in 0..60_usize,
        limit in prop::sample::select(vec![0, MIN_BYTES, 10_000, limits::COMMENT]),
        all in any::<bool>(),
    ) {
        let text = render(&spoken_by(&texts, concerns), limit, all);
        prop_assert!(text.len() <= limit.max(MIN_BYTES), "{} bytes", text.len());
        let folds = text.lines().filter(|line| line.starts_with("<details><summary>")).count();
        prop_assert!(text.lines().filter(|line| *line == "</details>").count() == folds);
    }
}

/// A review whose every word comes from the change.
fn spoken_by(texts: &[String], concerns: usize) -> Review {
    let mut review = samples::many();
    let text = |number: usize| texts[number % texts.len()].clone();
    let kinds = review.concerns.clone();
    review.concerns = kinds.into_iter().cycle().take(concerns).collect();
    for concern in &mut review.concerns {
        concern.path = text(0);
        concern.symbol = text(1);
        concern.concern = text(2);
        concern.advice = text(3);
        concern.before = Some(text(4));
        concern.after = Some(text(5));
        concern.fingerprint = text(6);
        if let Some(suppressed) = &mut concern.suppressed {
            suppressed.reason = text(7);
        }
        for incident in &mut concern.incidents {
            (incident.id, incident.date, incident.lesson) = (text(5), text(6), text(7));
        }
    }
    for file in &mut review.not_reviewed {
        (file.path, file.reason) = (text(3), text(0));
    }
    review
        .strengthened
        .iter_mut()
        .for_each(|one: &mut Strengthened| one.path = text(1));
    review
}
