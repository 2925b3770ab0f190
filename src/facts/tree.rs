//! What every language is lowered to: a small tree of scopes, statements and expressions.
//!
//! Comments, types, parentheses, casts and `await` are gone from it, so that what is left is what
//! the code does. Expressions print in one canonical form ([`std::fmt::Display`]).

/// A byte range of the source.
pub type Span = std::ops::Range<u32>;

/// One file, lowered.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The file itself first, then every class and function in source order.
    pub scopes: Vec<Scope>,
    /// Lines (from 1) of the places that the parser could not read.
    pub broken: Vec<std::ops::RangeInclusive<u32>>,
}

/// A file, class or function.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The symbol path, such as `OrderController.show`; empty for the file.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// What it is.
    pub kind: ScopeKind,
    /// The scope that encloses it.
    pub parent: Option<usize>,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Decorators, annotations, attributes.
    pub attributes: Vec<Attribute>,
    /// Base classes and interfaces of a class, as written.
    pub bases: Vec<String>,
    /// The statements, nested named scopes taken out.
    pub body: Vec<Stmt>,
    /// The bytes of the whole declaration.
    pub span: Span,
    /// First line, from 1.
    pub line: u32,
    /// Last line, from 1.
    pub end_line: u32,
}

/// What a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// The file.
    File,
    /// A class, struct, trait, interface or module.
    Class,
    /// A function or method.
    Function,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; empty where it is a pattern.
    pub name: String,
    /// Its type as written, without white space; empty where there is none.
    pub type_name: String,
    /// Its default, where it has one.
    pub default: Option<Expr>,
    /// Decorators, annotations, attributes.
    pub attributes: Vec<Attribute>,
}

/// A decorator, annotation or attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, dotted, such as `app.route` or `IsGranted`.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// The line, from 1.
    pub line: u32,
    /// The bytes.
    pub span: Span,
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// First line, from 1.
    pub line: u32,
    /// The bytes.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// Takes one of two ways.
    If {
        /// Positive form: the condition under which `then` runs.
        condition: Expr,
        /// Runs if it holds.
        then: Vec<Stmt>,
        /// Runs if it does not.
        otherwise: Vec<Stmt>,
    },
    /// Takes one of several ways.
    Switch {
        /// What is compared; none for a switch over conditions.
        subject: Option<Expr>,
        /// The values and what runs; no values is the default.
        cases: Vec<(Vec<Expr>, Vec<Stmt>)>,
    },
    /// Leaves the function.
    Return(Option<Expr>),
    /// Raises.
    Throw(Option<Expr>),
    /// Goes to the next round of a loop.
    Continue,
    /// Leaves a loop.
    Break,
    /// Gives a value to something.
    Assign {
        /// What gets the value; a [`ExprKind::List`] where several do.
        target: Expr,
        /// The operator of `+=` and its like.
        operator: Option<Operator>,
        /// The value.
        value: Expr,
    },
    /// Evaluates.
    Expr(Expr),
    /// Repeats.
    Loop {
        /// The condition, or what is iterated.
        over: Option<Expr>,
        /// What is repeated.
        body: Vec<Stmt>,
    },
    /// Runs and catches.
    Try {
        /// What is tried.
        body: Vec<Stmt>,
        /// What is caught, and what runs then.
        catches: Vec<(String, Vec<Stmt>)>,
        /// What runs in every case.
        finally: Vec<Stmt>,
    },
    /// Runs inside a context: Python's `with`, `synchronized`, `lock`, `using`.
    With {
        /// The contexts.
        contexts: Vec<Expr>,
        /// What runs inside.
        body: Vec<Stmt>,
    },
    /// Statements in braces.
    Block(Vec<Stmt>),
}

/// An expression and where it stands.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The line, from 1.
    pub line: u32,
    /// The bytes.
    pub span: Span,
}

/// Expressions are equal when they say the same, wherever they stand.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl Eq for Expr {}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// A plain name.
    Name(String),
    /// A string, without quotes.
    Text(String),
    /// A number as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`, `nil`, `None`, `undefined`.
    Null,
    /// `object.name`.
    Member(Box<Expr>, String),
    /// `object[index]`.
    Index(Box<Expr>, Box<Expr>),
    /// A call; `new` is a call as well.
    Call(Box<Expr>, Vec<Argument>),
    /// `not`.
    Not(Box<Expr>),
    /// An operator with one side, such as `-x`.
    Unary(String, Box<Expr>),
    /// An operator with two sides.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `condition ? a : b`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A list, tuple, array or set.
    List(Vec<Expr>),
    /// A map, object, hash or struct literal.
    Map(Vec<(Expr, Expr)>),
    /// A string with values in it.
    Template(Vec<Expr>),
    /// An assignment inside an expression.
    Assign(Box<Expr>, Box<Expr>),
    /// An anonymous function that runs where it stands: parameters and body.
    Function(Vec<String>, Vec<Stmt>),
    /// Leaves the function when the value is an error: Rust's `?`.
    Propagate(Box<Expr>),
    /// `...x`, `*x`, `**x`.
    Spread(Box<Expr>),
    /// Anything else, with its parts.
    Other(String, Vec<Expr>),
}

/// Bodies of anonymous functions are compared by what they print.
impl PartialEq for Stmt {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}
impl Eq for Stmt {}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name of a keyword argument.
    pub name: Option<String>,
    /// The value.
    pub value: Expr,
}

/// An operator with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `and`, `&&`.
    And,
    /// `or`, `||`, `??`.
    Or,
    /// `==`, `===`, `is`.
    Equal,
    /// `!=`, `!==`, `is not`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `in`, `instanceof`.
    In,
    /// `not in`.
    NotIn,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`, `//`.
    Divide,
    /// `%`.
    Remainder,
    /// `=~`, `<=>`, `|`, `&`, `<<` and the rest.
    Other,
}

impl Operator {
    /// Reads an operator as written in any of the languages.
    pub fn parse(text: &str) -> Self {
        match text {
            "&&" | "and" => Self::And,
            "||" | "or" | "??" | "?:" => Self::Or,
            "==" | "===" | "is" | "eq" => Self::Equal,
            "!=" | "!==" | "<>" | "is not" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "in" | "instanceof" => Self::In,
            "not in" => Self::NotIn,
            "+" | "." => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" | "//" => Self::Divide,
            "%" => Self::Remainder,
            _ => Self::Other,
        }
    }

    /// The operator that holds exactly when this one does not.
    pub fn negated(self) -> Option<Self> {
        Some(match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterEqual,
            Self::GreaterEqual => Self::Less,
            Self::Greater => Self::LessEqual,
            Self::LessEqual => Self::Greater,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            _ => return None,
        })
    }

    /// The operator with its sides swapped.
    pub(super) fn mirrored(self) -> Option<Self> {
        Some(match self {
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            _ => return None,
        })
    }

    /// As printed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Other => "~",
        }
    }

    /// Whether its result is a truth value.
    pub fn compares(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessEqual
                | Self::Greater
                | Self::GreaterEqual
                | Self::In
                | Self::NotIn
        )
    }
}

impl Expr {
    /// An expression at a place.
    pub fn new(kind: ExprKind, line: u32, span: Span) -> Self {
        Self { kind, line, span }
    }

    /// The opposite, with the negation pushed inside.
    pub fn negate(self) -> Self {
        let Self { kind, line, span } = self;
        let kind = match kind {
            ExprKind::Not(inner) => return *inner,
            ExprKind::Bool(value) => ExprKind::Bool(!value),
            ExprKind::Binary(Operator::And, left, right) => ExprKind::Binary(
                Operator::Or,
                Box::new(left.negate()),
                Box::new(right.negate()),
            ),
            ExprKind::Binary(Operator::Or, left, right) => ExprKind::Binary(
                Operator::And,
                Box::new(left.negate()),
                Box::new(right.negate()),
            ),
            ExprKind::Binary(operator, left, right) => match operator.negated() {
                Some(negated) => ExprKind::Binary(negated, left, right),
                None => ExprKind::Not(Box::new(Self::new(
                    ExprKind::Binary(operator, left, right),
                    line,
                    span.clone(),
                ))),
            },
            kind => ExprKind::Not(Box::new(Self::new(kind, line, span.clone()))),
        };
        Self { kind, line, span }
    }

    /// Its parts that `operator` joins, such as the conjuncts of a condition.
    pub fn parts(&self, operator: Operator) -> Vec<&Self> {
        let mut parts = Vec::new();
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Binary(found, left, right) if *found == operator => {
                    open.push(right);
                    open.push(left);
                }
                // `and(a, b)` says `a && b`.
                ExprKind::Call(callee, arguments)
                    if joins(callee) == Some(operator)
                        && arguments.iter().all(|it| it.name.is_none()) =>
                {
                    open.extend(arguments.iter().rev().map(|it| &it.value));
                }
                _ => parts.push(expr),
            }
        }
        parts
    }

    /// Calls `visit` on this expression and all inside it, anonymous functions left out.
    #[inline(never)]
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        self.each_child(&mut |child| child.walk(visit));
    }

    /// Calls `visit` on the expressions directly inside.
    #[inline(never)] // or every walk with a closure of its own would be one large function
    pub fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match &self.kind {
            ExprKind::Name(_)
            | ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Function(..) => {}
            ExprKind::Member(inner, _)
            | ExprKind::Not(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Propagate(inner)
            | ExprKind::Spread(inner) => visit(inner),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Assign(a, b) => {
                [a, b].into_iter().for_each(|it| visit(it));
            }
            ExprKind::Call(callee, arguments) => {
                visit(callee);
                arguments.iter().for_each(|it| visit(&it.value));
            }
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|it| visit(it)),
            ExprKind::List(parts) | ExprKind::Template(parts) | ExprKind::Other(_, parts) => {
                parts.iter().for_each(visit);
            }
            ExprKind::Map(pairs) => pairs.iter().flat_map(|it| [&it.0, &it.1]).for_each(visit),
        }
    }

    /// The last name of a callee or member: `find` of `current_user.orders.find`.
    pub fn last_name(&self) -> &str {
        match &self.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => name,
            ExprKind::Call(callee, _) => callee.last_name(),
            ExprKind::Index(object, _) => object.last_name(),
            ExprKind::Propagate(inner)
            | ExprKind::Not(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Spread(inner) => inner.last_name(),
            _ => "",
        }
    }

    /// The first name of a chain: `current_user` of `current_user.orders.find`.
    pub fn first_name(&self) -> &str {
        match &self.kind {
            ExprKind::Name(name) => name,
            ExprKind::Member(object, _) | ExprKind::Index(object, _) => object.first_name(),
            ExprKind::Call(callee, _) => callee.first_name(),
            ExprKind::Propagate(inner)
            | ExprKind::Not(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Spread(inner) => inner.first_name(),
            _ => "",
        }
    }
}

/// The operator that a call of this name stands for.
fn joins(callee: &Expr) -> Option<Operator> {
    match &callee.kind {
        ExprKind::Name(name) => match name.as_str() {
            "and" | "and_" | "allOf" => Some(Operator::And),
            "or" | "or_" | "anyOf" => Some(Operator::Or),
            _ => None,
        },
        _ => None,
    }
}
