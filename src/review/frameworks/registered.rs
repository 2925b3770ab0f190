//! What a change newly asks of everything that is registered: NestJS' guards for all controllers,
//! the dependencies of a router in FastAPI.

use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Scope};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};

/// Whether each of the named guards newly stands before every controller:
/// `{ provide: APP_GUARD, useClass: LoginGuard }`, `app.useGlobalGuards(new LoginGuard())`.
pub(crate) fn guards_all(context: &Context<'_>, guards: &[Argument]) -> bool {
    let squeezed = |text: &str| -> String { text.split_whitespace().collect() };
    let files = || context.files.iter();
    let tells = |text: &str| text.contains("APP_GUARD") || text.contains("useGlobalGuards");
    let sides = |after: bool| -> Vec<String> {
        let texts = files().map(|it| if after { it.after.text } else { it.before.text });
        texts.filter(|it| tells(it)).map(squeezed).collect()
    };
    let after = sides(true);
    if guards.is_empty() || after.is_empty() {
        return false;
    }
    let before = sides(false);
    let count = |texts: &[String], name: &str| -> usize {
        let provided = ["useClass", "useExisting"].map(|it| format!("APP_GUARD,{it}:{name}"));
        let whole = |text: &str, found: &str| {
            let ends = |at: usize| {
                let rest = text.get(at + found.len()..).unwrap_or_default();
                !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_')
            };
            text.match_indices(found)
                .filter(|(at, _)| ends(*at))
                .count()
        };
        let globally = |text: &String| {
            let calls = text.split("useGlobalGuards(").skip(1);
            let all = calls.filter_map(|it| it.split(';').next());
            all.filter(|it| whole(it, name) > 0).count()
        };
        let named = |text: &String| provided.iter().map(|it| whole(text, it)).sum::<usize>();
        texts.iter().map(|it| named(it) + globally(it)).sum()
    };
    guards.iter().all(|it| {
        let name = it.value.last_name();
        !name.is_empty() && count(&after, name) > count(&before, name)
    })
}

/// Whether the router that a function is registered at, or what the router is registered at, newly
/// depends on what the function did: `APIRouter(dependencies=[Depends(require_admin)])`.
pub(crate) fn depends_all(
    context: &Context<'_>,
    file: &FilePair<'_>,
    function: &Scope,
    what: &str,
) -> bool {
    let routers: Vec<&str> = function
        .attributes
        .iter()
        .filter_map(|it| Some(it.name.rsplit_once('.')?.0))
        .collect();
    let path = file.path.as_str();
    let stem = path.rsplit('/').next().and_then(|it| it.split('.').next());
    let about = |of: &FilePair<'_>, call: &Call| {
        let target = call.target.as_deref().unwrap_or_default();
        let first = call.arguments.first().map(|it| it.value.to_string());
        match call.name.as_str() {
            "FastAPI" => true,
            "include_router" => first.is_some_and(|it| {
                routers.contains(&it.as_str()) || stem.is_some_and(|stem| it.contains(stem))
            }),
            _ => of.path == file.path && routers.contains(&target),
        }
    };
    let count = |of: &FilePair<'_>, side: &SideFacts<'_>| {
        let calls = side.facts.calls.iter();
        calls
            .filter(|it| depends(it, what) && about(of, it))
            .count()
    };
    let files = || context.files.iter();
    let before: usize = files().map(|it| count(it, &it.before)).sum();
    let after: usize = files().map(|it| count(it, &it.after)).sum();
    after > before
}

fn depends(call: &Call, what: &str) -> bool {
    let listed = |it: &&Argument| it.name.as_deref() == Some("dependencies");
    let mut lists = call.arguments.iter().filter(listed);
    !what.is_empty()
        && lists.any(|it| {
            let text = it.value.to_string();
            let named = |lead: &str| {
                text.split(lead).skip(1).any(|rest| {
                    let end = rest.find([',', ')']).unwrap_or(rest.len());
                    let asked = rest.get(..end).unwrap_or_default();
                    asked == what || asked.ends_with(&format!(".{what}"))
                })
            };
            named("Depends(") || named("Security(")
        })
}
