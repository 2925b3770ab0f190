//! What remains of a function without something that is gone from it.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, Span};
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::conditions::subject::spoken_words;
use crate::review::deltas::delta::{ScopeDelta, atoms, does_something};
use crate::review::deltas::key;
use std::collections::{BTreeSet, HashSet};

impl ScopeDelta<'_> {
    /// Whether the function newly leaves, or answers, by the same condition: the way round it
    /// stands may only be how it is written.
    pub fn turned(&self, condition: &Expr) -> bool {
        let asked: HashSet<String> = self
            .gained
            .iter()
            .filter(|it| it.form != Form::Gate)
            .chain(self.changed.iter().map(|it| &it.after))
            .flat_map(|it| atoms(&it.condition))
            .map(key::either_way)
            .collect();
        atoms(condition)
            .into_iter()
            .all(|part| asked.contains(&key::either_way(part)))
    }

    /// The calls that are made in another way, with what they are now: with other arguments, or lost
    /// where a new one has the same name.
    pub fn calls_anew(&self) -> impl Iterator<Item = (&Call, &Call)> {
        let changed = self.calls_changed.iter().map(|it| (&it.0, &it.1));
        let replaced = self.calls_lost.iter().flat_map(|before| {
            let same = move |it: &&Call| it.name == before.name;
            let after = self.calls_gained.iter().filter(same);
            after.map(move |after| (before, after))
        });
        changed.chain(replaced)
    }

    /// Whether the parser could not read part of the scope, on either side.
    pub fn broken(&self) -> bool {
        let overlaps = |lines: &[std::ops::RangeInclusive<u32>], scope: &Scope| {
            lines
                .iter()
                .any(|it| *it.start() <= scope.end_line && scope.line <= *it.end())
        };
        overlaps(&self.base_file.before.tree.broken, self.before)
            || overlaps(&self.file.after.tree.broken, self.after)
    }

    /// Whether a requirement was one of several around the same code, and the others still stand
    /// there without it.
    pub fn one_of_several(&self, lost: &Requirement) -> bool {
        let (old, new) = (&self.base_file.before, &self.file.after);
        let parts = |condition: &Expr, operator| -> BTreeSet<String> {
            let parts = condition.parts(operator);
            let keys = parts.into_iter().map(|it| key::full(it, &self.renames));
            keys.collect()
        };
        let gone = key::full(&lost.condition, &self.renames);
        let before: Vec<BTreeSet<String>> = match lost.form {
            Form::Gate => old
                .facts
                .gates
                .iter()
                .filter(|it| {
                    it.place.scope == lost.place.scope && it.place.order == lost.place.order
                })
                .map(|it| parts(&it.condition, Operator::And))
                .collect(),
            Form::Result => old
                .facts
                .returns
                .iter()
                .filter(|it| {
                    it.place.scope == lost.place.scope && it.place.order == lost.place.order
                })
                .filter_map(|it| Some(parts(it.value.as_ref()?, Operator::And)))
                .collect(),
            _ => return false,
        };
        let here = |scope: usize| std::ptr::eq(&new.tree.scopes[scope], self.after);
        before.into_iter().any(|mut rest| {
            rest.remove(&gone);
            !rest.is_empty()
                && match lost.form {
                    Form::Gate => new.facts.gates.iter().any(|it| {
                        here(it.place.scope) && parts(&it.condition, Operator::And) == rest
                    }),
                    _ => new.facts.returns.iter().any(|it| {
                        here(it.place.scope)
                            && it
                                .value
                                .as_ref()
                                .is_some_and(|it| parts(it, Operator::And) == rest)
                    }),
                }
        })
    }

    /// Whether a requirement stood in a branch that is gone whole: nothing is done under its
    /// condition any more, and nothing of what came after it there is done elsewhere.
    pub fn goes_with_its_branch(&self, lost: &Requirement) -> bool {
        let branch = &lost.place.conditions;
        let inside = |it: &&&Call| {
            it.place.conditions.starts_with(branch)
                && it.place.order > lost.place.order
                && !within(&it.place.span, &lost.place.span)
                && does_something(&it.name)
        };
        let still = |name: &str| {
            let now = self.renames.get(name).map_or(name, String::as_str);
            self.calls_after.iter().any(|it| it.name == now)
        };
        let mut protected = self.calls_before.iter().filter(inside).peekable();
        let under = |condition: &String| {
            let mut calls = self.calls_after.iter();
            calls.any(|it| it.place.conditions.contains(condition))
        };
        branch.last().is_some_and(|it| !under(it))
            && protected.peek().is_some()
            && protected.all(|it| !still(&it.name))
    }

    /// How much of what the scope called it still calls, 0 to 1, what only a requirement needs
    /// left out: the calls inside it, and those that give its names their values.
    pub fn kept_without(&self, lost: &Requirement) -> f64 {
        let mut names = Vec::new();
        lost.condition.walk(&mut |it| {
            if let ExprKind::Name(name) = &it.kind {
                names.push(name.as_str());
            }
        });
        self.kept_where(&|call| {
            let inside = within(&call.place.span, &lost.place.span);
            let defines = call
                .target
                .as_deref()
                .is_some_and(|it| names.contains(&it.trim_start_matches('$')));
            !inside && !defines
        })
    }

    /// How much of what the scope called outside of a place it still calls, 0 to 1.
    pub fn kept_outside(&self, place: &Span) -> f64 {
        self.kept_where(&|call| !within(&call.place.span, place))
    }

    pub(in crate::review) fn kept_where(&self, counts: &dyn Fn(&Call) -> bool) -> f64 {
        let before: BTreeSet<&str> = self
            .calls_before
            .iter()
            .filter(|it| counts(it))
            .map(|it| it.name.as_str())
            .collect();
        if before.is_empty() {
            return 1.0;
        }
        let after: HashSet<&str> = self.calls_after.iter().map(|it| it.name.as_str()).collect();
        before.iter().filter(|it| after.contains(**it)).count() as f64 / before.len() as f64
    }
}

fn within(inner: &Span, outer: &Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// How the words in the names of a condition begin, the words that stand in most left out.
pub(in crate::review) fn stems(condition: &Expr) -> BTreeSet<String> {
    const COMMON: &[&str] = &[
        "this",
        "self",
        "check",
        "ensure",
        "require",
        "requested",
        "user",
        "current",
        "null",
        "has",
        "get",
        "find",
        "request",
        "data",
        "name",
        "err",
        "error",
        "ctx",
        "context",
        "the",
    ];
    spoken_words(condition)
        .into_iter()
        .filter(|it| it.len() > 2 && !COMMON.contains(&it.as_str()))
        .map(|it| it.chars().take(6).collect())
        .collect()
}
