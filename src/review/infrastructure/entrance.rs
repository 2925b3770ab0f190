//! What keeps people out in front of a service: what an ingress, a proxy or a load balancer asks of
//! a visitor before it lets anything through.

use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, off, on};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What a visitor has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// A login, a password, a certificate.
    Login,
    /// An address on a list.
    Address,
    /// A place inside the own network.
    Inside,
}

/// What a setting asks of visitors, if it does.
pub(crate) fn asks(setting: &Setting) -> Option<Ask> {
    let (key, value) = said(setting);
    let key = key.to_ascii_lowercase();
    // Annotations begin with whose they are: `nginx.ingress.kubernetes.io/auth-url`.
    let (annotation, name) = match key.rsplit_once('/') {
        Some((_, name)) => (true, name),
        None => (false, key.as_str()),
    };
    let kind = match setting.path.first().map(SmolStr::as_str) {
        Some("resource") => setting.path.get(1).map_or("", SmolStr::as_str),
        _ => "",
    };
    let given = !value.is_empty() && !off(value) && !value.eq_ignore_ascii_case("none");
    let within = |key: &str| setting.path.iter().any(|it| it.eq_ignore_ascii_case(key));
    let nobody_else = given && !value.contains("0.0.0.0/0") && !value.contains("::/0");
    match name {
        "auth-url" | "auth-type" | "auth-secret" | "auth-tls-secret" if annotation && given => {
            Some(Ask::Login)
        }
        "auth-tls-verify-client" if annotation && on(value) => Some(Ask::Login),
        "oauth" if annotation && given => Some(Ask::Login),
        "whitelist-source-range"
        | "allowlist-source-range"
        | "inbound-cidrs"
        | "allow-list"
        | "whitelist"
        | "allowlist"
        | "load-balancer-source-ranges"
            if annotation && nobody_else =>
        {
            Some(Ask::Address)
        }
        "scheme" | "aws-load-balancer-scheme" | "load-balancer-type"
            if annotation && value.eq_ignore_ascii_case("internal") =>
        {
            Some(Ask::Inside)
        }
        "aws-load-balancer-internal" | "azure-load-balancer-internal"
            if annotation && on(value) =>
        {
            Some(Ask::Inside)
        }
        "ingressclassname" | "ingress.class" if inner(value) => Some(Ask::Inside),
        "internal" if kind.ends_with("lb") && on(value) => Some(Ask::Inside),
        "load_balancing_scheme" if value.starts_with("INTERNAL") => Some(Ask::Inside),
        "ingress" if kind.starts_with("google_cloud_run") && value.contains("INTERNAL") => {
            Some(Ask::Inside)
        }
        "authorization" | "authorization_type"
            if (kind.contains("gateway") || kind.contains("function_url")) && given =>
        {
            Some(Ask::Login)
        }
        "type" if value.starts_with("authenticate-") => Some(Ask::Login),
        _ if within("loadBalancerSourceRanges") && nobody_else => Some(Ask::Address),
        _ if (annotation && name == "plugins" || name.ends_with("middlewares"))
            && value.split(',').any(keeps_out) =>
        {
            Some(Ask::Login)
        }
        "name" if within("middlewares") && keeps_out(value) => Some(Ask::Login),
        // A proxy's own middleware, and what a cloud calls one.
        _ if setting.path.iter().any(|it| it.starts_with("Middleware/"))
            && ["basicAuth", "forwardAuth", "digestAuth"]
                .iter()
                .any(|it| within(it)) =>
        {
            Some(Ask::Login)
        }
        _ if setting.path.iter().any(|it| it.starts_with("Middleware/"))
            && (within("ipWhiteList") || within("ipAllowList"))
            && nobody_else =>
        {
            Some(Ask::Address)
        }
        _ if within("iap") && (name != "enabled" || on(value)) => Some(Ask::Login),
        _ => None,
    }
}

/// The key and the value of a setting; a label may hold both: `traefik.….middlewares=auth`.
fn said(setting: &Setting) -> (&str, &str) {
    match setting.value.split_once('=') {
        Some((key, value)) if setting.key() == setting.value && !key.contains(' ') => (key, value),
        _ => (setting.key(), setting.value.as_str()),
    }
}

/// Whether what goes by this name lets only some in.
pub(crate) fn keeps_out(name: &str) -> bool {
    let squeezed: String = name.to_ascii_lowercase();
    ["basicauth", "forwardauth", "ipwhitelist", "ipallowlist"]
        .iter()
        .any(|it| squeezed.contains(it))
        || words(name).iter().any(|it| {
            it.starts_with("oauth")
                || matches!(
                    it.as_str(),
                    "auth"
                        | "authn"
                        | "authz"
                        | "authelia"
                        | "authentik"
                        | "authenticate"
                        | "authentication"
                        | "authorization"
                        | "sso"
                        | "oidc"
                        | "saml"
                        | "login"
                        | "jwt"
                        | "keycloak"
                        | "mtls"
                        | "vpn"
                        | "whitelist"
                        | "allowlist"
                )
        })
}

fn inner(name: &str) -> bool {
    words(name)
        .iter()
        .any(|it| matches!(it.as_str(), "internal" | "private" | "intern"))
}

/// A setting that is gone or says nothing now, and what stands in its place.
type Lost<'a> = (&'a Setting, Option<&'a Setting>);

/// What a service asked of its visitors and asks no longer.
pub(crate) fn lost<'a>(
    context: &Context<'_>,
    file: &'a FilePair<'_>,
    deltas: &Deltas<'a>,
) -> Vec<(Ask, Lost<'a>)> {
    let gone = deltas.removed.iter().map(|it| (*it, None));
    let emptied = deltas.changed.iter().map(|(was, is)| (*was, Some(*is)));
    let mut out: BTreeMap<(Vec<SmolStr>, Ask), Lost<'_>> = BTreeMap::new();
    for (was, is) in gone.chain(emptied) {
        if let Some(ask) = asks(was)
            && is.is_none_or(|it| asks(it) != Some(ask))
        {
            out.entry((owner(was).to_vec(), ask)).or_insert((was, is));
        }
    }
    if out.is_empty() || asked_elsewhere(context) {
        return Vec::new();
    }
    let renames = settings::renames(&file.before.settings, &file.after.settings);
    let lost = out.into_iter().filter(|((owner, ask), _)| {
        let mut owner = owner.clone();
        if let Some(name) = owner
            .len()
            .checked_sub(1)
            .and_then(|_| renames.get(&owner[..1]))
        {
            owner[0] = name.as_str().into();
        }
        let mut left = file
            .after
            .settings
            .iter()
            .filter(|it| it.path.starts_with(&owner));
        holds(&file.after.settings, &owner)
            && !left.any(|it| asks(it) == Some(*ask))
            && !closed(&file.after.settings, &owner)
    });
    lost.map(|((_, ask), lost)| (ask, lost)).collect()
}

/// What a setting is about: the object of the cluster, the resource, the part of a chart.
fn owner(setting: &Setting) -> &[SmolStr] {
    let path = &setting.path;
    if let Some(at) = path.iter().position(|it| it == "middlewares") {
        return &path[..at];
    }
    let own = ["metadata", "annotations", "labels"];
    if let Some(at) = path.iter().position(|it| own.contains(&it.as_str()))
        && at > 0
    {
        return &path[..at];
    }
    match path[0].as_str() {
        "resource" => &path[..path.len().min(3)],
        first if first.contains('/') => &path[..1],
        _ => setting.around(),
    }
}

/// Whether nothing outside reaches it any more: a service of the cluster only, or one that is off.
fn closed(settings: &[Setting], owner: &[SmolStr]) -> bool {
    let own = |it: &&Setting| it.path.starts_with(owner);
    let service = owner.first().is_some_and(|it| it.starts_with("Service/"));
    let outside = |it: &Setting| {
        it.key() == "type" && matches!(it.value.as_str(), "LoadBalancer" | "NodePort")
    };
    service && !settings.iter().filter(own).any(outside)
        || settings
            .iter()
            .filter(own)
            .any(|it| it.key() == "enabled" && it.path.len() == owner.len() + 1 && off(&it.value))
}

/// Whether something in the change asks now that did not before, whatever it is written as.
fn asked_elsewhere(context: &Context<'_>) -> bool {
    let asks_now =
        |it: &Setting| asks(it).is_some() || keeps_out(&it.value) && it.value.len() < 200;
    context.files.iter().any(|file| {
        let deployed = matches!(
            settings::purpose(file),
            Some(
                Purpose::Manifest
                    | Purpose::ChartValues
                    | Purpose::Compose
                    | Purpose::Terraform
                    | Purpose::WebServer
            )
        );
        if !deployed || settings::unreadable(file) || !file.after.exists {
            return false;
        }
        if !file.before.exists {
            return file.after.settings.iter().any(asks_now);
        }
        let deltas = settings::deltas(file);
        deltas.added.iter().any(|it| asks_now(it))
            || deltas.changed.iter().any(|(was, is)| {
                asks(is).is_some() && asks(was).is_none()
                    || keeps_out(&is.value) && !keeps_out(&was.value)
            })
    })
}
