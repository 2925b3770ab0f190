//! What a function no longer does, where it is otherwise the same and nothing takes the place of
//! what is gone.

mod quiet;
mod says;

use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::gone::taken::{Piece, taken_out};
use crate::review::record::finding::{Finding, name_of};
use says::lapse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Something that a function no longer does.
pub struct Lapse<'a> {
    /// What it is known by.
    pub fact: String,
    /// What has happened, as the end of a sentence that begins with the function.
    pub says: String,
    /// Where it stood.
    pub at: At<'a>,
    /// The words of the names in it.
    pub words: BTreeSet<String>,
}

/// The code of a lapse, as it was.
#[derive(Clone, Copy)]
pub enum At<'a> {
    /// A statement.
    Stmt(&'a Stmt),
    /// An expression.
    Expr(&'a Expr),
}

impl Lapse<'_> {
    /// The words of the place and of what is gone.
    pub fn around(&self, delta: &ScopeDelta<'_>) -> BTreeSet<String> {
        let place = words(&format!("{} {}", delta.file.path, delta.symbol()));
        place.into_iter().chain(self.words.clone()).collect()
    }
}

impl At<'_> {
    /// The line before, from 1.
    pub fn line(&self) -> u32 {
        match self {
            Self::Stmt(it) => it.line,
            Self::Expr(it) => it.line,
        }
    }

    /// The code before.
    pub fn code<'f>(&self, side: &'f SideFacts<'_>) -> &'f str {
        match self {
            Self::Stmt(it) => side.code(&it.span),
            Self::Expr(it) => side.code(&it.span),
        }
    }
}

/// A change that takes something out of more functions than this takes away a feature, and whoever
/// reads it knows.
const SWEEPING: usize = 4;

/// What the change takes out of functions that are otherwise the same, a function at a time.
pub struct Lapses<'a> {
    /// The functions, and what is gone from each.
    pub functions: Vec<(&'a ScopeDelta<'a>, Vec<Lapse<'a>>)>,
}

impl<'a> Lapses<'a> {
    /// Looks for it.
    pub(in crate::review) fn of(context: &Context<'a>) -> Self {
        let functions = context.deltas.scopes.iter().map(|delta| {
            let found = lapses(context, delta);
            (delta, found)
        });
        Self {
            functions: functions.filter(|it| !it.1.is_empty()).collect(),
        }
    }
}

/// What to say about the lapses that are `about` something, and who could be hurt by them.
pub fn findings(
    context: &Context<'_>,
    about: &dyn Fn(&ScopeDelta<'_>, &Lapse<'_>) -> bool,
    harm: &str,
) -> Vec<Finding> {
    let functions = &context.lapses().functions;
    let mut out = Vec::new();
    for (delta, found) in functions {
        for lapse in found.iter().filter(|it| about(delta, it)) {
            out.push(
                Finding::new(delta.file, delta.symbol(), lapse.fact.clone())
                    .before(lapse.at.line(), lapse.at.code(&delta.base_file.before))
                    .near(delta.line_after(lapse.at.line()))
                    .says(
                        format!(
                            "{} {}. All the rest of it is as before, and nothing takes the place of what is gone. {harm}",
                            name_of(delta.symbol()),
                            lapse.says
                        ),
                        "Put it back, or say why it is no longer needed and add a test for what it was there for.",
                    )
                    .speaks_if(functions.len() <= SWEEPING)
                    .hunch(),
            );
        }
    }
    out
}

/// What a scope no longer does, where nothing else in it has changed and the change does it nowhere
/// else.
fn lapses<'a>(context: &Context<'_>, delta: &ScopeDelta<'a>) -> Vec<Lapse<'a>> {
    let quiet = delta.file.class != Class::Source
        || delta.base_file.class != Class::Source
        || draws(delta.file)
        || !delta.calls_gained.is_empty()
        || !context.deltas.newly_around(delta).is_empty()
        || quiet::tells(&delta.after.path)
        || quiet::plants(&delta.file.path)
        || delta.broken();
    if quiet {
        return Vec::new();
    }
    let Some(pieces) = taken_out(delta.before, delta.after) else {
        return Vec::new();
    };
    let dropped = dropped(&pieces, delta.after);
    let mut out: Vec<Lapse<'a>> = Vec::new();
    for piece in &pieces {
        // What stands in a file itself is mostly names and code that is loaded.
        if delta.before.kind == ScopeKind::File && !matches!(piece, Piece::Entry(..)) {
            continue;
        }
        if let (ScopeKind::File, Piece::Entry(_, value)) = (delta.before.kind, piece)
            && !matches!(value.kind, ExprKind::Bool(_) | ExprKind::Number(_))
        {
            continue;
        }
        if quiet::of_a_feature(context, piece) || quiet::asked_everywhere(context, piece) {
            continue;
        }
        let Some((fact, says, at)) = lapse(context, delta, piece, &dropped) else {
            continue;
        };
        let names = names(piece);
        let moved = names
            .iter()
            .any(|it| it.len() > 3 && context.grown().contains(*it));
        if !moved {
            out.push(Lapse {
                fact,
                says,
                at,
                words: names
                    .iter()
                    .flat_map(|it| words(it))
                    .chain(told(piece))
                    .collect(),
            });
        }
    }
    out
}

/// The words of the call that an option went to.
fn told(piece: &Piece<'_>) -> Vec<String> {
    match piece {
        Piece::Argument(call, _) => match &call.kind {
            ExprKind::Call(callee, _) => words(callee.last_name()),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Local names that only what is gone gave a value to, and that nothing uses any more.
fn dropped<'a>(pieces: &[Piece<'a>], after: &Scope) -> HashSet<&'a str> {
    let mut set: HashSet<&str> = HashSet::new();
    for piece in pieces {
        let Piece::Statement(stmt) = piece else {
            continue;
        };
        each_stmt(std::slice::from_ref(*stmt), &mut |it| {
            if let StmtKind::Assign { target, .. } = &it.kind
                && let ExprKind::Name(name) = &target.kind
            {
                set.insert(name);
            }
        });
    }
    if !set.is_empty() {
        each_expr(&after.body, &mut |it| {
            if let ExprKind::Name(name) = &it.kind {
                set.remove(name.as_str());
            }
        });
    }
    set
}

fn names<'a>(piece: &Piece<'a>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut add = |it: &'a Expr| {
        it.walk(&mut |it| {
            if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                out.push(name.as_str());
            }
        });
    };
    match *piece {
        Piece::Statement(stmt) | Piece::Otherwise(stmt) => {
            each_expr(std::slice::from_ref(stmt), &mut add)
        }
        Piece::Around(stmt) => {
            if let StmtKind::If { condition, .. } = &stmt.kind {
                add(condition);
            }
        }
        Piece::Condition { gone, .. } => add(gone),
        Piece::Call(call) => {
            if let ExprKind::Call(callee, _) = &call.kind {
                out.push(callee.last_name());
            }
        }
        Piece::Argument(_, argument) => add(&argument.value),
        Piece::Entry(key, value) => {
            add(key);
            add(value);
        }
        Piece::Other => {}
    }
    out
}

/// How often names stand in a scope.
pub(in crate::review) fn counted(scope: &Scope) -> HashMap<&str, usize> {
    let mut out = HashMap::new();
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            *out.entry(name.as_str()).or_default() += 1;
        }
    });
    out
}

/// The parameters of a function as they are written.
pub(in crate::review) fn parameters(scope: &Scope) -> Vec<String> {
    scope.parameters.iter().map(ToString::to_string).collect()
}
