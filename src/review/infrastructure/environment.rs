//! Reads of environment variables, in code and in configuration.

use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};
use crate::review::deltas::compare::SideFacts;

/// One read of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// The variable.
    pub(crate) name: String,
    /// The symbol that reads it.
    pub(crate) symbol: String,
    /// What is read when the variable is not set.
    pub(crate) otherwise: Otherwise,
    /// The line, from 1.
    pub(crate) line: u32,
}

/// What comes of a variable that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// The program stops.
    Stops,
    /// Nothing is read.
    Empty,
    /// A default takes its place.
    Default,
}

/// Nested deeper than this, nothing is looked at.
const MAX_DEPTH: usize = 60;

/// Every read of a variable in the code of one side.
pub(crate) fn reads<'s>(side: &'s SideFacts<'_>) -> &'s [Read] {
    side.reads.get_or_init(|| find(side))
}

fn find(side: &SideFacts<'_>) -> Vec<Read> {
    let mut found = Vec::new();
    if !["env", "ENV", "Env", "_var"]
        .iter()
        .any(|word| side.text.contains(word))
    {
        return found;
    }
    for scope in &side.tree.scopes {
        let mut reader = Reader {
            symbol: &scope.path,
            found: &mut found,
            depth: 0,
        };
        reader.statements(&scope.body);
    }
    found
}

struct Reader<'s> {
    symbol: &'s str,
    found: &'s mut Vec<Read>,
    depth: usize,
}

impl Reader<'_> {
    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match &statement.kind {
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                // Asked about, not relied on.
                self.expression(condition, true);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::Switch { subject, cases } => {
                subject.iter().for_each(|it| self.expression(it, true));
                cases.iter().for_each(|(_, body)| self.statements(body));
            }
            StmtKind::Return(Some(value))
            | StmtKind::Throw(Some(value))
            | StmtKind::Expr(value) => {
                self.expression(value, false);
            }
            StmtKind::Assign {
                target,
                operator,
                value,
            }
                // Setting a variable reads nothing; `||=` gives a default.
                if variable(target).is_none() => {
                    self.expression(value, operator.is_some());
                }
            StmtKind::Loop { over, body } => {
                over.iter().for_each(|it| self.expression(it, false));
                self.statements(body);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                self.statements(body);
                catches.iter().for_each(|(_, body)| self.statements(body));
                self.statements(finally);
            }
            StmtKind::With { contexts, body } => {
                contexts.iter().for_each(|it| self.expression(it, false));
                self.statements(body);
            }
            StmtKind::Block(body) => self.statements(body),
            _ => {}
        }
        self.depth -= 1;
    }

    fn expression(&mut self, expr: &Expr, defaulted: bool) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        if let Some((name, otherwise)) = variable(expr) {
            self.found.push(Read {
                name,
                symbol: self.symbol.to_owned(),
                otherwise: if defaulted {
                    Otherwise::Default
                } else {
                    otherwise
                },
                line: expr.line,
            });
        } else {
            match &expr.kind {
                ExprKind::Binary(Operator::Or, left, right) => {
                    self.expression(left, true);
                    self.expression(right, defaulted);
                }
                ExprKind::Binary(_, left, right) => {
                    // A comparison copes with what is not set.
                    self.expression(left, true);
                    self.expression(right, true);
                }
                ExprKind::Conditional(condition, yes, no) => {
                    self.expression(condition, true);
                    self.expression(yes, defaulted);
                    self.expression(no, defaulted);
                }
                ExprKind::Not(inner) => self.expression(inner, true),
                ExprKind::Function(_, body) => self.statements(body),
                ExprKind::Call(callee, arguments) => {
                    self.expression(callee, defaulted || falls_back(callee.last_name()));
                    for argument in arguments {
                        self.expression(&argument.value, defaulted);
                    }
                }
                ExprKind::Propagate(inner) => self.expression(inner, false),
                _ => expr.each_child(&mut |child| self.expression(child, defaulted)),
            }
        }
        self.depth -= 1;
    }
}

/// Calls on a value that may be missing, which then take something else.
fn falls_back(name: &str) -> bool {
    matches!(
        name,
        "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "ok"
            | "presence"
            | "or_else"
            | "is_ok"
            | "orElse"
            | "getOrDefault"
            | "is_some"
            | "present?"
            | "blank?"
            | "nil?"
    )
}

/// The variable that an expression reads, and what comes of its absence.
fn variable(expr: &Expr) -> Option<(String, Otherwise)> {
    let text = |expr: &Expr| match &expr.kind {
        ExprKind::Text(text) if named(text) => Some(text.clone()),
        _ => None,
    };
    match &expr.kind {
        ExprKind::Member(object, name) => {
            let object = object.to_string();
            (matches!(
                object.as_str(),
                "process.env" | "import.meta.env" | "Deno.env" | "Bun.env"
            ) && named(name))
            .then(|| (name.clone(), Otherwise::Empty))
        }
        ExprKind::Index(object, index) => {
            let name = text(index)?;
            match object.to_string().as_str() {
                "os.environ" => Some((name, Otherwise::Stops)),
                "ENV" | "process.env" | "$_ENV" | "_ENV" => Some((name, Otherwise::Empty)),
                _ => None,
            }
        }
        ExprKind::Call(callee, arguments) => {
            let name = text(&arguments.first()?.value)?;
            let more = arguments
                .get(1)
                .is_some_and(|it| !matches!(it.value.kind, ExprKind::Null));
            let otherwise = |alone| if more { Otherwise::Default } else { alone };
            call(&callee.to_string(), arguments).map(|alone| (name, otherwise(alone)))
        }
        _ => None,
    }
}

fn call(callee: &str, arguments: &[Argument]) -> Option<Otherwise> {
    let last = callee.rsplit(['.', ':']).next().unwrap_or(callee);
    Some(match callee {
        "ENV.fetch" | "std::env::var" | "env::var" | "std.env.var" | "env.var" => Otherwise::Stops,
        "os.getenv" | "os.environ.get" | "os.Getenv" | "os.LookupEnv" | "System.getenv"
        | "getenv" | "ENV.[]" => Otherwise::Empty,
        "env" if arguments.len() <= 2 => Otherwise::Empty,
        _ => match last {
            "required_var"
            | "require_env"
            | "requireEnv"
            | "required_env"
            | "mustEnv"
            | "MustGetenv"
            | "getEnvOrThrow"
            | "GetRequiredEnvironmentVariable" => Otherwise::Stops,
            "GetEnvironmentVariable" | "EnvVars" | "EnvVar" => Otherwise::Empty,
            _ => return None,
        },
    })
}

/// Whether a text is how variables are named.
pub(crate) fn named(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
