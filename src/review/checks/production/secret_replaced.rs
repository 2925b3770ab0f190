use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::record::finding::Finding;

check! {
    /// A secret that production stands on has another value, which no reviewer can see.
    ///
    /// ## What it does
    /// Compares encrypted secrets for production. Speaks when the address of a database, or a key by
    /// which sessions or data are signed or encrypted, is replaced. Other secrets are recorded.
    ///
    /// ## Why it matters
    /// With a wrong address production does not start, or writes elsewhere. With a new signing key
    /// everyone is signed out; with a new encryption key, what was stored cannot be read.
    ///
    /// ## Example
    /// ```json
    /// "database_url": "EJ[1:…]"   // another value than before
    /// ```
    ///
    /// ## Instead
    /// Say in the pull request what the new value is for and who tried it, and keep the old one at hand.
    "production/secret-replaced", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::Secrets) {
        let production = file.path.to_ascii_lowercase().contains("prod");
        // All of them at once: encrypted anew.
        let all = deltas.changed.len() > 3 && deltas.changed.len() * 2 > file.after.settings.len();
        for (was, is) in &deltas.changed {
            let Some(harm) = harm(is) else { continue };
            let name = is.key();
            found.push(
                Finding::new(file, name, format!("{name} replaced"))
                    .speaks_if(production && !all)
                    .before(was.line, name)
                    .after(is.line, name)
                    .says(
                        format!(
                            "The secret {name} of production has another value, which cannot be read \
                             here. {harm}"
                        ),
                        "Have someone who can read it confirm it, and keep the old value at hand.",
                    ),
            );
        }
    }
}

/// What comes of a wrong or new value.
fn harm(setting: &Setting) -> Option<&'static str> {
    let key = setting.key().to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    if has(&[
        "database_url",
        "db_url",
        "database_host",
        "redis_url",
        "database_password",
    ]) {
        return Some(
            "If it is wrong, the product does not reach its database, or writes to another one.",
        );
    }
    if has(&[
        "secret_key_base",
        "session_secret",
        "jwt_secret",
        "signing",
        "nextauth_secret",
        "cookie_secret",
    ]) {
        return Some(
            "Everyone who is signed in, and every link that was signed, is no longer valid.",
        );
    }
    if has(&["encryption", "master_key", "cipher", "salt", "pepper"]) {
        return Some("What was stored with the old one can no longer be read.");
    }
    None
}
