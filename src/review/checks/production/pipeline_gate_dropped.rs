use super::download_unchecked::called;
use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::pipeline::{Pipeline, PipelineJob};
use crate::review::infrastructure::script::acts;
use crate::review::infrastructure::workflow::runs::{lasting_keys, together};
use crate::review::infrastructure::workflow::{Job, Step, Workflow, jobs};
use crate::review::record::finding::Finding;

check! {
    /// What stood between a change and production in the pipeline is gone.
    ///
    /// ## What it does
    /// Reads workflows and the pipelines of other forges. Speaks when the last tests are gone from
    /// one that still deploys; when a deploying job runs although what it waits for has failed
    /// (`if: always()`); when nobody has to approve or start it any more; when it runs for every
    /// branch, no longer waits for the tests, or leaves its environment; when tests may fail; when
    /// two deployments may run at once, or one is cut off by the next.
    ///
    /// ## Why it matters
    /// A pipeline is believed. Nobody looks again at what it has let through.
    ///
    /// ## Example
    /// ```yaml
    /// deploy:
    ///   needs: [test]
    ///   if: ${{ !cancelled() }}   # new: runs when the tests have failed, too
    /// ```
    ///
    /// ## Instead
    /// Say in the condition what has to have gone well, and keep the approval with the deployment.
    "production/pipeline-gate-dropped", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let read = context.commands();
    for file in context.files {
        let purpose = settings::purpose(file);
        let pipeline = matches!(purpose, Some(Purpose::Workflow | Purpose::Automation));
        if !pipeline || settings::unreadable(file) || !file.before.exists || !file.after.exists {
            continue;
        }
        approvals(context, file, found);
        if let Some(all) = read.iter().find(|it| std::ptr::eq(it.file, file)) {
            tests_gone(context, all, read, found);
        }
        if purpose == Some(Purpose::Workflow) {
            workflow(file, found);
        } else if file
            .path
            .rsplit('/')
            .next()
            .is_some_and(|it| it.starts_with(".gitlab-ci"))
        {
            gitlab(file, found);
        }
    }
}

/// Whether a command runs tests.
fn tests(command: &Command) -> bool {
    if matches!(command.program(), "mvn" | "mvnw" | "gradle" | "gradlew") {
        return builds_with_tests(command);
    }
    let about = command.about();
    let prepares = about
        .iter()
        .any(|it| matches!(it.as_str(), "install" | "upload" | "mkdir" | "results"));
    !acts(&command.text())
        && !matches!(
            command.program(),
            "kubectl"
                | "helm"
                | "docker"
                | "podman"
                | "aws"
                | "git"
                | "ssh"
                | "rsync"
                | "terraform"
                | "echo"
                | "test"
                | "["
                | "if"
                | "cp"
                | "cat"
                | "export"
        )
        && !prepares
        && about.iter().any(|it| {
            matches!(
                it.as_str(),
                "test"
                    | "tests"
                    | "pytest"
                    | "rspec"
                    | "phpunit"
                    | "jest"
                    | "vitest"
                    | "tox"
                    | "nextest"
            )
        })
}

/// Whether a build runs the tests on its way, and is not told to leave them out.
fn builds_with_tests(command: &Command) -> bool {
    let goals = ["verify", "install", "package", "test", "build", "check"];
    let skips = command.option("-DskipTests")
        || command.option("-Dmaven.test.skip")
        || command.says(&["-x", "test"])
        || command.says(&["-x", "check"]);
    !skips && command.words.iter().any(|it| goals.contains(&it.as_str()))
}

/// Tests that are gone from what still deploys.
fn tests_gone(
    context: &Context<'_>,
    file: &Commands<'_>,
    read: &[Commands<'_>],
    found: &mut Vec<Finding>,
) {
    let Some(was) = file.before.iter().find(|it| tests(it)) else {
        return;
    };
    let count = |side: &[Command]| side.iter().filter(|it| tests(it)).count();
    let moved = read.iter().any(|it| count(&it.after) > count(&it.before));
    let deploys = |settings: &'_ [Setting], side: &[Command]| {
        side.iter().any(|it| acts(&it.text()))
            || Workflow::read(settings).jobs.values().any(Job::deploys)
    };
    let still = deploys(&file.file.before.settings, &file.before)
        && deploys(&file.file.after.settings, &file.after);
    // What is put in when it runs may be anything.
    let open = file
        .after
        .iter()
        .any(|it| it.text().contains("expression") && it.words.len() < 3);
    if count(&file.after) > 0 || moved || !still || open {
        return;
    }
    found.push(
        Finding::new(file.file, was.program(), "tests gone")
            .speaks_if(!called(context, file))
            .before(was.line, &was.text())
            .near(was.line.min(file.file.after.text.lines().count() as u32))
            .says(
                format!("The tests (`{}`) are gone from a pipeline that still deploys. What is broken goes out, and nothing stops it.", was.text()),
                "Run the tests before anything is deployed.",
            ),
    );
}

/// Whether a setting makes a pipeline wait for a person.
fn approves(setting: &Setting) -> bool {
    let value = setting.value.as_str();
    match setting.key() {
        "type" => value == "approval",
        "task" => {
            value.starts_with("ManualValidation@") || value.starts_with("ManualIntervention@")
        }
        "trigger" => value == "manual",
        "block" => !value.is_empty(),
        "uses" => value.contains("manual-approval") || value.contains("wait-for-approval"),
        _ => false,
    }
}

/// A step that waited for a person, and is gone from what still deploys.
fn approvals(context: &Context<'_>, file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let count = |settings: &[Setting]| settings.iter().filter(|it| approves(it)).count();
    let moved = context
        .files
        .iter()
        .any(|it| count(&it.after.settings) > count(&it.before.settings));
    let deploys = file.after.settings.iter().any(|it| {
        words(&format!("{} {}", it.dotted(), it.value))
            .iter()
            .any(|it| {
                matches!(
                    it.as_str(),
                    "deploy" | "deployment" | "production" | "prod" | "release" | "publish"
                )
            })
    });
    let Some(was) = file.before.settings.iter().find(|it| approves(it)) else {
        return;
    };
    // An environment may ask for it in its place.
    let environments = |settings: &[Setting]| {
        settings
            .iter()
            .filter(|it| it.path.iter().any(|it| it == "environment"))
            .count()
    };
    let kept = environments(&file.after.settings) > environments(&file.before.settings);
    if count(&file.after.settings) > 0 || moved || kept || !deploys {
        return;
    }
    found.push(
        Finding::new(file, "approval", "approval gone")
            .before(was.line, file.before.line(was.line))
            .near(was.line.min(file.after.text.lines().count() as u32))
            .says(
                "The pipeline waited until somebody had approved, and now goes on by itself. What is merged is deployed, whether anybody has looked or not.",
                "Put the approval back, or keep it on the environment that is deployed to.",
            ),
    );
}

/// What a deploying job of a workflow no longer waits for, or what may happen to it.
fn workflow(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let old = Workflow::read(&file.before.settings);
    let new = Workflow::read(&file.after.settings);
    for (before, after) in jobs(&file.before.settings, &file.after.settings, &old, &new) {
        let (was, is) = (&old.jobs[before], &new.jobs[after]);
        let waits = is
            .needs
            .iter()
            .any(|need| was.needs.iter().any(|it| it.value == need.value));
        if (is.environment.is_some() || is.steps.iter().any(ships)) && waits {
            regardless(
                file,
                after,
                is.needs[0].value.as_str(),
                [was.condition, is.condition],
                found,
            );
        }
        for step in is.steps.iter().filter(|it| ships(it)) {
            let earlier = was.steps.iter().find(|it| it.name == step.name);
            if let Some(earlier) = earlier {
                regardless(
                    file,
                    step.name,
                    "a step before it",
                    [earlier.condition, step.condition],
                    found,
                );
            }
        }
    }
    together(file, &old, &new, found);
    lasting_keys(file, &old, &new, found);
}

/// Whether a step puts something out that is no report.
fn ships(step: &Step<'_>) -> bool {
    let reports = words(&format!("{} {}", step.action(), step.name))
        .iter()
        .any(|it| {
            matches!(
                it.as_str(),
                "test"
                    | "tests"
                    | "report"
                    | "reports"
                    | "reporter"
                    | "result"
                    | "results"
                    | "coverage"
                    | "comment"
                    | "notify"
                    | "pages"
                    | "logs"
            )
        });
    step.deploys() && !reports
}

/// `if: always()` on what deploys.
fn regardless(
    file: &FilePair<'_>,
    name: &str,
    awaited: &str,
    [was, is]: [Option<&Setting>; 2],
    found: &mut Vec<Finding>,
) {
    let whatever = |it: &Setting| {
        let text: String = it.value.split_whitespace().collect();
        (text.contains("always()") || text.contains("!cancelled()") || text.contains("failure()") && !text.contains("!failure()"))
            // It says itself what has to have gone well.
            && !text.contains("result")
            && !text.contains("outcome")
            && !text.contains("conclusion")
            && !text.contains("success()")
            && !text.contains("!failure()")
    };
    let Some(is) = is.filter(|it| whatever(it)) else {
        return;
    };
    if was.is_some_and(whatever) {
        return;
    }
    let mut finding = Finding::new(file, &format!("{name}.if"), "runs after failures")
        .after(is.line, &format!("if: {}", is.value))
        .says(
            format!("{name}, which deploys, ran only where what it waits for had gone well, and now runs all the same. It goes out even when {awaited} fails."),
            "Say what has to have gone well, such as `!failure() && !cancelled()`.",
        );
    if let Some(was) = was {
        finding = finding.before(was.line, &format!("if: {}", was.value));
    }
    found.push(finding);
}

/// The jobs of a pipeline of GitLab.
fn gitlab(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let old = Pipeline::read(&file.before.settings);
    let new = Pipeline::read(&file.after.settings);
    // What comes from elsewhere now may say all of it.
    if new.includes && !old.includes {
        return;
    }
    for (name, is) in &new.jobs {
        let Some(was) = old.jobs.get(name) else {
            continue;
        };
        if was.unknown || is.unknown {
            continue;
        }
        let mut tell = |line: u32, fact: &str, words: String, advice: &str| {
            found.push(
                Finding::new(file, name, fact)
                    .before(was.line, file.before.line(was.line))
                    .after(line, file.after.line(line))
                    .says(words, advice),
            );
        };
        if let (Some(line), None) = (is.may_fail().map(|it| it.line), was.may_fail())
            && checks(name, is)
            && new.jobs.keys().any(|it| new.jobs[it].deploys(it))
        {
            tell(
                line,
                "may fail",
                format!(
                    "Where the job {name} failed, nothing was deployed, and now it may fail. What it finds goes out all the same."
                ),
                "Let it stop the pipeline again, or say until when it may fail and who looks at it.",
            );
        }
        if !was.deploys(name) || !is.deploys(name) && is.environment().is_some() {
            continue;
        }
        let (before, after) = (old.ways(was), new.ways(is));
        let line = is.setting("when").map_or(is.line, |it| it.line);
        if before.by_hand && !after.by_hand {
            tell(
                line,
                "starts by itself",
                format!(
                    "Somebody had to start the job {name}, which deploys, and now it starts by itself. What is merged goes out, whether anybody watches or not."
                ),
                "Put `when: manual` back, in every rule of the job.",
            );
        } else if before.held && !after.held {
            tell(
                line,
                "runs everywhere",
                format!(
                    "The job {name}, which deploys, ran for the main branch or for tags only, and now may run for any branch. What nobody has reviewed can go out."
                ),
                "Name the branch in every rule of the job: rules of its own replace those of its template.",
            );
        }
        let now = new.awaited(name);
        let lost = old.awaited(name).into_iter().find(|it| {
            !now.contains(it)
                && new
                    .jobs
                    .get(it)
                    .is_some_and(|job| checks(it, job) && job.may_fail().is_none())
        });
        if let Some(lost) = lost {
            tell(
                is.setting("needs").map_or(is.line, |it| it.line),
                "no longer waits",
                format!(
                    "The job {name}, which deploys, waited until {lost} had passed, and no longer does. It goes out even when {lost} fails."
                ),
                "Name it under `needs:` again.",
            );
        }
        if was.environment().is_some() && is.environment().is_none() {
            tell(
                is.line,
                "environment gone",
                format!(
                    "The job {name} deployed to an environment, with its approvals and its own secrets, and now to none. It can go out without anyone's approval."
                ),
                "Put `environment:` back.",
            );
        }
        if was.setting("resource_group").is_some() && is.setting("resource_group").is_none() {
            tell(
                is.line,
                "may run at once",
                format!(
                    "One run of the job {name} waited for the other, and now two may deploy at once. The older one can end last, and then an old release is live."
                ),
                "Put `resource_group:` back.",
            );
        }
    }
}

/// Whether a job of a pipeline is there to find what is wrong.
fn checks(name: &str, job: &PipelineJob<'_>) -> bool {
    let stage = job.setting("stage").map_or("", |it| it.value.as_str());
    let found = words(&format!("{name} {stage}"));
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let report = any(&["coverage", "report", "notify", "pages"]);
    let named = any(&[
        "test",
        "tests",
        "unit",
        "integration",
        "e2e",
        "scan",
        "sast",
        "audit",
        "verify",
        "check",
        "checks",
        "security",
        "spec",
        "phpunit",
        "pytest",
        "rspec",
    ]);
    let runs = job.script().any(|it| {
        words(it)
            .iter()
            .any(|it| matches!(it.as_str(), "test" | "pytest" | "rspec" | "phpunit"))
    });
    !report && !job.deploys(name) && (named || runs)
}
