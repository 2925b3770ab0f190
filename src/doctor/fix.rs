//! Mends a workflow as far as small changes can, and never makes it another one.

use std::cmp::Reverse;

use super::edit::{Edit, apply};
use super::remote::Remote;
use super::{Finding, WorkflowFile, examine};

/// A workflow that could be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The file as it was.
    pub file: WorkflowFile,
    /// Its new text.
    pub text: String,
    /// How many findings are gone.
    pub mended: usize,
}

/// Mends what the findings of these files say, where a small change does it. A change that leaves
/// its finding, or brings another one, is not made.
pub fn fix(files: &[WorkflowFile], findings: &[Finding]) -> Vec<Fixed> {
    let mut current = files.to_vec();
    let count = |files: &[WorkflowFile]| examine(files, &Remote::default()).findings.len();
    let mut open = count(&current);
    let mut mended = vec![0; files.len()];
    // From the end of each file, so that the places of the other edits stay right.
    let mut fixable: Vec<&Finding> = findings.iter().filter(|it| it.is_fixable()).collect();
    fixable.sort_by_key(|it| Reverse(it.edits.iter().map(Edit::place).max()));
    for finding in fixable {
        let index = current
            .iter()
            .position(|it| Some(&it.path) == finding.path.as_ref());
        let Some(index) = index else { continue };
        let Some(text) = apply(&current[index].text, &finding.edits) else {
            continue;
        };
        let before = std::mem::replace(&mut current[index].text, text);
        let left = count(&current);
        match left < open {
            true => {
                mended[index] += open - left;
                open = left;
            }
            false => current[index].text = before,
        }
    }
    let pairs = files.iter().zip(current).zip(mended);
    pairs
        .filter(|((_, new), mended)| *mended > 0 && !new.text.is_empty())
        .map(|((old, new), mended)| Fixed {
            file: old.clone(),
            text: new.text,
            mended,
        })
        .collect()
}
