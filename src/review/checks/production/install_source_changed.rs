use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, example};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// Installing the project now runs a script, or fetches code from another place.
    ///
    /// ## What it does
    /// Speaks when a package's manifest gets a script that runs on installation, when a dependency
    /// that came from the registry now comes from an address or repository, when the registry itself
    /// changes, and when a lock file has another checksum for the same version.
    ///
    /// ## Why it matters
    /// This runs on every developer's machine and on every build server, with their keys, before
    /// anyone has used the product.
    ///
    /// ## Example
    /// ```json
    /// "postinstall": "node setup.js"
    /// ```
    ///
    /// ## Instead
    /// Read the script; let build servers install without scripts; publish a fork to a registry.
    "production/install-source-changed", Production, SPEAKS, run
}

/// Scripts that a package manager runs by itself.
const HOOKS: &[&str] = &["preinstall", "install", "postinstall"];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::Dependencies) {
        if example(&file.path) {
            continue;
        }
        let name = file.path.rsplit('/').next().unwrap_or_default();
        for is in &deltas.added {
            if name == "package.json" && hook(is) {
                script(file, is, None, found);
            }
            if elsewhere(is) && dependency(is) {
                let known = deltas
                    .removed
                    .iter()
                    .any(|it| it.path.starts_with(is.around()))
                    || file.before.settings.iter().any(|it| it.path == is.around());
                source(file, is, known, found);
            }
        }
        for (was, is) in &deltas.changed {
            if name == "package.json" && hook(is) {
                script(file, is, Some(was), found);
            }
            if elsewhere(is) && dependency(is) && !elsewhere(was) {
                source(file, is, true, found);
            }
        }
    }
    for file in context.files {
        if file.path.ends_with(".npmrc") || file.path.ends_with("pip.conf") {
            registry(file, found);
        }
        if requirements(&file.path) && file.before.exists && !example(&file.path) {
            indexes(file, found);
        }
        if file.path.ends_with("package-lock.json") && !example(&file.path) {
            checksums(file, found);
        }
    }
}

/// A list of packages for pip.
fn requirements(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("requirements") && name.ends_with(".txt")
        || path.contains("requirements/") && name.ends_with(".txt")
}

/// Another index that pip takes packages from, or checksums that are gone.
fn indexes(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let says = |it: &str| {
        let option = it.trim_start();
        option.starts_with("--extra-index-url")
            || option.starts_with("--index-url")
            || option.starts_with("--trusted-host")
    };
    let known: Vec<&str> = file.before.text.lines().filter(|it| says(it)).collect();
    for (line, number) in file.after.text.lines().zip(1..) {
        if says(line) && !known.contains(&line) {
            found.push(
                Finding::new(file, "", format!("index {line}"))
                    .after(number, line)
                    .says(
                        "Packages now also come from another index. Whoever puts a package of the same name there, with a higher version, has it installed.",
                        "Take each package from one index, and keep the checksums.",
                    ),
            );
            return;
        }
    }
    let hashes = |text: &str| text.matches("--hash=").count();
    if hashes(file.before.text) > 1 && hashes(file.after.text) == 0 {
        found.push(
            Finding::new(file, "", "checksums gone")
                .says(
                    "The packages were installed only if their checksums were right, and now they are installed as they come. A package that was changed on its way would not be noticed.",
                    "Keep the checksums: `pip-compile --generate-hashes` writes them.",
                ),
        );
    }
}

fn hook(setting: &Setting) -> bool {
    matches!(&setting.path[..], [scripts, name] if scripts == "scripts" && HOOKS.contains(&name.as_str()))
        // Known tools that only prepare the working copy.
        && !["husky", "patch-package", "prisma generate", "nuxt prepare", "lefthook", "simple-git-hooks", "npx only-allow", "electron-builder install-app-deps", "ngcc", "manypkg"]
            .iter()
            .any(|it| setting.value.contains(it))
}

fn script(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>, found: &mut Vec<Finding>) {
    let mut finding = Finding::new(file, &is.dotted(), format!("{} runs", is.key()))
        .speaks_if(was.is_none())
        .after(is.line, &format!("{}: {}", is.key(), is.value))
        .says(
            format!(
                "Installing this package now runs `{}` by itself, on every developer's machine and \
                 every build server.",
                is.value
            ),
            "Read what it runs, and let it run in a step of its own where possible.",
        );
    if let Some(was) = was {
        finding = finding.before(was.line, &was.value);
    }
    found.push(finding);
}

fn dependency(setting: &Setting) -> bool {
    setting
        .path
        .iter()
        .any(|part| part.to_ascii_lowercase().contains("dependencies") || part == "require")
}

/// Whether a dependency comes from somewhere else than a registry.
fn elsewhere(setting: &Setting) -> bool {
    let value = setting.value.as_str();
    let address = [
        "git+",
        "git://",
        "git@",
        "github:",
        "http://",
        "https://",
        "gitlab:",
        "bitbucket:",
    ]
    .iter()
    .any(|it| value.starts_with(it));
    address && !value.contains("registry.npmjs.org") || setting.key() == "git" && !value.is_empty()
}

fn source(file: &FilePair<'_>, is: &Setting, known: bool, found: &mut Vec<Finding>) {
    let name = if is.key() == "git" {
        is.path.iter().rev().nth(1).map_or("", SmolStr::as_str)
    } else {
        is.key()
    };
    found.push(
        Finding::new(file, name, format!("{name} from {}", is.value))
            .speaks_if(known)
            .after(is.line, &format!("{}: {}", is.key(), is.value))
            .says(
                format!(
                    "{name} came from the registry and now comes from {}. Whoever controls that place \
                     decides what is installed, and can change it without a new version.",
                    is.value
                ),
                "Take it from the registry, or pin the exact commit and say why.",
            ),
    );
}

fn registry(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let read = |text: &str| -> Vec<String> {
        text.lines()
            .map(str::trim)
            .filter(|line| line.contains("registry=") || line.contains("index-url"))
            .map(str::to_owned)
            .collect()
    };
    let (old, new) = (read(file.before.text), read(file.after.text));
    for line in new.iter().filter(|it| !old.contains(it)) {
        let insecure = line.contains("http://");
        found.push(
            Finding::new(file, "registry", line.clone())
                .speaks_if(!old.is_empty() || insecure)
                .near(1)
                .says(
                    format!("Packages are now installed from another place (`{line}`). Whoever runs it decides what is installed."),
                    "Say who runs that registry, and keep it to the packages that are only there.",
                ),
        );
    }
}

/// Entries of a lock file: name and version, address, checksum.
fn entries(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut name = String::new();
    let mut version = String::new();
    for line in text.lines() {
        let line = line.trim();
        let value = |prefix: &str| {
            line.strip_prefix(prefix)
                .map(|it| it.trim_end_matches(',').trim_matches('"').to_owned())
        };
        if let Some(key) = line.strip_suffix(": {") {
            name = key.trim_matches('"').to_owned();
            version.clear();
        } else if let Some(found) = value("\"version\": ") {
            version = found;
        } else if let Some(checksum) = value("\"integrity\": ")
            && !version.is_empty()
        {
            found.push((format!("{name} {version}"), checksum));
        }
    }
    found
}

fn checksums(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let old: std::collections::HashMap<String, String> =
        entries(file.before.text).into_iter().collect();
    for (package, checksum) in entries(file.after.text) {
        let Some(before) = old.get(&package) else {
            continue;
        };
        // Another kind of checksum may belong to the same content.
        let kind = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
        if *before != checksum && kind(before) == kind(&checksum) {
            let name = package.trim_start_matches("node_modules/").to_owned();
            found.push(
                Finding::new(file, &name, format!("{name} has another checksum")).near(1).says(
                    format!(
                        "{name} has the same version as before and another content. A version that was \
                         published does not change; what is installed is not what was reviewed."
                    ),
                    "Install it afresh from the registry and compare, before anything is built from it.",
                ),
            );
            return;
        }
    }
}
