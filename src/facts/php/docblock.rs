//! Annotations in the comment above a declaration: `@IsGranted("ROLE_ADMIN")`.

use crate::facts::lower::Lowering;
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind};

/// Braces inside braces are read as deep as this.
const MAX_DEPTH: usize = 16;

/// Takes the annotations of a comment for the declaration that follows.
pub(super) fn read(lowering: &mut Lowering<'_>, node: Node<'_>) {
    let text = lowering.text(node);
    if !text.starts_with("/**") {
        return;
    }
    lowering.clear_attributes();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let starts = rest[..at].ends_with([' ', '\t', '*', '\n']);
        rest = &rest[at + 1..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\\')))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        // Tags in small letters, such as `@param`, are prose.
        if !starts || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        let mut reader = Reader {
            lowering,
            node,
            rest,
            depth: 0,
        };
        let arguments = if reader.eat('(') {
            reader.list(')')
        } else {
            Vec::new()
        };
        rest = reader.rest;
        let name = name.replace('\\', ".");
        let attribute = lowering.attribute_at(node, name, arguments);
        lowering.add_attribute(attribute);
    }
}

struct Reader<'r, 'a> {
    lowering: &'r Lowering<'a>,
    node: Node<'r>,
    rest: &'a str,
    depth: usize,
}

impl Reader<'_, '_> {
    fn skip(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn at(&self, kind: ExprKind) -> Expr {
        self.lowering.at(self.node, kind)
    }

    /// Values up to the closing bracket.
    fn list(&mut self, close: char) -> Vec<Argument> {
        let mut out = Vec::new();
        self.depth += 1;
        while !self.eat(close) && !self.rest.is_empty() && self.depth < MAX_DEPTH {
            let before = self.rest.len();
            let key = self.value();
            let argument = if self.eat('=') || self.eat(':') {
                Argument {
                    name: Some(match key.kind {
                        ExprKind::Text(text) => text,
                        _ => key.to_string(),
                    }),
                    value: self.value(),
                }
            } else {
                Argument {
                    name: None,
                    value: key,
                }
            };
            out.push(argument);
            self.eat(',');
            if self.rest.len() == before {
                break;
            }
        }
        self.depth -= 1;
        out
    }

    fn value(&mut self) -> Expr {
        self.skip();
        if let Some(rest) = self.rest.strip_prefix('"') {
            let end = rest.find('"').unwrap_or(rest.len());
            let text = rest[..end].to_owned();
            self.rest = rest.get(end + 1..).unwrap_or_default();
            return self.at(ExprKind::Text(text));
        }
        if self.eat('{') {
            let values = self.list('}');
            let kind = if values.iter().any(|it| it.name.is_some()) {
                let pairs = values.into_iter().map(|it| {
                    let key = it.name.map_or(ExprKind::Null, ExprKind::Name);
                    (self.at(key), it.value)
                });
                ExprKind::Map(pairs.collect())
            } else {
                ExprKind::List(values.into_iter().map(|it| it.value).collect())
            };
            return self.at(kind);
        }
        let end = self
            .rest
            .find(|c: char| {
                !(c.is_alphanumeric() || matches!(c, '_' | '\\' | ':' | '.' | '@' | '-'))
            })
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let name = word.trim_start_matches('@').replace('\\', ".");
        let kind = match name.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => ExprKind::Number(name),
            _ => ExprKind::Name(name.replace("::", ".")),
        };
        if word.starts_with('@') && self.eat('(') {
            let callee = self.at(kind);
            let arguments = self.list(')');
            return self.at(ExprKind::Call(Box::new(callee), arguments));
        }
        self.at(kind)
    }
}
