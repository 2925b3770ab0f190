//! Makes the record of what the checks found.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::checks::Check;
use super::compare::FilePair;
use super::finding::Finding;
use super::record::{Concern, NotReviewed, Surface, Tier, Verdict};

/// What the checks found, as concerns: one a fact, the ones that speak first.
pub(super) fn concerns(found: Vec<(&'static Check, Finding)>) -> Vec<Concern> {
    let mut concerns: Vec<Concern> = Vec::new();
    let mut seen = HashSet::new();
    for (check, finding) in found {
        let concern = concern(check, finding);
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
/// shown; so is only one concern of a check and a symbol. The rest is recorded.
fn one_voice(concerns: &mut [Concern]) {
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
        _ => 2,
    }
}

fn concern(check: &'static Check, finding: Finding) -> Concern {
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
        surface: check.surface,
        tier: if check.speaks {
            finding.tier
        } else {
            Tier::Recorded
        },
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

/// Every surface that something spoken or recorded touches.
pub(super) fn surfaces(concerns: &[Concern]) -> Vec<Surface> {
    let touched: BTreeSet<Surface> = concerns.iter().map(|it| it.surface).collect();
    touched.into_iter().collect()
}

/// What the open concerns come to where the surfaces of `enforced` are enforced.
pub(super) fn verdict(concerns: &[Concern], enforced: impl Fn(Surface) -> bool) -> Verdict {
    let mut verdict = Verdict::Ships;
    for concern in concerns {
        if concern.tier != Tier::Speaks || concern.suppressed.is_some() {
            continue;
        }
        if enforced(concern.surface) {
            return Verdict::Held;
        }
        verdict = Verdict::Advised;
    }
    verdict
}

/// Files with places that their parser could not read, where the change touches them. What was
/// found in such a symbol is kept in the record only: half-read code says nothing for sure.
pub(super) fn unreadable(files: &[FilePair<'_>], concerns: &mut [Concern]) -> Vec<NotReviewed> {
    let mut out = Vec::new();
    let mut broken: HashMap<&str, &FilePair<'_>> = HashMap::new();
    for file in files {
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
        let inside = |side: &super::compare::SideFacts<'_>, symbol: &str| {
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
