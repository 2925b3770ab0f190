//! Rights that are granted by a call, for some records only: CanCanCan, CASL.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::record::finding::Finding;
use crate::review::record::finding::name_of;

/// `can :manage, Project, account_id: user.account_id`.
struct Grant<'a> {
    call: &'a Call,
    actions: Vec<String>,
    things: Vec<String>,
    /// Whether it holds for some of the things only.
    some: bool,
}

fn grant<'a>(call: &'a Call) -> Option<Grant<'a>> {
    let said = |it: &Expr| -> Option<String> {
        match &it.kind {
            ExprKind::Text(text) => Some(text.clone()),
            ExprKind::Name(name) | ExprKind::Member(_, name)
                if name.starts_with(char::is_uppercase) =>
            {
                Some(it.to_string())
            }
            _ => None,
        }
    };
    let all = |it: &Expr| -> Option<Vec<String>> {
        match &it.kind {
            ExprKind::List(parts) => parts.iter().map(said).collect(),
            _ => Some(vec![said(it)?]),
        }
    };
    let mut plain = call.arguments.iter().filter(|it| it.name.is_none());
    let (actions, things) = (all(&plain.next()?.value)?, all(&plain.next()?.value)?);
    let narrows = |it: &Expr| !matches!(it.kind, ExprKind::Text(_) | ExprKind::List(_));
    let named = call.arguments.iter().any(|it| it.name.is_some());
    (call.name == "can").then(|| Grant {
        call,
        actions,
        things,
        some: named || plain.any(|it| narrows(&it.value)),
    })
}

/// Rights that were granted for some records, and are granted for all of them now.
pub(crate) fn for_all(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let grants = |calls: &[&'_ Call]| calls.iter().any(|it| it.name == "can");
        if !grants(&delta.calls_before) || delta.calls_gained.iter().any(|it| it.name == "cannot") {
            continue;
        }
        let read = |calls: &[&'_ Call], some: bool| -> Vec<(String, String, Vec<String>, usize)> {
            let mut out = Vec::new();
            for (index, call) in calls.iter().enumerate() {
                let Some(it) = grant(call).filter(|it| it.some == some) else {
                    continue;
                };
                for action in &it.actions {
                    for thing in &it.things {
                        let under = it.call.place.conditions.to_vec();
                        out.push((action.clone(), thing.clone(), under, index));
                    }
                }
            }
            out
        };
        let same = |a: &(String, String, Vec<String>, usize),
                    b: &(String, String, Vec<String>, usize)| {
            a.0 == b.0 && a.1 == b.1 && a.2 == b.2
        };
        let (some, all) = (
            read(&delta.calls_before, true),
            read(&delta.calls_before, false),
        );
        let (still, now) = (
            read(&delta.calls_after, true),
            read(&delta.calls_after, false),
        );
        let wider = some.iter().find_map(|was| {
            let gone = !all.iter().chain(&still).any(|it| same(it, was));
            let is = now.iter().find(|it| same(it, was))?;
            gone.then_some((was, is))
        });
        let Some((was, is)) = wider else { continue };
        let (before, after) = (delta.calls_before[was.3], delta.calls_after[is.3]);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} every {}", was.0, was.1))
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} let people `{}` only some of `{}`, and now lets them do it with every one. One customer could reach what is another's.",
                        name_of(delta.symbol()),
                        was.0,
                        was.1
                    ),
                    "Keep the condition that says which of them.",
                )
                .speaks_if(!context.deltas.extracted(delta)),
        );
    }
}
