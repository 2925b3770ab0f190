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
