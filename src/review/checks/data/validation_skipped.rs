use crate::facts::tree::{Argument, Expr, ExprKind, Scope, Span};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{each_expr, is_off};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A record is stored without its rules being asked.
    ///
    /// ## What it does
    /// Speaks when a function that stored a record under its rules now switches them off for the same
    /// save: Rails' `save(validate: false)`, Mongoose's `validateBeforeSave: false`, CakePHP's
    /// `checkRules`.
    ///
    /// ## Why it matters
    /// What the rules refuse gets stored: rows without an owner, doubles, amounts below zero. Whatever
    /// reads them later trusts that they cannot be there.
    ///
    /// ## Example
    /// ```ruby
    /// contact.save(validate: false) # was: contact.save
    /// ```
    ///
    /// ## Instead
    /// Report what is refused, or change the rule that is wrong.
    "data/validation-skipped", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let (before, after) = (saves(delta.before), saves(delta.after));
        let count =
            |saves: &[Save], skips: bool| saves.iter().filter(|it| it.skips == skips).count();
        if count(&after, true) <= count(&before, true)
            || count(&after, false) >= count(&before, false)
        {
            continue;
        }
        let was = before.iter().find(|it| !it.skips);
        let is = after.iter().rfind(|it| it.skips);
        let (Some(was), Some(is)) = (was, is) else {
            continue;
        };
        // Rows of old are put right there, whatever rules they break.
        let once = words(&delta.file.path).iter().any(|it| {
            matches!(
                it.as_str(),
                "migrate" | "migrations" | "seed" | "seeds" | "backfill" | "tasks"
            )
        });
        out.push(
            Finding::new(delta.file, delta.symbol(), "stores without rules")
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, delta.file.after.code(&is.span))
                .says(
                    format!(
                        "{} stored a record only if it met its rules, and now stores it whatever it holds. What was refused gets in.",
                        name_of(delta.symbol())
                    ),
                    "Report what is refused, or change the rule that is wrong.",
                )
                .speaks_if(!once),
        );
    }
}

/// A place at which a record is stored.
struct Save {
    line: u32,
    span: Span,
    /// Whether it says that the rules are not asked.
    skips: bool,
}

/// Where a function stores records; Ruby's `if contact.save` has no parentheses.
fn saves(scope: &Scope) -> Vec<Save> {
    let mut out: Vec<Save> = Vec::new();
    let mut called: Vec<Span> = Vec::new();
    each_expr(&scope.body, &mut |it| {
        let skips = match &it.kind {
            ExprKind::Call(callee, arguments) if stores(callee.last_name()) => {
                called.push(callee.span.clone());
                arguments.iter().any(skips)
            }
            ExprKind::Member(_, name) if name.trim_end_matches('!') == "save" => {
                if called.contains(&it.span) {
                    return;
                }
                false
            }
            _ => return,
        };
        out.push(Save {
            line: it.line,
            span: it.span.clone(),
            skips,
        });
    });
    out
}

fn stores(name: &str) -> bool {
    words(name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "save" | "create" | "update" | "insert" | "import"
        )
    })
}

fn skips(argument: &Argument) -> bool {
    argument.name.as_deref().is_some_and(rules) && is_off(&argument.value)
        || listed(&argument.value)
}

fn listed(value: &Expr) -> bool {
    let ExprKind::Map(pairs) = &value.kind else {
        return false;
    };
    pairs.iter().any(|(key, value)| match &key.kind {
        ExprKind::Name(name) | ExprKind::Text(name) => rules(name) && is_off(value),
        _ => false,
    })
}

fn rules(name: &str) -> bool {
    matches!(
        name,
        "validate"
            | "validates"
            | "validateBeforeSave"
            | "validate_before_save"
            | "checkRules"
            | "runValidators"
    )
}
