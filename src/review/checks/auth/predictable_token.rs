use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::record::finding::{Finding, name_of};

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
    for delta in &context.deltas.scopes {
        let (before, after) = (&*delta.base_file.before, &*delta.file.after);
        let Some(was) = delta.calls_before.iter().find(|it| safe(it, before)) else {
            continue;
        };
        let Some(is) = delta.calls_after.iter().find(|it| guessable(it, after)) else {
            continue;
        };
        let still = delta.calls_after.iter().any(|it| safe(it, after));
        let known = delta.calls_before.iter().any(|it| guessable(it, before));
        if !still && !known && delta.file.class == Class::Source {
            let (from, to) = (was.callee.to_string(), is.callee.to_string());
            out.push(
                drawn(delta.file, delta.symbol(), &from, &to)
                    .before(was.place.line, before.code(&was.place.span))
                    .after(is.place.line, after.code(&is.place.span)),
            );
        }
    }
    for file in context.files {
        out.extend(imported(file));
    }
}

/// Go's `rand.Read`, in code that did not change, where the file imports another package of that
/// name.
fn imported(file: &FilePair<'_>) -> Option<Finding> {
    let (secure, ordinary) = ("\"crypto/rand\"", "\"math/rand");
    let (before, after) = (&*file.before, &*file.after);
    let swapped = package(before, secure)
        && !package(before, ordinary)
        && package(after, ordinary)
        && !package(after, secure);
    if !swapped || file.class != Class::Source || !file.path.ends_with(".go") {
        return None;
    }
    let used = |it: &&(&str, u32)| it.0.contains("rand.") && before.text.contains(it.0);
    let (line, number) = after.text.lines().zip(1..).find(|it| used(&it))?;
    let mut inside = after
        .tree
        .scopes
        .iter()
        .filter(|it| it.line <= number && number <= it.end_line);
    let symbol = inside.next_back().map_or("", |it| it.path.as_str());
    let finding = drawn(file, symbol, "crypto/rand", "math/rand");
    Some(finding.after(number, line.trim()))
}

fn drawn(file: &FilePair<'_>, symbol: &str, from: &str, to: &str) -> Finding {
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
    Finding::new(file, symbol, format!("drawn by {to}"))
        .says(
            format!(
                "{} drew from a source that nobody can foresee (`{from}`), and now from ordinary random numbers (`{to}`). Somebody could work out the next token or code.",
                name_of(symbol)
            ),
            "Draw from the source that the language has for secrets.",
        )
        .speaks_if(secret)
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
        "nextBytes" | "nextInt" | "nextLong" => side.text.contains("SecureRandom"),
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
        "Random" | "Next" | "nextInt" | "nextLong" | "ints" | "nextBytes" => {
            !side.text.contains("SecureRandom")
        }
        "Intn" | "Int31n" | "Int63" | "Int" | "IntN" | "Read" | "NewSource" | "Seed" | "Perm" => {
            package(side, "\"math/rand") && !package(side, "\"crypto/rand\"")
        }
        _ => root == "fastrand",
    }
}
