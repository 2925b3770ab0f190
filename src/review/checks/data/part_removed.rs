use crate::review::Context;
use crate::review::checks::auth::guards;
use crate::review::code::near;
use crate::review::gone::lapse::findings;
use crate::review::money::{about_money, says_money};
use crate::review::record::finding::Finding;

check! {
    /// Code that writes or deletes data does less than before, and nothing takes its place.
    ///
    /// ## What it does
    /// Speaks when a function that stores, changes, locks or deletes something is the same as
    /// before, but for something that was taken out of it: a call, a condition, a step around a
    /// value, an option. It keeps silent where the change does it anywhere else, and where what is
    /// gone only logged, measured, cached or converted something.
    ///
    /// ## Why it matters
    /// What keeps data whole is often one line that nothing else depends on: a lock, a fresh read, a
    /// step that cleans up. Nothing fails when it is gone; data is missing or mixed up later.
    ///
    /// ## Example
    /// ```python
    /// def store(document, text):
    ///     document.refresh_from_db()  # gone
    ///     document.text = text
    ///     document.save()
    /// ```
    ///
    /// ## Instead
    /// Put it back, or say in the pull request why it is no longer needed.
    "data/part-removed", Data, SPEAKS, run
}

/// Words of code that stores, changes or deletes something.
pub(super) const KEEPS: &[&str] = &[
    "save",
    "store",
    "storage",
    "persist",
    "insert",
    "update",
    "delete",
    "destroy",
    "remove",
    "purge",
    "query",
    "database",
    "db",
    "sql",
    "dao",
    "repository",
    "repositories",
    "transaction",
    "commit",
    "lock",
    "unlock",
    "backup",
    "restore",
    "upload",
    "export",
    "import",
    "migrate",
    "archive",
];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|delta, lapse| {
            let near = near(delta);
            let keeps = |it: &&str| near.contains(*it) || lapse.words.contains(*it);
            KEEPS.iter().any(keeps)
                && !guards(&lapse.around(delta))
                && !about_money(delta)
                && !says_money(&lapse.words)
        },
        "If it kept data whole, or two requests apart, data may be lost or mixed up now.",
    ));
}
