use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::facts::words::{likeness, words};
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::rank::weaker;
use crate::review::conditions::requirement::checks_something;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::frameworks::abilities::for_all;
use crate::review::queries::bound::taken_as_parameter;
use crate::review::queries::everywhere::filtered;
use crate::review::queries::lookup::{
    WHOSE, chain_keys, identifies, keys, looks_up, maps, owner_in_name, plain, state, uses,
    visible, whose,
};
use crate::review::record::finding::Finding;
use std::collections::HashSet;

check! {
    /// A look-up that was limited to what belongs to the caller is no longer limited.
    ///
    /// ## What it does
    /// Compares the look-ups of each function. It speaks when the owner, tenant or project is gone
    /// from the conditions of a query, from the arguments of a look-up, or from what the look-up
    /// starts at, when Laravel now hands over whichever record the address names, and when a method that told the framework what there is to look at is gone
    /// (`get_queryset`).
    ///
    /// ## Why it matters
    /// Whoever guesses or counts up a number reaches what belongs to another customer.
    ///
    /// ## Example
    /// ```ruby
    /// order = current_user.orders.find(params[:id])
    /// order = Order.find(params[:id])
    /// ```
    ///
    /// ## Instead
    /// Look it up through its owner, or compare the owner before anything is done with it.
    "auth/owner-scope-dropped", Auth, SPEAKS, run
}

/// Words at the start of the name of a step of a query that changes what is found only in its form.
const FORMS: &[&str] = &["as", "group", "map", "order", "sort", "then", "to"];

/// `OrderBy` and `ToList` only change the form of what is found: two of them are of the same look-up
/// only where they stand in the same place.
fn other_place(before: &Call, after: &Call) -> bool {
    let found = words(&before.name);
    let forms = found.first().is_some_and(|it| FORMS.contains(&it.as_str()));
    forms && (before.target != after.target || before.arguments != after.arguments)
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    limits_vanished(context, out);
    for_all(context, out);
    taken_as_parameter(context, out);
    for delta in &context.deltas.scopes {
        let from = out.len();
        for (before, after) in looked_up(delta) {
            if let Some(what) = fewer(before, after).or_else(|| starts_wider(before, after)) {
                let speaks = speaks(context, delta, after, &what)
                    && !mentions(after, &what)
                    && (whose(&what) || !context.keeps_deleted());
                out.push(finding(delta, before, after, &what).speaks_if(speaks));
            }
        }
        for before in &delta.calls_lost {
            if let Some((after, what)) = unfiltered(delta, before) {
                let speaks = speaks(context, delta, after, &what);
                out.push(finding(delta, before, after, &what).speaks_if(speaks));
            }
            if visible(&before.name) && chained(delta, before) {
                let code = delta.base_file.before.code(&before.place.span);
                out.push(
                    Finding::new(delta.file, delta.symbol(), before.name.clone())
                        .before(before.place.line, code)
                        .near(delta.line_after(before.place.line))
                        .says(
                            format!(
                                "`{}` looked only among what `{}` lets the caller see and now looks among everything. People could see what is not theirs.",
                                delta.symbol(),
                                before.name
                            ),
                            "Keep the filter, or check each result before it is shown.",
                        )
                        .speaks_if(
                            !draws(delta.file)
                                && context.deltas.newly_around(delta).is_empty()
                                && !delta.calls_gained.iter().any(|it| visible(&it.name) || checks_something(&it.name))
                                && context.deltas.call_counts(&before.name)[0] > context.deltas.call_counts(&before.name)[1],
                        ),
                );
            }
        }
        for call in delta.calls_gained.iter().filter(|it| joins_all(it)) {
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{} beside an owner", call.name))
                    .after(call.place.line, delta.file.after.code(&call.place.span))
                    .says(
                        format!(
                            "A query in `{}` asked whose something is together with everything else, and now takes whatever meets another condition (`{}`) as well. One customer could reach what is another's.",
                            delta.symbol(),
                            call.name
                        ),
                        "Put the alternatives into one condition beside the owner.",
                    )
                    .speaks_if(!draws(delta.file)),
            );
        }
        // One concern a function is enough.
        let mut seen = false;
        let mut index = from;
        while index < out.len() {
            if seen {
                out.remove(index);
            } else {
                seen = out[index].tier == crate::review::record::Tier::Speaks;
                index += 1;
            }
        }
    }
}

/// Methods that told the framework what there is to look at, and that are gone: `get_queryset`.
fn limits_vanished(context: &Context<'_>, out: &mut Vec<Finding>) {
    for gone in context.vanished() {
        let tells = matches!(
            gone.method.name.as_str(),
            "get_queryset" | "get_object" | "default_scope" | "resolve" | "scope"
        );
        if !tells || draws(gone.file) || !gone.falls_back() {
            continue;
        }
        let limits = |it: &&Call| looks_up(it) && chain_keys(it).iter().any(|it| whose(it));
        let Some(limit) = gone.calls().find(limits) else {
            continue;
        };
        out.push(
            Finding::new(gone.file, &gone.method.path, "limits are gone")
                .before(limit.place.line, gone.file.before.code(&limit.place.span))
                .says(
                    format!(
                        "`{}` limited what `{}` looks at to what belongs to somebody, and is gone. One customer could reach what is another's.",
                        gone.method.name, gone.class.name
                    ),
                    "Put it back, or limit the look-up in another place and add a test with two customers.",
                ),
        );
    }
}

/// `.filter(owner).or_filter(state)`: an alternative to the whole query, the owner included.
fn joins_all(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "or_filter" | "orWhere" | "or_where" | "orWhereIn"
    ) && {
        let mut owned = false;
        call.callee.walk(&mut |it| {
            if let ExprKind::Call(callee, arguments) = &it.kind
                && matches!(callee.last_name(), "filter" | "where" | "filter_by")
            {
                owned |= arguments.iter().any(|it| whose(&it.value.to_string()))
                    || keys(arguments).iter().any(|it| whose(it));
            }
        });
        owned
    }
}

/// The look-ups of a function that do on both sides what the other did.
fn looked_up<'a>(delta: &'a ScopeDelta<'_>) -> Vec<(&'a Call, &'a Call)> {
    let changed = delta
        .calls_changed
        .iter()
        .filter(|(before, _)| looks_up(before))
        .map(|(before, after)| (before, after));
    let replaced = delta
        .calls_lost
        .iter()
        .filter(|it| looks_up(it))
        .filter_map(|before| {
            let after = delta.calls_gained.iter();
            Some((before, after.clone().find(|it| stands_for(before, it))?))
        });
    let both = changed.chain(replaced);
    both.filter(|(before, after)| !other_place(before, after))
        .collect()
}

/// Whether a look-up of the function is newly limited to what belongs to somebody.
pub(super) fn scoped(delta: &ScopeDelta<'_>) -> bool {
    // Whatever it is called, it is newly told whose thing it is about.
    let told = |(before, after): &(Call, Call)| fewer(after, before).is_some_and(|it| whose(&it));
    delta.calls_changed.iter().any(told)
        || looked_up(delta).into_iter().any(|(before, after)| {
            fewer(after, before)
                .filter(|it| whose(it) || !state(it))
                .or_else(|| starts_wider(after, before))
                .is_some()
        })
}

/// Whether other steps of the same query are still there.
fn chained(delta: &ScopeDelta<'_>, call: &Call) -> bool {
    let start = call.callee.first_name();
    delta
        .calls_after
        .iter()
        .any(|it| !start.is_empty() && it.callee.first_name() == start)
}

/// Whether the new call does what the old one did: the same result goes to the same place, or the
/// names are alike.
fn stands_for(before: &Call, after: &Call) -> bool {
    let alike = likeness(&before.name, &after.name);
    if !looks_up(after) {
        return false;
    }
    let target = before.target.is_some() && before.target == after.target;
    (target && alike >= 0.25) || alike >= 0.5
}

/// A step that left only what belongs to somebody and is gone, where other steps of the same query
/// are still there: the query, and whose it was.
fn unfiltered<'d>(delta: &'d ScopeDelta<'_>, before: &Call) -> Option<(&'d Call, String)> {
    let limits = words(&before.name)
        .first()
        .is_some_and(|it| matches!(it.as_str(), "filter" | "where" | "for" | "by" | "owned"));
    let start = before.callee.first_name();
    if !limits || start.is_empty() || !matches!(before.callee.kind, ExprKind::Member(..)) {
        return None;
    }
    let mut after = HashSet::new();
    each_expr(&delta.after.body, &mut |it| {
        after.insert(it.to_string());
    });
    // Whose it is may be told elsewhere in the function.
    let told = |it: &Argument| after.contains(&it.value.to_string());
    let (key, _) = before.arguments.iter().find_map(|it| {
        let name = it.name.as_deref().filter(|name| whose(name))?;
        (!told(it) && !matches!(it.value.kind, ExprKind::Text(_) | ExprKind::Null))
            .then_some((name, it))
    })?;
    let narrows = |it: &&Call| keys(&it.arguments).iter().any(|it| whose(it));
    let same = |it: &&&Call| it.callee.first_name() == start && looks_up(it);
    let query = delta.calls_after.iter().find(same)?;
    (!delta.calls_gained.iter().any(|it| narrows(&it))).then(|| (*query, key.to_owned()))
}

/// The condition or argument that says whose it is and is gone, where nothing like it is new.
fn fewer(before: &Call, after: &Call) -> Option<String> {
    let (old, new) = (chain_keys(before), chain_keys(after));
    let gone: Vec<&String> = old.iter().filter(|it| !new.contains(it)).collect();
    let born: Vec<&String> = new.iter().filter(|it| !old.contains(it)).collect();
    let named = words(&after.name);
    if let Some(key) = gone.iter().find(|it| whose(it)) {
        // `find_by_owner(x)` says it in its name.
        if words(key).iter().any(|it| named.contains(it)) || says_whose(after) {
            return None;
        }
        return (!born.iter().any(|it| whose(it))).then(|| (*key).clone());
    }
    // A state that kept things out of sight, where nothing else about the query is new.
    if born.is_empty()
        && before.name == after.name
        && let [key] = gone.as_slice()
        && state(key)
        && !old.is_empty()
        && new.len() + 1 == old.len()
    {
        return Some((*key).clone());
    }
    // `store.for_user(user).delete(path)`: the owner has moved to where the call starts.
    let starts = |call: &Call| words(&call.callee.to_string());
    let (from, to) = (starts(before), starts(after));
    if to
        .iter()
        .any(|it| WHOSE.contains(&it.as_str()) && !from.contains(it))
    {
        return None;
    }
    // `findByIdAndTenantId(id, tenant)` that is `findById(id)` now.
    if after.arguments.len() < before.arguments.len()
        && let Some(owner) = owner_in_name(&before.name).filter(|it| !named.contains(it))
    {
        return Some(owner);
    }
    // Without names: fewer arguments, and the one that is gone says whose it is.
    let (old, new) = (plain(&before.arguments), plain(&after.arguments));
    if new.len() >= old.len() {
        return None;
    }
    let gone: Vec<&&Expr> = old.iter().filter(|it| !new.contains(it)).collect();
    let kept = new.iter().any(|it| whose(&it.to_string()));
    gone.into_iter()
        .find(|it| identifies(it))
        .filter(|_| !kept || new.is_empty())
        .map(|it| it.to_string())
}

/// `where("user_id", id)`: a plain text among the arguments names the owner.
fn says_whose(call: &Call) -> bool {
    call.arguments.iter().any(|it| {
        it.name.is_none() && matches!(&it.value.kind, ExprKind::Text(text) if whose(text))
    })
}

/// `current_user.orders.find` and `Order.find`.
fn starts_wider(before: &Call, after: &Call) -> Option<String> {
    let (ExprKind::Member(old, _), ExprKind::Member(new, _)) =
        (&before.callee.kind, &after.callee.kind)
    else {
        return None;
    };
    if old == new {
        return None;
    }
    let chain = |it: &Expr| {
        let mut names = Vec::new();
        it.walk(&mut |part| match &part.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => names.push(name.clone()),
            _ => {}
        });
        names
    };
    let class = new
        .first_name()
        .chars()
        .next()
        .is_some_and(char::is_uppercase);
    let (old_chain, new_chain) = (chain(old), chain(new));
    let owner = old_chain
        .iter()
        .find(|it| whose(it) && !it.starts_with(char::is_uppercase))?;
    let same_thing = old_chain.iter().any(|it| {
        let singular = it.trim_end_matches('s').to_lowercase();
        singular.len() > 2
            && new_chain
                .iter()
                .any(|other| other.to_lowercase().contains(&singular))
    });
    (class && old_chain.len() > 1 && same_thing && !new_chain.iter().any(|it| it == owner))
        .then(|| owner.clone())
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn speaks(context: &Context<'_>, delta: &ScopeDelta<'_>, after: &Call, what: &str) -> bool {
    let deltas = context.deltas;
    let taken_out = |it: &Call| context.says_elsewhere(it, last_part(what));
    let name = last_part(what).to_lowercase();
    // The owner is asked for in another way.
    let compared = delta
        .gained
        .iter()
        .any(|it| it.condition.to_string().to_lowercase().contains(&name));
    let told = |call: &Call| {
        call.arguments.iter().any(|it| {
            let named = it.name.as_deref().unwrap_or_default();
            // Django's `organisation__users`.
            let key = named.rsplit("__").next().unwrap_or(named);
            [named, key].iter().any(|it| it.eq_ignore_ascii_case(&name))
        })
    };
    // A further step of the same query limits what is found.
    let narrows = |call: &Call| {
        let start = call.callee.first_name();
        let local = start.starts_with(char::is_lowercase);
        looks_up(call)
            && (local || start == after.callee.first_name())
            && keys(&call.arguments).iter().any(|it| whose(it))
    };
    let elsewhere = delta.calls_gained.iter().any(|it| told(it) || narrows(it));
    let around = deltas.newly_around(delta);
    let guarded = around
        .into_iter()
        .any(|it| weaker("member", it) != Some(true));
    // The conditions were put together before.
    let prepared = delta.file.after.facts.assignments.iter().any(|it| {
        let mut keys = Vec::new();
        maps(&it.value, &mut keys, 0);
        keys.push(it.target.last_name().to_owned());
        std::ptr::eq(&delta.file.after.tree.scopes[it.place.scope], delta.after)
            && (keys.iter().any(|key| key.eq_ignore_ascii_case(&name))
                || it.value.to_string().contains(what))
            && uses(&after.arguments, it.target.first_name())
    });
    let path = words(&delta.file.path);
    let admin = path.iter().any(|it| {
        matches!(
            it.as_str(),
            "admin" | "admins" | "migrations" | "migration" | "seed" | "seeds" | "scripts"
        )
    });
    !guarded
        && !compared
        && !elsewhere
        && !prepared
        && !admin
        && !draws(delta.file)
        && !deltas.extracted(delta)
        && !taken_out(after)
        && !delta.calls_gained.iter().any(taken_out)
        && !filtered(context, &name)
}

/// Whether a call still says a name anywhere: as another argument, in an object, as what it is called
/// on.
fn mentions(call: &Call, name: &str) -> bool {
    let said = |text: &str| {
        text.split(|it: char| !it.is_alphanumeric() && !matches!(it, '_' | '.'))
            .any(|it| {
                it.starts_with(&format!("{name}."))
                    || it.split('.').any(|part| part == name)
                    || it == name
            })
    };
    let argument =
        |it: &Argument| it.name.as_deref().is_some_and(said) || said(&it.value.to_string());
    said(&call.callee.to_string()) || call.arguments.iter().any(argument)
}

fn finding(delta: &ScopeDelta<'_>, before: &Call, after: &Call, what: &str) -> Finding {
    let concern = if whose(what) {
        format!(
            "`{}` looked only among what belongs to `{what}` and now looks among everything. One customer could reach what is another's.",
            delta.symbol()
        )
    } else {
        format!(
            "`{}` asked for `{what}` when it looked something up, and no longer does. It could find what was kept out of sight before.",
            delta.symbol()
        )
    };
    Finding::new(
        delta.file,
        delta.symbol(),
        format!("{} {what}", before.name),
    )
    .before(
        before.place.line,
        delta.base_file.before.code(&before.place.span),
    )
    .after(after.place.line, delta.file.after.code(&after.place.span))
    .says(
        concern,
        "Look it up through its owner, or compare the owner before anything is done with it.",
    )
}
