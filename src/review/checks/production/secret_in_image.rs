use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, local};
use crate::review::record::finding::Finding;

check! {
    /// A password, key or token is built into an image.
    ///
    /// ## What it does
    /// Reads Dockerfiles. Speaks when the stage that is shipped newly takes a secret as a build
    /// argument or a variable, or copies a file that holds secrets (`.env`, `id_rsa`).
    /// Mounted secrets, stages that are left behind and placeholders stay silent.
    ///
    /// ## Why it matters
    /// What was in an image once stays in its layers and its history. Whoever may pull it can read
    /// it there.
    ///
    /// ## Example
    /// ```dockerfile
    /// ARG NPM_TOKEN   # was: RUN --mount=type=secret,id=npm npm ci
    /// ```
    ///
    /// ## Instead
    /// Mount it for the one step that needs it: `RUN --mount=type=secret,id=…`.
    "production/secret-in-image", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        let image = settings::purpose(file) == Some(Purpose::Dockerfile);
        if !image
            || !file.before.exists
            || !file.after.exists
            || settings::unreadable(file)
            || local(&file.path)
        {
            continue;
        }
        let known: Vec<String> = shipped(&file.before.settings)
            .into_iter()
            .filter_map(secret)
            .collect();
        for setting in shipped(&file.after.settings) {
            let Some(name) = secret(setting).filter(|it| !known.contains(it)) else {
                continue;
            };
            found.push(tell(file, setting, &name));
        }
    }
}

/// What stands in the stage that is shipped, and in those that it is built upon.
fn shipped(settings: &[Setting]) -> Vec<&Setting> {
    let mut stages: Vec<&str> = Vec::new();
    let mut next = settings.iter().rfind(|it| it.key() == "from");
    while let Some(from) = next {
        let stage = from.path.first().map_or("", |it| it.as_str());
        if stages.contains(&stage) {
            break;
        }
        stages.push(stage);
        next = settings
            .iter()
            .find(|it| it.key() == "from" && it.path.first().is_some_and(|it| *it == from.value));
    }
    let in_one = |it: &&Setting| {
        it.path
            .first()
            .is_some_and(|it| stages.contains(&it.as_str()))
    };
    settings.iter().filter(in_one).collect()
}

/// The secret that a line puts into an image.
fn secret(setting: &Setting) -> Option<String> {
    let value = setting.value.trim();
    match setting.path.get(1)?.as_str() {
        "arg" => named(setting.key()).then(|| setting.key().to_owned()),
        "env" => {
            let plain = value.to_ascii_lowercase();
            // A value that opens nothing, so that the build goes through.
            let placeholder = value.is_empty()
                || value.len() < 8 && !value.starts_with('$')
                || value.starts_with('/')
                || [
                    "dummy",
                    "placeholder",
                    "build",
                    "changeme",
                    "example",
                    "unused",
                    "fake",
                    "not-",
                    "xxx",
                ]
                .iter()
                .any(|it| plain.contains(it));
            (named(setting.key()) && !placeholder).then(|| setting.key().to_owned())
        }
        "copy" | "add" => {
            // From another stage it is what was built there.
            if value.contains("--from=") {
                return None;
            }
            let given: Vec<&str> = value
                .split_whitespace()
                .filter(|it| !it.starts_with("--"))
                .collect();
            let (_, sources) = given.split_last()?;
            sources
                .iter()
                .map(|it| it.trim_matches(['"', '[', ']', ',']))
                .find(|it| holds(it))
                .map(str::to_owned)
        }
        _ => None,
    }
}

/// Whether a variable is named like a secret.
fn named(name: &str) -> bool {
    let found = words(name);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    matches!(
        found.as_slice(),
        [
            ..,
            "password" | "passwd" | "passphrase" | "secret" | "token"
        ] | [
            ..,
            "api" | "private" | "secret" | "access" | "deploy" | "signing",
            "key"
        ] | [.., "secret", "key", "base"]
    )
}

/// Whether a file holds secrets by its name.
fn holds(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        ".env"
            | ".env.local"
            | "id_rsa"
            | "id_ed25519"
            | ".netrc"
            | ".pgpass"
            | "credentials.json"
            | "service-account.json"
            | ".git-credentials"
    ) || name.ends_with(".pem") && name.contains("key")
        || matches!(name, "master.key" | "credentials") && path.contains('/')
        || path.trim_end_matches('/').ends_with(".ssh")
        || path.trim_end_matches('/').ends_with(".aws")
}

fn tell(file: &FilePair<'_>, setting: &Setting, name: &str) -> Finding {
    Finding::new(file, name, format!("{name} in the image"))
        .after(setting.line, file.after.line(setting.line))
        .says(
            format!("`{name}` is now part of the image, in its layers or its history. Whoever may pull the image can read it there, also after a later step deletes it."),
            "Mount it for the one step that needs it (`RUN --mount=type=secret`), and change it if such an image was ever pushed.",
        )
}
