//! Which configuration format a path names.

use super::setting::Reading;
use super::{dockerfile, hcl, json, lines, toml, yaml};

/// A format of configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, perhaps with template tags.
    Yaml,
    /// JSON, perhaps with comments.
    Json,
    /// TOML.
    Toml,
    /// HCL.
    Hcl,
    /// A Dockerfile.
    Dockerfile,
    /// One `key = value` a line.
    Pairs,
    /// Directives in blocks, as nginx has them.
    Blocks,
    /// Directives in blocks, one a line, as Caddy has them.
    Lines,
}

/// Written by a package manager: thousands of lines that nobody sets.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "composer.lock",
    "packages.lock.json",
    ".terraform.lock.hcl",
];

impl Format {
    /// The format of a path, by its name alone.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        if LOCKS.contains(&lower.as_str()) {
            return None;
        }
        if lower == "dockerfile"
            || lower == "containerfile"
            || (lower.starts_with("dockerfile.") && !lower.ends_with("ignore"))
            || lower.ends_with(".dockerfile")
        {
            return Some(Self::Dockerfile);
        }
        if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") {
            return Some(Self::Pairs);
        }
        if lower == "caddyfile" || lower.ends_with(".caddyfile") || lower.starts_with("caddyfile.")
        {
            return Some(Self::Lines);
        }
        // A template of a format is read as the format.
        let mut stem = lower.as_str();
        for template in [
            ".erb", ".gotmpl", ".tmpl", ".tpl", ".j2", ".sample", ".example", ".dist",
        ] {
            stem = stem.strip_suffix(template).unwrap_or(stem);
        }
        let extension = stem.rsplit_once('.').map_or("", |(_, it)| it);
        Some(match extension {
            "yml" | "yaml" | "eyaml" => Self::Yaml,
            "json" | "jsonc" | "json5" | "ejson" | "webmanifest" => Self::Json,
            "toml" => Self::Toml,
            "tf" | "tfvars" | "hcl" => Self::Hcl,
            "ini" | "properties" | "cfg" => Self::Pairs,
            "conf" | "nginx" => Self::Blocks,
            _ => return None,
        })
    }

    /// Reads a file. None where the parser gave up.
    pub fn read(self, text: &str) -> Option<Reading> {
        match self {
            Self::Yaml => yaml::read(text),
            Self::Json => json::read(text),
            Self::Toml => toml::read(text),
            Self::Hcl => hcl::read(text),
            Self::Dockerfile => dockerfile::read(text),
            Self::Pairs => Some(lines::read_pairs(text)),
            Self::Blocks => Some(lines::read_blocks(text)),
            Self::Lines => Some(lines::read_directives(text)),
        }
    }
}
