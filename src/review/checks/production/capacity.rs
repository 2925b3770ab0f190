use super::public_exposure::owner;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{self, Purpose, compare_in, local};
use crate::review::record::finding::Finding;

check! {
    /// Fewer copies, less memory, no health check: the product may bear less than before.
    ///
    /// ## What it does
    /// Records smaller numbers of copies, changed limits of memory and processor, health checks and
    /// disruption budgets that are gone, and timeouts and pools that become four times larger or
    /// smaller.
    ///
    /// ## Why it matters
    /// It works in quiet hours and falls over in busy ones.
    ///
    /// ## Example
    /// ```yaml
    /// replicas: 1   # was: 3
    /// ```
    ///
    /// ## Instead
    /// Try it where no customer is, under load.
    "production/capacity", Production, RECORDS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    code(context, found);
    let wanted = |it| {
        !matches!(
            it,
            Purpose::Workflow | Purpose::Action | Purpose::Automation | Purpose::Dependencies
        )
    };
    for (file, _, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        for (was, is) in &deltas.changed {
            let (Some(old), Some(new)) = (number(was), number(is)) else {
                continue;
            };
            let words = match is.key() {
                key if copies(key) && new < old => "runs in fewer copies",
                _ if limits(is) && old != new => "has other limits of memory or processor",
                key if stretchy(key) && (new >= old * 4.0 || new * 4.0 <= old) => {
                    "waits or holds at least four times as much, or as little"
                }
                _ => continue,
            };
            found.push(
                tell(file, is, words)
                    .before(was.line, file.before.code(&was.span))
                    .after(is.line, file.after.code(&is.span)),
            );
        }
        let mut told: Vec<&str> = Vec::new();
        for was in &deltas.removed {
            let part = was.path.iter().find(|key| {
                [
                    "livenessProbe",
                    "readinessProbe",
                    "startupProbe",
                    "healthcheck",
                    "limits",
                ]
                .contains(&key.as_str())
                    || key.starts_with("PodDisruptionBudget")
                    || key.starts_with("HorizontalPodAutoscaler")
            });
            if let Some(part) = part.filter(|it| !told.contains(&it.as_str())) {
                told.push(part);
                found.push(
                    tell(file, was, &format!("no longer has {part}"))
                        .before(was.line, file.before.code(&was.span)),
                );
            }
        }
    }
}

/// Limits, pools and timeouts that stand in code.
fn code(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.before.exists
            || local(&file.path)
            || !mentions(
                file,
                &["imit", "LIMIT", "imeout", "TIMEOUT", "pool", "Pool", "POOL"],
            )
        {
            continue;
        }
        let (before, after) = (literals(&file.before), literals(&file.after));
        for (was, is) in compare_in(file, before, after).changed {
            let (Some(old), Some(new)) = (number(was), number(is)) else {
                continue;
            };
            let path = is.dotted().to_ascii_lowercase();
            let about = ["limit", "timeout", "pool"]
                .iter()
                .any(|it| path.contains(it));
            if about && (new >= old * 4.0 || new * 4.0 <= old) {
                let name = is
                    .path
                    .iter()
                    .find(|it| !it.is_empty())
                    .cloned()
                    .unwrap_or_default();
                found.push(
                    Finding::new(
                        file,
                        &name,
                        format!("{} {} -> {}", is.key(), was.value, is.value),
                    )
                    .speaks_if(false)
                    .before(was.line, &was.value)
                    .after(is.line, &is.value)
                    .says(
                        format!(
                            "`{}` of {name} was {} and is now {}.",
                            is.key(),
                            was.value,
                            is.value
                        ),
                        "Try it where no customer is, under load.",
                    ),
                );
            }
        }
    }
}

fn copies(key: &str) -> bool {
    matches!(
        key,
        "replicas"
            | "minReplicas"
            | "replicaCount"
            | "desired_count"
            | "min_size"
            | "desired_capacity"
            | "minAvailable"
            | "numprocs"
            | "workers"
            | "multi_az"
    )
}

fn limits(setting: &Setting) -> bool {
    let under = |key: &str| setting.path.iter().any(|it| it == key);
    under("limits")
        || under("requests") && under("resources")
        || matches!(
            setting.key(),
            "mem_limit" | "cpus" | "memory_size" | "instance_class" | "instance_type"
        )
}

fn stretchy(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "timeout",
        "pool",
        "max_connections",
        "buffers",
        "concurrency",
    ]
    .iter()
    .any(|it| key.contains(it))
}

/// A number with its unit: `512Mi`, `500m`, `30s`.
fn number(setting: &Setting) -> Option<f64> {
    let text = setting.value.trim();
    let end = text
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    let scale = match text[end..].trim() {
        "m" => 0.001,
        "Ki" | "K" | "k" => 1024.0,
        "Mi" | "M" => 1024.0 * 1024.0,
        "Gi" | "G" => 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    };
    Some(value * scale)
}

fn tell(file: &FilePair<'_>, setting: &Setting, words: &str) -> Finding {
    let name = owner(setting);
    Finding::new(file, &name, format!("{} {words}", setting.key()))
        .speaks_if(false)
        .says(
            format!(
                "{name} {words} (`{}`). It may bear less than before.",
                setting.key()
            ),
            "Try it where no customer is, under load.",
        )
}
