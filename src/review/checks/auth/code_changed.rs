use crate::change::Class;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, near};
use crate::review::conditions::rank::keeps_out;
use crate::review::conditions::subject::subject;
use crate::review::deltas::routes::matched;
use crate::review::record::Surface;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// Code about logins, rights or secrets has changed.
    ///
    /// ## What it does
    /// Records every function that decides or checks who may do what and is not the same after the
    /// change. It never speaks; it says that the surface was touched.
    ///
    /// ## Why it matters
    /// The record tells later which changes touched the locks.
    ///
    /// ## Example
    /// A condition is added to a function called `authorize`.
    ///
    /// ## Instead
    /// Nothing to do.
    "auth/code-changed", Auth, RECORDS, run
}

const ABOUT: &[&str] = &[
    "auth",
    "authn",
    "authz",
    "authenticate",
    "authenticated",
    "authentication",
    "authenticator",
    "authorize",
    "authorized",
    "authorization",
    "login",
    "logout",
    "signin",
    "signup",
    "session",
    "sessions",
    "password",
    "passwords",
    "permission",
    "permissions",
    "role",
    "roles",
    "oauth",
    "oauth2",
    "oidc",
    "saml",
    "sso",
    "jwt",
    "token",
    "tokens",
    "mfa",
    "otp",
    "totp",
    "2fa",
    "csrf",
    "acl",
    "rbac",
    "policy",
    "policies",
    "privilege",
    "privileges",
    "credential",
    "credentials",
    "secret",
    "captcha",
    "cookie",
    "cookies",
    "webauthn",
    "passkey",
    "voter",
    "security",
    "access",
    "admin",
    "owner",
    "account",
    "accounts",
    "user",
    "users",
    "invite",
    "invitation",
    "invites",
    "member",
    "membership",
    "members",
    "apikey",
    "guard",
    "middleware",
    "crypto",
    "hash",
    "verify",
    "verification",
    "controller",
    "controllers",
    "routes",
    "router",
    "views",
    "redirect",
    "ssrf",
    "allowed",
    "webhook",
    "share",
    "public",
    "authority",
    "ldap",
    "identity",
    "idm",
    "proxy",
    "key",
    "keys",
    "filter",
    "xml",
    "scim",
    "limit",
    "throttle",
    "actions",
    "resolver",
    "mutation",
];

/// Whether words say that code is about logins, people, rights, secrets or requests.
fn about_auth(found: &BTreeSet<String>) -> bool {
    says_auth(found) || found.contains("api")
}

/// The same without the word *api*: whole programs stand in a folder of this name.
pub(super) fn says_auth(found: &BTreeSet<String>) -> bool {
    ABOUT.iter().any(|it| found.contains(*it))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        let near = near(delta);
        let about = about_auth(&near);
        let requires = delta
            .lost
            .iter()
            .chain(&delta.gained)
            .chain(delta.changed.iter().map(|it| &it.after))
            .any(|it| subject(it, &near).is_some_and(|it| it.surface() == Surface::Auth));
        if !about && !requires || !delta.differs() {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), "changed")
                .near(delta.after.line)
                .says(
                    format!("`{}` has changed.", delta.symbol()),
                    "Nothing to do.",
                )
                .speaks_if(false),
        );
    }
    for (file, scope, _) in context.unmatched() {
        let found = words(&format!("{} {}", file.path, scope.path));
        if file.class == Class::Source && !draws(file) && about_auth(&found.into_iter().collect()) {
            out.push(
                Finding::new(file, &scope.path, "new or gone")
                    .says(
                        format!("`{}` is new or gone.", scope.path),
                        "Nothing to do.",
                    )
                    .speaks_if(false),
            );
        }
    }
    for file in context.files {
        let changed = matched(file).iter().any(|it| {
            it.before
                .passes
                .iter()
                .chain(&it.after.passes)
                .any(|pass| keeps_out(pass))
        });
        if changed {
            out.push(
                Finding::new(file, "", "routes")
                    .says(
                        "What requests pass on their way has changed.",
                        "Nothing to do.",
                    )
                    .speaks_if(false),
            );
        }
    }
}
