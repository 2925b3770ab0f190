//! Rulesets as GitHub imports them.

use serde::Serialize;

/// A branch that has to be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protected {
    /// The branch that ships.
    Main,
    /// The ledger's.
    Ledger,
}

#[derive(Serialize)]
struct Ruleset<'a> {
    name: &'static str,
    target: &'static str,
    enforcement: &'static str,
    conditions: Conditions<'a>,
    rules: Vec<Rule>,
    bypass_actors: [(); 0],
}

#[derive(Serialize)]
struct Conditions<'a> {
    ref_name: Names<'a>,
}

#[derive(Serialize)]
struct Names<'a> {
    include: [&'a str; 1],
    exclude: [&'a str; 0],
}

#[derive(Serialize)]
#[serde(tag = "type", content = "parameters", rename_all = "snake_case")]
enum Rule {
    Deletion,
    NonFastForward,
    PullRequest(PullRequest),
    RequiredStatusChecks(StatusChecks),
}

#[derive(Serialize)]
struct PullRequest {
    required_approving_review_count: u8,
    dismiss_stale_reviews_on_push: bool,
    require_code_owner_review: bool,
    require_last_push_approval: bool,
    required_review_thread_resolution: bool,
}

#[derive(Serialize)]
struct StatusChecks {
    strict_required_status_checks_policy: bool,
    do_not_enforce_on_create: bool,
    required_status_checks: [StatusCheck; 1],
}

#[derive(Serialize)]
struct StatusCheck {
    context: &'static str,
}

/// The ruleset of a branch as JSON, which ends in a line break. `ledger` is the ledger's branch.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn ruleset(which: Protected, ledger: &str) -> serde_json::Result<String> {
    let mut rules = vec![Rule::Deletion, Rule::NonFastForward];
    let of_ledger = format!("refs/heads/{ledger}");
    let (name, include) = match which {
        Protected::Ledger => ("afterclick: the ledger", of_ledger.as_str()),
        Protected::Main => {
            rules.push(Rule::PullRequest(PullRequest {
                required_approving_review_count: 1,
                dismiss_stale_reviews_on_push: true,
                require_code_owner_review: false,
                require_last_push_approval: true,
                required_review_thread_resolution: false,
            }));
            rules.push(Rule::RequiredStatusChecks(StatusChecks {
                strict_required_status_checks_policy: true,
                do_not_enforce_on_create: true,
                required_status_checks: [StatusCheck {
                    context: "afterclick",
                }],
            }));
            ("afterclick: the branch that ships", "~DEFAULT_BRANCH")
        }
    };
    let ruleset = Ruleset {
        name,
        target: "branch",
        enforcement: "active",
        conditions: Conditions {
            ref_name: Names {
                include: [include],
                exclude: [],
            },
        },
        rules,
        bypass_actors: [],
    };
    Ok(serde_json::to_string_pretty(&ruleset)? + "\n")
}
