use crate::change::Class;
use crate::facts::Language;
use crate::facts::fact::Exit;
use crate::facts::tree::{Attribute, ExprKind, Parameter, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::near;
use crate::review::conditions::rank::{keeps_out, lets_everybody_in, only_reads, weaker};
use crate::review::conditions::subject::subject;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::frameworks::around::{last_name, text};
use crate::review::frameworks::registered::{depends_all, guards_all};
use crate::review::record::Surface;
use crate::review::record::finding::Finding;

check! {
    /// A decorator or annotation that kept people out is gone, weaker, or switched off.
    ///
    /// ## What it does
    /// Compares the decorators, annotations and attributes of each function and class. It speaks
    /// when one that asks for a login, a right or a forgery token is gone and stands on no class
    /// around it, when its argument asks for less, when being signed in is enough where it was a
    /// role or a right, or when one that lets everybody in is new. It stays silent where the change
    /// asks for as much of everything that is registered. A
    /// parameter for which the framework asks who is calling, such as FastAPI's
    /// `Depends(get_current_user)` or an extractor in Rust, counts like one.
    ///
    /// ## Why it matters
    /// The framework does the checking where the decorator stands, and nowhere else.
    ///
    /// ## Example
    /// ```java
    /// @PreAuthorize("hasRole('ADMIN')") // gone
    /// public void purge(String id) { … }
    /// ```
    ///
    /// ## Instead
    /// Keep the decorator, or move it to the class when every method needs it.
    "auth/decorator-dropped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    callers(context, out);
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        if file.class != Class::Source {
            continue;
        }
        let scope = &file.after.tree.scopes[after];
        let old = &base_file.before.tree.scopes[before];
        if old.attributes.is_empty() && scope.attributes.is_empty() {
            continue;
        }
        let lost: Vec<&Attribute> = missing(&old.attributes, &scope.attributes);
        let gained: Vec<&Attribute> = missing(&scope.attributes, &old.attributes);
        if let Some(attribute) = registered_without(file, old, scope) {
            out.push(
                Finding::new(file, &scope.path, format!("order {}", attribute.name))
                    .after(attribute.line, file.after.code(&attribute.span))
                    .says(
                        format!(
                            "`{}` now stands above what registers `{}`, which therefore answers without it. People who were kept out could use it.",
                            attribute.name,
                            scope.path
                        ),
                        "Put it below the decorator that registers the address.",
                    ),
            );
        }
        for attribute in &lost {
            if !keeps_out(&attribute.name) || lets_everybody_in(&attribute.name) {
                continue;
            }
            if stands_around(file, scope, attribute)
                || stands_inside(file, after, attribute)
                || stands_before_each(file, attribute)
                || stands_for_all(context, scope, attribute)
                || attribute.name == "UseGuards" && guards_all(context, &attribute.arguments)
            {
                continue;
            }
            let inside = context
                .deltas
                .scopes
                .iter()
                .any(|it| std::ptr::eq(it.after, scope) && asks_inside(it, attribute));
            // A new base may bring it along.
            let based = scope.bases.iter().any(|it| !old.bases.contains(it));
            let speaks = !inside && !based;
            out.push(gone(base_file, file, scope, attribute, &gained).speaks_if(speaks));
        }
        for attribute in &gained {
            if lets_everybody_in(&attribute.name) {
                out.push(opened(file, scope, attribute));
            }
        }
    }
}

/// Flask's `@login_required` above `@app.route(…)`, where it stood below: the address is answered
/// by the function without it.
fn registered_without<'a>(
    file: &FilePair<'_>,
    old: &Scope,
    new: &'a Scope,
) -> Option<&'a Attribute> {
    if file.after.language != Some(Language::Python) {
        return None;
    }
    let registers = |it: &Attribute| {
        let verb = it.name.rsplit_once('.').map_or("", |(_, verb)| verb);
        matches!(verb, "route" | "get" | "post" | "put" | "patch" | "delete")
    };
    let below = |scope: &Scope, name: &str| -> Option<bool> {
        let route = scope.attributes.iter().position(registers)?;
        let guard = scope.attributes.iter().position(|it| it.name == name)?;
        Some(guard > route)
    };
    let mut guards = new
        .attributes
        .iter()
        .filter(|it| keeps_out(&it.name) && !registers(it));
    guards.find(|it| below(old, &it.name) == Some(true) && below(new, &it.name) == Some(false))
}

/// Parameters by which a framework asks who is calling: `Depends(get_current_user)`, an extractor
/// such as `admin: AdminUser`.
fn callers(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let here = |it: &Parameter| asks_who(delta, it);
        let Some(lost) = delta.before.parameters.iter().find(|it| here(it)) else {
            continue;
        };
        if let Some(now) = delta.after.parameters.iter().find(|it| here(it)) {
            if let Some((was, is)) = lesser(lost, now).filter(|_| delta.gained.is_empty()) {
                out.push(
                    Finding::new(delta.file, delta.symbol(), format!("parameter {was} {is}"))
                        .before(delta.before.line, &lost.to_string())
                        .after(delta.after.line, &now.to_string())
                        .says(
                            format!("`{}` was for those whom `{was}` lets in, and is now for those whom `{is}` does. People with fewer rights could use it.", delta.symbol()),
                            "Keep the parameter, or say where the right is checked now.",
                        ),
                );
            }
            continue;
        }
        if !delta.gained.is_empty() || !context.deltas.newly_around(delta).is_empty() {
            continue;
        }
        if depends_all(context, delta.file, delta.after, &asked_for(lost)) {
            continue;
        }
        let what = lost.to_string();
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("parameter {what}"))
                .before(delta.before.line, &what)
                .near(delta.after.line)
                .says(
                    format!(
                        "`{}` took `{what}`, for which the framework asks who is calling, and no longer does. People who are not signed in, or may not do this, could use it.",
                        delta.symbol()
                    ),
                    "Keep the parameter, or say where the caller is checked now.",
                ),
        );
    }
}

/// What two parameters ask for, where the new one asks for less.
fn lesser(before: &Parameter, after: &Parameter) -> Option<(String, String)> {
    let (was, is) = (asked_for(before), asked_for(after));
    (weaker(&was, &is) == Some(true)).then_some((was, is))
}

/// What a parameter depends on, or its type.
fn asked_for(parameter: &Parameter) -> String {
    let depends = parameter.default.as_ref();
    let depends = depends.and_then(|default| match &default.kind {
        ExprKind::Call(_, arguments) => arguments.first(),
        _ => None,
    });
    let type_name = &parameter.type_name;
    let named = depends.map(|it| it.value.last_name().to_owned());
    named.unwrap_or_else(|| depended(type_name).unwrap_or(type_name).to_owned())
}

/// What `Annotated[User, Depends(require_admin)]` depends on.
fn depended(type_name: &str) -> Option<&str> {
    let (_, rest) = ["Depends(", "Security("]
        .iter()
        .find_map(|it| type_name.split_once(it))?;
    rest.split([')', ',']).next()
}

fn asks_who(delta: &ScopeDelta<'_>, parameter: &Parameter) -> bool {
    if let Some(name) = depended(&parameter.type_name) {
        return names_caller(name);
    }
    if let Some(default) = &parameter.default
        && let ExprKind::Call(callee, arguments) = &default.kind
    {
        return matches!(callee.last_name(), "Depends" | "Security")
            && arguments
                .iter()
                .any(|it| names_caller(it.value.last_name()));
    }
    let answers = |it: &Attribute| {
        let name = it.name.rsplit('.').next().unwrap_or(&it.name);
        matches!(name, "get" | "post" | "put" | "patch" | "delete" | "route")
    };
    let routes = &delta.file.before.routes;
    let handles = delta.before.attributes.iter().any(answers)
        || routes
            .iter()
            .any(|it| last_name(&it.handler) == delta.before.name);
    matches!(
        delta.file.after.language,
        Some(Language::Rust | Language::Python)
    ) && handles
        && names_caller(&parameter.type_name)
}

/// `get_current_user`, `AdminUser`, `Claims`: not `get_user_service` and not `Json<NewUser>`.
fn names_caller(name: &str) -> bool {
    const CALLER: &[&str] = &[
        "admin",
        "auth",
        "authenticated",
        "caller",
        "claims",
        "permission",
        "principal",
        "require",
        "superuser",
        "user",
        "verify",
    ];
    const OTHER: &[&str] = &[
        "client",
        "data",
        "form",
        "id",
        "json",
        "manager",
        "path",
        "pool",
        "query",
        "repository",
        "service",
        "settings",
        "state",
        "store",
    ];
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(CALLER) && !any(OTHER)
}

/// Whether the function itself now asks for as much.
fn asks_inside(delta: &ScopeDelta<'_>, attribute: &Attribute) -> bool {
    let near = near(delta);
    delta.gained.iter().any(|it| {
        it.exit != Exit::Leaves
            && subject(it, &near).is_some_and(|it| it.surface() == Surface::Auth)
            && weaker(&text(attribute), &it.condition.to_string()) != Some(true)
    })
}

fn missing<'a>(from: &'a [Attribute], other: &[Attribute]) -> Vec<&'a Attribute> {
    let mut left: Vec<&Attribute> = other.iter().collect();
    from.iter()
        .filter(|it| match left.iter().position(|other| same(it, other)) {
            Some(index) => {
                left.remove(index);
                false
            }
            None => true,
        })
        .collect()
}

fn same(left: &Attribute, right: &Attribute) -> bool {
    left.name == right.name && left.arguments == right.arguments
}

/// Whether one asks for what the other does.
fn covers(one: &Attribute, other: &Attribute) -> bool {
    one.name == other.name && (other.arguments.is_empty() || one.arguments == other.arguments)
}

/// Whether a class around it has it.
fn stands_around(file: &FilePair<'_>, scope: &Scope, attribute: &Attribute) -> bool {
    let mut parent = scope.parent;
    while let Some(index) = parent {
        let around = &file.after.tree.scopes[index];
        if around.attributes.iter().any(|it| covers(it, attribute)) {
            return true;
        }
        parent = around.parent;
    }
    false
}

/// Whether a function that runs before each request of the file newly has it: Flask's
/// `before_request`.
fn stands_before_each(file: &FilePair<'_>, attribute: &Attribute) -> bool {
    let runs = |it: &Scope| {
        let hooks = it
            .attributes
            .iter()
            .any(|it| it.name.ends_with("before_request"));
        hooks && it.attributes.iter().any(|it| covers(it, attribute))
    };
    let count = |scopes: &[Scope]| scopes.iter().filter(|it| runs(it)).count();
    count(&file.after.tree.scopes) > count(&file.before.tree.scopes)
}

/// Whether all functions of the class now have it themselves.
fn stands_inside(file: &FilePair<'_>, class: usize, attribute: &Attribute) -> bool {
    if file.after.tree.scopes[class].kind != ScopeKind::Class {
        return false;
    }
    let inside: Vec<&Scope> = file
        .after
        .tree
        .scopes
        .iter()
        .filter(|it| it.parent == Some(class) && it.kind == ScopeKind::Function)
        .collect();
    !inside.is_empty()
        && inside
            .iter()
            .filter(|it| !it.attributes.is_empty())
            .all(|it| it.attributes.iter().any(|it| it.name == attribute.name))
        && inside.iter().any(|it| !it.attributes.is_empty())
}

/// Whether the change newly asks for as much where everything is registered: a policy for what has
/// none of its own, a filter for all pages, `MapHub<Chat>(…).RequireAuthorization()`.
fn stands_for_all(context: &Context<'_>, scope: &Scope, attribute: &Attribute) -> bool {
    let newly = |what: &str| {
        let count = |text: &str| text.matches(what).count();
        let had: usize = context.files.iter().map(|it| count(it.before.text)).sum();
        let has: usize = context.files.iter().map(|it| count(it.after.text)).sum();
        has > had
    };
    let name = words(&attribute.name);
    if name.iter().any(|it| it == "forgery" || it == "antiforgery") {
        return newly("AutoValidateAntiforgeryToken");
    }
    let signed_in = attribute.arguments.is_empty() || only_signed_in(attribute);
    let for_all = || {
        newly("FallbackPolicy") && newly("RequireAuthenticatedUser")
            || newly("AuthorizeFilter")
            || newly("MapControllers().RequireAuthorization")
            || newly("anyRequest().authenticated()")
    };
    let mapped = || {
        let named = format!("<{}>", scope.name);
        context.deltas.scopes.iter().any(|delta| {
            delta.calls_gained.iter().any(|call| {
                keeps_out(&call.name)
                    && delta.file.after.code(&call.place.span).contains(&named)
                    && call.arguments.len() >= attribute.arguments.len()
            })
        })
    };
    signed_in && for_all() || mapped()
}

/// Whether all that is asked for is to be signed in: Quarkus' `@Authenticated`, `[Authorize]`,
/// `@PreAuthorize("isAuthenticated()")`.
fn only_signed_in(attribute: &Attribute) -> bool {
    let all = words(&text(attribute));
    let any = |list: &[&str]| all.iter().any(|it| list.contains(&it.as_str()));
    let login = any(&["authenticated", "login", "logged", "signed"])
        || attribute.arguments.is_empty() && any(&["auth", "authenticate", "authorize"]);
    login && !asks_for_right(attribute)
}

/// Whether a role or a right is asked for.
fn asks_for_right(attribute: &Attribute) -> bool {
    const RIGHTS: &[&str] = &[
        "admin",
        "authorities",
        "authority",
        "permission",
        "permissions",
        "permit",
        "policy",
        "role",
        "roles",
        "scope",
        "scopes",
        "superuser",
    ];
    let said = |text: &str| words(text).iter().any(|it| RIGHTS.contains(&it.as_str()));
    said(&text(attribute))
}

fn gone(
    base_file: &FilePair<'_>,
    file: &FilePair<'_>,
    scope: &Scope,
    attribute: &Attribute,
    gained: &[&Attribute],
) -> Finding {
    let old = text(attribute);
    let code = base_file.before.code(&attribute.span);
    let finding = Finding::new(file, &scope.path, old.clone()).before(attribute.line, code);
    let other = gained
        .iter()
        .find(|it| it.name == attribute.name)
        .or_else(|| gained.iter().find(|it| keeps_out(&it.name)));
    match other {
        Some(new) => {
            let less = weaker(&old, &text(new)) == Some(true) || only_reads(&old, &text(new));
            // `Authorize("admins")` and `Authorize()`: a login is enough now.
            let anybody = !attribute.arguments.is_empty() && new.arguments.is_empty();
            finding
                .after(new.line, file.after.code(&new.span))
                .says(
                    format!(
                        "`{}` asked for `{old}` and now asks for `{}`. People with fewer rights could use it.",
                        scope.path,
                        text(new)
                    ),
                    "Ask for the right that the action needs, or say why the weaker one is enough.",
                )
                .speaks_if(
                    (less || anybody) && new.name == attribute.name
                        || asks_for_right(attribute) && only_signed_in(new),
                )
        }
        None => finding.near(scope.line).says(
            format!(
                "`{}` no longer has `{}`, which kept out people without the right. They could use it now.",
                scope.path, attribute.name
            ),
            "Keep it, or move it to the class when every method needs it.",
        ),
    }
}

fn opened(file: &FilePair<'_>, scope: &Scope, attribute: &Attribute) -> Finding {
    let forgery = attribute.name.to_lowercase().contains("csrf")
        || attribute.name.to_lowercase().contains("forgery");
    let concern = if forgery {
        format!(
            "`{}` no longer checks that a request comes from our own pages. Another site could send it for a signed-in user.",
            scope.path
        )
    } else {
        format!(
            "`{}` is now open to everybody, signed in or not.",
            scope.path
        )
    };
    Finding::new(file, &scope.path, format!("+{}", attribute.name))
        .after(attribute.line, file.after.code(&attribute.span))
        .says(
            concern,
            "Keep the check, or say why this is safe for everybody.",
        )
}
