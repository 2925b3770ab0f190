//! Made-up reviews, one for each thing that an output has to say.

use afterclick::review::record::{
    Concern, IncidentNote, NotReviewed, Review, SCHEMA, Stats, Strengthened, Suppressed, Surface,
    Tier, Verdict,
};

/// Nothing to say.
pub(crate) fn silence() -> Review {
    Review {
        schema: SCHEMA,
        verdict: Verdict::Ships,
        base: "1f6a0d8c2b7e4a5f9c3d1e0b8a7f6c5d4e3b2a19".into(),
        head: "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d".into(),
        surfaces: vec![],
        held_by: vec![],
        concerns: vec![],
        strengthened: vec![],
        not_reviewed: vec![],
        stats: Stats {
            files: 12,
            bytes: 48_213,
            ms: 18,
        },
    }
}

/// A payments change that drops the idempotency guard, as once before.
pub(crate) fn one() -> Review {
    Review {
        verdict: Verdict::Advised,
        surfaces: vec![Surface::Money],
        concerns: vec![idempotency()],
        ..silence()
    }
}

/// Five concerns that speak, and something of everything else.
pub(crate) fn many() -> Review {
    Review {
        verdict: Verdict::Advised,
        surfaces: Surface::ALL.to_vec(),
        concerns: vec![
            idempotency(),
            owner(),
            column(),
            workflow(),
            refund(),
            recorded(),
            suppressed(),
        ],
        strengthened: vec![Strengthened {
            check: "auth/rate-limit-removed-raised",
            surface: Surface::Auth,
            path: "app/controllers/sessions_controller.rb".into(),
            line: Some(7),
            symbol: "SessionsController".into(),
            after: Some("rate_limit to: 5, within: 1.minute, only: :create".into()),
        }],
        not_reviewed: vec![
            unread("public/logo.png", "binary file"),
            unread(
                "vendor/stripe",
                "submodule; review the commit in its own repository",
            ),
        ],
        ..silence()
    }
}

/// Two concerns on a surface that the policy enforces, behind one that is only advice.
pub(crate) fn held() -> Review {
    Review {
        verdict: Verdict::Held,
        surfaces: vec![Surface::Auth, Surface::Money],
        held_by: vec![Surface::Auth],
        concerns: vec![idempotency(), owner()],
        ..silence()
    }
}

/// Nothing to say, but not everything was read.
pub(crate) fn unreviewed() -> Review {
    let files = (1..=12).map(|number| unread(&format!("assets/{number}.bin"), "binary file"));
    Review {
        not_reviewed: files.collect(),
        ..silence()
    }
}

/// A change whose author would like to speak in our voice.
pub(crate) fn hostile() -> Review {
    let mut concern = owner();
    concern.path =
        "app/\u{1b}[2J\u{202e}st.redro\r\n::error::owned/[x](http://evil)<img>%.ts".into();
    concern.symbol = "show\u{200b}``@admin` <!-- --> ![i](http://evil/p.png)".into();
    concern.concern = "Anyone can call @everyone <script>x</script> [click](https://evil.example) \
        `code` #1 | www.evil.example $x$ ![i](p) \u{202e}\n\n# not a heading\n::error::no"
        .into();
    concern.before = Some("\tif x == \"```\" { @admin }\u{1b}[31m\n::warning::no".into());
    concern.after = Some("</code></pre>```\n@admin".into());
    concern.incidents = vec![IncidentNote {
        id: "INC-1\u{1b}]8;;http://evil\u{7}".into(),
        date: "2026-03-14".into(),
        lesson: "@team: <b>never</b> {0} again.".into(),
    }];
    Review {
        verdict: Verdict::Advised,
        surfaces: vec![Surface::Auth],
        concerns: vec![concern],
        not_reviewed: vec![unread(
            "a\nb, c:d%\u{2028}@admin.png",
            "binary\u{1b}[0m file",
        )],
        ..silence()
    }
}

fn idempotency() -> Concern {
    Concern {
        fingerprint: "3f9a2c1b7d5e4f60".into(),
        check: "money/idempotency-dropped",
        surface: Surface::Money,
        tier: Tier::Speaks,
        path: "app/payments/charge.ts".into(),
        line: None,
        base_line: Some(41),
        symbol: "ChargeService.charge".into(),
        before: Some("if (await this.charges.seen(order.idempotencyKey)) return previous;".into()),
        after: None,
        concern: "A retry may charge the customer twice. ChargeService.charge no longer asks \
            whether this order was already paid before it charges the card."
            .into(),
        advice: "Keep one key per order and look it up before the charge, or say where that is \
            done now."
            .into(),
        incidents: vec![IncidentNote {
            id: "double-charge".into(),
            date: "2026-03-14".into(),
            lesson: "A timeout made the queue retry, and 312 customers paid twice. Charge only \
                after the key is stored."
                .into(),
        }],
        suppressed: None,
    }
}

fn owner() -> Concern {
    Concern {
        fingerprint: "b80c44aa91d2e7f3".into(),
        check: "auth/owner-scope-dropped",
        surface: Surface::Auth,
        path: "app/controllers/orders_controller.rb".into(),
        line: Some(23),
        base_line: Some(23),
        symbol: "OrdersController#show".into(),
        before: Some("current_user.orders.find(params[:id])".into()),
        after: Some("Order.find(params[:id])".into()),
        concern: "One customer can open another customer's order. OrdersController#show looked \
            among the user's own orders and now looks among all of them."
            .into(),
        advice: "Look the order up through its owner, and add a test that a stranger is refused."
            .into(),
        incidents: vec![],
        ..idempotency()
    }
}

fn column() -> Concern {
    Concern {
        fingerprint: "0d11f2e38c6b9a75".into(),
        check: "data/drop-table-column-schema",
        surface: Surface::Data,
        path: "db/migrate/20261120170000_drop_legacy_iban_from_payout_accounts.rb".into(),
        line: Some(3),
        base_line: None,
        symbol: "DropLegacyIbanFromPayoutAccounts.change".into(),
        before: None,
        after: Some("remove_column :payout_accounts, :legacy_iban, :string".into()),
        concern: "The values in payout_accounts.legacy_iban are deleted for good.".into(),
        advice: "Stop reading the column in one release and drop it in the next. Name the backup."
            .into(),
        incidents: vec![],
        ..idempotency()
    }
}

fn workflow() -> Concern {
    Concern {
        fingerprint: "77aa0c3be4f15d28".into(),
        check: "production/workflow-power",
        surface: Surface::Production,
        path: ".github/workflows/ci.yml".into(),
        line: Some(9),
        base_line: Some(9),
        symbol: "permissions".into(),
        before: Some("contents: read".into()),
        after: Some("contents: write".into()),
        concern: "The CI job can now change the repository. Anything that runs in it can too."
            .into(),
        advice: "Give this power to the one job that needs it.".into(),
        incidents: vec![],
        ..idempotency()
    }
}

fn refund() -> Concern {
    Concern {
        fingerprint: "c2d9e85f0b7a6134".into(),
        check: "money/overwrite-vs-accumulate",
        path: "app/models/payment.rb".into(),
        line: Some(88),
        base_line: Some(88),
        symbol: "Payment#refund!".into(),
        before: Some("update!(amount_refunded: amount_refunded + amount)".into()),
        after: Some("update!(amount_refunded: amount)".into()),
        concern: "A second refund replaces the first. The books then show less refunded than was."
            .into(),
        advice: "Add to what was refunded before, and test two partial refunds.".into(),
        incidents: vec![],
        ..idempotency()
    }
}

fn recorded() -> Concern {
    Concern {
        fingerprint: "e1f2a3b4c5d6e7f8".into(),
        check: "auth/session-token-lifetime",
        surface: Surface::Auth,
        tier: Tier::Recorded,
        path: "config/session.ts".into(),
        line: Some(4),
        symbol: "session.maxAge".into(),
        concern: "A stolen session lives longer: 30 days instead of 15 minutes.".into(),
        incidents: vec![],
        ..idempotency()
    }
}

fn suppressed() -> Concern {
    Concern {
        fingerprint: "99887766554433aa".into(),
        check: "auth/csrf-off",
        surface: Surface::Auth,
        path: "app/controllers/webhooks_controller.rb".into(),
        line: Some(2),
        symbol: "WebhooksController".into(),
        concern: "Other sites could submit this form for a signed-in user.".into(),
        incidents: vec![],
        suppressed: Some(Suppressed {
            decision: None,
            reason: "Webhooks carry a signature and no cookie.".into(),
        }),
        ..idempotency()
    }
}

fn unread(path: &str, reason: &str) -> NotReviewed {
    NotReviewed {
        path: path.into(),
        reason: reason.into(),
    }
}

/// Each of them.
pub(crate) fn each() -> [Review; 6] {
    [silence(), one(), many(), held(), unreviewed(), hostile()]
}
