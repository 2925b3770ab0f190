//! Safeguards that are settings of a cluster, a Compose file or a web server.

use super::levels::Scale;
use super::table::{
    ANYBODY, CLEAR, OFF, ON, READ_ALONG, Switch, UNASKED, groups, recorded, switch, tls,
};

/// What the objects and charts of a cluster set.
pub(crate) const CLUSTER: &[Switch] = &[
    groups(
        "mode",
        "mtls",
        &[&["strict"], &["permissive"], &["disable"]],
        None,
        "took only calls of services that prove who they are, and now takes others",
        "Whatever gets into the cluster can call it, and read along.",
    ),
    groups(
        "mode",
        "trafficpolicytls",
        &[&["istiomutual", "mutual"], &["simple"], &["disable"]],
        None,
        "was called over a connection on which both sides prove who they are, and no longer is",
        READ_ALONG,
    ),
    groups(
        "podsecuritykubernetesioenforce",
        "",
        &[&["restricted"], &["baseline"], &["privileged"]],
        Some(2),
        "refused containers with more power than they need, and now lets them run",
        UNASKED,
    ),
    groups(
        "failurepolicy",
        "validatingwebhook validatingadmission",
        &[&["fail"], &["ignore"]],
        Some(0),
        "refused what its check could not look at, and now lets it through",
        UNASKED,
    ),
    groups(
        "validationfailureaction",
        "",
        &[&["enforce"], &["audit"]],
        None,
        "refused what breaks its rules, and now only writes it down",
        UNASKED,
    ),
    groups(
        "failureaction",
        "",
        &[&["enforce"], &["audit"]],
        None,
        "refused what breaks its rules, and now only writes it down",
        UNASKED,
    ),
    groups(
        "enforcementaction",
        "",
        &[&["deny"], &["warn"], &["dryrun"]],
        Some(0),
        "refused what breaks its rules, and now only writes it down",
        UNASKED,
    ),
    groups(
        "action",
        "authorizationpolicy",
        &[&["deny"], &["audit", "allow"]],
        None,
        "refused some calls, and now lets them through",
        "Whoever could not call it can do so now.",
    ),
    Switch {
        key: "automountserviceaccounttoken",
        within: "",
        scale: OFF,
        absent: None,
        lost: "did not get the keys of the cluster, and now does",
        harm: "Whoever breaks into it can use them.",
        // It is given rights of its own beside it.
        unless: &["RoleBinding"],
        speaks: true,
    },
    groups(
        "type",
        "seccompprofile",
        &[&["runtimedefault", "localhost"], &["unconfined"]],
        None,
        "could make a few calls into the machine only, and now all of them",
        "A break-in to it more easily reaches the machine.",
    ),
    recorded(switch(
        "readonlyrootfilesystem",
        "",
        ON,
        Some(1),
        "could not change its own files, and now can",
        "A break-in can leave something behind.",
    )),
    switch(
        "/sslredirect",
        "",
        ON,
        None,
        "led visitors to the encrypted address, and now answers without encryption",
        READ_ALONG,
    ),
    switch(
        "/forcesslredirect",
        "",
        ON,
        None,
        "led visitors to the encrypted address, and now answers without encryption",
        READ_ALONG,
    ),
    switch("/ingressallowhttp", "", OFF, None, CLEAR, READ_ALONG),
    groups(
        "/backendprotocol",
        "",
        &[&["https", "grpcs"], &["http", "grpc"]],
        None,
        "talked to its service over an encrypted connection, and no longer does",
        READ_ALONG,
    ),
    tls("/sslprotocols"),
    tls("sslprotocols"),
    tls("minprotocolversion"),
    Switch {
        within: "tls ssl",
        ..tls("minversion")
    },
    groups(
        "concurrencypolicy",
        "cronjob",
        &[&["forbid"], &["replace"]],
        None,
        "let a run end before the next one starts, and now kills the one that is still working",
        "What it was in the middle of is left half done, or is done twice.",
    ),
    groups(
        "concurrencypolicy",
        "cronjob",
        &[&["forbid", "replace"], &["allow"]],
        Some(1),
        "let a run end before the next one starts, and now several run at once",
        "What it does may be done twice: the mail, the payment.",
    ),
    POSTGRES_TRUST,
    EMPTY_PASSWORD,
];

const POSTGRES_TRUST: Switch = groups(
    "postgreshostauthmethod",
    "",
    &[&["scramsha256", "md5", "password"], &["trust"]],
    Some(0),
    "asked for a password, and no longer does",
    "Whatever reaches the database can read and change everything in it.",
);

const EMPTY_PASSWORD: Switch = switch(
    "allowemptypassword",
    "",
    OFF,
    Some(0),
    "asked for a password, and no longer does",
    "Whatever reaches it can read and change everything in it.",
);

/// What Compose files hand to the images of well-known servers.
pub(crate) const COMPOSE: &[Switch] = &[
    POSTGRES_TRUST,
    EMPTY_PASSWORD,
    switch(
        "mysqlallowemptypassword",
        "",
        OFF,
        Some(0),
        "asked for a password, and no longer does",
        "Whatever reaches the database can read and change everything in it.",
    ),
    switch(
        "mariadballowemptyrootpassword",
        "",
        OFF,
        Some(0),
        "asked for a password, and no longer does",
        "Whatever reaches the database can read and change everything in it.",
    ),
];

/// What web servers and proxies set.
pub(crate) const SERVER: &[Switch] = &[
    tls("sslprotocols"),
    tls("sslprotocol"),
    Switch {
        key: "sslverifyclient",
        within: "",
        scale: Scale::Groups(&[
            &["on", "require"],
            &["optional"],
            &["optionalnoca", "off", "none"],
        ]),
        absent: None,
        lost: "asked callers for a certificate that it knows, and now takes calls without",
        harm: "Anyone who reaches it can call it.",
        unless: &[
            "($ssl_client_verify",
            "map $ssl_client_verify",
            "SSL_CLIENT_VERIFY",
        ],
        speaks: true,
    },
    groups(
        "autoindex",
        "",
        &[&["off"], &["on"]],
        Some(0),
        "showed single files only, and now lists everything in its folders",
        ANYBODY,
    ),
    switch(
        "proxysslverify",
        "",
        ON,
        Some(1),
        "checked whom it passes requests on to, and no longer does",
        READ_ALONG,
    ),
    switch(
        "grpcsslverify",
        "",
        ON,
        Some(1),
        "checked whom it passes requests on to, and no longer does",
        READ_ALONG,
    ),
    switch(
        "uwsgisslverify",
        "",
        ON,
        Some(1),
        "checked whom it passes requests on to, and no longer does",
        READ_ALONG,
    ),
    groups(
        "satisfy",
        "",
        &[&["all"], &["any"]],
        Some(0),
        "asked for an address on the list and for a login, and now for one of them",
        "Whoever has either gets in.",
    ),
    recorded(switch(
        "servertokens",
        "",
        OFF,
        None,
        "kept its version to itself, and now tells everybody",
        "Scanners look for versions with known holes.",
    )),
];

/// What proxies and applications say in files of their own.
pub(crate) const APPLICATION: &[Switch] = &[
    Switch {
        within: "tls ssl",
        ..tls("minversion")
    },
    tls("sslprotocols"),
    tls("enabledprotocols"),
];
