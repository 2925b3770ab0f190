use crate::change::Class;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{ExprKind, Scope, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{self, Purpose, compare_in, example, unreadable};
use crate::review::deltas::slots::each_stmt;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A feature flag has another default, or is no longer asked.
    ///
    /// ## What it does
    /// Records flags whose default flips, in code or in configuration, and flags that code no longer
    /// asks about. Speaks when what tells whether a flag is on says yes where it cannot know, and
    /// said no before.
    ///
    /// ## Why it matters
    /// Everyone gets the new behaviour at once, and it can no longer be switched off.
    ///
    /// ## Example
    /// ```ruby
    /// flag?(:new_checkout, default: true)   # was: false
    /// ```
    ///
    /// ## Instead
    /// Switch it on in steps, and remove the flag when it has been on for everyone for a while.
    "production/feature-flag-flipped", Production, SPEAKS, run
}

const MENTIONS: &[&str] = &[
    "flag",
    "Flag",
    "FLAG",
    "feature",
    "Feature",
    "FEATURE",
    "variation",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        found.extend(open_by_default(delta));
    }
    for file in context.files {
        let flags = settings::purpose(file) == Some(Purpose::Flags);
        if !file.before.exists
            || unreadable(file)
            || example(&file.path)
            || !(flags || mentions(file, MENTIONS))
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            for (was, is) in &deltas.changed {
                if (flags || flag(is)) && was.kind == ValueKind::Bool && is.kind == ValueKind::Bool
                {
                    found.push(
                        tell(file, is, &format!("is now `{}` by default", is.value))
                            .before(was.line, &was.value)
                            .after(is.line, &is.value),
                    );
                }
            }
            if let Some(was) = deltas.removed.iter().find(|it| asked(it)) {
                found
                    .push(tell(file, was, "is no longer asked about").before(was.line, &was.value));
            }
        }
    }
}

/// A function that tells whether a flag is on, and that answers yes where it answered no.
fn open_by_default(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let place = format!("{} {}", delta.file.path, delta.after.path);
    let about = words(&place).iter().any(|it| is_flag(it));
    let asks = words(&delta.after.name).iter().any(|it| {
        matches!(
            it.as_str(),
            "enabled" | "enabled?" | "on" | "active" | "allows"
        )
    });
    if !about || !asks || delta.file.class != Class::Source || example(&delta.file.path) {
        return None;
    }
    let answers = |scope: &Scope, yes: bool| {
        let mut lines = Vec::new();
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::Return(Some(value)) = &it.kind
                && value.kind == ExprKind::Bool(yes)
            {
                lines.push(it.line);
            }
        });
        lines
    };
    let no = (answers(delta.before, false), answers(delta.after, false));
    let yes = (answers(delta.before, true), answers(delta.after, true));
    if no.1.len() >= no.0.len() || yes.1.len() <= yes.0.len() {
        return None;
    }
    let (was, is) = (*no.0.first()?, *yes.1.first()?);
    Some(
        Finding::new(delta.file, delta.symbol(), "on where it is not known")
            .before(was, delta.base_file.before.line(was))
            .after(is, delta.file.after.line(is))
            .says(
                format!(
                    "{} said no where it could not tell whether a feature is on, and now says yes. When the service that knows is away, everyone gets what is not finished or was switched off.",
                    name_of(delta.symbol())
                ),
                "Say no where it is not known.",
            ),
    )
}

fn is_flag(word: &str) -> bool {
    matches!(
        word,
        "flag" | "flags" | "feature" | "features" | "toggle" | "toggles"
    )
}

fn flag(setting: &Setting) -> bool {
    setting
        .path
        .iter()
        .any(|part| words(part).iter().any(|word| is_flag(word)))
}

/// A call that asks for a flag.
fn asked(setting: &Setting) -> bool {
    setting.path.iter().skip(1).any(|part| {
        matches!(
            part.as_str(),
            "variation"
                | "boolVariation"
                | "bool_variation"
                | "isFeatureEnabled"
                | "feature_enabled?"
                | "feature_enabled"
                | "isEnabled"
                | "flag?"
                | "is_feature_enabled"
                | "useFeatureFlag"
                | "useFlag"
                | "flag_enabled?"
                | "flag_is_active"
                | "LaunchDarkly"
        )
    })
}

fn tell(file: &FilePair<'_>, setting: &Setting, words: &str) -> Finding {
    let name = setting
        .path
        .iter()
        .rev()
        .find(|it| !it.is_empty())
        .cloned()
        .unwrap_or_default();
    Finding::new(file, &name, format!("{name} {words}"))
        .speaks_if(false)
        .says(
            format!("The feature flag {name} {words}. Everyone gets what it guards at once."),
            "Switch it on in steps, and watch.",
        )
}
