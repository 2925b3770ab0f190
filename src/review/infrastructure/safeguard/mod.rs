//! Safeguards that are settings: what clouds, clusters and servers are told to refuse, to encrypt,
//! to write down or to keep.

pub(crate) mod cloud;
pub(crate) mod cluster;
pub(crate) mod daemons;
pub(crate) mod firewall;
pub(crate) mod kept;
pub(crate) mod levels;
pub(crate) mod overlay;
pub(crate) mod peers;
pub(crate) mod pods;
pub(crate) mod ports;
pub(crate) mod present;
pub(crate) mod proxies;
pub(crate) mod resources;
pub(crate) mod rights;
pub(crate) mod routers;
pub(crate) mod table;

use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{Purpose, nearest};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// A name in small letters, without its joints: `min_tls_version` and `MinTlsVersion` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect()
}

/// The path of what a setting belongs to: the resource, the object of the cluster, the service,
/// the block of a server.
pub(crate) fn owner(purpose: Purpose, setting: &Setting) -> &[SmolStr] {
    let path = &setting.path;
    let first = path.first().map_or("", SmolStr::as_str);
    let depth = match (purpose, first) {
        (Purpose::Terraform, "resource" | "data") => 3,
        (Purpose::Terraform | Purpose::CloudTemplate | Purpose::Compose, _) => 2,
        (Purpose::Manifest, _) if first.contains('/') => 1,
        _ => path.len(),
    };
    &path[..depth.min(path.len().saturating_sub(1))]
}

/// Whether a setting belongs to something whose behaviour without it is known: a resource, an
/// object of the cluster, a block of a server, and not the input of a module or a chart.
pub(crate) fn defaults_known(purpose: Purpose, setting: &Setting) -> bool {
    let first = setting.path.first().map_or("", SmolStr::as_str);
    match purpose {
        Purpose::Terraform => matches!(first, "resource" | "output" | "variable" | "terraform"),
        Purpose::CloudTemplate => first == "Resources",
        Purpose::Manifest => first.contains('/'),
        Purpose::WebServer => true,
        Purpose::Compose => first == "services",
        _ => false,
    }
}

/// What people call that which a setting belongs to.
pub(crate) fn name(purpose: Purpose, setting: &Setting) -> String {
    let around = owner(purpose, setting);
    let around = match (purpose, around) {
        (Purpose::Terraform, [first, rest @ ..]) if first == "resource" => rest,
        (Purpose::CloudTemplate | Purpose::Compose, [_, rest @ ..]) if !rest.is_empty() => rest,
        (Purpose::WebServer, [.., last]) => std::slice::from_ref(last),
        _ => around,
    };
    match around {
        [] => setting.key().to_owned(),
        _ => around.join("."),
    }
}

/// The words by which a rule finds its place: the keys around a setting, what kind of resource it
/// belongs to, and the name that stands beside it.
pub(crate) fn place(settings: &[Setting], setting: &Setting) -> String {
    let mut out: String = setting.around().iter().map(|it| plain(it)).collect();
    for it in settings {
        let kind = it.path.len() == 3
            && it.key() == "Type"
            && setting.path.len() > 2
            && it.path[..2] == setting.path[..2];
        let beside = it.key() == "name" && it.around() == setting.around();
        if kind || beside {
            out.push_str(&plain(&it.value));
        }
    }
    out
}

/// The value of a setting; for a variable, what it is where nobody sets it.
pub(crate) fn value(context: &Context<'_>, after: bool, setting: &Setting) -> String {
    let side = |file: &'_ FilePair<'_>, wanted: &dyn Fn(&Setting) -> bool| -> Option<String> {
        let side = if after { &file.after } else { &file.before };
        let found = side.settings.iter().find(|it| wanted(it));
        found.map(|it| it.value.clone())
    };
    let find = |wanted: &dyn Fn(&Setting) -> bool| -> Option<String> {
        context.files.iter().find_map(|file| side(file, wanted))
    };
    let known = if let Some(name) = setting.value.strip_prefix("var.") {
        let given = find(&|it: &Setting| {
            it.path.len() < 4
                && it.key() == name
                && !matches!(it.path[0].as_str(), "variable" | "output" | "locals")
        });
        match given {
            Some(_) => None,
            None => find(&|it: &Setting| {
                it.path.len() == 3
                    && it.path[0] == "variable"
                    && it.path[1] == name
                    && it.path[2] == "default"
            }),
        }
    } else if let Some(name) = setting.value.strip_prefix("local.") {
        find(&|it: &Setting| it.path.len() == 2 && it.path[0] == "locals" && it.path[1] == name)
    } else {
        find(&|it: &Setting| {
            it.path.len() == 3
                && it.path[0] == "Parameters"
                && it.path[1] == setting.value
                && it.path[2] == "Default"
        })
    };
    known.unwrap_or_else(|| setting.value.clone())
}

/// A finding that shows what stood there and what stands there now.
pub(crate) fn shown(
    file: &FilePair<'_>,
    name: &str,
    fact: impl Into<String>,
    was: Option<&Setting>,
    is: Option<&Setting>,
) -> Finding {
    let mut finding = Finding::new(file, name, fact);
    if let Some(was) = was {
        finding = finding.before(was.line, file.before.code(&was.span));
    }
    match (is, was) {
        (Some(is), _) => finding.after(is.line, file.after.code(&is.span)),
        (None, Some(was)) => {
            finding.line = nearest(&file.after.settings, &was.path);
            finding
        }
        (None, None) => finding,
    }
}
