//! What is different between the two sides, symbol by symbol.

use super::around::Around;
use super::compare::FilePair;
use super::key::{self, Renames};
use super::matching::Matching;
use super::record::Surface;
use super::requirement::{Requirement, requirements};
use super::subject::{by_own_words, nothing_but_presence, subject};
use crate::change::Class;
use crate::facts::fact::{Call, Exit, Usage};
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, ScopeKind, StmtKind};
use crate::policy::Words;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// The differences of a whole change.
pub struct Deltas<'a> {
    /// One entry a matched scope in which something differs.
    pub scopes: Vec<ScopeDelta<'a>>,
    /// How often a requirement stands on either side of the whole change, by its loose key.
    requirements: HashMap<String, [usize; 2]>,
    /// How often a call stands on either side, by its last name.
    calls: HashMap<String, [usize; 2]>,
    /// Functions that are new in the change and require something themselves.
    born: HashSet<String>,
    /// Functions that are gone and required something themselves.
    died: HashSet<String>,
    /// What newly stands around functions and keeps people out.
    around: Around,
}

/// The differences of one scope.
pub struct ScopeDelta<'a> {
    /// The file of the base side.
    pub base_file: &'a FilePair<'a>,
    /// The file of the head side.
    pub file: &'a FilePair<'a>,
    /// The scope before.
    pub before: &'a Scope,
    /// The scope after.
    pub after: &'a Scope,
    /// Requirements that are gone.
    pub lost: Vec<Requirement>,
    /// Requirements that are new.
    pub gained: Vec<Requirement>,
    /// Requirements that let more or fewer through.
    pub changed: Vec<Changed>,
    /// Calls that are gone.
    pub calls_lost: Vec<Call>,
    /// Calls that are new.
    pub calls_gained: Vec<Call>,
    /// Calls of the same function with other arguments.
    pub calls_changed: Vec<(Call, Call)>,
    /// All calls before.
    pub calls_before: Vec<&'a Call>,
    /// All calls after.
    pub calls_after: Vec<&'a Call>,
    /// Names that got another name.
    pub renames: Renames,
}

/// A requirement that was rewritten.
#[derive(Debug, Clone)]
pub struct Changed {
    /// As it was.
    pub before: Requirement,
    /// As it is.
    pub after: Requirement,
    /// What that means.
    pub direction: Direction,
}

/// What a rewritten requirement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It lets through what it kept out, and the reverse.
    Inverted,
    /// Another way through was added.
    Wider,
    /// A way through was closed.
    Narrower,
    /// It asks for something else.
    Other,
}

impl<'a> Deltas<'a> {
    /// Compares what [`Comparison`] has matched.
    pub fn new(files: &'a [FilePair<'a>], matching: &Matching, own: &Words) -> Self {
        let mut all_requirements: HashMap<String, [usize; 2]> = HashMap::new();
        let mut all_calls: HashMap<String, [usize; 2]> = HashMap::new();
        let mut sides: Vec<[HashMap<usize, Vec<Requirement>>; 2]> = Vec::new();
        for file in files {
            let mut both = [HashMap::new(), HashMap::new()];
            for (side, facts) in [&file.before, &file.after].into_iter().enumerate() {
                let mut found = requirements(&facts.tree, &facts.facts);
                for it in &mut found {
                    it.known = by_own_words(&it.condition, own);
                }
                if file.class == Class::Source {
                    for it in &found {
                        for part in atoms(&it.condition) {
                            all_requirements.entry(key::either_way(part)).or_default()[side] += 1;
                        }
                    }
                    for call in &facts.facts.calls {
                        all_calls.entry(call.name.clone()).or_default()[side] += 1;
                    }
                }
                for it in found {
                    both[side]
                        .entry(it.place.scope)
                        .or_insert_with(Vec::new)
                        .push(it);
                }
            }
            sides.push(both);
        }
        let mut born = HashSet::new();
        let mut died = HashSet::new();
        for (index, file) in files.iter().enumerate() {
            for (scope, required) in &sides[index][0] {
                if matching.after((index, *scope)).is_none()
                    && file.class == Class::Source
                    && required.iter().any(|it| it.exit != Exit::Leaves)
                {
                    died.insert(file.before.tree.scopes[*scope].name.clone());
                }
            }
            for (scope, required) in &sides[index][1] {
                if matching.before((index, *scope)).is_none()
                    && required.iter().any(|it| it.exit != Exit::Leaves)
                {
                    born.insert(file.after.tree.scopes[*scope].name.clone());
                }
            }
        }
        let renamed_symbols = renamed_symbols(files, matching);
        let calls: Vec<[HashMap<usize, Vec<&Call>>; 2]> = files
            .iter()
            .map(|file| {
                [
                    by_scope(&file.before.facts.calls),
                    by_scope(&file.after.facts.calls),
                ]
            })
            .collect();
        let mut scopes = Vec::new();
        for ((base, before), (head, after)) in matching.pairs() {
            let (base_file, file) = (&files[base], &files[head]);
            if file.class != Class::Source && base_file.class != Class::Source {
                continue;
            }
            let (scope_before, scope_after) = (
                &base_file.before.tree.scopes[before],
                &file.after.tree.scopes[after],
            );
            if base_file.before.code(&scope_before.span) == file.after.code(&scope_after.span) {
                continue;
            }
            let mut renames = local_renames(scope_before, scope_after);
            renames.extend(renamed_symbols.clone());
            let none: Vec<Requirement> = Vec::new();
            let required = sides[base][0].get(&before).unwrap_or(&none);
            let requires = sides[head][1].get(&after).unwrap_or(&none);
            let (lost, gained) = difference(required, requires, &renames, |it| &it.condition);
            let (mut lost, gained, changed) = pair_up(lost, gained, &renames);
            lost.retain(|it| !requires.iter().any(|other| implies(other, it)));
            let nothing: Vec<&Call> = Vec::new();
            let calls_before = calls[base][0].get(&before).unwrap_or(&nothing).clone();
            let calls_after = calls[head][1].get(&after).unwrap_or(&nothing).clone();
            let (calls_lost, calls_gained, calls_changed) =
                call_difference(&calls_before, &calls_after, &renames);
            scopes.push(ScopeDelta {
                base_file,
                file,
                before: scope_before,
                after: scope_after,
                lost,
                gained,
                changed,
                calls_lost,
                calls_gained,
                calls_changed,
                calls_before,
                calls_after,
                renames,
            });
        }
        Self {
            scopes,
            requirements: all_requirements,
            calls: all_calls,
            born,
            died,
            around: Around::new(files, matching),
        }
    }

    /// Whether a requirement stands more often after the change than before, or as often: it has
    /// moved to a caller, a callee or another file of the change.
    pub fn moved(&self, condition: &Expr) -> bool {
        atoms(condition).into_iter().all(|part| {
            self.requirements
                .get(&key::either_way(part))
                .is_some_and(|[before, after]| after >= before)
        })
    }

    /// Whether the scope now calls a function that is new in the change and requires something:
    /// what is gone here may stand there.
    pub fn extracted(&self, delta: &ScopeDelta<'_>) -> bool {
        delta
            .calls_gained
            .iter()
            .any(|call| self.born.contains(&call.name))
    }

    /// Calls that are gone of functions that are gone as well and required something themselves.
    pub fn checks_gone<'d>(&'d self, delta: &'d ScopeDelta<'_>) -> impl Iterator<Item = &'d Call> {
        delta.calls_lost.iter().filter(|call| {
            call.result != Usage::Used
                && self.died.contains(&call.name)
                && !delta
                    .lost
                    .iter()
                    .any(|it| it.place.order == call.place.order)
        })
    }

    /// What newly stands around the function and keeps people out: a decorator, an annotation of
    /// its class, something that a request passes on its way.
    pub fn newly_around(&self, delta: &ScopeDelta<'_>) -> Vec<&str> {
        self.around.of(delta.file, delta.after)
    }

    /// Whether functions of this name newly have something around them, or ask for something
    /// themselves, that keeps people out.
    pub fn newly_guarded(&self, name: &str) -> bool {
        self.around.handles(name)
            || self.scopes.iter().any(|it| {
                it.after.name == name
                    && it.gained.iter().any(|gained| {
                        subject(gained, &BTreeSet::new())
                            .is_some_and(|it| it.surface() == Surface::Auth)
                    })
            })
    }

    /// How often a function is called before and after, over the whole change.
    pub fn call_counts(&self, name: &str) -> [usize; 2] {
        self.calls.get(name).copied().unwrap_or_default()
    }
}

impl ScopeDelta<'_> {
    /// The symbol that is shown.
    pub fn symbol(&self) -> &str {
        &self.after.path
    }

    /// Whether what a gate enclosed is still done without it.
    pub fn still_does_inside(&self, lost: &Requirement) -> bool {
        if lost.inside.is_empty() {
            return true;
        }
        let remain: HashSet<&str> = self
            .calls_after
            .iter()
            .map(|call| call.name.as_str())
            .collect();
        let kept = lost
            .inside
            .iter()
            .filter(|it| remain.contains(it.as_str()))
            .count();
        kept * 2 >= lost.inside.len()
    }

    /// Whether what came after a place is still done: of the calls that followed, most remain.
    pub fn still_does(&self, order: usize) -> bool {
        let followed: BTreeSet<&str> = self
            .calls_before
            .iter()
            .filter(|call| call.place.order > order && does_something(&call.name))
            .map(|call| call.name.as_str())
            .collect();
        if followed.is_empty() {
            return !self.after.body.is_empty();
        }
        let remain: HashSet<&str> = self
            .calls_after
            .iter()
            .map(|call| call.name.as_str())
            .collect();
        let kept = followed
            .iter()
            .filter(|name| {
                remain.contains(**name)
                    || self
                        .renames
                        .get(**name)
                        .is_some_and(|new| remain.contains(new.as_str()))
            })
            .count();
        kept * 2 >= followed.len()
    }

    /// The line on the head side that stands where `line` stood on the base side.
    pub fn line_after(&self, line: u32) -> u32 {
        let offset = line.saturating_sub(self.before.line);
        (self.after.line + offset).min(self.after.end_line)
    }

    /// Whether the code says something else, white space, comments and consistent renames apart.
    pub fn differs(&self) -> bool {
        let print = |scope: &Scope| {
            let mut text = String::new();
            for stmt in &scope.body {
                text.push_str(&stmt.to_string());
                text.push('\n');
            }
            for attribute in &scope.attributes {
                text.push_str(&attribute.name);
            }
            text
        };
        print(self.before) != print(self.after)
    }

    /// How much of what the scope called it still calls, 0 to 1.
    pub fn kept(&self) -> f64 {
        let before: BTreeSet<&str> = self
            .calls_before
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        if before.is_empty() {
            return 1.0;
        }
        let after: HashSet<&str> = self.calls_after.iter().map(|it| it.name.as_str()).collect();
        before.iter().filter(|it| after.contains(**it)).count() as f64 / before.len() as f64
    }
}

/// Whether a requirement can only hold where another one holds: `session.isAdmin` and that there is
/// a session.
fn implies(requirement: &Requirement, presence: &Requirement) -> bool {
    let thing = match &presence.condition.kind {
        ExprKind::Binary(Operator::NotEqual, thing, nothing) if nothing.kind == ExprKind::Null => {
            thing
        }
        ExprKind::Name(_) | ExprKind::Member(..) => &presence.condition,
        _ => return false,
    };
    let positive = !matches!(
        requirement.condition.kind,
        ExprKind::Not(_) | ExprKind::Binary(Operator::NotEqual | Operator::NotIn, ..)
    );
    let mut found = false;
    requirement.condition.walk(&mut |it| {
        if let ExprKind::Member(object, _) = &it.kind {
            found |= **object == *thing;
        }
    });
    positive
        && found
        && requirement.exit <= presence.exit
        && nothing_but_presence(&presence.condition)
}

/// Calls that only log, format or convert tell nothing about what a function does.
fn does_something(name: &str) -> bool {
    !matches!(
        name,
        "log"
            | "info"
            | "warn"
            | "debug"
            | "error"
            | "Error"
            | "Errorf"
            | "printf"
            | "Sprintf"
            | "print"
            | "println"
            | "format"
            | "toString"
            | "String"
            | "T"
            | "t"
            | "len"
            | "str"
            | "int"
            | "Trace"
            | "Info"
            | "Warn"
            | "Wrap"
            | "Wrapf"
            | "New"
            | "NotFoundOrError"
    )
}

/// The conditions that no `and` and no `or` joins.
fn atoms(condition: &Expr) -> Vec<&Expr> {
    condition
        .parts(Operator::Or)
        .into_iter()
        .flat_map(|it| it.parts(Operator::And))
        .collect()
}

fn by_scope(calls: &[Call]) -> HashMap<usize, Vec<&Call>> {
    let mut out: HashMap<usize, Vec<&Call>> = HashMap::new();
    for call in calls {
        out.entry(call.place.scope).or_default().push(call);
    }
    out
}

/// Functions and classes of the change that got another name.
fn renamed_symbols(files: &[FilePair<'_>], matching: &Matching) -> Renames {
    let mut renames = Renames::new();
    for ((base, before), (head, after)) in matching.pairs() {
        let old = &files[base].before.tree.scopes[before].name;
        let new = &files[head].after.tree.scopes[after].name;
        if old != new && !old.contains(' ') {
            renames.insert(old.clone(), new.clone());
        }
    }
    renames
}

/// Local names that are gone, matched to local names that are new, in order of appearance.
fn local_renames(before: &Scope, after: &Scope) -> Renames {
    let (old, new) = (locals(before), locals(after));
    let gone: Vec<&String> = old.iter().filter(|it| !new.contains(*it)).collect();
    let born: Vec<&String> = new.iter().filter(|it| !old.contains(*it)).collect();
    if gone.len() != born.len() {
        return Renames::new();
    }
    gone.into_iter()
        .cloned()
        .zip(born.into_iter().cloned())
        .collect()
}

fn locals(scope: &Scope) -> Vec<String> {
    let mut out: Vec<String> = scope
        .parameters
        .iter()
        .map(|it| it.name.clone())
        .filter(|it| !it.is_empty())
        .collect();
    if scope.kind == ScopeKind::Function {
        targets(&scope.body, &mut out, 0);
    }
    let mut seen = HashSet::new();
    out.retain(|it| seen.insert(it.clone()));
    out
}

fn targets(body: &[crate::facts::tree::Stmt], out: &mut Vec<String>, depth: usize) {
    if depth > 40 {
        return;
    }
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign { target, value, .. } => {
                target.walk(&mut |it| {
                    if let ExprKind::Name(name) = &it.kind {
                        out.push(name.clone());
                    }
                });
                lambdas(value, out, depth);
            }
            StmtKind::If {
                then, otherwise, ..
            } => {
                targets(then, out, depth + 1);
                targets(otherwise, out, depth + 1);
            }
            StmtKind::Switch { cases, .. } => {
                for (_, body) in cases {
                    targets(body, out, depth + 1);
                }
            }
            StmtKind::Loop { over, body } => {
                if let Some(over) = over {
                    lambdas(over, out, depth);
                }
                targets(body, out, depth + 1);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                targets(body, out, depth + 1);
                for (_, handler) in catches {
                    targets(handler, out, depth + 1);
                }
                targets(finally, out, depth + 1);
            }
            StmtKind::With { body, .. } | StmtKind::Block(body) => targets(body, out, depth + 1),
            StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => lambdas(expr, out, depth),
            _ => {}
        }
    }
}

fn lambdas(expr: &Expr, out: &mut Vec<String>, depth: usize) {
    expr.walk(&mut |it| {
        if let ExprKind::Function(parameters, body) = &it.kind {
            out.extend(parameters.iter().filter(|it| !it.is_empty()).cloned());
            targets(body, out, depth + 1);
        }
    });
}

/// What stands only before and only after: by the full key, then by the loose one.
fn difference<T: Clone>(
    before: &[T],
    after: &[T],
    renames: &Renames,
    of: impl Fn(&T) -> &Expr,
) -> (Vec<T>, Vec<T>) {
    let mut left: Vec<Option<&T>> = before.iter().map(Some).collect();
    let mut right: Vec<Option<&T>> = after.iter().map(Some).collect();
    let none = Renames::new();
    type Key<'k> = &'k dyn Fn(&Expr) -> String;
    let keys: [(Key<'_>, Key<'_>); 2] = [
        (&|it| key::full(it, renames), &|it| key::full(it, &none)),
        (&|it| key::loose(&key::renamed(it, renames)), &|it| {
            key::loose(it)
        }),
    ];
    for (old, new) in keys {
        let mut at: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, it) in right.iter().enumerate() {
            if let Some(it) = it {
                at.entry(new(of(it))).or_default().push(index);
            }
        }
        for slot in &mut left {
            let Some(it) = slot else { continue };
            if let Some(found) = at.get_mut(&old(of(it)))
                && !found.is_empty()
            {
                right[found.remove(0)] = None;
                *slot = None;
            }
        }
    }
    (
        left.into_iter().flatten().cloned().collect(),
        right.into_iter().flatten().cloned().collect(),
    )
}

/// Lost and gained requirements that are two forms of one.
fn pair_up(
    lost: Vec<Requirement>,
    gained: Vec<Requirement>,
    renames: &Renames,
) -> (Vec<Requirement>, Vec<Requirement>, Vec<Changed>) {
    let mut gained: Vec<Option<Requirement>> = gained.into_iter().map(Some).collect();
    let mut left = Vec::new();
    let mut changed = Vec::new();
    for before in lost {
        let parts: BTreeSet<String> = before
            .condition
            .parts(Operator::Or)
            .into_iter()
            .map(|it| key::loose(&key::renamed(it, renames)))
            .collect();
        let negated = key::loose(&key::renamed(&before.condition.clone().negate(), renames));
        let mut best: Option<(usize, Direction)> = None;
        for (index, after) in gained.iter().enumerate() {
            let Some(after) = after else { continue };
            let others: BTreeSet<String> = after
                .condition
                .parts(Operator::Or)
                .into_iter()
                .map(key::loose)
                .collect();
            let direction = if key::loose(&after.condition) == negated && after.form == before.form
            {
                Direction::Inverted
            } else if parts.is_subset(&others) {
                Direction::Wider
            } else if others.is_subset(&parts) {
                Direction::Narrower
            } else if !parts.is_disjoint(&others) {
                Direction::Other
            } else {
                continue;
            };
            best = Some((index, direction));
            if direction != Direction::Other {
                break;
            }
        }
        match best.and_then(|(index, direction)| gained[index].take().map(|it| (it, direction))) {
            Some((after, direction)) => changed.push(Changed {
                before,
                after,
                direction,
            }),
            None => left.push(before),
        }
    }
    (left, gained.into_iter().flatten().collect(), changed)
}

type CallDifference = (Vec<Call>, Vec<Call>, Vec<(Call, Call)>);

fn call_difference(before: &[&Call], after: &[&Call], renames: &Renames) -> CallDifference {
    let none = Renames::new();
    let print = |call: &Call, renames: &Renames| {
        let callee = key::full(&call.callee, renames);
        let arguments: Vec<String> = call
            .arguments
            .iter()
            .map(|it| match &it.name {
                Some(name) => format!("{name}: {}", key::full(&it.value, renames)),
                None => key::full(&it.value, renames),
            })
            .collect();
        format!("{callee}({})", arguments.join(", "))
    };
    let mut right: Vec<Option<&Call>> = after.iter().copied().map(Some).collect();
    let mut printed: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, call) in after.iter().enumerate() {
        printed
            .entry(print(call, &none))
            .or_default()
            .push_back(index);
    }
    let mut left = Vec::new();
    for call in before {
        match printed
            .get_mut(&print(call, renames))
            .and_then(VecDeque::pop_front)
        {
            Some(index) => right[index] = None,
            None => left.push(*call),
        }
    }
    let mut named: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (index, call) in right.iter().enumerate() {
        if let Some(call) = call {
            named.entry(&call.name).or_default().push_back(index);
        }
    }
    let mut lost = Vec::new();
    let mut changed = Vec::new();
    for call in left {
        let name = renames.get(&call.name).unwrap_or(&call.name);
        let found = named.get_mut(name.as_str()).and_then(VecDeque::pop_front);
        match found.and_then(|index| right[index].take()) {
            Some(found) => changed.push((call.clone(), found.clone())),
            None => lost.push(call.clone()),
        }
    }
    (
        lost,
        right.into_iter().flatten().cloned().collect(),
        changed,
    )
}
