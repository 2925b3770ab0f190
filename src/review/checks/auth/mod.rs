//! Checks on the `auth` surface.

use super::Check;

mod admin_default;
mod check_ignored;
mod check_not_awaited;
mod class_protection_dropped;
mod code_changed;
mod code_used_again;
mod cookie_flag;
mod cors_wildcard;
mod credential_from_url;
mod database_rights;
mod decorator_dropped;
mod fail_open;
mod filter_ignored;
mod forced_value_dropped;
mod guard_inverted;
mod guard_removed;
mod guard_widened;
mod hash_weakened;
mod identity_from_client;
mod jwt_verify_off;
mod middleware_dropped;
mod more_fields_taken;
mod owner_scope_dropped;
mod part_removed;
mod permission_swapped;
mod predictable_token;
mod protection_off;
mod public_default;
mod rate_limit_raised;
mod request_not_stopped;
mod response_widened;
mod sanitizer_dropped;
mod secret_default;
mod security_header_dropped;
mod security_header_weakened;
mod session_not_ended;
mod session_token_lifetime;
mod skip_before_action;
mod state_change_on_get;
mod state_ignored;
mod test_removed;
mod timing_compare;
mod tls_verify_off;
mod trust_proxy_header;
mod xml_entities_allowed;

pub(super) use part_removed::guards;
pub(super) use test_removed::pays;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    admin_default::CHECK,
    check_ignored::CHECK,
    check_not_awaited::CHECK,
    class_protection_dropped::CHECK,
    code_changed::CHECK,
    code_used_again::CHECK,
    cookie_flag::CHECK,
    cors_wildcard::CHECK,
    credential_from_url::CHECK,
    database_rights::CHECK,
    decorator_dropped::CHECK,
    fail_open::CHECK,
    filter_ignored::CHECK,
    forced_value_dropped::CHECK,
    guard_inverted::CHECK,
    guard_removed::CHECK,
    guard_widened::CHECK,
    hash_weakened::CHECK,
    identity_from_client::CHECK,
    jwt_verify_off::CHECK,
    middleware_dropped::CHECK,
    more_fields_taken::CHECK,
    owner_scope_dropped::CHECK,
    part_removed::CHECK,
    permission_swapped::CHECK,
    predictable_token::CHECK,
    protection_off::CHECK,
    public_default::CHECK,
    rate_limit_raised::CHECK,
    request_not_stopped::CHECK,
    response_widened::CHECK,
    sanitizer_dropped::CHECK,
    secret_default::CHECK,
    security_header_dropped::CHECK,
    security_header_weakened::CHECK,
    session_not_ended::CHECK,
    session_token_lifetime::CHECK,
    skip_before_action::CHECK,
    state_change_on_get::CHECK,
    state_ignored::CHECK,
    test_removed::CHECK,
    timing_compare::CHECK,
    tls_verify_off::CHECK,
    trust_proxy_header::CHECK,
    xml_entities_allowed::CHECK,
];
