//! What newly stands around a function and keeps people out: decorators, annotations of its class,
//! and what a request passes before it arrives.

use crate::facts::tree::{Attribute, ExprKind, Scope, ScopeKind, Stmt, StmtKind};
use crate::review::conditions::rank::keeps_out;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::matching::Matching;
use crate::review::deltas::routes::{RoutePair, matched};
use crate::review::frameworks::before_each::newly_asked;
use std::collections::HashMap;

/// What newly stands around the functions of a change.
#[derive(Debug, Default)]
pub struct Around {
    /// Decorators and annotations, by the file and the path of a function or class.
    attributes: HashMap<(String, String), Vec<String>>,
    /// What requests newly pass, by the last name of the function that answers them.
    passes: HashMap<String, Vec<String>>,
}

impl Around {
    /// Reads it from the files of a change.
    pub fn new(files: &[FilePair<'_>], matching: &Matching) -> Self {
        let mut around = Self::default();
        for ((base, before), (head, after)) in matching.pairs() {
            let old = &files[base].before.tree.scopes[before];
            let new = &files[head].after.tree.scopes[after];
            let gained: Vec<String> = new
                .attributes
                .iter()
                .filter(|it| keeps_out(&it.name))
                .map(text)
                .filter(|it| !old.attributes.iter().any(|other| text(other) == *it))
                .collect();
            let asks = new.parameters.iter().filter(|is| {
                let known = old.parameters.iter().any(|it| it.type_name == is.type_name);
                !known && authorizes(files, &is.type_name)
            });
            let gained: Vec<String> = gained
                .into_iter()
                .chain(asks.map(|it| format!("authorize {}", it.type_name)))
                .collect();
            if !gained.is_empty() {
                let key = (files[head].path.clone(), new.path.clone());
                around.attributes.entry(key).or_default().extend(gained);
            }
        }
        for (number, file) in files.iter().enumerate() {
            for (class, says) in own_rules(file, number, matching) {
                let key = (file.path.clone(), class.path.clone());
                around.attributes.entry(key).or_default().push(says);
            }
            for (path, says) in newly_asked(file) {
                let key = (file.path.clone(), path);
                around.attributes.entry(key).or_default().push(says);
            }
            for RoutePair { before, after } in matched(file) {
                let gained = after.passes.iter().chain(&after.used);
                let gained = gained.filter(|it| keeps_out(it) && !before.lets_pass(it));
                around
                    .passes
                    .entry(last_name(&after.handler).to_owned())
                    .or_default()
                    .extend(gained.cloned());
            }
        }
        around.passes.retain(|_, it| !it.is_empty());
        around
    }

    /// What newly stands around this function of a file.
    pub fn of(&self, file: &FilePair<'_>, scope: &Scope) -> Vec<&str> {
        let mut found: Vec<&String> = Vec::new();
        let mut open = Some(scope);
        while let Some(it) = open {
            let key = (file.path.clone(), it.path.clone());
            found.extend(self.attributes.get(&key).into_iter().flatten());
            open = it
                .parent
                .and_then(|index| file.after.tree.scopes.get(index))
                .filter(|it| it.kind == ScopeKind::Class);
        }
        found.extend(self.passes.get(&scope.name).into_iter().flatten());
        found.into_iter().map(String::as_str).collect()
    }

    /// Whether something newly stands around a function of this name, in whatever file.
    pub fn handles(&self, name: &str) -> bool {
        self.attributes
            .keys()
            .any(|(_, path)| last_name(path) == name)
    }
}

/// Whether what a function is handed says itself who may send it: the `authorize` of Laravel's form
/// requests, where it is more than a yes.
fn authorizes(files: &[FilePair<'_>], class: &str) -> bool {
    let class = last_name(class.rsplit('\\').next().unwrap_or(class));
    let mut scopes = files.iter().flat_map(|it| &it.after.tree.scopes);
    !class.is_empty()
        && scopes.any(|it| {
            let mut path = it.path.rsplit('.');
            it.kind == ScopeKind::Function
                && path.next() == Some("authorize")
                && path.next() == Some(class)
                && !says_yes(&it.body)
        })
}

/// Whether a body does nothing but say yes.
fn says_yes(body: &[Stmt]) -> bool {
    matches!(body, [only] if matches!(
        &only.kind,
        StmtKind::Return(Some(value)) if value.kind == ExprKind::Bool(true)
    ))
}

/// Classes that newly say in their body who may use them: Django REST framework's
/// `get_permissions` and `permission_classes`.
fn own_rules<'a>(
    file: &'a FilePair<'_>,
    number: usize,
    matching: &Matching,
) -> Vec<(&'a Scope, String)> {
    let says = |name: &str| {
        matches!(
            name,
            "get_permissions"
                | "permission_classes"
                | "permission_required"
                | "check_permissions"
                | "required_permissions"
        )
    };
    let scopes = &file.after.tree.scopes;
    let methods = scopes
        .iter()
        .enumerate()
        .filter(|(index, it)| says(&it.name) && matching.before((number, *index)).is_none());
    let methods = methods.filter_map(|(_, it)| Some((scopes.get(it.parent?)?, &*it.name)));
    let fields = file.after.facts.assignments.iter().filter(|it| {
        let was = &file.before.facts.assignments;
        says(it.target.last_name()) && !was.iter().any(|other| other.target == it.target)
    });
    let fields = fields.filter_map(|it| Some((scopes.get(it.place.scope)?, it.target.last_name())));
    methods
        .chain(fields)
        .filter(|(class, _)| class.kind == ScopeKind::Class)
        .map(|(class, name)| (class, name.to_owned()))
        .collect()
}

/// An attribute as it is written, without white space.
pub fn text(attribute: &Attribute) -> String {
    let arguments: Vec<String> = attribute
        .arguments
        .iter()
        .map(ToString::to_string)
        .collect();
    format!("{}({})", attribute.name, arguments.join(", "))
}

/// The last name of a path such as `s.orders.Show` or `OrderController.show`.
pub fn last_name(path: &str) -> &str {
    path.rsplit(['.', ':', '#', '@']).next().unwrap_or(path)
}
