use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::example;
use crate::review::record::finding::Finding;

check! {
    /// A script now deletes files, servers or tables when it runs.
    ///
    /// ## What it does
    /// Records commands that delete and were not there before, in scripts, workflows, Dockerfiles
    /// and Makefiles: `rm -rf` of something a variable names, `--delete`, `terraform destroy`,
    /// `kubectl delete`, `DROP TABLE`.
    ///
    /// ## Why it matters
    /// An empty variable turns `rm -rf "$DIR/"` into the deletion of everything.
    ///
    /// ## Example
    /// ```sh
    /// aws s3 sync build s3://assets --delete
    /// ```
    ///
    /// ## Instead
    /// Run it dry first, stop where the variable is empty, and keep versions of what it deletes.
    "data/destructive-shell", Data, RECORDS, run
}

const COMMANDS: &[&str] = &[
    "terraform destroy",
    "tofu destroy",
    "kubectl delete",
    "helm uninstall",
    "helm delete",
    "docker volume rm",
    "docker volume prune",
    "docker system prune",
    "aws s3 rm",
    "aws s3 rb",
    "gsutil rm",
    "gsutil -m rm",
    "dropdb",
    "drop table",
    "drop database",
    "drop schema",
    "truncate table",
    "redis-cli flushall",
    "flushall",
    "flushdb",
    "mkfs.",
    "git push --force",
    "git push -f",
    "shred ",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.after.exists || !scripted(&file.path) || example(&file.path) {
            continue;
        }
        let before: Vec<&str> = file.before.text.lines().map(str::trim).collect();
        for (number, line) in (1u32..).zip(file.after.text.lines()) {
            let line = line.trim();
            if let Some(command) = deletes(line)
                && !before.contains(&line)
            {
                found.push(tell(file, number, line, command));
            }
        }
    }
}

fn scripted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    matches!(
        extension,
        "sh" | "bash" | "zsh" | "yml" | "yaml" | "mk" | "ps1" | "dockerfile"
    ) || name.starts_with("Makefile")
        || name.starts_with("Dockerfile")
        || name == "justfile"
        || name == "package.json"
}

/// What a command line deletes with.
fn deletes(line: &str) -> Option<&'static str> {
    if line.starts_with('#') || line.starts_with("//") || line.starts_with("echo") {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    if (lower.contains("rm -rf") || lower.contains("rm -fr") || lower.contains("rm -r "))
        && lower.contains('$')
    {
        return Some("rm -rf");
    }
    if (lower.contains("rsync") || lower.contains("s3 sync")) && lower.contains("--delete") {
        return Some("--delete");
    }
    COMMANDS.iter().copied().find(|it| lower.contains(it))
}

fn tell(file: &FilePair<'_>, number: u32, line: &str, command: &'static str) -> Finding {
    Finding::new(file, command, line)
        .speaks_if(false)
        .after(number, line)
        .says(
            format!("This now runs `{command}`, which deletes for good."),
            "Run it dry first, and keep a copy or versions of what it deletes.",
        )
}
