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
        ("PUT", ["pulls", number, "update-branch"]) => match number.parse() {
            _ if !state.may("pull-requests", "write") => Reply::forbidden(),
            Ok(number) => update_branch(request, state, number),
            Err(_) => Reply::not_found(),
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

/// The branch gets what it goes to, merged by git; the head has to be what was expected.
fn update_branch(request: &Request, state: &State, number: u64) -> Reply {
    let Some(pull) = state.pull(number) else {
        return Reply::not_found();
    };
    let head = state.sha(&format!("refs/pull/{number}/head"));
    if request.body["expected_head_sha"] != head.as_str() {
        return Reply::invalid("expected_head_sha does not match the pull request's head");
    }
    match state.merge(&head, &format!("refs/heads/{}", pull.base_branch)) {
        Some(merged) => {
            for name in [
                format!("refs/pull/{number}/head"),
                format!("refs/heads/{}", pull.head_branch),
            ] {
                state.set(&name, &merged);
            }
            Reply::of(
                202,
                json!({
                    "message": "Updating pull request branch.",
                    "url": format!("{}/repos/{}/pulls/{number}", request.base, state.name),
                }),
            )
        }
        None => Reply::invalid("merge conflict between base and head"),
    }
}
