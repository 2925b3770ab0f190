use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// Something that signs people in, takes payments or reaches the database moves to a new major version.
    ///
    /// ## What it does
    /// Records steps to another major version of packages for login, payment and databases.
    ///
    /// ## Why it matters
    /// Such versions change defaults: how long a login lasts, what counts as paid, which rows are
    /// returned.
    ///
    /// ## Example
    /// ```json
    /// "passport": "^1.0.0"   // was: "^0.7.0"
    /// ```
    ///
    /// ## Instead
    /// Read its notes on what changed, and try signing in and paying.
    "production/major-update", Production, RECORDS, run
}

const PACKAGES: &[&str] = &[
    "passport",
    "next-auth",
    "better-auth",
    "@auth/",
    "jsonwebtoken",
    "jose",
    "bcrypt",
    "argon2",
    "express-session",
    "helmet",
    "cors",
    "csurf",
    "iron-session",
    "lucia",
    "@clerk/",
    "devise",
    "omniauth",
    "pundit",
    "cancancan",
    "doorkeeper",
    "django-allauth",
    "djangorestframework",
    "pyjwt",
    "authlib",
    "spring-security",
    "laravel/sanctum",
    "laravel/passport",
    "jsonwebtoken",
    "stripe",
    "braintree",
    "paypal",
    "adyen",
    "razorpay",
    "activemerchant",
    "prisma",
    "@prisma/client",
    "typeorm",
    "sequelize",
    "knex",
    "drizzle-orm",
    "mongoose",
    "pg",
    "mysql2",
    "sqlalchemy",
    "django",
    "psycopg",
    "psycopg2",
    "alembic",
    "diesel",
    "sqlx",
    "sea-orm",
    "rails",
    "activerecord",
    "doctrine/orm",
    "hibernate",
    "gorm",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::Dependencies) {
        for (was, is) in &deltas.changed {
            let package = is
                .path
                .iter()
                .rev()
                .find(|part| *part != "version")
                .map_or("", SmolStr::as_str);
            let known = PACKAGES.iter().any(|it| {
                *it == package.to_ascii_lowercase() || it.ends_with('/') && package.starts_with(it)
            });
            let (Some(old), Some(new)) = (major(&was.value), major(&is.value)) else {
                continue;
            };
            if known && old != new {
                found.push(
                    Finding::new(file, package, format!("{package} {old} -> {new}"))
                        .speaks_if(false)
                        .before(was.line, &was.value)
                        .after(is.line, &is.value)
                        .says(
                            format!("{package} moves from version {old} to {new}. It has to do with logins, payments or stored data, and such a step changes how it works."),
                            "Read its notes on what changed, and try signing in and paying.",
                        ),
                );
            }
        }
    }
}

/// The part of a version whose change breaks things.
fn major(version: &str) -> Option<String> {
    let version = version.trim_start_matches(|it: char| !it.is_ascii_digit());
    let mut parts = version.split(['.', ' ', ',', '-']);
    let first = parts.next()?;
    let number: u32 = first.parse().ok()?;
    if number == 0 {
        return Some(format!("0.{}", parts.next().unwrap_or("0")));
    }
    Some(number.to_string())
}
