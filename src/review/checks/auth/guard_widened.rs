use crate::facts::fact::{Exit, Place};
use crate::facts::tree::{Expr, ExprKind, Operator, Span, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, near};
use crate::review::conditions::bypass::{
    asked_about_nothing, asked_sometimes, compared_otherwise, fewer_people, granted_always,
    only_there, refused_sometimes, refuses_fewer,
};
use crate::review::conditions::exempt::told_by_less;
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::conditions::signed_in::only_if_signed_in;
use crate::review::conditions::subject::{about_money, about_rights, subject};
use crate::review::deltas::delta::{Changed, Direction, ScopeDelta};
use crate::review::deltas::key::{loose, renamed};
use crate::review::record::Surface;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// A check has a new way around it.
    ///
    /// ## What it does
    /// Speaks when a condition about rights gets another alternative that lets people through, and
    /// when a function that decides about rights gets a new early way to say yes. The same goes for
    /// a check that is newly made only where somebody is signed in, and for addresses that a check
    /// leaves out and tells by a text anywhere in them.
    ///
    /// ## Why it matters
    /// The old check still stands there and still looks right; it is only no longer asked.
    ///
    /// ## Example
    /// ```go
    /// func CanLogin(user *User) bool {
    ///     if user.IsAdmin { // new
    ///         return true
    ///     }
    ///     return allowed(user)
    /// }
    /// ```
    ///
    /// ## Instead
    /// Say who may take the shortcut and why, and test that nobody else can.
    "auth/guard-widened", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near = near(delta);
        for Changed {
            before,
            after,
            direction,
        } in &delta.changed
        {
            if *direction != Direction::Wider
                || before.form == Form::Gate && after.form != Form::Gate
            {
                continue;
            }
            let about = subject(before, &near).or_else(|| subject(after, &near));
            // Without a word that tells, only where it is all that has changed.
            let alone = about.is_none()
                && before.form == Form::Guard
                && delta.lost.is_empty()
                && delta.gained.is_empty()
                && delta.changed.len() == 1
                && delta.kept() >= 1.0
                && !nothing_but_presence(&before.condition)
                && !only_asks_whether_there(before, after);
            if !alone && about.is_none_or(|it| it.surface() != Surface::Auth) {
                continue;
            }
            out.push(finding(delta, before, after).speaks_if(
                before.exit != Exit::Leaves
                    && !draws(delta.file)
                    && !context.deltas.extracted(delta),
            ));
        }
        for lost in &delta.lost {
            if let Some(gained) = delta.gained.iter().find(|it| takes_more(lost, it))
                && subject(lost, &near).is_some_and(|it| it.surface() == Surface::Auth)
            {
                out.push(finding(delta, lost, gained).speaks_if(!draws(delta.file)));
            }
        }
        if let Some(finding) = joined(delta) {
            out.push(finding.speaks_if(!draws(delta.file) && !context.deltas.extracted(delta)));
        }
        bypasses(context, delta, out);
        out.extend(only_if_signed_in(delta));
        out.extend(told_by_less(delta));
        let (old, new) = (default_answer(delta, false), default_answer(delta, true));
        if let (None | Some((false, ..)), Some((true, line, span))) = (&old, &new)
            && (decides(&delta.after.name) || delta.after.name == "voteOnAttribute")
        {
            out.push(
                Finding::new(delta.file, delta.symbol(), "default: true")
                    .after(*line, delta.file.after.code(span))
                    .says(
                        format!("`{}` said no where nothing else decided, and now says yes. Whoever no rule names gets through.", delta.symbol()),
                        "Say no by default, and yes only where a rule says so.",
                    )
                    .speaks_if(!draws(delta.file)),
            );
        }
        let closes = matches!((&old, &new), (None | Some((true, ..)), Some((false, ..))));
        for gained in &delta.gained {
            if closes {
                break;
            }
            if said_before(delta, &gained.condition) {
                continue;
            }
            if let Some(finding) = shortcut(delta, gained) {
                out.push(finding.speaks_if(!draws(delta.file) && delta.lost.is_empty()));
            }
        }
    }
}

/// Whether what is new about a condition only asks whether something is there that it looks into:
/// `date != null && date < other`.
fn only_asks_whether_there(before: &Requirement, after: &Requirement) -> bool {
    let known = before.condition.parts(Operator::Or);
    let new = after.condition.parts(Operator::Or);
    let mut added = new.iter().filter(|it| !known.contains(it)).peekable();
    added.peek().is_some() && added.all(|it| nothing_but_presence(it))
}

/// Checks that still stand there and are asked only sometimes, for fewer people or about nothing.
fn bypasses(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let quiet = draws(delta.file) || context.deltas.extracted(delta) || delta.broken();
    let found = asked_sometimes(delta)
        .into_iter()
        .chain(refused_sometimes(delta))
        .chain(granted_always(delta))
        .chain(fewer_people(delta))
        .chain(asked_about_nothing(delta));
    for it in found {
        out.push(
            Finding::new(delta.file, delta.symbol(), it.fact)
                .before(it.before.line, delta.base_file.before.code(&it.before.span))
                .after(it.after.line, delta.file.after.code(&it.after.span))
                .says(
                    format!(
                        "`{}` {}. People who were kept out could get through.",
                        delta.symbol(),
                        it.says
                    ),
                    "Say who may take the new way and why, and test that nobody else can.",
                )
                .speaks_if(!quiet),
        );
    }
    let near = near(delta);
    for (before, after, gone) in refuses_fewer(delta) {
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("refuses {gone} no longer"),
            )
            .before(before.line, delta.base_file.before.code(&before.span))
            .after(after.line, delta.file.after.code(&after.span))
            .says(
                format!(
                    "`{}` left out or refused {gone}, together with others, and no longer does.",
                    delta.symbol()
                ),
                "Put it back into the list, or say why it may get through now.",
            )
            .speaks_if(!quiet && (about_money(&near) || about_rights(&near))),
        );
    }
    for (before, after) in compared_otherwise(delta) {
        if subject(before, &near).is_none_or(|it| it.surface() != Surface::Auth) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), after.condition.to_string())
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    if only_there(&before.condition, &after.condition) {
                        format!(
                            "The check in `{}` asked for one person or thing in particular, and now only whether there is any. People who were kept out could get through.",
                            delta.symbol()
                        )
                    } else {
                        format!(
                            "The check in `{}` compares the same things in another way than before. Other people than before could get through.",
                            delta.symbol()
                        )
                    },
                    "Say which case was wrong before, and test the values on both sides of it.",
                )
                .speaks_if(!quiet),
        );
    }
}

/// `role == "admin"` and `ROLES.includes(role)`: one value became several.
fn takes_more(lost: &Requirement, gained: &Requirement) -> bool {
    let ExprKind::Binary(Operator::Equal, left, right) = &lost.condition.kind else {
        return false;
    };
    let asked = match (&left.kind, &right.kind) {
        (_, ExprKind::Text(_)) => left,
        (ExprKind::Text(_), _) => right,
        _ => return false,
    };
    match &gained.condition.kind {
        ExprKind::Call(callee, arguments) => {
            matches!(
                callee.last_name(),
                "includes" | "contains" | "Contains" | "include?" | "has" | "in_array" | "member?"
            ) && arguments.iter().any(|it| it.value == **asked)
        }
        ExprKind::Binary(Operator::In, item, _) => *item == *asked,
        _ => false,
    }
}

fn finding(delta: &ScopeDelta<'_>, before: &Requirement, after: &Requirement) -> Finding {
    Finding::new(delta.file, delta.symbol(), after.condition.to_string())
        .before(before.place.line, delta.base_file.before.code(&before.place.span))
        .after(after.place.line, delta.file.after.code(&after.place.span))
        .says(
            format!(
                "The check in `{}` has a new way around it. People who were kept out could get through.",
                delta.symbol()
            ),
            "Say who may take the new way and why, and test that nobody else can.",
        )
}

/// A new early `return true` in a function that decides about rights, or `return false` in one that
/// asks whether something more is needed.
fn shortcut(delta: &ScopeDelta<'_>, gained: &Requirement) -> Option<Finding> {
    if !matches!(gained.form, Form::Guard | Form::Allow) || gained.place.conditions.len() > 1 {
        return None;
    }
    let answer = answer(gained.value.as_ref()?)?;
    let name = words(&delta.after.name);
    let rules = delta.after.name.is_empty() && holds_rules(&delta.file.path);
    let says = |list: &[&str]| name.iter().any(|it| list.contains(&it.as_str()));
    let decides = rules || decides(&delta.after.name);
    let needs = says(&[
        "mfa", "otp", "2fa", "totp", "sudo", "reauth", "consent", "captcha",
    ]) || (says(&["required", "requires", "needs", "must", "enforce"])
        && says(&[
            "auth",
            "login",
            "password",
            "verification",
            "confirmation",
            "approval",
            "mfa",
            "privileged",
        ]));
    let speaks = if needs { !answer } else { decides && answer };
    speaks.then(|| {
        Finding::new(delta.file, delta.symbol(), format!("+{}", gained.condition))
            .after(gained.place.line, delta.file.after.code(&gained.place.span))
            .says(
                format!(
                    "`{}` has a new shortcut: under a new condition it says {} before the rest is asked.",
                    delta.symbol(),
                    if needs { "that nothing more is needed" } else { "yes" }
                ),
                "Say who may take the shortcut and why, and test that nobody else can.",
            )
    })
}

/// Whether the answer before already was yes in that case: `return a || b` and `if a { return true }`.
fn said_before(delta: &ScopeDelta<'_>, refused: &Expr) -> bool {
    let allowed = loose(&refused.clone().negate());
    answers(delta, false)
        .iter()
        .any(|it| alternatives(it, delta).contains(&allowed))
}

/// An answer about rights that has another alternative now: `return a` and `return a || b`.
fn joined(delta: &ScopeDelta<'_>) -> Option<Finding> {
    if !decides(&delta.after.name) {
        return None;
    }
    let (old, new) = (answers(delta, false), answers(delta, true));
    if old.len() != new.len() {
        return None;
    }
    let (place, value) = old
        .into_iter()
        .zip(new)
        .find_map(|(before, (place, after))| {
            let (known, asked) = (
                alternatives(&before, delta),
                alternatives(&(place, after), delta),
            );
            let more = known.len() < asked.len() && known.is_subset(&asked);
            (more || only_there(before.1, after)).then_some((place, after))
        })?;
    Some(
        Finding::new(delta.file, delta.symbol(), value.to_string())
            .after(place.line, delta.file.after.code(&place.span))
            .says(
                format!(
                    "`{}` says yes in one more case than before. People who were kept out could get through.",
                    delta.symbol()
                ),
                "Say who may take the new way and why, and test that nobody else can.",
            ),
    )
}

/// The cases in which an answer is yes.
fn alternatives((_, value): &(&Place, &Expr), delta: &ScopeDelta<'_>) -> BTreeSet<String> {
    value
        .parts(Operator::Or)
        .into_iter()
        .map(|it| loose(&renamed(it, &delta.renames)))
        .collect()
}

/// What the function returns on one side.
fn answers<'a>(delta: &'a ScopeDelta<'_>, after: bool) -> Vec<(&'a Place, &'a Expr)> {
    let (side, scope) = if after {
        (&delta.file.after, delta.after)
    } else {
        (&delta.base_file.before, delta.before)
    };
    side.facts
        .returns
        .iter()
        .filter(|it| std::ptr::eq(&side.tree.scopes[it.place.scope], scope))
        .filter_map(|it| Some((&it.place, it.value.as_ref()?)))
        .collect()
}

fn answer(value: &Expr) -> Option<bool> {
    match &value.kind {
        ExprKind::Bool(answer) => Some(*answer),
        ExprKind::List(parts) => match parts.as_slice() {
            [first, second] if second.kind == ExprKind::Null => answer(first),
            _ => None,
        },
        ExprKind::Binary(Operator::And, ..) => None,
        _ => None,
    }
}

/// Whether a file holds rules about who may do what.
fn holds_rules(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(
            part,
            "policies" | "policy" | "abilities" | "permissions" | "voters" | "guards"
        )
    })
}

/// Whether a function of this name decides who may do something.
pub(super) fn decides(name: &str) -> bool {
    let found = words(name);
    // `isLoginRoute` says what something is, not who may have it.
    let tells = found.first().is_some_and(|it| it == "is")
        && found.last().is_some_and(|it| {
            matches!(
                it.as_str(),
                "route" | "path" | "page" | "url" | "endpoint" | "request"
            )
        });
    // What a program can leave out or read is no matter of rights.
    let able = found.windows(2).any(|pair| {
        pair[0] == "can"
            && matches!(
                pair[1].as_str(),
                "cache" | "compress" | "convert" | "decode" | "parse" | "render" | "reuse" | "skip"
            )
    });
    !tells
        && !able
        && found.iter().any(|it| {
            matches!(
                it.as_str(),
                "permission"
                    | "permissions"
                    | "allowed"
                    | "allow"
                    | "can"
                    | "authorized"
                    | "authorize"
                    | "authorise"
                    | "access"
                    | "privileged"
                    | "permitted"
                    | "authenticate"
                    | "authenticated"
                    | "login"
                    | "may"
                    | "authorization"
                    | "forbidden"
                    | "admin"
                    | "owner"
                    | "trusted"
            )
        })
}

/// The answer that a function gives where nothing before it has, and where it stands.
fn default_answer(delta: &ScopeDelta<'_>, after: bool) -> Option<(bool, u32, Span)> {
    let (side, scope) = if after {
        (&delta.file.after, delta.after)
    } else {
        (&delta.base_file.before, delta.before)
    };
    if let Some((at, value)) = ends_in(&scope.body) {
        return Some((answer(value)?, at.line, at.span.clone()));
    }
    let index = side
        .tree
        .scopes
        .iter()
        .position(|it| std::ptr::eq(it, scope))?;
    let last = side
        .facts
        .returns
        .iter()
        .rfind(|it| it.place.scope == index && it.place.conditions.is_empty())?;
    let place = &last.place;
    Some((
        answer(last.value.as_ref()?)?,
        place.line,
        place.span.clone(),
    ))
}

/// What a function gives at its end, where that is a `switch` or an `else` as well.
fn ends_in(body: &[Stmt]) -> Option<(&Stmt, &Expr)> {
    let last = body.last()?;
    match &last.kind {
        StmtKind::Return(Some(value)) => Some((last, value)),
        StmtKind::Switch { cases, .. } => {
            let (values, body) = cases.last()?;
            if values.is_empty() {
                ends_in(body)
            } else {
                None
            }
        }
        StmtKind::If { otherwise, .. } => ends_in(otherwise),
        _ => None,
    }
}
