use crate::facts::fact::{Call, Exit};
use crate::facts::tree::{Expr, ExprKind, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::checks::auth::guard_widened::decides;
use crate::review::checks::auth::owner_scope_dropped::scoped;
use crate::review::code::{draws, is_tool, lays_out, near, runs_commands};
use crate::review::conditions::idle::{
    about_an_error, asks_a_flag, asks_what_was_kept, is_idle, made_here, taken_otherwise,
};
use crate::review::conditions::noted;
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::requirement::{Form, Requirement, surely_checks};
use crate::review::conditions::restated::{
    asked_again, checks_replace, refused_in_chain, refuses_anyway, replaced, rewritten,
    stands_around, still_asked,
};
use crate::review::conditions::subject::{Subject, sane, subject};
use crate::review::deltas::delta::{Deltas, ScopeDelta};
use crate::review::deltas::routes::goes_with_its_address;
use crate::review::frameworks::declared::more_rules;
use crate::review::queries::taken_out::asks_for_less;
use crate::review::record::finding::Finding;
use crate::review::record::{Surface, Tier};

check! {
    /// A check that kept people out is gone from code that still does what it protected.
    ///
    /// ## What it does
    /// Compares, function by function, what must hold before the code goes on. It speaks when a
    /// condition about rights, ownership, identity, secrets or attempts is gone, nothing in the
    /// change took its place, and the function still does the rest. Also when a query was taken out
    /// into a new function that no longer asks whose the rows are or whether they still count.
    ///
    /// ## Why it matters
    /// Nothing fails when a check is missing. The people it kept out can simply do the thing.
    ///
    /// ## Example
    /// ```go
    /// func DeleteKey(c *Context) {
    ///     key := getKey(c.ID())
    ///     if key.RepoID != c.Repo.ID { // gone
    ///         c.NotFound()
    ///         return
    ///     }
    ///     deleteKey(key)
    /// }
    /// ```
    ///
    /// ## Instead
    /// Put the check back, or say in the pull request where it is done now, and add a test that a
    /// stranger is refused.
    "auth/guard-removed", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    checks_vanished(context, out);
    asks_for_less(context, out);
    for delta in &context.deltas.scopes {
        if !draws(delta.file) && !is_tool(delta.file) {
            out.extend(only_told(delta));
        }
        let near = near(delta);
        let same_file = std::ptr::eq(delta.base_file, delta.file);
        let gone = |it: &&Requirement| {
            same_file && goes_with_its_address(delta.file, &it.place.span)
                || delta.goes_with_its_branch(it)
        };
        for lost in delta.lost.iter().filter(|it| !gone(it)) {
            match subject(lost, &near) {
                Some(subject) if subject.surface() == Surface::Auth => {
                    let sure = finding(context.deltas, delta, lost, subject);
                    match sure.tier == Tier::Recorded
                        && only_loss(context.deltas, delta, lost, subject)
                    {
                        true => out.push(asks_no_longer(delta, lost)),
                        false => out.push(sure),
                    }
                }
                Some(_) => {}
                None => {
                    out.extend(refusal(context.deltas, delta, lost));
                    out.extend(narrowing(context.deltas, delta, lost));
                }
            }
        }
        for call in context.deltas.checks_gone(delta) {
            let code = delta.base_file.before.code(&call.place.span);
            out.push(
                Finding::new(delta.file, delta.symbol(), call.callee.to_string())
                    .before(call.place.line, code)
                    .near(delta.line_after(call.place.line))
                    .says(
                        format!(
                            "`{}` no longer calls `{}`, which refused some requests. They get through now.",
                            delta.symbol(),
                            call.name
                        ),
                        "Put the check back, or say where it is done now, and add a test that a stranger is refused.",
                    )
                    .speaks_if(
                        !draws(delta.file)
                            && delta.kept() >= 0.4
                            && delta.gained.is_empty()
                            && !context.deltas.extracted(delta),
                    ),
            );
        }
    }
}

/// Methods that the framework called to check, and that are gone.
fn checks_vanished(context: &Context<'_>, out: &mut Vec<Finding>) {
    for gone in context.vanished() {
        let (file, scope) = (gone.file, gone.method);
        let answers = answers_whether(&scope.name) && gone.falls_back();
        let validates = scope.attributes.iter().any(|it| {
            let mut found = words(&it.name).into_iter();
            found.any(|it| matches!(it.as_str(), "validator" | "validates" | "validate"))
        });
        if draws(file) || more_rules(file) || !(answers || validates || gone.only_checks()) {
            continue;
        }
        let near = gone.near();
        let refuses = |it: &Requirement| match it.exit {
            Exit::Denies => true,
            Exit::Refuses => {
                validates || subject(it, &near).is_some_and(|it| it.surface() == Surface::Auth)
            }
            _ => false,
        };
        let required = gone.required();
        let refusal = required.iter().find(|it| refuses(it));
        if refusal.is_some_and(|it| context.deltas.moved(&it.condition)) {
            continue;
        }
        // `return request.user.is_superuser`.
        let answer = || gone.answer().or_else(|| gone.raises()).filter(|_| answers);
        let Some(place) = refusal.map(|it| &it.place).or_else(answer) else {
            continue;
        };
        out.push(
            Finding::new(file, &scope.path, "method that checks is gone")
                .before(place.line, file.before.code(&place.span))
                .says(
                    format!(
                        "`{}` refused some requests and is gone, while `{}` stays. What it refused gets through now.",
                        scope.name, gone.class.name
                    ),
                    "Put it back, or say where the check is done now, and add a test that a stranger is refused.",
                ),
        );
    }
}

/// `has_permission`, `canActivate`: whether a method of this name says yes or no to somebody.
fn answers_whether(name: &str) -> bool {
    let found = words(name);
    let asks = found.first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "allow" | "allows" | "can" | "has" | "is" | "may" | "permits"
        )
    });
    matches!(name, "test_func" | "authorized?") || asks && decides(name)
}

/// A refusal that is only written down now.
fn only_told(delta: &ScopeDelta<'_>) -> Option<Finding> {
    // What a script or the start of a program needs is asked for nobody's sake.
    if delta.before.kind == ScopeKind::File {
        return None;
    }
    let (was, is) = noted::only_noted(delta)?;
    Some(
        Finding::new(delta.file, delta.symbol(), "only written down")
            .before(was.line, delta.base_file.before.line(was.line))
            .after(is.line, delta.file.after.line(is.line))
            .says(
                format!(
                    "`{}` refused to go on in a case in which it now only writes something down. What was refused goes through now.",
                    delta.symbol()
                ),
                "Refuse it again, or say why it may go through.",
            ),
    )
}

/// A refusal that no word tells more about. It speaks only where hardly anything else changed.
fn refusal(deltas: &Deltas<'_>, delta: &ScopeDelta<'_>, lost: &Requirement) -> Option<Finding> {
    let refuses = match lost.form {
        Form::Guard => lost.exit != Exit::Leaves,
        Form::Call => surely_checks(lost.condition.last_name()) && !asked_again(delta, lost),
        Form::Gate => collects_errors(delta, lost),
        _ => false,
    };
    // That something is missing or there is asked for in many ways.
    let vague = nothing_but_presence(&lost.condition)
        && (lost.form == Form::Call || !delta.gained.is_empty());
    let aside = is_tool(delta.file) || lays_out(delta.file);
    if !refuses || vague || aside || is_idle(delta, &lost.condition) {
        return None;
    }
    let only_change = !rewritten(delta, lost)
        .into_iter()
        .any(|it| it.exit != Exit::Leaves)
        && delta.kept_without(lost) >= 0.7
        && delta.still_does(lost.place.order)
        && lost
            .place
            .conditions
            .iter()
            .all(|it| !it.starts_with("caught "));
    let code = delta.base_file.before.code(&lost.place.span);
    Some(
        Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
            .before(lost.place.line, code)
            .near(delta.line_after(lost.place.line))
            .says(
                format!(
                    "`{}` refused to go on in a case that it no longer looks at, and still does the rest. What was refused goes through now.",
                    delta.symbol()
                ),
                "Put the check back, or say why the case can no longer come up.",
            )
            .speaks_if(only_change && !draws(delta.file) && !more_rules(delta.file) && !still_asked(delta, &lost.condition) && !deltas.moved(&lost.condition) && !delta.turned(&lost.condition) && !deltas.said_elsewhere(delta, lost) && !deltas.extracted(delta) && !checks_replace(delta) && !refused_in_chain(delta, lost)),
    )
}

/// One of several conditions around the same code, or of one answer, that no word tells more
/// about.
fn narrowing(deltas: &Deltas<'_>, delta: &ScopeDelta<'_>, lost: &Requirement) -> Option<Finding> {
    // A gate with its condition the other way round keeps people in, not out.
    let confines = lost.form == Form::Gate && matches!(lost.condition.kind, ExprKind::Not(_));
    let idle = taken_otherwise(delta, &lost.condition) || asks_what_was_kept(&lost.condition);
    let whole =
        lost.form == Form::Gate && lost.place.conditions.is_empty() && asks(&lost.condition);
    if confines
        || idle
        || lays_out(delta.file)
        || lost.only_tells()
        || about_an_error(&lost.condition)
        || asks_a_flag(&lost.condition)
        || nothing_but_presence(&lost.condition)
        || !(delta.one_of_several(lost) || whole)
    {
        return None;
    }
    let gained = delta.gained.iter().any(|it| it.form != Form::Allow);
    Some(asks_no_longer(delta, lost).speaks_if(
        !gained
            && delta.still_does_inside(lost)
            && delta.kept_without(lost) >= 0.7
            && !draws(delta.file)
            && !still_asked(delta, &lost.condition)
            && !deltas.moved(&lost.condition)
            && !delta.turned(&lost.condition)
            && !deltas.extracted(delta),
    ))
}

fn asks_no_longer(delta: &ScopeDelta<'_>, lost: &Requirement) -> Finding {
    let code = delta.base_file.before.code(&lost.place.span);
    Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
        .before(lost.place.line, code)
        .near(delta.line_after(lost.place.line))
        .says(
            format!(
                "`{}` went on only if `{}` held, and no longer asks for it. More goes through now.",
                delta.symbol(),
                lost.condition
            ),
            "Put the condition back, or say why it can no longer fail.",
        )
}

/// Whether nothing but a condition about logins, secrets or limits is gone from a function that
/// does all the rest as before.
fn only_loss(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> bool {
    let form = match lost.form {
        // What was rolled out to everybody is asked for no more.
        Form::Gate if asks_a_flag(&lost.condition) => false,
        Form::Gate => matches!(
            subject,
            Subject::Identity | Subject::Secret | Subject::Limit | Subject::Switch
        ),
        // Another answer is no refusal.
        Form::Guard => lost.value.as_ref().is_none_or(|it| match &it.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Text(_) => true,
            // Go's `return found, nil`.
            ExprKind::List(parts) => !matches!(
                parts.as_slice(),
                [first, .., last] if last.kind == ExprKind::Null && first.kind != ExprKind::Null
            ),
            _ => false,
        }),
        _ => false,
    };
    let handling = |it: &String| it.starts_with("caught ");
    form && !lays_out(delta.file)
        && delta.gained.is_empty()
        && delta.calls_gained.len() <= 1
        && !still_asked(delta, &lost.condition)
        && !(subject == Subject::Ownership && scoped(delta))
        && !lost.place.conditions.iter().any(handling)
        && !nothing_but_presence(&lost.condition)
        && !about_an_error(&lost.condition)
        && !lost.only_tells()
        && sane(&lost.condition) != Some(false)
        && delta.kept_without(lost) >= 0.9
        && delta.still_does(lost.place.order)
        && delta.still_does_inside(lost)
        && !draws(delta.file)
        && !deltas.moved(&lost.condition)
        && !delta.turned(&lost.condition)
        && !deltas.said_elsewhere(delta, lost)
        && !deltas.extracted(delta)
        && !replaced(delta, lost, subject)
        && !stands_around(deltas, delta, lost, subject)
}

/// Whether what a condition enclosed only noted that something is wrong: `errors.add(…)`, which
/// refuses as surely as leaving does.
fn collects_errors(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    let (from, to) = (lost.place.span.start, lost.place.span.end);
    let inside = |it: &&Call| from <= it.place.span.start && it.place.span.end <= to;
    let about = |it: &Expr| {
        words(it.last_name()).iter().any(|it| {
            matches!(
                it.as_str(),
                "error" | "errors" | "errs" | "violations" | "problems" | "issues" | "msgs"
            )
        })
    };
    delta.calls_lost.iter().filter(inside).any(|call| {
        let receiver = match &call.callee.kind {
            ExprKind::Member(object, _) => about(object),
            _ => false,
        };
        match call.name.as_str() {
            "rejectValue" | "add_error" | "addError" | "AddModelError" | "addIssue"
            | "addViolation" => true,
            "reject" | "add" | "push" => receiver,
            "append" => receiver || call.arguments.first().is_some_and(|it| about(&it.value)),
            _ => false,
        }
    })
}

/// Whether a condition asks a question by a call: `matches(name)`, `is_valid(url)`.
fn asks(condition: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &condition.kind else {
        return false;
    };
    !arguments.is_empty()
        && words(callee.last_name()).iter().any(|it| {
            matches!(
                it.as_str(),
                "match"
                    | "matches"
                    | "valid"
                    | "validate"
                    | "verify"
                    | "verified"
                    | "trusted"
                    | "safe"
                    | "allowed"
                    | "permitted"
                    | "is"
            )
        })
}

fn finding(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> Finding {
    let code = delta.base_file.before.code(&lost.place.span);
    Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
        .before(lost.place.line, code)
        .near(delta.line_after(lost.place.line))
        .says(concern(delta.symbol(), subject), advice(subject))
        .speaks_if(speaks(deltas, delta, lost, subject))
}

fn speaks(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> bool {
    let serious = match lost.form {
        Form::Allow => false,
        // Which error came up is no matter of rights.
        Form::Guard if about_an_error(&lost.condition) => false,
        Form::Guard => match subject {
            Subject::Permission | Subject::Ownership => lost.exit != Exit::Leaves || lost.protects,
            Subject::Identity | Subject::Secret | Subject::Address => lost.exit != Exit::Leaves,
            Subject::Switch => lost.exit == Exit::Denies,
            _ => true,
        },
        // The same check with something else may be enough.
        Form::Call => {
            (!matches!(subject, Subject::Address | Subject::Switch)
                || surely_checks(lost.condition.last_name()) && delta.kept_without(lost) >= 0.7)
                && !asked_again(delta, lost)
        }
        // Where it does not hold, something else may be done that keeps people out.
        Form::Gate => {
            sane(&lost.condition) != Some(false)
                && !lost.only_tells()
                && matches!(
                    subject,
                    Subject::Permission
                        | Subject::Ownership
                        | Subject::SecondFactor
                        | Subject::Forgery
                        | Subject::Address
                )
        }
        Form::Result => matches!(subject, Subject::Permission | Subject::Ownership),
    };
    let handling = lost
        .place
        .conditions
        .iter()
        .any(|it| it.starts_with("caught "));
    serious
        && !handling
        && !made_here(delta, &lost.condition)
        && lost.protects
        && (subject != Subject::Address || !runs_commands(delta.file))
        && !draws(delta.file)
        && !still_asked(delta, &lost.condition)
        && !refuses_anyway(delta, lost)
        && !deltas.moved(&lost.condition)
        && !delta.turned(&lost.condition)
        && !deltas.said_elsewhere(delta, lost)
        && !deltas.extracted(delta)
        && !replaced(delta, lost, subject)
        && !stands_around(deltas, delta, lost, subject)
        && !(subject == Subject::Ownership && scoped(delta))
        && delta.kept_without(lost) >= 0.4
        && delta.still_does(lost.place.order)
        && delta.still_does_inside(lost)
}

fn concern(symbol: &str, subject: Subject) -> String {
    let what = match subject {
        Subject::Ownership => {
            "no longer checks that the thing belongs to the one who asks. One customer could reach what is another's"
        }
        Subject::Permission => {
            "no longer checks that the caller may do this. People without the right could do it"
        }
        Subject::Identity => {
            "no longer checks who is calling. People who are not signed in could get through"
        }
        Subject::SecondFactor => {
            "no longer asks for the second factor here. A stolen password could be enough"
        }
        Subject::Forgery => {
            "no longer checks that the request comes from our own pages. Another site could send it for a signed-in user"
        }
        Subject::Secret => {
            "no longer checks the code, token or signature it was given. A made-up one could be accepted"
        }
        Subject::Limit => "no longer limits how often this can be tried. Guessing becomes possible",
        Subject::Address => {
            "no longer checks where the request comes from or goes to. It could be sent anywhere"
        }
        _ => {
            "no longer refuses what it refused before. What an operator switched off could be reached"
        }
    };
    format!("`{symbol}` {what}.")
}

fn advice(subject: Subject) -> String {
    match subject {
        Subject::Limit => "Put the limit back, or say where it is done now.".to_owned(),
        _ => "Put the check back, or say where it is done now, and add a test that a stranger is refused.".to_owned(),
    }
}
