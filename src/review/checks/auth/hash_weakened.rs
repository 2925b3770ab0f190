use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{self, Slot, number};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Passwords are kept in a way that is easier to crack.
    ///
    /// ## What it does
    /// Compares how passwords are hashed. It speaks when a slow hash (bcrypt, argon2, scrypt, PBKDF2)
    /// became a fast one, and when its cost is lowered.
    ///
    /// ## Why it matters
    /// If the stored passwords are ever stolen, they are guessed in hours instead of centuries.
    ///
    /// ## Example
    /// ```python
    /// hashed = bcrypt.hashpw(password, salt)          # before
    /// hashed = hashlib.sha256(password).hexdigest()   # after
    /// ```
    ///
    /// ## Instead
    /// Keep the slow hash and its cost.
    "auth/hash-weakened", Auth, SPEAKS, run
}

fn slow(call: &Call) -> bool {
    let text = call.callee.to_string().to_lowercase();
    [
        "bcrypt",
        "argon2",
        "scrypt",
        "pbkdf2",
        "hashpw",
        "password_hash",
        "make_password",
        "generatefrompassword",
        "idkey",
    ]
    .iter()
    .any(|it| text.contains(it))
}

fn fast(call: &Call) -> bool {
    let text = call.callee.to_string().to_lowercase();
    [
        "md5",
        "sha1",
        "sha256",
        "sha512",
        "sum256",
        "createhash",
        "hexdigest",
        "crc32",
    ]
    .iter()
    .any(|it| text.contains(it))
}

fn is_cost(name: &str) -> bool {
    let found = words(name);
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "cost" | "rounds" | "iterations" | "iteration" | "stretches" | "strength"
        )
    })
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near = delta.before.span.clone();
        let text = delta.base_file.before.code(&near).to_lowercase();
        let passwords =
            text.contains("password") || text.contains("passwd") || text.contains("bcrypt");
        let swapped = delta
            .calls_lost
            .iter()
            .find(|it| slow(it))
            .and_then(|lost| {
                delta
                    .calls_gained
                    .iter()
                    .find(|it| fast(it))
                    .map(|it| (lost, it))
            });
        let cheaper = delta.calls_changed.iter().find(|(before, after)| {
            slow(before)
                && before.arguments.iter().zip(&after.arguments).any(|(a, b)| {
                    matches!((number(&a.value), number(&b.value)), (Some(a), Some(b)) if b < a && a < 10_000_000.0)
                })
        });
        let pair = swapped.or(cheaper.map(|(before, after)| (before, after)));
        if let Some((before, after)) = pair {
            let still = swapped.is_some() && delta.calls_after.iter().any(|it| slow(it));
            out.push(
                finding(delta, &after.callee.to_string())
                    .before(
                        before.place.line,
                        delta.base_file.before.code(&before.place.span),
                    )
                    .after(after.place.line, delta.file.after.code(&after.place.span))
                    .speaks_if(!still),
            );
            continue;
        }
        let wanted = |slot: &Slot<'_>| is_cost(slot.name) && number(slot.value).is_some();
        for (before, after) in
            slots::changes(delta.before, delta.after, &delta.renames, &wanted).changed
        {
            if let (Some(old), Some(new)) = (number(before.value), number(after.value))
                && new < old
            {
                out.push(
                    finding(delta, after.name)
                        .before(before.line, delta.base_file.before.code(&before.span))
                        .after(after.line, delta.file.after.code(&after.span))
                        .speaks_if(passwords),
                );
            }
        }
    }
}

fn finding(delta: &crate::review::deltas::delta::ScopeDelta<'_>, fact: &str) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("hash {fact}")).says(
        format!(
            "{} keeps passwords in a way that is easier to crack. If they are ever stolen, users' passwords are found much faster.",
            name_of(delta.symbol())
        ),
        "Keep the slow hash and its cost, and hash old passwords anew when their owner signs in.",
    )
}
