//! Which of two rights asks for more: admin before writer before reader before nobody.

use crate::facts::words::words;

/// Words of rights, the strongest first.
const RANKS: &[&[&str]] = &[
    &["superuser", "superadmin", "root", "global"],
    &[
        "admin",
        "administrator",
        "administrators",
        "admins",
        "owner",
        "manage",
        "permissions",
    ],
    &[
        "manager",
        "maintainer",
        "maintain",
        "moderator",
        "staff",
        "developer",
    ],
    &["delete", "destroy", "remove"],
    &[
        "writer",
        "write",
        "readwrite",
        "edit",
        "editor",
        "update",
        "modify",
        "push",
        "execute",
        "create",
        "upload",
    ],
    &[
        "member",
        "collaborator",
        "billing",
        "triage",
        "comment",
        "download",
        "share",
    ],
    &[
        "reader",
        "read",
        "readonly",
        "view",
        "viewer",
        "list",
        "pull",
        "authenticated",
        "signed",
        "login",
        "user",
        "token",
        "session",
        "sign",
    ],
    &[
        "guest",
        "anonymous",
        "optional",
        "public",
        "anyone",
        "ignore",
        "ign",
        "all",
        "none",
        "any",
        "everyone",
        "permitall",
    ],
];

/// How much a right asks for; larger is stronger, none where no word tells.
pub fn rank(name: &str) -> Option<usize> {
    let mut found = words(name);
    if found
        .windows(2)
        .any(|pair| pair[0] == "read" && pair[1] == "write")
    {
        found.push("readwrite".to_owned());
    }
    // `is_writable_by_user` says who asks, not what for.
    if found.len() > 2
        && matches!(
            found[found.len() - 2].as_str(),
            "to" | "by" | "for" | "of" | "from"
        )
        && found[found.len() - 1] == "user"
    {
        found.pop();
    }
    // `ignSignIn`, `optionalAuth`, `allowAnonymous`: the weakest word decides.
    if found
        .iter()
        .any(|it| RANKS[RANKS.len() - 1].contains(&it.as_str()) && it != "all" && it != "any")
    {
        return Some(0);
    }
    RANKS
        .iter()
        .position(|words| found.iter().any(|it| words.contains(&it.as_str())))
        .map(|index| RANKS.len() - 1 - index)
}

/// Whether `new` asks for less than `old`; none where it cannot be told.
pub fn weaker(old: &str, new: &str) -> Option<bool> {
    let (old, new) = (rank(old)?, rank(new)?);
    (old != new).then_some(new < old)
}

/// Whether `new` is the right to look at what `old` is the right to do something with: the two name
/// the same thing, and only the new one says that it reads.
pub fn only_reads(old: &str, new: &str) -> bool {
    const READS: &[&str] = &["view", "read", "list", "show", "see"];
    const EMPTY: &[&str] = &[
        "permission",
        "permissions",
        "constants",
        "required",
        "policy",
        "policies",
        "role",
        "roles",
        "name",
        "value",
    ];
    let (old, new) = (words(old), words(new));
    let reads = |it: &[String]| it.iter().any(|word| READS.contains(&word.as_str()));
    let shared = new
        .iter()
        .filter(|it| it.len() > 3 && old.contains(it) && !EMPTY.contains(&it.as_str()))
        .count();
    reads(&new) && !reads(&old) && shared > 0
}

/// Words in the name of something that a request passes, or that stands above a handler, which say
/// that it keeps somebody out.
const KEEPS_OUT: &[&str] = &[
    "auth",
    "authn",
    "authz",
    "authenticate",
    "authenticated",
    "authentication",
    "authorize",
    "authorized",
    "authorise",
    "authorised",
    "authorization",
    "login",
    "signin",
    "sign",
    "signed",
    "req",
    "require",
    "requires",
    "required",
    "admin",
    "owner",
    "permission",
    "permissions",
    "permit",
    "perm",
    "role",
    "roles",
    "secured",
    "security",
    "guard",
    "guards",
    "granted",
    "csrf",
    "xsrf",
    "antiforgery",
    "token",
    "session",
    "protect",
    "protected",
    "verify",
    "verified",
    "limit",
    "limiter",
    "ratelimit",
    "throttle",
    "access",
    "privilege",
    "privileges",
    "policy",
    "sudo",
    "acl",
    "rbac",
    "scope",
    "scopes",
    "signature",
    "jwt",
    "member",
    "superuser",
    "staff",
    "restrict",
    "restricted",
    "allowed",
    "user",
    "writer",
    "forbid",
    "mfa",
    "otp",
    "password",
    "can",
    "private",
    "trusted",
    "authenticator",
    "secure",
];

/// Words that say it does something else, whatever other words it has.
const LETS_IN: &[&str] = &[
    "bind",
    "log",
    "logger",
    "logging",
    "cors",
    "compress",
    "cache",
    "static",
    "parse",
    "parser",
    "body",
    "json",
    "inject",
    "params",
    "metrics",
    "swagger",
    "docs",
    "api_operation",
    "response",
    "responses",
    "parameter",
    "schema",
    "doc",
    "deprecated",
    "test",
    "mock",
    "override",
    "property",
    "args",
    "constructor",
];

/// Whether something of this name keeps somebody out.
pub fn keeps_out(name: &str) -> bool {
    // Arguments say whom; the name in front says what is done.
    let head = name.split(['(', ' ']).next().unwrap_or(name);
    let found = words(head);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    // `@user.route("/login")` only says where something is found.
    let places = matches!(
        found.last().map(String::as_str),
        Some("route" | "get" | "post" | "put" | "patch" | "delete")
    );
    any(KEEPS_OUT) && !any(LETS_IN) && !(places && head.contains('.'))
}

/// Whether something of this name lets everybody in.
pub fn lets_everybody_in(name: &str) -> bool {
    let joined = words(name).join("");
    [
        "csrfexempt",
        "allowanonymous",
        "permitall",
        "skipauth",
        "noauth",
        "ignoreantiforgery",
        "public",
        "ispublic",
        "anonymousallowed",
        "loginnotrequired",
        "authexempt",
        "unauthenticated",
        "skipcsrf",
        "denynone",
        "allowany",
        "disablecsrf",
        "bypassauth",
        "withoutauth",
        "notauthenticated",
        "publicroute",
        "publicendpoint",
        "skipthrottle",
        "skipauthentication",
        "skipauthorization",
    ]
    .iter()
    .any(|it| joined == *it || (it.len() > 7 && joined.contains(it)))
}
