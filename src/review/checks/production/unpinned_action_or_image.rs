use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::infrastructure::workflow::Workflow;
use crate::review::record::finding::Finding;

check! {
    /// An action or image that was pinned to one exact version may now change by itself.
    ///
    /// ## What it does
    /// Speaks when an action of somebody else was named by a commit, or an image by its digest, and
    /// is now named by a tag or branch; when an image of one version is now whatever is newest; and
    /// when a new action of somebody else is taken from a branch and handed secrets.
    ///
    /// ## Why it matters
    /// A tag can be moved. Whoever takes over the account of that project runs their code with your
    /// keys, without a change in your repository.
    ///
    /// ## Example
    /// ```yaml
    /// - uses: vendor/upload@v3   # was: vendor/upload@2f1c…
    /// ```
    ///
    /// ## Instead
    /// Pin by commit or digest, with the version in a comment; update tools keep both current.
    "production/unpinned-action-or-image", Production, SPEAKS, run
}

/// Those who make the forge's own actions.
const FIRST_PARTY: &[&str] = &["actions/", "github/", "./", "docker://"];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        let Some(purpose) = settings::purpose(file) else {
            continue;
        };
        if settings::unreadable(file) {
            continue;
        }
        match purpose {
            Purpose::Workflow | Purpose::Action => actions(file, found),
            Purpose::Compose | Purpose::Manifest | Purpose::Dockerfile => images(file, found),
            _ => {}
        }
    }
}

fn pinned(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn actions(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let uses = |settings: &'_ [Setting]| -> Vec<(String, String, u32)> {
        settings
            .iter()
            .filter(|it| it.key() == "uses")
            .filter_map(|it| {
                let (action, reference) = it.value.split_once('@')?;
                Some((action.to_owned(), reference.to_owned(), it.line))
            })
            .collect()
    };
    let (old, new) = (uses(&file.before.settings), uses(&file.after.settings));
    let mut told: Vec<&str> = Vec::new();
    for (action, reference, line) in &new {
        if pinned(reference)
            || FIRST_PARTY.iter().any(|own| action.starts_with(own))
            || told.contains(&action.as_str())
        {
            continue;
        }
        let before: Vec<&(String, String, u32)> = old.iter().filter(|it| it.0 == *action).collect();
        if !before.is_empty() && before.iter().all(|it| pinned(&it.1)) {
            told.push(action);
            found.push(
                Finding::new(file, action, "pin removed")
                    .before(before[0].2, &format!("uses: {action}@{}", before[0].1))
                    .after(*line, &format!("uses: {action}@{reference}"))
                    .says(
                        format!(
                            "{action} used to be one exact commit and is now whatever `{reference}` \
                             points at. Whoever can move that runs their code with this workflow's keys."
                        ),
                        format!("Pin {action} to a commit again, with the version in a comment."),
                    ),
            );
        } else if before.is_empty()
            && matches!(reference.as_str(), "main" | "master" | "HEAD" | "latest")
        {
            told.push(action);
            let workflow = Workflow::read(&file.after.settings);
            let trusted = workflow
                .jobs
                .values()
                .flat_map(|job| &job.steps)
                .any(|step| step.action() == action && step.trusted());
            found.push(
                Finding::new(file, action, "new action from a branch")
                    .speaks_if(trusted && file.before.exists)
                    .after(*line, &format!("uses: {action}@{reference}"))
                    .says(
                        format!(
                            "{action} is new here, is given secrets, and is taken from the branch \
                             `{reference}` as it is at that moment. Its next change runs with your keys."
                        ),
                        format!("Pin {action} to a commit that someone has read."),
                    ),
            );
        }
    }
}

/// The name and the version of an image: the tag of its last part.
fn versioned(image: &str) -> Option<(&str, &str)> {
    let (name, version) = image.rsplit_once(':')?;
    let plain = !version.contains('/') && !image.contains('@') && !image.contains('$');
    (plain && version.contains(|it: char| it.is_ascii_digit())).then_some((name, version))
}

fn images(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    for (before, after) in settings::deltas(file).changed {
        if !matches!(after.key(), "image" | "from") {
            continue;
        }
        if let Some((name, version)) = versioned(&before.value)
            && let latest = after.value.strip_prefix(name)
            // An overlay may name the version of a manifest that names none.
            && (latest == Some(":latest") || latest == Some("") && after.key() == "from")
            && !settings::local(&file.path)
        {
            found.push(
                Finding::new(file, &after.dotted(), "version removed")
                    .before(before.line, &before.value)
                    .after(after.line, &after.value)
                    .says(
                        format!("The image {name} used to be version {version} and is now whatever is newest. The next start may bring another program, without a change here, and nobody can go back to the one before."),
                        "Name the version again.",
                    ),
            );
        } else if let Some((name, _)) = before.value.split_once("@sha256:")
            && !after.value.contains("@sha256:")
            && !after.value.contains("${")
        {
            let base = |image: &str| {
                image
                    .split([':', '@'])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            found.push(
                Finding::new(file, &after.dotted(), "digest removed")
                    .speaks_if(base(name) == base(&after.value) && !settings::local(&file.path))
                    .before(before.line, &before.value)
                    .after(after.line, &after.value)
                    .says(
                        format!(
                            "The image {name} used to be one exact build and is now whatever its tag \
                             points at. A new build of it can go live without a change here."
                        ),
                        "Add the digest (`@sha256:…`) again.",
                    ),
            );
        }
    }
}
