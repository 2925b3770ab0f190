//! Things that protect by standing somewhere, whatever stands around them: a switch of a parser, a
//! header. What matters is how many there are over the whole change, so that moving one is none.

use crate::change::Class;
use crate::facts::tree::{Expr, Scope};
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;

/// A mark that is gone.
pub struct Gone<'a> {
    /// The scope that it stood in.
    pub delta: &'a ScopeDelta<'a>,
    /// What it is known by.
    pub name: &'static str,
    /// How it was written.
    pub before: &'a Expr,
}

/// What an expression protects, by what it is known by.
type Mark<'f> = &'f dyn Fn(&Expr) -> Option<&'static str>;

/// The marks that stand less often after the change than before, where the scopes that they stood
/// in are still there.
pub fn gone<'a>(context: &Context<'a>, mark: Mark<'_>) -> Vec<Gone<'a>> {
    let mut out = Vec::new();
    for delta in &context.deltas.scopes {
        let before = marks(delta.before, mark);
        if before.is_empty() {
            continue;
        }
        let after = marks(delta.after, mark);
        let mut said = Vec::new();
        for (name, expr) in &before {
            let count =
                |marks: &[(&'static str, &Expr)]| marks.iter().filter(|(it, _)| it == name).count();
            if said.contains(name) || count(&after) >= count(&before) || stays(context, name, mark)
            {
                continue;
            }
            said.push(*name);
            out.push(Gone {
                delta,
                name,
                before: expr,
            });
        }
    }
    out
}

fn marks<'a>(scope: &'a Scope, mark: Mark<'_>) -> Vec<(&'static str, &'a Expr)> {
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| {
        out.extend(mark(it).map(|name| (name, it)));
    });
    out
}

/// Whether there are as many over the whole change as before.
fn stays(context: &Context<'_>, name: &str, mark: Mark<'_>) -> bool {
    let count = |after: bool| -> usize {
        let files = context.files.iter().filter(|it| it.class == Class::Source);
        files
            .map(|it| if after { &it.after } else { &it.before })
            .flat_map(|it| &it.tree.scopes)
            .map(|scope| marks(scope, mark).iter().filter(|it| it.0 == name).count())
            .sum()
    };
    count(true) >= count(false)
}
