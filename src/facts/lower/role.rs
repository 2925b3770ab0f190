//! What the kinds of a grammar mean.

use super::Grammar;
use tree_sitter::Node;

/// What a kind of node means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Means nothing: comments, types, imports.
    Skip,
    /// Means what its one child means: parentheses, casts, `await`.
    Wrapper,
    /// A list of statements.
    Block,
    /// A statement that is one expression.
    Statement,
    /// A name.
    Name,
    /// `this`, `self`.
    Receiver,
    /// A string, perhaps with values in it.
    Text,
    /// A value inside a string.
    Interpolation,
    /// A number.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// `object.name`.
    Member,
    /// `object[index]`.
    Index,
    /// A call, or `new`.
    Call,
    /// `not x`, `-x`.
    Unary,
    /// `a + b`.
    Binary,
    /// `a ? b : c`.
    Conditional,
    /// A list.
    List,
    /// A map.
    Map,
    /// One entry of a map, or a keyword argument.
    Pair,
    /// `...x`.
    Spread,
    /// An anonymous function.
    Lambda,
    /// A named function.
    Function,
    /// A class, or what encloses functions like one.
    Class,
    /// A decorator, annotation or attribute.
    Attribute,
    /// What encloses attributes.
    AttributeList,
    /// `if`.
    If,
    /// `unless`.
    Unless,
    /// `else`, which encloses statements.
    Else,
    /// `switch`, `case`, `match`.
    Switch,
    /// One way of a switch.
    Case,
    /// `for`, `while`.
    Loop,
    /// `until`.
    Until,
    /// `try`.
    Try,
    /// `catch`.
    Catch,
    /// `finally`.
    Finally,
    /// `with`, `synchronized`.
    With,
    /// `return`.
    Return,
    /// `throw`.
    Throw,
    /// `continue`.
    Continue,
    /// `break`.
    Break,
    /// `a = b`, `a += b`, `let a = b`.
    Assign,
    /// Nothing in particular: kept with its parts.
    Other,
}

/// The roles of a grammar by kind id, made once.
pub struct Roles(Vec<Role>);

impl Roles {
    /// Looks every kind up.
    pub fn new(grammar: &Grammar) -> Self {
        let language = (grammar.language)();
        let count = language.node_kind_count();
        let mut roles = vec![Role::Other; count];
        for id in 0..count {
            let id = u16::try_from(id).unwrap_or(u16::MAX);
            let Some(kind) = language.node_kind_for_id(id) else {
                continue;
            };
            if !language.node_kind_is_named(id) {
                continue;
            }
            for (role, kinds) in grammar.roles {
                if kinds.contains(&kind) {
                    roles[usize::from(id)] = *role;
                }
            }
        }
        Self(roles)
    }

    pub(super) fn of(&self, node: Node<'_>) -> Role {
        if !node.is_named() {
            return Role::Skip;
        }
        self.0
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Role::Other)
    }
}
