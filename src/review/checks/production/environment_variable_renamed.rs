use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose, example};
use crate::review::infrastructure::environment::{Otherwise, Read, reads};
use crate::review::record::Tier;
use crate::review::record::finding::Finding;
use std::collections::BTreeMap;

check! {
    /// The code reads another environment variable, and there is no way back to the old one.
    ///
    /// ## What it does
    /// Compares which environment variables code reads. Speaks when one is replaced by another
    /// without a default, and neither the old one is still read nor the new one set in this change. A
    /// new variable that must be set is recorded.
    ///
    /// ## Why it matters
    /// The new version starts where only the old variable is set: it stops, or runs with nothing.
    ///
    /// ## Example
    /// ```rust
    /// required_var("TOKEN_KEY")   // was: required_var("GITHUB_TOKEN_KEY")
    /// ```
    ///
    /// ## Instead
    /// Set the new one everywhere first, or read both for one release.
    "production/environment-variable-renamed", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let sides: Vec<(&[Read], &[Read])> = context
        .files
        .iter()
        .map(|file| {
            if example(&file.path) || file.path.ends_with(".config.ts") {
                return (&[][..], &[][..]);
            }
            (reads(&file.before), reads(&file.after))
        })
        .collect();
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (before, after) in &sides {
        before
            .iter()
            .for_each(|it| counts.entry(&it.name).or_default()[0] += 1);
        after
            .iter()
            .for_each(|it| counts.entry(&it.name).or_default()[1] += 1);
    }
    let gone = |name: &str| counts.get(name).is_some_and(|it| it[0] > 0 && it[1] == 0);
    let new = |name: &str| counts.get(name).is_some_and(|it| it[0] == 0 && it[1] > 0);
    for (file, &(before, after)) in context.files.iter().zip(&sides) {
        let mut used: Vec<&str> = Vec::new();
        for read in after
            .iter()
            .filter(|it| new(&it.name) && it.otherwise != Otherwise::Default)
        {
            if used.contains(&read.name.as_str()) {
                continue;
            }
            used.push(&read.name);
            let old = before
                .iter()
                .filter(|it| {
                    gone(&it.name) && it.symbol == read.symbol && alike(&it.name, &read.name)
                })
                .min_by_key(|it| it.line.abs_diff(read.line));
            let set = provided(context, &read.name);
            let Some(old) = old else {
                if read.otherwise == Otherwise::Stops && file.before.exists {
                    found.push(required(file, read));
                }
                continue;
            };
            let stops = if read.otherwise == Otherwise::Stops {
                "it does not start"
            } else {
                "it runs with nothing in its place"
            };
            let mut finding = Finding::new(
                file,
                &read.name,
                format!("{} -> {}", old.name, read.name),
            )
            .before(old.line, &old.name)
            .after(read.line, &read.name)
            .says(
                format!(
                    "The code used to read the environment variable {} and now reads {}, without a \
                         default. Where only the old one is set, {stops} after this goes out.",
                    old.name, read.name
                ),
                format!(
                    "Set {} everywhere first, or read both for one release.",
                    read.name
                ),
            );
            if set {
                finding.tier = Tier::Recorded;
            }
            found.push(finding);
        }
    }
}

/// Whether one name may be another for the same thing: they share more than the prefix of the
/// product, or differ in no more than a word.
fn alike(old: &str, new: &str) -> bool {
    let words = |name: &str| -> Vec<String> { name.split('_').map(str::to_owned).collect() };
    let (old, new) = (words(old), words(new));
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new);
    let prefix = same.count();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let shares = |word: &String| word.len() > 2 && new.contains(word);
    old.iter().any(shares) || prefix > 0 && old.len() <= 1 && new.len() <= 1
}

/// Whether the change itself sets a variable where the product is deployed.
fn provided(context: &Context<'_>, name: &str) -> bool {
    context.files.iter().any(|file| {
        let purpose = settings::purpose(file);
        let deploys =
            purpose.is_some_and(|it| !matches!(it, Purpose::Dependencies | Purpose::Automation));
        deploys
            && file.after.language.is_none()
            && (file.after.text.contains(name))
            && !file.before.text.contains(name)
            && !matches!(purpose, Some(Purpose::Workflow) if !file.after.text.contains("deploy"))
    })
}

fn required(file: &crate::review::deltas::compare::FilePair<'_>, read: &Read) -> Finding {
    Finding::new(file, &read.name, format!("{} required", read.name))
        .speaks_if(false)
        .after(read.line, &read.name)
        .says(
            format!(
                "The code now needs the environment variable {} and stops without it.",
                read.name
            ),
            format!("Set {} everywhere before this goes out.", read.name),
        )
}
