//! What a requirement is about. Vocabulary stands only here, and only qualifies a slot: the names
//! in a condition that leaves, never words in a patch.

use crate::facts::fact::Exit;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::policy::Words;
use crate::review::conditions::presence::{SUBJECTS_OF_PRESENCE, is_nothing, nothing_but_presence};
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::conditions::vocabulary::{
    ADDRESS, AMOUNT, FACTOR, FORGERY, IDENTITY, LIMIT, MAY, MONEY, OWNER, PERMISSION, PROTECTION,
    SECRET, STATUS, SWITCH,
};
use crate::review::record::Surface;
use std::collections::BTreeSet;

/// What a requirement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Roles, permissions, membership.
    Permission,
    /// Whose thing it is: two identities are compared.
    Ownership,
    /// Whether somebody is signed in, and as whom.
    Identity,
    /// A second factor.
    SecondFactor,
    /// Forged requests of other sites.
    Forgery,
    /// Signatures, codes, tokens, passwords.
    Secret,
    /// How often something may be tried.
    Limit,
    /// Where a request comes from or is sent to.
    Address,
    /// Something an operator has switched off.
    Switch,
    /// Whether money has already moved.
    Status,
    /// How much money.
    Amount,
    /// Whether something may be deleted or overwritten.
    Protection,
}

impl Subject {
    /// The surface it belongs to.
    pub fn surface(self) -> Surface {
        match self {
            Self::Status | Self::Amount => Surface::Money,
            Self::Protection => Surface::Data,
            _ => Surface::Auth,
        }
    }
}

/// Whether any of the words is in the list.
fn any(found: &BTreeSet<String>, list: &[&str]) -> bool {
    list.iter().any(|word| found.contains(*word))
}

/// All words of the names in an expression; short strings count where they are compared or passed.
pub fn spoken_words(expr: &Expr) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut told_apart: Vec<*const Expr> = Vec::new();
    expr.walk(&mut |it| match &it.kind {
        // `issue.code == "custom"` asks of which kind something is; nobody has to know that code.
        ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
            let is_word = |it: &Expr| matches!(&it.kind, ExprKind::Text(text) if text.contains(char::is_alphabetic));
            match (is_word(left), is_word(right)) {
                (true, _) => told_apart.push(std::ptr::from_ref(right)),
                (_, true) => told_apart.push(std::ptr::from_ref(left)),
                _ => {}
            }
        }
        ExprKind::Name(name) | ExprKind::Member(_, name) => {
            let mut all = meant(name);
            if told_apart.contains(&std::ptr::from_ref(it)) {
                all.retain(|word| word != "code");
            }
            out.extend(all);
        }
        // What folders are called says nothing: `"private_uploads/licenses"`.
        ExprKind::Text(text) if text.len() <= 40 && text.find('/').is_none_or(|it| it == 0) => {
            out.extend(meant(text));
        }
        _ => {}
    });
    out
}

/// What a code is of, where it is none that somebody has to know.
const OPEN_CODES: &[&str] = &[
    "area", "color", "country", "currency", "error", "exit", "http", "lang", "language", "locale",
    "native", "postal", "product", "reason", "region", "response", "source", "state", "status",
    "tax", "zip",
];

/// Whose a session is, where nobody is signed in by it.
const OTHER_SESSIONS: &[&str] = &["checkout", "database", "db", "orm", "sql", "upload"];

/// The words of a name; a currency's or a country's code is no code to get in with.
fn meant(name: &str) -> Vec<String> {
    let mut all = words(name);
    let mut place = 1;
    while place < all.len() {
        let before = all[place - 1].as_str();
        let is_open = match all[place].as_str() {
            "code" | "codes" => OPEN_CODES.contains(&before),
            "session" => OTHER_SESSIONS.contains(&before),
            _ => false,
        };
        match is_open {
            true => drop(all.remove(place)),
            false => place += 1,
        }
    }
    all
}

/// Whether a condition asks how a text is written: `name.contains(".")`.
fn about_spelling(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Not(inner) => about_spelling(inner),
        ExprKind::Call(_, arguments) => arguments.iter().any(|it| {
            matches!(&it.value.kind, ExprKind::Text(text)
                if !text.is_empty() && !text.contains(char::is_alphanumeric))
        }),
        _ => false,
    }
}

/// Whether the words say that money is near.
pub fn about_money(found: &BTreeSet<String>) -> bool {
    any(found, MONEY)
}

/// Whether the words say that rights or logins are near.
pub fn about_rights(found: &BTreeSet<String>) -> bool {
    any(found, PERMISSION) || any(found, &["auth", "login", "session", "security", "password"])
}

/// What a condition is about by the project's own words.
pub fn by_own_words(condition: &Expr, own: &Words) -> Option<Subject> {
    let mut about = None;
    condition.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            if own.guards.contains(name) || own.principals.contains(name) {
                about = Some(Subject::Permission);
            } else if about.is_none() && own.tenants.contains(name) {
                about = Some(Subject::Ownership);
            } else if about.is_none() && own.money.contains(name) {
                about = Some(Subject::Amount);
            }
        }
    });
    about
}

/// What a requirement is about, where that can be told. `near` holds the words around it: the path
/// of the file, the symbol, the calls that it protects.
pub fn subject(requirement: &Requirement, near: &BTreeSet<String>) -> Option<Subject> {
    if requirement.known.is_some() {
        return requirement.known;
    }
    let condition = &requirement.condition;
    let found = match (&condition.kind, requirement.form) {
        // What a check is about stands in its name.
        (ExprKind::Call(callee, _), Form::Call) => spoken_words(callee),
        _ => spoken_words(condition),
    };
    let presence = nothing_but_presence(condition);
    let meant = any(&found, SUBJECTS_OF_PRESENCE) && requirement.form == Form::Guard;
    if presence && !meant {
        return None;
    }
    if any(&found, FORGERY) {
        return Some(Subject::Forgery);
    }
    if any(&found, FACTOR) {
        return Some(Subject::SecondFactor);
    }
    let rate = found.contains("rate") && (found.contains("limit") || found.contains("limits"));
    if rate || any(&found, LIMIT) {
        return Some(Subject::Limit);
    }
    let money = any(&found, MONEY) || any(near, MONEY);
    if money && any(&found, STATUS) {
        return Some(Subject::Status);
    }
    if compares_identities(condition) {
        return Some(Subject::Ownership);
    }
    let asked = matches!(&condition.kind, ExprKind::Call(callee, arguments)
        if !arguments.is_empty() && words(callee.last_name()).first().is_some_and(|it| it == "can" || it == "may"));
    let may = any(&found, MAY) && requirement.exit != Exit::Leaves;
    if (any(&found, PERMISSION) || may || asked) && !about_spelling(condition) {
        return Some(Subject::Permission);
    }
    if requirement.exit == Exit::Denies {
        return Some(if any(&found, SECRET) {
            Subject::Secret
        } else {
            Subject::Permission
        });
    }
    if money && any(&found, AMOUNT) && compares_numbers(condition) {
        return Some(Subject::Amount);
    }
    if any(&found, IDENTITY) && !pure_lookup(condition) && !counts_users(condition) {
        return Some(Subject::Identity);
    }
    // `host.IsDevelopment()` asks where the code runs.
    let where_it_runs = any(&found, &["development", "production", "staging"]);
    if any(&found, ADDRESS) && requirement.form != Form::Result && !where_it_runs {
        return Some(Subject::Address);
    }
    // The code of an entry of a list of names is none to get in with.
    if any(&found, SECRET) && !near.contains("enum") {
        return Some(Subject::Secret);
    }
    if any(&found, OWNER) && requirement.form == Form::Call {
        return Some(Subject::Ownership);
    }
    if any(&found, PROTECTION) && deletes(near) {
        return Some(Subject::Protection);
    }
    if any(&found, SWITCH) {
        return Some(Subject::Switch);
    }
    None
}

/// Words of states that keep somebody out when they hold.
const SHUTS_OUT: &[&str] = &[
    "banned",
    "blocked",
    "disabled",
    "locked",
    "expired",
    "revoked",
    "forbidden",
    "suspended",
    "anonymous",
    "guest",
    "restricted",
    "denied",
    "limited",
    "exceeded",
    "invalid",
    "deleted",
    "deactivated",
    "closed",
    "missing",
    "private",
    "readonly",
    "unauthorized",
    "unverified",
];

/// Whether it makes sense to go on under this condition: somebody who may, something that is not
/// expired. None where no word tells.
pub fn sane(condition: &Expr) -> Option<bool> {
    let negative = matches!(condition.kind, ExprKind::Not(_))
        || matches!(
            condition.kind,
            ExprKind::Binary(Operator::NotEqual | Operator::NotIn, ..)
        );
    let found = spoken_words(condition);
    if any(&found, SHUTS_OUT) {
        return Some(negative);
    }
    (any(&found, PERMISSION) || any(&found, MAY) || any(&found, IDENTITY) || any(&found, OWNER))
        .then_some(!negative)
}

/// `a.owner_id == b.id`: two members of different things, and one of them names an identity.
pub fn compares_identities(condition: &Expr) -> bool {
    let ExprKind::Binary(Operator::Equal | Operator::NotEqual | Operator::In, left, right) =
        &condition.kind
    else {
        return false;
    };
    if is_nothing(left) || is_nothing(right) {
        return false;
    }
    let literal = |it: &Expr| {
        matches!(
            it.kind,
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::List(_)
        )
    };
    if literal(left) || literal(right) {
        return false;
    }
    let identifies = |it: &Expr| {
        let found = words(it.last_name());
        found.last().is_some_and(|last| {
            matches!(
                last.as_str(),
                "id" | "ids" | "uuid" | "uid" | "owner" | "email" | "username" | "name"
            )
        }) || found
            .iter()
            .any(|word| OWNER.contains(&word.as_str()) || word == "user")
    };
    let whose = |it: &Expr| {
        let found = spoken_words(it);
        any(&found, OWNER)
            || any(&found, IDENTITY)
            || found.contains("repo")
            || found.contains("repository")
    };
    let ids = |it: &Expr| {
        words(it.last_name())
            .last()
            .is_some_and(|last| matches!(last.as_str(), "id" | "ids" | "uuid" | "uid"))
    };
    identifies(left)
        && identifies(right)
        && left.first_name() != right.first_name()
        && (whose(left) || whose(right) || (ids(left) && ids(right) && members(left, right)))
}

/// `a.repo_id` and `b.id`: members of things, not two local values.
fn members(left: &Expr, right: &Expr) -> bool {
    matches!(left.kind, ExprKind::Member(..)) && matches!(right.kind, ExprKind::Member(..))
}

fn compares_numbers(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Binary(operator, ..) => matches!(
            operator,
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual
        ),
        ExprKind::Not(inner) => compares_numbers(inner),
        ExprKind::Call(callee, _) => matches!(
            callee.last_name(),
            "rounds_to_zero?"
                | "positive?"
                | "negative?"
                | "zero?"
                | "gt"
                | "lt"
                | "gte"
                | "lte"
                | "compareTo"
        ),
        ExprKind::Member(_, name) => matches!(
            name.as_str(),
            "positive?" | "negative?" | "zero?" | "nonzero?"
        ),
        _ => false,
    }
}

/// `user == null` after a look-up asks whether the record exists, not who is calling.
fn pure_lookup(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Binary(Operator::NotEqual | Operator::Equal, left, right) => {
            let thing = if is_nothing(left) { right } else { left };
            (is_nothing(left) || is_nothing(right)) && matches!(thing.kind, ExprKind::Name(_))
        }
        ExprKind::Name(_) => true,
        ExprKind::Not(inner) => pure_lookup(inner),
        _ => false,
    }
}

/// `users.count > 0`, `item.hasUsers() > 0`: how many there are, not who is calling.
fn counts_users(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Not(inner) => counts_users(inner),
        ExprKind::Binary(operator, ..) if operator.compares() => {
            let found = spoken_words(condition);
            compares_numbers(condition) && any(&found, &["users", "count", "sessions"])
        }
        _ => false,
    }
}

fn deletes(near: &BTreeSet<String>) -> bool {
    [
        "delete",
        "destroy",
        "remove",
        "purge",
        "drop",
        "overwrite",
        "truncate",
        "update",
        "archive",
    ]
    .iter()
    .any(|word| near.contains(*word))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn the_code_of_a_currency_is_none_to_get_in_with() {
        assert_eq!(meant("cart_currency_code"), ["cart", "currency"]);
        assert_eq!(meant("countryCodes"), ["country"]);
        assert_eq!(meant("loginCode"), ["login", "code"]);
        assert_eq!(meant("code"), ["code"]);
        assert_eq!(meant("checkout_session"), ["checkout"]);
        assert_eq!(meant("userSession"), ["user", "session"]);
    }
}
