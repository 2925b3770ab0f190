//! What frameworks and libraries have their own words for.

pub(crate) mod abilities;
pub(crate) mod access_rules;
pub(crate) mod always;
pub mod around;
pub(crate) mod aspnet;
pub(crate) mod before_each;
pub mod cookies;
pub mod declared;
pub(crate) mod extractors;
pub(crate) mod inheritance;
pub mod marks;
pub mod markup;
pub(crate) mod masked;
pub(crate) mod metadata;
pub(crate) mod origins;
pub(crate) mod passwords;
pub mod patterns;
pub(crate) mod registered;
pub(crate) mod rules;
pub(crate) mod uploads;
