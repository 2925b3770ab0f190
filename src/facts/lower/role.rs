//! What the kinds of a grammar mean.

use super::Grammar;
use crate::facts::syntax::{Lexicon, Node};

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

/// The roles of a grammar by the number of the kind, made once.
pub struct Roles {
    /// The grammar.
    pub(in crate::facts) lexicon: Lexicon,
    roles: Vec<Role>,
}

impl Roles {
    /// Looks every kind up.
    pub fn new(grammar: &Grammar) -> Self {
        let lexicon = Lexicon::new((grammar.language)());
        let mut roles = vec![Role::Other; lexicon.kind_count()];
        for (id, known) in roles.iter_mut().enumerate() {
            let Some(kind) = lexicon.named_kind(id) else {
                continue;
            };
            for (role, kinds) in grammar.roles {
                if kinds.contains(&kind) {
                    *known = *role;
                }
            }
        }
        Self { lexicon, roles }
    }

    pub(super) fn of(&self, node: Node<'_>) -> Role {
        if !node.is_named() {
            return Role::Skip;
        }
        let role = self.roles.get(usize::from(node.kind_id()));
        role.copied().unwrap_or(Role::Other)
    }
}
