use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::ExprKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{conditional, literals, mentions};
use crate::review::deltas::settings::{self, Purpose, compare_in, local, off, on, unreadable};
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::development;
use crate::review::record::finding::{Finding, name_of};
use smol_str::SmolStr;

check! {
    /// What runs for customers is set up as on a developer's machine.
    ///
    /// ## What it does
    /// Speaks when debugging is switched on, or the mode of a framework becomes development, in
    /// settings that were off or set to production, and when such a setting is new in a file for
    /// production; when code that shows or writes down what is secret ran on a developer's machine
    /// only, and now runs everywhere; when an image starts a server or a debugger for developers; and when a class that was there for development only is no
    /// longer kept out of production. Files for development and examples stay silent.
    ///
    /// ## Why it matters
    /// Error pages then show code, settings and passwords to whoever causes an error.
    ///
    /// ## Example
    /// ```python
    /// DEBUG = True   # was: False
    /// ```
    ///
    /// ## Instead
    /// Take it from the environment, off unless it is set.
    "production/debug-in-production", Production, SPEAKS, run
}

const MENTIONS: &[&str] = &[
    "DEBUG",
    "debug",
    "_ENV",
    "consider_all_requests_local",
    "display_errors",
    "stacktrace",
    "profiles",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    development::run(context, found);
    for file in context.commands() {
        found.extend(for_developers(file));
    }
    for delta in &context.deltas.scopes {
        found.extend(inside_shown(delta));
    }
    for file in context.files {
        if !file.after.exists || unreadable(file) || local(&file.path) || !mentions(file, MENTIONS)
        {
            continue;
        }
        let purpose = settings::purpose(file);
        let ci = matches!(
            purpose,
            Some(Purpose::Workflow | Purpose::Action | Purpose::Automation)
        );
        if ci {
            continue;
        }
        let production = file.path.to_ascii_lowercase().contains("prod");
        let deltas = compare_in(file, &file.before.settings, &file.after.settings);
        if purpose.is_some() {
            for (was, is) in &deltas.changed {
                if opens(is) && closed(was) {
                    found.push(tell(file, is, Some(was)));
                }
            }
            for is in deltas.added.iter().filter(|it| opens(it)) {
                found.push(tell(file, is, None).speaks_if(production && file.before.exists));
            }
        }
        // In code, what is called `debug` may be anything.
        let path = file.path.to_ascii_lowercase();
        let configures = production || path.contains("settings") || path.contains("config");
        let code = (literals(&file.before), literals(&file.after));
        let deltas = compare_in(file, code.0, code.1);
        for (was, is) in &deltas.changed {
            // Settings stand at the top of a file, or in the block that configures.
            if opens(is) && closed(was) && (is.path.len() <= 3 || default_of_variable(is)) {
                let constant = is.key() == name(is);
                found.push(tell(file, is, Some(was)).speaks_if(configures || constant));
            }
        }
        for is in deltas
            .added
            .iter()
            .filter(|it| opens(it) && it.path.len() <= 3)
        {
            if production {
                found.push(tell(file, is, None).speaks_if(file.before.exists));
            }
        }
    }
}

/// A server or a switch that a developer starts, for which a program waits, in words.
fn developing(command: &Command) -> Option<&'static str> {
    let says = |word: &str| command.words.iter().any(|it| it == word);
    let django = command
        .words
        .iter()
        .any(|it| it.ends_with("manage.py") || it == "django-admin");
    Some(match command.program() {
        "npm" | "pnpm" | "yarn" | "bun" if says("dev") || says("start:dev") => {
            "the development server"
        }
        "next" | "nuxt" | "astro" if says("dev") => "the development server",
        "vite" | "nodemon" | "webpack-dev-server" | "ts-node-dev" => "the development server",
        "flask" if says("run") => "the development server",
        "php" if says("-S") => "the development server",
        "uvicorn" | "gunicorn" if says("--reload") => "a server that reloads changed files",
        "air" | "reflex" if command.words.len() == 1 => "the development server",
        _ if django && says("runserver") => "the development server",
        _ => {
            let text = command.text();
            let debugger = text.contains("--inspect=0.0.0.0")
                || text.contains("-agentlib:jdwp")
                    && (text.contains("address=*") || text.contains("address=0.0.0.0"))
                || command.program() == "dlv"
                || text.contains("debugpy --listen 0.0.0.0");
            return debugger.then_some("a debugger that waits for anybody who can reach it");
        }
    })
}

/// What an image or a container starts, where that is for developers now.
fn for_developers(file: &Commands<'_>) -> Option<Finding> {
    let purpose = settings::purpose(file.file);
    let starts = match purpose {
        Some(Purpose::Dockerfile | Purpose::Manifest) => true,
        // The file without a name for it is often that of the developers.
        Some(Purpose::Compose) => file.file.path.to_ascii_lowercase().contains("prod"),
        _ => false,
    };
    if !starts || !file.file.before.exists || !file.file.after.exists || local(&file.file.path) {
        return None;
    }
    // Of an image only what the last stage starts.
    let last = |side: &'_ [Setting]| -> SmolStr {
        let from = side.iter().rfind(|it| it.key() == "from");
        from.and_then(|it| it.path.first().cloned())
            .unwrap_or_default()
    };
    let image = purpose == Some(Purpose::Dockerfile);
    let begins = |it: &&Command, stage: &str| !image || it.place == stage && !it.keyword.is_empty();
    let stages = [
        last(&file.file.before.settings),
        last(&file.file.after.settings),
    ];
    let mut earlier = file.before.iter().filter(|it| begins(it, &stages[0]));
    let before = earlier.clone().next_back()?;
    if earlier.any(|it| developing(it).is_some()) || local(&stages[1]) {
        return None;
    }
    let mut now = file.after.iter().filter(|it| begins(it, &stages[1]));
    let after = now.find(|it| developing(it).is_some())?;
    let words = developing(after)?;
    Some(
        Finding::new(file.file, after.program(), format!("starts {}", after.program()))
            .before(before.line, &before.text())
            .after(after.line, &after.text())
            .says(
                format!("This now starts {words} (`{}`). It is made for one person: it shows code and settings to whoever causes an error, and bears few visitors.", after.text()),
                "Start the server that is made for customers, and keep this for a developer's machine.",
            ),
    )
}

/// Addresses that show the inside of the program, newly answered by a router that is for everyone.
fn inside_shown(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let shows = |call: &&&Call| {
        call.arguments.iter().any(|it| {
            let ExprKind::Text(text) = &it.value.kind else {
                return false;
            };
            [
                "/debug/pprof",
                "/debug/vars",
                "/_profiler",
                "/heapdump",
                "/__debug__",
            ]
            .iter()
            .any(|address| text.starts_with(address))
        })
    };
    let place = words(&format!("{} {}", delta.file.path, delta.after.path));
    let inner = place.iter().any(|it| {
        matches!(
            it.as_str(),
            "admin"
                | "internal_server"
                | "debug"
                | "private"
                | "metrics"
                | "management"
                | "diagnostics"
                | "ops"
                | "pprof"
        )
    });
    let was = delta.calls_before.iter().any(|it| shows(&it));
    let call = delta.calls_after.iter().find(shows)?;
    let aside =
        inner || was || local(&delta.file.path) || conditional(&delta.file.after, &call.place.span);
    (!aside).then(|| {
        Finding::new(delta.file, delta.symbol(), "inside shown")
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "{} now answers addresses that show the inside of the program, its memory among them. Whoever reaches them can read secrets, or slow it down.",
                    name_of(delta.symbol())
                ),
                "Answer them on a port of their own that only operators reach.",
            )
    })
}

/// Whether a setting is what a variable is when nobody sets it: `env('APP_DEBUG', false)`.
fn default_of_variable(setting: &Setting) -> bool {
    let reads = setting.around().last().is_some_and(|it| {
        matches!(
            it.as_str(),
            "env" | "getenv" | "get" | "fetch" | "get_env" | "getEnv" | "bool" | "config"
        )
    });
    reads && setting.key() == name(setting)
}

fn name(setting: &Setting) -> String {
    let last = setting.key().rsplit('.').next().unwrap_or_default();
    last.to_ascii_uppercase().replace('-', "_")
}

/// Whether a setting shows visitors what only developers should see.
fn opens(setting: &Setting) -> bool {
    let value = setting.value.to_ascii_lowercase();
    match name(setting).as_str() {
        "DEBUG"
        | "APP_DEBUG"
        | "FLASK_DEBUG"
        | "DJANGO_DEBUG"
        | "RAILS_DEBUG"
        | "CONSIDER_ALL_REQUESTS_LOCAL"
        | "DISPLAY_ERRORS"
        | "TEMPLATE_DEBUG"
        | "WP_DEBUG_DISPLAY" => on(&value) || falls_back_on(setting),
        "NODE_ENV"
        | "RAILS_ENV"
        | "RACK_ENV"
        | "APP_ENV"
        | "FLASK_ENV"
        | "ASPNETCORE_ENVIRONMENT"
        | "SPRING_PROFILES_ACTIVE" => matches!(value.as_str(), "development" | "dev" | "local"),
        "INCLUDE_STACKTRACE" => value == "always",
        _ => false,
    }
}

/// `env.bool("DEBUG", default=True)`: on wherever nobody says otherwise.
fn falls_back_on(setting: &Setting) -> bool {
    let value = setting.value.to_ascii_lowercase();
    setting.kind == ValueKind::Expression
        && (value.ends_with("true)") || value.ends_with("|| true"))
        && value.contains("env")
}

fn closed(setting: &Setting) -> bool {
    let value = setting.value.to_ascii_lowercase();
    off(&value) || value.starts_with("prod") || value == "never"
}

fn tell(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>) -> Finding {
    let mut finding = Finding::new(file, is.key(), format!("{} = {}", is.key(), is.value))
        .after(is.line, &format!("{} = {}", is.key(), is.value))
        .says(
            format!(
                "`{}` is now `{}`. Visitors who cause an error would see code and settings, and \
                 whatever passwords are among them.",
                is.key(),
                is.value
            ),
            "Leave it off where customers are, and switch it on by an environment variable elsewhere.",
        );
    if let Some(was) = was {
        finding = finding.before(was.line, &format!("{} = {}", was.key(), was.value));
    }
    finding
}
