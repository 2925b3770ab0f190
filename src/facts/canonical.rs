//! The one form in which expressions and statements print: what is compared is what is printed.

use super::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};
use std::fmt;

struct List<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            write!(out, "{item}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(out, "{name}: ")?;
        }
        write!(out, "{}", self.value)
    }
}

/// The canonical form: one quote, `a == b` with its sides in order, `a > b` as `b < a`.
impl fmt::Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Name(name) => out.write_str(name),
            ExprKind::Text(text) => write!(out, "\"{text}\""),
            ExprKind::Number(number) => out.write_str(number),
            ExprKind::Bool(value) => write!(out, "{value}"),
            ExprKind::Null => out.write_str("null"),
            ExprKind::Member(object, name) => write!(out, "{object}.{name}"),
            ExprKind::Index(object, index) => write!(out, "{object}[{index}]"),
            ExprKind::Call(callee, arguments) => write!(out, "{callee}({})", List(arguments)),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::Binary(..) => write!(out, "!({inner})"),
                _ => write!(out, "!{inner}"),
            },
            ExprKind::Unary(operator, inner) => write!(out, "{operator}{inner}"),
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), ..) => {
                let mut parts: Vec<String> = self
                    .parts(*operator)
                    .iter()
                    .map(|part| match &part.kind {
                        ExprKind::Binary(Operator::And | Operator::Or, ..) => format!("({part})"),
                        _ => part.to_string(),
                    })
                    .collect();
                parts.sort();
                out.write_str(&parts.join(&format!(" {} ", operator.symbol())))
            }
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (left.to_string(), right.to_string());
                let (operator, left, right) = match operator {
                    Operator::Equal | Operator::NotEqual if right < left => {
                        (*operator, right, left)
                    }
                    _ => match operator.mirrored() {
                        Some(mirrored) => (mirrored, right, left),
                        None => (*operator, left, right),
                    },
                };
                write!(out, "{left} {} {right}", operator.symbol())
            }
            ExprKind::Conditional(condition, yes, no) => {
                write!(out, "{condition} ? {yes} : {no}")
            }
            ExprKind::List(parts) => write!(out, "[{}]", List(parts)),
            ExprKind::Map(pairs) => {
                out.write_str("{")?;
                for (index, (key, value)) in pairs.iter().enumerate() {
                    if index > 0 {
                        out.write_str(", ")?;
                    }
                    write!(out, "{key}: {value}")?;
                }
                out.write_str("}")
            }
            ExprKind::Template(parts) => {
                out.write_str("`")?;
                for part in parts {
                    match &part.kind {
                        ExprKind::Text(text) => out.write_str(text)?,
                        _ => write!(out, "${{{part}}}")?,
                    }
                }
                out.write_str("`")
            }
            ExprKind::Assign(target, value) => write!(out, "{target} = {value}"),
            ExprKind::Function(parameters, body) => {
                write!(out, "({}) => {{{}}}", parameters.join(", "), List(body))
            }
            ExprKind::Propagate(inner) => write!(out, "{inner}?"),
            ExprKind::Spread(inner) => write!(out, "...{inner}"),
            ExprKind::Other(kind, parts) => write!(out, "{kind}<{}>", List(parts)),
        }
    }
}

impl fmt::Display for Stmt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                write!(out, "if {condition} {{{}}}", List(then))?;
                if !otherwise.is_empty() {
                    write!(out, " else {{{}}}", List(otherwise))?;
                }
                Ok(())
            }
            StmtKind::Switch { subject, cases } => {
                out.write_str("switch")?;
                if let Some(subject) = subject {
                    write!(out, " {subject}")?;
                }
                for (values, body) in cases {
                    write!(out, " case {}: {{{}}}", List(values), List(body))?;
                }
                Ok(())
            }
            StmtKind::Return(None) => out.write_str("return"),
            StmtKind::Return(Some(value)) => write!(out, "return {value}"),
            StmtKind::Throw(None) => out.write_str("throw"),
            StmtKind::Throw(Some(value)) => write!(out, "throw {value}"),
            StmtKind::Continue => out.write_str("continue"),
            StmtKind::Break => out.write_str("break"),
            StmtKind::Assign {
                target,
                operator,
                value,
            } => write!(
                out,
                "{target} {}= {value}",
                operator.map_or("", Operator::symbol)
            ),
            StmtKind::Expr(expr) => write!(out, "{expr}"),
            StmtKind::Loop { over, body } => {
                out.write_str("loop ")?;
                if let Some(over) = over {
                    write!(out, "{over} ")?;
                }
                write!(out, "{{{}}}", List(body))
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                write!(out, "try {{{}}}", List(body))?;
                for (what, handler) in catches {
                    write!(out, " catch {what} {{{}}}", List(handler))?;
                }
                if !finally.is_empty() {
                    write!(out, " finally {{{}}}", List(finally))?;
                }
                Ok(())
            }
            StmtKind::With { contexts, body } => {
                write!(out, "with {} {{{}}}", List(contexts), List(body))
            }
            StmtKind::Block(body) => write!(out, "{{{}}}", List(body)),
        }
    }
}
