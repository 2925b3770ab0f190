use afterclick::render::text::{Style, render};
use insta::assert_snapshot;

use crate::samples;

const PLAIN: Style = Style {
    color: false,
    width: 80,
};

#[test]
fn silence_is_one_line() {
    assert_snapshot!(render(&samples::silence(), PLAIN, false), @"Nothing to say. (12 files, 18 ms)");
}

#[test]
fn one_concern_carries_its_incident() {
    assert_snapshot!(render(&samples::one(), PLAIN, false), @"
    money  app/payments/charge.ts (was line 41)  ChargeService.charge

      A retry may charge the customer twice. ChargeService.charge no longer asks
      whether this order was already paid before it charges the card.

        - if (await this.charges.seen(order.idempotencyKey)) return previous;

      → Keep one key per order and look it up before the charge, or say where that
        is done now.

      It happened before, on 2026-03-14 (double-charge)
      A timeout made the queue retry, and 312 customers paid twice. Charge only
      after the key is stored.

      3f9a2c1b · afterclick explain money/idempotency-dropped

    1 concern. Advice only: this does not block. (12 files, 18 ms)
    ");
}

#[test]
fn three_concerns_are_in_sight_and_the_others_fold() {
    assert_snapshot!(render(&samples::many(), PLAIN, false), @"
    money  app/payments/charge.ts (was line 41)  ChargeService.charge

      A retry may charge the customer twice. ChargeService.charge no longer asks
      whether this order was already paid before it charges the card.

        - if (await this.charges.seen(order.idempotencyKey)) return previous;

      → Keep one key per order and look it up before the charge, or say where that
        is done now.

      It happened before, on 2026-03-14 (double-charge)
      A timeout made the queue retry, and 312 customers paid twice. Charge only
      after the key is stored.

      3f9a2c1b · afterclick explain money/idempotency-dropped

    auth  app/controllers/orders_controller.rb:23  OrdersController#show

      One customer can open another customer's order. OrdersController#show looked
      among the user's own orders and now looks among all of them.

        - current_user.orders.find(params[:id])
        + Order.find(params[:id])

      → Look the order up through its owner, and add a test that a stranger is
        refused.

      b80c44aa · afterclick explain auth/owner-scope-dropped

    data  db/migrate/20261120170000_drop_legacy_iban_from_payout_accounts.rb:3
      DropLegacyIbanFromPayoutAccounts.change

      The values in payout_accounts.legacy_iban are deleted for good.

        + remove_column :payout_accounts, :legacy_iban, :string

      → Stop reading the column in one release and drop it in the next. Name the
        backup.

      0d11f2e3 · afterclick explain data/drop-table-column-schema

    2 more concerns, in full with `--all`
      .github/workflows/ci.yml:9  production/workflow-power
        The CI job can now change the repository.
      app/models/payment.rb:88  money/overwrite-vs-accumulate
        A second refund replaces the first.

    recorded 1 auth · suppressed 1 auth · strengthened 1 auth · `--all` lists them

    Not reviewed
      public/logo.png  binary file
      vendor/stripe  submodule; review the commit in its own repository

    5 concerns. Advice only: this does not block. (12 files, 18 ms)
    ");
}

#[test]
fn all_shows_everything() {
    assert_snapshot!(render(&samples::many(), PLAIN, true), @"
    money  app/payments/charge.ts (was line 41)  ChargeService.charge

      A retry may charge the customer twice. ChargeService.charge no longer asks
      whether this order was already paid before it charges the card.

        - if (await this.charges.seen(order.idempotencyKey)) return previous;

      → Keep one key per order and look it up before the charge, or say where that
        is done now.

      It happened before, on 2026-03-14 (double-charge)
      A timeout made the queue retry, and 312 customers paid twice. Charge only
      after the key is stored.

      3f9a2c1b · afterclick explain money/idempotency-dropped

    auth  app/controllers/orders_controller.rb:23  OrdersController#show

      One customer can open another customer's order. OrdersController#show looked
      among the user's own orders and now looks among all of them.

        - current_user.orders.find(params[:id])
        + Order.find(params[:id])

      → Look the order up through its owner, and add a test that a stranger is
        refused.

      b80c44aa · afterclick explain auth/owner-scope-dropped

    data  db/migrate/20261120170000_drop_legacy_iban_from_payout_accounts.rb:3
      DropLegacyIbanFromPayoutAccounts.change

      The values in payout_accounts.legacy_iban are deleted for good.

        + remove_column :payout_accounts, :legacy_iban, :string

      → Stop reading the column in one release and drop it in the next. Name the
        backup.

      0d11f2e3 · afterclick explain data/drop-table-column-schema

    production  .github/workflows/ci.yml:9  permissions

      The CI job can now change the repository. Anything that runs in it can too.

        - contents: read
        + contents: write

      → Give this power to the one job that needs it.

      77aa0c3b · afterclick explain production/workflow-power

    money  app/models/payment.rb:88  Payment#refund!

      A second refund replaces the first. The books then show less refunded than
      was.

        - update!(amount_refunded: amount_refunded + amount)
        + update!(amount_refunded: amount)

      → Add to what was refunded before, and test two partial refunds.

      c2d9e85f · afterclick explain money/overwrite-vs-accumulate

    Recorded
      config/session.ts:4  auth/session-token-lifetime
        A stolen session lives longer: 30 days instead of 15 minutes.

    Suppressed
      app/controllers/webhooks_controller.rb:2  auth/csrf-off
        Reason: Webhooks carry a signature and no cookie.

    Strengthened
      app/controllers/sessions_controller.rb:7  auth/rate-limit-removed-raised
        + rate_limit to: 5, within: 1.minute, only: :create

    Not reviewed
      public/logo.png  binary file
      vendor/stripe  submodule; review the commit in its own repository

    5 concerns. Advice only: this does not block. (12 files, 18 ms)
    ");
}

#[test]
fn what_holds_the_change_comes_first() {
    assert_snapshot!(render(&samples::held(), PLAIN, false), @"
    auth, enforced  app/controllers/orders_controller.rb:23  OrdersController#show

      One customer can open another customer's order. OrdersController#show looked
      among the user's own orders and now looks among all of them.

        - current_user.orders.find(params[:id])
        + Order.find(params[:id])

      → Look the order up through its owner, and add a test that a stranger is
        refused.

      b80c44aa · afterclick explain auth/owner-scope-dropped

    money  app/payments/charge.ts (was line 41)  ChargeService.charge

      A retry may charge the customer twice. ChargeService.charge no longer asks
      whether this order was already paid before it charges the card.

        - if (await this.charges.seen(order.idempotencyKey)) return previous;

      → Keep one key per order and look it up before the charge, or say where that
        is done now.

      It happened before, on 2026-03-14 (double-charge)
      A timeout made the queue retry, and 312 customers paid twice. Charge only
      after the key is stored.

      3f9a2c1b · afterclick explain money/idempotency-dropped

    Held: auth is enforced here. Fix the concern marked enforced, or have an owner
    accept it with a reason. (12 files, 18 ms)
    ");
}

#[test]
fn what_was_not_read_is_never_a_clean_bill() {
    assert_snapshot!(render(&samples::unreviewed(), PLAIN, false), @"
    Not reviewed
      assets/1.bin  binary file
      assets/2.bin  binary file
      assets/3.bin  binary file
      assets/4.bin  binary file
      assets/5.bin  binary file
      assets/6.bin  binary file
      assets/7.bin  binary file
      assets/8.bin  binary file
      assets/9.bin  binary file
      assets/10.bin  binary file
      and 2 more

    Nothing to say about what was read. (12 files, 18 ms)
    ");
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    let text = render(&samples::hostile(), PLAIN, true);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert_snapshot!(text, @r#"
    auth  app/\u{1b}[2J\u{202e}st.redro\r\n::error::owned/[x](http://evil)<img>%.ts:23
      show\u{200b}``@admin` <!-- --> ![i](http://evil/p.png)

      Anyone can call @everyone <script>x</script> [click](https://evil.example)
      `code` #1 | www.evil.example $x$ ![i](p) \u{202e} # not a heading ::error::no

        - if x == "```" { @admin }\u{1b}[31m\n::warning::no
        + </code></pre>```\n@admin

      → Look the order up through its owner, and add a test that a stranger is
        refused.

      It happened before, on 2026-03-14 (INC-1\u{1b}]8;;http://evil\u{7})
      @team: <b>never</b> {0} again.

      b80c44aa · afterclick explain auth/owner-scope-dropped

    Not reviewed
      a\nb, c:d%\u{2028}@admin.png  binary\u{1b}[0m file

    1 concern. Advice only: this does not block. (12 files, 18 ms)
    "#);
}

#[test]
fn a_narrow_terminal_gets_short_lines() {
    assert_snapshot!(render(&samples::one(), Style { color: false, width: 48 }, false), @"
    money  app/payments/charge.ts (was line 41)
      ChargeService.charge

      A retry may charge the customer twice.
      ChargeService.charge no longer asks whether
      this order was already paid before it charges
      the card.

        - if (await this.charges.seen(order.idempot…

      → Keep one key per order and look it up before
        the charge, or say where that is done now.

      It happened before, on 2026-03-14
      (double-charge)
      A timeout made the queue retry, and 312
      customers paid twice. Charge only after the
      key is stored.

      3f9a2c1b · afterclick explain money/idempotency-dropped

    1 concern. Advice only: this does not block. (12
    files, 18 ms)
    ");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    for review in [samples::many(), samples::held(), samples::unreviewed()] {
        let colored = render(
            &review,
            Style {
                color: true,
                ..PLAIN
            },
            false,
        );
        assert!(colored.contains('\u{1b}'));
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(stripped, render(&review, PLAIN, false));
    }
}
