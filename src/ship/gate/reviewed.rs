use std::collections::BTreeMap;

use serde::Serialize;

use crate::change::RepoPath;

/// What a change does to a path, in lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The path.
    pub path: RepoPath,
    /// Lines that are new; none where it has no lines, or nobody counted.
    pub added: Option<u64>,
    /// Lines that are gone; none as above.
    pub removed: Option<u64>,
    /// Whether the file is gone.
    pub deleted: bool,
}

/// Something that landed with a pull request and was not in what was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// The path, for people.
    pub path: String,
    /// Whether the review did not have the path at all.
    pub unseen: bool,
    /// Whether the file is gone, and the review did not have that.
    pub deleted: bool,
    /// Lines that are gone beyond those of the review.
    pub removed: u64,
}

/// What a landed pull request takes away beyond its reviewed range.
///
/// Only what is lost counts: a path of the trunk that is gone or shorter, while the review showed
/// nothing of it. Lines that are new in a reviewed file are what conflict resolutions look like.
pub fn landed_beyond_review(reviewed: &[PathChange], landed: &[PathChange]) -> Vec<Beyond> {
    let seen: BTreeMap<&RepoPath, &PathChange> = reviewed
        .iter()
        .map(|change| (&change.path, change))
        .collect();
    let beyond = landed.iter().filter_map(|change| {
        let before = seen.get(&change.path);
        let seen_removed = before.map_or(Some(0), |it| it.removed);
        // Where nobody counted on one of the sides there is nothing to compare.
        let removed = match (change.removed, seen_removed) {
            (Some(landed), Some(seen)) => landed.saturating_sub(seen),
            _ => 0,
        };
        let deleted = change.deleted && !before.is_some_and(|it| it.deleted);
        let unseen = before.is_none();
        let uncounted = unseen && change.removed.is_none();
        (removed > 0 || deleted || uncounted).then(|| Beyond {
            path: change.path.to_string(),
            unseen,
            deleted,
            removed,
        })
    });
    beyond.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, added: u64, removed: u64) -> PathChange {
        PathChange {
            path: path.into(),
            added: Some(added),
            removed: Some(removed),
            deleted: false,
        }
    }

    #[test]
    fn what_was_reviewed_lands() {
        let reviewed = [change("a", 20, 4), change("b", 1, 0)];
        assert_eq!(landed_beyond_review(&reviewed, &reviewed), []);
        let resolved = [change("a", 25, 4), change("b", 1, 0)];
        assert_eq!(landed_beyond_review(&reviewed, &resolved), []);
    }

    #[test]
    fn what_is_lost_beyond_the_review_is_found() {
        let reviewed = [change("a", 20, 4)];
        let gone = PathChange {
            deleted: true,
            removed: None,
            ..change("c", 0, 0)
        };
        let landed = [
            change("a", 20, 104),
            change("b", 3, 0),
            change("d", 0, 7),
            gone,
        ];
        let beyond = landed_beyond_review(&reviewed, &landed);
        let found: Vec<(&str, u64, bool)> = beyond
            .iter()
            .map(|it| (it.path.as_str(), it.removed, it.deleted))
            .collect();
        assert_eq!(found, [("a", 100, false), ("d", 7, false), ("c", 0, true)]);
    }
}
