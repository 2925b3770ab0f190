use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, local, nearest, off, on};
use crate::review::infrastructure::cluster::policies_gone;
use crate::review::infrastructure::entrance::{Ask, lost};
use crate::review::infrastructure::safeguard::ports;
use crate::review::infrastructure::web_server;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// Something that only the inside could reach can now be reached from the internet.
    ///
    /// ## What it does
    /// Compares what is open on both sides. Speaks when a Compose service that was not reachable
    /// publishes the port of a database, cache or queue to every address; when Terraform or a template
    /// opens a port to the whole internet, also by what a variable is where nobody sets it, or opens
    /// more ports to it, makes a database public or drops a bucket's protection; when a
    /// Kubernetes service gets a public address; when a web server, an ingress, a proxy or a load
    /// balancer stops keeping people out (a login, a list of addresses, an inner address), or shows
    /// the folder around the one that is meant for everyone.
    ///
    /// ## Why it matters
    /// Open databases are found by scanners within hours, and many of them ask for no password.
    ///
    /// ## Example
    /// ```yaml
    /// redis:
    ///   ports: ["6379:6379"]   # new
    /// ```
    ///
    /// ## Instead
    /// Let services talk over their own network. For your own machine, publish on `127.0.0.1`.
    "production/public-exposure", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, setting) in policies_gone(context) {
        if !local(&file.path) {
            network_policy(file, setting, found);
        }
    }
    for (file, purpose, deltas) in settings::changed(context, |_| true) {
        if local(&file.path) {
            continue;
        }
        entrance(context, file, &deltas, found);
        match purpose {
            Purpose::Compose => compose(file, &deltas, found),
            Purpose::Terraform => {
                terraform(file, &deltas, found);
                ports::run(context, (file, purpose), &deltas, found);
            }
            Purpose::CloudTemplate => ports::run(context, (file, purpose), &deltas, found),
            Purpose::Manifest | Purpose::ChartValues => manifest(file, &deltas, found),
            Purpose::WebServer => web_server::server(file, &deltas, found),
            Purpose::Application | Purpose::Environment => address(file, &deltas, found),
            _ => {}
        }
    }
}

/// What an ingress, a proxy or a load balancer asked of visitors.
fn entrance(
    context: &Context<'_>,
    file: &FilePair<'_>,
    deltas: &Deltas<'_>,
    found: &mut Vec<Finding>,
) {
    for (ask, (was, is)) in lost(context, file, deltas) {
        let name = match was.path[0].as_str() {
            "resource" => resource(was),
            first if first.contains('/') => first.to_owned(),
            _ => was.path[..was.path.len().min(2)].join("."),
        };
        let (asked, now) = match ask {
            Ask::Login => (
                "asked visitors to sign in",
                "Everyone who reaches it gets in",
            ),
            Ask::Address => (
                "let in visitors from some networks only",
                "Everyone can reach it",
            ),
            Ask::Inside => (
                "could only be reached from the own network",
                "The internet can reach it",
            ),
        };
        let mut finding = Finding::new(file, &name, format!("{} asks no longer", was.key()))
            .before(was.line, file.before.code(&was.span))
            .says(
                format!(
                    "{name} {asked} (`{}`), and no longer does. {now}.",
                    was.key()
                ),
                "Put it back, or show in this change what keeps people out instead.",
            );
        finding = match is {
            Some(is) => finding.after(is.line, file.after.code(&is.span)),
            None => finding,
        };
        finding.line = finding
            .line
            .or_else(|| nearest(&file.after.settings, &was.path));
        found.push(finding);
    }
}

/// Names of services that keep what the application knows.
pub(super) const STORES: &[&str] = &[
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "valkey",
    "memcache",
    "elasticsearch",
    "opensearch",
    "rabbitmq",
    "kafka",
    "minio",
    "clickhouse",
    "cassandra",
    "etcd",
    "mssql",
    "database",
    "meilisearch",
    "typesense",
];

/// Whether a Compose service is one of those, by its name or image.
pub(super) fn store(settings: &[Setting], service: &str) -> bool {
    let named = |text: &str| STORES.iter().any(|store| text.contains(store));
    service == "db"
        || named(service)
        || settings.iter().any(|it| {
            it.key() == "image"
                && it.path.get(1).is_some_and(|key| key == service)
                && named(&it.value)
        })
}

fn compose(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    let port = |it: &Setting| {
        it.path.first().is_some_and(|key| key == "services")
            && it.path.get(2).is_some_and(|key| key == "ports")
    };
    let fresh = deltas
        .added
        .iter()
        .copied()
        .chain(deltas.changed.iter().map(|(_, after)| *after))
        .filter(|it| port(it));
    for setting in fresh {
        let service = &setting.path[1];
        let text = setting.value.as_str();
        if inside(text) || setting.path.len() > 4 {
            continue;
        }
        let root = ["services", service];
        let known = holds(&file.before.settings, &root);
        let open = file.before.settings.iter().any(|it| {
            port(it) && it.path[1] == *service && !inside(&it.value) && same_port(&it.value, text)
        });
        if open {
            continue;
        }
        found.push(
            Finding::new(file, &format!("{service} ports"), format!("port {text} published"))
                .speaks_if(known && store(&file.after.settings, service))
                .after(setting.line, text)
                .says(
                    format!(
                        "{service} could only be reached by the other services, and is now published \
                         as `{text}` on every address of the machine. Anyone who reaches that machine \
                         can talk to it; Docker opens the port past most firewalls."
                    ),
                    format!("Take the port away again, or publish it as `127.0.0.1:{text}`."),
                ),
        );
    }
}

/// Published for this machine only, or not at all (`expose` writes a bare port, which gets a random one).
fn inside(port: &str) -> bool {
    port.starts_with("127.") || port.starts_with("localhost") || port.starts_with("[::1]")
}

/// Whether two mappings lead to the same port inside.
fn same_port(left: &str, right: &str) -> bool {
    let inner = |text: &str| {
        let text = text.split('/').next().unwrap_or_default().to_owned();
        text.rsplit(':').next().unwrap_or_default().to_owned()
    };
    inner(left) == inner(right)
}

fn terraform(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for setting in &deltas.added {
        if world(&setting.value) {
            open_to_all(file, setting, None, found);
        }
        if public(setting.key(), &setting.value) {
            let resource = &setting.path[..setting.path.len().min(3)];
            made_public(
                file,
                setting,
                None,
                holds(&file.before.settings, resource),
                found,
            );
        }
    }
    for (before, after) in &deltas.changed {
        if world(&after.value) && !world(&before.value) {
            open_to_all(file, after, Some(before), found);
        }
        if public(after.key(), &after.value) && !public(before.key(), &before.value) {
            made_public(file, after, Some(before), true, found);
        }
    }
    for setting in &deltas.removed {
        let resource = &setting.path[..setting.path.len().min(3)];
        let guard = setting.key().starts_with("block_public_")
            || matches!(
                setting.key(),
                "restrict_public_buckets" | "ignore_public_acls"
            );
        if guard && on(&setting.value) && holds(&file.after.settings, resource) {
            made_public(file, setting, Some(setting), true, found);
        }
    }
}

fn world(value: &str) -> bool {
    matches!(value, "0.0.0.0/0" | "::/0")
}

/// Whether a setting of a cloud resource lets the internet in.
fn public(key: &str, value: &str) -> bool {
    match key {
        "publicly_accessible"
        | "endpoint_public_access"
        | "cluster_endpoint_public_access"
        | "public_network_access_enabled"
        | "allow_blob_public_access"
        | "associate_public_ip_address"
        | "map_public_ip_on_launch" => on(value),
        "block_public_acls"
        | "block_public_policy"
        | "restrict_public_buckets"
        | "ignore_public_acls" => off(value),
        "acl" => value.starts_with("public-read"),
        "member" | "members" => value == "allUsers",
        "allUsers" => true,
        _ => false,
    }
}

/// Ports that are there to be reached.
const WEB: &[&str] = &["80", "443"];

fn open_to_all(
    file: &FilePair<'_>,
    setting: &Setting,
    before: Option<&Setting>,
    found: &mut Vec<Finding>,
) {
    let way = setting.path.join(" ").to_ascii_lowercase();
    if way.contains("egress") || way.contains("route") || way.contains("description") {
        return;
    }
    // The block around the list of addresses: its ports.
    let beside = |key: &str| {
        let mut end = setting.path.len();
        while end > 0 {
            end -= 1;
            let near = file.after.settings.iter().find(|it| {
                it.path.len() == end + 1 && it.path[..end] == setting.path[..end] && it.key() == key
            });
            if near.is_some() {
                return near;
            }
        }
        None
    };
    if beside("type").is_some_and(|it| it.value == "egress") {
        return;
    }
    let port = beside("from_port")
        .or_else(|| beside("port"))
        .map_or("", |it| it.value.as_str());
    let end = beside("to_port").map_or(port, |it| it.value.as_str());
    if WEB.contains(&port) && port == end {
        return;
    }
    let name = resource(setting);
    let ingress = way.contains("ingress")
        || way.contains("security_group")
        || way.contains("firewall")
        || way.contains("allowed")
        || way.contains("public_access_cidrs")
        || way.contains("authorized")
        || beside("type").is_some_and(|it| it.value == "ingress");
    let known = before.is_some()
        || holds(
            &file.before.settings,
            &setting.path[..setting.path.len().min(3)],
        );
    let mut finding = Finding::new(
        file,
        &name,
        format!("{} open to {}", setting.dotted(), setting.value),
    )
    .speaks_if(ingress && (known || !port.is_empty()))
    .after(setting.line, file.after.code(&setting.span))
    .says(
        format!(
            "{name} now lets the whole internet in ({}){}. It used to be closed to it.",
            setting.value,
            if port.is_empty() {
                String::new()
            } else {
                format!(" on port {port}")
            }
        ),
        "Name the networks that need to reach it.",
    );
    if let Some(before) = before {
        finding = finding.before(before.line, file.before.code(&before.span));
    }
    found.push(finding);
}

fn made_public(
    file: &FilePair<'_>,
    setting: &Setting,
    before: Option<&Setting>,
    known: bool,
    found: &mut Vec<Finding>,
) {
    let name = resource(setting);
    let gone = before.is_some_and(|before| std::ptr::eq(before, setting));
    let mut finding = Finding::new(
        file,
        &name,
        format!("{} lets the internet in", setting.key()),
    )
    .speaks_if(known)
    .says(
        format!(
            "{name} was closed to the internet, and `{}` now opens it. Anyone can try to reach it.",
            setting.key()
        ),
        format!(
            "Put `{}` back as it was, and let people in through your own network.",
            setting.key()
        ),
    );
    if let Some(before) = before {
        finding = finding.before(before.line, file.before.code(&before.span));
    }
    if !gone {
        finding = finding.after(setting.line, file.after.code(&setting.span));
    }
    found.push(finding);
}

/// `aws_db_instance.main` of a Terraform path.
pub(in crate::review::checks) fn resource(setting: &Setting) -> String {
    match setting.path.first().map(SmolStr::as_str) {
        Some("resource" | "data") => setting.path[1..setting.path.len().min(3)].join("."),
        _ => setting.path[..setting.path.len().min(2)].join("."),
    }
}

fn manifest(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (before, after) in &deltas.changed {
        if after.key() == "type"
            && matches!(after.value.as_str(), "LoadBalancer" | "NodePort")
            && matches!(before.value.as_str(), "ClusterIP" | "")
        {
            let name = owner(after);
            found.push(
                Finding::new(file, &name, format!("service type {}", after.value))
                    .before(before.line, &before.value)
                    .after(after.line, &after.value)
                    .says(
                        format!(
                            "{name} could only be reached inside the cluster and now gets an address \
                             outside it ({}). Anyone who reaches that address can talk to it.",
                            after.value
                        ),
                        "Keep `ClusterIP`, and let traffic in through the ingress that checks it.",
                    ),
            );
        }
        if after.key() == "enabled"
            && after.path.iter().any(|key| key == "networkPolicy")
            && off(&after.value)
        {
            network_policy(file, before, found);
        }
    }
}

fn network_policy(file: &FilePair<'_>, setting: &Setting, found: &mut Vec<Finding>) {
    found.push(
        Finding::new(file, &owner(setting), "network policy removed")
            .before(setting.line, file.before.code(&setting.span))
            .says(
                "The rule that said who may talk to these servers inside the cluster is gone. \
                 A break-in anywhere in it now reaches them.",
                "Keep the network policy, or show the one that takes its place.",
            ),
    );
}

/// `Service/web` of a manifest's path, or the keys of a chart's value.
pub(super) fn owner(setting: &Setting) -> String {
    let first = setting.path.first().map_or("", SmolStr::as_str);
    if first.contains('/') {
        first.to_owned()
    } else {
        setting.path[..setting.path.len().saturating_sub(1)].join(".")
    }
}

/// The address that a server listens on.
fn address(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (before, after) in &deltas.changed {
        let inner = |value: &str| value.starts_with("127.") || value.starts_with("localhost");
        if inner(&before.value) && after.value.starts_with("0.0.0.0") {
            found.push(
                Finding::new(file, &after.dotted(), "listens everywhere")
                    .before(before.line, &before.value)
                    .after(after.line, &after.value)
                    .says(
                        format!(
                            "`{}` listened on this machine only, and now on every address. Others on \
                             the network can reach it.",
                            after.key()
                        ),
                        "Keep it on 127.0.0.1 and put a proxy in front.",
                    ),
            );
        }
    }
}
