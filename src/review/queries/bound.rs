//! Records that a framework looks up by itself: Laravel's `Invoice $invoice`.

use crate::facts::Language;
use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement::checks_something;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::queries::lookup::{chain_keys, looks_up, whose};
use crate::review::record::finding::Finding;

/// Look-ups through an owner, in whose place a controller is now handed whichever record the
/// address names.
pub(crate) fn taken_as_parameter(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let controls = words(&delta.after.path).iter().any(|it| it == "controller");
        if delta.file.after.language != Some(Language::Php) || !controls {
            continue;
        }
        let Some((before, name, owner)) =
            delta.calls_before.iter().find_map(|it| handed(delta, it))
        else {
            continue;
        };
        let asks = |it: &Call| {
            checks_something(&it.name)
                || matches!(it.name.as_str(), "can" | "cannot" | "allows" | "denies")
        };
        let asked = !delta.gained.is_empty()
            || delta.calls_gained.iter().any(asks)
            || !context.deltas.newly_around(delta).is_empty()
            || context.deltas.extracted(delta)
            || delta.file.after.text.contains("authorizeResource")
            || context
                .files
                .iter()
                .any(|it| it.after.text.contains("scopeBindings"));
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{name} as a parameter"))
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(delta.after.line, delta.file.after.line(delta.after.line))
                .says(
                    format!(
                        "`{}` looked for `{name}` only among what belongs to `{owner}`, and now takes whichever one the address names. One customer could reach what is another's.",
                        delta.symbol()
                    ),
                    "Look it up through its owner, or ask a policy before anything is done with it.",
                )
                .speaks_if(!asked),
        );
    }
}

/// A look-up through an owner whose result is a parameter now: the call, the name and the owner.
fn handed<'a>(delta: &ScopeDelta<'_>, call: &'a Call) -> Option<(&'a Call, String, String)> {
    if !looks_up(call) {
        return None;
    }
    let name = call.target.as_deref()?.trim_start_matches('$');
    let of = |it: &&crate::facts::tree::Parameter| it.name.trim_start_matches('$') == name;
    let parameter = delta.after.parameters.iter().find(of)?;
    let given = |it: &&&Call| {
        it.target
            .as_deref()
            .is_some_and(|it| it.trim_start_matches('$') == name)
    };
    let model = parameter
        .type_name
        .rsplit('\\')
        .next()?
        .starts_with(char::is_uppercase);
    if !model
        || delta.before.parameters.iter().any(|it| of(&it))
        || delta.calls_after.iter().any(|it| given(&it))
    {
        return None;
    }
    let mut owner = chain_keys(call).into_iter().find(|it| whose(it));
    call.callee.walk(&mut |it| {
        let part = it.last_name();
        if owner.is_none() && whose(part) && part.starts_with(char::is_lowercase) {
            owner = Some(part.to_owned());
        }
    });
    Some((call, name.to_owned(), owner?))
}
