//! What a command of a script does, by its name and the words after it.

use crate::facts::words::words;

/// Whether a step takes something away that may be gone already, or makes what may be there.
fn tidies(step: &[String]) -> bool {
    step.iter().any(|it| {
        matches!(
            it.as_str(),
            "rm" | "delete"
                | "remove"
                | "stop"
                | "kill"
                | "pkill"
                | "down"
                | "prune"
                | "logout"
                | "login"
                | "uninstall"
                | "umount"
                | "disable"
                | "mkdir"
                | "create"
                | "createdb"
                | "dropdb"
                | "notify"
                | "slack"
                | "cleanup"
                | "clean"
                | "unlink"
        )
    })
}

/// Whether a step only shows how things are.
fn shows(step: &[String]) -> bool {
    let said = |it: &str| step.iter().any(|word| word == it);
    !said("rollout")
        && [
            "get", "describe", "logs", "list", "ls", "show", "status", "output", "fmt", "version",
            "history", "diff", "plan", "lint", "template", "help",
        ]
        .into_iter()
        .any(said)
}

/// Whether a line of a script changes what is live, by its command and the first words after it:
/// what is said in quotes is for people.
pub(crate) fn line_acts(line: &str) -> bool {
    let plain = |it: &&str| !it.starts_with(['-', '"', '\'', '$', '#']);
    let command: Vec<&str> = line.split_whitespace().filter(plain).take(3).collect();
    let tells = |it: &&str| matches!(*it, "echo" | "printf" | "curl" | "gh");
    !command.first().is_some_and(tells) && acts(&command.join(" "))
}

/// Whether a step changes what is live, or what is kept for a bad day.
pub(crate) fn acts(step: &str) -> bool {
    let mut parts = step.split_whitespace();
    let command = words(parts.next().unwrap_or_default());
    // Of what a command is given, paths and values say nothing about what it does.
    // A container that is thrown away afterwards (`--rm`) takes nothing else away.
    let given = parts.filter(|it| !it.contains(['/', '$', '=', '{']) && *it != "--rm");
    let mut found = command.clone();
    found.extend(given.flat_map(words));
    let said = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let tool = [
        "kubectl",
        "helm",
        "terraform",
        "tofu",
        "pulumi",
        "ansible",
        "systemctl",
        "flyctl",
        "heroku",
    ];
    let changes = [
        "apply", "upgrade", "install", "rollback", "rollout", "set", "patch", "replace", "scale",
        "up", "playbook", "restart", "reload", "start", "import", "deploy",
    ];
    let by_itself = [
        "deploy",
        "migrate",
        "migrates",
        "migration",
        "migrations",
        "publish",
        "backup",
        "dump",
        "snapshot",
        "mysqldump",
        "mongodump",
        "restore",
        "rsync",
        "psql",
        "mysql",
        "alembic",
        "flyway",
        "liquibase",
        "activate",
    ];
    // `helm repo update`, `kubectl config set-context`: of the machine that this runs on.
    let own = [
        "repo",
        "plugin",
        "dependency",
        "config",
        "context",
        "completion",
    ];
    let keeps = said(&["snapshot", "backup"]) && !said(&["rm", "delete", "remove", "prune"]);
    (keeps || !tidies(&found))
        && !shows(&found)
        && !said(&own)
        && (said(&by_itself)
            || said(&tool) && said(&changes)
            || command.iter().any(|it| it == "release") && command.len() == 1)
}

/// Whether a step asks whether all is well.
pub(crate) fn asks(step: &str) -> bool {
    let found = words(step);
    !tidies(&found)
        && found.iter().any(|it| {
            matches!(
                it.as_str(),
                "health"
                    | "healthy"
                    | "healthz"
                    | "healthcheck"
                    | "check"
                    | "verify"
                    | "validate"
                    | "smoke"
                    | "ready"
                    | "readyz"
                    | "readiness"
                    | "checksum"
                    | "checksums"
                    | "sha256sum"
                    | "shasum"
                    | "sha512sum"
                    | "gpg"
                    | "cosign"
                    | "integrity"
                    | "fsck"
                    | "preflight"
                    | "test"
                    | "tests"
                    | "pytest"
                    | "rspec"
                    | "confirm"
                    | "branch"
            )
        })
}
