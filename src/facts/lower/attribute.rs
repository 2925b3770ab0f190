//! Decorators, annotations and attributes.

use super::{Lowering, Role, field, first_named, wrapped};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Attribute, Expr, ExprKind, Stmt, StmtKind};

impl Lowering<'_> {
    /// What annotations say of a field: `@JsonIgnore(password)`, a call in the body of the class.
    pub fn field_attributes(&mut self, node: Node<'_>, name: &str, out: &mut Vec<Stmt>) {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.append(&mut self.own_attributes(node));
        for attribute in attributes {
            let at = |kind| Expr::new(kind, attribute.line, attribute.span.clone());
            let field = Argument {
                name: None,
                value: at(ExprKind::Name(name.to_owned())),
            };
            let callee = at(ExprKind::Name(format!("@{}", attribute.name)));
            let arguments = std::iter::once(field).chain(attribute.arguments.iter().cloned());
            let call = at(ExprKind::Call(Box::new(callee), arguments.collect()));
            out.push(Stmt {
                kind: StmtKind::Expr(call),
                line: attribute.line,
                span: attribute.span.clone(),
            });
        }
    }

    /// The attributes among the children of a node.
    pub(super) fn own_attributes(&mut self, node: Node<'_>) -> Vec<Attribute> {
        let outer = std::mem::take(&mut self.attributes);
        for child in node.named_children() {
            if matches!(self.role(child), Role::Attribute | Role::AttributeList) {
                self.statement(child, &mut Vec::new());
            }
        }
        std::mem::replace(&mut self.attributes, outer)
    }

    /// The attributes of the declaration that follows.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// An attribute at a node.
    pub fn attribute_at(
        &self,
        node: Node<'_>,
        name: String,
        arguments: Vec<Argument>,
    ) -> Attribute {
        Attribute {
            name,
            arguments,
            line: node.line(),
            span: node.span(),
        }
    }

    /// Forgets the attributes that were meant for something else.
    pub fn clear_attributes(&mut self) {
        self.attributes.clear();
    }

    /// Adds an attribute for the declaration that follows.
    pub fn add_attribute(&mut self, attribute: Attribute) {
        self.attributes.push(attribute);
    }

    pub(super) fn attribute(&mut self, node: Node<'_>) -> Attribute {
        let list = field(node, &["arguments", "parameters"]).or_else(|| {
            node.named_children()
                .find(|it| it.kind().contains("argument"))
        });
        let name = field(node, &["name"]).or_else(|| list.and_then(|_| first_named(node)));
        let (name, arguments) = match name {
            Some(name) => {
                let arguments = list.map(|it| self.arguments(it)).unwrap_or_default();
                (self.text(name).to_owned(), arguments)
            }
            None => match wrapped(self.roles, node).map(|it| self.expr(it)) {
                Some(Expr {
                    kind: ExprKind::Call(callee, arguments),
                    ..
                }) => (callee.to_string(), arguments),
                Some(other) => (other.to_string(), Vec::new()),
                None => (self.text(node).to_owned(), Vec::new()),
            },
        };
        let name = name.replace("::", ".").replace('\\', ".");
        self.attribute_at(node, name, arguments)
    }
}
