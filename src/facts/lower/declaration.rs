//! Functions, classes, parameters and attributes.

use super::{Last, Lowering, Role, Use, core, field, first_named, last_named, named, unquote};
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Parameter, Scope, ScopeKind, Stmt, StmtKind};

impl Lowering<'_> {
    /// Adds a scope for a function and lowers it.
    pub fn function(&mut self, node: Node<'_>, name: &str) {
        self.function_of(node, name, field(node, &["body"]));
    }

    /// The same, for a body that stands elsewhere.
    pub fn function_of(&mut self, node: Node<'_>, name: &str, body_node: Option<Node<'_>>) {
        let parameters = field(node, &["parameters", "parameter"])
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let index = self.open_scope(node, name, ScopeKind::Function);
        self.tree.scopes[index].parameters = parameters;
        let outer = std::mem::replace(&mut self.current, index);
        let naming = std::mem::take(&mut self.naming);
        let mut body = self.body(body_node);
        self.result(node, body_node, &mut body);
        self.tree.scopes[index].body = body;
        self.current = outer;
        self.naming = naming;
    }

    /// Adds a scope for a class and lowers it.
    pub fn class(&mut self, node: Node<'_>) {
        let name = field(node, &["name", "type"]).map_or("", |name| self.text(name));
        self.class_named(node, &name.replace("::", "."), None);
    }

    /// The same, for what has no name of its own.
    pub fn class_named(&mut self, node: Node<'_>, name: &str, base: Option<String>) {
        let body = field(node, &["body", "declaration_list"]);
        self.class_of(node, name, base, body);
    }

    /// The same, for a body that stands elsewhere.
    pub fn class_of(
        &mut self,
        node: Node<'_>,
        name: &str,
        base: Option<String>,
        body_node: Option<Node<'_>>,
    ) {
        let parameters = node
            .named_children()
            .find(|it| matches!(it.kind(), "parameter_list" | "formal_parameters"))
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let index = self.open_scope(node, name, ScopeKind::Class);
        self.tree.scopes[index].parameters = parameters;
        self.tree.scopes[index].bases.extend(base);
        let bases = self.bases(node);
        self.tree.scopes[index].bases.extend(bases);
        let outer = std::mem::replace(&mut self.current, index);
        let naming = std::mem::take(&mut self.naming);
        let body = self.body(body_node);
        self.tree.scopes[index].body = body;
        self.current = outer;
        self.naming = naming;
    }

    /// The names of what a class extends and implements.
    fn bases(&self, node: Node<'_>) -> Vec<String> {
        let mut out = Vec::new();
        let mut open: Vec<Node<'_>> = node
            .named_children()
            .filter(|it| {
                matches!(
                    it.kind(),
                    "superclass"
                        | "argument_list"
                        | "super_interfaces"
                        | "extends_interfaces"
                        | "class_heritage"
                        | "base_clause"
                        | "class_interface_clause"
                        | "base_list"
                        | "trait_bounds"
                )
            })
            .collect();
        open.reverse();
        while let Some(node) = open.pop() {
            match node.kind() {
                "superclass"
                | "argument_list"
                | "super_interfaces"
                | "extends_interfaces"
                | "class_heritage"
                | "base_clause"
                | "class_interface_clause"
                | "base_list"
                | "trait_bounds"
                | "type_list"
                | "extends_clause"
                | "implements_clause" => {
                    open.extend(named(node).into_iter().rev());
                }
                "type_arguments" | "keyword_argument" | "lifetime" => {}
                _ if node.is_extra() => {}
                _ => out.push(self.text(node).split_whitespace().collect()),
            }
        }
        out
    }

    fn open_scope(&mut self, node: Node<'_>, name: &str, kind: ScopeKind) -> usize {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.append(&mut self.own_attributes(node));
        let parent = &self.tree.scopes[self.current].path;
        let path = match (parent.as_str(), name) {
            (parent, "") => parent.to_owned(),
            ("", name) => name.to_owned(),
            (parent, name) => format!("{parent}.{name}"),
        };
        self.tree.scopes.push(Scope {
            path,
            name: name.rsplit('.').next().unwrap_or(name).to_owned(),
            kind,
            parent: Some(self.current),
            parameters: Vec::new(),
            attributes,
            bases: Vec::new(),
            body: Vec::new(),
            span: node.span(),
            line: node.line(),
            end_line: node.end_line(),
        });
        self.tree.scopes.len() - 1
    }

    /// The scope that is being lowered, to be completed by a language.
    pub fn scope_mut(&mut self) -> &mut Scope {
        &mut self.tree.scopes[self.current]
    }

    /// Sets the path of the last added scope's symbol, such as `Receiver.method` in Go.
    pub fn rename_last_scope(&mut self, from: usize, path: &str) {
        if let Some(scope) = self.tree.scopes.get_mut(from) {
            path.clone_into(&mut scope.path);
        }
    }

    /// How many scopes there are.
    pub fn scope_count(&self) -> usize {
        self.tree.scopes.len()
    }

    fn parameters(&mut self, node: Node<'_>) -> Vec<Parameter> {
        if matches!(self.role(node), Role::Name) {
            return vec![Parameter {
                name: self.text(node).to_owned(),
                type_name: String::new(),
                default: None,
                attributes: Vec::new(),
            }];
        }
        let mut out = Vec::new();
        for child in node.named_children() {
            if (self.role(child) == Role::Skip && !child.kind().contains("param"))
                || matches!(child.kind(), "self_parameter" | "receiver_parameter")
                || child.is_extra()
            {
                continue;
            }
            let type_name = field(child, &["type"])
                .map_or("", |it| self.text(it))
                .trim_start_matches(':')
                .split_whitespace()
                .collect::<String>();
            let attributes = self.own_attributes(child);
            let default = field(child, &["value", "default_value"])
                .or_else(|| given(child))
                .map(|it| self.expr(it));
            if child.kind() == "spread_parameter" {
                let name = last_named(child).unwrap_or(child);
                out.push(Parameter {
                    name: self.name_text(name),
                    type_name,
                    default,
                    attributes,
                });
                continue;
            }
            let names: Vec<Node<'_>> = child.fields("name").collect();
            if names.is_empty() {
                let name = field(child, &["pattern", "left"])
                    .or_else(|| {
                        child
                            .named_children()
                            .find(|it| self.role(*it) == Role::Name)
                    })
                    .unwrap_or(child);
                out.push(Parameter {
                    name: self.name_text(name),
                    type_name,
                    default,
                    attributes,
                });
            } else {
                for name in names {
                    out.push(Parameter {
                        name: self.name_text(name),
                        type_name: type_name.clone(),
                        default: default.clone(),
                        attributes: attributes.clone(),
                    });
                }
            }
        }
        out
    }

    /// The name that a parameter binds; of a pattern around one name, that name.
    fn name_text(&self, node: Node<'_>) -> String {
        let mut node = node;
        for _ in 0..8 {
            match node.named_children().last() {
                Some(inner) if self.role(node) != Role::Name => node = inner,
                _ => break,
            }
        }
        let text = self.text(node);
        text.trim_start_matches(['$', '*', '&', ':']).to_owned()
    }

    /// An anonymous function: a scope of its own where it is given a name, else where it stands.
    pub fn lambda(&mut self, node: Node<'_>) -> Expr {
        let is_value = self.value.take_if(|it| *it == node.id()).is_some();
        let mut name = self.naming_path("");
        if name.is_empty() || !is_value && self.in_function() {
            name = match self.handler.take() {
                Some((handler, name)) if handler == node.id() => name,
                _ => String::new(),
            };
        }
        if !name.is_empty() {
            let index = self.tree.scopes.len();
            self.function(node, &name);
            let path = self.tree.scopes[index].path.clone();
            return self.at(node, ExprKind::Name(path));
        }
        let parameters = field(node, &["parameters", "parameter"])
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let naming = std::mem::take(&mut self.naming);
        let body_node = field(node, &["body"]).or_else(|| last_named(node));
        let mut body = self.body(body_node);
        self.result(node, body_node, &mut body);
        self.naming = naming;
        let names = parameters.into_iter().map(|it| it.name).collect();
        self.at(node, ExprKind::Function(names, body))
    }

    /// Returns the last expression of a function where the language does.
    fn result(&self, node: Node<'_>, body_node: Option<Node<'_>>, body: &mut [Stmt]) {
        let Some(body_node) = body_node else { return };
        if self.role(body_node) != Role::Block {
            return Use::Return.last(body);
        }
        match self.grammar.last {
            Last::Statement => {}
            Last::Result => {
                if self.role(node) != Role::Lambda
                    && let Some(last) = body.last_mut()
                    && let StmtKind::Expr(_) = &last.kind
                {
                    Use::Return.last(std::slice::from_mut(last));
                }
            }
            Last::ResultOfEachWay => {
                let gives = self.role(node) == Role::Lambda || node.field("return_type").is_some();
                let ends = last_named(body_node).is_some_and(|it| self.text(it).ends_with(';'));
                if gives && !ends {
                    Use::Return.last(body);
                }
            }
        }
    }

    /// `router.post("/x", …, handler)` outside of functions names its handler `post /x`.
    pub(super) fn handler_name(&self, callee: Node<'_>, arguments: Node<'_>) -> Option<String> {
        if self.in_function() {
            return None;
        }
        let verb = self.text(callee).rsplit(['.', '>', ':']).next()?;
        let first = core(self.roles, first_named(arguments)?);
        if self.role(first) != Role::Text {
            return None;
        }
        let verb = match verb {
            "get" | "post" | "put" | "patch" | "delete" => verb.to_uppercase(),
            _ => verb.to_owned(),
        };
        Some(format!("{verb} {}", unquote(self.text(first))))
    }

    pub(super) fn naming_path(&self, name: &str) -> String {
        let mut path = self.naming.join(".");
        if !name.is_empty() {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        path
    }
}

/// What stands after `=`.
fn given(node: Node<'_>) -> Option<Node<'_>> {
    let mut children = node.children();
    children.find(|it| it.kind() == "=")?;
    children.find(|it| it.is_named())
}
