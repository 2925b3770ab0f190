use crate::facts::fact::Call;
use crate::facts::tree::{ExprKind, Scope, Span, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{
    Slot, Touched, each_expr, each_stmt, is_off, is_on, more_than_before, risen, slots, touched,
};
use crate::review::frameworks::always::{body, says_yes};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Tokens are read without checking who signed them, or whether they have run out.
    ///
    /// ## What it does
    /// Looks at code that reads signed tokens. It speaks when a verifying call became a decoding
    /// one, when an option that switches the check off was not there before, and when a function
    /// that is handed over to do the check does none.
    ///
    /// ## Why it matters
    /// Anyone can write a token that says they are somebody else.
    ///
    /// ## Example
    /// ```ts
    /// const claims = jwt.verify(token, key); // before
    /// const claims = jwt.decode(token);      // after
    /// ```
    ///
    /// ## Instead
    /// Verify signature, issuer, audience and time of every token before anything in it is used.
    "auth/jwt-verify-off", Auth, SPEAKS, run
}

fn of_tokens(call: &Call) -> bool {
    let text = call.callee.to_string().to_lowercase();
    ["jwt", "jws", "jose", "token", "claims"]
        .iter()
        .any(|it| text.contains(it))
}

fn verifies(call: &Call) -> bool {
    of_tokens(call)
        && (words(&call.name)
            .iter()
            .any(|it| it == "verify" || it == "verified")
            || matches!(
                call.name.as_str(),
                "ParseWithClaims" | "parseClaimsJws" | "parseSignedClaims"
            ))
        && !decodes(call)
}

fn decodes(call: &Call) -> bool {
    of_tokens(call)
        && (matches!(
            call.name.as_str(),
            "decode"
                | "jwtDecode"
                | "jwt_decode"
                | "decodeJwt"
                | "decodeToken"
                | "ParseUnverified"
                | "parseClaimsJwt"
                | "decode_unverified"
                | "get_unverified_claims"
                | "insecure_decode"
                | "parseUnsecuredClaims"
                | "ReadJwtToken"
                | "dangerous_insecure_decode"
        ))
}

/// `jwt.decode(token, key, algorithms=["RS256"])`.
fn with_a_key(call: &Call) -> bool {
    let plain = call.arguments.iter().filter(|it| it.name.is_none()).count();
    let named = |name: &str| {
        call.arguments
            .iter()
            .any(|it| it.name.as_deref() == Some(name))
    };
    let mut arguments = call.arguments.iter();
    let unsigned = arguments.any(|it| it.to_string().contains("verify_signature"));
    !unsigned && named("algorithms") && (plain >= 2 || named("key"))
}

/// `algorithms=[header["alg"]]`: the token says itself how it is signed.
fn chosen_by_token(slot: &Slot<'_>) -> bool {
    let text = slot.value.to_string().to_lowercase();
    slot.name.starts_with("algorithm") && text.contains("header") && text.contains("alg")
}

fn off(slot: &Slot<'_>) -> bool {
    let name = slot.name.to_lowercase().replace('_', "");
    match name.as_str() {
        "verifysignature"
        | "verifyexp"
        | "verifyexpiration"
        | "verifyaud"
        | "validateexp"
        | "validatelifetime"
        | "validateissuersigningkey"
        | "requiresignedtokens" => is_off(slot.value),
        "verify" => is_off(slot.value) && slot.owner == "decode",
        "ignoreexpiration"
        | "skipclaimsvalidation"
        | "skipexpirycheck"
        | "insecureskipsignaturecheck" => is_on(slot.value),
        "algorithms" | "algorithm" => {
            let none = |it: &crate::facts::tree::Expr| matches!(&it.kind, ExprKind::Text(text) if text.eq_ignore_ascii_case("none"));
            none(slot.value)
                || chosen_by_token(slot)
                || matches!(&slot.value.kind, ExprKind::List(parts) if parts.iter().any(none))
        }
        _ => false,
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        // `JWT.decode(token, key, false)`
        let unchecked = |call: &Call| {
            decodes(call)
                && call
                    .arguments
                    .get(2)
                    .is_some_and(|it| it.value.kind == ExprKind::Bool(false))
        };
        let swapped = delta
            .calls_lost
            .iter()
            .find(|it| verifies(it))
            .and_then(|lost| {
                delta
                    .calls_gained
                    .iter()
                    .find(|it| decodes(it))
                    .map(|gained| (lost, gained))
            });
        // `validation.insecure_disable_signature_validation()`
        let unsigned = |it: &&Call| {
            matches!(
                it.name.as_str(),
                "insecure_disable_signature_validation"
                    | "setSkipSignatureVerification"
                    | "setSkipAllValidators"
                    | "unsecured"
            )
        };
        let known = delta.calls_before.iter().any(unsigned);
        if let Some(call) = delta.calls_gained.iter().find(unsigned).filter(|_| !known) {
            out.push(finding(
                delta.file,
                delta.symbol(),
                call.place.line,
                &call.place.span,
            ));
        }
        let switched = delta
            .calls_changed
            .iter()
            .find(|(before, after)| !unchecked(before) && unchecked(after))
            .map(|(before, after)| (before, after));
        if let Some((before, after)) = swapped.or(switched) {
            let still = delta.calls_after.iter().any(|it| verifies(it));
            out.push(
                finding(
                    delta.file,
                    delta.symbol(),
                    after.place.line,
                    &after.place.span,
                )
                .before(
                    before.place.line,
                    delta.base_file.before.code(&before.place.span),
                )
                .speaks_if(!still && !context.deltas.extracted(delta)),
            );
        }
    }
    for scope in touched(context) {
        own_checks(context, &scope, out);
        let facts = &scope.file.after.facts;
        // To read who signed it comes before the check.
        let checked = facts.calls.iter().any(|it| {
            it.place.scope == scope.index && (verifies(it) || decodes(it) && with_a_key(it))
        });
        for slot in risen(&scope, &off) {
            let other = chosen_by_token(&slot) || audience_given_up(&scope, &slot);
            out.push(
                finding(scope.file, &scope.after.path, slot.line, &slot.span).speaks_if(
                    (!checked || other) && !scope.broken() && more_than_before(context, &off),
                ),
            );
        }
    }
}

/// Whether tokens were only taken that were made for us, and now those for everybody are: the
/// `audience` is gone where it is said not to ask for one.
fn audience_given_up(scope: &Touched<'_>, slot: &Slot<'_>) -> bool {
    let asks = |it: &Slot<'_>| matches!(it.name, "audience" | "aud" | "validAudience");
    let said = |scope: &Scope| slots(scope).iter().any(asks);
    let name = slot.name.to_lowercase().replace('_', "");
    // It may be compared afterwards.
    let code = scope.file.after.code(&scope.after.span);
    let compared = ["\"aud\"", "'aud'"].iter().any(|it| code.contains(it));
    name == "verifyaud" && !compared && scope.before.is_some_and(said) && !said(scope.after)
}

/// Functions that a library calls in place of its own check, and that check nothing:
/// `SignatureValidator = (token, _) => new JsonWebToken(token)`.
fn own_checks(context: &Context<'_>, scope: &Touched<'_>, out: &mut Vec<Finding>) {
    let replaces = |it: &Slot<'_>| {
        matches!(
            it.name,
            "SignatureValidator"
                | "SignatureValidatorUsingConfiguration"
                | "IssuerSigningKeyValidator"
                | "IssuerValidator"
                | "AudienceValidator"
                | "LifetimeValidator"
        )
    };
    for slot in slots(scope.after).into_iter().filter(|it| replaces(it)) {
        let code = scope.file.after.code(&slot.span);
        let known = context.files.iter().any(|it| it.before.text.contains(code));
        let empty = body(&scope.file.after.tree, slot.value).is_some_and(|body| {
            says_yes(body) || slot.name.starts_with("Signature") && only_reads(body)
        });
        if empty && !known && !scope.broken() {
            out.push(finding(
                scope.file,
                &scope.after.path,
                slot.line,
                &slot.span,
            ));
        }
    }
}

/// Whether code makes a token of a text, and neither asks nor compares anything.
fn only_reads(body: &[Stmt]) -> bool {
    let mut checks = false;
    each_stmt(body, &mut |it| {
        checks |= !matches!(
            it.kind,
            StmtKind::Return(_) | StmtKind::Assign { .. } | StmtKind::Expr(_)
        );
    });
    each_expr(body, &mut |it| {
        let called = match &it.kind {
            ExprKind::Call(callee, _) => words(callee.last_name()),
            ExprKind::Conditional(..) | ExprKind::Binary(..) => return checks = true,
            _ => return,
        };
        checks |= called.iter().any(|it| {
            let it = it.trim_end_matches('d').trim_end_matches("ing");
            matches!(
                it,
                "verify" | "verifie" | "validate" | "valid" | "check" | "assert" | "require"
            )
        });
    });
    !checks
}

fn finding(
    file: &crate::review::deltas::compare::FilePair<'_>,
    symbol: &str,
    line: u32,
    span: &Span,
) -> Finding {
    let code = file.after.code(span);
    Finding::new(file, symbol, format!("token {code}"))
        .after(line, code)
        .says(
            format!(
                "{} reads a token without the check that it had. Somebody could make a token that says they are another person, or use an old one.",
                name_of(symbol)
            ),
            "Verify the signature, issuer and time of every token before it is used, and test that a made-up one is refused.",
        )
}
