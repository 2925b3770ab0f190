use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::{self, Purpose, local, off, on};
use crate::review::infrastructure::default_mux;
use crate::review::record::finding::Finding;

check! {
    /// Pages for those who run the product are open to whoever finds them.
    ///
    /// ## What it does
    /// Looks at the settings of pages and addresses that show or steer a running service: Spring's
    /// actuator, consoles of databases, dashboards of proxies, search engines and monitoring. It
    /// speaks when one that shows secrets or steers something is newly open, when values are no
    /// longer hidden, and when a login that was asked for no longer is. In routes of Rails also when
    /// an engine such as that of Sidekiq is mounted outside of the block that asks who it is, and in
    /// Go when a public server serves whatever packages such as `net/http/pprof` have added.
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
    default_mux::served(context, out);
    for file in context.files {
        mounted(context, file, out);
    }
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

/// An engine that is mounted in a program's routes.
struct Mount<'a> {
    call: &'a Call,
    /// What is mounted.
    engine: String,
    /// What asks who it is before it is reached.
    asked: Option<String>,
}

/// What the routes of one side mount: `mount Sidekiq::Web => "/sidekiq"`.
fn mounts<'a>(side: &'a SideFacts<'_>) -> Vec<Mount<'a>> {
    let asks = |name: &str| {
        let first = words(name).into_iter().next().unwrap_or_default();
        matches!(
            first.as_str(),
            "authenticate" | "authenticated" | "authorize" | "authorized" | "constraints"
        )
    };
    let of = |call: &'a Call| {
        let engine = call.arguments.iter().find_map(|it| match &it.name {
            Some(name) if name.starts_with(char::is_uppercase) => Some(name.clone()),
            None => Some(it.value.to_string()),
            _ => None,
        })?;
        let inline = call.arguments.iter().filter_map(|it| it.name.as_deref());
        let around = side.facts.calls.iter().filter(|it| {
            it.place.span.start < call.place.span.start && call.place.span.end < it.place.span.end
        });
        let asked = around
            .map(|it| it.name.as_str())
            .chain(inline)
            .find(|it| asks(it));
        let asked = asked.map(str::to_owned);
        Some(Mount {
            call,
            engine,
            asked,
        })
    };
    let calls = side.facts.calls.iter().filter(|it| it.name == "mount");
    calls.filter_map(of).collect()
}

/// Engines that are mounted outside of what asked who it is.
fn mounted(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    if file.class != Class::Source || !file.after.text.contains("mount") || local(&file.path) {
        return;
    }
    let before = mounts(&file.before);
    for is in mounts(&file.after).iter().filter(|it| it.asked.is_none()) {
        let same = |it: &&Mount<'_>| it.engine == is.engine;
        // Each of them was asked for before.
        let (Some(was), true) = (
            before.iter().find(same),
            before.iter().filter(same).all(|it| it.asked.is_some()),
        ) else {
            continue;
        };
        // The engine may ask by itself: `Sidekiq::Web.use(Rack::Auth::Basic)`.
        let engine = is.engine.split('(').next().unwrap_or_default();
        let own = context.files.iter().any(|it| {
            let mut calls = it.after.facts.calls.iter();
            calls.any(|it| it.name == "use" && it.callee.to_string().starts_with(engine))
        });
        let asked = was.asked.as_deref().unwrap_or_default();
        out.push(
            Finding::new(file, engine, format!("mounted without {asked}"))
                .before(was.call.place.line, file.before.code(&was.call.place.span))
                .after(is.call.place.line, file.after.code(&is.call.place.span))
                .says(
                    format!("`{engine}` could be reached only by whom `{asked}` let through, and is now there for everyone. Whoever finds the address can use it."),
                    "Mount it inside of what asks who it is, or let it ask by itself.",
                )
                .speaks_if(!own),
        );
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
