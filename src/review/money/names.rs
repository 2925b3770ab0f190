//! Which names say an amount of money, and which code is about money.

use crate::facts::words::words;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots;
use std::collections::BTreeSet;

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
    *delta.about_money.get_or_init(|| find_money(delta))
}

fn find_money(delta: &ScopeDelta<'_>) -> bool {
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
            .any(|it| says_amount(it.name, false))
}
