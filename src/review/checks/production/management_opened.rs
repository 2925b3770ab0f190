use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::settings::{self, Purpose, local, off, on};

check! {
    /// Pages for those who run the product are open to whoever finds them.
    ///
    /// ## What it does
    /// Looks at the settings of pages and addresses that show or steer a running service: Spring's
    /// actuator, consoles of databases, dashboards of proxies, search engines and monitoring. It
    /// speaks when one that shows secrets or steers something is newly open, when values are no
    /// longer hidden, and when a login that was asked for no longer is.
    ///
    /// ## Why it matters
    /// A dump of the memory or the environment holds every password of the service, and whoever can
    /// reach a switch can use it.
    ///
    /// ## Example
    /// ```yaml
    /// management.endpoints.web.exposure.include: "*"   # was: health,info
    /// ```
    ///
    /// ## Instead
    /// Name the few addresses that are needed, on a port that only the inside reaches.
    "production/management-opened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| {
        !matches!(
            it,
            Purpose::Workflow | Purpose::Action | Purpose::Dependencies
        )
    };
    for (file, _, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        for (was, is) in &deltas.changed {
            if let Some(what) = opens(is, Some(was)) {
                out.push(finding(file, is, Some(was), &what));
            }
        }
        for is in &deltas.added {
            if let Some(what) = opens(is, None) {
                out.push(finding(file, is, None, &what));
            }
        }
    }
}

/// Addresses of the actuator that show what is secret, or steer something.
const TELLING: &[&str] = &[
    "*",
    "auditevents",
    "beans",
    "configprops",
    "env",
    "gateway",
    "heapdump",
    "httpexchanges",
    "httptrace",
    "jolokia",
    "logfile",
    "loggers",
    "refresh",
    "restart",
    "sessions",
    "shutdown",
    "threaddump",
];

/// The path of a setting without its case and joints: `management.endpoint.env.showvalues`.
fn plain(setting: &Setting) -> String {
    let path = setting.dotted().to_ascii_lowercase();
    path.chars().filter(|it| !matches!(it, '-' | '_')).collect()
}

/// What a setting newly opens, in words.
fn opens(is: &Setting, was: Option<&Setting>) -> Option<String> {
    let path = plain(is);
    let value = is.value.trim().to_ascii_lowercase();
    let before = was
        .map(|it| it.value.trim().to_ascii_lowercase())
        .unwrap_or_default();
    if path.contains("endpoints.web.exposure.include")
        || path.contains("endpointswebexposureinclude")
    {
        let listed = |text: &str| -> Vec<String> {
            let parts = text.split(|it: char| it == ',' || it == '"' || it.is_whitespace());
            parts
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let (old, new) = (listed(&before), listed(&value));
        let fresh = new.iter().find(|it| {
            TELLING.contains(&it.as_str()) && !old.contains(it) && !old.contains(&"*".to_owned())
        })?;
        return Some(match fresh.as_str() {
            "*" => "every page of the service's management is open".to_owned(),
            it => format!("the management page `{it}` is open"),
        });
    }
    let shutdown = path.contains("management.endpoint.shutdown");
    let newly_on = on(&value) && !on(&before);
    let says = if shutdown && (newly_on && path.ends_with("enabled") || value == "unrestricted") {
        "the service can be stopped by a request"
    } else if path.starts_with("management.") && path.ends_with("showvalues") && value == "always" {
        "values of settings, passwords among them, are shown to whoever asks"
    } else if path.ends_with("h2.console.settings.weballowothers") && newly_on {
        "the console of the database answers other machines"
    } else if newly_on
        && (path.ends_with("auth.anonymous.enabled") || path.ends_with("gfauthanonymousenabled"))
    {
        "dashboards are shown to people who are not signed in"
    } else if path.ends_with("api.insecure") && newly_on {
        "the dashboard of the proxy asks for no login"
    } else if path.ends_with("xpack.security.enabled") && off(&value) && !off(&before)
        || path.ends_with("plugins.security.disabled") && newly_on
    {
        "the search engine asks for no login"
    } else if path.ends_with("protectedmode") && off(&value) && on(&before) {
        "the store answers other machines without a password"
    } else {
        return None;
    };
    Some(says.to_owned())
}

fn finding(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>, what: &str) -> Finding {
    let said = |it: &Setting| format!("{} = {}", it.dotted(), it.value);
    let finding = Finding::new(file, &is.dotted(), said(is))
        .after(is.line, &said(is))
        .says(
            format!("With `{}`, {what}. Whoever finds the address can use it.", said(is)),
            "Name the few that are needed, keep values hidden, and answer on a port that only the inside reaches.",
        );
    match was {
        Some(was) => finding.before(was.line, &said(was)),
        None => finding,
    }
}
