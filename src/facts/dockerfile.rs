//! Dockerfiles: every stage with its instructions.

use super::parse::{broken, parse};
use super::setting::{Reading, Setting, ValueKind};
use super::syntax::{Lexicon, Node as Syntax};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(tree_sitter_containerfile::LANGUAGE.into()));

/// Reads a file. Paths begin with the name of the stage: what it is called, or its base image.
pub(super) fn read(source: &str) -> Option<Reading> {
    let syntax = parse(&LEXICON, source)?;
    let root = syntax.root();
    let mut reader = Reader {
        source,
        stage: "global".to_owned(),
        seen: HashMap::new(),
        settings: Vec::new(),
    };
    for instruction in root.named_children() {
        reader.instruction(instruction);
    }
    Some(Reading {
        settings: reader.settings,
        broken: broken(root),
    })
}

struct Reader<'a> {
    source: &'a str,
    stage: String,
    seen: HashMap<String, usize>,
    settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    fn text(&self, node: Syntax<'_>) -> &'a str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn instruction(&mut self, syntax: Syntax<'_>) {
        let keyword = syntax.kind().trim_end_matches("_instruction");
        let rest = self
            .text(syntax)
            .split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest);
        let parts = children(syntax);
        match keyword {
            "from" => self.from(syntax, &parts),
            "env" | "arg" | "label" => {
                for pair in parts {
                    let field = |name| pair.field(name);
                    let name = field("name").or_else(|| field("key"));
                    let value = field("value").or_else(|| field("default"));
                    let name = name.map_or("", |it| unquote(self.text(it)));
                    let value = value.map_or("", |it| unquote(self.text(it)));
                    self.setting(&[keyword, name], value, pair);
                }
            }
            "expose" => {
                for port in parts {
                    self.setting(&[keyword, self.text(port)], self.text(port), port);
                }
            }
            "run" | "copy" | "add" | "volume" | "shell" | "onbuild" | "cross_build" => {
                let words = squeeze(rest);
                let name: String = words.chars().take(120).collect();
                self.setting(&[keyword, &name], &words, syntax);
            }
            "comment" => {}
            _ if syntax.is_error() => {}
            _ => {
                let words = squeeze(rest);
                self.setting(&[keyword], &words, syntax);
            }
        }
    }

    fn from(&mut self, syntax: Syntax<'_>, parts: &[Syntax<'_>]) {
        let image = parts.iter().find(|it| it.kind() == "image_spec");
        let image_text = image.map_or("", |it| self.text(*it));
        let name = image
            .and_then(|it| it.field("name"))
            .map_or(image_text, |it| self.text(it));
        let alias = syntax.field("as").map(|it| self.text(it));
        let mut stage = alias.unwrap_or(name).to_owned();
        let count = self.seen.entry(stage.clone()).or_default();
        *count += 1;
        if *count > 1 {
            stage = format!("{stage}#{count}");
        }
        self.stage = stage;
        self.setting(&["from"], image_text, syntax);
    }

    fn setting(&mut self, keys: &[&str], value: &str, at: Syntax<'_>) {
        let mut path: Vec<SmolStr> = vec![self.stage.as_str().into()];
        path.extend(keys.iter().map(|key| SmolStr::from(*key)));
        self.settings.push(Setting {
            path,
            value: value.to_owned(),
            kind: ValueKind::Text,
            line: at.line(),
            span: at.span(),
        });
    }
}

fn children(node: Syntax<'_>) -> Vec<Syntax<'_>> {
    node.named_children().collect()
}

fn unquote(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// One line: continuations and comments between them gone.
fn squeeze(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let words: Vec<&str> = lines
        .flat_map(str::split_whitespace)
        .filter(|word| *word != "\\")
        .collect();
    words.join(" ")
}
