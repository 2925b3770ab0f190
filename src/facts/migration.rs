//! Statements that code makes without writing SQL: calls of migration tools and of object mappers.
//! Strings of SQL on the way are read as well, so that one walk knows which direction each is in.

mod call;
mod chain;
mod django;
mod schema;

use super::sql::{Operation, Place, Source, Statement, identifier, literal, read_embedded};
use super::tree::{Argument, Expr, ExprKind, Scope, Stmt, StmtKind, Tree};
use call::{Call, Fact, flatten, name_of, value_of};

/// The deepest that expressions are followed.
const DEPTH: usize = 200;

/// Every statement of a file of code.
pub(super) fn read(tree: &Tree, source: &str) -> Vec<Statement> {
    let mut reader = Reader {
        source,
        symbol: "",
        found: Vec::new(),
    };
    let reverses = reverses(tree);
    for scope in &tree.scopes {
        reader.symbol = &scope.path;
        let context = Context {
            down: is_down(tree, scope) || reverses.contains(&scope.path.as_str()),
            ..Context::default()
        };
        reader.statements(&scope.body, &context);
    }
    reader.found
}

/// The functions that Django runs on the way back: the second argument of `RunPython`.
fn reverses(tree: &Tree) -> Vec<&str> {
    let mut found = Vec::new();
    for scope in &tree.scopes {
        for stmt in &scope.body {
            let StmtKind::Assign { value, .. } = &stmt.kind else {
                continue;
            };
            value.walk(&mut |it| {
                let ExprKind::Call(callee, arguments) = &it.kind else {
                    return;
                };
                if callee.last_name() != "RunPython" {
                    return;
                }
                let reverse = arguments.iter().enumerate().find(|(index, it)| {
                    it.name.as_deref() == Some("reverse_code") || *index == 1 && it.name.is_none()
                });
                if let Some((_, reverse)) = reverse {
                    found.push(reverse.value.last_name());
                }
            });
        }
    }
    found
}

/// Whether a scope, or one around it, undoes a migration.
fn is_down(tree: &Tree, scope: &Scope) -> bool {
    let mut open = Some(scope);
    while let Some(scope) = open {
        if undoes(&scope.name) {
            return true;
        }
        open = scope.parent.and_then(|index| tree.scopes.get(index));
    }
    false
}

/// Whether a function of this name undoes a migration.
pub fn undoes(name: &str) -> bool {
    let plain = plain(name);
    let last = plain.rsplit('.').next().unwrap_or(&plain);
    matches!(
        last,
        "down"
            | "downgrade"
            | "safedown"
            | "rollback"
            | "revert"
            | "reverse"
            | "backwards"
            | "undo"
    ) || last.starts_with("downgrade")
        || last.starts_with("rollback")
        || last.starts_with("reverse")
}

/// A name in lower case, underscores taken out, so that one word serves every language.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|it| !matches!(it, '_' | '!' | '?' | '$'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What surrounds an expression.
#[derive(Debug, Clone, Default)]
struct Context {
    down: bool,
    /// The table that a block is about.
    table: Option<String>,
    /// Whether that table is born in this block.
    born: bool,
    /// Whether a condition is added around the call, as in `db.delete(users).where(…)`.
    filtered: bool,
    /// Whether the column that is described is one that is there already: `….change()`.
    changed: bool,
    depth: usize,
}

struct Reader<'a> {
    source: &'a str,
    symbol: &'a str,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn statements(&mut self, body: &[Stmt], context: &Context) {
        for stmt in body {
            self.statement(stmt, context);
        }
    }

    fn statement(&mut self, stmt: &Stmt, context: &Context) {
        match &stmt.kind {
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.expr(condition, context);
                self.statements(then, context);
                self.statements(otherwise, context);
            }
            StmtKind::Switch { subject, cases } => {
                if let Some(subject) = subject {
                    self.expr(subject, context);
                }
                for (_, body) in cases {
                    self.statements(body, context);
                }
            }
            StmtKind::Return(value) | StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.expr(value, context);
                }
            }
            StmtKind::Continue | StmtKind::Break => {}
            StmtKind::Assign { target, value, .. } => {
                if holds_sql(target.last_name()) {
                    self.sql(value, context);
                }
                self.expr(value, context);
            }
            StmtKind::Expr(expr) => self.expr(expr, context),
            StmtKind::Loop { over, body } => {
                if let Some(over) = over {
                    self.expr(over, context);
                }
                self.statements(body, context);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                self.statements(body, context);
                for (_, handler) in catches {
                    self.statements(handler, context);
                }
                self.statements(finally, context);
            }
            StmtKind::With { contexts, body } => {
                let mut inner = context.clone();
                for expr in contexts {
                    self.expr(expr, context);
                    expr.walk(&mut |it| {
                        if let ExprKind::Call(callee, arguments) = &it.kind
                            && plain(callee.last_name()) == "batchaltertable"
                        {
                            inner.table = arguments.first().map(|it| name_of(&it.value));
                        }
                    });
                }
                self.statements(body, &inner);
            }
            StmtKind::Block(body) => self.statements(body, context),
        }
    }

    fn expr(&mut self, expr: &Expr, context: &Context) {
        if context.depth > DEPTH {
            return;
        }
        let context = &Context {
            depth: context.depth + 1,
            ..context.clone()
        };
        match &expr.kind {
            ExprKind::Function(_, body) => self.statements(body, context),
            ExprKind::Call(callee, arguments) => self.call(expr, callee, arguments, context),
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    let mut inner = context.clone();
                    inner.down |=
                        matches!(value.kind, ExprKind::Function(..)) && undoes(&name_of(key));
                    self.expr(value, &inner);
                }
            }
            _ => expr.each_child(&mut |child| self.expr(child, context)),
        }
    }

    fn call(&mut self, expr: &Expr, callee: &Expr, arguments: &[Argument], context: &Context) {
        let name = plain(callee.last_name());
        let call = Call {
            expr,
            callee,
            arguments,
            name: &name,
        };
        schema::read(self, &call, context);
        chain::read(self, &call, context);

        let takes_sql = takes_sql(&name);
        let mut inner = context.clone();
        let block = arguments
            .iter()
            .any(|it| matches!(it.value.kind, ExprKind::Function(..)));
        if block {
            inner.down |= name == "down";
            if let Some(born) = schema::opens_table(&call) {
                inner.table = arguments.first().map(|it| identifier(&name_of(&it.value)));
                inner.born = born;
            }
        }
        for argument in arguments {
            let mut inner = inner.clone();
            match argument.name.as_deref() {
                // Django: what the framework believes, not what the database does.
                Some("state_operations") => continue,
                Some("reverse_sql" | "reverse_code") => inner.down = true,
                _ => {}
            }
            inner.down |= name == "runsql"
                && argument.name.is_none()
                && arguments
                    .get(1)
                    .is_some_and(|it| std::ptr::eq(it, argument));
            inner.filtered = false;
            inner.changed = false;
            if takes_sql {
                self.sql(&argument.value, &inner);
            }
            self.expr(&argument.value, &inner);
        }
        if let ExprKind::Member(object, _) = &callee.kind {
            let mut inner = context.clone();
            inner.filtered |= chain::filters(&name);
            inner.changed |= matches!(name.as_str(), "change" | "alter");
            self.expr(object, &inner);
        } else {
            self.expr(callee, context);
        }
    }

    fn sql(&mut self, expr: &Expr, context: &Context) {
        if let ExprKind::List(parts) = &expr.kind {
            for part in parts {
                self.sql(part, context);
            }
            return;
        }
        if let Some(literal) = literal(expr) {
            let place = Place {
                symbol: self.symbol,
                down: context.down,
            };
            self.found
                .extend(read_embedded(&literal, &place, self.source));
        }
    }

    fn add(&mut self, call: &Call<'_>, context: &Context, fact: Fact) {
        self.found.push(Statement {
            operation: fact.operation,
            table: identifier(&fact.table),
            name: identifier(&fact.name),
            filter: fact.filter,
            detail: fact.detail,
            line: call.line(),
            span: call.span(),
            down: context.down,
            symbol: self.symbol.to_owned(),
            source: Source::Call,
        });
    }
}

/// Whether a function of this name is given SQL.
fn takes_sql(name: &str) -> bool {
    const LOGS: [&str; 6] = ["log", "warn", "print", "error", "debug", "info"];
    const TAKES: [&str; 12] = [
        "exec",
        "query",
        "sql",
        "raw",
        "statement",
        "prepare",
        "unsafe",
        "createcommand",
        "batch",
        "selectall",
        "fetch",
        "text",
    ];
    const IS: [&str; 6] = ["run", "select", "update", "delete", "get", "all"];
    !LOGS.iter().any(|it| name.contains(it))
        && (TAKES.iter().any(|it| name.contains(it)) || IS.contains(&name))
}

/// Whether a variable of this name holds SQL.
fn holds_sql(name: &str) -> bool {
    let name = plain(name);
    ["sql", "query", "statement", "stmt"]
        .iter()
        .any(|it| name.contains(it))
}
