//! The settings whose values stand in an order, and what it means when one becomes laxer: what one
//! of them is.

use super::levels::Scale;

/// One setting of clouds, clusters or servers that guards something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switch {
    /// Its name in small letters, without joints; after a slash, the name of an annotation.
    pub(crate) key: &'static str,
    /// Words of which one stands around it, in small letters and without joints; those that `&`
    /// joins stand there together.
    pub(crate) within: &'static str,
    /// What its values are worth.
    pub(crate) scale: Scale,
    /// How lax it is where nothing is set; none where that is not known.
    pub(crate) absent: Option<usize>,
    /// What was true and is not any more.
    pub(crate) lost: &'static str,
    /// Who may be hurt by it.
    pub(crate) harm: &'static str,
    /// What in the same file takes its place.
    pub(crate) unless: &'static [&'static str],
    /// Whether it is said aloud.
    pub(crate) speaks: bool,
}

/// What is strict when it is on.
pub(crate) const ON: Scale = Scale::Groups(&[
    &["true", "on", "yes", "1", "enabled", "enable"],
    &["false", "off", "no", "0", "disabled", "disable"],
]);
/// What is strict when it is off.
pub(crate) const OFF: Scale = Scale::Groups(&[
    &["false", "off", "no", "0", "disabled", "disable"],
    &["true", "on", "yes", "1", "enabled", "enable"],
]);

/// A setting that is said aloud.
pub(crate) const fn switch(
    key: &'static str,
    within: &'static str,
    scale: Scale,
    absent: Option<usize>,
    lost: &'static str,
    harm: &'static str,
) -> Switch {
    Switch {
        key,
        within,
        scale,
        absent,
        lost,
        harm,
        unless: &[],
        speaks: true,
    }
}

/// One that is only noted.
pub(crate) const fn recorded(mut it: Switch) -> Switch {
    it.speaks = false;
    it
}

/// A setting with values of its own.
pub(crate) const fn groups(
    key: &'static str,
    within: &'static str,
    groups: &'static [&'static [&'static str]],
    absent: Option<usize>,
    lost: &'static str,
    harm: &'static str,
) -> Switch {
    switch(key, within, Scale::Groups(groups), absent, lost, harm)
}

/// A setting that names the oldest version of TLS.
pub(crate) const fn tls(key: &'static str) -> Switch {
    switch(
        key,
        "",
        Scale::Tls,
        None,
        "refused old versions of TLS, and now takes them",
        "Their encryption is broken: someone on the way could read and change what is sent.",
    )
}

/// The harm of a connection in the clear.
pub(crate) const READ_ALONG: &str =
    "Whoever is on the way can read and change what is sent, passwords and sessions included.";
/// The harm of records that are not kept.
pub(crate) const UNSEEN: &str =
    "After a break-in nobody could find out who did what, or whether the records were changed.";
/// The harm of what is public.
pub(crate) const ANYBODY: &str = "Anybody who finds the address could read what is in it.";
/// The harm of rules that refuse nothing.
pub(crate) const UNASKED: &str = "What the rule kept out of the cluster can run in it now.";
/// The harm of a password alone.
pub(crate) const GUESSED: &str = "Whoever gets hold of a password gets in with it alone.";
/// What a connection lost.
pub(crate) const CLEAR: &str =
    "took connections only when they were encrypted, and now takes others";
