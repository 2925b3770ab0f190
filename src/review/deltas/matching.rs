//! Which scope after is which scope before: by symbol, by rename, by similarity.

use crate::facts::tree::{Scope, ScopeKind, Tree};
use crate::review::deltas::compare::FilePair;
use std::collections::{HashMap, VecDeque};

/// A place in the change: the index of a file and of a scope in it.
pub type ScopeId = (usize, usize);

/// The scopes of a change, matched.
#[derive(Debug, Default)]
pub struct Matching {
    /// From base to head.
    forward: Side,
    /// From head to base.
    backward: Side,
}

/// The counterparts of the scopes of one side, by file and scope.
#[derive(Debug, Default)]
struct Side(Vec<Vec<Option<(u32, u32)>>>);

impl Side {
    /// None has a counterpart yet.
    fn new<'t>(trees: impl Iterator<Item = &'t Tree>) -> Self {
        Self(trees.map(|tree| vec![None; tree.scopes.len()]).collect())
    }

    fn get(&self, (file, scope): ScopeId) -> Option<ScopeId> {
        let (file, scope) = (*self.0.get(file)?.get(scope)?)?;
        Some((file as usize, scope as usize))
    }

    fn set(&mut self, (file, scope): ScopeId, other: ScopeId) {
        let place = self.0.get_mut(file).and_then(|it| it.get_mut(scope));
        let other = (u32::try_from(other.0), u32::try_from(other.1));
        if let (Some(place), (Ok(file), Ok(scope))) = (place, other) {
            *place = Some((file, scope));
        }
    }

    fn has(&self, scope: ScopeId) -> bool {
        self.get(scope).is_some()
    }
}

/// Bodies that share less than this are not the same scope under another name.
const ALIKE: f64 = 0.55;

/// The most pairs of functions that are compared for similarity.
const MAX_PAIRS: usize = 250_000;

impl Matching {
    /// Matches the scopes of all files.
    pub fn new(files: &[FilePair<'_>]) -> Self {
        let mut matching = Self {
            forward: Side::new(files.iter().map(|it| &it.before.tree)),
            backward: Side::new(files.iter().map(|it| &it.after.tree)),
        };
        for (index, file) in files.iter().enumerate() {
            for (before, after) in same_paths(&file.before.tree, &file.after.tree) {
                matching.join((index, before), (index, after));
            }
        }
        for (index, file) in files.iter().enumerate() {
            matching.by_name(index, &file.before.tree, &file.after.tree);
        }
        matching.by_likeness(files);
        matching
    }

    /// The scope after that is this scope before.
    pub fn after(&self, before: ScopeId) -> Option<ScopeId> {
        self.forward.get(before)
    }

    /// The scope before that is this scope after.
    pub fn before(&self, after: ScopeId) -> Option<ScopeId> {
        self.backward.get(after)
    }

    /// Every pair, base first.
    pub fn pairs(&self) -> Vec<(ScopeId, ScopeId)> {
        let scopes = self.forward.0.iter().enumerate();
        let scopes = scopes.flat_map(|(file, it)| (0..it.len()).map(move |scope| (file, scope)));
        scopes
            .filter_map(|scope| Some((scope, self.after(scope)?)))
            .collect()
    }

    fn join(&mut self, before: ScopeId, after: ScopeId) {
        self.forward.set(before, after);
        self.backward.set(after, before);
    }

    /// The same last name elsewhere in the file: the class around it was renamed.
    fn by_name(&mut self, file: usize, before: &Tree, after: &Tree) {
        for (index, scope) in before.scopes.iter().enumerate() {
            if self.forward.has((file, index)) || scope.kind != ScopeKind::Function {
                continue;
            }
            let mut candidates = after.scopes.iter().enumerate().filter(|(other, it)| {
                it.name == scope.name && it.kind == scope.kind && !self.backward.has((file, *other))
            });
            if let (Some((found, _)), None) = (candidates.next(), candidates.next()) {
                self.join((file, index), (file, found));
            }
        }
    }

    /// Scopes that are left, in any file: moved or renamed where their bodies are alike.
    fn by_likeness(&mut self, files: &[FilePair<'_>]) {
        let befores = left_over(files, false, &self.forward);
        let afters = left_over(files, true, &self.backward);
        // A change that moves thousands of functions is matched by name only.
        if befores.len().saturating_mul(afters.len()) > MAX_PAIRS {
            return;
        }
        let mut scored = Vec::new();
        for (before, name, tokens) in &befores {
            for (after, other, others) in &afters {
                let mut score = overlap(tokens, others);
                if name == other {
                    score += 0.2;
                }
                if before.0 == after.0 {
                    score += 0.05;
                }
                if score >= ALIKE {
                    scored.push((score, *before, *after));
                }
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        for (_, before, after) in scored {
            if !self.forward.has(before) && !self.backward.has(after) {
                self.join(before, after);
            }
        }
    }
}

/// The scopes of one path and kind, matched in order.
pub(in crate::review) fn same_paths(before: &Tree, after: &Tree) -> Vec<(usize, usize)> {
    let (before, after) = (&before.scopes, &after.scopes);
    let same = |(one, other): &(&Scope, &Scope)| one.kind == other.kind && one.path == other.path;
    // Most files have the same scopes on both sides.
    let start = before.iter().zip(after).take_while(same).count();
    let mut pairs: Vec<(usize, usize)> = (0..start).map(|index| (index, index)).collect();
    let mut left: HashMap<(&str, ScopeKind), VecDeque<usize>> = HashMap::new();
    for (index, scope) in after.iter().enumerate().skip(start) {
        let same = left.entry((&scope.path, scope.kind)).or_default();
        same.push_back(index);
    }
    pairs.extend(
        before
            .iter()
            .enumerate()
            .skip(start)
            .filter_map(|(index, scope)| {
                let same = left.get_mut(&(scope.path.as_str(), scope.kind))?;
                Some((index, same.pop_front()?))
            }),
    );
    pairs
}

type LeftOver = (ScopeId, String, Vec<u64>);

/// The functions of one side that have no counterpart yet.
fn left_over(files: &[FilePair<'_>], after: bool, taken: &Side) -> Vec<LeftOver> {
    let mut out = Vec::new();
    for (file, pair) in files.iter().enumerate() {
        let side = if after { &pair.after } else { &pair.before };
        for (index, scope) in side.tree.scopes.iter().enumerate() {
            if scope.kind == ScopeKind::Function && !taken.has((file, index)) {
                let tokens = tokens(scope);
                if tokens.len() >= 4 {
                    out.push(((file, index), scope.name.clone(), tokens));
                }
            }
        }
    }
    out
}

/// The words of a body, hashed and sorted: what is compared for similarity.
fn tokens(scope: &Scope) -> Vec<u64> {
    let mut out = Vec::new();
    for stmt in &scope.body {
        let text = stmt.to_string();
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if word.len() > 1 {
                // FNV-1a: the same on every platform.
                let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                });
                out.push(hash);
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Shared words over all words.
fn overlap(left: &[u64], right: &[u64]) -> f64 {
    let (short, long) = if left.len() < right.len() {
        (left, right)
    } else {
        (right, left)
    };
    // Too unlike in size to be alike, whatever they share.
    if short.len() * 4 < long.len() {
        return 0.0;
    }
    let mut shared = 0;
    let mut rest = long.iter().peekable();
    for word in short {
        while rest.next_if(|it| *it < word).is_some() {}
        if rest.peek() == Some(&word) {
            shared += 1;
        }
    }
    let all = left.len() + right.len() - shared;
    if all == 0 {
        0.0
    } else {
        shared as f64 / all as f64
    }
}
