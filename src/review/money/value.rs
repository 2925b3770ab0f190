//! What goes into a value, and how it is put together.

use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, StmtKind};
use crate::review::deltas::slots::{self, canonical, each_expr, plain_number};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Calls that round.
pub(super) const ROUNDING: &[&str] = &[
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
pub(super) const FLOAT: &[&str] = &[
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
pub(super) const EXACT: &[&str] = &[
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
pub(super) fn rounded(expr: &Expr) -> Option<(&Expr, String)> {
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
pub(super) fn unrounded(expr: &Expr) -> Expr {
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

pub(super) fn converts(callee: &Expr) -> bool {
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
pub(super) fn bounded(expr: &Expr) -> Option<Vec<String>> {
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

pub(super) fn has_call(expr: &Expr, list: &[&str]) -> bool {
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
pub(super) fn leaves(expr: &Expr) -> BTreeMap<String, usize> {
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

pub(super) fn operands(before: &Expr, after: &Expr) -> (Vec<String>, Vec<String>) {
    let (before, after) = (leaves(&unrounded(before)), leaves(&unrounded(after)));
    (minus(&before, &after), minus(&after, &before))
}

pub(super) fn operators(expr: &Expr) -> BTreeMap<String, usize> {
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

pub(super) fn mentions(scope: &Scope, leaf: &str) -> usize {
    let mut count = 0;
    each_expr(&scope.body, &mut |it| {
        let here = match &it.kind {
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => {
                loose_name(it) == leaf
            }
            ExprKind::Number(number) => plain_number(number) == leaf,
            _ => false,
        };
        count += usize::from(here);
    });
    count
}

pub(super) fn value_names(expr: &Expr) -> HashSet<String> {
    let mut out = HashSet::new();
    expr.walk(&mut |it| {
        if let ExprKind::Name(name) = &it.kind {
            out.insert(name.clone());
        }
    });
    out
}

/// Whether a value is only read, not worked out.
pub(super) fn is_source(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => true,
        ExprKind::Binary(Operator::Or, a, b) => is_source(a) && is_source(b),
        ExprKind::Call(_, arguments) => arguments.is_empty(),
        _ => false,
    }
}
