use serde_json::{Value, json};

use super::server::{Reply, Request};
use super::state::{Check, State};
use super::wire;

/// Annotations of one call, and characters of a summary: GitHub's limits.
const ANNOTATIONS: usize = 50;
const SUMMARY: usize = 65_535;

pub fn answer(request: &Request, state: &mut State) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    Some(match (request.method.as_str(), &path[..]) {
        ("POST", ["check-runs"]) => create(request, state),
        ("PATCH", ["check-runs", id]) => update(request, state, id),
        ("GET", ["commits", head, "check-runs"]) => list(request, state, head),
        _ => return None,
    })
}

fn create(request: &Request, state: &mut State) -> Reply {
    if !state.may("checks", "write") {
        return Reply::forbidden();
    }
    let text = |key: &str| request.body[key].as_str().unwrap_or_default().to_owned();
    let output = &request.body["output"];
    if let Some(wrong) = too_much(output) {
        return Reply::invalid(wrong);
    }
    if state.unknown(&text("head_sha")) {
        return Reply::invalid("No commit found for SHA");
    }
    let annotations: Vec<Value> = output["annotations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let check = Check {
        id: state.next_id(),
        name: text("name"),
        head: text("head_sha"),
        external_id: text("external_id"),
        conclusion: text("conclusion"),
        title: output["title"].as_str().unwrap_or_default().to_owned(),
        summary: output["summary"].as_str().unwrap_or_default().to_owned(),
        batches: vec![annotations.len()],
        annotations,
        at: state.now(),
    };
    state.unread.push(format!("a check run `{}`", check.name));
    let reply = Reply::of(201, wire::check(request, state, &check));
    state.checks.push(check);
    reply
}

fn update(request: &Request, state: &mut State, id: &str) -> Reply {
    if !state.may("checks", "write") {
        return Reply::forbidden();
    }
    let output = &request.body["output"];
    if let Some(wrong) = too_much(output) {
        return Reply::invalid(wrong);
    }
    let id: u64 = id.parse().unwrap();
    let Some(at) = state.checks.iter().position(|check| check.id == id) else {
        return Reply::not_found();
    };
    let more = output["annotations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let check = &mut state.checks[at];
    check.batches.push(more.len());
    check.annotations.extend(more);
    Reply::ok(wire::check(request, state, &state.checks[at]))
}

fn list(request: &Request, state: &mut State, head: &str) -> Reply {
    if !state.may("checks", "read") {
        return Reply::forbidden();
    }
    let name = request.query.get("check_name");
    let wanted = state
        .checks
        .iter()
        .filter(|check| check.head == head && name.is_none_or(|name| *name == check.name));
    let items = wanted
        .map(|check| wire::check(request, state, check))
        .collect();
    request.page(
        state,
        items,
        |items, total| json!({ "total_count": total, "check_runs": items }),
    )
}

fn too_much(output: &Value) -> Option<&'static str> {
    let annotations = output["annotations"].as_array().map_or(0, Vec::len);
    let summary = output["summary"].as_str().unwrap_or_default();
    match (annotations > ANNOTATIONS, summary.chars().count() > SUMMARY) {
        (true, _) => Some("annotations exceeds a maximum quantity of 50"),
        (_, true) => Some("summary exceeds a maximum size of 65535 characters"),
        _ => None,
    }
}
