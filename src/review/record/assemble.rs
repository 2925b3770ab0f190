//! Makes the record of what the checks found.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::change::{Change, ChangedFile};
use crate::policy::{Care, Mode, Policy};
use crate::review::checks::Check;
use crate::review::deltas::compare::{Comparison, FilePair};
use crate::review::record::finding::Finding;
use crate::review::record::suppress::{Ignores, MARK};
use crate::review::record::{
    Concern, NotReviewed, Review, SCHEMA, Stats, Strengthened, Suppressed, Surface, Tier, Verdict,
    decisions, incidents, not_reviewed,
};
use crate::review::{Findings, Terms};

/// Makes the record of what the checks found, in a change and in its reverse: what the reverse
/// weakens, the change strengthens.
pub fn conclude(
    change: &Change,
    comparison: &Comparison<'_>,
    terms: &Terms<'_>,
    [weakens, strengthens]: [Findings; 2],
) -> Review {
    let policy = terms.policy;
    let mut concerns = concerns(weakens, policy);
    let mut not_reviewed = not_reviewed::list(change);
    not_reviewed.extend(excluded(change, policy));
    not_reviewed.extend(unreadable(&comparison.files, &mut concerns));
    suppress(&mut concerns, &comparison.files, terms);
    decisions::mark(&mut concerns, terms.overridden);
    for concern in &mut concerns {
        concern.incidents = incidents::attached(terms.incidents, concern);
    }
    Review {
        schema: SCHEMA,
        verdict: verdict(&concerns, policy),
        base: change.base.clone(),
        head: change.head.clone(),
        surfaces: surfaces(&concerns),
        held_by: held_by(&concerns, policy),
        concerns,
        strengthened: strengthened(strengthens),
        not_reviewed,
        stats: Stats {
            files: change.files.len(),
            bytes: change.text_bytes(),
            ms: 0,
        },
    }
}

/// What the checks found, as concerns: one a fact, the ones that speak first.
fn concerns(found: Vec<(&'static Check, Finding)>, policy: &Policy) -> Vec<Concern> {
    let mut concerns: Vec<Concern> = Vec::new();
    let mut seen = HashSet::new();
    for (check, finding) in found {
        let concern = concern(check, finding, policy);
        if seen.insert(concern.fingerprint.clone()) {
            concerns.push(concern);
        }
    }
    concerns.sort_by(|a, b| {
        (
            a.tier,
            a.surface,
            weight(a.check),
            &a.path,
            a.line.or(a.base_line),
        )
            .cmp(&(
                b.tier,
                b.surface,
                weight(b.check),
                &b.path,
                b.line.or(b.base_line),
            ))
    });
    one_voice(&mut concerns);
    concerns
}

/// Of several checks that speak about one place, the first in the registry's order of weight is
/// shown; so is only one concern of a check and a symbol. What knows only that something is gone
/// is silent where another check of the symbol knows more. The rest is recorded.
fn one_voice(concerns: &mut [Concern]) {
    let place = |it: &Concern| (it.path.clone(), it.symbol.clone());
    let mut known: HashMap<(String, String), u8> = HashMap::new();
    for concern in concerns.iter().filter(|it| it.tier == Tier::Speaks) {
        let weight = weight(concern.check);
        let least = known.entry(place(concern)).or_insert(weight);
        *least = weight.min(*least);
    }
    for concern in concerns.iter_mut() {
        let weight = weight(concern.check);
        let more = known.get(&place(concern)).is_some_and(|it| *it < weight);
        if weight >= VAGUE && more {
            concern.tier = Tier::Recorded;
        }
    }
    let mut lines: HashSet<(String, Option<u32>, Option<u32>)> = HashSet::new();
    let mut symbols: HashSet<(&'static str, String, String)> = HashSet::new();
    for concern in concerns.iter_mut().filter(|it| it.tier == Tier::Speaks) {
        let place = (
            concern.path.clone(),
            concern.base_line,
            concern.base_line.map_or(concern.line, |_| None),
        );
        let symbol = (concern.check, concern.path.clone(), concern.symbol.clone());
        let again = !concern.symbol.is_empty() && !symbols.insert(symbol);
        if !lines.insert(place) || again {
            concern.tier = Tier::Recorded;
        }
    }
    concerns.sort_by_key(|it| it.tier);
}

/// The more a check says about a place, the earlier it speaks for it.
fn weight(check: &str) -> u8 {
    match check {
        "auth/permission-swapped" | "auth/guard-inverted" | "auth/csrf-off" => 0,
        "auth/guard-widened" | "auth/owner-scope-dropped" => 1,
        "auth/part-removed" | "money/part-removed" | "data/part-removed" => VAGUE,
        "auth/test-removed" | "money/test-removed" | "data/test-removed" => VAGUE + 1,
        _ => 2,
    }
}

/// From this weight on checks know only that something is gone.
const VAGUE: u8 = 3;

fn concern(check: &'static Check, finding: Finding, policy: &Policy) -> Concern {
    let surface = policy.surface_of(&finding.path).unwrap_or(check.surface);
    let tier = tier(check, &finding, surface, policy);
    let mut hash = blake3::Hasher::new();
    for part in [check.id, &finding.path, &finding.symbol, &finding.fact] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let fingerprint = hash
        .finalize()
        .to_hex()
        .to_string()
        .chars()
        .take(16)
        .collect();
    Concern {
        fingerprint,
        check: check.id,
        surface,
        tier,
        path: finding.path,
        line: finding.line,
        base_line: finding.base_line,
        symbol: finding.symbol,
        before: finding.before,
        after: finding.after,
        concern: finding.concern,
        advice: finding.advice,
        incidents: Vec::new(),
        suppressed: None,
    }
}

/// Whether it speaks, under the policy.
fn tier(check: &Check, finding: &Finding, surface: Surface, policy: &Policy) -> Tier {
    let public = policy.words().public.contains(&finding.symbol);
    if !check.speaks || policy.mode(surface) == Mode::Off || (public && surface == Surface::Auth) {
        return Tier::Recorded;
    }
    match policy.care() {
        Care::Relaxed if finding.hunch => Tier::Recorded,
        Care::Relaxed | Care::Balanced => finding.tier,
        Care::Strict => Tier::Speaks,
    }
}

/// Every surface that something spoken or recorded touches.
fn surfaces(concerns: &[Concern]) -> Vec<Surface> {
    let touched: BTreeSet<Surface> = concerns.iter().map(|it| it.surface).collect();
    touched.into_iter().collect()
}

/// The enforced surfaces that have an open concern.
fn held_by(concerns: &[Concern], policy: &Policy) -> Vec<Surface> {
    let held: BTreeSet<Surface> = open(concerns)
        .map(|it| it.surface)
        .filter(|it| policy.mode(*it) == Mode::Enforce)
        .collect();
    held.into_iter().collect()
}

/// What the open concerns come to under the policy.
fn verdict(concerns: &[Concern], policy: &Policy) -> Verdict {
    if !held_by(concerns, policy).is_empty() {
        Verdict::Held
    } else if open(concerns).next().is_some() {
        Verdict::Advised
    } else {
        Verdict::Ships
    }
}

fn open(concerns: &[Concern]) -> impl Iterator<Item = &Concern> {
    concerns
        .iter()
        .filter(|it| it.tier == Tier::Speaks && it.suppressed.is_none())
}

/// Files that the policy excludes.
fn excluded(change: &Change, policy: &Policy) -> Vec<NotReviewed> {
    let listed = |file: &ChangedFile| {
        let path = file.path.to_string();
        let reason = policy.exclusion(&path)?;
        Some(NotReviewed { path, reason })
    };
    change.files.iter().filter_map(listed).collect()
}

/// Marks the concerns that the base's policy or a comment at base suppresses.
fn suppress(concerns: &mut [Concern], files: &[FilePair<'_>], terms: &Terms<'_>) {
    let known: Vec<&str> = crate::review::checks::all().map(|check| check.id).collect();
    let mut comments: HashMap<&str, Ignores> = HashMap::new();
    for concern in concerns {
        let by_policy = terms
            .policy
            .suppression(concern.check, &concern.path, &concern.symbol, terms.today)
            .map(str::to_owned);
        let reason = by_policy.or_else(|| {
            let file = files.iter().find(|it| it.path == concern.path)?;
            if !file.before.text.contains(MARK) {
                return None;
            }
            comments
                .entry(&file.path)
                .or_insert_with(|| Ignores::read(file.before.text, file.after.text, &known))
                .reason(concern.check, concern.line, concern.base_line)
                .map(str::to_owned)
        });
        concern.suppressed = reason.map(|reason| Suppressed {
            reason,
            decision: None,
        });
    }
}

/// What speaks against the change turned round stands in it as a protection.
fn strengthened(found: Vec<(&'static Check, Finding)>) -> Vec<Strengthened> {
    let mut out: Vec<Strengthened> = Vec::new();
    for (check, finding) in found {
        if finding.tier != Tier::Speaks || !check.speaks || finding.before.is_none() {
            continue;
        }
        let one = Strengthened {
            check: check.id,
            surface: check.surface,
            path: finding.path,
            line: finding.base_line,
            symbol: finding.symbol,
            after: finding.before,
        };
        if !out
            .iter()
            .any(|it| it.path == one.path && it.line == one.line)
        {
            out.push(one);
        }
    }
    out.sort_by(|a, b| (a.surface, &a.path, a.line).cmp(&(b.surface, &b.path, b.line)));
    out
}

/// Files with places that their parser could not read, where the change touches them. What was
/// found in such a symbol is kept in the record only: half-read code says nothing for sure.
fn unreadable(files: &[FilePair<'_>], concerns: &mut [Concern]) -> Vec<NotReviewed> {
    let mut out = Vec::new();
    let mut broken: HashMap<&str, &FilePair<'_>> = HashMap::new();
    for file in files {
        if file.before.gave_up || file.after.gave_up {
            out.push(NotReviewed {
                path: file.path.clone(),
                reason: "could not be read as code; the parser gave up".to_owned(),
            });
            continue;
        }
        let after = &file.after.tree.broken;
        if after.is_empty() && file.before.tree.broken.is_empty() {
            continue;
        }
        broken.insert(&file.path, file);
        if let Some(first) = after.first() {
            out.push(NotReviewed {
                path: file.path.clone(),
                reason: format!(
                    "{} could not be read as code, the first at line {}",
                    if after.len() == 1 {
                        "one place".to_owned()
                    } else {
                        format!("{} places", after.len())
                    },
                    first.start()
                ),
            });
        }
    }
    for concern in concerns {
        let Some(file) = broken.get(concern.path.as_str()) else {
            continue;
        };
        let inside = |side: &crate::review::deltas::compare::SideFacts<'_>, symbol: &str| {
            side.tree
                .scopes
                .iter()
                .filter(|scope| !symbol.is_empty() && scope.path == symbol)
                .any(|scope| {
                    side.tree
                        .broken
                        .iter()
                        .any(|it| *it.start() <= scope.end_line && *it.end() >= scope.line)
                })
        };
        if inside(&file.before, &concern.symbol) || inside(&file.after, &concern.symbol) {
            concern.tier = Tier::Recorded;
        }
    }
    out
}
