use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::compare::SideFacts;
use crate::review::finding::{Finding, name_of};

check! {
    /// A token, code or key is drawn from numbers that can be guessed.
    ///
    /// ## What it does
    /// Speaks when a function that drew from a source that nobody can foresee (`crypto/rand`,
    /// `secrets`, `SecureRandom`, `randomBytes`) draws from an ordinary one instead (`math/rand`,
    /// `random`, `Random`, `Math.random`), where tokens, passwords, codes or keys are made.
    ///
    /// ## Why it matters
    /// Ordinary random numbers follow from the time or from a few of them that were seen. Whoever
    /// works out the next one resets somebody else's password.
    ///
    /// ## Example
    /// ```python
    /// token = secrets.token_urlsafe(32)          # was
    /// token = "".join(random.choices(LETTERS, k=12))
    /// ```
    ///
    /// ## Instead
    /// Draw from the source that the language has for secrets.
    "auth/predictable-token", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base, file) = (&context.files[base], &context.files[head]);
        if file.class != Class::Source {
            continue;
        }
        // Go's `rand.Read` is another function where the file imports another package.
        let of = |side: &'_ SideFacts<'_>, scope: usize| -> Vec<Call> {
            let calls = side.facts.calls.iter();
            calls
                .filter(|it| it.place.scope == scope)
                .cloned()
                .collect()
        };
        let (was, is) = (of(&base.before, before), of(&file.after, after));
        let drawn =
            |calls: &[Call], side: &SideFacts<'_>| calls.iter().any(|it| guessable(it, side));
        let Some(safely) = was.iter().find(|it| safe(it, &base.before)) else {
            continue;
        };
        let Some(now) = is.iter().find(|it| guessable(it, &file.after)) else {
            continue;
        };
        let still = is.iter().any(|it| safe(it, &file.after));
        if still || drawn(&was, &base.before) {
            continue;
        }
        let symbol = &file.after.tree.scopes[after].path;
        let place = words(&format!("{} {symbol}", file.path));
        let secret = place.iter().any(|it| {
            matches!(
                it.as_str(),
                "token"
                    | "tokens"
                    | "secret"
                    | "secrets"
                    | "password"
                    | "passwords"
                    | "reset"
                    | "session"
                    | "sessions"
                    | "otp"
                    | "code"
                    | "codes"
                    | "key"
                    | "keys"
                    | "nonce"
                    | "invite"
                    | "invitation"
                    | "csrf"
                    | "verification"
                    | "salt"
                    | "auth"
                    | "api"
                    | "link"
                    | "magic"
            )
        });
        out.push(
            Finding::new(file, symbol, format!("drawn by {}", now.name))
                .before(safely.place.line, base.before.code(&safely.place.span))
                .after(now.place.line, file.after.code(&now.place.span))
                .says(
                    format!(
                        "{} drew from a source that nobody can foresee (`{}`), and now from ordinary random numbers (`{}`). Somebody could work out the next token or code.",
                        name_of(symbol),
                        safely.callee,
                        now.callee
                    ),
                    "Draw from the source that the language has for secrets.",
                )
                .speaks_if(secret),
        );
    }
}

fn package(side: &SideFacts<'_>, name: &str) -> bool {
    side.text.contains(name)
}

/// Whether a call draws what nobody can foresee.
fn safe(call: &Call, side: &SideFacts<'_>) -> bool {
    let root = call.callee.first_name();
    match call.name.as_str() {
        "randomBytes"
        | "randomUUID"
        | "getRandomValues"
        | "randomInt"
        | "random_bytes"
        | "random_int"
        | "token_hex"
        | "token_urlsafe"
        | "token_bytes"
        | "urlsafe_base64"
        | "openssl_random_pseudo_bytes"
        | "randbelow"
        | "SecureRandom"
        | "NewGuid"
        | "uuid4" => true,
        "Read" | "Int" | "Prime" | "Text" if root == "rand" => {
            package(side, "\"crypto/rand\"") && !package(side, "\"math/rand")
        }
        "GetBytes" | "GetInt32" | "Fill" | "GetHexString" => root.contains("RandomNumberGenerator"),
        "choice" => root == "secrets",
        _ => root == "SecureRandom" || root == "OsRng",
    }
}

/// Whether a call draws what can be worked out.
fn guessable(call: &Call, side: &SideFacts<'_>) -> bool {
    let root = call.callee.first_name();
    match call.name.as_str() {
        "mt_rand" | "uniqid" | "lcg_value" | "str_shuffle" | "array_rand" => true,
        "random" => matches!(root, "Math" | "random"),
        "randint" | "choices" | "randrange" | "getrandbits" | "sample" => root == "random",
        "choice" => matches!(root, "random" | "np"),
        "rand" => matches!(root, "rand" | "Kernel" | "Random"),
        "Random" | "Next" => !side.text.contains("SecureRandom"),
        "nextInt" | "nextLong" | "ints" => !side.text.contains("SecureRandom"),
        "Intn" | "Int31n" | "Int63" | "Int" | "IntN" | "Read" | "NewSource" | "Seed" | "Perm" => {
            package(side, "\"math/rand") && !package(side, "\"crypto/rand\"")
        }
        _ => root == "fastrand",
    }
}
