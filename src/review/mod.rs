//! Deltas between facts, the checks over them, and the verdict.

pub mod checks;
pub mod code;
pub mod conditions;
pub mod deltas;
pub mod frameworks;
pub mod gone;
pub mod infrastructure;
pub mod leftover;
pub mod money;
pub mod queries;
pub mod record;

use crate::change::{Change, Class};
use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind, Parameter, Scope};
use crate::policy::{Date, Policy};
use checks::Check;
use deltas::compare::{Comparison, FilePair};
use deltas::delta::{Deltas, ScopeDelta};
use deltas::matching::Matching;
use deltas::slots::each_expr;
use gone::lapse::Lapses;
use gone::tests_gone::TestsGone;
use gone::vanished::Vanished;
use infrastructure::commands::{self, Commands};
use queries::everywhere::{self, filtered};
use queries::schema::Statements;
use record::Review;
use record::assemble;
use record::decisions::Overridden;
use record::finding::Finding;
use record::incidents::Incident;
use std::collections::HashSet;
use std::sync::OnceLock;

/// What a check looks at: both sides, what belongs to what, and what differs.
pub struct Context<'a> {
    /// The files.
    pub files: &'a [FilePair<'a>],
    /// Which scope after is which scope before.
    pub matching: &'a Matching,
    /// What differs.
    pub deltas: &'a Deltas<'a>,
    /// The policy in force.
    pub policy: &'a Policy,
    /// Functions that stand on one side only, once somebody asks.
    alone: OnceLock<Functions>,
    /// The scopes that stand on one side only, once somebody asks.
    unmatched: OnceLock<Vec<Unmatched<'a>>>,
    /// The statements that stand on one side only, once somebody asks.
    statements: OnceLock<Statements<'a>>,
    /// Names that some scope has more often than before, once somebody asks.
    grown: OnceLock<HashSet<&'a str>>,
    /// Functions that take other parameters than before, and their classes, once somebody asks.
    resigned: OnceLock<HashSet<&'a str>>,
    /// What was only taken out of functions, once somebody asks.
    lapses: OnceLock<Lapses<'a>>,
    /// The tests that are gone with the code that they were about, once somebody asks.
    tests_gone: OnceLock<TestsGone<'a>>,
    /// Whether anything in the change could limit every query of a model, once somebody asks.
    limits_queries: OnceLock<bool>,
    /// Methods that are gone from classes that stay, once somebody asks.
    vanished: OnceLock<Vec<Vanished<'a>>>,
    /// What scripts, workflows, images and recipes run, once somebody asks.
    commands: OnceLock<Vec<Commands<'a>>>,
}

/// A scope that stands on one side only, and its file.
pub type Unmatched<'a> = (&'a FilePair<'a>, &'a Scope, Alone);

/// The last names of functions and classes that stand on one side of the change only.
pub(crate) struct Functions {
    /// Only before.
    pub(crate) gone: HashSet<String>,
    /// Only after.
    pub(crate) born: HashSet<String>,
}

impl<'a> Context<'a> {
    /// The scopes that stand on one side only: new or gone.
    pub fn unmatched(&self) -> Vec<Unmatched<'a>> {
        self.unmatched.get_or_init(|| self.find_unmatched()).clone()
    }

    fn find_unmatched(&self) -> Vec<Unmatched<'a>> {
        let mut out = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            for (scope, it) in file.before.tree.scopes.iter().enumerate() {
                if self.matching.after((index, scope)).is_none() {
                    out.push((file, it, Alone::Gone));
                }
            }
            for (scope, it) in file.after.tree.scopes.iter().enumerate() {
                if self.matching.before((index, scope)).is_none() {
                    out.push((file, it, Alone::New));
                }
            }
        }
        out
    }

    /// What the change does to a schema and to rows.
    pub fn statements(&self) -> &Statements<'a> {
        self.statements.get_or_init(|| Statements::of(self.files))
    }

    /// What was only taken out of functions that are otherwise the same.
    pub(crate) fn lapses(&self) -> &Lapses<'a> {
        self.lapses.get_or_init(|| Lapses::of(self))
    }

    /// The tests that said what must not happen and are gone with the code that they were about.
    pub(crate) fn tests_gone(&self) -> &TestsGone<'a> {
        self.tests_gone.get_or_init(|| TestsGone::of(self))
    }

    /// What scripts, workflows, images and recipes run.
    pub(crate) fn commands(&self) -> &[Commands<'a>] {
        self.commands.get_or_init(|| commands::commands(self))
    }

    /// Whether anything in the change could limit every query of a model.
    pub(crate) fn limits_queries(&self) -> bool {
        *self
            .limits_queries
            .get_or_init(|| everywhere::possible(self.files))
    }

    /// Methods that are gone from classes that stay.
    pub(crate) fn vanished(&self) -> &[Vanished<'a>] {
        self.vanished.get_or_init(|| gone::vanished::vanished(self))
    }

    /// Names that some scope has more often than before: what is gone elsewhere may stand there.
    pub(crate) fn grown(&self) -> &HashSet<&'a str> {
        self.grown.get_or_init(|| {
            let mut out = HashSet::new();
            for delta in &self.deltas.scopes {
                let before = gone::lapse::counted(delta.before);
                let after = gone::lapse::counted(delta.after);
                let more = after
                    .into_iter()
                    .filter(|(name, count)| before.get(name).is_none_or(|was| count > was));
                out.extend(more.map(|(name, _)| name));
            }
            for (file, scope, side) in self.unmatched() {
                if side == Alone::New && file.class == Class::Source {
                    out.extend(gone::lapse::counted(scope).into_keys());
                }
            }
            out
        })
    }

    /// Functions that are new, gone or take other parameters, and the classes that they stand in.
    pub(crate) fn resigned(&self) -> &HashSet<&'a str> {
        self.resigned.get_or_init(|| {
            let mut out = HashSet::new();
            for delta in &self.deltas.scopes {
                if gone::lapse::parameters(delta.before) != gone::lapse::parameters(delta.after) {
                    out.insert(delta.after.name.as_str());
                    let parent = delta.after.parent;
                    let parent = parent.and_then(|it| delta.file.after.tree.scopes.get(it));
                    out.extend(parent.map(|it| it.name.as_str()));
                }
            }
            out.extend(self.unmatched().iter().map(|it| it.1.name.as_str()));
            out
        })
    }

    /// Whether the change newly lets a model keep what is deleted, so that a delete only marks it.
    pub(crate) fn keeps_deleted(&self) -> bool {
        let count = |text: &str| -> usize {
            let keeps = [
                "paranoid: true",
                "SoftDelet",
                "acts_as_paranoid",
                "gorm.DeletedAt",
                "@SQLDelete",
                "Discard::Model",
            ];
            keeps.iter().map(|it| text.matches(it).count()).sum()
        };
        let mut files = self.files.iter();
        files.any(|it| count(it.after.text) > count(it.before.text))
    }

    /// Whether a call, or what it is handed, comes from a function that is new in the change and
    /// that says a name, or every query newly says it by itself: what stood here was taken out.
    pub(crate) fn says_elsewhere(&self, call: &Call, name: &str) -> bool {
        let born = &self.alone().born;
        let mut steps = Vec::new();
        let mut look = |it: &Expr| match &it.kind {
            ExprKind::Call(callee, _) => steps.push((callee.last_name().to_owned(), true)),
            // Without arguments a call may read like a property.
            ExprKind::Name(name) | ExprKind::Member(_, name) => steps.push((name.clone(), false)),
            _ => {}
        };
        call.callee.walk(&mut look);
        call.arguments
            .iter()
            .for_each(|it| it.value.walk(&mut look));
        steps.push((call.name.clone(), true));
        let declared = |delta: &ScopeDelta<'_>| {
            let scopes = delta.calls_gained.iter().filter(|it| it.name == "scope");
            scopes.into_iter().any(|it| match it.arguments.as_slice() {
                [first, rest @ ..] => {
                    let ExprKind::Text(scope) = &first.value.kind else {
                        return false;
                    };
                    steps.iter().any(|step| step.0 == *scope)
                        && rest.iter().any(|it| it.value.to_string().contains(name))
                }
                [] => false,
            })
        };
        if self.deltas.scopes.iter().any(declared) {
            return true;
        }
        let mut called = Vec::new();
        for (step, arguments) in steps {
            // Laravel calls `scopeOwnedBy` by `ownedBy`.
            let mut letters = step.chars();
            let scope = letters
                .next()
                .map(|first| format!("scope{}{}", first.to_ascii_uppercase(), letters.as_str()));
            let names = scope.into_iter().chain([step]);
            called.extend(
                names
                    .filter(|it| born.contains(it))
                    .map(|it| (it, arguments)),
            );
        }
        // A query that stands in a constant now.
        let constants = call.arguments.iter().filter_map(|it| match &it.value.kind {
            ExprKind::Name(constant) => Some(constant.as_str()),
            _ => None,
        });
        let holds = |file: &FilePair<'_>, constant: &str| {
            let sets = |it: &&Assignment| it.target.last_name() == constant;
            let is = file.after.facts.assignments.iter().find(sets);
            is.is_some_and(|it| it.value.to_string().contains(name))
                && !file.before.facts.assignments.iter().any(|it| sets(&it))
        };
        if constants
            .into_iter()
            .any(|it| self.files.iter().any(|file| holds(file, it)))
        {
            return true;
        }
        if filtered(self, name) {
            return true;
        }
        let unmatched = if called.is_empty() {
            Vec::new()
        } else {
            self.unmatched()
        };
        // What is new may call what is new as well.
        let mut next = 0;
        while let Some((name_of_new, arguments)) = called.get(next).cloned() {
            next += 1;
            for (file, scope, side) in &unmatched {
                let own = |it: &Parameter| matches!(it.name.as_str(), "self" | "cls" | "this");
                let runs = *side == Alone::New
                    && scope.name == name_of_new
                    && (arguments || scope.parameters.iter().all(own));
                if !runs {
                    continue;
                }
                if file.after.code(&scope.span).contains(name) {
                    return true;
                }
                each_expr(&scope.body, &mut |it| {
                    if let ExprKind::Call(callee, _) = &it.kind
                        && born.contains(callee.last_name())
                        && !called.iter().any(|it| it.0 == callee.last_name())
                    {
                        called.push((callee.last_name().to_owned(), true));
                    }
                });
            }
        }
        false
    }

    /// The names that stand on one side only, in all files together.
    pub(crate) fn alone(&self) -> &Functions {
        self.alone.get_or_init(|| {
            let (mut gone, mut born) = (HashSet::new(), HashSet::new());
            for (_, scope, side) in self.unmatched() {
                let names = match side {
                    Alone::Gone => &mut gone,
                    Alone::New => &mut born,
                };
                names.insert(scope.name.clone());
            }
            let both: HashSet<String> = gone.intersection(&born).cloned().collect();
            gone.retain(|it| !both.contains(it));
            born.retain(|it| !both.contains(it));
            Functions { gone, born }
        })
    }
}

/// On which side a scope stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// Only before.
    Gone,
    /// Only after.
    New,
}

/// Under which terms a change is reviewed: all of it from the base side, none from the change.
pub struct Terms<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// Earlier incidents.
    pub incidents: &'a [Incident],
    /// Concerns that somebody decided to ship anyway.
    pub overridden: &'a [Overridden],
    /// The day, for suppressions that end.
    pub today: Date,
}

/// Reviews a change. The time that it took is left to the caller.
pub fn review(change: &Change, terms: &Terms<'_>) -> Review {
    let excluded = |path: &str| terms.policy.is_excluded(path);
    let comparison = Comparison::new(change, &excluded);
    let weakened = findings(&comparison, terms.policy);
    let strengthened = findings(&comparison.reversed(), terms.policy);
    assemble::conclude(change, &comparison, terms, [weakened, strengthened])
}

/// What the checks found.
pub type Findings = Vec<(&'static Check, Finding)>;

/// Everything that every check finds in a change, before policy and incidents.
pub fn examine(change: &Change) -> Findings {
    let comparison = Comparison::new(change, &|_| false);
    findings(&comparison, &Policy::default())
}

/// Runs every check over a change that was read.
pub fn findings(comparison: &Comparison<'_>, policy: &Policy) -> Findings {
    let matching = Matching::new(&comparison.files);
    let deltas = Deltas::new(&comparison.files, &matching, policy.words());
    let context = Context {
        files: &comparison.files,
        matching: &matching,
        deltas: &deltas,
        policy,
        alone: OnceLock::new(),
        unmatched: OnceLock::new(),
        statements: OnceLock::new(),
        grown: OnceLock::new(),
        resigned: OnceLock::new(),
        lapses: OnceLock::new(),
        tests_gone: OnceLock::new(),
        limits_queries: OnceLock::new(),
        vanished: OnceLock::new(),
        commands: OnceLock::new(),
    };
    let mut out = Vec::new();
    for check in checks::all() {
        let mut findings = Vec::new();
        (check.run)(&context, &mut findings);
        out.extend(findings.into_iter().map(|finding| (check, finding)));
    }
    out
}
