use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind, Scope, ScopeKind};
use crate::review::conditions::rank::keeps_out;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::frameworks::inheritance::{constructs, inherited};
use crate::review::record::finding::Finding;
use crate::review::{Alone, Context};

check! {
    /// A check that ran before the actions of a controller is skipped, or covers fewer of them.
    ///
    /// ## What it does
    /// Compares the filters of a controller (`before_action`, `skip_before_action`, and what other
    /// frameworks call them). It speaks when one that keeps people out is gone, is skipped, or
    /// covers fewer actions than before.
    ///
    /// ## Why it matters
    /// The actions themselves do not check anything; the filter does it for them.
    ///
    /// ## Example
    /// ```ruby
    /// before_action :require_login
    /// before_action :require_login, except: [:export]
    /// ```
    ///
    /// ## Instead
    /// Skip it only for what is meant for everyone.
    "auth/skip-before-action", Auth, SPEAKS, run
}

fn filter(name: &str) -> bool {
    matches!(
        name,
        "before_action"
            | "before_filter"
            | "prepend_before_action"
            | "append_before_action"
            | "middleware"
            | "around_action"
            | "before"
            | "authorize_resource"
            | "load_and_authorize_resource"
    )
}

fn skips(name: &str) -> bool {
    matches!(
        name,
        "skip_before_action"
            | "skip_before_filter"
            | "skip_authorization_check"
            | "skip_authorize_resource"
            | "skip_around_action"
            | "withoutMiddleware"
            | "skip_forgery_protection"
            | "allow_unauthenticated_access"
            | "skip_after_action"
    )
}

/// Whether it is a filter of the class: `$this->middleware(..)`, not `Route::get(..)->middleware(..)`.
fn of_class(call: &Call) -> bool {
    match &call.callee.kind {
        ExprKind::Member(object, _) => matches!(object.last_name(), "this" | "self" | "$this"),
        _ => true,
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    constructors(context, out);
    for delta in &context.deltas.scopes {
        if delta.after.kind == ScopeKind::Function && !constructs(&delta.after.name) {
            continue;
        }
        for call in &delta.calls_gained {
            if skips(&call.name) && (call.name != "skip_before_action" || guard(call)) {
                let covered = what(call);
                out.push(
                    Finding::new(delta.file, delta.symbol(), format!("+{} {covered}", call.name))
                        .after(call.place.line, delta.file.after.code(&call.place.span))
                        .says(
                            format!(
                                "In `{}` the check `{covered}` is now switched off for some actions. Anyone could use them.",
                                delta.symbol()
                            ),
                            "Skip it only for what is meant for everyone.",
                        )
                        .speaks_if(!delta.calls_lost.iter().any(|it| skips(&it.name))),
                );
            }
        }
        let went = |action: &str| went_with(delta, action) || taken_over(delta, action);
        let stands = |call: &Call| {
            elsewhere(context, delta.file, class_of(delta), call)
                || delta.calls_after.iter().any(|it| {
                    filter(&it.name) && what(it) == what(call) && !narrower(call, it, &went)
                })
        };
        for call in &delta.calls_lost {
            if filter(&call.name) && of_class(call) && guard(call) {
                let replaced = delta
                    .calls_gained
                    .iter()
                    .any(|it| filter(&it.name) && guard(it));
                out.push(lost(delta, call).speaks_if(!replaced && !stands(call)));
            }
        }
        for (before, after) in &delta.calls_changed {
            if filter(&before.name) && of_class(before) && guard(before) {
                let same = what(before) == what(after);
                if same && narrower(before, after, &went) {
                    out.push(
                        lost(delta, before)
                            .after(after.place.line, delta.file.after.code(&after.place.span))
                            .speaks_if(!stands(before)),
                    );
                } else if !same {
                    out.push(lost(delta, before).speaks_if(!guard(after) && !stands(before)));
                }
            } else if skips(&before.name) && guard(before) && narrower(after, before, &went) {
                out.push(
                    lost(delta, before)
                        .after(after.place.line, delta.file.after.code(&after.place.span)),
                );
            }
        }
    }
}

/// Constructors that set filters up and are gone from a class that stays.
fn constructors(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, scope, side) in context.unmatched() {
        let class = scope.parent.and_then(|it| file.before.tree.scopes.get(it));
        let Some(class) = class.filter(|_| side == Alone::Gone && constructs(&scope.name)) else {
            continue;
        };
        let after = &file.after;
        if !after.tree.scopes.iter().any(|it| it.path == class.path) {
            continue;
        }
        let calls = file.before.facts.calls.iter();
        let filters = calls.filter(|it| {
            std::ptr::eq(&file.before.tree.scopes[it.place.scope], scope)
                && filter(&it.name)
                && of_class(it)
                && guard(it)
        });
        for call in filters {
            let stands = |it: &Call| filter(&it.name) && what(it) == what(call);
            let finding = Finding::new(file, &class.path, format!("{} {}", call.name, what(call)));
            out.push(
                covers_less(finding, &class.path, call)
                    .before(call.place.line, file.before.code(&call.place.span))
                    .speaks_if(
                        !after.facts.calls.iter().any(stands)
                            && !elsewhere(context, file, &class.path, call),
                    ),
            );
        }
    }
}

/// The path of the class that a scope is, or sets up.
fn class_of<'a>(delta: &'a ScopeDelta<'_>) -> &'a str {
    match delta.after.kind {
        ScopeKind::Function => delta.symbol().rsplit_once('.').map_or("", |it| it.0),
        _ => delta.symbol(),
    }
}

/// Whether the class is still kept by what a filter asked: a class that it is built on asks for it,
/// or all of its addresses do.
fn elsewhere(context: &Context<'_>, file: &FilePair<'_>, class: &str, call: &Call) -> bool {
    let asked = checks_of(call);
    let names: Vec<&str> = asked.iter().map(String::as_str).collect();
    let covers = |it: &Call| {
        let all = names
            .iter()
            .all(|name| checks_of(it).iter().any(|it| it == name));
        filter(&it.name) && of_class(it) && all && !narrower(call, it, &|_| false)
    };
    inherited(context, file, class, &covers) || on_the_way(context, class, &names)
}

fn lost(delta: &ScopeDelta<'_>, call: &Call) -> Finding {
    let finding = Finding::new(
        delta.file,
        delta.symbol(),
        format!("{} {}", call.name, what(call)),
    );
    covers_less(finding, delta.symbol(), call)
        .before(
            call.place.line,
            delta.base_file.before.code(&call.place.span),
        )
        .near(delta.line_after(call.place.line))
}

fn covers_less(finding: Finding, symbol: &str, call: &Call) -> Finding {
    finding.says(
        format!(
            "In `{symbol}` the check `{}` covers fewer actions than before. Anyone could use those it left out.",
            what(call)
        ),
        "Keep it for every action that is not meant for everyone.",
    )
}

/// The names of the checks, the first arguments.
fn what(call: &Call) -> String {
    checks_of(call).join(", ")
}

fn guard(call: &Call) -> bool {
    keeps_out(&what(call).replace(", ", "_")) || call.name.contains("authorize")
}

/// Whether the filter covers fewer actions: more exceptions, or fewer actions named.
fn narrower(before: &Call, after: &Call, went: &dyn Fn(&str) -> bool) -> bool {
    let (except, less) = (list(before, "except"), list(after, "except"));
    let (only, fewer) = (list(before, "only"), list(after, "only"));
    let grew = less.iter().any(|it| !except.contains(it));
    let shrank = !only.is_empty()
        && !fewer.is_empty()
        && only.iter().any(|it| !fewer.contains(it) && !went(it));
    let limited = only.is_empty() && !fewer.is_empty();
    grew || shrank || limited || (!conditional(before) && conditional(after))
}

fn conditional(call: &Call) -> bool {
    call.arguments
        .iter()
        .any(|it| matches!(it.name.as_deref(), Some("if" | "unless")))
}

/// Whether the action itself is gone.
fn went_with(delta: &ScopeDelta<'_>, action: &str) -> bool {
    let name = action.trim_matches(|it: char| !it.is_alphanumeric() && it != '_');
    let has = |scopes: &[Scope]| scopes.iter().any(|it| it.name == name);
    has(&delta.base_file.before.tree.scopes) && !has(&delta.file.after.tree.scopes)
}

/// Whether another check is asked for an action that was not asked for it before.
fn taken_over(delta: &ScopeDelta<'_>, action: &str) -> bool {
    let asks = |it: &&Call| {
        filter(&it.name) && guard(it) && list(it, "only").iter().any(|it| it == action)
    };
    let before: Vec<String> = delta
        .calls_before
        .iter()
        .copied()
        .filter(|it| asks(it))
        .map(what)
        .collect();
    let mut after = delta.calls_after.iter().copied().filter(|it| asks(it));
    after.any(|it| !before.contains(&what(it)))
}

fn list(call: &Call, name: &str) -> Vec<String> {
    let Some(Argument { value, .. }) = call
        .arguments
        .iter()
        .find(|it| it.name.as_deref() == Some(name))
    else {
        return Vec::new();
    };
    items(value)
}

fn items(value: &Expr) -> Vec<String> {
    match &value.kind {
        ExprKind::List(parts) => parts.iter().map(ToString::to_string).collect(),
        _ => vec![value.to_string()],
    }
}

/// Whether every address of the change that a controller answers passes something of each of these
/// names.
fn on_the_way(context: &Context<'_>, class: &str, names: &[&str]) -> bool {
    let class = class.rsplit('.').next().unwrap_or(class);
    let routes = context.files.iter().flat_map(|it| &it.after.routes);
    let mut answered = routes
        .filter(|it| it.handler.split('.').next() == Some(class))
        .peekable();
    answered.peek().is_some()
        && answered.all(|it| {
            names
                .iter()
                .all(|name| it.passes.iter().any(|pass| pass == name))
        })
}

/// The names of the checks that a filter runs: its first arguments.
fn checks_of(call: &Call) -> Vec<String> {
    let plain = call
        .arguments
        .iter()
        .filter(|it| it.name.is_none() && !matches!(it.value.kind, ExprKind::Function(..)));
    plain
        .map(|it| match &it.value.kind {
            ExprKind::Text(text) => text.clone(),
            _ => it.value.to_string(),
        })
        .collect()
}
