//! Conditions that hold wherever another one does, such as how large a number may be.

use crate::facts::fact::Exit;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::deltas::slots::number;

/// A number that something is compared with.
struct Bound<'a> {
    thing: &'a Expr,
    operator: Operator,
    number: f64,
}

fn bound(condition: &Expr) -> Option<Bound<'_>> {
    let zero = |thing, operator| {
        Some(Bound {
            thing,
            operator,
            number: 0.0,
        })
    };
    match &condition.kind {
        ExprKind::Binary(operator, left, right) => {
            if let Some(number) = number(right) {
                return Some(Bound {
                    thing: left,
                    operator: *operator,
                    number,
                });
            }
            let operator = match operator {
                Operator::Less => Operator::Greater,
                Operator::LessEqual => Operator::GreaterEqual,
                Operator::Greater => Operator::Less,
                Operator::GreaterEqual => Operator::LessEqual,
                other => *other,
            };
            number(left).map(|number| Bound {
                thing: right,
                operator,
                number,
            })
        }
        ExprKind::Member(thing, name) => match name.as_str() {
            "positive?" => zero(thing, Operator::Greater),
            "negative?" => zero(thing, Operator::Less),
            "zero?" => zero(thing, Operator::Equal),
            "nonzero?" => zero(thing, Operator::NotEqual),
            _ => None,
        },
        ExprKind::Not(inner) => {
            let inner = bound(inner)?;
            inner
                .operator
                .negated()
                .map(|operator| Bound { operator, ..inner })
        }
        _ => None,
    }
}

/// Whether a number that meets one condition meets another one as well: `amount >= 1` and that it
/// is not zero.
fn implies(one: &Expr, other: &Expr) -> bool {
    let (Some(one), Some(other)) = (bound(one), bound(other)) else {
        return false;
    };
    if one.thing != other.thing {
        return false;
    }
    let (is, asked) = (one.number, other.number);
    match (one.operator, other.operator) {
        (Operator::Equal, Operator::GreaterEqual) => is >= asked,
        (Operator::Equal, Operator::Greater) => is > asked,
        (Operator::Equal, Operator::LessEqual) => is <= asked,
        (Operator::Equal, Operator::Less) => is < asked,
        (Operator::Greater, Operator::Greater | Operator::GreaterEqual | Operator::NotEqual)
        | (Operator::GreaterEqual, Operator::GreaterEqual) => is >= asked,
        (Operator::GreaterEqual, Operator::Greater | Operator::NotEqual) => is > asked,
        (Operator::Less, Operator::Less | Operator::LessEqual | Operator::NotEqual)
        | (Operator::LessEqual, Operator::LessEqual) => is <= asked,
        (Operator::LessEqual, Operator::Less | Operator::NotEqual) => is < asked,
        _ => false,
    }
}

/// Whether a requirement can only hold where another one holds: `session.isAdmin` and that there is
/// a session.
pub(in crate::review) fn covers(requirement: &Requirement, presence: &Requirement) -> bool {
    let (around, inside) = (&requirement.place.conditions, &presence.place.conditions);
    // What leaves by a condition keeps the rest from running without it, as what stands around does.
    let leaves = requirement.form == Form::Guard
        && presence.form == Form::Gate
        && requirement.exit != Exit::Leaves
        && requirement.condition == presence.condition;
    if leaves && around.iter().all(|it| inside.contains(it)) {
        return true;
    }
    if requirement.exit <= presence.exit
        && around.iter().all(|it| inside.contains(it))
        && implies(&requirement.condition, &presence.condition)
    {
        return true;
    }
    let thing = match &presence.condition.kind {
        ExprKind::Binary(Operator::NotEqual, thing, nothing) if nothing.kind == ExprKind::Null => {
            thing
        }
        ExprKind::Name(_) | ExprKind::Member(..) => &presence.condition,
        _ => return false,
    };
    let positive = !matches!(
        requirement.condition.kind,
        ExprKind::Not(_) | ExprKind::Binary(Operator::NotEqual | Operator::NotIn, ..)
    );
    let mut found = false;
    requirement.condition.walk(&mut |it| {
        if let ExprKind::Member(object, _) = &it.kind {
            found |= **object == *thing;
        }
    });
    positive
        && found
        && requirement.exit <= presence.exit
        && nothing_but_presence(&presence.condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn than(operator: Operator, amount: &str) -> Expr {
        let expr = |kind| Expr::new(kind, 1, 0..1);
        expr(ExprKind::Binary(
            operator,
            Box::new(expr(ExprKind::Name("amount".to_owned()))),
            Box::new(expr(ExprKind::Number(amount.to_owned()))),
        ))
    }

    #[test]
    fn a_number_from_one_on_is_neither_zero_nor_less() {
        let from_one = than(Operator::GreaterEqual, "1");
        assert!(implies(&from_one, &than(Operator::NotEqual, "0")));
        assert!(implies(&from_one, &than(Operator::Greater, "0")));
        assert!(!implies(&from_one, &than(Operator::Greater, "1")));
        assert!(!implies(&than(Operator::GreaterEqual, "0"), &from_one));
        assert!(!implies(&from_one, &than(Operator::LessEqual, "100")));
    }
}
