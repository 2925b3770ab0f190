//! What kind of code a place is: whether a request reaches it, and which surface it is near.

use crate::facts::Language;
use crate::facts::words::words;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use std::collections::BTreeSet;

/// Whether the file is a script of commands: nobody sends it requests.
pub fn runs_commands(file: &FilePair<'_>) -> bool {
    file.after.language.or(file.before.language) == Some(Language::Shell)
}

/// Whether the file is a tool for those who work on the project: nobody sends it requests either.
pub fn is_tool(file: &FilePair<'_>) -> bool {
    let folder = file.path.split('/').next().unwrap_or_default();
    let bundles = |it: &str| matches!(it, "vite" | "webpack" | "rollup" | "esbuild" | "babel");
    runs_commands(file)
        || matches!(folder, "scripts" | "script" | "tools" | "hack" | "build")
        || file.path.split('/').any(bundles)
}

/// Whether the file is a template: what it leaves out is only not shown.
pub fn is_template(file: &FilePair<'_>) -> bool {
    file.after.language.or(file.before.language) == Some(Language::Erb)
}

/// Whether the file lays out pages or the screen of a terminal in a compiled language: what it asks
/// is only how something looks.
pub fn lays_out(file: &FilePair<'_>) -> bool {
    let compiled = matches!(
        file.after.language.or(file.before.language),
        Some(Language::Go | Language::Rust)
    );
    let screens = |it: &str| matches!(it, "tui" | "templates" | "views");
    compiled && file.path.split('/').any(screens)
}

/// Whether the file draws a user interface: nothing in it can keep anybody out.
pub fn draws(file: &FilePair<'_>) -> bool {
    let path = file.path.to_lowercase();
    let language = file.after.language.or(file.before.language);
    let markup = matches!(language, Some(Language::Tsx))
        || path.ends_with(".jsx")
        || path.ends_with(".vue")
        || path.ends_with(".svelte");
    let script = markup || matches!(language, Some(Language::JavaScript | Language::TypeScript));
    if !script {
        return false;
    }
    let text = if file.after.exists {
        file.after.text
    } else {
        file.before.text
    };
    if text.contains("\"use server\"") || text.contains("'use server'") {
        return false;
    }
    if text.contains("\"use client\"") || text.contains("'use client'") {
        return true;
    }
    let folder = path.split('/').any(|part| {
        matches!(
            part,
            "frontend"
                | "client"
                | "components"
                | "webui"
                | "ui"
                | "views"
                | "hooks"
                | "stores"
                | "composables"
                // Where Rails, Laravel and Django keep what is sent to browsers.
                | "assets"
                | "static"
                | "javascripts"
                | "public"
        )
    });
    let server = path.split('/').any(|part| {
        matches!(
            part,
            "server"
                | "api"
                | "backend"
                | "routes"
                | "controllers"
                | "services"
                | "middleware"
                | "actions"
        )
    }) || path.ends_with("/route.ts");
    let pages =
        markup && path.split('/').any(|part| part == "app") && text.contains("async function");
    (markup && !server && !pages)
        || (folder && !server)
        || text.contains("from \"react\"") && !server && !pages && markup
        || text.contains("from 'react'") && !server
        || text.contains("import React")
}

/// The words around a scope: its path, its symbol and what it calls.
pub fn near(delta: &ScopeDelta<'_>) -> BTreeSet<String> {
    let mut out: BTreeSet<String> = words(&delta.file.path).into_iter().collect();
    out.extend(words(&delta.before.path));
    out.extend(words(&delta.after.path));
    for call in &delta.calls_before {
        out.extend(words(&call.name));
    }
    out
}
