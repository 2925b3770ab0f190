use crate::change::{Content, MAX_CHANGE_BYTES, MAX_FILE_BYTES, Unread};

/// A file as bytes, or why it was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// All of it.
    Bytes(Vec<u8>),
    /// Nothing of it.
    Unread(Unread),
}

impl From<Blob> for Content {
    fn from(blob: Blob) -> Self {
        match blob {
            Blob::Bytes(bytes) => Self::from_bytes(bytes),
            Blob::Unread(reason) => Self::Unread(reason),
        }
    }
}

/// How much of a change may still be read.
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    /// For one change.
    pub fn for_change() -> Self {
        Self(MAX_CHANGE_BYTES)
    }

    /// Takes a file's size from the budget, or says why the file is not read.
    ///
    /// # Errors
    /// The file is too large, or the budget is spent.
    pub fn take(&mut self, bytes: u64) -> Result<(), Unread> {
        if bytes > MAX_FILE_BYTES {
            return Err(Unread::TooLarge { bytes });
        }
        self.0 = self.0.checked_sub(bytes).ok_or(Unread::OverBudget)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends() {
        let mut budget = Budget(MAX_FILE_BYTES + 1);
        let bytes = MAX_FILE_BYTES + 1;
        assert_eq!(budget.take(bytes), Err(Unread::TooLarge { bytes }));
        assert_eq!(budget.take(MAX_FILE_BYTES), Ok(()));
        assert_eq!(budget.take(2), Err(Unread::OverBudget));
        assert_eq!(budget.take(1), Ok(()));
    }
}
