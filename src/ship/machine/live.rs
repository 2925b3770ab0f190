//! What somebody says is live.

use super::{Happening, given, keep_last};
use crate::ship::{Good, Live, Refusal};

impl Happening<'_> {
    pub(super) fn rebaseline(
        &mut self,
        sha: &str,
        tree: &str,
        reason: &str,
        probed: bool,
    ) -> Result<(), Refusal> {
        given(Some(reason))?;
        if !probed {
            self.person()?;
        }
        if let Some(lock) = &self.state.lock {
            return Err(Refusal::LockHeld(lock.ticket.number));
        }
        self.state.uncertain = None;
        if self.state.live.as_ref().is_some_and(|live| live.sha == sha) {
            return Ok(());
        }
        let past = self.state.past.iter().rev();
        let ship = past.clone().find(|it| it.sha == sha).map(|it| it.number);
        self.state.live = Some(Live {
            sha: sha.to_owned(),
            tree: tree.to_owned(),
            ship,
            at: self.at,
        });
        // What only a probe found may be half of a deploy.
        if !probed {
            self.state.good.push(Good {
                sha: sha.to_owned(),
                tree: tree.to_owned(),
                ship,
                at: self.at,
            });
            keep_last(&mut self.state.good);
        }
        Ok(())
    }
}
