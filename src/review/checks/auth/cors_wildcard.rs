use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::literals::{literals, mentions};
use crate::review::settings::{compare_in, local, on, unreadable};

check! {
    /// Any website may now call this one from its visitors' browsers.
    ///
    /// ## What it does
    /// Compares which other sites may call this one (CORS), in code and in configuration. Speaks
    /// when a list of sites, or a rule about them, becomes every site. A new configuration that
    /// begins that way is recorded.
    ///
    /// ## Why it matters
    /// A page that a customer happens to visit can then act here with the customer's login, and read
    /// the answers.
    ///
    /// ## Example
    /// ```js
    /// cors({ origin: true, credentials: true })   // was: { origin: allowed, credentials: true }
    /// ```
    ///
    /// ## Instead
    /// List the sites that may call it.
    "auth/cors-wildcard", Auth, SPEAKS, run
}

const MENTIONS: &[&str] = &["ors", "CORS", "Allow-Origin", "origins"];

/// Whether a setting is about who may call.
fn about(setting: &Setting) -> bool {
    let key: String = setting
        .path
        .iter()
        .map(|part| part.to_ascii_lowercase().replace(['-', '_'], ""))
        .collect::<Vec<_>>()
        .join(".");
    key.contains("accesscontrolalloworigin")
        || key.contains("cors")
            && ["origin", "allowall", "anyorigin"]
                .iter()
                .any(|it| key.contains(it))
        || key.contains("allowedorigins")
        || key.contains("alloworigins")
        || key.contains("allowallorigins")
        || key.contains("alloweddomains")
}

/// Whether it lets every site call.
fn everyone(setting: &Setting) -> bool {
    let value = setting.value.trim();
    let key = setting
        .dotted()
        .to_ascii_lowercase()
        .replace(['-', '_'], "");
    let all = key.contains("allowall") || key.contains("anyorigin") || key.ends_with("originsall");
    value == "*" || value == "*:*" || on(value) && (all || key.ends_with("origin"))
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.after.exists || unreadable(file) || local(&file.path) || !mentions(file, MENTIONS)
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            for (was, is) in &deltas.changed {
                if about(is) && everyone(is) && !everyone(was) {
                    found.push(tell(file, is, Some(was), true));
                }
            }
            for is in deltas.added.iter().filter(|it| about(it) && everyone(it)) {
                // A list that lost its sites in the same place.
                let was = deltas
                    .removed
                    .iter()
                    .find(|it| about(it) && !everyone(it) && it.path.first() == is.path.first());
                let before = before.iter().any(|it| about(it) && everyone(it));
                if !before {
                    found.push(tell(file, is, was.copied(), was.is_some()));
                }
            }
        }
    }
}

fn tell(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>, speaks: bool) -> Finding {
    let symbol = match is.path.first() {
        Some(first) if !first.is_empty() => first.clone(),
        _ => is.path.get(1).cloned().unwrap_or_default(),
    };
    let mut finding = Finding::new(file, &symbol, format!("{} = {}", is.key(), is.value))
        .speaks_if(speaks)
        .after(is.line, &format!("{}: {}", is.key(), is.value))
        .says(
            "Only some other websites could call this one from a visitor's browser, and now every \
             website can. A page that a customer happens to open could act with the customer's login.",
            "List the sites that may call it.",
        );
    if let Some(was) = was {
        finding = finding.before(was.line, &format!("{}: {}", was.key(), was.value));
    }
    finding
}
