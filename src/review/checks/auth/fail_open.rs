use crate::facts::fact::Catch;
use crate::facts::tree::Scope;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// When a check breaks, it now lets people through.
    ///
    /// ## What it does
    /// Compares what comes of an error that is caught in a function that decides who may do
    /// something. It speaks when the answer was no, or an error, and is now yes; what is less sure is
    /// recorded.
    ///
    /// ## Why it matters
    /// Somebody who can make the check fail gets in.
    ///
    /// ## Example
    /// ```ts
    /// catch { return false } // before
    /// catch { return true }  // after
    /// ```
    ///
    /// ## Instead
    /// Say no where the answer is not known.
    "auth/fail-open", Auth, SPEAKS, run
}

fn decides(name: &str) -> bool {
    let found = words(name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    (has(&[
        "can", "is", "has", "may", "check", "verify", "validate", "ensure", "require",
    ]) && has(&[
        "access",
        "allowed",
        "permission",
        "permissions",
        "authorized",
        "admin",
        "role",
        "owner",
        "member",
        "signature",
        "token",
        "session",
        "password",
        "auth",
        "valid",
        "rate",
        "limit",
    ])) || has(&["authorize", "authenticate", "authorized", "permitted"])
        || (found.len() > 1 && found[0] == "can")
}

fn catches<'a>(all: &'a [Catch], scope: &Scope) -> Vec<&'a Catch> {
    all.iter()
        .filter(|it| scope.span.start <= it.place.span.start && it.place.span.end <= scope.span.end)
        .collect()
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if !decides(&delta.after.name) {
            continue;
        }
        let before = catches(&delta.base_file.before.facts.catches, delta.before);
        let after = catches(&delta.file.after.facts.catches, delta.after);
        let no = |it: &Catch| it.raises || matches!(it.returns.as_str(), "false" | "null" | "");
        for (old, new) in before.iter().zip(&after) {
            let opened = no(old) && new.returns == "true";
            let swallowed = old.raises && !new.raises && new.returns != "true";
            if opened || swallowed {
                out.push(finding(delta, new).speaks_if(opened));
            }
        }
        if before.is_empty()
            && let Some(new) = after.iter().find(|it| it.returns == "true")
        {
            out.push(finding(delta, new).speaks_if(false));
        }
    }
}

fn finding(delta: &crate::review::deltas::delta::ScopeDelta<'_>, at: &Catch) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("caught {} {}", at.what, at.returns))
        .near(at.place.line)
        .says(
            format!(
                "When something goes wrong in {}, the answer is no longer no. Somebody who can make it fail could get through.",
                name_of(delta.symbol())
            ),
            "Say no where the answer is not known, and test it with an error.",
        )
}
