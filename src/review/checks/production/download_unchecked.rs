use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::script::acts;
use crate::review::record::finding::Finding;

check! {
    /// What is downloaded or connected to is no longer checked.
    ///
    /// ## What it does
    /// Reads the commands of scripts, workflows, images and recipes. Speaks when one newly trusts
    /// whoever answers (`curl --insecure`, `StrictHostKeyChecking=no`) or takes packages that nobody
    /// signed; when the check of a checksum or a signature is gone while the same is downloaded; and
    /// when packages are no longer installed just as the lock file says (`npm ci` becomes
    /// `npm install`). What asks the own machine stays silent.
    ///
    /// ## Why it matters
    /// Whoever stands in between, or gets into the place that it comes from, has their code run with
    /// the keys of the build, or of production.
    ///
    /// ## Example
    /// ```sh
    /// curl -fsSLO "$URL" && echo "$SUM  tool.tar.gz" | sha256sum -c   # the second half is gone
    /// ```
    ///
    /// ## Instead
    /// Give the certificate of the server (`--cacert`) or its host key, and keep checksums.
    "production/download-unchecked", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let read = context.commands();
    for file in read.iter().filter(|it| both(it.file)) {
        trusting(file, read, found);
        in_the_open(file, found);
        unverified(file, read, context, found);
        unlocked(file, read, context, found);
    }
    for file in context.files.iter().filter(|it| both(it)) {
        if settings::purpose(file) == Some(Purpose::Dockerfile) {
            added(file, found);
        }
    }
}

fn both(file: &FilePair<'_>) -> bool {
    file.before.exists && file.after.exists
}

/// What a command believes without a look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Whoever answers, whatever their certificate.
    Certificate,
    /// Whichever machine answers, whatever its key.
    HostKey,
    /// Packages that nobody signed.
    Unsigned,
}

/// What a command believes without a look, and the word that says so.
fn trust(command: &Command) -> Option<(Trust, &str)> {
    // On this machine nobody stands in between.
    let own = |it: &String| {
        ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|host| it.contains(host))
    };
    if command.words.iter().any(own) {
        return None;
    }
    let program = command.program();
    if program == "curl" && command.letter('k') {
        return Some((Trust::Certificate, "-k"));
    }
    if matches!(program, "echo" | "printf" | "grep" | "sed" | "log") {
        return None;
    }
    let said = command.words.iter().chain(&command.assigned);
    said.map(String::as_str).find_map(|word| {
        let plain = word.to_ascii_lowercase();
        let plain = plain.strip_prefix("-o").unwrap_or(&plain);
        let kind = match plain {
            "--insecure" if matches!(program, "curl" | "helm" | "argocd" | "regctl" | "oras") => {
                Trust::Certificate
            }
            "--no-check-certificate"
            | "--no-verify-ssl"
            | "--insecure-skip-tls-verify"
            | "--insecure-skip-tls-verify=true"
            | "--tls-verify=false"
            | "--dest-tls-verify=false"
            | "--src-tls-verify=false"
            | "--skip-verify-ssl"
            | "http.sslverify=false"
            | "git_ssl_no_verify=1"
            | "git_ssl_no_verify=true"
            | "node_tls_reject_unauthorized=0"
            | "pythonhttpsverify=0"
            | "strict-ssl=false"
            | "npm_config_strict_ssl=false" => Trust::Certificate,
            "false"
                if command.says(&["strict-ssl", "false"])
                    || command.says(&["http.sslVerify", "false"]) =>
            {
                Trust::Certificate
            }
            "stricthostkeychecking=no"
            | "stricthostkeychecking=off"
            | "userknownhostsfile=/dev/null" => Trust::HostKey,
            "--allow-unauthenticated" if matches!(program, "apt-get" | "apt") => Trust::Unsigned,
            "--force-yes"
            | "--nogpgcheck"
            | "--allow-untrusted"
            | "--no-gpg-checks"
            | "--nosignature"
            | "--allowunauthenticated" => Trust::Unsigned,
            _ if plain.contains("stricthostkeychecking=no")
                || plain.contains("userknownhostsfile=/dev/null") =>
            {
                Trust::HostKey
            }
            _ if plain.starts_with("apt::get::allowunauthenticated=")
                && !plain.ends_with("false") =>
            {
                Trust::Unsigned
            }
            _ => return None,
        };
        Some((kind, word))
    })
}

/// Commands that newly believe whoever answers.
fn trusting(file: &Commands<'_>, read: &[Commands<'_>], found: &mut Vec<Finding>) {
    for kind in [Trust::Certificate, Trust::HostKey, Trust::Unsigned] {
        let of = |side: &[Command]| {
            side.iter()
                .filter(|it| trust(it).is_some_and(|it| it.0 == kind))
                .count()
        };
        let [was, is] = counts(read, of);
        if is <= was || of(&file.after) <= of(&file.before) {
            continue;
        }
        let known: Vec<String> = file.before.iter().map(Command::text).collect();
        let fresh = file
            .after
            .iter()
            .find(|it| trust(it).is_some_and(|it| it.0 == kind) && !known.contains(&it.text()));
        let Some(command) = fresh else { continue };
        let word = trust(command).map_or("", |it| it.1);
        let program = match command.program() {
            "" => "This script",
            program => &format!("`{program}`"),
        };
        let (words, advice) = match kind {
            Trust::Certificate => (
                format!(
                    "{program} no longer checks whom it talks to (`{word}`). Whoever is in between can answer in place of the right server, read the keys that are sent and change what comes back."
                ),
                "Give it the certificate of that server, such as `--cacert`, and check again.",
            ),
            Trust::HostKey => (
                format!(
                    "{program} no longer checks which machine answers (`{word}`). Another machine can take its place, and gets what is sent there."
                ),
                "Write the machine's key into `known_hosts`, and check again.",
            ),
            Trust::Unsigned => (
                format!(
                    "{program} now installs packages that nobody has signed (`{word}`). Whoever is in between can put their own code into them."
                ),
                "Add the key of that source, and let signatures be checked.",
            ),
        };
        found.push(
            Finding::new(file.file, command.program(), format!("trusts {word}"))
                .after(command.line, &command.text())
                .says(words, advice),
        );
    }
}

/// What was fetched over an encrypted line, and now is over an open one.
fn in_the_open(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let hosts = |command: &Command, scheme: &str| -> Vec<String> {
        let words = command.words.iter().filter_map(|it| it.split_once(scheme));
        words
            .map(|it| {
                it.1.split(['/', '?', ':'])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    };
    let of = |side: &[Command], scheme: &str| -> Vec<String> {
        let programs = |it: &&Command| {
            matches!(
                it.program(),
                "curl" | "wget" | "git" | "pip" | "pip3" | "apt-get"
            )
        };
        side.iter()
            .filter(programs)
            .flat_map(|it| hosts(it, scheme))
            .collect()
    };
    let (closed, still) = (of(&file.before, "https://"), of(&file.after, "https://"));
    let open = of(&file.before, "http://");
    let own = |it: &str| {
        it.starts_with("localhost") || it.starts_with("127.") || it.starts_with('$') && it.len() < 3
    };
    let fresh = file.after.iter().find_map(|command| {
        let host = hosts(command, "http://").into_iter().find(|it| {
            closed.contains(it) && !still.contains(it) && !open.contains(it) && !own(it)
        });
        host.map(|it| (command, it))
    });
    let Some((command, host)) = fresh else { return };
    found.push(
        Finding::new(file.file, command.program(), format!("in the open {host}"))
            .after(command.line, &command.text())
            .says(
                format!("`{}` talks to {host} without encryption now. Whoever is in between can read what is sent, and change what comes back.", command.program()),
                "Use `https://` again.",
            ),
    );
}

/// How often something stands on either side of the whole change.
fn counts(read: &[Commands<'_>], of: impl Fn(&[Command]) -> usize) -> [usize; 2] {
    read.iter().fold([0, 0], |[before, after], it| {
        [before + of(&it.before), after + of(&it.after)]
    })
}

/// Whether a command checks that something is what it should be, by its checksum or signature.
pub(crate) fn verifies(command: &Command) -> bool {
    let program = command.program();
    let sums = program.ends_with("sum") && program.starts_with("sha") || program == "md5sum";
    match program {
        _ if sums => command.letter('c') || command.option("--check"),
        "gpg" | "gpg2" => command.option("--verify"),
        "gpgv" | "slsa-verifier" | "minisign" => true,
        "cosign" | "notation" => command.words.iter().any(|it| it.starts_with("verify")),
        "gh" => command.says(&["attestation", "verify"]),
        "openssl" => command.option("-verify"),
        "shasum" => command.letter('c') || command.option("--check"),
        _ => false,
    }
}

/// Whether a command fetches something, or puts out an image that it was given.
fn fetches(command: &Command) -> bool {
    match command.program() {
        "curl" => !command.words.iter().any(|it| it.contains("health")),
        "wget" | "fetch" | "skopeo" | "crane" | "oras" => true,
        "aws" => command.says(&["s3", "cp"]),
        "gsutil" => command.says(&["cp"]),
        "gh" => command.says(&["release", "download"]),
        "docker" | "podman" => command.says(&["pull"]),
        "kubectl" => command.says(&["set", "image"]) || command.says(&["apply"]),
        "helm" => command.says(&["upgrade"]) || command.says(&["install"]),
        _ => false,
    }
}

/// Checksums and signatures that nobody looks at any more.
fn unverified(
    file: &Commands<'_>,
    read: &[Commands<'_>],
    context: &Context<'_>,
    found: &mut Vec<Finding>,
) {
    let of = |side: &[Command]| side.iter().filter(|it| verifies(it)).count();
    let [was, is] = counts(read, of);
    let Some(before) = file.before.iter().find(|it| verifies(it)) else {
        return;
    };
    // What is fetched as before, by the program and the place that it comes from.
    let same = file.before.iter().filter(|it| fetches(it)).any(|it| {
        let place = place(it);
        let again =
            |other: &&Command| other.program() == it.program() && self::place(other) == place;
        file.after
            .iter()
            .filter(|it| fetches(it))
            .any(|it| again(&it))
    });
    if is >= was || of(&file.after) > 0 || !same {
        return;
    }
    // An action, or a script that is called now, may do it.
    let elsewhere = called(context, file);
    found.push(
        Finding::new(file.file, before.program(), format!("{} gone", before.program()))
            .speaks_if(!elsewhere)
            .before(before.line, &before.text())
            .near(before.line.min(file.file.after.text.lines().count() as u32))
            .says(
                format!(
                    "`{}` looked whether what was fetched is what it should be, and is gone, while the same is still fetched. Something else in its place would be used all the same.",
                    before.program()
                ),
                "Put the check back, with a checksum or key that stands in the repository.",
            ),
    );
}

/// Where something is fetched from: the host, or the first words.
fn place(command: &Command) -> String {
    let address = command.words.iter().find_map(|it| it.split_once("://"));
    match address {
        Some((_, rest)) => rest.split(['/', '?']).next().unwrap_or(rest).to_owned(),
        None => command
            .about()
            .into_iter()
            .take(3)
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// Whether a file now calls a script or an action that it did not call before.
pub(crate) fn called(context: &Context<'_>, file: &Commands<'_>) -> bool {
    let script = |it: &&Command| {
        let first = it.words.first().map_or("", String::as_str);
        let named = |word: &str| {
            word.ends_with(".sh") || word.starts_with("./") || word.contains("scripts/")
        };
        // A build tool that comes along is no script of the project.
        let tool = matches!(it.program(), "mvnw" | "gradlew");
        named(first) && !tool
            || matches!(
                it.program(),
                "bash" | "sh" | "source" | "." | "make" | "just"
            ) && it.words.get(1).is_some_and(|it| !it.starts_with('-'))
    };
    let known: Vec<String> = file
        .before
        .iter()
        .filter(script)
        .map(Command::text)
        .collect();
    let uses = |side: &[Setting]| -> Vec<String> {
        let used = side.iter().filter(|it| it.key() == "uses");
        used.map(|it| it.value.split('@').next().unwrap_or_default().to_owned())
            .collect()
    };
    let used = uses(&file.file.before.settings);
    let new_file = |it: &FilePair<'_>| {
        !it.before.exists
            && it.after.exists
            && it
                .path
                .rsplit('/')
                .next()
                .is_some_and(|name| file.file.after.text.contains(name))
    };
    file.after
        .iter()
        .filter(script)
        .any(|it| !known.contains(&it.text()))
        || uses(&file.file.after.settings)
            .iter()
            .any(|it| !used.contains(it))
        || context.files.iter().any(new_file)
}

/// Whether a command installs just what the lock file says; none where it installs nothing that
/// stands there.
fn locked(command: &Command) -> Option<(&'static str, bool)> {
    let named = command.words.iter().skip(2).any(|it| !it.starts_with('-'));
    Some(match command.program() {
        "npm" if command.says(&["ci"]) || command.says(&["clean-install"]) => ("npm", true),
        "npm"
            if !named
                && (command.says(&["install"]) || command.says(&["i"]))
                && !command.letter('g') =>
        {
            ("npm", false)
        }
        "pip" | "pip3" if command.says(&["install"]) && command.letter('r') => {
            ("pip", command.option("--require-hashes"))
        }
        "composer" if command.says(&["install"]) => ("composer", true),
        "composer" if command.says(&["update"]) && !named => ("composer", false),
        "pnpm" | "yarn"
            if command.option("--no-frozen-lockfile") || command.option("--no-immutable") =>
        {
            ("pnpm or yarn", false)
        }
        "pnpm" | "yarn" if !named && (command.says(&["install"]) || command.words.len() == 1) => {
            ("pnpm or yarn", true)
        }
        _ => return None,
    })
}

/// Packages that are no longer installed just as the lock file says.
fn unlocked(
    file: &Commands<'_>,
    read: &[Commands<'_>],
    context: &Context<'_>,
    found: &mut Vec<Finding>,
) {
    // What a package's own scripts install is for its developers, and so may another script be.
    let built = matches!(
        settings::purpose(file.file),
        Some(Purpose::Dockerfile | Purpose::Workflow | Purpose::Action | Purpose::Automation)
    );
    if !built && !file.after.iter().any(|it| acts(&it.text())) {
        return;
    }
    let no_lock = context.files.iter().any(|it| {
        let name = it.path.rsplit('/').next().unwrap_or_default();
        !it.after.exists && matches!(name, "package-lock.json" | "npm-shrinkwrap.json")
    });
    for tool in ["npm", "pip", "composer", "pnpm or yarn"] {
        let of = |side: &[Command], held: bool| {
            side.iter()
                .filter(|it| locked(it) == Some((tool, held)))
                .count()
        };
        let [was, is] = counts(read, |side| of(side, false));
        let after = file
            .after
            .iter()
            .find(|it| locked(it) == Some((tool, false)));
        let before = file
            .before
            .iter()
            .find(|it| locked(it) == Some((tool, true)));
        let (Some(after), Some(before)) = (after, before) else {
            continue;
        };
        if is <= was || of(&file.after, true) >= of(&file.before, true) {
            continue;
        }
        found.push(
            Finding::new(file.file, after.program(), format!("{tool} without its lock file"))
                .speaks_if(!no_lock)
                .before(before.line, &before.text())
                .after(after.line, &after.text())
                .says(
                    format!(
                        "`{}` installed just the packages that were locked, and `{}` takes whatever fits at that moment. A package that was hijacked yesterday would go out with the next build, unread.",
                        before.text(),
                        after.text()
                    ),
                    "Install what the lock file says, and change that file where something new is needed.",
                ),
        );
    }
}

/// `ADD --checksum=… https://…` without its checksum.
fn added(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let adds = |settings: &'_ [Setting]| -> Vec<(bool, String, u32)> {
        let all = settings
            .iter()
            .filter(|it| it.path.get(1).is_some_and(|it| it == "add"));
        all.filter_map(|it| {
            let (_, rest) = it.value.split_once("https://")?;
            let host = rest.split('/').next().unwrap_or(rest).to_owned();
            Some((it.value.contains("--checksum="), host, it.line))
        })
        .collect()
    };
    let (old, new) = (adds(&file.before.settings), adds(&file.after.settings));
    for (_, host, line) in new.iter().filter(|it| !it.0) {
        let was = old.iter().find(|it| it.1 == *host);
        if let Some(was) = was.filter(|it| it.0) {
            found.push(
                Finding::new(file, host, "checksum gone")
                    .before(was.2, file.before.line(was.2))
                    .after(*line, file.after.line(*line))
                    .says(
                        format!("What the image takes from {host} had to have the right checksum, and now is taken as it comes. Something else in its place would become part of the image."),
                        "Put `--checksum=` back.",
                    ),
            );
        }
    }
}
