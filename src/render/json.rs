//! The record as JSON: the contract that `docs/json.md` documents.

use super::safe;
use crate::review::record::Review;

/// The record as indented JSON that ends with a line feed.
///
/// # Errors
/// Only where `serde_json` cannot write a record, which its types rule out.
pub fn render(review: &Review) -> serde_json::Result<String> {
    let mut document = safe::json(&serde_json::to_string_pretty(review)?);
    document.push('\n');
    Ok(document)
}
