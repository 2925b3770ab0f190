//! What a web server shows to everyone.

use crate::facts::setting::Setting;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{Deltas, holds};
use crate::review::record::finding::Finding;

pub(crate) fn server(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (was, is) in &deltas.changed {
        if !matches!(was.key(), "root" | "alias" | "DocumentRoot") || !above(&is.value, &was.value)
        {
            continue;
        }
        found.push(
            Finding::new(file, &is.dotted(), format!("serves {}", is.value))
                .before(was.line, file.before.code(&was.span))
                .after(is.line, file.after.code(&is.span))
                .says(
                    format!(
                        "The web server showed what is in `{}`, and now all of `{}`. Everyone could \
                         download what lies beside it, such as settings, passwords and sources.",
                        was.value, is.value
                    ),
                    "Serve only the folder that holds what is meant for everyone.",
                ),
        );
    }
    for setting in &deltas.removed {
        let mut place = setting.path[..setting.path.len().saturating_sub(1)].to_vec();
        // Refuses some ways of asking for the place around it.
        while place
            .last()
            .is_some_and(|it| it.starts_with("limit_except"))
        {
            place.pop();
        }
        let guard = setting.path.iter().any(|key| key == "deny")
            || matches!(
                setting.key(),
                "auth_basic" | "auth_request" | "internal" | "ssl_verify_client"
            );
        let stays = holds(&file.after.settings, &place[..place.len().min(2)]);
        // A place that did nothing but refuse: without it, another one answers.
        let refused = guard
            && place.len() > 1
            && !deltas.added.iter().any(|it| refuses_quietly(it))
            && holds(&file.after.settings, &place[..1])
            && file
                .before
                .settings
                .iter()
                .all(|it| !it.path.starts_with(&place) || refuses_quietly(it));
        // Taken out into a file that the same place, or the one around it, now includes.
        let included = deltas
            .added
            .iter()
            .any(|it| it.key() == "include" && place.starts_with(it.around()));
        if !guard || !stays && !refused || included {
            continue;
        }
        let name = place.last().cloned().unwrap_or_default();
        found.push(
            Finding::new(file, &name, format!("{} removed", setting.dotted()))
                .before(setting.line, file.before.code(&setting.span))
                .says(
                    format!(
                        "The web server used to keep people out of `{name}` with `{}`, and no longer \
                         does. Everyone can ask for it now.",
                        file.before.code(&setting.span).trim()
                    ),
                    "Put the rule back, or say what keeps people out instead.",
                ),
        );
    }
}

/// Whether a folder is the one around the other, which by its name is for everyone.
fn above(folder: &str, other: &str) -> bool {
    let plain = |it: &str| {
        it.trim_matches(['"', '\''])
            .trim_end_matches('/')
            .to_owned()
    };
    let (folder, other) = (plain(folder), plain(other));
    const FOR_EVERYONE: &[&str] = &[
        "public", "pub", "web", "webroot", "www", "htdocs", "static", "dist", "build",
    ];
    let inside = other.strip_prefix(&folder).unwrap_or_default();
    let last = inside.rsplit('/').next().unwrap_or_default();
    inside.starts_with('/') && FOR_EVERYONE.contains(&last) && !folder.contains("nginx/html")
}

/// What stands in a place that only refuses.
fn refuses_quietly(setting: &Setting) -> bool {
    matches!(
        setting.key(),
        "return" | "access_log" | "log_not_found" | "internal"
    ) || setting.path.iter().any(|it| it == "deny" || it == "allow")
}
