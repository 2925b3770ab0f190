use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, holds, nearest};
use crate::review::infrastructure::script::line_acts;
use crate::review::infrastructure::workflow::{Step, Workflow, jobs};
use crate::review::record::finding::Finding;

check! {
    /// A scanner, a review rule or a required test no longer runs, or can no longer fail.
    ///
    /// ## What it does
    /// Speaks when a step that scans for weaknesses, leaked secrets or bad dependencies is gone and
    /// no other of its kind takes its place; when such a step, a test or a step that deploys may
    /// now fail without stopping anything; when the list of owners who must review is deleted;
    /// when the wait before new versions of dependencies are taken is gone.
    ///
    /// ## Why it matters
    /// What an alarm would have caught next month goes unseen, and nobody remembers that it was
    /// switched off.
    ///
    /// ## Example
    /// ```yaml
    /// - uses: aquasecurity/trivy-action@v1
    ///   continue-on-error: true   # new
    /// ```
    ///
    /// ## Instead
    /// Replace an alarm before removing it, and let the owner of the project sign the removal.
    "production/security-control-removed", Production, SPEAKS, run
}

/// Words that name a tool which looks for weaknesses.
const SCANNERS: &[&str] = &[
    "codeql",
    "trivy",
    "snyk",
    "semgrep",
    "gitleaks",
    "trufflehog",
    "zizmor",
    "scorecard",
    "dependency-review",
    "grype",
    "bandit",
    "brakeman",
    "gosec",
    "osv-scanner",
    "checkov",
    "tfsec",
    "kics",
    "npm audit",
    "pnpm audit",
    "yarn audit",
    "cargo audit",
    "cargo-audit",
    "cargo deny",
    "cargo-deny",
    "bundler-audit",
    "bundle audit",
    "pip-audit",
    "govulncheck",
    "actionlint",
    "detect-secrets",
    "secret-scan",
    "clair",
    "anchore",
    "kubescape",
    "kube-score",
    "afterclick",
];

/// Commands that run tests.
const TESTS: &[&str] = &[
    "npm test",
    "npm run test",
    "pnpm test",
    "pnpm run test",
    "yarn test",
    "pytest",
    "tox",
    "rspec",
    "rails test",
    "rake test",
    "cargo test",
    "cargo nextest",
    "go test",
    "mvn test",
    "mvn verify",
    "gradle test",
    "phpunit",
    "manage.py test",
    "vitest",
    "jest",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let everywhere: Vec<String> = context
        .files
        .iter()
        .filter(|file| file.after.exists && file.path.contains(".github/"))
        .map(|file| file.after.text.to_ascii_lowercase())
        .collect();
    for file in context.files {
        owners(file, found);
        match settings::purpose(file) {
            Some(Purpose::Workflow | Purpose::Action) if !settings::unreadable(file) => {
                scanners(file, &everywhere, found);
            }
            Some(Purpose::Automation) => cooldown(file, found),
            _ => {}
        }
    }
}

/// The kind of alarm that a step raises, if it does.
fn scanner(step: &Step<'_>) -> Option<&'static str> {
    let action = step.action().to_ascii_lowercase();
    let script = step
        .run
        .map_or(String::new(), |it| it.value.to_ascii_lowercase());
    SCANNERS
        .iter()
        .copied()
        // Handing in a report, installing a tool or building for it is not looking.
        .filter(|_| {
            let beside = [
                "upload-sarif",
                "codeql-action/init",
                "codeql-action/autobuild",
            ];
            !beside.iter().any(|it| action.contains(it))
        })
        .find(|name| action.contains(name) || command(&script, name))
}

fn command(script: &str, name: &str) -> bool {
    script.lines().any(|line| {
        let line = line.trim();
        line.contains(name) && !line.contains("install") && !line.starts_with("echo")
    })
}

fn tests(step: &Step<'_>) -> bool {
    step.run
        .is_some_and(|it| TESTS.iter().any(|name| command(&it.value, name)))
}

fn tolerated(step: &Step<'_>) -> Option<u32> {
    step.settings
        .iter()
        .find(|it| it.key() == "continue-on-error" && it.value == "true")
        .map(|it| it.line)
}

fn scanners(file: &FilePair<'_>, everywhere: &[String], found: &mut Vec<Finding>) {
    let old = Workflow::read(&file.before.settings);
    let new = Workflow::read(&file.after.settings);
    let mut told: Vec<&str> = Vec::new();
    for (name, job) in &old.jobs {
        for step in &job.steps {
            let Some(tool) = scanner(step) else { continue };
            let still = new
                .jobs
                .values()
                .flat_map(|job| &job.steps)
                .any(|it| scanner(it) == Some(tool));
            let elsewhere = everywhere.iter().any(|text| text.contains(tool));
            let replaced = new
                .jobs
                .values()
                .flat_map(|job| &job.steps)
                .filter_map(scanner)
                .any(|other| {
                    !old.jobs
                        .values()
                        .flat_map(|job| &job.steps)
                        .any(|it| scanner(it) == Some(other))
                });
            if still || elsewhere || replaced || told.contains(&tool) {
                continue;
            }
            told.push(tool);
            // What could not fail before has stopped nothing.
            // Beside another of its kind, one less is less to say.
            let stopped = tolerated(step).is_none() && !others(&new, name);
            let line = step.settings.first().map_or(1, |it| it.line);
            let mut finding = Finding::new(file, &symbol(name, step.name), format!("scanner {tool} removed"))
                .speaks_if(stopped)
                .before(line, &shown(step))
                .says(
                    format!(
                        "The step {} looked for weaknesses with {tool} and is gone; nothing in this \
                         change takes its place. The next weakness of that kind would go out unseen.",
                        step.name
                    ),
                    format!("Keep {tool} until something else does its work, or have the project's owner agree."),
                );
            finding.line = nearest(&file.after.settings, &["jobs", *name]);
            found.push(finding);
        }
    }
    for (before, after) in jobs(&file.before.settings, &file.after.settings, &old, &new) {
        let (old, new) = (&old.jobs[before], &new.jobs[after]);
        let whole = |job: &[&Setting]| {
            job.iter()
                .find(|it| {
                    it.path.len() == 3 && it.key() == "continue-on-error" && it.value == "true"
                })
                .map(|it| it.line)
        };
        if let (None, Some(line)) = (whole(&old.settings), whole(&new.settings)) {
            let matters = new
                .steps
                .iter()
                .any(|it| scanner(it).is_some() || tests(it));
            found.push(quiet(file, &symbol(after, ""), after, "job", line).speaks_if(matters));
        }
        for step in &new.steps {
            let Some(earlier) = old.steps.iter().find(|it| it.name == step.name) else {
                continue;
            };
            let acts = |it: &Setting| it.value.lines().any(line_acts);
            let looks = scanner(step).is_some() || tests(step);
            let matters = looks || step.run.is_some_and(acts);
            if let (None, Some(line)) = (tolerated(earlier), tolerated(step)) {
                found.push(
                    quiet(file, &symbol(after, step.name), step.name, "step", line)
                        .speaks_if(matters),
                );
            } else if looks
                && let (Some(was), Some(is)) = (earlier.run, step.run)
                && !was.value.contains("|| true")
                && is.value.contains("|| true")
            {
                found.push(quiet(
                    file,
                    &symbol(after, step.name),
                    step.name,
                    "step",
                    is.line,
                ));
            } else if let (Some(was), Some(is)) =
                (earlier.input("exit-code"), step.input("exit-code"))
                && was.value != "0"
                && is.value == "0"
            {
                found.push(quiet(
                    file,
                    &symbol(after, step.name),
                    step.name,
                    "step",
                    is.line,
                ));
            }
        }
    }
}

/// Whether something else still looks for weaknesses in a job.
fn others(workflow: &Workflow<'_>, job: &str) -> bool {
    workflow
        .jobs
        .get(job)
        .is_some_and(|job| job.steps.iter().any(|step| scanner(step).is_some()))
}

fn quiet(file: &FilePair<'_>, symbol: &str, name: &str, what: &str, line: u32) -> Finding {
    Finding::new(file, symbol, "may fail unseen")
        .after(line, "continue-on-error: true")
        .says(
            format!(
                "The {what} {name} used to stop the change when it failed, and now may fail without \
                 stopping anything. What it finds would go out all the same."
            ),
            format!("Let {name} stop the change again, or say until when it may fail and who looks at it."),
        )
}

fn shown(step: &Step<'_>) -> String {
    match (step.uses, step.run) {
        (Some(uses), _) => format!("uses: {}", uses.value),
        (None, Some(run)) => format!("run: {}", run.value),
        _ => step.name.to_owned(),
    }
}

fn symbol(job: &str, step: &str) -> String {
    match (job.is_empty(), step.is_empty()) {
        (_, true) => job.to_owned(),
        (true, _) => step.to_owned(),
        _ => format!("{job}.{step}"),
    }
}

fn owners(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let name = file.base_path.rsplit('/').next().unwrap_or_default();
    if name != "CODEOWNERS" || !file.before.exists {
        return;
    }
    let rules = |text: &str| -> Vec<String> {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    let (old, new) = (rules(file.before.text), rules(file.after.text));
    let gone: Vec<&String> = old.iter().filter(|it| !new.contains(it)).collect();
    if let [first, ..] = gone[..] {
        let deleted = new.is_empty();
        let place = first.split(' ').next().unwrap_or_default();
        found.push(
            Finding::new(file, place, format!("owners of {place}"))
                .speaks_if(deleted)
                .before(1, first)
                .says(
                    if deleted {
                        "The list of owners who must review changes is gone. Changes to any file can \
                         go in without the people who know it."
                            .to_owned()
                    } else {
                        format!("The owners of {place}, who review its changes, are no longer the same.")
                    },
                    "Keep the list, or have every owner on it agree.",
                ),
        );
    }
}

fn cooldown(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let deltas = settings::deltas(file);
    let waits = |it: &Setting| {
        it.path
            .iter()
            .any(|key| key == "cooldown" || key == "minimumReleaseAge")
    };
    // Gone for one kind of dependency that is still updated.
    let around = |it: &Setting| {
        let at = it
            .path
            .iter()
            .position(|key| key == "cooldown" || key == "minimumReleaseAge");
        it.path[..at.unwrap_or(0)].to_vec()
    };
    let gone = deltas.removed.iter().find(|it| {
        waits(it)
            && holds(&file.after.settings, &around(it))
            && !file
                .after
                .settings
                .iter()
                .any(|other| waits(other) && around(other) == around(it))
    });
    let Some(gone) = gone else { return };
    let mut finding = Finding::new(file, "cooldown", "cooldown removed")
        .before(gone.line, file.before.code(&gone.span))
        .says(
            "New versions of dependencies used to be taken only after some days, and are now \
             proposed at once. A hijacked package is usually found within those days.",
            "Put the wait back; security fixes do not have to wait for it.",
        );
    finding.line = nearest(&file.after.settings, &gone.path);
    found.push(finding);
}
