//! Values that are amounts of money, and what it means when they are worked out differently.

use super::Context;
use super::delta::ScopeDelta;
use super::key::renamed;
use super::slots::{self, Slot, SlotKind, canonical, each_expr, plain_number};
use crate::change::Class;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, ScopeKind, StmtKind};
use crate::facts::words::words;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Names that say an amount wherever they stand.
const AMOUNT: &[&str] = &[
    "amount",
    "amounts",
    "price",
    "prices",
    "refund",
    "refunded",
    "fee",
    "fees",
    "cents",
    "tax",
    "taxes",
    "vat",
    "subtotal",
    "payout",
    "surcharge",
    "commission",
    "payable",
    "proration",
];
/// Names that say an amount where the code around them is about money.
const AMOUNT_NEAR_MONEY: &[&str] = &[
    "total", "cost", "costs", "balance", "rate", "credit", "credits", "debit", "discount", "due",
    "paid", "charge", "charged", "deposit", "revenue", "tip", "owed", "spent", "value", "sum",
    "salary", "quantity",
];
/// With one of these a name says something about an amount, not the amount.
const NO_AMOUNT: &[&str] = &[
    "id",
    "ids",
    "uuid",
    "count",
    "counts",
    "key",
    "keys",
    "name",
    "names",
    "type",
    "types",
    "status",
    "state",
    "at",
    "date",
    "currency",
    "currencies",
    "code",
    "codes",
    "url",
    "label",
    "title",
    "text",
    "format",
    "formatted",
    "formatter",
    "page",
    "pages",
    "size",
    "bytes",
    "items",
    "item",
    "list",
    "ratio",
    "rows",
    "row",
    "records",
    "index",
    "class",
    "component",
    "config",
    "enabled",
    "is",
    "has",
    "show",
    "display",
    "visible",
    "params",
    "param",
    "schema",
    "field",
    "fields",
    "column",
    "columns",
    "attribute",
    "attributes",
    "error",
    "errors",
    "message",
    "time",
    "seconds",
    "ms",
    "duration",
    "minutes",
    "hours",
    "days",
    "file",
    "files",
    "table",
    "hits",
    "votes",
    "score",
    "tokens",
    "requests",
    "memory",
    "storage",
    "service",
    "result",
    "results",
    "job",
    "worker",
    "factory",
    "serializer",
    "query",
    "scope",
    "filter",
    "filters",
    "icon",
    "input",
    "options",
    "option",
    "args",
    "data",
    "payload",
    "response",
    "request",
    "client",
    "provider",
    "reason",
    "description",
    "metadata",
    "method",
    "methods",
    "class_name",
    "path",
    "route",
    "handler",
    "event",
    "events",
    "webhook",
    "email",
    "user",
    "users",
    "limit",
    "string",
    "view",
    "model",
    "repository",
    "validator",
    "test",
    "kind",
    "category",
    "prefix",
    "suffix",
    "mode",
    "str",
    "valid",
    "validate",
    "can",
    "should",
    "exempt",
    "exempted",
    "strategy",
    "period",
    "sent",
    "note",
    "notes",
    "link",
    "number",
    "reference",
    "lookup",
    "map",
    "hash",
    "set",
];
/// At the start of a name these say that something is done, not how much something is.
const DOING: &[&str] = &[
    "create", "update", "apply", "process", "handle", "build", "save", "delete", "send", "import",
    "sync", "refresh", "cascade", "find", "fetch", "load", "new", "on", "from", "to", "add",
    "remove", "make", "cancel", "void", "perform", "generate", "prepare", "default", "no", "with",
    "use", "ensure", "check", "requires", "require", "accept", "supports", "allow", "include",
];
/// Words that say that code is about money: narrower than what a condition may say.
const MONEY_CODE: &[&str] = &[
    "invoice",
    "invoices",
    "invoicing",
    "billing",
    "bill",
    "bills",
    "billable",
    "payment",
    "payments",
    "pay",
    "payout",
    "payouts",
    "refund",
    "refunds",
    "stripe",
    "paypal",
    "braintree",
    "adyen",
    "paddle",
    "checkout",
    "wallet",
    "wallets",
    "subscription",
    "subscriptions",
    "pricing",
    "price",
    "prices",
    "tax",
    "taxes",
    "fee",
    "fees",
    "ledger",
    "coupon",
    "coupons",
    "cents",
    "currency",
    "charge",
    "charges",
    "amount",
    "amounts",
    "money",
    "balance",
    "balances",
    "credit",
    "credits",
    "dunning",
    "proration",
    "prorated",
    "subtotal",
    "discount",
    "discounts",
    "vat",
    "payroll",
    "basket",
    "salary",
    "accounting",
    "purchase",
    "purchases",
    "cart",
    "timesheet",
    "commission",
];
/// Calls that round.
const ROUNDING: &[&str] = &[
    "round",
    "floor",
    "ceil",
    "ceiling",
    "trunc",
    "truncate",
    "quantize",
    "toFixed",
    "setScale",
    "rint",
    "Round",
    "Floor",
    "Ceil",
    "Trunc",
    "RoundBank",
    "RoundUp",
    "RoundDown",
    "RoundCash",
    "Truncate",
    "bcround",
    "round_half_up",
    "to_cents",
    "toDecimalPlaces",
    "decimalPlaces",
    "roundTo",
    "toPrecision",
    "roundToEven",
    "RoundToEven",
    "round_dp",
    "half_up",
];
/// Conversions to a binary fraction.
const FLOAT: &[&str] = &[
    "float",
    "parseFloat",
    "Number",
    "to_f",
    "float64",
    "float32",
    "Float",
    "doubleValue",
    "floatValue",
    "toDouble",
    "floatval",
    "toFloat",
    "ToDouble",
    "InexactFloat64",
    "toNumber",
    "ParseFloat",
    "Double",
];
/// Conversions to an exact number.
const EXACT: &[&str] = &[
    "Decimal",
    "BigDecimal",
    "to_d",
    "BigInt",
    "Money",
    "decimal",
    "NewFromString",
    "NewFromInt",
    "bigint",
    "Big",
    "BigNumber",
    "Dinero",
    "dinero",
    "RequireFromString",
    "toDecimal",
    "valueOf",
    "to_r",
    "Rational",
    "Fraction",
];

/// Whether a name says an amount of money.
pub fn says_amount(name: &str, near_money: bool) -> bool {
    let found = words(name);
    if found.is_empty() || found.iter().any(|it| NO_AMOUNT.contains(&it.as_str())) {
        return false;
    }
    if found.len() > 1 && DOING.contains(&found[0].as_str()) {
        return false;
    }
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(AMOUNT) || (near_money && any(AMOUNT_NEAR_MONEY))
}

/// Whether words say that code is about money.
pub fn says_money(found: &BTreeSet<String>) -> bool {
    MONEY_CODE.iter().any(|word| found.contains(*word))
}

/// Whether a scope is about money: its path, its symbol or the names that it gives values to.
pub fn about_money(delta: &ScopeDelta<'_>) -> bool {
    let mut found: BTreeSet<String> = words(&delta.file.path).into_iter().collect();
    found.extend(words(&delta.before.path));
    found.extend(words(&delta.after.path));
    if says_money(&found) {
        return true;
    }
    let calls = delta.calls_before.iter().chain(&delta.calls_after);
    let callees: BTreeSet<String> = calls
        .filter(|it| it.callee.first_name() != it.name)
        .flat_map(|it| {
            words(it.callee.first_name())
                .into_iter()
                .chain(words(&it.name))
        })
        .collect();
    says_money(&callees)
        || slots::slots(delta.after)
            .iter()
            .any(|it| says_amount(&it.name, false))
}

/// What a different value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A rounding step is gone, or rounds to other places or in another way.
    RoundedDifferently,
    /// A rounding step is new.
    Rounded,
    /// The same values are put together with other operators.
    OperatorSwapped,
    /// A value no longer goes into it.
    OperandDropped,
    /// A value goes into it that did not.
    OperandAdded,
    /// It was added to what was there, and now takes its place.
    Overwritten,
    /// It took the place of what was there, and is now added to it.
    Accumulated,
    /// An exact number has become a binary fraction.
    Inexact,
    /// It comes from what the caller sends.
    FromCaller,
    /// The first of two sources is gone.
    SourceDropped,
    /// It is read from somewhere else.
    SourceSwapped,
    /// Only a number in it is another.
    Number,
    /// A bound that it was kept within is gone.
    BoundDropped,
    /// It is worked out in another way.
    Formula,
}

/// An amount that is worked out differently.
pub struct AmountChange<'a> {
    /// The name of the amount.
    pub name: String,
    /// As it was.
    pub before: Slot<'a>,
    /// As it is.
    pub after: Slot<'a>,
    /// What that means.
    pub meaning: Meaning,
    /// Whether a function that is new or gone in the change has part of it: it was moved.
    pub moved: bool,
    /// The values that no longer go into it, or do now.
    pub operands: Vec<String>,
}

/// Every amount of a scope that is worked out differently.
pub fn amount_changes<'a>(
    context: &Context<'a>,
    delta: &'a ScopeDelta<'a>,
) -> Vec<AmountChange<'a>> {
    if delta.file.class != Class::Source
        || delta.before.kind == ScopeKind::Class && delta.before.body.is_empty()
    {
        return Vec::new();
    }
    let near = about_money(delta);
    let wanted = |slot: &Slot<'_>| says_amount(&slot.name, near) && is_amount(slot);
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    if changes.changed.is_empty() {
        return Vec::new();
    }
    let (old, new) = (definitions(delta.before), definitions(delta.after));
    let functions = Functions::new(context);
    let mut out = Vec::new();
    for (before, after) in changes.changed {
        let value = renamed(before.value, &delta.renames);
        let (was, is) = (expand(&value, &old, 0), expand(after.value, &new, 0));
        if before.operator == after.operator && canonical(&was) == canonical(&is) {
            continue;
        }
        let Some(meaning) = meaning(&before, &value, &was, &after, &is) else {
            continue;
        };
        let moved = functions.has(&value, &functions.gone) || functions.has(&is, &functions.born);
        let (dropped, added) = operands(&was, &is);
        // What is left out here may be taken off somewhere else in the scope.
        let elsewhere = meaning == Meaning::OperandDropped
            && dropped
                .iter()
                .any(|it| mentions(delta.after, it) >= mentions(delta.before, it));
        out.push(AmountChange {
            name: after.name.clone(),
            meaning,
            moved: moved || elsewhere,
            operands: if dropped.is_empty() { added } else { dropped },
            before,
            after,
        });
    }
    out
}

/// Whether what a slot holds can be an amount: no schema, text, map or anonymous function.
fn is_amount(slot: &Slot<'_>) -> bool {
    match &slot.value.kind {
        ExprKind::Text(_)
        | ExprKind::Template(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::List(_)
        | ExprKind::Function(..) => false,
        ExprKind::Map(pairs) => {
            // `{ increment: x }` of an ORM.
            matches!(pairs.as_slice(), [(key, _)] if step(slots::target_name(key)).is_some())
        }
        ExprKind::Not(_) => false,
        ExprKind::Binary(operator, ..) => !operator.compares(),
        ExprKind::Other(kind, _) => kind != "jsx",
        ExprKind::Call(callee, _) => {
            matches!(slot.kind, SlotKind::Named | SlotKind::Returned) || !starts_with_schema(callee)
        }
        _ => true,
    }
}

fn starts_with_schema(callee: &Expr) -> bool {
    matches!(
        callee.first_name(),
        "z" | "Joi"
            | "yup"
            | "t"
            | "v"
            | "models"
            | "serializers"
            | "fields"
            | "sa"
            | "Column"
            | "schema"
            | "factory"
            | "faker"
            | "require"
            | "import"
            | "useState"
            | "React"
            | "expect"
    )
}

fn step(name: &str) -> Option<Operator> {
    match name {
        "increment" | "$inc" | "inc" | "add" => Some(Operator::Add),
        "decrement" | "dec" => Some(Operator::Subtract),
        _ => None,
    }
}

/// Functions that stand on one side only.
struct Functions {
    gone: HashSet<String>,
    born: HashSet<String>,
}

impl Functions {
    fn new(context: &Context<'_>) -> Self {
        let (mut gone, mut born) = (HashSet::new(), HashSet::new());
        for (number, file) in context.files.iter().enumerate() {
            for (index, scope) in file.before.tree.scopes.iter().enumerate() {
                if context.matching.after((number, index)).is_none() {
                    gone.insert(scope.name.clone());
                }
            }
            for (index, scope) in file.after.tree.scopes.iter().enumerate() {
                if context.matching.before((number, index)).is_none() {
                    born.insert(scope.name.clone());
                }
            }
        }
        let both: HashSet<String> = gone.intersection(&born).cloned().collect();
        gone.retain(|it| !both.contains(it));
        born.retain(|it| !both.contains(it));
        Self { gone, born }
    }

    fn has(&self, expr: &Expr, of: &HashSet<String>) -> bool {
        let mut found = false;
        expr.walk(&mut |it| {
            if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                found |= of.contains(name);
            }
        });
        found
    }
}

/// What local names are given, where they are given one value only.
pub fn definitions(scope: &Scope) -> HashMap<String, Expr> {
    let mut found: HashMap<String, Option<Expr>> = HashMap::new();
    for parameter in &scope.parameters {
        found.insert(parameter.name.clone(), None);
    }
    slots::each_stmt(&scope.body, &mut |stmt| {
        let StmtKind::Assign {
            target,
            operator,
            value,
        } = &stmt.kind
        else {
            return;
        };
        match &target.kind {
            ExprKind::Name(name) => {
                let known = found.contains_key(name) || operator.is_some();
                found.insert(name.clone(), (!known).then(|| value.clone()));
            }
            // `const { amount } = body`
            ExprKind::Map(pairs) => {
                for (key, local) in pairs {
                    if let ExprKind::Name(name) = &local.kind {
                        let kind = ExprKind::Member(
                            Box::new(value.clone()),
                            slots::target_name(key).to_owned(),
                        );
                        let value = Expr::new(kind, value.line, value.span.clone());
                        let known = found.contains_key(name);
                        found.insert(name.clone(), (!known).then_some(value));
                    }
                }
            }
            _ => target.walk(&mut |it| {
                if let (ExprKind::Name(name), ExprKind::List(_)) = (&it.kind, &target.kind) {
                    found.insert(name.clone(), None);
                }
            }),
        }
    });
    found
        .into_iter()
        .filter_map(|(name, value)| value.map(|it| (name, it)))
        .collect()
}

/// The value with local names replaced by what they hold, through three of them.
pub fn expand(expr: &Expr, of: &HashMap<String, Expr>, depth: usize) -> Expr {
    let again = |it: &Expr| expand(it, of, depth);
    let inner = |it: &Expr| Box::new(again(it));
    let kind = match &expr.kind {
        ExprKind::Name(name) => {
            return match of.get(name) {
                Some(value) if depth < 3 => expand(value, of, depth + 1),
                _ => expr.clone(),
            };
        }
        ExprKind::Member(object, name) => ExprKind::Member(inner(object), name.clone()),
        ExprKind::Binary(operator, a, b) => ExprKind::Binary(*operator, inner(a), inner(b)),
        ExprKind::Unary(operator, it) => ExprKind::Unary(operator.clone(), inner(it)),
        ExprKind::Conditional(a, b, c) => ExprKind::Conditional(inner(a), inner(b), inner(c)),
        ExprKind::Index(a, b) => ExprKind::Index(inner(a), inner(b)),
        ExprKind::Propagate(it) => return again(it),
        ExprKind::Template(parts) => ExprKind::Template(parts.iter().map(again).collect()),
        ExprKind::Call(callee, arguments) => ExprKind::Call(
            inner(callee),
            arguments
                .iter()
                .map(|it| Argument {
                    name: it.name.clone(),
                    value: again(&it.value),
                })
                .collect(),
        ),
        _ => return expr.clone(),
    };
    Expr::new(kind, expr.line, expr.span.clone())
}

/// The rounding steps of a value, with their places and modes.
pub fn rounding(expr: &Expr) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    expr.walk(&mut |it| {
        if let Some((_, step)) = rounded(it) {
            *out.entry(step).or_default() += 1;
        }
    });
    out
}

/// What is rounded, and how, where an expression rounds.
fn rounded(expr: &Expr) -> Option<(&Expr, String)> {
    // A member without parentheses is a call in Ruby.
    if let ExprKind::Member(object, name) = &expr.kind
        && ROUNDING.contains(&name.as_str())
        && !matches!(object.last_name(), "Math" | "math")
    {
        return Some((object, name.clone()));
    }
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return None;
    };
    let name = callee.last_name();
    if !ROUNDING.contains(&name) {
        return None;
    }
    let of_value = match &callee.kind {
        ExprKind::Member(object, _) => {
            let library = matches!(
                object.last_name(),
                "Math" | "math" | "np" | "numpy" | "_" | "lodash" | "money" | "decimal" | "f64"
            );
            (!library).then_some(&**object)
        }
        _ => None,
    };
    let (what, rest) = match of_value {
        Some(object) => (object, arguments.as_slice()),
        None => (&arguments.first()?.value, &arguments[1..]),
    };
    let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
    Some((what, format!("{name}({})", rest.join(", "))))
}

/// The value without its rounding steps.
pub fn unrounded(expr: &Expr) -> Expr {
    if let Some((what, _)) = rounded(expr) {
        return unrounded(what);
    }
    let inner = |it: &Expr| Box::new(unrounded(it));
    let kind = match &expr.kind {
        ExprKind::Binary(operator, a, b) => ExprKind::Binary(*operator, inner(a), inner(b)),
        ExprKind::Unary(operator, it) if operator == "+" => return unrounded(it),
        ExprKind::Unary(operator, it) => ExprKind::Unary(operator.clone(), inner(it)),
        ExprKind::Conditional(a, b, c) => ExprKind::Conditional(inner(a), inner(b), inner(c)),
        ExprKind::Member(object, name) if matches!(name.as_str(), "to_i" | "to_f" | "to_d") => {
            return unrounded(object);
        }
        ExprKind::Member(object, name) => ExprKind::Member(inner(object), name.clone()),
        ExprKind::Call(callee, arguments) => {
            if let ([only], true) = (arguments.as_slice(), converts(callee)) {
                return unrounded(&only.value);
            }
            ExprKind::Call(
                inner(callee),
                arguments
                    .iter()
                    .map(|it| Argument {
                        name: it.name.clone(),
                        value: unrounded(&it.value),
                    })
                    .collect(),
            )
        }
        _ => return expr.clone(),
    };
    Expr::new(kind, expr.line, expr.span.clone())
}

fn converts(callee: &Expr) -> bool {
    let name = callee.last_name();
    FLOAT.contains(&name)
        || EXACT.contains(&name)
        || matches!(
            name,
            "int"
                | "int64"
                | "int32"
                | "Integer"
                | "parseInt"
                | "intval"
                | "Int"
                | "uint64"
                | "String"
                | "str"
        )
}

/// What a value is kept within bounds of, where it is: `max(0, x)`, `[x, 0].max`, `x.clamp(0, y)`.
fn bounded(expr: &Expr) -> Option<Vec<String>> {
    const BOUNDS: &[&str] = &[
        "max",
        "min",
        "clamp",
        "Max",
        "Min",
        "maximum",
        "minimum",
        "coerceAtLeast",
    ];
    let (callee, arguments): (&Expr, &[Argument]) = match &expr.kind {
        ExprKind::Call(callee, arguments) => (callee, arguments),
        ExprKind::Member(..) => (expr, &[]),
        _ => return None,
    };
    if !BOUNDS.contains(&callee.last_name()) {
        return None;
    }
    let mut inside: Vec<String> = arguments.iter().map(|it| canonical(&it.value)).collect();
    if let ExprKind::Member(object, _) = &callee.kind {
        match &object.kind {
            ExprKind::List(parts) => inside.extend(parts.iter().map(canonical)),
            _ => inside.push(canonical(object)),
        }
    }
    Some(inside)
}

fn has_call(expr: &Expr, list: &[&str]) -> bool {
    let mut found = false;
    expr.walk(&mut |it| match &it.kind {
        ExprKind::Call(callee, _) => found |= list.contains(&callee.last_name()),
        ExprKind::Member(_, name) if name.starts_with("to_") => {
            found |= list.contains(&name.as_str());
        }
        _ => {}
    });
    found
}

/// The names and numbers that go into a value, each as often as it does.
fn leaves(expr: &Expr) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    gather(expr, &mut out);
    out
}

fn gather(expr: &Expr, out: &mut BTreeMap<String, usize>) {
    let key = match &expr.kind {
        ExprKind::Binary(_, a, b) => {
            gather(a, out);
            gather(b, out);
            return;
        }
        ExprKind::Unary(_, it) | ExprKind::Propagate(it) => return gather(it, out),
        ExprKind::Conditional(_, b, c) => {
            gather(b, out);
            gather(c, out);
            return;
        }
        ExprKind::Call(callee, arguments) if arguments.is_empty() => loose_name(callee),
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => loose_name(expr),
        ExprKind::Number(number) => plain_number(number),
        _ => canonical(expr),
    };
    *out.entry(key).or_default() += 1;
}

fn loose_name(expr: &Expr) -> String {
    let name = slots::target_name(expr);
    if name.is_empty() {
        canonical(expr)
    } else {
        name.to_lowercase().replace('_', "")
    }
}

fn minus(left: &BTreeMap<String, usize>, right: &BTreeMap<String, usize>) -> Vec<String> {
    left.iter()
        .filter(|(key, count)| right.get(*key).copied().unwrap_or_default() < **count)
        .map(|(key, _)| key.clone())
        .collect()
}

fn operands(before: &Expr, after: &Expr) -> (Vec<String>, Vec<String>) {
    let (before, after) = (leaves(&unrounded(before)), leaves(&unrounded(after)));
    (minus(&before, &after), minus(&after, &before))
}

fn operators(expr: &Expr) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    expr.walk(&mut |it| {
        if let ExprKind::Binary(operator, ..) = &it.kind
            && !matches!(operator, Operator::And | Operator::Or)
        {
            *out.entry(operator.symbol().to_owned()).or_default() += 1;
        }
    });
    out
}

fn mentions(scope: &Scope, leaf: &str) -> usize {
    let mut count = 0;
    each_expr(&scope.body, &mut |it| {
        if matches!(
            it.kind,
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..)
        ) && loose_name(it) == leaf
        {
            count += 1;
        }
    });
    count
}

/// Whether a value starts from what the slot held before.
pub fn accumulates(slot: &Slot<'_>, value: &Expr) -> bool {
    if let Some(Operator::Add | Operator::Subtract) = slot.operator {
        return true;
    }
    if let ExprKind::Map(pairs) = &value.kind {
        return pairs
            .iter()
            .any(|(key, _)| step(slots::target_name(key)).is_some());
    }
    if !operators(value).keys().any(|it| it == "+" || it == "-") {
        return false;
    }
    let name = slot.name.to_lowercase().replace('_', "");
    match slot.kind {
        SlotKind::Returned => false,
        SlotKind::Local => value_names(value).contains(&slot.name),
        SlotKind::Assigned => leaves(value).contains_key(&name),
        SlotKind::Named => {
            let owner = words(&slot.owner);
            let changes = owner.iter().any(|it| {
                matches!(
                    it.as_str(),
                    "update"
                        | "set"
                        | "assign"
                        | "merge"
                        | "increment"
                        | "modify"
                        | "patch"
                        | "columns"
                        | "attributes"
                        | "upsert"
                )
            });
            changes && leaves(value).contains_key(&name)
        }
    }
}

fn value_names(expr: &Expr) -> HashSet<String> {
    let mut out = HashSet::new();
    expr.walk(&mut |it| {
        if let ExprKind::Name(name) = &it.kind {
            out.insert(name.clone());
        }
    });
    out
}

/// Whether a value is only read, not worked out.
fn is_source(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => true,
        ExprKind::Binary(Operator::Or, a, b) => is_source(a) && is_source(b),
        ExprKind::Call(_, arguments) => arguments.is_empty(),
        _ => false,
    }
}

/// Whether a value comes from what a caller of the service sends. What was looked up by something
/// that the caller sent is our own.
pub fn from_caller(expr: &Expr) -> bool {
    const PARTS: &[&str] = &[
        "body", "query", "POST", "GET", "form", "json", "params", "data",
    ];
    let request = |it: &Expr| {
        matches!(
            it.first_name(),
            "req" | "request" | "ctx" | "c" | "Request" | "$request" | "r"
        )
    };
    match &expr.kind {
        ExprKind::Member(object, name) => {
            (request(object) && PARTS.contains(&name.as_str())) || from_caller(object)
        }
        ExprKind::Index(object, _) => {
            matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "params" | "_POST" | "_GET" | "_REQUEST" | "$_POST" | "$_GET"))
                || from_caller(object)
        }
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            let reads = arguments
                .iter()
                .any(|it| matches!(it.value.kind, ExprKind::Text(_)))
                && (matches!(
                    name,
                    "FormValue" | "PostForm" | "PostFormValue" | "QueryParam" | "getParameter"
                ) || (matches!(name, "get" | "input" | "fetch") && from_caller_object(callee)));
            let first = words(name).first().cloned().unwrap_or_default();
            let passes = converts(callee)
                || ROUNDING.contains(&name)
                || matches!(
                    first.as_str(),
                    "parse" | "to" | "decimal" | "atoi" | "money" | "abs"
                );
            reads
                || (passes && arguments.iter().any(|it| from_caller(&it.value)))
                || matches!(&callee.kind, ExprKind::Member(object, _) if passes && from_caller(object))
        }
        ExprKind::Binary(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Conditional(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Unary(_, it) | ExprKind::Propagate(it) => from_caller(it),
        ExprKind::List(parts) => parts.iter().any(from_caller),
        _ => false,
    }
}

fn from_caller_object(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Member(object, _) if from_caller(object)
        || matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "request" | "req" | "$request" | "searchParams" | "params")))
}

fn meaning(
    before: &Slot<'_>,
    value: &Expr,
    was: &Expr,
    after: &Slot<'_>,
    is: &Expr,
) -> Option<Meaning> {
    let (plain_was, plain_is) = (unrounded(was), unrounded(is));
    let accumulated = accumulates(before, value) || accumulates(before, was);
    let accumulates_now = accumulates(after, after.value) || accumulates(after, is);
    if accumulated && !accumulates_now {
        let reset = matches!(is.kind, ExprKind::Number(_));
        return (!reset).then_some(Meaning::Overwritten);
    }
    if accumulates_now && !accumulated {
        return Some(Meaning::Accumulated);
    }
    if from_caller(is) && !from_caller(was) {
        return Some(Meaning::FromCaller);
    }
    let cents = |expr: &Expr| {
        let mut found = words(&before.name).contains(&"cents".to_owned());
        expr.walk(&mut |it| {
            if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                found |= words(name).contains(&"cents".to_owned());
            }
        });
        found
    };
    if (has_call(was, EXACT) && !has_call(is, EXACT) || cents(was))
        && has_call(is, FLOAT)
        && !has_call(was, FLOAT)
    {
        return Some(Meaning::Inexact);
    }
    if before.operator == after.operator && canonical(&plain_was) == canonical(&plain_is) {
        let (old, new) = (rounding(was), rounding(is));
        if old == new {
            return None;
        }
        let places = |it: &BTreeMap<String, usize>| it.values().sum::<usize>();
        return Some(if places(&new) > places(&old) {
            Meaning::Rounded
        } else {
            Meaning::RoundedDifferently
        });
    }
    if let ExprKind::Binary(Operator::Or, ..) = &was.kind
        && is_source(was)
        && is_source(is)
    {
        let rest: Vec<String> = was.parts(Operator::Or).into_iter().map(canonical).collect();
        let kept: Vec<String> = is.parts(Operator::Or).into_iter().map(canonical).collect();
        if kept.iter().all(|it| rest.contains(it)) && kept.len() < rest.len() {
            return Some(if kept.contains(&rest[0]) {
                Meaning::Formula
            } else {
                Meaning::SourceDropped
            });
        }
    }
    if bounded(&plain_was).is_some_and(|inside| inside.contains(&canonical(&plain_is))) {
        return Some(Meaning::BoundDropped);
    }
    let (dropped, added) = operands(was, is);
    let (old, new) = (operators(&plain_was), operators(&plain_is));
    let only_numbers = |it: &[String]| {
        it.iter()
            .all(|it| it.starts_with(|c: char| c.is_ascii_digit()))
    };
    if dropped.is_empty() && added.is_empty() {
        if before.operator != after.operator || old != new {
            return Some(Meaning::OperatorSwapped);
        }
        return None;
    }
    if old == new
        && only_numbers(&dropped)
        && only_numbers(&added)
        && before.operator == after.operator
    {
        return Some(Meaning::Number);
    }
    if added.is_empty() && !old.is_empty() {
        return Some(Meaning::OperandDropped);
    }
    if dropped.is_empty() && !new.is_empty() {
        return Some(Meaning::OperandAdded);
    }
    if is_source(was) && is_source(is) {
        return Some(Meaning::SourceSwapped);
    }
    Some(Meaning::Formula)
}
