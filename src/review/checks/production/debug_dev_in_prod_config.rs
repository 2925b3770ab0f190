use crate::facts::tree::ExprKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{Slot, earlier, is_off, is_on, risen, touched};

check! {
    /// Production shows visitors what only developers should see.
    ///
    /// ## What it does
    /// Looks for debug modes, detailed errors and development environments that are switched on in
    /// settings of production. Where the file does not say that it is for production it is recorded,
    /// unless a setting that was off is now on for everybody.
    ///
    /// ## Why it matters
    /// Error pages show code, settings and secrets, and some let a visitor run code.
    ///
    /// ## Example
    /// ```python
    /// DEBUG = False # before
    /// DEBUG = True  # after
    /// ```
    ///
    /// ## Instead
    /// Set it by the environment, off unless somebody asks for it.
    "production/debug-dev-in-prod-config", Production, SPEAKS, run
}

fn is_debug(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    matches!(
        name.as_str(),
        "debug"
            | "appdebug"
            | "djangodebug"
            | "flaskdebug"
            | "considerallrequestslocal"
            | "displayerrors"
            | "templatedebug"
            | "debugmode"
            | "showdetailederrors"
            | "webdebug"
            | "graphiql"
            | "introspection"
            | "debugexceptions"
            | "wpdebugdisplay"
    )
}

fn is_environment(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    matches!(
        name.as_str(),
        "appenv"
            | "nodeenv"
            | "railsenv"
            | "rackenv"
            | "flaskenv"
            | "environment"
            | "aspnetcoreenvironment"
            | "symfonyenv"
    )
}

fn develops(value: &str) -> bool {
    matches!(
        value.to_lowercase().as_str(),
        "local" | "development" | "dev" | "debug"
    )
}

fn for_production(path: &str) -> bool {
    let found = words(path);
    found
        .iter()
        .any(|it| matches!(it.as_str(), "production" | "prod" | "live"))
}

fn for_developers(path: &str) -> bool {
    words(path).iter().any(|it| {
        matches!(
            it.as_str(),
            "dev"
                | "development"
                | "local"
                | "test"
                | "tests"
                | "testing"
                | "example"
                | "sample"
                | "ci"
                | "docs"
                | "debug"
                | "staging"
        )
    })
}

fn on(slot: &Slot<'_>) -> bool {
    (is_debug(&slot.name) && is_on(slot.value))
        || (is_environment(&slot.name)
            && matches!(&slot.value.kind, ExprKind::Text(text) if develops(text)))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let path = &scope.file.path;
        for slot in risen(&scope, &on) {
            let before = earlier(&scope, &slot);
            let was_off = before.as_ref().is_some_and(|it| is_off(it.value));
            let settings = words(path)
                .iter()
                .any(|it| matches!(it.as_str(), "settings" | "config" | "configuration"));
            let finding = finding(scope.file, &scope.after.path, &slot.name)
                .after(slot.line, scope.file.after.code(&slot.span));
            let finding = match (&before, scope.base_file) {
                (Some(before), Some(base)) => {
                    finding.before(before.line, base.before.code(&before.span))
                }
                _ => finding,
            };
            out.push(finding.speaks_if(
                !for_developers(path)
                    && (for_production(path) || (was_off && settings))
                    && !scope.broken(),
            ));
        }
    }
    for file in context.files {
        for after in &file.after.settings {
            let bad = |value: &str, key: &str| {
                (is_debug(key)
                    && matches!(value.to_lowercase().as_str(), "true" | "1" | "yes" | "on"))
                    || (is_environment(key) && develops(value))
            };
            if !bad(&after.value, after.key()) {
                continue;
            }
            let before = file.before.settings.iter().find(|it| it.path == after.path);
            if before.is_some_and(|it| bad(&it.value, it.key())) {
                continue;
            }
            out.push(
                finding(file, &after.dotted(), after.key())
                    .near(after.line)
                    .speaks_if(for_production(&file.path) && !for_developers(&file.path)),
            );
        }
    }
}

fn finding(file: &crate::review::compare::FilePair<'_>, symbol: &str, name: &str) -> Finding {
    Finding::new(file, symbol, format!("debug {name}")).says(
        format!(
            "In {}, `{name}` is switched on. Visitors could see code, settings and secrets when something goes wrong.",
            name_of(symbol)
        ),
        "Set it by the environment, off unless somebody asks for it.",
    )
}
