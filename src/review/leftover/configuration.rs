use std::collections::BTreeMap;

use super::{Kind, Leftover, Risk};
use crate::change::Change;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, example};
use crate::review::examine;
use crate::review::infrastructure::environment::{Otherwise, reads};

/// A file or a check, what it leaves behind and what that means.
type Meaning = (Kind, Risk, &'static str);

/// What the settings and the variables of a change leave behind.
pub(super) fn read(files: &[FilePair<'_>], found: &mut Vec<Leftover>) {
    variables(files, found);
    for file in files {
        let Some((kind, risk, why)) = settings::purpose(file).and_then(meaning) else {
            continue;
        };
        if file.before.text == file.after.text {
            continue;
        }
        let deltas = settings::deltas(file);
        let line = deltas.changed.first().map(|(_, is)| is.line);
        let line = line.or_else(|| deltas.added.first().map(|it| it.line));
        found.push(Leftover {
            risk,
            kind,
            what: file.path.clone(),
            why: why.to_owned(),
            path: file.path.clone(),
            line,
        });
    }
}

/// What a file of settings leaves behind, where it is not part of the code that comes back.
fn meaning(purpose: Purpose) -> Option<Meaning> {
    Some(match purpose {
        Purpose::Terraform | Purpose::CloudTemplate => (
            Kind::Infrastructure,
            Risk::Unknown,
            "What was built stays built. Plan the earlier description before, and read what it \
             would destroy.",
        ),
        Purpose::Manifest | Purpose::ChartValues | Purpose::Compose | Purpose::WebServer => (
            Kind::Configuration,
            Risk::NeedsSteps,
            "It comes back only where the deploy applies it too. Apply the earlier one with it.",
        ),
        Purpose::Secrets => (
            Kind::Secret,
            Risk::NeedsSteps,
            "The earlier values come back with the commit. Check that they still open anything \
             before.",
        ),
        Purpose::Environment => (
            Kind::EnvironmentVariable,
            Risk::NeedsSteps,
            "Where variables are set by other means, they stay as they are now. Compare them \
             before.",
        ),
        Purpose::Flags => (
            Kind::FeatureFlag,
            Risk::NeedsSteps,
            "The defaults come back with the commit; what a flag service serves does not. Set it \
             by hand.",
        ),
        // Deployed with the code, or no part of what runs.
        Purpose::Application
        | Purpose::Dockerfile
        | Purpose::Dependencies
        | Purpose::Workflow
        | Purpose::Action
        | Purpose::Automation => return None,
    })
}

/// Variables that only one of the two versions reads.
fn variables(files: &[FilePair<'_>], found: &mut Vec<Leftover>) {
    let mut seen: BTreeMap<String, Sides> = BTreeMap::new();
    for file in files.iter().filter(|it| !example(&it.path)) {
        for read in reads(&file.before) {
            let sides = seen.entry(read.name.clone()).or_default();
            sides.before = Some((file.base_path.clone(), read.line));
            sides.needed |= read.otherwise != Otherwise::Default;
        }
        for read in reads(&file.after) {
            seen.entry(read.name.clone()).or_default().after = Some((file.path.clone(), read.line));
        }
    }
    for (name, sides) in seen {
        let (risk, why, (path, line)) = match (sides.before, sides.after) {
            (None, Some(place)) => (
                Risk::Safe,
                "It stays set; the earlier code does not read it.",
                place,
            ),
            (Some(place), None) if sides.needed => (
                Risk::NeedsSteps,
                "The earlier code reads it again. Make sure that it is still set before.",
                (place.0, 0),
            ),
            (Some(place), None) => (
                Risk::Safe,
                "The earlier code reads it again, and has a default where it is not set.",
                (place.0, 0),
            ),
            _ => continue,
        };
        found.push(Leftover {
            risk,
            kind: Kind::EnvironmentVariable,
            what: name,
            why: why.to_owned(),
            path,
            line: (line > 0).then_some(line),
        });
    }
}

#[derive(Default)]
struct Sides {
    before: Option<(String, u32)>,
    after: Option<(String, u32)>,
    needed: bool,
}

/// What checks found that matters on the way back as well.
pub(super) fn speaks(change: &Change, found: &mut Vec<Leftover>) {
    for (check, finding) in examine(change) {
        let Some((kind, risk, why)) = told_by(check.id) else {
            continue;
        };
        found.push(Leftover {
            risk,
            kind,
            what: match finding.symbol.is_empty() {
                true => finding.path.clone(),
                false => finding.symbol.clone(),
            },
            why: why.to_owned(),
            path: finding.path.clone(),
            line: finding.line,
        });
    }
}

fn told_by(check: &str) -> Option<Meaning> {
    Some(match check {
        "production/feature-flag-flipped" => (
            Kind::FeatureFlag,
            Risk::NeedsSteps,
            "Its default comes back with the commit; what a flag service serves does not. Set it \
             by hand.",
        ),
        "production/secret-replaced" | "production/secret-in-code" => (
            Kind::Secret,
            Risk::NeedsSteps,
            "The earlier value comes back with the commit. Check that it still opens anything, and \
             was not replaced because it leaked.",
        ),
        "money/live-test-key-swap" => (
            Kind::Secret,
            Risk::NeedsSteps,
            "The earlier key comes back with the commit. Check which account it belongs to.",
        ),
        "production/state-loss-infra" => (
            Kind::Infrastructure,
            Risk::LosesData,
            "What it held is gone or unprotected, and the earlier description does not bring it \
             back.",
        ),
        "data/retention-backup-off" => (
            Kind::Infrastructure,
            Risk::LosesData,
            "Backups of the time in between may be missing, whatever comes back.",
        ),
        _ => return None,
    })
}
