use super::public_exposure::owner;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, local, nearest, off, on};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// A container gets more power over the machine that it runs on.
    ///
    /// ## What it does
    /// Speaks when a container becomes privileged, may gain rights, runs as root where it did not,
    /// shares the network, processes, folders or Docker socket of its host, or adds strong
    /// capabilities. In a Dockerfile it looks at the user of the last stage only.
    ///
    /// ## Why it matters
    /// A break-in to an ordinary container gets that container. A break-in to a privileged one gets
    /// the machine, and everything else on it.
    ///
    /// ## Example
    /// ```yaml
    /// securityContext:
    ///   allowPrivilegeEscalation: true   # was: false
    /// ```
    ///
    /// ## Instead
    /// Give the one capability that is needed, to the one container that needs it.
    "production/privileged-container", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let wanted = |it| {
        matches!(
            it,
            Purpose::Compose | Purpose::Manifest | Purpose::ChartValues | Purpose::Dockerfile
        )
    };
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        if purpose == Purpose::Dockerfile {
            image(file, found);
        } else {
            container(file, purpose, &deltas, found);
        }
    }
}

/// What a setting gives a container, in words; none where it gives nothing.
fn power(setting: &Setting) -> Option<&'static str> {
    let under = |key: &str| setting.path.iter().any(|it| it == key);
    Some(match setting.key() {
        "privileged" if on(&setting.value) => "may do everything on the machine",
        "allowPrivilegeEscalation" if on(&setting.value) => {
            "may gain rights that it was not started with"
        }
        "runAsNonRoot" if off(&setting.value) => "may run as root",
        "runAsUser" if setting.value == "0" => "runs as root",
        "user" if matches!(setting.value.as_str(), "root" | "0" | "0:0") => "runs as root",
        "hostNetwork" | "hostPID" | "hostIPC" if on(&setting.value) => {
            "shares the network or processes of its machine"
        }
        "network_mode" | "pid" | "ipc" if setting.value == "host" => {
            "shares the network or processes of its machine"
        }
        _ if under("volumes") && setting.value.contains("docker.sock") => {
            "can start other containers on its machine, with any rights"
        }
        "path" if under("hostPath") && whole_machine(&setting.value) => {
            "can read and change what belongs to its machine"
        }
        _ if under("security_opt")
            && setting.value.contains("unconfined")
            && (setting.value.contains("seccomp") || setting.value.contains("apparmor")) =>
        {
            "may make every call into the machine"
        }
        _ if (under("cap_add") || under("capabilities") && under("add"))
            && strong(&setting.value) =>
        {
            "gets a right that can take over the machine"
        }
        _ => return None,
    })
}

/// Whether a folder of the machine holds what steers it: all of it, its settings, its containers.
fn whole_machine(folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    [
        "",
        "/etc",
        "/root",
        "/home",
        "/boot",
        "/proc",
        "/run",
        "/var/run",
        "/var/lib/kubelet",
        "/var/lib/docker",
        "/var/lib/containerd",
        "/etc/kubernetes",
    ]
    .contains(&folder)
        || folder.ends_with("docker.sock")
        || folder.ends_with("containerd.sock")
}

fn strong(capability: &str) -> bool {
    let name = capability.trim_start_matches("CAP_");
    matches!(
        name,
        "ALL"
            | "SYS_ADMIN"
            | "SYS_PTRACE"
            | "SYS_MODULE"
            | "NET_ADMIN"
            | "DAC_READ_SEARCH"
            | "SYS_RAWIO"
    )
}

/// A limit that goes when it is removed.
fn limit(setting: &Setting) -> Option<&'static str> {
    let under = |key: &str| setting.path.iter().any(|it| it == key);
    Some(match setting.key() {
        "allowPrivilegeEscalation" if off(&setting.value) => "could not gain rights, and now may",
        "runAsNonRoot" if on(&setting.value) => "could not run as root, and now may",
        "runAsUser" if setting.value != "0" => "ran as an ordinary user, and may now run as root",
        _ if under("security_opt") && setting.value.contains("no-new-privileges") => {
            "could not gain rights, and now may"
        }
        _ if (under("cap_drop") || under("capabilities") && under("drop"))
            && setting.value == "ALL" =>
        {
            "had its special rights taken away, and now keeps them"
        }
        _ => return None,
    })
}

fn container(file: &FilePair<'_>, purpose: Purpose, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (before, after) in &deltas.changed {
        if let Some(gain) = power(after).filter(|_| power(before).is_none()) {
            found.push(gained(file, purpose, after, Some(before), gain));
        }
    }
    for setting in &deltas.added {
        if let Some(gain) = power(setting) {
            found.push(gained(file, purpose, setting, None, gain).speaks_if(
                // A new service or workload brings its own needs.
                known(file, purpose, setting),
            ));
        }
    }
    for setting in &deltas.removed {
        let Some(lost) = limit(setting) else { continue };
        let name = place(purpose, setting);
        // Whatever held the limit must still be there, and no template may have taken its place.
        let around = container_of(purpose, setting);
        let inserted = |settings: &[Setting]| {
            settings
                .iter()
                .filter(|it| it.path.len() == 1 && it.path[0].starts_with('('))
                .count()
        };
        let replaced = inserted(&file.after.settings) > inserted(&file.before.settings);
        let again = file.after.settings.iter().any(|it| {
            it.key() == setting.key() && it.value == setting.value && it.path[0] == setting.path[0]
        });
        if !holds(&file.after.settings, around) || replaced || again {
            continue;
        }
        let mut finding = Finding::new(file, &name, format!("{} removed", setting.dotted()))
            .before(setting.line, file.before.code(&setting.span))
            .says(
                format!("The container {name} {lost}. A break-in there reaches further."),
                "Put the limit back.",
            );
        finding.line = nearest(&file.after.settings, &setting.path);
        found.push(finding);
    }
}

fn gained(
    file: &FilePair<'_>,
    purpose: Purpose,
    setting: &Setting,
    before: Option<&&Setting>,
    gain: &str,
) -> Finding {
    let name = place(purpose, setting);
    let mut finding = Finding::new(
        file,
        &name,
        format!("{} = {}", setting.dotted(), setting.value),
    )
    .after(setting.line, file.after.code(&setting.span))
    .says(
        format!("The container {name} now {gain}. Whoever breaks into it gets that too."),
        "Take it back, or give only the one right that is needed.",
    );
    if let Some(before) = before {
        finding = finding.before(before.line, file.before.code(&before.span));
    }
    finding
}

fn container_of(purpose: Purpose, setting: &Setting) -> &[SmolStr] {
    let end = match purpose {
        Purpose::Compose => 2,
        _ => setting
            .path
            .iter()
            .position(|key| key == "securityContext" || key.ends_with("SecurityContext"))
            .unwrap_or(1),
    };
    &setting.path[..end.min(setting.path.len())]
}

fn known(file: &FilePair<'_>, purpose: Purpose, setting: &Setting) -> bool {
    let around = container_of(purpose, setting);
    !around.is_empty() && holds(&file.before.settings, around)
}

fn place(purpose: Purpose, setting: &Setting) -> String {
    match purpose {
        Purpose::Compose => setting
            .path
            .get(1)
            .map(ToString::to_string)
            .unwrap_or_default(),
        _ => {
            let at = setting.path.iter().position(|key| key == "containers");
            let container = at.and_then(|at| setting.path.get(at + 1));
            match container {
                Some(container) => format!("{} {container}", owner(setting)),
                None => owner(setting),
            }
        }
    }
}

/// Whether a base image is one of those that bring no user of their own.
fn plain(image: &str) -> bool {
    let name = image.split([':', '@']).next().unwrap_or_default();
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    matches!(
        name.strip_prefix("library/").unwrap_or(name),
        "almalinux"
            | "alpine"
            | "amazonlinux"
            | "busybox"
            | "debian"
            | "eclipse-temurin"
            | "fedora"
            | "golang"
            | "node"
            | "openjdk"
            | "php"
            | "python"
            | "rockylinux"
            | "ruby"
            | "rust"
            | "ubuntu"
    )
}

/// The user that the last stage of a Dockerfile ends with.
fn image(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    fn last(settings: &[Setting]) -> Option<(&Setting, Option<&Setting>)> {
        let from = settings.iter().rfind(|it| it.key() == "from")?;
        let user = settings
            .iter()
            .rfind(|it| it.key() == "user" && it.path[0] == from.path[0]);
        Some((from, user))
    }
    let root =
        |it: &Setting| matches!(it.value.split(':').next().unwrap_or_default(), "root" | "0");
    let (Some((_, Some(before))), Some((from, after))) =
        (last(&file.before.settings), last(&file.after.settings))
    else {
        return;
    };
    if root(before) || after.is_some_and(|it| !root(it)) {
        return;
    }
    // Another base image may bring a user of its own.
    let same_base = file
        .before
        .settings
        .iter()
        .rfind(|it| it.key() == "from")
        .is_some_and(|it| {
            let name = |image: &str| {
                image
                    .split([':', '@'])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            name(&it.value) == name(&from.value)
        });
    // The entry point may change the user once it has begun.
    let changes = ["gosu", "su-exec", "setpriv", "runuser"]
        .iter()
        .any(|it| file.after.text.contains(it));
    let rootless = ["nonroot", "rootless", "unprivileged", "distroless"]
        .iter()
        .any(|word| from.value.contains(word));
    let mut finding = Finding::new(file, &from.path[0], "runs as root")
        .speaks_if((same_base || after.is_some() || plain(&from.value) && !changes) && !rootless)
        .before(before.line, &format!("USER {}", before.value))
        .says(
            format!(
                "The image used to run as {} and now runs as root. Whoever breaks into the \
                 application may change everything in its container, and more easily leaves it.",
                before.value
            ),
            format!("End the Dockerfile with `USER {}` again.", before.value),
        );
    finding.line = after.map(|it| it.line).or(Some(from.line));
    found.push(finding);
}
