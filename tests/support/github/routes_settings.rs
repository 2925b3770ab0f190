use serde_json::{Value, json};

use super::server::{Reply, Request};
use super::state::State;
use super::wire::repository;

pub fn answer(request: &Request, state: &mut State) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let settings = &state.settings;
    Some(match (request.method.as_str(), &path[..]) {
        ("GET", ["environments", ..]) if !state.may("actions", "read") => Reply::forbidden(),
        ("GET", []) => Reply::ok(repository(request, state, false)),
        ("GET", ["environments"]) => {
            let all: Vec<Value> = settings.environments.iter().map(environment).collect();
            Reply::ok(json!({ "total_count": all.len(), "environments": all }))
        }
        ("GET", ["environments", name, "deployment_protection_rules"]) => {
            let mut known = settings.environments.iter();
            match known.find(|it| it.name == *name) {
                Some(it) => Reply::ok(json!({
                    "total_count": u8::from(it.custom), "custom_deployment_protection_rules": [],
                })),
                None => Reply::not_found(),
            }
        }
        ("GET", ["rules", "branches", branch]) => {
            let rules = settings.rules.iter().filter(|(of, _)| of == branch);
            Reply::ok(rules.map(|(_, kind)| rule(kind)).collect())
        }
        _ => return None,
    })
}

fn environment(it: &super::state::Environment) -> Value {
    let mut rules = Vec::new();
    if it.reviewers {
        rules.push(json!({
            "id": 1, "node_id": "a", "type": "required_reviewers", "prevent_self_review": false,
            "reviewers": [],
        }));
    }
    if it.wait > 0 {
        rules.push(json!({ "id": 2, "node_id": "b", "type": "wait_timer", "wait_timer": it.wait }));
    }
    json!({
        "id": 3, "node_id": "c", "name": it.name,
        "url": "https://a", "html_url": "https://a",
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "protection_rules": rules, "deployment_branch_policy": null,
    })
}

fn rule(kind: &str) -> Value {
    let mut rule = json!({
        "type": kind, "ruleset_source_type": "Repository", "ruleset_source": "octo/shop",
        "ruleset_id": 1,
    });
    if kind == "required_status_checks" {
        rule["parameters"] = json!({
            "strict_required_status_checks_policy": true, "required_status_checks": [],
        });
    }
    rule
}
