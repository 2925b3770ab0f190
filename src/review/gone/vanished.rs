//! Methods that are gone from a class that stays: what called them was the framework.

use crate::facts::fact::{Call, Place, Return};
use crate::facts::tree::{ExprKind, Scope, ScopeKind, StmtKind};
use crate::facts::words::words;
use crate::review::conditions::requirement::{Requirement, requirements, surely_checks};
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::{Alone, Context};
use std::collections::BTreeSet;

/// A method that is gone.
pub struct Vanished<'a> {
    /// The file, both sides.
    pub file: &'a FilePair<'a>,
    /// The method.
    pub method: &'a Scope,
    /// Its class, before.
    pub class: &'a Scope,
}

/// The methods that are gone, that nobody calls by name in the change, and that stand nowhere else
/// in the file.
pub(in crate::review) fn vanished<'a>(context: &Context<'a>) -> Vec<Vanished<'a>> {
    let gone = context.unmatched().into_iter();
    gone.filter_map(|(file, method, side)| {
        let class = file.before.tree.scopes.get(method.parent?)?;
        let scopes = &file.after.tree.scopes;
        let stays = |it: &Scope| it.kind == ScopeKind::Class && it.path == class.path;
        // Whoever called it by name is seen where the call is gone.
        let [called, _] = context.deltas.call_counts(&method.name);
        // What a sibling calls on the base is the base's own.
        let on_base = file.before.facts.calls.iter().filter(|it| {
            let receiver = it.callee.to_string();
            it.name == method.name
                && (receiver.starts_with("super") || receiver.starts_with("parent"))
        });
        let vanished = side == Alone::Gone
            && class.kind == ScopeKind::Class
            && scopes.iter().any(stays)
            && !scopes.iter().any(|it| it.name == method.name)
            && called == on_base.count();
        vanished.then_some(Vanished {
            file,
            method,
            class,
        })
    })
    .collect()
}

impl<'a> Vanished<'a> {
    /// Whether a method is there to check: by its name, or because it hands on to the one it overrides.
    pub fn only_checks(&self) -> bool {
        let scope = self.method;
        let mut hands_on = false;
        each_expr(&scope.body, &mut |it| {
            hands_on |=
                matches!(&it.kind, ExprKind::Name(name) if name == "super" || name == "parent");
        });
        surely_checks(&scope.name)
            || matches!(
                words(&scope.name).first().map(String::as_str),
                Some("clean" | "before")
            )
            || hands_on
    }

    fn here(&self, scope: usize) -> bool {
        std::ptr::eq(&self.file.before.tree.scopes[scope], self.method)
    }

    /// What had to hold in it.
    pub fn required(&self) -> Vec<Requirement> {
        let before = &self.file.before;
        requirements(&before.tree, &before.facts, &|scope| self.here(scope))
    }

    /// Where it answers with more than a plain yes or no.
    pub fn answer(&self) -> Option<&'a Place> {
        let mut returns = self.file.before.facts.returns.iter();
        let asks = |it: &&Return| {
            self.here(it.place.scope)
                && it.value.as_ref().is_some_and(|value| {
                    matches!(
                        value.kind,
                        ExprKind::Member(..)
                            | ExprKind::Call(..)
                            | ExprKind::Binary(..)
                            | ExprKind::Not(_)
                    )
                })
        };
        returns.find(asks).map(|it| &it.place)
    }

    /// Where it leaves by an error, for whoever it does not say yes to.
    pub fn raises(&self) -> Option<&'a Place> {
        let mut calls = self.calls();
        let mut raises = false;
        each_stmt(&self.method.body, &mut |it| {
            raises |= matches!(it.kind, StmtKind::Throw(_));
        });
        calls.next().map(|it| &it.place).filter(|_| raises)
    }

    /// The calls in it.
    pub fn calls(&self) -> impl Iterator<Item = &'a Call> {
        let calls = &self.file.before.facts.calls;
        calls.iter().filter(|it| self.here(it.place.scope))
    }

    /// The words of its path and its name.
    pub fn near(&self) -> BTreeSet<String> {
        let place = format!("{} {}", self.file.path, self.method.path);
        words(&place).into_iter().collect()
    }

    /// Whether the class takes the method from another one now: it has a base, and no other than
    /// before.
    pub fn falls_back(&self) -> bool {
        let scopes = self.file.after.tree.scopes.iter();
        let same = |it: &Scope| it.path == self.class.path && it.bases == self.class.bases;
        !self.class.bases.is_empty() && scopes.clone().any(same)
    }
}
