use crate::facts::tree::{Expr, ExprKind, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{each_expr, each_stmt, touched};
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeMap;

check! {
    /// Everybody is charged or written to in one go.
    ///
    /// ## What it does
    /// Looks for loops over all records that now charge, refund, pay out or send mail for each. It
    /// speaks when nothing in the loop or around it limits how many, or lets one see first.
    ///
    /// ## Why it matters
    /// A slip bills or mails every customer, and cannot be taken back.
    ///
    /// ## Example
    /// ```python
    /// for user in User.objects.all():
    ///     charge(user, plan.price)
    /// ```
    ///
    /// ## Instead
    /// Count first without doing anything, do a few, remember who is done, then go on.
    "money/new-paid-call-bulk-mail-in-loop", Money, SPEAKS, run
}

fn paid_or_mail(name: &str) -> bool {
    let found = words(name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    let charges = matches!(
        name,
        "charge" | "charge!" | "refund" | "refund!" | "payout" | "capture_payment"
    ) || has(&["charge", "refund", "payout"])
        && has(&["create", "customer", "user", "card", "account"]);
    let mails = has(&["mail", "email", "sms", "newsletter"]) && has(&["send", "deliver"])
        || matches!(name, "deliver_now" | "deliver_later" | "sendMail");
    charges || mails
}

/// Whether what is iterated is everything that there is of a kind.
fn everything(over: &Expr) -> bool {
    let mut all = false;
    let mut some = false;
    over.walk(&mut |it| {
        if let ExprKind::Call(..) | ExprKind::Member(..) = &it.kind {
            match it.last_name() {
                "all" | "find_each" | "find_in_batches" | "all_objects" | "findAll"
                | "iterator" | "each_record" => all = true,
                "findMany" | "find" => {
                    all |= matches!(&it.kind, ExprKind::Call(_, arguments) if arguments.is_empty());
                }
                "filter" | "where" | "exclude" | "limit" | "first" | "take" | "slice" | "in_"
                | "top" => some = true,
                _ => {}
            }
        }
        some |= matches!(it.kind, ExprKind::Index(..));
    });
    all && !some
}

/// What is charged or sent in loops over everything: the name, and where.
fn sent(body: &[Stmt]) -> BTreeMap<String, (u32, crate::facts::tree::Span)> {
    let mut found = BTreeMap::new();
    let mut inside = |body: &[Stmt]| {
        each_expr(body, &mut |it| {
            if let ExprKind::Call(callee, _) | ExprKind::Propagate(callee) = &it.kind
                && paid_or_mail(callee.last_name())
            {
                found.insert(callee.last_name().to_owned(), (it.line, it.span.clone()));
            } else if let ExprKind::Member(_, name) = &it.kind
                && matches!(
                    name.as_str(),
                    "deliver_now" | "deliver_later" | "charge!" | "refund!"
                )
            {
                found.insert(name.clone(), (it.line, it.span.clone()));
            }
        });
    };
    each_stmt(body, &mut |stmt| {
        if let StmtKind::Loop {
            over: Some(over),
            body,
        } = &stmt.kind
            && everything(over)
        {
            inside(body);
        }
    });
    each_expr(body, &mut |it| {
        if let ExprKind::Call(callee, arguments) = &it.kind
            && let Some(ExprKind::Function(_, body)) = arguments.last().map(|it| &it.value.kind)
            && let ExprKind::Member(object, name) = &callee.kind
            && (matches!(name.as_str(), "find_each" | "findEach") && everything(callee)
                || matches!(name.as_str(), "each" | "forEach" | "map") && everything(object))
        {
            inside(body);
        }
    });
    found
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let before = scope.before.map(|it| sent(&it.body)).unwrap_or_default();
        for (name, (line, span)) in sent(&scope.after.body) {
            if before.contains_key(&name) {
                continue;
            }
            let text = scope.file.after.code(&scope.after.span).to_lowercase();
            let limited = [
                "dry_run",
                "dryrun",
                "dry-run",
                "limit",
                "batch_size",
                "max_",
                "sent_at",
                "notified",
                "already",
            ]
            .iter()
            .any(|it| text.contains(it));
            out.push(
                Finding::new(scope.file, &scope.after.path, format!("loop {name}"))
                    .after(line, scope.file.after.code(&span))
                    .says(
                        format!(
                            "{} now calls `{name}` for every record that there is. Everybody could be charged or written to by one mistake.",
                            name_of(&scope.after.path)
                        ),
                        "Count first without doing anything, do a few, remember who is done, and only then go on.",
                    )
                    .speaks_if(!limited && !scope.broken()),
            );
        }
    }
}
