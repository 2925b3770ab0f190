//! Addresses that a program answers, and what a request passes on the way.

mod laravel;
mod mounted;
mod names;

use super::tree::{Argument, Expr, ExprKind, Span, Stmt, StmtKind, Tree};
use mounted::{Mount, mounts, place};
use names::{
    action, added, address, call_of, groups, guards_by_name, named, passed, plain_address, verb,
};
use std::collections::HashMap;

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`, …; `ANY` where all are taken; `USE` for something that every request of a
    /// router passes.
    pub verb: String,
    /// The path with the prefixes of its groups.
    pub path: String,
    /// What answers, in canonical form.
    pub handler: String,
    /// What a request passes before, outermost first, in canonical form.
    pub passes: Vec<String>,
    /// What its router was told before to let every request pass: `router.use(requireUser)`.
    pub used: Vec<String>,
    /// Whether its router stands somewhere else in the file, where more is passed.
    pub placed: bool,
    /// The scope that registers it.
    pub scope: usize,
    /// The line, from 1.
    pub line: u32,
    /// The bytes of the registration.
    pub span: Span,
}

impl Route {
    /// Whether a request passes something of this name before it is answered.
    pub fn lets_pass(&self, name: &str) -> bool {
        self.passes.iter().chain(&self.used).any(|it| it == name)
    }
}

/// The addresses of one file.
pub fn routes(tree: &Tree) -> Vec<Route> {
    let mut walk = Walk {
        out: Vec::new(),
        scope: 0,
        prefix: Vec::new(),
        passes: Vec::new(),
        controllers: Vec::new(),
        groups: HashMap::new(),
        used: HashMap::new(),
        mounts: Vec::new(),
    };
    for (index, scope) in tree.scopes.iter().enumerate() {
        walk.scope = index;
        walk.groups.clear();
        walk.used.clear();
        walk.block(&scope.body);
    }
    place(tree, &mut walk.out, &walk.mounts);
    walk.out
}

struct Walk {
    out: Vec<Route>,
    scope: usize,
    prefix: Vec<String>,
    passes: Vec<String>,
    /// The controllers of the groups around, the innermost last.
    controllers: Vec<String>,
    /// `api := r.Group("/api", auth)`: what a local name stands for.
    groups: HashMap<String, (String, Vec<String>)>,
    /// `r.Use(auth)`: what the router of a local name lets every later request pass.
    used: HashMap<String, Vec<String>>,
    /// Routers of functions that are put behind an address.
    mounts: Vec<Mount>,
}

impl Walk {
    fn block(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Expr(expr) => {
                    self.added(expr);
                    self.expr(expr);
                }
                StmtKind::Return(Some(expr)) => self.expr(expr),
                StmtKind::Assign { target, value, .. } => {
                    if let ExprKind::Name(name) = &target.kind
                        && let Some(group) = self.group(value)
                    {
                        self.groups.insert(name.clone(), group);
                        let used = self.used.get(value.first_name()).cloned();
                        self.used.insert(name.clone(), used.unwrap_or_default());
                    }
                    self.expr(value);
                }
                StmtKind::If {
                    then, otherwise, ..
                } => {
                    self.block(then);
                    self.block(otherwise);
                }
                StmtKind::Loop { body, .. }
                | StmtKind::Block(body)
                | StmtKind::With { body, .. } => {
                    self.block(body);
                }
                StmtKind::Try { body, .. } => self.block(body),
                _ => {}
            }
        }
    }

    /// The prefix and what is passed of `x.Group("/y", auth)`, outside of a chain.
    fn group(&self, value: &Expr) -> Option<(String, Vec<String>)> {
        let ExprKind::Call(callee, arguments) = &value.kind else {
            return None;
        };
        let name = callee.last_name();
        if laravel::passes_on(name) {
            return Some(self.receiver(callee));
        }
        if !groups(name) && !guards_by_name(name) {
            return self.chained(callee, arguments);
        }
        let (mut prefix, mut passes) = self.receiver(callee);
        for argument in arguments {
            match &argument.value.kind {
                ExprKind::Text(text) if guards_by_name(name) => passes.push(text.clone()),
                // `prefix('admin')` says where, not who.
                ExprKind::Text(text) if matches!(name, "prefix" | "namespace") => {
                    prefix.push('/');
                    prefix.push_str(text.trim_start_matches('/'));
                }
                ExprKind::Text(text) if text.starts_with('/') || text.is_empty() => {
                    prefix.push_str(text)
                }
                ExprKind::Function(..) => {}
                // Laravel's `middleware(['auth', 'can:admin'])`.
                ExprKind::List(parts) => passes.extend(parts.iter().map(passed)),
                _ => passes.push(argument.value.to_string()),
            }
        }
        Some((prefix, passes))
    }

    /// A group with something added: ASP.NET's `app.MapGroup("/y").RequireAuthorization("x")`.
    fn chained(&self, callee: &Expr, arguments: &[Argument]) -> Option<(String, Vec<String>)> {
        let ExprKind::Member(object, name) = &callee.kind else {
            return None;
        };
        let plain = verb(name).is_none()
            && matches!(object.kind, ExprKind::Call(..))
            && !arguments
                .iter()
                .any(|it| matches!(it.value.kind, ExprKind::Function(..)));
        let (prefix, mut passes) = self.group(object).filter(|_| plain)?;
        passes.push(call_of(name, arguments));
        Some((prefix, passes))
    }

    /// `api.RequireAuthorization("x")`: added to a group that a local name stands for.
    fn added(&mut self, expr: &Expr) {
        if let ExprKind::Call(callee, arguments) = &expr.kind
            && let ExprKind::Member(object, name) = &callee.kind
            && let ExprKind::Name(local) = &object.kind
            && name.starts_with("Require")
            && let Some((_, passes)) = self.groups.get_mut(local)
        {
            passes.push(call_of(name, arguments));
        }
    }

    /// What the receiver of a call brings along.
    fn receiver(&self, callee: &Expr) -> (String, Vec<String>) {
        let ExprKind::Member(object, _) = &callee.kind else {
            return (String::new(), Vec::new());
        };
        match &object.kind {
            ExprKind::Name(name) => self.groups.get(name).cloned().unwrap_or_default(),
            ExprKind::Call(..) => self.group(object).unwrap_or_default(),
            _ => (String::new(), Vec::new()),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(callee, arguments) => self.call(expr, callee, arguments),
            ExprKind::Function(_, body) => self.block(body),
            _ => expr.each_child(&mut |child| self.expr(child)),
        }
    }

    fn call(&mut self, expr: &Expr, callee: &Expr, arguments: &[Argument]) {
        // The chain before it may register addresses that this call adds something to.
        let (from, mounted) = (self.out.len(), self.mounts.len());
        if let ExprKind::Member(object, _) = &callee.kind {
            self.expr(object);
        }
        let name = callee.last_name();
        let registered = self.register(expr, callee, arguments);
        let further = self.out.len() > from || self.mounts.len() > mounted;
        if !registered && further && !groups(name) {
            let passed = match name {
                // `->middleware('auth')` on one address says what a group says.
                "middleware" => named(arguments),
                _ => vec![added(name, arguments, expr)],
            };
            for route in &mut self.out[from..] {
                route.passes.extend(passed.iter().cloned());
            }
            for mount in &mut self.mounts[mounted..] {
                mount.passes.extend(passed.iter().cloned());
            }
        }
        self.mount(callee, arguments);
        // Groups: what stands beside the function applies to all addresses inside it.
        let (prefix, passes) = self.receiver(callee);
        let (depth, passed) = (self.prefix.len(), self.passes.len());
        let controllers = self.controllers.len();
        self.controllers.extend(laravel::controller(expr));
        if arguments
            .iter()
            .any(|it| matches!(it.value.kind, ExprKind::Function(..)))
        {
            self.prefix.push(prefix);
            self.passes.extend(passes);
            if registered || verb(name).is_none() || groups(name) {
                for argument in arguments {
                    match &argument.value.kind {
                        ExprKind::Function(..) => {}
                        ExprKind::Text(text) if text.starts_with('/') || text.is_empty() => {
                            self.prefix.push(text.clone());
                        }
                        _ if guards_by_name(name) => {}
                        // `group(["middleware" => "auth", "prefix" => "admin"], …)`.
                        ExprKind::Map(pairs) if name == "group" => {
                            let (prefix, passes) = laravel::attributes(pairs);
                            self.prefix.push(prefix);
                            self.passes.extend(passes);
                        }
                        _ => self.passes.push(argument.value.to_string()),
                    }
                }
            }
            if guards_by_name(name) {
                let arguments: Vec<String> = arguments
                    .iter()
                    .filter(|it| !matches!(it.value.kind, ExprKind::Function(..)))
                    .map(ToString::to_string)
                    .collect();
                self.passes
                    .push(format!("{name}({})", arguments.join(", ")));
            }
        }
        let outside = self.used.clone();
        for argument in arguments {
            self.expr(&argument.value);
        }
        self.used = outside;
        self.prefix.truncate(depth);
        self.passes.truncate(passed);
        self.controllers.truncate(controllers);
    }

    /// `r.Mount("/users", userRoutes(handler))`
    fn mount(&mut self, callee: &Expr, arguments: &[Argument]) {
        let ExprKind::Member(..) = &callee.kind else {
            return;
        };
        let function = |it: &Argument| match &it.value.kind {
            ExprKind::Call(made, _) => match &made.kind {
                ExprKind::Name(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        let Some(function) = arguments.last().and_then(function) else {
            return;
        };
        if !mounts(callee.last_name()) || arguments.len() > 2 {
            return;
        }
        let (own, passed) = self.receiver(callee);
        let mut prefix = self.prefix.concat() + &own;
        if let [first, _] = arguments
            && let ExprKind::Text(text) = &first.value.kind
        {
            prefix.push_str(text);
        }
        let mut passes = self.passes.clone();
        passes.extend(passed);
        let used = self.used.get(callee.first_name()).cloned();
        self.mounts.push(Mount {
            function,
            scope: self.scope,
            prefix,
            passes,
            used: used.unwrap_or_default(),
        });
    }

    fn register(&mut self, expr: &Expr, callee: &Expr, arguments: &[Argument]) -> bool {
        let name = callee.last_name();
        let verb = match verb(name) {
            Some(verb) => verb,
            None if laravel::registers_several(callee) => "ANY",
            None => return false,
        };
        let controller = self.controllers.last().map(String::as_str);
        let laravel = arguments
            .last()
            .and_then(|it| laravel::handler(callee, &it.value, controller));
        let (receiver_prefix, receiver_passes) = self.receiver(callee);
        let chained = matches!(&callee.kind, ExprKind::Member(object, _)
            if matches!(&object.kind, ExprKind::Call(inner, _) if groups(inner.last_name())));
        let mut rest: Vec<&Argument> = arguments.iter().collect();
        let mut path = self.prefix.concat() + &receiver_prefix;
        // `Route::match(["get", "post"], "/orders", …)`.
        if laravel.is_some() && matches!(rest[0].value.kind, ExprKind::List(_)) {
            rest.remove(0);
        }
        match rest.first().map(|it| &it.value.kind) {
            // Laravel joins addresses with a slash.
            Some(ExprKind::Text(text)) if laravel.is_some() && plain_address(text) => {
                path = format!("{path}/{}", text.trim_start_matches('/'));
                path.truncate(path.trim_end_matches('/').len());
                rest.remove(0);
            }
            Some(ExprKind::Text(text)) if address(text, verb) || action(text, &rest[1..]) => {
                path.push_str(text);
                rest.remove(0);
            }
            _ if chained => {}
            Some(_) if verb == "USE" && matches!(callee.kind, ExprKind::Member(..)) => {
                path.push_str(callee.first_name());
            }
            _ => return false,
        }
        let mut passes = self.passes.clone();
        passes.extend(receiver_passes);
        if verb == "USE" {
            let added: Vec<String> = rest.iter().map(|it| it.value.to_string()).collect();
            // With an address of its own, it is for what is below that.
            if rest.len() == arguments.len()
                && let ExprKind::Member(object, _) = &callee.kind
                && let ExprKind::Name(router) = &object.kind
            {
                let used = self.used.entry(router.clone()).or_default();
                used.extend(added.iter().cloned());
            }
            passes.extend(added);
            self.add(verb, path, String::new(), passes, expr);
            return true;
        }
        // The handler is last; Rails and Laravel name it.
        let Some(handler) = rest.pop() else {
            return false;
        };
        if matches!(
            handler.value.kind,
            ExprKind::Number(_) | ExprKind::Null | ExprKind::Bool(_)
        ) {
            return false;
        }
        passes.extend(rest.iter().map(|it| it.to_string()));
        let handler = match laravel {
            Some(known) => known,
            None => self.handler(&handler.value, &mut passes),
        };
        self.add(verb, path, handler, passes, expr);
        true
    }

    /// `login_required(view)` passes `login_required` and is answered by `view`.
    fn handler(&self, handler: &Expr, passes: &mut Vec<String>) -> String {
        match &handler.kind {
            ExprKind::Call(callee, arguments)
                if arguments.len() == 1 && arguments[0].name.is_none() =>
            {
                match &arguments[0].value.kind {
                    ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..) => {
                        passes.push(callee.to_string());
                        self.handler(&arguments[0].value, passes)
                    }
                    _ => callee.to_string(),
                }
            }
            ExprKind::Call(callee, _) => callee.to_string(),
            ExprKind::Function(..) => "function".to_owned(),
            _ => handler.to_string(),
        }
    }

    fn add(&mut self, verb: &str, path: String, handler: String, passes: Vec<String>, expr: &Expr) {
        let used = match &expr.kind {
            ExprKind::Call(callee, _) if verb != "USE" => self.used.get(callee.first_name()),
            _ => None,
        };
        let used = used.cloned().unwrap_or_default();
        self.out.push(Route {
            verb: verb.to_owned(),
            path,
            handler,
            passes,
            used,
            placed: false,
            scope: self.scope,
            line: expr.line,
            span: expr.span.clone(),
        });
    }
}
