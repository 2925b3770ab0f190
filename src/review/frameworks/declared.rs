//! Rules that are declared for what is taken or stored, and that go.

use crate::facts::fact::{Call, Usage};
use crate::facts::tree::{Attribute, Expr, ExprKind, Scope, Tree};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::rank::keeps_out;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot};
use crate::review::frameworks::inheritance::inherited;
use crate::review::money::says_amount;
use crate::review::record::finding::{Finding, name_of};

/// Rules of a record that are declared by a call: `validates :slug, uniqueness: true`.
pub fn calls(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let declares = |it: &Call| it.name == "validates" && it.result != Usage::Used;
    let checks = |it: &Call| it.name.starts_with("validate");
    if delta.calls_gained.iter().any(checks) {
        return;
    }
    for call in delta.calls_lost.iter().filter(|it| declares(it)) {
        let rule = call.arguments.iter().find_map(|it| {
            let name = it.name.as_deref()?;
            matches!(
                name,
                "uniqueness"
                    | "format"
                    | "inclusion"
                    | "exclusion"
                    | "numericality"
                    | "length"
                    | "comparison"
            )
            .then_some(name)
        });
        let field = call.arguments.iter().find_map(|it| match &it.value.kind {
            ExprKind::Text(text) if it.name.is_none() => Some(text),
            _ => None,
        });
        let (Some(rule), Some(field)) = (rule, field) else {
            continue;
        };
        // A module that the class takes in declares it now.
        let declared = |it: &Call| declares(it) && it.arguments == call.arguments;
        if inherited(context, delta.file, delta.symbol(), &declared) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{field} {rule}"))
                .before(call.place.line, delta.base_file.before.code(&call.place.span))
                .near(delta.line_after(call.place.line))
                .says(
                    format!(
                        "{} took `{field}` only if it met a rule (`{rule}`), and no longer asks for that. Values that were refused get stored.",
                        name_of(delta.symbol())
                    ),
                    "Keep the rule, or say what makes sure of it now.",
                ),
        );
    }
}

/// What makes a framework check what is sent before a function is called: Java's `@Valid`, and a
/// type with rules in the place of which anything is taken.
pub fn parameters(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let last = |it: &str| it.rsplit('.').next().unwrap_or(it).to_owned();
    let asks = |it: &Attribute| matches!(last(&it.name).as_str(), "Valid" | "Validated");
    let bound = |it: &Attribute| {
        let name = last(&it.name);
        name.starts_with("Request")
            || name.ends_with("Param")
            || name == "Payload"
            || name == "Body"
    };
    let all = |it: &Scope| it.attributes.iter().filter(|it| asks(it)).count();
    let around = |tree: &Tree, it: &Scope| it.parent.map_or(0, |at| all(&tree.scopes[at]));
    let more = all(delta.after) > all(delta.before)
        || around(&delta.file.after.tree, delta.after)
            > around(&delta.base_file.before.tree, delta.before);
    // It may be asked for by hand.
    let by_hand = |it: &Call| {
        words(&it.name)
            .first()
            .is_some_and(|it| it.starts_with("valid"))
    };
    if more || delta.calls_gained.iter().any(by_hand) || context.deltas.extracted(delta) {
        return;
    }
    let lost = delta.before.parameters.iter().find(|was| {
        let stays = delta
            .after
            .parameters
            .iter()
            .find(|is| is.type_name == was.type_name && is.attributes.iter().any(bound));
        was.attributes.iter().any(asks) && stays.is_some_and(|is| !is.attributes.iter().any(asks))
    });
    let Some(lost) = lost else { return };
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("rules of {}", lost.type_name))
            .before(delta.before.line, &lost.to_string())
            .near(delta.after.line)
            .says(
                format!(
                    "{} took `{}` only if it met the rules of `{}`, and no longer asks for that. Values that were refused get through.",
                    name_of(delta.symbol()),
                    lost.name,
                    lost.type_name
                ),
                "Keep the annotation, or say what makes sure of it now.",
            ),
    );
}

/// Rules that every value passes, `required|safe_url` or `['required', new SafeUrl()]`, that lost
/// one.
pub fn values(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let here = |slot: &Slot<'_>| match slot.owner {
        "validate" | "validateWithBag" => rules(slot.value, "rules"),
        _ => rules(slot.value, &delta.after.name),
    };
    let listed = |slot: &Slot<'_>| here(slot).is_some();
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
    for (before, after) in changes.changed {
        let (Some(old), Some(new)) = (here(&before), here(&after)) else {
            continue;
        };
        let named = |it: &&String| {
            let name = name(it);
            it.len() > 3 && !FORMATS.contains(&name) && !new.iter().any(|new| new.starts_with(name))
        };
        // The same rule may ask for something else: `max:2048`, `max:8192`.
        let known = |it: &String| old.iter().any(|old| name(old) == name(it));
        let only_less = old.len() > 1 && new.iter().all(known);
        let Some(rule) = old.iter().find(named).filter(|_| only_less) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} {rule}", after.name))
                .before(before.line, delta.base_file.before.code(&before.span))
                .after(after.line, delta.file.after.code(&after.span))
                .says(
                    format!(
                        "`{}` accepted `{}` only if it met the rule `{rule}`, and no longer asks for that. Somebody could put something harmful there.",
                        delta.symbol(),
                        after.name
                    ),
                    "Keep the rule, or say what makes sure of it now.",
                ),
        );
    }
}

/// Checks in a list that every value passes, `[ignore_missing, ignore_not_sysadmin]`, that lost one.
pub fn checks(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    // A list of rights that loses one gives less.
    let rights = |it: &Slot<'_>| {
        words(it.name).iter().any(|it| {
            matches!(
                it.as_str(),
                "permission"
                    | "permissions"
                    | "role"
                    | "roles"
                    | "scope"
                    | "scopes"
                    | "grants"
                    | "groups"
                    | "claims"
            )
        })
    };
    let listed = |it: &Slot<'_>| matches!(it.value.kind, ExprKind::List(_)) && !rights(it);
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
    for (before, after) in changes.changed {
        let (ExprKind::List(old), ExprKind::List(new)) = (&before.value.kind, &after.value.kind)
        else {
            continue;
        };
        let only_less = !new.is_empty() && new.iter().all(|it| old.contains(it));
        let keeps_back = |it: &&Expr| {
            let name = it.last_name();
            let found = words(name);
            let says = matches!(
                found.first().map(String::as_str),
                Some(
                    "ignore" | "only" | "not" | "require" | "check" | "verify" | "must" | "ensure"
                )
            );
            let code =
                name.starts_with(char::is_lowercase) && !matches!(it.kind, ExprKind::Text(_));
            let right = keeps_out(name) || found.iter().any(|it| it.ends_with("admin"));
            code && says && found.len() > 1 && right
        };
        let gone = old.iter().filter(|it| !new.contains(it)).find(keeps_back);
        let Some(check) = gone.filter(|_| only_less) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} {check}", after.name))
                .before(before.line, delta.base_file.before.code(&before.span))
                .after(after.line, delta.file.after.code(&after.span))
                .says(
                    format!(
                        "{} let `{}` pass `{check}` first, and no longer does. People without the right could set it.",
                        name_of(delta.symbol()),
                        after.name
                    ),
                    "Keep the check, or say what makes sure of it now.",
                ),
        );
    }
}

/// Bounds of a number that a schema of zod, Joi or yup took: `z.number().int().positive()`.
pub fn bounds(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let bounds = |it: &Call| {
        matches!(
            it.name.as_str(),
            "positive"
                | "nonnegative"
                | "min"
                | "max"
                | "gt"
                | "gte"
                | "lt"
                | "lte"
                | "int"
                | "integer"
                | "finite"
                | "GreaterThan"
                | "GreaterThanOrEqualTo"
                | "InclusiveBetween"
                | "ExclusiveBetween"
        )
    };
    // FluentValidation's `RuleFor(x => x.Quantity).GreaterThan(0)`.
    let ruled = |it: &Call| -> Option<String> {
        let callee = it.callee.to_string();
        let (_, rest) = callee.split_once("RuleFor(")?;
        let field = rest.split([')', '}']).find(|it| it.contains('.'))?;
        Some(field.rsplit('.').next()?.to_owned())
    };
    let schema = |it: &Call| {
        let number = it.callee.to_string().contains(".number(");
        ruled(it).is_some()
            || number
                && matches!(
                    it.callee.first_name(),
                    "z" | "zod" | "Joi" | "joi" | "yup" | "v"
                )
    };
    fields(delta, out);
    let bound = |it: &&Call| bounds(it) && schema(it);
    if delta.calls_gained.iter().any(|it| bound(&it)) {
        return;
    }
    let code = |it: &Call| delta.base_file.before.code(&it.place.span);
    for call in delta.calls_lost.iter().filter(bound) {
        let line = delta.base_file.before.line(call.place.line);
        let ruled = ruled(call);
        let field = line.split([':', ' ', '=']).next();
        let field = ruled.as_deref().or(field).unwrap_or_default();
        if counts(field) {
            out.push(unbound(
                delta,
                field,
                &call.name,
                (call.place.line, code(call)),
            ));
        }
    }
}

/// pydantic's `quantity: int = Field(gt=0)` that lost its bound.
fn fields(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let bound = |it: &Slot<'_>| {
        matches!(it.name, "gt" | "ge" | "lt" | "le")
            && matches!(
                it.owner,
                "Field" | "Query" | "Body" | "Form" | "conint" | "condecimal" | "confloat"
            )
    };
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &bound);
    if !changes.gained.is_empty() {
        return;
    }
    let base = &delta.base_file.before;
    for lost in changes.lost {
        let field = base
            .line(lost.line)
            .split([':', ' ', '='])
            .next()
            .unwrap_or_default();
        let stays = delta.file.after.code(&delta.after.span).contains(field);
        if counts(field) && stays {
            out.push(unbound(
                delta,
                field,
                lost.name,
                (lost.line, base.line(lost.line)),
            ));
            return;
        }
    }
}

/// Whether a field is a number that decides what is paid or handed out.
fn counts(field: &str) -> bool {
    let counted = words(field).iter().any(|it| {
        matches!(
            it.as_str(),
            "quantity" | "qty" | "count" | "percent" | "percentage" | "limit" | "seats"
        )
    });
    counted || says_amount(field, true)
}

fn unbound(delta: &ScopeDelta<'_>, field: &str, bound: &str, (line, code): (u32, &str)) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("{field} {bound}"))
        .before(line, code)
        .near(delta.line_after(line))
        .says(
            format!(
                "{} took `{field}` only within a bound (`{bound}`), and no longer asks for that. Somebody could send a negative or a huge number.",
                name_of(delta.symbol())
            ),
            "Keep the bound, or say what makes sure of it now.",
        )
}

/// Whether a file declares more rules for what it takes than before, as tags, annotations or a
/// schema: what code refused by itself may be refused by them.
pub fn more_rules(file: &FilePair<'_>) -> bool {
    const RULES: &[&str] = &[
        "validate:\"",
        "binding:\"",
        "schema",
        "Schema",
        "@Valid",
        "@NotNull",
        "@Min",
        "@Max",
        "Field(",
        "minimum",
        "maximum",
        "validates",
        "validators",
        "z.",
        "[Required",
        "[Range",
    ];
    let count = |text: &str| -> usize { RULES.iter().map(|it| text.matches(it).count()).sum() };
    count(file.after.text) > count(file.before.text)
}

/// The name of a rule: `in` of `in:member,guest`.
fn name(rule: &str) -> &str {
    rule.split(':').next().unwrap_or(rule)
}

/// The rules that a value is, in a function that says them.
fn rules(value: &Expr, function: &str) -> Option<Vec<String>> {
    let says = matches!(function, "rules" | "validate" | "store" | "update");
    match &value.kind {
        ExprKind::Text(text) if !text.contains(' ') && (says || text.contains('|')) => {
            Some(text.split('|').map(str::to_owned).collect())
        }
        ExprKind::List(parts) if function == "rules" => {
            let rule = |it: &Expr| match &it.kind {
                ExprKind::Text(text) => text.clone(),
                _ => it.to_string(),
            };
            Some(parts.iter().map(rule).collect())
        }
        _ => None,
    }
}

/// Rules that only say what a value looks like.
const FORMATS: &[&str] = &[
    "required",
    "nullable",
    "string",
    "integer",
    "numeric",
    "min",
    "max",
    "array",
    "boolean",
    "date",
    "sometimes",
    "filled",
    "present",
    "json",
    "size",
    "between",
    "bail",
    "accepted",
    "after",
    "after_or_equal",
    "before",
    "before_or_equal",
    "date_equals",
    "date_format",
    "decimal",
    "declined",
    "different",
    "digits",
    "digits_between",
    "distinct",
    "exclude_if",
    "exclude_unless",
    "lowercase",
    "required_if",
    "required_unless",
    "required_with",
    "required_with_all",
    "required_without",
    "same",
    "timezone",
    "ulid",
    "uppercase",
    "uuid",
];
