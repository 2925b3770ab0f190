use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::deltas::slots::{each_expr, slots};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A request may ask for as much at once as it likes.
    ///
    /// ## What it does
    /// Looks at functions that read from a request how much is wanted (`limit`, `per_page`,
    /// `page_size`) and kept that below a number (`min`, `clamp`). It speaks when nothing does so any
    /// more, in the function or in its file, while the same is still read.
    ///
    /// ## Why it matters
    /// One request can load a whole table into memory. Whoever wants to can bring the service down
    /// with a few of them, or copy everything that it may read in one go.
    ///
    /// ## Example
    /// ```ts
    /// const limit = Math.min(Number(req.query.limit ?? 25), 200); // before
    /// const limit = Number(req.query.limit ?? 25);                // after
    /// ```
    ///
    /// ## Instead
    /// Keep an upper limit, whatever is asked for.
    "production/page-size-unlimited", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file) || local(&delta.file.path);
        if delta.file.class != Class::Source || aside || delta.broken() {
            continue;
        }
        let Some((name, cap, most)) = capped(delta.before) else {
            continue;
        };
        if limits(context, delta, name, &most) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{name} without limit"))
                .before(cap.line, delta.base_file.before.code(&cap.span))
                .near(delta.line_after(cap.line))
                .says(
                    format!(
                        "{} kept `{name}` at `{most}` or below, and nothing does so any more. One request could ask for everything at once, and a few of them bring the service down.",
                        name_of(delta.symbol())
                    ),
                    "Keep an upper limit, whatever is asked for.",
                )
                .speaks_if(!context.deltas.extracted(delta)),
        );
    }
}

/// Whether a name says how much is wanted at once.
fn says_size(name: &str) -> bool {
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    has("limit") || has("per") && has("page") || has("page") && has("size") || has("perpage")
}

/// How much is wanted at once, where it is kept below a number: its name, the call, the number.
fn capped(scope: &Scope) -> Option<(&str, &Expr, String)> {
    let sizes = slots(scope).into_iter().filter(|it| says_size(it.name));
    sizes.into_iter().find_map(|slot| {
        let mut found = None;
        slot.value.walk(&mut |it| {
            let ExprKind::Call(callee, arguments) = &it.kind else {
                return;
            };
            let most = match (callee.last_name(), arguments.as_slice()) {
                ("min", [one, other]) => [other, one].into_iter().find(|it| most(&it.value)),
                ("clamp", [.., last]) if most(&last.value) => Some(last),
                _ => None,
            };
            if let Some(most) = most {
                found.get_or_insert((it, most.value.to_string()));
            }
        });
        found.map(|(cap, most)| (slot.name, cap, most))
    })
}

/// Whether a value is a number, or a constant whose name says that it is the most.
fn most(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Number(number) => number.len() > 1,
        ExprKind::Name(name) | ExprKind::Member(_, name) => {
            words(name)
                .iter()
                .any(|it| matches!(it.as_str(), "max" | "maximum" | "limit"))
                && name.starts_with(char::is_uppercase)
        }
        _ => false,
    }
}

/// Whether something still keeps it below a number, or it is no longer read.
fn limits(context: &Context<'_>, delta: &ScopeDelta<'_>, name: &str, most: &str) -> bool {
    let file = &delta.file.after;
    let says = |name: &str| {
        words(name).iter().any(|it| {
            matches!(
                it.as_str(),
                "max" | "maximum" | "clamp" | "le" | "lte" | "lt" | "between" | "cap"
            )
        })
    };
    let mut bounds = false;
    for scope in &file.tree.scopes {
        bounds |= scope.attributes.iter().any(|it| says(&it.name));
        each_expr(&scope.body, &mut |it| {
            let ExprKind::Call(callee, arguments) = &it.kind else {
                return;
            };
            // `max(limit, 1)` only keeps it from being too small, `.min(1)` as well.
            bounds |= match (callee.last_name(), arguments.len()) {
                ("max", 2) => false,
                ("min", given) => given == 2,
                (name, _) => says(name),
            } || arguments
                .iter()
                .any(|it| it.name.as_deref().is_some_and(says));
        });
    }
    let compared = delta.gained.iter().any(|it| {
        let text = it.condition.to_string();
        text.contains('<') || text.contains('>')
    });
    // A constant that still stands somewhere limits it there.
    let named = most.starts_with(char::is_alphabetic);
    let constant = named && context.files.iter().any(|it| it.after.text.contains(most));
    bounds || compared || constant || !file.text.contains(name)
}
