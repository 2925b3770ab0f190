use afterclick::render::sarif::render;
use afterclick::review::checks::{self, Check};
use afterclick::review::record::Review;
use insta::assert_snapshot;
use serde_json::Value;

use crate::samples;

/// A log without its rules, which change with every new check.
fn log(review: &Review, all: bool) -> Value {
    serde_json::from_str(&render(review, &[], all).unwrap()).unwrap()
}

fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap();
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn silence_is_a_run_without_results() {
    assert_snapshot!(pretty(&log(&samples::silence(), false)), @r#"
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "runs": [
        {
          "invocations": [
            {
              "executionSuccessful": true,
              "toolExecutionNotifications": []
            }
          ],
          "originalUriBaseIds": {
            "%SRCROOT%": {
              "description": {
                "text": "The root of the repository."
              }
            }
          },
          "properties": {
            "base": "1f6a0d8c2b7e4a5f9c3d1e0b8a7f6c5d4e3b2a19",
            "head": "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
            "surfaces": [],
            "verdict": "ships"
          },
          "results": [],
          "tool": {
            "driver": {
              "informationUri": "https://github.com/afterclick/afterclick",
              "name": "afterclick",
              "notifications": [
                {
                  "defaultConfiguration": {
                    "level": "warning"
                  },
                  "id": "not-reviewed",
                  "shortDescription": {
                    "text": "A file, or a part of one, was not reviewed."
                  }
                }
              ],
              "rules": [],
              "semanticVersion": "VERSION"
            }
          }
        }
      ],
      "version": "2.1.0"
    }
    "#);
}

#[test]
fn a_concern_whose_line_is_gone_points_at_the_file() {
    assert_snapshot!(pretty(&log(&samples::one(), false)["runs"][0]["results"]), @r#"
    [
      {
        "level": "warning",
        "locations": [
          {
            "logicalLocations": [
              {
                "fullyQualifiedName": "ChargeService.charge"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "app/payments/charge.ts",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 1
              }
            }
          }
        ],
        "message": {
          "text": "A retry may charge the customer twice. ChargeService.charge no longer asks whether this order was already paid before it charges the card. (It was at line 41 before the change.)\n\nKeep one key per order and look it up before the charge, or say where that is done now.\n\nIt happened before, on 2026-03-14 (double-charge): A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored."
        },
        "partialFingerprints": {
          "afterclick/v1": "3f9a2c1b7d5e4f60"
        },
        "ruleId": "money/idempotency-dropped"
      }
    ]
    "#);
}

#[test]
fn what_is_enforced_is_an_error() {
    let log = log(&samples::held(), false);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<_> = results
        .iter()
        .map(|one| (&one["ruleId"], &one["level"]))
        .collect();
    assert_snapshot!(format!("{levels:?}"), @r#"[(String("money/idempotency-dropped"), String("warning")), (String("auth/owner-scope-dropped"), String("error"))]"#);
}

#[test]
fn recorded_and_suppressed_concerns_come_only_when_asked_for() {
    let results = |all| log(&samples::many(), all)["runs"][0]["results"].clone();
    assert_eq!(results(false).as_array().unwrap().len(), 5);
    let all = results(true);
    assert_snapshot!(pretty(&Value::from(&all.as_array().unwrap()[5..])), @r#"
    [
      {
        "level": "note",
        "locations": [
          {
            "logicalLocations": [
              {
                "fullyQualifiedName": "session.maxAge"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "config/session.ts",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 4
              }
            }
          }
        ],
        "message": {
          "text": "A stolen session lives longer: 30 days instead of 15 minutes.\n\nKeep one key per order and look it up before the charge, or say where that is done now."
        },
        "partialFingerprints": {
          "afterclick/v1": "e1f2a3b4c5d6e7f8"
        },
        "ruleId": "auth/session-token-lifetime"
      },
      {
        "level": "warning",
        "locations": [
          {
            "logicalLocations": [
              {
                "fullyQualifiedName": "WebhooksController"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "app/controllers/webhooks_controller.rb",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 2
              }
            }
          }
        ],
        "message": {
          "text": "Other sites could submit this form for a signed-in user.\n\nKeep one key per order and look it up before the charge, or say where that is done now."
        },
        "partialFingerprints": {
          "afterclick/v1": "99887766554433aa"
        },
        "ruleId": "auth/csrf-off",
        "suppressions": [
          {
            "justification": "Webhooks carry a signature and no cookie.",
            "kind": "external"
          }
        ]
      }
    ]
    "#);
}

#[test]
fn what_was_not_read_is_a_notification() {
    let mut review = samples::unreviewed();
    review.not_reviewed.truncate(1);
    assert_snapshot!(pretty(&log(&review, false)["runs"][0]["invocations"]), @r#"
    [
      {
        "executionSuccessful": true,
        "toolExecutionNotifications": [
          {
            "descriptor": {
              "id": "not-reviewed"
            },
            "level": "warning",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "assets/1.bin",
                    "uriBaseId": "%SRCROOT%"
                  }
                }
              }
            ],
            "message": {
              "text": "Not reviewed: binary file."
            }
          }
        ]
      }
    ]
    "#);
}

#[test]
fn hostile_text_makes_no_link_and_no_path() {
    assert_snapshot!(pretty(&log(&samples::hostile(), false)["runs"][0]["results"]), @r#"
    [
      {
        "level": "warning",
        "locations": [
          {
            "logicalLocations": [
              {
                "fullyQualifiedName": "show\\u{200b}``@admin` <!-- --> ![i](http://evil/p.png)"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "app/%1B%5B2J%E2%80%AEst.redro%0D%0A%3A%3Aerror%3A%3Aowned/%5Bx%5D%28http%3A//evil%29%3Cimg%3E%25.ts",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 23
              }
            }
          }
        ],
        "message": {
          "text": "Anyone can call @everyone <script>x</script> [click] (https://evil.example) `code` #1 | www.evil.example $x$ ![i] (p) \\u{202e} # not a heading ::error::no\n\nLook the order up through its owner, and add a test that a stranger is refused.\n\nIt happened before, on 2026-03-14 (INC-1\\u{1b}]8;;http://evil\\u{7}): @team: <b>never</b> {0} again."
        },
        "partialFingerprints": {
          "afterclick/v1": "b80c44aa91d2e7f3"
        },
        "ruleId": "auth/owner-scope-dropped"
      }
    ]
    "#);
}

#[test]
fn every_check_is_a_rule() {
    let checks: Vec<&Check> = checks::all().collect();
    let log: Value =
        serde_json::from_str(&render(&samples::one(), &checks, true).unwrap()).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert_eq!(rules.len(), checks.len());
    for rule in rules {
        assert!(
            !rule["shortDescription"]["text"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .unwrap()
                .contains("## Why it matters")
        );
    }
}

/// Read and written again by types that are generated from the official schema, nothing is lost.
#[test]
fn every_log_fits_the_schema() {
    let checks: Vec<&Check> = checks::all().collect();
    for review in samples::each() {
        let text = render(&review, &checks, true).unwrap();
        let ours: Value = serde_json::from_str(&text).unwrap();
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&log).unwrap(), ours);
    }
}
