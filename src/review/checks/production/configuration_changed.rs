use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, deltas, unreadable};
use crate::review::record::finding::Finding;

check! {
    /// Something that decides how the product is built, shipped or run is different.
    ///
    /// ## What it does
    /// Records every change of meaning in workflows, containers, manifests, infrastructure, web
    /// servers, environments, encrypted secrets, application settings and the scripts that start
    /// them. Comments, order and layout mean nothing.
    ///
    /// ## Why it matters
    /// Most of these changes are harmless, and many outages begin with one. The record shows which
    /// ones went out when.
    ///
    /// ## Example
    /// ```yaml
    /// resources: { limits: { memory: 512Mi } }   # was: 1Gi
    /// ```
    ///
    /// ## Instead
    /// Nothing is asked of you.
    "production/configuration-changed", Production, RECORDS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        let Some(purpose) = settings::purpose(file) else {
            if script(file) && meaning(file.before.text) != meaning(file.after.text) {
                found.push(tell(file, "", "script changed"));
            }
            continue;
        };
        if purpose == Purpose::Dependencies {
            continue;
        }
        if !file.before.exists || !file.after.exists {
            let what = if file.after.exists {
                "new file"
            } else {
                "file removed"
            };
            found.push(tell(file, "", what));
            continue;
        }
        if unreadable(file) || file.after.settings.is_empty() {
            if meaning(file.before.text) != meaning(file.after.text) {
                found.push(tell(file, "", "changed"));
            }
            continue;
        }
        let deltas = deltas(file);
        let first = deltas
            .changed
            .iter()
            .map(|(_, it)| *it)
            .chain(deltas.added.iter().copied())
            .chain(deltas.removed.iter().copied())
            .next();
        if let Some(setting) = first {
            let count = deltas.changed.len() + deltas.added.len() + deltas.removed.len();
            let mut finding = tell(file, &setting.dotted(), &format!("{count} settings"));
            if !deltas.changed.is_empty() || !deltas.added.is_empty() {
                finding.line = Some(setting.line);
            }
            found.push(finding);
        }
    }
}

fn tell(file: &FilePair<'_>, symbol: &str, fact: &str) -> Finding {
    Finding::new(file, symbol, fact).speaks_if(false).says(
        "How the product is built, shipped or run is different from before.",
        "Watch it when this goes out.",
    )
}

/// Scripts and code that start, deploy or configure the product.
fn script(file: &FilePair<'_>) -> bool {
    let path = file.path.to_ascii_lowercase();
    if settings::example(&path) || file.class != crate::change::Class::Source {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(&path);
    let shell = name.ends_with(".sh") || name.ends_with(".bash");
    let starts = [
        "entrypoint",
        "startup",
        "start",
        "deploy",
        "release",
        "docker",
        "init",
        "migrate",
    ]
    .iter()
    .any(|word| name.contains(word));
    let placed = [
        "deploy/",
        "docker/",
        "config/environments/",
        "config/initializers/",
        "infra/",
        "ansible/",
        "helm/",
    ]
    .iter()
    .any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")));
    let known = matches!(
        name,
        "procfile"
            | "settings.py"
            | "production.py"
            | "next.config.js"
            | "next.config.mjs"
            | "next.config.ts"
            | "puma.rb"
            | "unicorn.rb"
            | "gunicorn.conf.py"
            | "nginx.conf"
            | "codeowners"
    );
    shell && starts || placed || known
}

/// The lines that say something.
fn meaning(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("//"))
        .collect()
}
