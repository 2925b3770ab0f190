use serde_json::{Value, json};

use super::server::{Reply, Request};
use super::state::State;
use super::wire;

pub fn answer(request: &Request, state: &mut State) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    Some(match (request.method.as_str(), &path[..]) {
        ("GET", ["pulls", number]) => match number.parse().ok().and_then(|it| state.pull(it)) {
            _ if !state.may("pull-requests", "read") => Reply::forbidden(),
            Some(pull) => Reply::ok(wire::pull(request, state, pull, true)),
            None => Reply::not_found(),
        },
        ("GET", ["commits", sha, "pulls"]) => of_commit(request, state, sha),
        ("GET", ["collaborators", login, "permission"]) => permission(request, state, login),
        _ => return None,
    })
}

/// The open pull requests that a commit is on the way of.
fn of_commit(request: &Request, state: &State, sha: &str) -> Reply {
    if !state.may("pull-requests", "read") {
        return Reply::forbidden();
    }
    if state.unknown(sha) {
        return Reply::invalid(&format!("No commit found for SHA: {sha}"));
    }
    let on_the_way = state.pulls.iter().filter(|pull| {
        let head = state.sha(&format!("refs/pull/{}/head", pull.number));
        head == sha || state.contains(&head, sha)
    });
    let items: Vec<Value> = on_the_way
        .map(|pull| wire::pull(request, state, pull, false))
        .collect();
    request.page(state, items, |items, _| items.into())
}

fn permission(request: &Request, state: &State, login: &str) -> Reply {
    let Some(role) = state.people.get(login) else {
        return Reply::not_found();
    };
    let permission = match *role {
        "maintain" => "write",
        "triage" => "read",
        other => other,
    };
    let mut user = wire::user(request, login);
    user["role_name"] = (*role).into();
    user["permissions"] = json!({
        "admin": permission == "admin", "maintain": *role == "maintain",
        "push": permission == "write", "triage": true, "pull": true,
    });
    Reply::ok(json!({ "permission": permission, "role_name": role, "user": user }))
}
