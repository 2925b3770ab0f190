//! Settings of configuration files: YAML, JSON, TOML, HCL, Dockerfile, `.env` and their like.

use smol_str::SmolStr;

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The keys from the top, such as `jobs`, `build`, `permissions`, `contents`. An entry of a
    /// list is keyed by what names it (`name`, `id`, `key`, `uses`, the value itself), so that
    /// reordering a list changes no path. Never empty.
    pub path: Vec<SmolStr>,
    /// The value without quotes; empty for an empty map or list (`{}` and `[]`).
    pub value: String,
    /// What the value is.
    pub kind: ValueKind,
    /// The line, from 1.
    pub line: u32,
    /// The bytes of the whole entry.
    pub span: super::tree::Span,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Text, quoted or not.
    Text,
    /// A number.
    Number,
    /// `true` or `false`, whatever the format calls them.
    Bool,
    /// Nothing.
    Null,
    /// `{}`.
    EmptyMap,
    /// `[]`.
    EmptyList,
    /// An expression of the format's own language (HCL).
    Expression,
}

impl Setting {
    /// The path with dots.
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }

    /// The keys of what it stands in; none where it stands at the top.
    pub fn around(&self) -> &[SmolStr] {
        self.path.split_last().map_or(&[], |(_, around)| around)
    }

    /// The last key.
    pub fn key(&self) -> &str {
        self.path.last().map_or("", SmolStr::as_str)
    }
}

/// The settings of one file, and what could not be read of it.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The settings, in the order of the file.
    pub settings: Vec<Setting>,
    /// Lines (from 1) of the places that the parser could not read.
    pub broken: Vec<std::ops::RangeInclusive<u32>>,
}
