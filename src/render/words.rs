//! The sentences that several outputs share, so that all of them say the same.

use super::limits;
use super::safe::{prose, visible};
use crate::review::record::{
    Concern, Decision, IncidentNote, Review, Suppressed, Surface, Tier, Verdict,
};

/// `1 concern`, `2 concerns`.
pub(super) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The concerns that are shown: those that hold the change first, else as the record has them.
pub(super) fn in_order(review: &Review) -> Vec<&Concern> {
    let mut concerns: Vec<&Concern> = review.spoken().collect();
    concerns.sort_by_key(|concern| !holds(review, concern));
    concerns
}

/// Whether this concern is one of those that hold the change.
pub(super) fn holds(review: &Review, concern: &Concern) -> bool {
    review.held_by.contains(&concern.surface)
}

/// The concerns that are only recorded.
pub(super) fn recorded(review: &Review) -> impl Iterator<Item = &Concern> {
    let concerns = review.concerns.iter();
    concerns.filter(|concern| concern.tier == Tier::Recorded)
}

/// The concerns that would speak, were they not suppressed, with the reason.
pub(super) fn suppressed(review: &Review) -> impl Iterator<Item = (&Concern, &str)> {
    silenced(review)
        .filter(|(_, why)| why.decision.is_none())
        .map(|(one, why)| (one, why.reason.as_str()))
}

/// The concerns that somebody decided to ship anyway, with who, when and why.
pub(super) fn overridden(review: &Review) -> impl Iterator<Item = (&Concern, String)> {
    silenced(review).filter_map(|(one, why)| {
        let Decision { by, at } = why.decision.as_ref()?;
        let reason = why.reason.trim_end_matches('.');
        Some((one, format!("{by} decided on {at} to ship it: {reason}.")))
    })
}

fn silenced(review: &Review) -> impl Iterator<Item = (&Concern, &Suppressed)> {
    let concerns = review.concerns.iter();
    let speaking = concerns.filter(|one| one.tier == Tier::Speaks);
    speaking.filter_map(|one| one.suppressed.as_ref().map(|why| (one, why)))
}

/// `2 auth, 1 data`.
pub(super) fn by_surface(surfaces: impl Iterator<Item = Surface>) -> String {
    let surfaces: Vec<Surface> = surfaces.collect();
    let counts = Surface::ALL.into_iter().filter_map(|surface| {
        let number = surfaces.iter().filter(|one| **one == surface).count();
        (number > 0).then(|| format!("{number} {}", surface.name()))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Where a concern is, such as `app/charge.ts:41`.
pub(super) fn place(concern: &Concern) -> String {
    let path = visible(&concern.path);
    match concern.line {
        Some(line) => format!("{path}:{line}"),
        None => path,
    }
}

/// The line that a thing had which is gone: ` (was line 41)`.
pub(super) fn was_at(concern: &Concern) -> String {
    match (concern.line, concern.base_line) {
        (None, Some(line)) => format!(" (was line {line})"),
        _ => String::new(),
    }
}

/// What is to be said about a concern, as plain paragraphs: what is wrong and where it was, what
/// to do, and what happened before.
pub(super) fn paragraphs(concern: &Concern) -> Vec<String> {
    let mut what = limits::clip(&prose(&concern.concern), limits::PROSE);
    if let (None, Some(line)) = (concern.line, concern.base_line) {
        what.push_str(&format!(" (It was at line {line} before the change.)"));
    }
    let advice = limits::clip(&prose(&concern.advice), limits::PROSE);
    let incidents = concern.incidents.iter().take(limits::INCIDENTS);
    let incidents = incidents.map(|incident| {
        let lesson = limits::clip(&prose(&incident.lesson), limits::PROSE);
        format!("{}: {lesson}", happened_before(incident))
    });
    [what, advice].into_iter().chain(incidents).collect()
}

/// `It happened before, on 2026-03-14 (double-charge)`.
pub(super) fn happened_before(incident: &IncidentNote) -> String {
    let (date, id) = (visible(&incident.date), visible(&incident.id));
    let id = limits::clip(&id, limits::SYMBOL);
    format!(
        "It happened before, on {} ({id})",
        limits::clip(&date, limits::SYMBOL)
    )
}

/// A line of code, its indentation and tabs taken out.
pub(super) fn snippet(code: &str) -> String {
    visible(&code.trim().replace('\t', " "))
}

/// The first sentence of a running text.
pub(super) fn first_sentence(text: &str) -> String {
    let text = prose(text);
    match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text,
    }
}

/// As much of a fingerprint as tells it from the others.
pub(super) fn short_fingerprint(concern: &Concern) -> String {
    concern
        .fingerprint
        .chars()
        .take(limits::FINGERPRINT)
        .collect()
}

/// The verdict in one plain sentence or two.
pub(super) fn verdict(review: &Review) -> String {
    let concerns = review.spoken().count();
    match review.verdict {
        _ if review.stats.files == 0 && concerns == 0 => "Nothing changed, nothing to say.".into(),
        Verdict::Ships if review.not_reviewed.is_empty() => "Nothing to say.".into(),
        Verdict::Ships => "Nothing to say about what was read.".into(),
        Verdict::Advised => {
            let concerns = count(concerns, "concern");
            format!("{concerns}. Advice only: this does not block.")
        }
        Verdict::Held => held(review, concerns),
    }
}

fn held(review: &Review, concerns: usize) -> String {
    let names: Vec<&str> = review
        .held_by
        .iter()
        .map(|surface| surface.name())
        .collect();
    let holding = review.spoken().filter(|one| holds(review, one)).count();
    let (Some((last, others)), 1..) = (names.split_last(), holding) else {
        return "Held: the policy here does not let this ship as it is.".to_owned();
    };
    let enforced = match others {
        [] => format!("{last} is"),
        _ => format!("{} and {last} are", others.join(", ")),
    };
    let (what, them) = match (holding, concerns) {
        (1, 1) => ("this concern".to_owned(), "it"),
        (1, _) => ("the concern marked enforced".to_owned(), "it"),
        (all, of) if all == of => (format!("these {all} concerns"), "them"),
        (some, _) => (format!("the {some} concerns marked enforced"), "them"),
    };
    format!(
        "Held: {enforced} enforced here. Fix {what}, or have an owner accept {them} with a reason."
    )
}

/// How much was read and how long it took: `12 files, 18 ms`.
pub(super) fn effort(review: &Review) -> String {
    format!(
        "{}, {}",
        count(review.stats.files, "file"),
        duration(review.stats.ms)
    )
}

fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
    }
}

/// What is in the record beside the concerns: `recorded 2 auth, 1 data · suppressed 1 auth`.
pub(super) fn beside(review: &Review) -> Option<String> {
    let parts = [
        (
            "recorded",
            by_surface(recorded(review).map(|one| one.surface)),
        ),
        (
            "suppressed",
            by_surface(suppressed(review).map(|(one, _)| one.surface)),
        ),
        (
            "strengthened",
            by_surface(review.strengthened.iter().map(|one| one.surface)),
        ),
    ];
    let parts = parts.iter().filter(|(_, counts)| !counts.is_empty());
    let words: Vec<String> = parts
        .map(|(word, counts)| format!("{word} {counts}"))
        .collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// Whether there is nothing that a person has to read.
pub(super) fn is_silent(review: &Review) -> bool {
    review.verdict == Verdict::Ships
        && review.spoken().next().is_none()
        && overridden(review).next().is_none()
        && review.not_reviewed.is_empty()
}
