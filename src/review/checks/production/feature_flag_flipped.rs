use crate::facts::setting::{Setting, ValueKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::literals::{literals, mentions};
use crate::review::settings::{self, Purpose, compare_in, example, unreadable};

check! {
    /// A feature flag has another default, or is no longer asked.
    ///
    /// ## What it does
    /// Records flags whose default flips, in code or in configuration, and flags that code no longer
    /// asks about.
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
    "production/feature-flag-flipped", Production, RECORDS, run
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

fn flag(setting: &Setting) -> bool {
    setting.path.iter().any(|part| {
        words(part).iter().any(|word| {
            matches!(
                word.as_str(),
                "flag" | "flags" | "feature" | "features" | "toggle" | "toggles"
            )
        })
    })
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
