use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// A package that is there only to protect is no longer installed.
    ///
    /// ## What it does
    /// Reads the lists of what a project depends on. It speaks when one no longer names a package
    /// that limits requests, cleans markup, sets security headers or checks where a request comes
    /// from, and no list newly names another of them.
    ///
    /// ## Why it matters
    /// Many of them work by being there: nothing in the code calls them, and nothing fails without
    /// them.
    ///
    /// ## Example
    /// ```ruby
    /// gem "rack-attack" # gone
    /// ```
    ///
    /// ## Instead
    /// Keep it, or say what protects in its place.
    "production/protective-package-removed", Production, SPEAKS, run
}

/// Packages, and what they do.
const PACKAGES: &[(&str, &str)] = &[
    ("@fastify/csrf-protection", FORGERY),
    ("@fastify/helmet", HEADERS),
    ("@fastify/rate-limit", LIMITS),
    ("@nestjs/throttler", LIMITS),
    ("ammonia", CLEANS),
    ("bleach", CLEANS),
    ("bluemonday", CLEANS),
    ("bucket4j", LIMITS),
    ("csrf-csrf", FORGERY),
    ("csurf", FORGERY),
    ("defusedxml", XML),
    ("django-axes", LIMITS),
    ("django-csp", HEADERS),
    ("django-defender", LIMITS),
    ("django-ratelimit", LIMITS),
    ("dompurify", CLEANS),
    ("express-rate-limit", LIMITS),
    ("ezyang/htmlpurifier", CLEANS),
    ("flask-limiter", LIMITS),
    ("flask-seasurf", FORGERY),
    ("flask-talisman", HEADERS),
    ("gorilla/csrf", FORGERY),
    ("helmet", HEADERS),
    ("htmlsanitizer", CLEANS),
    ("isomorphic-dompurify", CLEANS),
    ("justinas/nosurf", FORGERY),
    ("koa-helmet", HEADERS),
    ("nh3", CLEANS),
    ("omniauth-rails_csrf_protection", FORGERY),
    ("owasp-java-html-sanitizer", CLEANS),
    ("rack-attack", LIMITS),
    ("rack-protection", FORGERY),
    ("rate-limiter-flexible", LIMITS),
    ("sanitize-html", CLEANS),
    ("secure_headers", HEADERS),
    ("slowapi", LIMITS),
    ("tower-governor", LIMITS),
    ("tower_governor", LIMITS),
];

const LIMITS: &str = "limits how often something can be tried";
const CLEANS: &str = "takes scripts out of what others wrote";
const HEADERS: &str = "tells browsers what a page may do";
const FORGERY: &str = "refuses requests that other sites make";
const XML: &str = "keeps files of XML from reading other files";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let lists = || context.files.iter().filter(|it| lists_packages(&it.path));
    let after: BTreeSet<&str> = lists().flat_map(|it| named(it.after.text)).collect();
    let before: BTreeSet<&str> = lists().flat_map(|it| named(it.before.text)).collect();
    let another = after.iter().any(|it| !before.contains(it));
    for file in lists().filter(|it| it.before.exists && it.after.exists) {
        for (package, does, line) in lines_of(file) {
            if after.contains(package) {
                continue;
            }
            out.push(
                Finding::new(file, package, format!("package {package}"))
                    .before(line.0, line.1)
                    .says(
                        format!(
                            "`{package}`, which {does}, is no longer installed. What it turned away or cleaned gets through."
                        ),
                        "Keep it, or say what protects in its place.",
                    )
                    .speaks_if(!another),
            );
        }
    }
}

/// Whether a file lists what a project depends on, by its name.
fn lists_packages(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "package.json"
            | "Gemfile"
            | "Pipfile"
            | "pyproject.toml"
            | "setup.cfg"
            | "composer.json"
            | "go.mod"
            | "Cargo.toml"
            | "pom.xml"
            | "build.gradle"
            | "build.gradle.kts"
            | "Directory.Packages.props"
    ) || name.starts_with("requirements")
        || name.ends_with(".csproj")
        || name.ends_with(".gemspec")
}

/// The packages that a text names.
fn named(text: &str) -> impl Iterator<Item = &'static str> + '_ {
    text.lines().filter_map(in_line).map(|it| it.0)
}

/// The packages that a list named before, with their lines.
fn lines_of<'a>(file: &FilePair<'a>) -> Vec<(&'static str, &'static str, (u32, &'a str))> {
    let lines = (1u32..).zip(file.before.text.lines());
    let found = lines.filter_map(|(number, line)| {
        let (package, does) = in_line(line)?;
        Some((package, does, (number, line.trim())))
    });
    found.collect()
}

/// The package that a line of a list names.
fn in_line(line: &str) -> Option<(&'static str, &'static str)> {
    let line = line.trim();
    if line.starts_with(['#', '/']) || line.ends_with("// indirect") {
        return None;
    }
    let lower = line.to_lowercase();
    // A name goes on over letters, digits, and what joins them.
    let joins = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '@');
    PACKAGES.iter().copied().find(|(package, _)| {
        lower.match_indices(package).any(|(at, _)| {
            let (lead, rest) = (&lower[..at], &lower[at + package.len()..]);
            !lead.ends_with(joins) && !lead.ends_with("types/") && !rest.starts_with(joins)
        })
    })
}
