//! What is different between the two sides, symbol by symbol.

use crate::change::Class;
use crate::facts::fact::{Call, Exit, Usage};
use crate::facts::tree::{Expr, Operator, Scope};
use crate::policy::Words;
use crate::review::conditions::bounds::covers;
use crate::review::conditions::requirement::{Form, Requirement, requirements};
use crate::review::conditions::subject::{by_own_words, subject};
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::difference::{call_difference, difference, pair_up};
use crate::review::deltas::key::{self, Renames};
use crate::review::deltas::matching::Matching;
use crate::review::deltas::remains::stems;
use crate::review::deltas::rename::{local_renames, renamed_symbols};
use crate::review::frameworks::around::Around;
use crate::review::frameworks::extractors::asked_by_type;
use crate::review::record::Surface;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// The differences of a whole change.
pub struct Deltas<'a> {
    /// One entry a matched scope in which something differs.
    pub scopes: Vec<ScopeDelta<'a>>,
    /// How often a requirement stands on either side of the whole change, by its loose key.
    requirements: HashMap<String, [usize; 2]>,
    /// How often a call stands on either side, by its last name.
    calls: HashMap<&'a str, [usize; 2]>,
    /// Functions that are new in the change and require something themselves.
    born: HashSet<String>,
    /// Types with a function that is new in the change and requires something itself.
    born_types: HashSet<String>,
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
    /// Whether the scope is about money, once somebody asks.
    pub(in crate::review) about_money: OnceLock<bool>,
    /// Known once somebody has asked and no amount is given another value.
    pub(in crate::review) same_amounts: OnceLock<()>,
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
        let mut all_calls: HashMap<&'a str, [usize; 2]> = HashMap::new();
        let mut sides: Vec<[HashMap<usize, Vec<Requirement>>; 2]> = Vec::new();
        for file in files {
            let mut both = [HashMap::new(), HashMap::new()];
            for (side, facts) in [&file.before, &file.after].into_iter().enumerate() {
                // What stands on both sides weighs the same on both.
                let touched = |scope| facts.touches(scope);
                let mut found = requirements(&facts.tree, &facts.facts, &touched);
                for it in &mut found {
                    it.known = by_own_words(&it.condition, own);
                }
                if file.class == Class::Source {
                    for it in &found {
                        for part in atoms(&it.condition) {
                            all_requirements.entry(standing(it.form, part)).or_default()[side] += 1;
                        }
                        // A filter that answers by itself need not leave: `redirect unless admin`.
                        if it.form == Form::Gate && it.inside.iter().any(|it| answers(it)) {
                            let opposite = it.condition.clone().negate();
                            for part in atoms(&opposite) {
                                all_requirements
                                    .entry(standing(Form::Guard, part))
                                    .or_default()[side] += 1;
                            }
                        }
                    }
                    for call in &facts.facts.calls {
                        all_calls.entry(&call.name).or_default()[side] += 1;
                    }
                }
                for (name, count) in file.standing_calls.iter() {
                    all_calls.entry(name).or_default()[side] += count;
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
        let mut born_types = HashSet::new();
        let mut died = HashSet::new();
        // What is told apart once something has failed refuses nothing.
        let refuses = |it: &Requirement| {
            let caught = |it: &String| it.starts_with("caught ");
            it.exit != Exit::Leaves && !it.place.conditions.iter().any(caught)
        };
        for (index, file) in files.iter().enumerate() {
            for (scope, required) in &sides[index][0] {
                if matching.after((index, *scope)).is_none()
                    && file.class == Class::Source
                    && required.iter().any(refuses)
                {
                    died.insert(file.before.tree.scopes[*scope].name.clone());
                }
            }
            for (scope, required) in &sides[index][1] {
                if !required.iter().any(refuses) {
                    continue;
                }
                let alone = |it: usize| matching.before((index, it)).is_none();
                let it = &file.after.tree.scopes[*scope];
                if alone(*scope) {
                    born.insert(it.name.clone());
                }
                let owner = it.parent.filter(|it| alone(*it));
                let owner = owner.and_then(|it| file.after.tree.scopes.get(it));
                born_types.extend(owner.map(|it| it.name.clone()));
            }
        }
        let renamed_symbols = Arc::new(renamed_symbols(files, matching));
        let calls: Vec<[HashMap<usize, Vec<&Call>>; 2]> = files
            .iter()
            .map(|file| [&file.before, &file.after].map(|side| by_scope(side)))
            .collect();
        let mut scopes = Vec::new();
        for ((base, before), (head, after)) in matching.pairs() {
            let (base_file, file) = (&files[base], &files[head]);
            if !file.after.touches(after) {
                continue;
            }
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
            let local = local_renames(scope_before, scope_after);
            let renames = Renames::new(local, renamed_symbols.clone());
            let none: Vec<Requirement> = Vec::new();
            let required = sides[base][0].get(&before).unwrap_or(&none);
            let requires = sides[head][1].get(&after).unwrap_or(&none);
            let (lost, gained) = difference(required, requires, &renames, |it| &it.condition);
            let (mut lost, gained, changed) = pair_up(lost, gained, &renames);
            lost.retain(|it| !requires.iter().any(|other| covers(other, it)));
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
                about_money: OnceLock::new(),
                same_amounts: OnceLock::new(),
            });
        }
        Self {
            scopes,
            requirements: all_requirements,
            calls: all_calls,
            born,
            born_types,
            died,
            around: Around::new(files, matching),
        }
    }

    /// Whether a requirement stands more often after the change than before, or as often: it has
    /// moved to a caller, a callee or another file of the change.
    pub fn moved(&self, condition: &Expr) -> bool {
        let count = |form, part| {
            let found = self.requirements.get(&standing(form, part));
            found.copied().unwrap_or_default()
        };
        atoms(condition).into_iter().all(|part| {
            let ([before, after], [answered, answers]) =
                (count(Form::Guard, part), count(Form::Result, part));
            before + answered > 0 && (after >= before && after > 0 || answers > answered)
        })
    }

    /// Whether the scope now calls a function that is new in the change and requires something, or
    /// takes what such a function makes: what is gone here may stand there.
    pub fn extracted(&self, delta: &ScopeDelta<'_>) -> bool {
        delta
            .calls_gained
            .iter()
            .any(|call| self.born.contains(&call.name))
            || asked_by_type(delta, &self.born_types)
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

    /// Whether a function of this name required something itself and is gone.
    pub fn gone(&self, name: &str) -> bool {
        self.died.contains(name)
    }

    /// Whether a function of this name is new and requires something itself.
    pub fn new_check(&self, name: &str) -> bool {
        self.born.contains(name)
    }

    /// Whether another function of the change newly refuses something in much the same words.
    pub fn said_elsewhere(&self, delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
        let old = stems(&lost.condition);
        self.scopes
            .iter()
            .filter(|it| !std::ptr::eq(it.after, delta.after))
            .flat_map(|it| &it.gained)
            .filter(|it| it.exit != Exit::Leaves && it.exit <= lost.exit)
            .any(|it| {
                let new = stems(&it.condition);
                let shared = old.intersection(&new).count();
                shared > 1 && shared * 2 >= old.len()
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
            let after = &self.file.after;
            let here = after
                .facts
                .assignments
                .iter()
                .filter(|it| std::ptr::eq(&after.tree.scopes[it.place.scope], self.after));
            let sets: HashSet<String> = here.map(ToString::to_string).collect();
            return lost.sets.iter().all(|it| sets.contains(it));
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
                        .get(name)
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
        self.kept_where(&|_| true)
    }
}

/// Calls that only log, format or convert tell nothing about what a function does.
pub(in crate::review) fn does_something(name: &str) -> bool {
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

/// Whether a call of this name answers a request.
fn answers(name: &str) -> bool {
    name.starts_with("redirect") || matches!(name, "render" | "head" | "halt" | "abort" | "deny")
}

/// The key of a condition that must hold. What only answers may be asked for either way.
fn standing(form: Form, part: &Expr) -> String {
    match form {
        Form::Result | Form::Allow => format!("? {}", key::either_way(part)),
        _ => key::loose(part),
    }
}

/// The conditions that no `and` and no `or` joins.
pub(in crate::review) fn atoms(condition: &Expr) -> Vec<&Expr> {
    condition
        .parts(Operator::Or)
        .into_iter()
        .flat_map(|it| it.parts(Operator::And))
        .collect()
}

fn by_scope<'s>(side: &'s SideFacts<'_>) -> HashMap<usize, Vec<&'s Call>> {
    let mut out: HashMap<usize, Vec<&Call>> = HashMap::new();
    let touched = |call: &&Call| side.touches(call.place.scope);
    for call in side.facts.calls.iter().filter(touched) {
        out.entry(call.place.scope).or_default().push(call);
    }
    out
}
