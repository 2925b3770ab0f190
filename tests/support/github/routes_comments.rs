use serde_json::{Value, json};

use super::server::{Reply, Request};
use super::state::{Comment, State};
use super::wire;

/// The longest comment, in characters: GitHub's limit.
const LONGEST: usize = 65_536;

pub fn answer(request: &Request, state: &mut State, stale: bool) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    Some(match (request.method.as_str(), &path[..]) {
        ("GET", ["issues", number, "comments"]) => list(request, state, number, stale),
        ("POST", ["issues", number, "comments"]) => create(request, state, number),
        ("GET", ["issues", "comments", id]) => match find(state, id) {
            Some(at) => Reply::ok(wire::comment(request, state, &state.comments[at])),
            None => Reply::not_found(),
        },
        ("PATCH", ["issues", "comments", id]) => update(request, state, id),
        ("DELETE", ["issues", "comments", id]) => match find(state, id) {
            _ if !state.may("pull-requests", "write") => Reply::forbidden(),
            Some(at) => {
                state.comments.remove(at);
                Reply::of(204, Value::Null)
            }
            None => Reply::not_found(),
        },
        ("POST", ["issues", "comments", id, "reactions"]) => react(request, state, id),
        _ => return None,
    })
}

fn list(request: &Request, state: &mut State, number: &str, stale: bool) -> Reply {
    if !state.may("pull-requests", "read") {
        return Reply::forbidden();
    }
    let number: u64 = number.parse().unwrap();
    if state.pull(number).is_none() {
        return Reply::not_found();
    }
    let known = state
        .comments
        .iter()
        .filter(|comment| comment.pull == number && (!stale || comment.listed));
    let items = known
        .map(|comment| wire::comment(request, state, comment))
        .collect();
    let reply = request.page(state, items, |items, _| items.into());
    for comment in &mut state.comments {
        comment.listed = true;
    }
    reply
}

fn create(request: &Request, state: &mut State, number: &str) -> Reply {
    if !state.may("pull-requests", "write") {
        return Reply::forbidden();
    }
    let pull = number.parse().unwrap();
    let body = request.body["body"].as_str().unwrap_or_default().to_owned();
    if body.is_empty() || body.chars().count() > LONGEST {
        return Reply::invalid("body is too long (maximum is 65536 characters)");
    }
    let (id, at, author) = (state.next_id(), state.now(), state.login.clone());
    let comment = Comment {
        id,
        pull,
        author,
        body,
        app: Some("github-actions".to_owned()),
        created_at: at.clone(),
        updated_at: at,
        listed: false,
    };
    let reply = Reply::of(201, wire::comment(request, state, &comment));
    state.comments.push(comment);
    state.unread.push(format!("a new comment on #{pull}"));
    reply
}

fn update(request: &Request, state: &mut State, id: &str) -> Reply {
    if !state.may("pull-requests", "write") {
        return Reply::forbidden();
    }
    let Some(at) = find(state, id) else {
        return Reply::not_found();
    };
    let body = request.body["body"].as_str().unwrap_or_default().to_owned();
    if body.is_empty() || body.chars().count() > LONGEST {
        return Reply::invalid("body is too long (maximum is 65536 characters)");
    }
    let now = state.now();
    state.comments[at].body = body;
    state.comments[at].updated_at = now;
    let pull = state.comments[at].pull;
    state
        .unread
        .push(format!("a comment on #{pull} that says something else"));
    Reply::ok(wire::comment(request, state, &state.comments[at]))
}

fn react(request: &Request, state: &mut State, id: &str) -> Reply {
    if !state.may("pull-requests", "write") {
        return Reply::forbidden();
    }
    let Some(at) = find(state, id) else {
        return Reply::not_found();
    };
    let id = state.comments[at].id;
    let content = request.body["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let reaction = (id, content.clone());
    let status = match state.reactions.contains(&reaction) {
        true => 200,
        false => {
            state.reactions.push(reaction);
            state.unread.push(format!("a reaction {content}"));
            201
        }
    };
    Reply::of(
        status,
        json!({
            "id": 1, "node_id": "R_1", "user": wire::user(request, &state.login),
            "content": content, "created_at": "2026-11-20T17:55:00Z",
        }),
    )
}

fn find(state: &State, id: &str) -> Option<usize> {
    let id: u64 = id.parse().ok()?;
    state.comments.iter().position(|comment| comment.id == id)
}
