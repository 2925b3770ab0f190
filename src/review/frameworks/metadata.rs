//! What classes say about their methods, and code that reads it: Django REST framework's
//! `get_permissions`, NestJS' metadata of handlers and controllers.

use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind};
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;
use crate::review::{Alone, Context};

/// Permissions that actions without a rule of their own asked for, and that a class no longer asks
/// for there: `get_permissions` ends in fewer than `permission_classes` holds.
pub(crate) fn fewer_permissions(
    context: &Context<'_>,
    base_file: &FilePair<'_>,
    file: &FilePair<'_>,
    [old, new]: [&Scope; 2],
    out: &mut Vec<Finding>,
) {
    let Some((line, given)) = by_method(&file.after, new) else {
        return;
    };
    let before = &base_file.before;
    let Some(asked) = by_method(before, old)
        .map(|it| it.1)
        .or_else(|| by_field(before, old))
    else {
        return;
    };
    let gone = asked.iter().find(|it| !given.contains(it));
    let Some(gone) =
        gone.filter(|_| !given.is_empty() && given.iter().all(|it| asked.contains(it)))
    else {
        return;
    };
    // The rows themselves may be limited now.
    let limited = context.unmatched().into_iter().any(|(of, scope, side)| {
        side == Alone::New
            && std::ptr::eq(of, file)
            && matches!(
                scope.name.as_str(),
                "get_queryset" | "get_object" | "check_object_permissions"
            )
    });
    out.push(
        Finding::new(file, &new.path, format!("get_permissions without {gone}"))
            .after(line, file.after.line(line))
            .says(
                format!(
                    "Every action of `{}` asked for `{gone}`. Those that `get_permissions` does not name now only ask for `{}`. People who were kept out could use them.",
                    new.path,
                    given.join("`, `")
                ),
                "End in all that was asked for, and name the actions that may do with less.",
            )
            .speaks_if(!limited),
    );
}

/// The names of a list of permissions: `[IsAuthenticated(), IsOwner()]`.
fn names(value: &Expr) -> Option<Vec<String>> {
    let ExprKind::List(parts) = &value.kind else {
        return None;
    };
    let names: Vec<String> = parts.iter().map(|it| it.last_name().to_owned()).collect();
    names.iter().all(|it| !it.is_empty()).then_some(names)
}

/// What `get_permissions` of a class ends in.
fn by_method(side: &SideFacts<'_>, class: &Scope) -> Option<(u32, Vec<String>)> {
    let of_class = |index: usize| {
        side.tree
            .scopes
            .get(index)
            .is_some_and(|it| std::ptr::eq(it, class))
    };
    let method = side.tree.scopes.iter().position(|it| {
        it.kind == ScopeKind::Function
            && it.name == "get_permissions"
            && it.parent.is_some_and(of_class)
    })?;
    let mut returns = side.facts.returns.iter();
    let last = returns.rfind(|it| it.place.scope == method && it.place.conditions.is_empty())?;
    Some((last.place.line, names(last.value.as_ref()?)?))
}

/// What `permission_classes` of a class holds.
fn by_field(side: &SideFacts<'_>, class: &Scope) -> Option<Vec<String>> {
    let here = |index: usize| {
        side.tree
            .scopes
            .get(index)
            .is_some_and(|it| std::ptr::eq(it, class))
    };
    let fields = side.facts.assignments.iter();
    let field = fields
        .filter(|it| here(it.place.scope))
        .find(|it| it.target.last_name() == "permission_classes")?;
    names(&field.value)
}

/// Guards of NestJS that read what the handler and its controller say, and now read only what the
/// handler says.
pub(crate) fn class_unread(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let code = |side: &SideFacts<'_>, scope: &Scope| side.code(&scope.span).to_owned();
        let (was, is) = (
            code(&delta.base_file.before, delta.before),
            code(&delta.file.after, delta.after),
        );
        let both = |it: &str| it.contains(".getHandler()") && it.contains(".getClass()");
        let only_handler = is.contains(".getHandler()") && !is.contains(".getClass()");
        if !both(&was) || !only_handler || !guards(delta) {
            continue;
        }
        let reads = |it: &&&crate::facts::fact::Call| {
            it.name.starts_with("get")
                && it
                    .arguments
                    .iter()
                    .any(|it| it.value.to_string().contains("getHandler"))
        };
        let Some(call) = delta.calls_after.iter().find(reads) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), "metadata of the class")
                .after(call.place.line, delta.file.after.code(&call.place.span))
                .says(
                    format!(
                        "`{}` read what the handler and its controller ask for, and now only what the handler does. Where the controller says it for all of its handlers, nobody is kept out any more.",
                        delta.symbol()
                    ),
                    "Read both, `getAllAndOverride` with the handler and the class.",
                )
                .speaks_if(!context.deltas.extracted(delta)),
        );
    }
}

fn guards(delta: &ScopeDelta<'_>) -> bool {
    delta.after.name == "canActivate" || delta.after.path.to_lowercase().contains("guard")
}
