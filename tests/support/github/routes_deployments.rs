use serde_json::{Value, json};

use super::server::{Reply, Request};
use super::state::{Deployment, State};
use super::wire;

pub fn answer(request: &Request, state: &mut State) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    if path.first() != Some(&"deployments") {
        return None;
    }
    let level = match request.method.as_str() {
        "GET" => "read",
        _ => "write",
    };
    if !state.may("deployments", level) {
        return Some(Reply::forbidden());
    }
    Some(match (request.method.as_str(), &path[1..]) {
        ("POST", []) => create(request, state),
        ("GET", []) => {
            let wanted = request.query.get("environment");
            let ours = state.deployments.iter().filter(|one| {
                wanted.is_none_or(|wanted| one.body["environment"] == wanted.as_str())
            });
            // In no documented order.
            let items: Vec<Value> = ours
                .map(|one| wire::deployment(request, state, one))
                .collect();
            request.page(state, items, |items, _| items.into())
        }
        ("GET", [id, "statuses"]) => match find(state, id) {
            Some(at) => {
                let one = &state.deployments[at];
                let statuses = one.statuses.iter();
                let items = statuses.map(|it| wire::deployment_status(request, state, one, it));
                request.page(state, items.collect(), |items, _| items.into())
            }
            None => Reply::not_found(),
        },
        ("POST", [id, "statuses"]) => match find(state, id) {
            Some(at) => {
                let status = (state.next_id(), request.body.clone(), state.now());
                let one = &state.deployments[at];
                let reply = wire::deployment_status(request, state, one, &status);
                state.deployments[at].statuses.push(status);
                Reply::of(201, reply)
            }
            None => Reply::not_found(),
        },
        _ => return None,
    })
}

fn create(request: &Request, state: &mut State) -> Reply {
    // What GitHub does where it is not told otherwise.
    if request.body["auto_merge"] != false {
        return Reply::of(
            202,
            json!({ "message": "Auto-merged main into the branch." }),
        );
    }
    if request.body["required_contexts"] != json!([]) {
        return Reply::error(409, "Conflict: Commit status checks failed for the ref.");
    }
    if state.unknown(request.body["ref"].as_str().unwrap_or_default()) {
        return Reply::invalid("No ref found for the commit");
    }
    let one = Deployment {
        id: state.next_id(),
        body: request.body.clone(),
        at: state.now(),
        statuses: Vec::new(),
    };
    let reply = Reply::of(201, wire::deployment(request, state, &one));
    state.deployments.push(one);
    reply
}

fn find(state: &State, id: &str) -> Option<usize> {
    let id: u64 = id.parse().ok()?;
    state.deployments.iter().position(|one| one.id == id)
}
