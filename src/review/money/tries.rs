//! Keys by which the other side knows that a request is a repetition.

use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::money::{definitions, expand};

/// Whether something of this name marks a repeated request as the same one.
pub(crate) fn is_key(name: &str) -> bool {
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    has("idempotency")
        || has("idempotent")
        || (has("dedupe") || has("deduplication")) && (has("key") || has("id"))
}

/// A key that was made of what is done and is another one at each try now: where it was set, and
/// where it is set. It may be set in a function that is new.
pub(crate) fn anew<'d>(
    context: &Context<'d>,
    delta: &ScopeDelta<'d>,
) -> Option<(&'d Expr, &'d Expr)> {
    let (was, _) = keys(delta.before).into_iter().find(|it| !it.1)?;
    if keys(delta.before).iter().any(|it| it.1) {
        return None;
    }
    let own = keys(delta.after);
    // It may be set in what the function calls now.
    let moved = || {
        let born = context.alone().born.iter();
        let called: Vec<&String> = born
            .filter(|name| delta.calls_gained.iter().any(|it| it.name == **name))
            .collect();
        let scopes = context.files.iter().filter(|it| it.class == Class::Source);
        let scopes = scopes.filter(|it| it.path == delta.file.path);
        scopes
            .flat_map(|it| &it.after.tree.scopes)
            .filter(|it| called.contains(&&it.name))
            .flat_map(keys)
            .collect::<Vec<_>>()
    };
    let set = if own.is_empty() { moved() } else { own };
    let same = set.iter().any(|it| !it.1);
    let (is, _) = set.into_iter().find(|it| it.1)?;
    (!same).then_some((was, is))
}

/// The keys that a function sets by a call, and whether each is another one at each try:
/// `SetIdempotencyKey(key)`, `header("Idempotency-Key", key)`.
fn keys(scope: &Scope) -> Vec<(&Expr, bool)> {
    let locals = definitions(scope);
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| {
        let ExprKind::Call(callee, arguments) = &it.kind else {
            return;
        };
        let value = match arguments.as_slice() {
            [only] if is_key(callee.last_name()) => &only.value,
            [name, value] if matches!(&name.value.kind, ExprKind::Text(it) if is_key(it)) => {
                &value.value
            }
            _ => return,
        };
        let full = expand(value, &locals, 0);
        // A digest of something is the same for the same thing.
        let digest = ["digest", "hash", "sha256", "hmac"];
        let text = full.to_string().to_lowercase();
        let stays = digest.iter().any(|it| text.contains(it));
        out.push((value, random(&full) && !stays));
    });
    out
}

/// Whether a value is another one each time that it is worked out.
pub(crate) fn random(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |it| {
        if let ExprKind::Call(..) | ExprKind::Member(..) = &it.kind {
            found |= matches!(
                it.last_name(),
                "randomUUID"
                    | "uuid4"
                    | "uuid"
                    | "uuidv4"
                    | "NewString"
                    | "now"
                    | "Now"
                    | "random"
                    | "rand"
                    | "hex"
                    | "nanoid"
                    | "cuid"
                    | "time"
                    | "token_hex"
                    | "randomBytes"
                    | "uniqid"
                    | "NewGuid"
                    | "UnixNano"
                    | "v4"
                    | "new_v4"
                    | "now_v7"
                    | "NewV4"
                    | "NewRandom"
                    | "urlsafe_base64"
            );
        }
        if let ExprKind::Name(name) = &it.kind {
            found |= matches!(name.as_str(), "uuidv4" | "nanoid");
        }
    });
    found
}
