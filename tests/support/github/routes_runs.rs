use super::server::{Reply, Request};
use super::state::State;
use super::wire;

pub fn answer(request: &Request, state: &mut State) -> Option<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let run = |id: &str| {
        let id: u64 = id.parse().ok()?;
        state.runs.iter().find(|run| run.id == id)
    };
    Some(match (request.method.as_str(), &path[..]) {
        _ if path.first() != Some(&"actions") => return None,
        _ if !state.may("actions", "read") => Reply::forbidden(),
        ("POST", ["actions", "workflows", file, "dispatches"]) => dispatch(request, state, file),
        ("GET", ["actions", "concurrency_groups", name]) => {
            // Names are the same whatever the case of their letters.
            let mut groups = state.groups.iter();
            match groups.find(|it| it.0.eq_ignore_ascii_case(name)) {
                Some((name, runs)) => Reply::ok(wire::group(request, state, name, runs)),
                None => Reply::not_found(),
            }
        }
        ("GET", ["actions", "runs", id]) => match run(id) {
            Some(run) => Reply::ok(wire::run(request, state, run)),
            None => Reply::not_found(),
        },
        ("GET", ["actions", "runs", id, "approvals"]) => {
            let of_run = state.approvals.iter().filter(|it| it.0.to_string() == *id);
            let items = of_run.map(|it| wire::approval(request, it));
            Reply::ok(items.collect::<Vec<_>>().into())
        }
        ("GET", ["actions", "runs", id, "attempts", attempt]) => match run(id) {
            Some(run) if run.attempt.to_string() == *attempt => {
                Reply::ok(wire::run(request, state, run))
            }
            // An earlier attempt than the newest has ended.
            Some(run) if attempt.parse().is_ok_and(|it: u32| it < run.attempt) => {
                let mut body = wire::run(request, state, run);
                body["run_attempt"] = attempt.parse::<u32>().unwrap().into();
                body["status"] = "completed".into();
                body["conclusion"] = "cancelled".into();
                Reply::ok(body)
            }
            _ => Reply::not_found(),
        },
        _ => return None,
    })
}

fn dispatch(request: &Request, state: &mut State, file: &str) -> Reply {
    if !state.may("actions", "write") {
        return Reply::forbidden();
    }
    let mut known = state.workflows.iter();
    let Some((_, takes)) = known.find(|it| it.0 == file) else {
        return Reply::not_found();
    };
    let none = serde_json::Map::new();
    let inputs = request.body["inputs"].as_object().unwrap_or(&none);
    for (name, value) in inputs {
        match takes.iter().find(|it| it.0 == name) {
            None => return Reply::invalid(&format!("Unexpected inputs provided: [\"{name}\"]")),
            Some((_, Some(only))) if value != only => {
                let words = format!("Provided value '{value}' for input '{name}' not in the list");
                return Reply::invalid(&words);
            }
            Some(_) => {}
        }
    }
    let id = state.next_id();
    state
        .dispatches
        .push((file.to_owned(), request.body.clone()));
    Reply::ok(wire::dispatched(request, state, id))
}
