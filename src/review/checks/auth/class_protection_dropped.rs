use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::rank::{lets_everybody_in, weaker};
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::key::Renames;
use crate::review::deltas::slots::{self, Slot, is_off};
use crate::review::frameworks::metadata::{class_unread, fewer_permissions};
use crate::review::record::finding::Finding;

check! {
    /// A class no longer says who may use it.
    ///
    /// ## What it does
    /// Compares what a class is built on and what it sets for itself: bases and mixins such as
    /// `LoginRequiredMixin` or `AdminController`, and values such as `permission_required`,
    /// `permission_classes` or `throttle_classes`. It speaks when one that keeps people out is gone
    /// or asks for less, and nothing like it is new in the class. Also when a new `get_permissions`
    /// ends in fewer permissions than all actions asked for, and when a guard of NestJS no longer
    /// reads what the class says.
    ///
    /// ## Why it matters
    /// The framework reads it from the class. The methods themselves check nothing.
    ///
    /// ## Example
    /// ```python
    /// class DeleteInvoice(PermissionRequiredMixin, DeleteView):
    ///     permission_required = "billing.delete_invoice"  # gone
    /// ```
    ///
    /// ## Instead
    /// Keep it, or say in the pull request where it is checked now.
    "auth/class-protection-dropped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    class_unread(context, out);
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        let (old, new) = (
            &base_file.before.tree.scopes[before],
            &file.after.tree.scopes[after],
        );
        if file.class != Class::Source || old.kind != ScopeKind::Class || draws(file) {
            continue;
        }
        let from = out.len();
        bases(context, base_file, file, [old, new], out);
        values(context, base_file, file, [old, new], out);
        if out.len() > from && asks_otherwise(file, [old, new], base_file) {
            for it in &mut out[from..] {
                *it = it.clone().speaks_if(false);
            }
        }
        fewer_permissions(context, base_file, file, [old, new], out);
    }
}

/// Bases that kept people out.
fn bases(
    context: &Context<'_>,
    base_file: &FilePair<'_>,
    file: &FilePair<'_>,
    [old, new]: [&Scope; 2],
    out: &mut Vec<Finding>,
) {
    let lost = old
        .bases
        .iter()
        .find(|it| !new.bases.contains(it) && guards(it));
    let Some(lost) = lost else { return };
    let gained: Vec<&String> = new
        .bases
        .iter()
        .filter(|it| !old.bases.contains(it))
        .collect();
    let as_strong = gained
        .iter()
        .any(|it| guards(it) && weaker(lost, it) != Some(true));
    let last = lost.rsplit(['.', ':']).next().unwrap_or(lost);
    let renamed = context.alone().gone.contains(last);
    out.push(
        Finding::new(file, &new.path, format!("base {lost}"))
            .before(old.line, first_line(base_file.before.code(&old.span)))
            .near(new.line)
            .says(
                format!(
                    "`{}` was built on `{lost}`, which kept people out, and no longer is. People without the right could use it now.",
                    new.path
                ),
                "Keep it, or say where it is checked now, and add a test that a stranger is refused.",
            )
            .speaks_if(!as_strong && !renamed),
    );
}

fn first_line(code: &str) -> &str {
    code.lines().next().unwrap_or(code)
}

/// Values of a class that kept people out.
fn values(
    context: &Context<'_>,
    base_file: &FilePair<'_>,
    file: &FilePair<'_>,
    [old, new]: [&Scope; 2],
    out: &mut Vec<Finding>,
) {
    let wanted = |slot: &Slot<'_>| slot.owner.is_empty() && asks(slot.name);
    let changes = slots::changes(old, new, &Renames::default(), &wanted);
    let said = |slot: &Slot<'_>| base_file.before.code(&slot.span).to_owned();
    for lost in changes.lost.iter().filter(|it| !nothing(it.value)) {
        let moved =
            changes.gained.iter().any(|it| !nothing(it.value)) || by_default(context, lost.name);
        // A new base may bring it along.
        let based = new.bases.iter().any(|it| !old.bases.contains(it));
        out.push(
            Finding::new(file, &new.path, format!("value {}", lost.name))
                .before(lost.line, &said(lost))
                .near(new.line)
                .says(
                    format!(
                        "`{}` set `{}`, by which people without the right are kept out, and no longer does. They could use it now.",
                        new.path, lost.name
                    ),
                    "Keep it, or say where it is checked now, and add a test that a stranger is refused.",
                )
                .speaks_if(!moved && !based),
        );
    }
    for (before, after) in &changes.changed {
        let (was, is) = (before.value.to_string(), after.value.to_string());
        let less = !nothing(before.value)
            && (nothing(after.value) || shrank(before.value, after.value))
            || !opens(before.value) && opens(after.value)
            || weaker(&was, &is) == Some(true);
        if !less {
            continue;
        }
        out.push(
            Finding::new(file, &new.path, format!("value {} {is}", after.name))
                .before(before.line, &said(before))
                .after(after.line, file.after.code(&after.span))
                .says(
                    format!(
                        "`{}` asks for less in `{}` than before. People who were kept out could use it.",
                        new.path, after.name
                    ),
                    "Ask for the right that the class needs, or say why less is enough.",
                ),
        );
    }
}

/// Whether the change sets for all classes what one has set: `DEFAULT_THROTTLE_CLASSES`.
fn by_default(context: &Context<'_>, name: &str) -> bool {
    let setting = format!("DEFAULT_{}", name.to_uppercase());
    let count = |text: &str| text.matches(&setting).count();
    let mut files = context.files.iter();
    files.any(|it| count(it.after.text) > count(it.before.text))
}

/// Whether the class newly decides by a method of its own, a decorator or another value.
fn asks_otherwise(file: &FilePair<'_>, [old, new]: [&Scope; 2], base_file: &FilePair<'_>) -> bool {
    let methods = |side: &crate::facts::tree::Tree, class: &Scope| {
        let inside = side.scopes.iter().filter(|it| {
            it.parent
                .is_some_and(|at| side.scopes[at].path == class.path)
        });
        inside.filter(|it| asks(&it.name)).count()
    };
    let attributes = |scope: &Scope| {
        scope
            .attributes
            .iter()
            .filter(|it| guards(&it.name))
            .count()
    };
    methods(&file.after.tree, new) > methods(&base_file.before.tree, old)
        || attributes(new) > attributes(old)
}

/// Whether a value of a class, or a method, of this name says who may use the class.
fn asks(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let required = any(&["required", "require", "requires", "classes"]);
    any(&["permission", "permissions", "throttle"])
        || required
            && any(&[
                "login",
                "auth",
                "authentication",
                "authorization",
                "role",
                "roles",
                "admin",
            ])
}

/// Whether something of this name is there to keep people out.
fn guards(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let required = any(&["required", "require", "requires"]);
    let checked = any(&[
        "permission",
        "permissions",
        "access",
        "login",
        "auth",
        "user",
        "staff",
    ]) && any(&["checked", "mixin", "controller", "required"])
        && !any(&["form", "model", "factory", "serializer"]);
    !lets_everybody_in(name)
        && (required
            || checked && any(&["mixin", "required", "checked"])
            || any(&[
                "authenticated",
                "authorized",
                "secured",
                "protected",
                "restricted",
            ])
            || any(&["admin"]) && any(&["controller"]))
}

fn nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null => true,
        ExprKind::List(parts) => parts.is_empty(),
        ExprKind::Text(text) => text.is_empty(),
        _ => is_off(value),
    }
}

/// Whether a list lost an entry and got no other.
fn shrank(before: &Expr, after: &Expr) -> bool {
    let (ExprKind::List(old), ExprKind::List(new)) = (&before.kind, &after.kind) else {
        return false;
    };
    new.len() < old.len() && new.iter().all(|it| old.contains(it))
}

/// Whether a value lets everybody in: `[AllowAny]`.
fn opens(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(parts) => parts.iter().any(opens),
        ExprKind::Name(_) | ExprKind::Member(..) => lets_everybody_in(value.last_name()),
        _ => false,
    }
}
