//! Fragments: text that a grammar keeps as tokens, such as the arguments of a macro, parsed again.

use super::{Lowering, MAX_DEPTH, named, unquote};
use crate::facts::parse::{bounded, parser};
use crate::facts::syntax::{Node, Syntax};
use crate::facts::tree::{Argument, Expr, ExprKind};
use tree_sitter::Range;

/// Fragments inside fragments are parsed again as often as this.
const MAX_FRAGMENTS: usize = 4;

/// Longer fragments, in bytes, are kept as text.
const MAX_LENGTH: usize = 16 * 1024;

/// Longer lists are kept as text where they do not read as one.
const MAX_PIECES: usize = 64;

impl Lowering<'_> {
    /// The arguments in a bracketed list of tokens: parsed as one list, else one by one.
    pub fn tokens(&mut self, node: Node<'_>) -> Vec<Argument> {
        if let Some(values) = self.fragment(node.range_to(node)) {
            return values;
        }
        let pieces = self.pieces(node);
        if pieces.len() > MAX_PIECES || self.depth >= MAX_DEPTH {
            let text = self.at(node, ExprKind::Text(self.text(node).to_owned()));
            return vec![argument(text)];
        }
        self.depth += 1;
        let mut out = Vec::new();
        for piece in pieces {
            match self.piece(&piece) {
                Some(mut values) => out.append(&mut values),
                None => out.push(argument(self.token_text(&piece))),
            }
        }
        self.depth -= 1;
        out
    }

    /// What stands between the commas of a bracketed list of tokens.
    fn pieces<'t>(&self, node: Node<'t>) -> Vec<Vec<Node<'t>>> {
        let mut children: Vec<Node<'t>> = node.children().filter(|it| !it.is_extra()).collect();
        children.pop();
        let inner = children.get(1..).unwrap_or_default();
        inner
            .split(|it| self.text(*it) == ",")
            .filter(|piece| !piece.is_empty())
            .map(<[Node<'t>]>::to_vec)
            .collect()
    }

    fn piece(&mut self, piece: &[Node<'_>]) -> Option<Vec<Argument>> {
        if let [only] = piece {
            let opens = self.text(*only).as_bytes().first().copied();
            if only.named_child_count() > 0 || matches!(opens, Some(b'{' | b'[')) {
                match opens {
                    Some(b'{') => return self.entries(*only).map(|it| vec![argument(it)]),
                    Some(b'[') => {
                        let values = self.tokens(*only);
                        let parts = values.into_iter().map(|it| it.value).collect();
                        return Some(vec![argument(self.at(*only, ExprKind::List(parts)))]);
                    }
                    _ => {}
                }
            }
        }
        let (first, last) = (piece.first()?, piece.last()?);
        let read = self.fragment(first.range_to(*last));
        match piece {
            // `name(…)` with something strange inside.
            [name, list] if read.is_none() && self.text(*list).starts_with('(') => {
                let callee = self.at(*name, ExprKind::Name(self.text(*name).to_owned()));
                let arguments = self.tokens(*list);
                let call = ExprKind::Call(Box::new(callee), arguments);
                Some(vec![argument(self.at(*name, call))])
            }
            _ => read,
        }
    }

    /// `{"key": value, …}`.
    fn entries(&mut self, node: Node<'_>) -> Option<Expr> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let mut entries = Some(Vec::new());
        for piece in self.pieces(node) {
            let (Some([key, colon]), Some(value), Some(found)) =
                (piece.get(..2), piece.get(2..), entries.as_mut())
            else {
                entries = None;
                break;
            };
            if self.text(*colon) != ":" {
                entries = None;
                break;
            }
            let key = self.at(*key, ExprKind::Name(unquote(self.text(*key)).to_owned()));
            let value = match self.piece(value).map(|mut values| values.pop()) {
                Some(Some(value)) => value.value,
                _ => self.token_text(value),
            };
            found.push((key, value));
        }
        self.depth -= 1;
        Some(self.at(node, ExprKind::Map(entries?)))
    }

    fn token_text(&self, piece: &[Node<'_>]) -> Expr {
        let Some((first, last)) = piece.first().zip(piece.last()) else {
            return Expr::new(ExprKind::Null, 1, 0..0);
        };
        let text = self.source.get(first.start_byte()..last.end_byte());
        let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
        self.at(*first, ExprKind::Text(words.join(" ")))
    }

    /// Parses a range as a statement of the language. None where it is no such thing.
    fn fragment(&mut self, range: Range) -> Option<Vec<Argument>> {
        if self.fragments >= MAX_FRAGMENTS || range.end_byte - range.start_byte > MAX_LENGTH {
            return None;
        }
        let known = self.parser.take();
        let mut parser = known.or_else(|| parser(&self.roles.lexicon))?;
        let bytes = self.source.as_bytes();
        // A statement ends somewhere: right after the source stands an end that is lent to it.
        let end = Range {
            start_byte: bytes.len(),
            end_byte: bytes.len() + 1,
            start_point: range.end_point,
            end_point: range.end_point,
        };
        let tree = match parser.set_included_ranges(&[range, end]) {
            Ok(()) => bounded(
                &mut parser,
                range.end_byte - range.start_byte,
                self.source.as_bytes(),
                b";",
                None,
            ),
            Err(_) => None,
        };
        self.parser = Some(parser);
        let syntax = Syntax::new(&self.roles.lexicon, &tree?);
        let root = syntax.root();
        if root.has_error() {
            return None;
        }
        self.fragments += 1;
        let values = self.fragment_values(root);
        self.fragments -= 1;
        Some(values)
    }

    fn fragment_values(&mut self, root: Node<'_>) -> Vec<Argument> {
        let mut out = Vec::new();
        for statement in root.named_children() {
            let inner = statement.named_children().next().unwrap_or(statement);
            let parts = match inner.kind() {
                "tuple_expression" | "parenthesized_expression" | "array_expression" => {
                    named(inner)
                }
                "unit_expression" => Vec::new(),
                _ => vec![inner],
            };
            for part in parts {
                if part.is_extra() {
                    continue;
                }
                let value = self.expr(part);
                out.push(match value.kind {
                    // `name = value` is a named argument.
                    ExprKind::Assign(target, value) => Argument {
                        name: Some(target.to_string()),
                        value: *value,
                    },
                    kind => argument(Expr { kind, ..value }),
                });
            }
        }
        out
    }
}

fn argument(value: Expr) -> Argument {
    Argument { name: None, value }
}
