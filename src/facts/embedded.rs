//! Code inside of markup: everything else is blanked out, so that offsets and lines stay right.

use super::Language;
use super::syntax::{Lexicon, Node};
use std::sync::LazyLock;

/// The Ruby in an ERB template. None where the parser gave up.
pub(super) fn erb(source: &str) -> Option<String> {
    static LEXICON: LazyLock<Lexicon> =
        LazyLock::new(|| Lexicon::new(tree_sitter_embedded_template::LANGUAGE.into()));
    let syntax = super::parse::parse(&LEXICON, source)?;
    let mut out = blank(source);
    for tag in syntax.root().named_children() {
        if matches!(tag.kind(), "directive" | "output_directive") {
            let code = tag.named_children().find(|it| it.kind() == "code");
            if let Some(code) = code {
                keep(&mut out, source, code);
                // A tag ends a statement.
                if let Some(byte) = out.get_mut(code.end_byte()) {
                    *byte = b';';
                }
            }
        }
    }
    String::from_utf8(out).ok()
}

fn keep(out: &mut [u8], source: &str, node: Node<'_>) {
    copy(out, source, node.start_byte(), node.end_byte());
}

fn copy(out: &mut [u8], source: &str, start: usize, end: usize) {
    if let (Some(to), Some(from)) = (out.get_mut(start..end), source.as_bytes().get(start..end)) {
        to.copy_from_slice(from);
    }
}

fn blank(source: &str) -> Vec<u8> {
    let keep = |byte: u8| if byte == b'\n' { byte } else { b' ' };
    source.bytes().map(keep).collect()
}

/// The script of a single-file component, and its language.
pub(super) fn component(source: &str) -> (Language, String) {
    let mut out = blank(source);
    let mut language = Language::JavaScript;
    // The front matter of an Astro component is TypeScript.
    let mut from = 0;
    if let Some(rest) = source.strip_prefix("---\n")
        && let Some(end) = rest.find("\n---")
    {
        copy(&mut out, source, 4, 4 + end);
        language = Language::TypeScript;
        from = 4 + end;
    }
    let lower = source.to_ascii_lowercase();
    while let Some(at) = lower[from..].find("<script") {
        let open = from + at;
        let Some(tag_end) = lower[open..].find('>').map(|it| open + it) else {
            break;
        };
        let tag = &lower[open..tag_end];
        let close = lower[tag_end..]
            .find("</script")
            .map_or(source.len(), |it| tag_end + it);
        from = close;
        if !code(tag) {
            continue;
        }
        language = match (language, tag) {
            (_, tag) if tag.contains("tsx") => Language::Tsx,
            (Language::JavaScript, tag) if tag.contains("\"ts\"") || tag.contains("'ts'") => {
                Language::TypeScript
            }
            (language, _) => language,
        };
        copy(&mut out, source, tag_end + 1, close);
        // Two scripts are two runs of statements.
        if let Some(byte) = out.get_mut(close) {
            *byte = b';';
        }
    }
    (language, String::from_utf8(out).unwrap_or_default())
}

/// Whether a script tag, without its end, holds code and not data.
fn code(tag: &str) -> bool {
    !tag.contains("json") && !tag.contains("text/template") && !tag.contains("text/x-")
}

#[cfg(test)]
mod tests {
    use crate::facts::{Language, read};

    #[test]
    fn the_ruby_of_a_template_keeps_its_lines() {
        let source = "<p>ü</p>\n<% if can?(:edit, @post) -%>\n  <%= link_to 'x', edit_path(@post) %>\n<% else %><%# no %>\n<% end %>\n";
        let tree = read(Language::Erb, source).unwrap();
        assert_eq!(
            tree.to_string(),
            "  if can?(\"edit\", @post) {link_to(\"x\", edit_path(@post))}\n"
        );
        assert_eq!(tree.scopes[0].body[0].line, 2);
        assert!(tree.broken.is_empty());
    }

    #[test]
    fn the_scripts_of_a_component_are_read() {
        let source = "<template><a v-if=\"x\">{{ y }}</a></template>\n<script setup lang=\"ts\">\nconst props: P = go();\n</script>\n<style>a { b: c }</style>\n<script type=\"application/json\">{}</script>\n";
        let tree = read(Language::Component, source).unwrap();
        assert_eq!(tree.to_string(), "  props = go()\n");
        assert_eq!(tree.scopes[0].body[0].line, 3);
        let astro = "---\nconst x: T = load();\n---\n<h1>{x}</h1>\n";
        let tree = read(Language::Component, astro).unwrap();
        assert_eq!(tree.to_string(), "  x = load()\n");
    }
}
