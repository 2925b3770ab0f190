use afterclick::render::json::render;
use insta::assert_snapshot;

use crate::samples;

#[test]
fn silence_is_a_whole_record() {
    assert_snapshot!(render(&samples::silence()).unwrap(), @r#"
    {
      "schema": 1,
      "verdict": "ships",
      "base": "1f6a0d8c2b7e4a5f9c3d1e0b8a7f6c5d4e3b2a19",
      "head": "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      "surfaces": [],
      "concerns": [],
      "strengthened": [],
      "not_reviewed": [],
      "stats": {
        "files": 12,
        "bytes": 48213,
        "ms": 18
      }
    }
    "#);
}

#[test]
fn every_field_of_the_contract_is_there() {
    assert_snapshot!(render(&samples::one()).unwrap(), @r#"
    {
      "schema": 1,
      "verdict": "advised",
      "base": "1f6a0d8c2b7e4a5f9c3d1e0b8a7f6c5d4e3b2a19",
      "head": "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      "surfaces": [
        "money"
      ],
      "concerns": [
        {
          "fingerprint": "3f9a2c1b7d5e4f60",
          "check": "money/idempotency-dropped",
          "surface": "money",
          "tier": "speaks",
          "path": "app/payments/charge.ts",
          "line": null,
          "base_line": 41,
          "symbol": "ChargeService.charge",
          "before": "if (await this.charges.seen(order.idempotencyKey)) return previous;",
          "after": null,
          "concern": "A retry may charge the customer twice. ChargeService.charge no longer asks whether this order was already paid before it charges the card.",
          "advice": "Keep one key per order and look it up before the charge, or say where that is done now.",
          "incidents": [
            {
              "id": "double-charge",
              "date": "2026-03-14",
              "lesson": "A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored."
            }
          ],
          "suppressed": null
        }
      ],
      "strengthened": [],
      "not_reviewed": [],
      "stats": {
        "files": 12,
        "bytes": 48213,
        "ms": 18
      }
    }
    "#);
}

#[test]
fn lists_of_everything() {
    let mut review = samples::many();
    review.concerns.drain(..5);
    assert_snapshot!(render(&review).unwrap(), @r#"
    {
      "schema": 1,
      "verdict": "advised",
      "base": "1f6a0d8c2b7e4a5f9c3d1e0b8a7f6c5d4e3b2a19",
      "head": "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      "surfaces": [
        "auth",
        "money",
        "data",
        "production"
      ],
      "concerns": [
        {
          "fingerprint": "e1f2a3b4c5d6e7f8",
          "check": "auth/session-token-lifetime",
          "surface": "auth",
          "tier": "recorded",
          "path": "config/session.ts",
          "line": 4,
          "base_line": 41,
          "symbol": "session.maxAge",
          "before": "if (await this.charges.seen(order.idempotencyKey)) return previous;",
          "after": null,
          "concern": "A stolen session lives longer: 30 days instead of 15 minutes.",
          "advice": "Keep one key per order and look it up before the charge, or say where that is done now.",
          "incidents": [],
          "suppressed": null
        },
        {
          "fingerprint": "99887766554433aa",
          "check": "auth/csrf-off",
          "surface": "auth",
          "tier": "speaks",
          "path": "app/controllers/webhooks_controller.rb",
          "line": 2,
          "base_line": 41,
          "symbol": "WebhooksController",
          "before": "if (await this.charges.seen(order.idempotencyKey)) return previous;",
          "after": null,
          "concern": "Other sites could submit this form for a signed-in user.",
          "advice": "Keep one key per order and look it up before the charge, or say where that is done now.",
          "incidents": [],
          "suppressed": {
            "reason": "Webhooks carry a signature and no cookie."
          }
        }
      ],
      "strengthened": [
        {
          "check": "auth/rate-limit-removed-raised",
          "surface": "auth",
          "path": "app/controllers/sessions_controller.rb",
          "line": 7,
          "symbol": "SessionsController",
          "after": "rate_limit to: 5, within: 1.minute, only: :create"
        }
      ],
      "not_reviewed": [
        {
          "path": "public/logo.png",
          "reason": "binary file"
        },
        {
          "path": "vendor/stripe",
          "reason": "submodule; review the commit in its own repository"
        }
      ],
      "stats": {
        "files": 12,
        "bytes": 48213,
        "ms": 18
      }
    }
    "#);
}

#[test]
fn a_held_change_says_so_in_the_verdict_alone() {
    let held = render(&samples::held()).unwrap();
    assert!(held.contains(r#""verdict": "held""#) && !held.contains("held_by"));
}

#[test]
fn hostile_text_is_escaped_and_keeps_its_value() {
    let review = samples::hostile();
    let text = render(&review).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{2028}']));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["concerns"][0]["path"], review.concerns[0].path);
    assert_eq!(value["concerns"][0]["symbol"], review.concerns[0].symbol);
}
